"""What one process does, from its start to its end: looks, sweeps, reports, each for as long as it runs.

A portal that can't be reached doesn't keep the others waiting: its events are stored, its keys wait until it is there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from app.clock_watch import until_put_back
from app.connecting import Surroundings, connect
from app.controller.beginning import begin
from app.controller.connection import Connection
from app.controller.forgetting import forget
from app.controller.local_report import LocalReport
from app.controller.loss_meter import count_losses
from app.controller.mirror import Mirroring, renew
from app.controller.reconcile import Desk
from app.controller.resync import SweepDesk, sweep
from app.controller.worker import Worker
from app.dashboard.digest import Digest
from app.provision.layout import NotProvisioned
from app.provision.plan import NotOnPortal
from app.settings import PortalSettings, Settings
from app.storage.case_facts import CaseFacts
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.event_losses import EventLosses
from app.storage.inbox import Inbox
from app.storage.journal import Journal
from app.storage.mirror_rows import MirrorRows, ParkedRow
from app.storage.pace import SharedPace
from app.storage.portals import Portals
from app.storage.retention import Retention
from app.storage.turns import Turns
from app.web.sorting import OwnTypes
from bitrix.client import Portal
from bitrix.errors import BitrixError
from bitrix.pacing import Bucket
from rules.rulebook import Rulebook

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=1)
"""Those of two machines that share a database may."""
RETRY_CONNECTION = timedelta(seconds=5)
RETRY_DATABASE = timedelta(seconds=5)
DAY = timedelta(days=1)
RECALL_TYPES = timedelta(seconds=30)


@dataclass
class PortalState:
    """What health tells about one portal."""

    connected: bool = False
    error: str | None = None
    last_sweep: datetime | None = None


@dataclass
class Service:
    """Everything one process holds."""

    settings: Settings
    book: Rulebook
    database: Database
    dirty: DirtyKeys
    inbox: Inbox
    journal: Journal
    sweeping: SweepDesk
    losses: EventLosses
    portals: Portals
    rows: MirrorRows
    facts: CaseFacts
    desk: Desk
    worker: Worker
    reports: Mapping[str, Mirroring | LocalReport]
    """By spreadsheet."""
    digest: Digest | None
    turns: Turns
    retention: Retention
    surroundings: Surroundings
    connections: dict[str, Connection] = field(default_factory=dict)
    states: dict[str, PortalState] = field(default_factory=dict)
    own_types: dict[str, OwnTypes] = field(default_factory=dict)
    attends: bool = False
    """Does this process talk to the portals, or only receive events?"""

    def types_of(self, portal: str) -> OwnTypes:
        """What is known of the portal's smart processes so far."""
        return self.own_types.get(portal, OwnTypes())

    async def run(self) -> None:
        """All the background work, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.inbox.run())
            tasks.create_task(self.work())

    async def take_in(self) -> None:
        """What a process needs that only receives events, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.inbox.run())
            tasks.create_task(self._recall_types())

    async def work(self) -> None:
        """The looks and what goes with them, until cancelled; anew, as after a crash, when the clock is put back."""
        self.attends = True
        await self._whatever_the_database_does(self._take_over)
        while True:
            put_back = await self._work_until_the_clock_is_put_back()
            log.warning("the clock was put back by %s: everything begins anew", put_back)
            for state in self.states.values():
                state.last_sweep = None  # by a clock that was wrong
            await self._whatever_the_database_does(self._go_by_the_clock_again)

    async def _work_until_the_clock_is_put_back(self) -> timedelta:
        """Answers by how much."""
        working = asyncio.create_task(self._work())
        watching = asyncio.create_task(until_put_back((self._own_clock, self._shared_clock)))
        try:
            await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
            if working.done():  # which it never is but for a bug
                working.result()
            return await watching
        finally:
            working.cancel()
            watching.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _own_clock(self) -> float:
        return self.surroundings.timestamp()

    async def _shared_clock(self) -> float | None:
        try:
            return await self.dirty.clock()
        except sa.exc.DBAPIError:  # whoever needs the database tells that it is away
            return None

    async def _go_by_the_clock_again(self) -> None:
        """What the clock showed before it was put back is no moment to wait for."""
        lease = 2 * self.settings.longest_request()
        await self.dirty.clock_was_put_back(lease, self.settings.portals)
        await self.turns.clock_was_put_back()

    async def _take_over(self) -> None:
        """From predecessors: who is alone knows that they are dead."""
        ahead = max(await self.dirty.ahead_by(self.settings.portals), await self.turns.ahead_by())
        if ahead > CLOCKS_DIFFER:
            log.warning("the clock was put back by at least %s while nobody worked", ahead)
            await self._go_by_the_clock_again()
        if self.database.alone:
            await self.dirty.take_over(self.settings.longest_request())
            for report in self.reports.values():
                await report.take_over()
            await self.turns.forget()

    async def _work(self) -> None:
        outdated = await renew(self.rows, self.dirty, self.surroundings.clock())
        if outdated:
            log.info("records to be made anew after an update: %d", outdated)
        async with asyncio.TaskGroup() as tasks:
            for each in self._duties():
                tasks.create_task(self._whatever_the_database_does(each))

    def _duties(self) -> Iterator[Callable[[], Awaitable[object]]]:
        """What is done at the same time, each until cancelled or done; each may be begun anew."""
        yield self.worker.run
        yield lambda: self.database.heed(self.worker.wake)
        yield self._forget
        yield self.facts.catch_up
        yield from (report.run for report in self.reports.values())
        if self.digest is not None:
            yield self.digest.run
        for name, portal_settings in self.settings.portals.items():
            yield partial(self._attend, name, portal_settings)

    async def _whatever_the_database_does(self, duty: Callable[[], Awaitable[object]]) -> None:
        """A full disk, or a server that is restarted, ends no duty: it begins anew, as after a crash."""
        while True:
            try:
                await duty()
            except Exception as error:
                if not _is_of_the_database(error):
                    raise
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from error  # it came while the duty was being put away
                log.exception("the database does not do its part; again in %s", RETRY_DATABASE)
                await asyncio.sleep(RETRY_DATABASE.total_seconds())
            else:
                return

    async def _forget(self) -> None:
        """Once a day, by one of the processes."""
        while True:
            wait = await self.turns.take("forget what is old", DAY)
            if wait is None:
                now, kept = self.surroundings.clock(), self.settings.keep_events
                await forget(self.retention, now, kept, self.book.retention.years)
                wait = DAY
            await asyncio.sleep(wait.total_seconds())

    async def _recall_types(self) -> None:
        """Those who work read them from the portals; an event sorted without them is sorted again at the look."""
        while True:
            for name in self.settings.portals:
                await self._recall_types_of(name)
            await asyncio.sleep(RECALL_TYPES.total_seconds())

    async def _recall_types_of(self, name: str) -> None:
        if (seen_before := await self.portals.layout(name)) is not None:
            self.own_types[name] = OwnTypes(seen_before["case"], seen_before["measure"])

    async def _attend(self, name: str, settings: PortalSettings) -> None:
        """Connect to a portal, then sweep it again and again."""
        await self._recall_types_of(name)
        try:
            async with self.open_portal(name) as portal:
                await self._connect(name, settings, portal)
                while True:
                    wait = await self.turns.take(f"sweep {name}", self.settings.sweep_every)
                    if wait is None:
                        await self._sweep(self.connections[name], self.states[name])
                        self.worker.wake()
                        wait = self.settings.sweep_every
                    await asyncio.sleep(wait.total_seconds())
        finally:
            self.connections.pop(name, None)  # its client is closed
            self.states[name].connected = False

    async def _connect(self, name: str, settings: PortalSettings, portal: Portal) -> None:
        """Tried until it works."""
        state = self.states[name]
        while name not in self.connections:
            try:
                connection = await connect(
                    name, portal, settings, self.book, self.desk.earlier.values(), self.surroundings
                )
                await begin(connection, self.sweeping.cursors, self.journal, settings.longest_request)
                self.connections[name] = connection
            except (BitrixError, NotProvisioned, NotOnPortal) as error:
                state.error = f"{type(error).__name__}: {error}"
                log.warning("portal %s: %s", name, state.error)
                await asyncio.sleep(RETRY_CONNECTION.total_seconds())
        layout = self.connections[name].layout
        self.own_types[name] = OwnTypes(layout.case.entity_type_id, layout.measure.entity_type_id)
        await self.portals.save_layout(name, asdict(self.own_types[name]))
        state.connected, state.error = True, None
        log.info("portal %s is connected", name)

    def open_portal(self, name: str) -> Portal:
        """In step with the other processes on this database: the portal counts the requests of all of them."""
        settings, around = self.settings.portals[name], self.surroundings
        bucket = Bucket(settings.burst, settings.requests_per_second)
        pace = SharedPace(self.database, name, bucket, around.timestamp, around.timer)
        return around.open_portal(settings, pace)

    async def _sweep(self, connection: Connection, state: PortalState) -> None:
        name = connection.name
        try:
            swept = await sweep(connection.in_background(), self.sweeping, self.surroundings.clock())
        except BitrixError as error:
            state.error = f"{type(error).__name__}: {error}"
            log.warning("sweep of %s failed: %s", name, state.error)
        else:
            state.last_sweep, state.error = self.surroundings.clock(), None
            log.info("sweep of %s: %d sources, %d open cases", name, swept.sources, swept.cases)
            await count_losses(name, swept.settled, self.losses, self.surroundings.clock())

    async def refused_rows(self) -> list[ParkedRow]:
        """What some spreadsheet does not take."""
        return [row for each in self.reports.values() for row in await each.refused()]

    async def offer_rows_again(self, key: str | None = None) -> int:
        """This refused row, or all of them, in every report; how many there are."""
        return sum([await each.offer_again(key) for each in self.reports.values()])


def _is_of_the_database(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_of_the_database(each) for each in error.exceptions)
    return isinstance(error, sa.exc.DBAPIError)
