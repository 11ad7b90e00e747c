"""How many requests does the sweep need to catch up with 1,000 changes among 200,000 deals?

Everything is real but the company: the sweep of the service, a database of its own, the sandbox over HTTP with the
limits of a cloud portal. The peer is the client of this project reading every deal, fifty pages to a request: what a
sweep without a memory of where it was would need each time.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from app.connecting import connect, now, open_portal
from app.controller.connection import Connection
from app.controller.resync import SweepDesk, Swept, sweep
from app.provision.blueprint import blueprint_of
from app.provision.build import build
from app.settings import SHIPPED_RULEBOOK, PortalSettings
from app.storage.cursors import Cursors
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.wiring import read_rulebook
from benchmarks.answers import Answer
from bitrix.calls.items import list_items
from bitrix.refs import DEAL
from rules.rulebook import Rulebook
from sandbox.demo.office import RETAIL
from sandbox.demo.people import Company
from sandbox.running import RunningSandbox, running_sandbox

DEALS = 200_000
CHANGES = 1_000
ADMINISTRATOR = 1
AN_HOUR = 3600


def plant(company: Company, funnel: int) -> None:
    for _ in range(DEALS // 10_000):
        fields = {"title": "Поставка", "categoryId": funnel}
        company.control("seed", {"items": {"deals": {"entity_type_id": DEAL, "count": 10_000, "fields": fields}}})


def change(company: Company, seller_webhook: str) -> None:
    """Half are won, a quarter moves on, a quarter gets another sum: no event tells of any, there is no webhook."""
    ids = range(DEALS // 2, DEALS // 2 + CHANGES)
    wanted = ("fields[stageId]=WON", "fields[stageId]=PREPARATION", "fields[stageId]=WON", "fields[opportunity]=77")
    for first in range(0, CHANGES, 50):
        commands = {
            f"c{number}": f"crm.item.update?entityTypeId=2&id={number}&{wanted[number % 4]}"
            for number in ids[first : first + 50]
        }
        company.admin.http.post(f"{seller_webhook}batch", json={"cmd": commands}).raise_for_status()


class Meter:
    """Requests and seconds of what the service does."""

    def __init__(self, company: Company, answer: Answer) -> None:
        self._company = company
        self._answer = answer

    async def measure(self, what: str, work: Callable[[], Awaitable[str]]) -> None:
        await asyncio.to_thread(self._company.control, "limits", {"plan": "cloud"})
        before = (await asyncio.to_thread(self._company.control_get, f"journal?after={1 << 60}"))["last"]
        began = time.perf_counter()
        found = await work()
        seconds = time.perf_counter() - began
        await asyncio.to_thread(self._company.control, "limits", {"plan": "off"})
        requests, calls = await asyncio.to_thread(self._sent, before)
        self._answer.rows.append((what, found, f"{requests:,}", f"{calls:,}", f"{seconds:.1f}"))

    def _sent(self, after: int) -> tuple[int, int]:
        requests = calls = 0
        while records := self._company.control_get(f"journal?kind=request&after={after}")["records"]:
            ours = [record for record in records if record["user_id"] == ADMINISTRATOR]
            requests += sum(not record["batched"] for record in ours)
            calls += sum(record["method"] != "batch" for record in ours)
            after = records[-1]["number"]
        return requests, calls


@asynccontextmanager
async def connected(webhook: str, book: Rulebook) -> AsyncIterator[Connection]:
    settings = PortalSettings(webhook=SecretStr(webhook))
    async with open_portal(settings) as portal:
        await build(portal, blueprint_of(book), say=lambda step: None)
        yield await connect("main", portal, settings, book)


async def run(box: RunningSandbox, company: Company, folder: Path, answer: Answer) -> None:
    book = read_rulebook(SHIPPED_RULEBOOK)
    database = await Database.open(f"sqlite:///{folder}/capa24.db")
    meter = Meter(company, answer)
    async with connected(box.webhook, book) as connection:
        desk = SweepDesk(book, Cursors(database), DirtyKeys(database, now), timedelta(days=1))

        async def a_sweep() -> str:
            return in_words(await sweep(connection, desk, now()))

        async def everything() -> str:
            rows = connection.portal.every(list_items(DEAL, select=("id", "stageId", "updatedTime")), by="id")
            return f"{sum([1 async for _ in rows]):,} deals read"

        await asyncio.to_thread(plant, company, company.funnel_id(RETAIL))
        await asyncio.to_thread(company.control, "clock", {"advance": AN_HOUR})
        await meter.measure("the first sweep, with an empty database", a_sweep)
        await asyncio.to_thread(company.control, "clock", {"advance": AN_HOUR})
        await meter.measure("a sweep after nothing changed", a_sweep)
        seller = company.head_of("Отдел продаж")
        await asyncio.to_thread(change, company, seller.webhook)
        await meter.measure(f"a sweep after {CHANGES:,} changes", a_sweep)
        await meter.measure("peer: every deal, by the same client", everything)
    await database.close()


def in_words(swept: Swept) -> str:
    return f"{swept.sources:,} sources, {swept.cases:,} cases marked"


def main() -> None:
    answer = Answer(
        Path(__file__),
        f"The sweep among {DEALS:,} deals",
        (__doc__ or "").strip(),
        ("what", "found", "requests", "calls", "seconds"),
    )
    with tempfile.TemporaryDirectory() as folder, running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        try:
            asyncio.run(run(box, company, Path(folder), answer))
        finally:
            company.close()
    answer.tell()


if __name__ == "__main__":
    main()
