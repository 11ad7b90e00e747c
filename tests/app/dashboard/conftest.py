"""A company that doesn't exist and three hundred of its cases, put away once; pages are asked for through ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.dashboard.answers import Reader
from app.dashboard.passes import Bearer, sign
from app.dashboard.routes import COOKIE, Dashboard, dashboard_routes
from app.dashboard.scope import scope_of
from app.storage.case_facts import CaseFacts
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.left_out import LeftOut, LeftOutWork
from app.storage.mirror_rows import MirrorRows
from app.web.application import create_app
from benchmarks.invented_company import PORTAL, Company, a_company, records
from rules.model import Staff
from rules.rulebook import Rulebook

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 28)
SECRET = "s3cret-of-this-dashboard"
CASES = 300
LEFT_OUT = 7
STEPS = 12
"""Of the service, forty days apart."""


@pytest.fixture(scope="session")
def company() -> Company:
    return a_company()


@pytest.fixture(scope="session")
def told(company: Company, book: Rulebook) -> list[dict[str, Any]]:
    """The records of all cases."""
    return list(records(company, book, CASES, TODAY))


@pytest.fixture(scope="session")
def filled(told: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database that holds them; tests only read it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('dashboard') / 'capa24.db'}"

    async def fill() -> None:
        database = await Database.open(url)
        rows, left_out = MirrorRows(database), LeftOutWork(database)
        for record in told:
            await rows.put(PORTAL, record["key"], record)
        for number in range(LEFT_OUT):
            closed_at = NOW - timedelta(days=number + 1)
            await left_out.put(LeftOut(PORTAL, f"deal:9{number}#1", "retail", "не попал в выборку", closed_at))
        for number in range(STEPS):
            journal = Journal(database, lambda at=NOW - timedelta(days=40 * number): at)  # type: ignore[misc]
            await journal.write(PORTAL, f"case:{PORTAL}:1", "command", {"do": "CreateTask"})
            await journal.write("other", "case:other:1", "command", {"do": "CreateTask"})
            await journal.write(PORTAL, f"case:{PORTAL}:1", "decision", {"because": []})
        await database.close()

    asyncio.run(fill())
    return url


@pytest.fixture
async def database(filled: str) -> AsyncIterator[Database]:
    opened = await Database.open(filled)
    yield opened
    await opened.close()


@pytest.fixture
def facts(database: Database) -> CaseFacts:
    return CaseFacts(database)


@pytest.fixture
def left_out(database: Database) -> LeftOutWork:
    return LeftOutWork(database)


@pytest.fixture
def journal(database: Database) -> Journal:
    return Journal(database, lambda: NOW)


@pytest.fixture
def reader(company: Company, book: Rulebook) -> Callable[[int], Reader]:
    def of(person: int) -> Reader:
        scope = scope_of(person, company.staff, book.quality.department)
        assert scope is not None
        return Reader(PORTAL, person, scope, company.staff)

    return of


class Screens:
    """The dashboard's pages, opened by anybody; the company can change meanwhile."""

    def __init__(self, dashboard: Dashboard, staff: Staff) -> None:
        self.staff = staff
        self.dashboard = replace(dashboard, staff=self._staff)
        self.failing: Exception | None = None

    async def _staff(self, portal: str) -> Staff:
        if self.failing is not None:
            raise self.failing
        return self.staff

    def client(self, cookie: str | None = None) -> httpx.AsyncClient:
        async def report() -> dict[str, str]:
            return {"status": "ok"}

        app = create_app(None, report, dashboard_routes(self.dashboard))  # type: ignore[arg-type] # no events come in here
        cookies = {COOKIE: cookie} if cookie is not None else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://capa24.test", cookies=cookies)

    async def get(self, path: str, person: int | None = None, **bearer: Any) -> httpx.Response:
        """As this person, whose session began some time ago."""
        cookie = None
        if person is not None:
            cookie = sign(Bearer(**{"portal": PORTAL, "person": person, "until": NOW + timedelta(days=1), **bearer}),
                          "session", SECRET)  # fmt: skip
        async with self.client(cookie) as client:
            return await client.get(path)


@pytest.fixture
def screens(facts: CaseFacts, left_out: LeftOutWork, journal: Journal, book: Rulebook, company: Company) -> Screens:
    async def nobody(portal: str) -> Staff:
        raise AssertionError(portal)

    dashboard = Dashboard(
        facts,
        left_out,
        journal,
        book,
        SECRET,
        nobody,
        {PORTAL: "example.bitrix24.ru", "other": "other.test"},
        lambda: NOW,
    )
    return Screens(dashboard, company.staff)
