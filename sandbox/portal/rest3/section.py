"""Section ``portal.rest3``: state that only REST 3.0 reads or writes. Everything else is shared with the older
version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.portal.rest3.answers import KeptAnswers
from sandbox.portal.rest3.event_log import EventLog
from sandbox.portal.rest3.structure import Structure

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class Rest3:
    def __init__(self, portal: Portal) -> None:
        self.answers = KeptAnswers(portal.clock)
        self.event_log = EventLog(portal)
        self.structure = Structure(portal)
