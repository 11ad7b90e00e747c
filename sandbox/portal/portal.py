"""The state of one portal. Everything a REST method may read or change hangs here; nothing of HTTP does."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sandbox.portal.access import Access
from sandbox.portal.actors import NOBODY, Actor
from sandbox.portal.applications import Applications
from sandbox.portal.calendars import Calendars
from sandbox.portal.chats import Chats
from sandbox.portal.clock import Clock
from sandbox.portal.crm import Crm
from sandbox.portal.drive import Drive
from sandbox.portal.event_queue import EventQueue
from sandbox.portal.events import Events
from sandbox.portal.external_calls import ExternalCalls
from sandbox.portal.faults import Faults
from sandbox.portal.features import Features
from sandbox.portal.feed import Feed
from sandbox.portal.host_names import HostNames
from sandbox.portal.journal import Journal
from sandbox.portal.limits import Limits
from sandbox.portal.notices import Notices
from sandbox.portal.oauth import OAuth
from sandbox.portal.options import Options
from sandbox.portal.php import JSON
from sandbox.portal.placements import Placements
from sandbox.portal.rest3.section import Rest3
from sandbox.portal.robots import Robots
from sandbox.portal.staff import Staff
from sandbox.portal.tasks import Tasks
from sandbox.portal.work_days import WorkDays
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
        self.actor = NOBODY
        """On whose behalf things happen at this moment; see ``acting``."""
        self.request = 0
        """Number of the current request; what happens between two has one of its own."""
        self.chance = random.Random(seed)
        """The only source of chance, so that a run can be repeated."""
        self.journal = Journal()
        self.limits = Limits(self.clock, limits)
        self.access = Access()
        self.oauth = OAuth(self)
        self.names = HostNames(self)
        self.faults = Faults(self.chance, self.clock.elapsed)
        self._sequences: defaultdict[str, int] = defaultdict(int)
        self.features = Features()
        self.event_queue = EventQueue(self.clock, self._delivered, self.faults)
        self.events = Events(self, MEMBER_ID)
        self.applications = Applications(self)
        self.placements = Placements(self)
        self.options = Options()
        self.robots = Robots(self)
        self.staff = Staff(self)
        self.workgroups = Workgroups(self)
        self.crm = Crm(self)
        self.chats = Chats(self)
        self.tasks = Tasks(self)
        self.drive = Drive(self)
        self.feed = Feed(self)
        self.notices = Notices(self)
        self.work_days = WorkDays(self)
        self.calendars = Calendars(self)
        self.external_calls = ExternalCalls(self)
        self.rest3 = Rest3(self)

    def next_id(self, sequence: str) -> int:
        """1, 2, 3... separately for each name; ids are never reused."""
        self._sequences[sequence] += 1
        return self._sequences[sequence]

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[None]:
        """What happens inside is this one's doing. Outside of any, changes are nobody's, like those of robots."""
        before, self.actor = self.actor, actor
        outermost = before is NOBODY
        self.request += outermost
        try:
            yield
        finally:
            self.actor = before
            self.request += outermost

    def emit(self, event: str, data: Mapping[str, JSON]) -> None:
        """Tell the subscribers, later and without waiting. ``data`` is the documented body (contract 3.6)."""
        self.events.put(event.upper(), data)

    def changed(self, what: str, **details: JSON) -> None:
        """Write a change of the state into the journal: ``portal.changed("task.add", id=5, by=1)``."""
        self._record("change", {"what": what, **details})

    def requested(self, **details: JSON) -> None:
        """Write a REST call into the journal; tokens must not be among the details."""
        self._record("request", details)

    def _delivered(self, details: Mapping[str, JSON]) -> None:
        self._record("event", details)

    def _record(self, kind: str, details: Mapping[str, JSON]) -> None:
        self.journal.write(kind, self.clock.now(), details)
