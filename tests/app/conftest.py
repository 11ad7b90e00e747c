"""A trading house on a portal in memory, a clock that the test owns, a real database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import rules
from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from app.controller.past_cases import CaseArchive
from app.controller.reconcile import Desk
from app.provision.blueprint import Blueprint, blueprint_of
from app.provision.build import build
from app.provision.layout import layout_of
from app.provision.standing import read_staff, read_standing
from app.record.witness import Witness
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.left_out import LeftOutWork
from app.storage.observations import Observations
from app.storage.points import PointsLedger
from rules.rulebook import Rulebook, load
from rules.versions import retired
from tests.app.fake_portal import FakePortal

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SERVICE_REQUESTS = 140
"""The customer's own smart process."""


class Clock:
    """Time passes when a test says so."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def book() -> Rulebook:
    file = Path(rules.__file__).parent / "books" / "trading-house.ru.yaml"
    return load(file.read_text(encoding="utf-8"), file.name)


@pytest.fixture(scope="session")
def blueprint(book: Rulebook) -> Blueprint:
    return blueprint_of(book)


@pytest.fixture
def bare_portal(clock: Clock) -> FakePortal:
    """The company before the service came: people, departments, its own deal funnels."""
    portal = FakePortal(clock)
    portal.found_department(1, "Дирекция", 1, parent=None)
    portal.hire(1, "Директор", 1)
    heads = ("Отдел контроля качества", "Отдел продаж", "Логистика", "Маркетинг", "Отдел ИТ", "Юридический отдел",
             "Сервис")  # fmt: skip
    for number, name in enumerate(heads, start=2):
        portal.found_department(number, name, 10 * number)
        portal.hire(10 * number, f"Руководитель: {name}", number)
        portal.hire(10 * number + 1, f"Сотрудник: {name}", number)
    portal.add_deal_funnel(5, "Розничные продажи")
    portal.add_deal_funnel(6, "Оптовые продажи")
    portal.add_smart_process(SERVICE_REQUESTS, "Сервисные заявки", "Ремонт и обслуживание")
    return portal


@pytest.fixture
async def portal(bare_portal: FakePortal, blueprint: Blueprint) -> FakePortal:
    """The same portal, provisioned; nothing called on it yet."""
    await build(bare_portal, blueprint, say=lambda step: None)  # type: ignore[arg-type]
    bare_portal.calls.clear()
    bare_portal.writes.clear()
    return bare_portal


async def connect(
    portal: FakePortal, book: Rulebook, name: str = "shop", earlier: Iterable[Rulebook] = ()
) -> Connection:
    """The portal as the controller gets it; reading its layout isn't counted as calls."""
    blueprint = blueprint_of(book)
    layout = layout_of(book, blueprint, await read_standing(portal, blueprint), retired(book, earlier))  # type: ignore[arg-type]
    staff = await read_staff(portal)  # type: ignore[arg-type]
    portal.calls.clear()

    async def known() -> object:
        return staff

    archive = CaseArchive(portal, layout, portal.clock, timedelta(0), timedelta(days=365))  # type: ignore[arg-type]
    return Connection(name, "https://shop.test", portal, layout, known, archive)  # type: ignore[arg-type]


@pytest.fixture
async def connection(portal: FakePortal, book: Rulebook) -> Connection:
    return await connect(portal, book)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, which hold nothing: copied faster than made."""
    file = tmp_path_factory.mktemp("empty") / "capa24.db"

    async def make() -> None:
        await (await Database.open(f"sqlite:///{file}")).close()

    asyncio.run(make())
    return file


@pytest.fixture
async def database(tmp_path: Path, empty_file: Path) -> AsyncIterator[Database]:
    """Nobody's disk is waited for: what was committed is safe is a promise of ``tests/app/storage``."""
    file = shutil.copy(empty_file, tmp_path / "capa24.db")
    opened = await Database.open(f"sqlite:///{file}")
    await opened.read(carelessly)
    yield opened
    await opened.close()


def carelessly(connection: sa.Connection) -> None:
    """From now on. SQLite takes no such order within a transaction, not even in one that only reads."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("COMMIT")
    driver.execute("PRAGMA synchronous = OFF")
    driver.execute("BEGIN")


@pytest.fixture
def desk(book: Rulebook, clock: Clock, database: Database) -> Desk:
    async def mirror(seen: CaseObservation, connection: Connection) -> None:
        """The spreadsheet has tests of its own."""

    journal = Journal(database, clock)
    witness = Witness(database, journal, Observations(database))
    return Desk(
        book, clock, journal, KnownObjects(database), witness, LeftOutWork(database), PointsLedger(database), mirror
    )
