"""A trading house on a portal in memory, a clock that the test owns, a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import rules
from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from app.controller.reconcile import Desk
from app.provision.blueprint import Blueprint, blueprint_of
from app.provision.build import build
from app.provision.layout import layout_of
from app.provision.standing import read_staff, read_standing
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from rules.rulebook import Rulebook, load
from tests.app.fake_portal import FakePortal

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


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
    portal.found_department(1, "Торговый дом", 1, parent=None)
    portal.hire(1, "Директор", 1)
    heads = ("Отдел контроля качества", "Отдел продаж", "Логистика", "Маркетинг", "Отдел ИТ", "Юридический отдел")
    for number, name in enumerate(heads, start=2):
        portal.found_department(number, name, 10 * number)
        portal.hire(10 * number, f"Руководитель: {name}", number)
        portal.hire(10 * number + 1, f"Сотрудник: {name}", number)
    portal.add_deal_funnel(5, "Розничные продажи")
    portal.add_deal_funnel(6, "Оптовые продажи")
    return portal


@pytest.fixture
async def portal(bare_portal: FakePortal, blueprint: Blueprint) -> FakePortal:
    """The same portal, provisioned; nothing called on it yet."""
    await build(bare_portal, blueprint, say=lambda step: None)  # type: ignore[arg-type]
    bare_portal.calls.clear()
    bare_portal.writes.clear()
    return bare_portal


async def connect(portal: FakePortal, book: Rulebook, name: str = "shop") -> Connection:
    """The portal as the controller gets it; reading its layout isn't counted as calls."""
    blueprint = blueprint_of(book)
    layout = layout_of(book, blueprint, await read_standing(portal, blueprint))  # type: ignore[arg-type]
    staff = await read_staff(portal)  # type: ignore[arg-type]
    portal.calls.clear()

    async def known() -> object:
        return staff

    return Connection(name, "https://shop.test", portal, layout, known)  # type: ignore[arg-type]


@pytest.fixture
async def connection(portal: FakePortal, book: Rulebook) -> Connection:
    return await connect(portal, book)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite:///{tmp_path / 'capa24.db'}")
    yield opened
    await opened.close()


@pytest.fixture
def desk(book: Rulebook, clock: Clock, database: Database) -> Desk:
    async def mirror(seen: CaseObservation, connection: Connection) -> None:
        """The spreadsheet has tests of its own."""

    return Desk(book, clock, Journal(database, clock), KnownObjects(database), mirror)
