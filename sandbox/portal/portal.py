"""The state of one portal. Everything a REST method may read or change hangs here; nothing of HTTP does."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping

from sandbox.portal.access import Access
from sandbox.portal.clock import Clock
from sandbox.portal.crm import Crm
from sandbox.portal.events import Events
from sandbox.portal.faults import Faults
from sandbox.portal.feed import Feed
from sandbox.portal.journal import Journal
from sandbox.portal.limits import Limits
from sandbox.portal.notices import Notices
from sandbox.portal.php import JSON
from sandbox.portal.staff import Staff
from sandbox.portal.tasks import Tasks
from sandbox.portal.workgroups import Workgroups

MEMBER_ID = "5a4dbox24c0ffee0123456789abcdef0"
"""Permanent id of this portal; a real one is 32 hexadecimal digits too."""


class Portal:
    """Composed of sections, each of which knows the portal and through it its neighbours.

    A section that changes something says so: ``emit`` for subscribers, ``changed`` for the journal.
    """

    def __init__(self, *, limits: str = "off", seed: int = 24, clock: Clock | None = None) -> None:
        self.address = "http://127.0.0.1"
        """``http://host:port``, known once the server listens."""
        self.clock = clock or Clock()
        self.chance = random.Random(seed)
        """The only source of chance, so that a run can be repeated."""
        self.journal = Journal()
        self.limits = Limits(self.clock, limits)
        self.access = Access()
        self.faults = Faults(self.chance)
        self.events = Events(
            self.clock,
            lambda: self.address,
            MEMBER_ID,
            lambda details: self._record("event", details),
            self.faults,
        )
        self._sequences: defaultdict[str, int] = defaultdict(int)
        self.staff = Staff(self)
        self.workgroups = Workgroups(self)
        self.crm = Crm(self)
        self.tasks = Tasks(self)
        self.feed = Feed(self)
        self.notices = Notices(self)

    def next_id(self, sequence: str) -> int:
        """1, 2, 3... separately for each name; ids are never reused."""
        self._sequences[sequence] += 1
        return self._sequences[sequence]

    def emit(self, event: str, data: Mapping[str, JSON]) -> None:
        """Tell the subscribers, later and without waiting. ``data`` is the documented body (contract 3.6)."""
        self.events.put(event.upper(), data)

    def changed(self, what: str, **details: JSON) -> None:
        """Write a change of the state into the journal: ``portal.changed("task.add", id=5, by=1)``."""
        self._record("change", {"what": what, **details})

    def requested(self, **details: JSON) -> None:
        """Write a REST call into the journal; tokens must not be among the details."""
        self._record("request", details)

    def _record(self, kind: str, details: Mapping[str, JSON]) -> None:
        self.journal.write(kind, self.clock.now(), details)
