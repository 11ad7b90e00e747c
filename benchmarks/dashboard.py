"""How long does the dashboard take over 100,000 cases, for all of them, one department, one person?

The same pages on SQLite and on PostgreSQL, asked for through the service's own routes. Beside them what answering from
the stored records would take: reading and parsing all of them, which is how ``capa24 report`` does it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from app.controller.case_record import as_record
from app.dashboard.passes import Bearer, sign
from app.dashboard.routes import COOKIE, Dashboard, dashboard_routes
from app.settings import SHIPPED_RULEBOOK
from app.storage.case_facts import CaseFacts
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.left_out import LeftOutWork
from app.storage.mirror_rows import MirrorRows
from app.storage.schema import mirror_rows
from app.wiring import read_rulebook
from benchmarks.answers import Answer
from benchmarks.invented_company import PORTAL, QUALITY_HEAD, SALES_HEAD, a_company, records
from rules.model import Staff
from tests import postgres

CASES = 100_000
PEOPLE = 400
TIMES = 5
AT_ONCE = 2_000
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECRET = "a-secret-of-this-measurement"  # noqa: S105
SELLER = 20
READERS = (
    ("all, the head of quality", QUALITY_HEAD),
    ("a department with two below it", SALES_HEAD),
    ("one person", SELLER),
)
PAGES = (
    ("screen, 12 months", "/dashboard"),
    ("screen, all three years", "/dashboard?period=all"),
    ("list of cases", "/dashboard/cases?period=all"),
    ("list, one violation of one process", "/dashboard/cases?period=all&funnel=wholesale&violation=documents"),
)


async def store(database: Database, told: Sequence[dict[str, Any]]) -> None:
    """The records alone; the facts are caught up as after an upgrade."""
    for begin in range(0, len(told), AT_ONCE):
        rows = [
            {"portal": PORTAL, "key": record["key"], "record": record, "version": 1}
            for record in told[begin : begin + AT_ONCE]
        ]
        await database.write(lambda connection, rows=rows: connection.execute(sa.insert(mirror_rows), rows))  # type: ignore[misc]


async def seconds_of(work: Callable[[], Awaitable[object]], times: int = TIMES) -> float:
    """The median."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - begin)
    return median(taken)


@asynccontextmanager
async def browser(database: Database, staff: Staff, person: int) -> AsyncIterator[httpx.AsyncClient]:
    async def today(portal: str) -> Staff:
        return staff

    book = read_rulebook(SHIPPED_RULEBOOK)
    stores = CaseFacts(database), LeftOutWork(database), Journal(database, lambda: NOW)
    app = FastAPI()
    app.include_router(dashboard_routes(Dashboard(*stores, book, SECRET, today, {PORTAL: "example.test"}, lambda: NOW)))
    cookie = sign(Bearer(PORTAL, person, NOW + timedelta(days=1)), "session", SECRET)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://d.test", cookies={COOKIE: cookie}) as client:
        yield client


async def parsing(url: str, told: Sequence[dict[str, Any]]) -> float:
    """What the pages are held against."""
    database = await Database.open(url)
    await store(database, told)
    rows = MirrorRows(database)

    async def parse() -> None:
        for plain in await rows.records():
            as_record(plain)

    taken = await seconds_of(parse, 1)
    await database.close()
    return taken


async def measure(
    name: str, url: str, told: Sequence[dict[str, Any]], staff: Staff, peer: float, answer: Answer
) -> None:
    database = await Database.open(url)
    await store(database, told)
    facts, rows = CaseFacts(database), MirrorRows(database)
    begin = time.perf_counter()
    await facts.catch_up()
    caught_up = time.perf_counter() - begin
    if name == "PostgreSQL":
        await database.write(lambda connection: connection.exec_driver_sql("ANALYZE"))
    for reader, person in READERS:
        async with browser(database, staff, person) as client:
            for title, address in PAGES:

                async def ask(client: httpx.AsyncClient = client, address: str = address) -> None:
                    (await client.get(address)).raise_for_status()

                taken = await seconds_of(ask)
                row = (name, reader, title, f"{1000 * taken:,.0f} ms", f"{peer / taken:,.0f} times faster")
                answer.rows.append(row)
    record = told[-1]
    numbers = iter(range(1, 10_000))

    async def put() -> None:
        await rows.put(PORTAL, record["key"], {**record, "hours_spent": float(next(numbers))})

    taken = await seconds_of(put, 200)
    answer.notes.append(
        f"{name}: the facts of {CASES:,} records were caught up in {caught_up:.0f} s, in small transactions; a look "
        f"that changes a record spends {1000 * taken:.1f} ms on putting it and its facts away."
    )
    await database.close()


async def main() -> None:
    book, company = read_rulebook(SHIPPED_RULEBOOK), a_company(PEOPLE)
    told = list(records(company, book, CASES, date(2026, 11, 28)))
    answer = Answer(
        Path(__file__),
        "The dashboard over 100,000 cases",
        f"{CASES:,} cases of three years and {PEOPLE} people. A page is asked for {TIMES} times, the median counts; "
        "its peer is reading and parsing all stored records, in the same run.",
        ("Database", "Reader", "Page", "Time", "Against parsing records"),
    )
    with TemporaryDirectory() as folder:
        peer = await parsing(f"sqlite:///{folder}/records.db", told)
        answer.notes.append(f"Reading and parsing all records (SQLite) takes {peer:.1f} s.")
        await measure("SQLite", f"sqlite:///{folder}/capa24.db", told, company.staff, peer, answer)
    with postgres.running(durable=True) as server:
        await measure("PostgreSQL", server.new_database(), told, company.staff, peer, answer)
    load = ", ".join(f"{each:.0f}" for each in os.getloadavg())
    answer.notes.append(f"Load average of the machine at the end (1, 5, 15 minutes): {load}.")
    answer.tell()


if __name__ == "__main__":
    asyncio.run(main())
