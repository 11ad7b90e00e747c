"""Every joint of the service, and nowhere else: which object is made of which.

A portal that can't be reached doesn't keep the others waiting: its events are stored, its keys wait until it is there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.controller.connection import Connection, StaffRoom
from app.controller.mirror import Mirroring, as_json, record_of
from app.controller.observe import CaseObservation
from app.controller.reconcile import Desk
from app.controller.resync import sweep
from app.controller.worker import Worker
from app.provision.blueprint import Blueprint, blueprint_of
from app.provision.layout import NotProvisioned, layout_of
from app.provision.plan import NotOnPortal
from app.provision.standing import read_standing
from app.settings import PortalSettings, Settings, SettingsError
from app.storage.cursors import Cursors
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Inbox
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.mirror_rows import MirrorRows
from app.storage.portals import Portals
from app.web.doors import Door
from app.web.events import Reception
from app.web.sorting import OwnTypes
from bitrix.client import Portal
from bitrix.errors import BitrixError
from rules.rulebook import Rulebook, load

log = logging.getLogger(__name__)

RETRY_CONNECTION = timedelta(seconds=5)


def now() -> datetime:
    """The service's clock, in the machine's own time zone: people read these times."""
    return datetime.now(UTC).astimezone()


def read_rulebook(path: Path) -> Rulebook:
    """Raises SettingsError when the file isn't there, RulebookError when it can't be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"CAPA24_RULEBOOK: файл {path} не читается ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"CAPA24_RULEBOOK: файл {path} не в кодировке UTF-8") from None
    return load(text, path.name)


def open_portal(settings: PortalSettings) -> Portal:
    return Portal(
        settings.webhook.get_secret_value(),
        capacity=settings.burst,
        drain_per_second=settings.requests_per_second,
        timeout=settings.longest_request.total_seconds(),
    )


async def connect(name: str, portal: Portal, settings: PortalSettings, book: Rulebook) -> Connection:
    """Read the portal's layout. Raises BitrixError, NotProvisioned or NotOnPortal."""
    blueprint: Blueprint = blueprint_of(book)
    layout = layout_of(book, blueprint, await read_standing(portal, blueprint))
    scheme = settings.webhook.get_secret_value().split(":", 1)[0]
    staff_room = StaffRoom(portal, now, settings.staff_fresh_for)
    return Connection(name, f"{scheme}://{settings.host}", portal, layout, staff_room.staff)


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
    cursors: Cursors
    portals: Portals
    rows: MirrorRows
    desk: Desk
    worker: Worker
    mirroring: Mirroring | None
    connections: dict[str, Connection] = field(default_factory=dict)
    states: dict[str, PortalState] = field(default_factory=dict)
    own_types: dict[str, OwnTypes] = field(default_factory=dict)

    def reception(self) -> Reception:
        return Reception(
            inbox=self.inbox,
            doors=doors_of(self.settings),
            own_types=self._own_types,
            clock=now,
            largest_event=self.settings.largest_event,
        )

    def _own_types(self, portal: str) -> OwnTypes:
        return self.own_types.get(portal, OwnTypes())

    async def run(self) -> None:
        """All the background work, until cancelled."""
        if self.database.alone:
            await self.dirty.take_over(longest_request(self.settings))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.inbox.run())
            tasks.create_task(self.worker.run())
            if self.mirroring is not None:
                tasks.create_task(self.mirroring.run())
            for name, portal_settings in self.settings.portals.items():
                tasks.create_task(self._attend(name, portal_settings))

    async def _attend(self, name: str, settings: PortalSettings) -> None:
        """Connect to a portal, then sweep it again and again."""
        state = self.states[name]
        if (seen_before := await self.portals.layout(name)) is not None:
            self.own_types[name] = OwnTypes(seen_before["case"], seen_before["measure"])
        async with open_portal(settings) as portal:
            while name not in self.connections:
                try:
                    self.connections[name] = await connect(name, portal, settings, self.book)
                except (BitrixError, NotProvisioned, NotOnPortal) as error:
                    state.error = f"{type(error).__name__}: {error}"
                    log.warning("portal %s: %s", name, state.error)
                    await asyncio.sleep(RETRY_CONNECTION.total_seconds())
            layout = self.connections[name].layout
            self.own_types[name] = OwnTypes(layout.case.entity_type_id, layout.measure.entity_type_id)
            await self.portals.save_layout(name, asdict(self.own_types[name]))
            state.connected, state.error = True, None
            log.info("portal %s is connected", name)
            while True:
                await self._sweep(self.connections[name], state)
                self.worker.wake()
                await asyncio.sleep(self.settings.sweep_every.total_seconds())

    async def _sweep(self, connection: Connection, state: PortalState) -> None:
        try:
            swept = await sweep(connection, self.book, self.cursors, self.dirty)
        except BitrixError as error:
            state.error = f"{type(error).__name__}: {error}"
            log.warning("sweep of %s failed: %s", connection.name, state.error)
        else:
            state.last_sweep, state.error = now(), None
            log.info("sweep of %s: %d sources, %d open cases", connection.name, swept.sources, swept.cases)

    async def report(self) -> Mapping[str, Any]:
        """What ``/health`` answers; ``status`` is ``ok`` or ``degraded``."""
        queue = await self.dirty.overview()
        portals = {
            name: {
                "connected": state.connected,
                "error": state.error,
                "last_sweep": state.last_sweep.isoformat() if state.last_sweep else None,
            }
            for name, state in self.states.items()
        }
        mirror_error = self.mirroring.last_error if self.mirroring is not None else None
        healthy = all(s.connected and s.error is None for s in self.states.values()) and not queue.failing
        return {
            "status": "ok" if healthy and self.states and mirror_error is None else "degraded",
            "portals": portals,
            "keys_waiting": queue.waiting,
            "oldest_due": queue.oldest_due.isoformat() if queue.oldest_due else None,
            "failing": [{**asdict(each), "due_at": each.due_at.isoformat()} for each in queue.failing],
            "events_stored": await self.inbox.count(),
            "found_by_sweep": await self.journal.count("found_by_sweep"),
            "rows_not_mirrored": await self.rows.count_waiting(),
            "mirror_error": mirror_error,
        }


def longest_request(settings: Settings) -> timedelta:
    """How long a write of a dead process may still be under way on some portal."""
    return max((each.longest_request for each in settings.portals.values()), default=timedelta(minutes=1))


def doors_of(settings: Settings) -> dict[str, Door]:
    return {
        name: Door(
            portal=name,
            host=each.host,
            member_id=each.member_id,
            tokens=tuple(token.get_secret_value() for token in each.application_tokens),
            robot_secret=each.robot_secret.get_secret_value() if each.robot_secret is not None else None,
        )
        for name, each in settings.portals.items()
    }


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The service of this process, its database open. Raises SettingsError, RulebookError or DatabaseError."""
    book = read_rulebook(settings.rulebook)
    database = await Database.open(settings.database)
    try:
        yield _assemble(settings, book, database)
    finally:
        await database.close()


def _assemble(settings: Settings, book: Rulebook, database: Database) -> Service:
    dirty = DirtyKeys(database, now)
    journal = Journal(database, now)
    known = KnownObjects(database)
    rows = MirrorRows(database, settings.sheets.spreadsheet or "")
    mirroring = Mirroring(rows, settings.sheets) if settings.sheets.spreadsheet else None

    async def mirror(seen: CaseObservation, connection: Connection) -> None:
        record = record_of(seen, connection, book, now())
        await rows.put(connection.name, record.key, as_json(record))

    desk = Desk(book, now, journal, known, mirror, settle=settings.settle)
    connections: dict[str, Connection] = {}
    worker = Worker(
        dirty,
        connections,
        desk,
        longest_request=longest_request(settings),
        looks_at_a_time=settings.looks_at_a_time,
        clock=now,
    )
    inbox = Inbox(database, dirty, known, worker.wake, settings.most_waiting_events)
    return Service(
        settings=settings,
        book=book,
        database=database,
        dirty=dirty,
        inbox=inbox,
        journal=journal,
        cursors=Cursors(database),
        portals=Portals(database),
        rows=rows,
        desk=desk,
        worker=worker,
        mirroring=mirroring,
        connections=connections,
        states={name: PortalState() for name in settings.portals},
    )
