"""How many calls, bytes and seconds does it take to bring changed cases to a spreadsheet, under Google's quota?

The whole way of the service: records in its database, the mirror, gspread, HTTP, a spreadsheet of the sandbox in a
process of its own that enforces sixty reads and sixty writes a minute. The clock is virtual: it moves by the time that
really passed and, instead of waiting, by each wait that the mirror asks for. So the column of seconds is what a person
would wait if Google answered as fast as the sandbox does, which is the slower of the two for large sheets (unverified).

Beside it: gspread as its own documentation has it, a row at a time, looked for by its key (``find``) and written
(``update``), its calls counted for some rows; and the least that the quota allows for calls of three hundred rows.
"""

from __future__ import annotations

import asyncio
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import gspread
import httpx
import sqlalchemy as sa
from google.auth.credentials import AnonymousCredentials

from app.controller.case_record import as_json
from app.controller.mirror import Mirroring, Report
from app.settings import SheetsSettings
from app.storage.database import Database
from app.storage.left_out import LeftOutWork
from app.storage.mirror_rows import MirrorRows
from app.storage.schema import mirror_rows
from benchmarks.made_up_cases import END, coverage, made_up
from sheets_sync.flush import MOST_ROWS
from sheets_sync.gateway import Gateway
from sheets_sync.pacing import A_MINUTE, Calls
from sheets_sync.record import CaseRecord
from sheets_sync.summary import summarise
from sheets_sync.workbook import write_workbook

MOSCOW = ZoneInfo("Europe/Moscow")
STANDING = 30_000
NAIVE = 60
QUOTA = 60


@dataclass
class VirtualClock:
    """Real time, and the waits on top of it."""

    waited: timedelta = timedelta(0)
    started: float = 0.0

    def __post_init__(self) -> None:
        self.started = time.monotonic()

    def __call__(self) -> datetime:
        return END + timedelta(seconds=time.monotonic() - self.started) + self.waited


@dataclass(frozen=True)
class Spent:
    what: str
    cases: int
    calls: Calls
    megabytes: float
    cpu: float
    waited: float
    seconds: float
    """Of virtual time: what was waited for and what was worked."""
    flushes: bool = True


class Counted(Gateway):
    """Counts what it sends."""

    sent = 0

    def _send(self, verb: str, url: str, **rest: Any) -> Any:
        body = rest.get("body")
        Counted.sent += len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) if body else 0
        return super()._send(verb, url, **rest)


@contextmanager
def a_desk() -> Iterator[tuple[str, str]]:
    """The sandbox in a process of its own: the address of its spreadsheets, and a new spreadsheet there."""
    started = subprocess.Popen([sys.executable, "-m", "sandbox"], stdout=subprocess.PIPE, text=True)
    try:
        assert started.stdout is not None  # noqa: S101
        base = json.loads(started.stdout.readline())["sheets"]
        made = httpx.post(f"{base}/v4/spreadsheets", json={"properties": {"title": "Отчёт"}}, trust_env=False)
        yield base, made.json()["spreadsheetId"]
    finally:
        started.terminate()
        started.wait()


@asynccontextmanager
async def a_mirror(base: str, spreadsheet: str) -> AsyncIterator[tuple[Mirroring, MirrorRows, Database, VirtualClock]]:
    clock = VirtualClock()
    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite:///{folder}/capa24.db")
        rows = MirrorRows(database, spreadsheet)
        years = timedelta(days=3650)  # the comparison and the charts have a line of their own
        settings = SheetsSettings(spreadsheet=spreadsheet, api=base, compare_every=years, numbers_every=years)
        report = Report(settings, rows, LeftOutWork(database), {})
        mirror = Mirroring(report, clock, lambda _: Counted(spreadsheet, base=base, timeout=(5, 600)))
        try:
            yield mirror, rows, database, clock
        finally:
            await mirror.close()
            await database.close()


async def fill(database: Database, records: list[CaseRecord]) -> None:
    """As many looks would leave it, in one transaction."""
    lines = [
        {"portal": record.portal, "key": record.key, "record": as_json(record), "version": 1} for record in records
    ]
    await database.write(lambda connection: connection.execute(sa.insert(mirror_rows), lines))


async def put(rows: MirrorRows, records: list[CaseRecord]) -> None:
    for first in range(0, len(records), 500):
        chunk = records[first : first + 500]
        await asyncio.gather(*(rows.put(record.portal, record.key, as_json(record)) for record in chunk))


async def bring(mirror: Mirroring, rows: MirrorRows, clock: VirtualClock, what: str, cases: int) -> Spent:
    """Turns until nothing waits; a wait is added to the clock instead of being waited for."""
    assert mirror._gateway is not None  # noqa: S101
    before, bytes_before, cpu = mirror._gateway.used, Counted.sent, _cpu()
    began, waited = clock(), clock.waited
    while await rows.count_waiting():
        wait = await mirror.turn()
        if mirror.health.error is not None:
            raise RuntimeError(mirror.health.error)
        if await rows.count_waiting():
            clock.waited += wait
    used = mirror._gateway.used
    return Spent(
        what,
        cases,
        Calls(used.reads - before.reads, used.writes - before.writes),
        (Counted.sent - bytes_before) / 1e6,
        _cpu() - cpu,
        (clock.waited - waited).total_seconds(),
        (clock() - began).total_seconds(),
    )


async def timed(mirror: Mirroring, what: str, work: Any, cases: int) -> Spent:
    assert mirror._gateway is not None  # noqa: S101
    before, bytes_before, cpu, began = mirror._gateway.used, Counted.sent, _cpu(), time.monotonic()
    await work(mirror._gateway)
    used = mirror._gateway.used
    return Spent(
        what,
        cases,
        Calls(used.reads - before.reads, used.writes - before.writes),
        (Counted.sent - bytes_before) / 1e6,
        _cpu() - cpu,
        0.0,
        time.monotonic() - began,
        flushes=False,
    )


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


async def measured(base: str, spreadsheet: str, standing: int) -> AsyncIterator[Spent]:
    records = list(made_up(standing))
    async with a_mirror(base, spreadsheet) as (mirror, rows, database, clock):
        await put(rows, records[:1])
        await mirror.turn()  # makes the sheets
        await fill(database, records[1:])
        yield await bring(mirror, rows, clock, f"{standing:,} cases into empty sheets (a rebuild)", standing - 1)
        for count in (1, MOST_ROWS, min(3_000, standing)):
            await put(rows, [replace(record, stage=f"Стадия {count}") for record in records[-count:]])
            yield await bring(mirror, rows, clock, f"{count:,} changed of {standing:,}", count)
        yield await timed(mirror, "comparison: all keys, cells of 2,000 rows", mirror._compare, standing)
        yield await timed(mirror, "numbers, pivots and charts", mirror._furnish, standing)


def workbook(standing: int) -> str:
    """The same cases as a file on this machine."""
    records = list(made_up(standing))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.xlsx"
        before, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, _cpu()
        write_workbook(file, records, summarise(records, coverage(standing), END, MOSCOW), MOSCOW)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        return (
            f"The same {standing:,} cases as a local workbook: {_cpu() - cpu:.0f} s of CPU, "
            f"{file.stat().st_size / 1e6:.0f} MB, {grown:.0f} MB of memory while it is written. The service writes it "
            "in a thread, and rests nine times as long as that took."
        )


def naive(base: str, spreadsheet: str) -> int:
    """Calls of ``find`` and ``update`` for so many rows that stand in the sheet."""
    counted = 0

    class Client(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *rest: Any, **named: Any) -> Any:
            nonlocal counted
            counted += 1
            return super().request(method, endpoint.replace("https://sheets.googleapis.com", base), *rest, **named)

    client = gspread.Client(AnonymousCredentials(), http_client=Client)  # type: ignore[no-untyped-call]
    client.http_client.session.trust_env = False
    book = client.open_by_key(spreadsheet)
    sheet = book.add_worksheet("По одной", NAIVE + 1, 26)
    sheet.update([["Ключ", "Стадия"], *([f"deal:{number}#1", "Анализ"] for number in range(NAIVE))])
    counted = 0
    for number in range(NAIVE):
        cell = sheet.find(f"deal:{number}#1")
        assert cell is not None  # noqa: S101
        sheet.update([["Изменения"]], f"B{cell.row}")
    return counted


def table(spent: list[Spent], calls_for_naive: int) -> str:
    per_row = calls_for_naive / NAIVE
    lines = [
        "| what | cases | reads | writes | sent, MB | our CPU, s | paced waits, s | seconds, virtual | "
        "least by the quota, s | gspread row by row, s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in spent:
        least, row_by_row = "", ""
        if one.flushes:
            least = f"{_minutes(math.ceil(one.cases / MOST_ROWS)):,}"
            row_by_row = f"{_minutes(round(one.cases * per_row / 2)):,}"
        lines.append(
            f"| {one.what} | {one.cases:,} | {one.calls.reads} | {one.calls.writes} | {one.megabytes:.1f} | "
            f"{one.cpu:.1f} | {one.waited:.0f} | {one.seconds:.1f} | {least} | {row_by_row} |"
        )
    return "\n".join(lines)


def _minutes(calls: int) -> int:
    """Seconds before the last of so many calls may be sent, when sixty go at once and sixty each minute after."""
    return 60 * ((calls - 1) // QUOTA)


def main(standing: int = STANDING) -> None:
    local = workbook(standing)
    sys.stdout.write(f"{local}\n")
    with a_desk() as (base, spreadsheet):
        calls = naive(base, spreadsheet)
        time.sleep(61)  # the sandbox counts the quota of the calls above by its own clock
        asyncio.run(_tell(base, spreadsheet, standing, calls, local))


async def _tell(base: str, spreadsheet: str, standing: int, calls: int, local: str) -> None:
    """Written down after each answer, for the whole takes its time."""
    spent: list[Spent] = []
    async for one in measured(base, spreadsheet, standing):
        spent.append(one)
        text = (
            f"# Calls and seconds of a flush\n\n{(__doc__ or '').strip()}\n\nLast answer of "
            f"`.venv/bin/python -m benchmarks.flush {standing}`, two processor cores. The mirror keeps to "
            f"{A_MINUTE} of the sixty calls a minute; gspread row by row took {calls} calls for {NAIVE} rows.\n\n"
            f"{table(spent, calls)}\n\n{local}\n"
        )
        sys.stdout.write(f"{one}\n")
        sys.stdout.flush()
        Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
