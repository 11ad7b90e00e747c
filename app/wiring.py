"""Every joint of the service, and nowhere else: which object is made of which."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app.connecting import Surroundings, now
from app.controller.case_record import as_json, record_of
from app.controller.connection import Connection
from app.controller.local_report import LocalReport
from app.controller.mirror import Mirroring, Report, hand_edit_in_words
from app.controller.observe import CaseObservation
from app.controller.reconcile import Desk
from app.controller.resync import SweepDesk
from app.controller.worker import Worker
from app.dashboard.digest import Digest, Links
from app.dashboard.routes import Dashboard, NotConnected
from app.keys import CaseKey
from app.record.witness import Witness
from app.service import PortalState, Service
from app.settings import Settings, SettingsError, local_report
from app.storage.case_facts import CaseFacts
from app.storage.cursors import Cursors
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.event_losses import EventLosses
from app.storage.inbox import Inbox
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.left_out import LeftOutWork
from app.storage.mirror_rows import MirrorRows
from app.storage.observations import Observations
from app.storage.points import PointsLedger
from app.storage.portals import Portals
from app.storage.retention import Retention
from app.storage.rulebooks import Rulebooks
from app.storage.turns import Turns
from app.web.doors import Door, Doors
from app.web.events import Reception
from rules.model import Staff
from rules.rulebook import Rulebook, load
from sheets_sync.audit import HandEdit
from sheets_sync.pacing import Pace
from sheets_sync.record import CaseRecord


def read_rulebook(path: Path) -> Rulebook:
    """Raises SettingsError when the file isn't there, RulebookError when it can't be used."""
    return load(read_text(path), path.name)


def read_text(path: Path) -> str:
    """Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"CAPA24_RULEBOOK: файл {path} не читается ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"CAPA24_RULEBOOK: файл {path} не в кодировке UTF-8") from None


def home_of(settings: Settings) -> str:
    """Where people open the service; without a public address, from this machine only."""
    return settings.public_url or f"http://127.0.0.1:{settings.port}"


def links_of(settings: Settings) -> Links | None:
    """``None`` without a secret to sign links with."""
    return Links(home_of(settings), settings.secret.get_secret_value()) if settings.secret is not None else None


def doors_of(settings: Settings) -> Doors:
    return Doors(
        Door(
            portal=name,
            host=each.host,
            member_id=each.member_id,
            tokens=tuple(token.get_secret_value() for token in each.application_tokens),
            robot_secret=each.robot_secret.get_secret_value() if each.robot_secret is not None else None,
        )
        for name, each in settings.portals.items()
    )


def reception_of(service: Service) -> Reception:
    return Reception(
        inbox=service.inbox,
        doors=doors_of(service.settings),
        own_types=service.types_of,
        timestamp=service.surroundings.timestamp,
        largest_event=service.settings.largest_event,
    )


def dashboard_of(service: Service) -> Dashboard:
    settings = service.settings
    links = links_of(settings)

    async def staff(portal: str) -> Staff:
        if portal not in service.connections:
            raise NotConnected
        return await service.connections[portal].staff()

    return Dashboard(
        facts=service.facts,
        left_out=service.desk.left_out,
        journal=service.journal,
        book=service.book,
        secret=links.secret if links is not None else None,
        staff=staff,
        companies={name: each.host for name, each in settings.portals.items()},
        clock=service.surroundings.clock,
        over_https=home_of(settings).startswith("https://"),
    )


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The service of this process, its database open. Raises SettingsError, RulebookError, DatabaseError or
    VersionReused."""
    book = read_rulebook(settings.rulebook)
    database = await Database.open(settings.database)
    try:
        earlier = await Rulebooks(database, now).keep(book, read_text(settings.rulebook))
        yield assemble(settings, book, earlier, database)
    finally:
        await database.close()


def assemble(
    settings: Settings,
    book: Rulebook,
    earlier: Mapping[str, Rulebook],
    database: Database,
    surroundings: Surroundings = Surroundings(),  # noqa: B008 - frozen
) -> Service:
    """The objects of one process, put together; nothing runs yet."""
    now = surroundings.clock
    dirty = DirtyKeys(database, now, database.time_in)
    journal = Journal(database, now)
    witness = Witness(database, journal, Observations(database))
    left_out = LeftOutWork(database)
    ledger = PointsLedger(database)
    known = KnownObjects(database)
    rows = MirrorRows(database)

    async def mirror(seen: CaseObservation, connection: Connection) -> None:
        record = record_of(seen, connection, seen.book, now())
        await rows.put(connection.name, record.key, as_json(record))

    desk = Desk(book, now, journal, known, witness, left_out, ledger, mirror, earlier, settle=settings.settle)
    connections: dict[str, Connection] = {}
    worker = Worker(
        dirty,
        connections,
        desk,
        longest_request=settings.longest_request(),
        looks_at_a_time=settings.looks_at_a_time,
        gather=settings.gather,
        clock=now,
        idle=surroundings.idle,
    )
    inbox = Inbox(database, dirty, known, worker.wake, settings.most_waiting_events, settings.settle)

    async def note_hand_edit(edit: HandEdit, record: CaseRecord) -> None:
        key = str(CaseKey(record.portal, record.case_id))
        await journal.write(record.portal, key, "hand_edit", {"because": [hand_edit_in_words(edit)]})

    pace = Pace()

    def report_to(spreadsheet: str, portals: Collection[str]) -> Mirroring | LocalReport:
        report = Report(
            settings.sheets.model_copy(update={"spreadsheet": spreadsheet}),
            MirrorRows(database, spreadsheet, portals),
            left_out,
            {funnel.code: funnel.title for funnel in book.funnels},
            portals,
        )
        file = local_report(spreadsheet)
        if file is not None:
            return LocalReport(report, file, now)
        return Mirroring(report, now, surroundings.open_sheet, pace, note_hand_edit)

    facts = CaseFacts(database)

    def digest() -> Digest | None:
        """Without a public address there is nothing to send a link to."""
        links = links_of(settings)
        if links is None or settings.public_url is None or settings.digest == "off":
            return None
        return Digest(connections, book, facts, Cursors(database), links, settings.digest, now)

    return Service(
        settings=settings,
        book=book,
        database=database,
        dirty=dirty,
        inbox=inbox,
        journal=journal,
        sweeping=SweepDesk(book, Cursors(database), dirty, settings.full_sweep_every),
        losses=EventLosses(database),
        portals=Portals(database),
        rows=rows,
        facts=facts,
        desk=desk,
        worker=worker,
        reports={each: report_to(each, portals) for each, portals in settings.reports().items()},
        digest=digest(),
        turns=Turns(database, now, database.time_in),
        retention=Retention(database, now),
        surroundings=surroundings,
        connections=connections,
        states={name: PortalState() for name in settings.portals},
    )
