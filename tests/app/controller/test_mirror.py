"""The way of cases into the spreadsheet: at its own times, one process at a time, whatever users and networks do.

The spreadsheet is the sandbox's, over HTTP; the clock is the test's, so nothing waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from app.controller.case_record import EDITION, as_json
from app.controller.mirror import LEASE, LOOKS_APART, Mirroring, Report, renew
from app.keys import CaseKey
from app.settings import SheetsSettings
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.left_out import LeftOutWork
from app.storage.mirror_rows import MirrorRows
from sandbox.sheets.desk import Desk
from sandbox.sheets.requests import apply
from sheets_sync.audit import HandEdit
from sheets_sync.edits import TOKEN_KEY
from sheets_sync.furnish import FIRST_CHART, OVERVIEW, PIVOT_SHEET
from sheets_sync.pacing import Pace
from sheets_sync.record import CaseRecord
from sheets_sync.rows import row
from sheets_sync.tables import CASES, TABLES
from tests.app.conftest import MONDAY, Clock
from tests.sheets_sync.builders import MOSCOW, a_record
from tests.sheets_sync.conftest import BOOK, Google, serve


async def test_cases_with_an_old_record_are_looked_at_one_after_the_other(database, clock) -> None:
    rows, dirty = MirrorRows(database), DirtyKeys(database, clock)
    await rows.put("shop", "deal:1#1", {"case_id": 1})
    await rows.put("shop", "deal:2#1", {"case_id": 2})
    await rows.put("shop", "deal:3#1", {"case_id": 3, "edition": EDITION})
    assert await renew(rows, dirty, MONDAY) == 2
    clock.forward(seconds=LOOKS_APART.total_seconds())
    lease = 10 * LOOKS_APART
    assert [claim.key for claim in await dirty.claim("me", lease, 9)] == [CaseKey("shop", 2)]
    clock.forward(seconds=LOOKS_APART.total_seconds())
    assert [claim.key for claim in await dirty.claim("me", lease, 9)] == [CaseKey("shop", 1)]


# --- A spreadsheet and whoever writes to it --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk_and_base() -> Iterator[tuple[Desk, str]]:
    desk = Desk()
    with serve(desk) as base:
        yield desk, base


@pytest.fixture
def google(desk_and_base: tuple[Desk, str]) -> Google:
    desk, base = desk_and_base
    desk.reset()
    desk.create_with_sheet("Качество", spreadsheet_id=BOOK, locale="ru_RU")
    return Google(base, desk)


class Office:
    """A database, a spreadsheet and as many processes as a test wants; people edit the sheet by hand."""

    def __init__(self, database: Database, google: Google, clock: Clock) -> None:
        self.database, self.google, self.clock = database, google, clock
        self.settings = SheetsSettings(spreadsheet=BOOK, api=google.base, numbers_every=timedelta(minutes=90))
        self.rows = MirrorRows(database, BOOK)
        self.truth: dict[str, CaseRecord] = {}
        self.told: list[HandEdit] = []
        self.processes: list[Mirroring] = []

    def process(self, pace: Pace | None = None) -> Mirroring:
        async def tell(edit: HandEdit, _: CaseRecord) -> None:
            self.told.append(edit)

        report = Report(self.settings, self.rows, LeftOutWork(self.database), {"retail": "Розница"})
        self.processes.append(Mirroring(report, self.clock, pace=pace, tell=tell))
        return self.processes[-1]

    async def change(self, number: int, **changes: Any) -> None:
        record = a_record(number, **changes)
        self.truth[record.key] = record
        await self.rows.put(record.portal, record.key, as_json(record))

    def users(self, *requests: dict[str, Any]) -> None:
        after, _ = apply(self.google.book, list(requests))
        self.google.desk.keep(after)

    def type_over(self, heading: str, at: int, text: str) -> None:
        column = [column.heading for column in CASES.columns].index(heading)
        start = {"sheetId": CASES.sheet_id, "rowIndex": at, "columnIndex": column}
        cells = [{"values": [{"userEnteredValue": {"stringValue": text}}]}]
        self.users({"updateCells": {"start": start, "rows": cells, "fields": "userEnteredValue"}})

    async def hours(self, number: float, process: Mirroring, step: timedelta = timedelta(hours=1)) -> None:
        """Time passes; the process has a turn at each step at the latest, and at once where it is busy."""
        end = self.clock() + timedelta(hours=number)
        while self.clock() < end:
            wait = await process.turn()
            busy = process.health.error is not None or wait != self.settings.every
            self.clock.forward(seconds=max(1.0, (wait if busy else step).total_seconds()))

    def standing(self) -> dict[str, dict[str, dict[str, object]]]:
        """Table -> key -> heading -> cell; a key that stands twice fails."""
        return {table.title: _shown(self.google, table) for table in TABLES}

    def should_stand(self) -> dict[str, dict[str, dict[str, object]]]:
        return {
            table.title: {
                line.key: {column.heading: dict(cell) for column, cell in zip(table.columns, line.cells, strict=True)}
                for record in self.truth.values()
                for line in table.rows(record, MOSCOW)
            }
            for table in TABLES
        }


def _shown(google: Google, table: Any) -> dict[str, dict[str, object]]:
    grid = google.book.sheet(table.sheet_id).grid
    cells = {(r, c): cell.get("userEnteredValue") or {} for r, c, cell in grid.cells(grid.whole)}
    headings = {c: value["stringValue"] for (r, c), value in cells.items() if r == 0 and value}
    found: dict[str, dict[str, object]] = {}
    for at in range(1, grid.row_count):
        key = str(cells.get((at, 0), {}).get("stringValue", ""))
        if table.key_form.fullmatch(key):
            assert key not in found, f"{key} stands twice"
            found[key] = {heading: cells.get((at, c), {}) for c, heading in headings.items()}
    return found


@asynccontextmanager
async def _opened(office: Office) -> AsyncIterator[Office]:
    try:
        yield office
    finally:
        for process in office.processes:
            await process.close()


@pytest.fixture
async def office(database: Database, google: Google, clock: Clock) -> AsyncIterator[Office]:
    async with _opened(Office(database, google, clock)) as opened:
        yield opened


# --- What is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S68", "S79", "S80")
async def test_rows_pivots_and_charts_are_there_after_one_turn(office: Office) -> None:
    for number in (1, 2, 3):
        await office.change(number)
    await office.process().turn()
    assert office.standing() == office.should_stand()
    titles = [sheet["title"] for sheet in (each.properties for each in office.google.book.sheets)]
    assert titles[:3] == ["Обзор", "Сводные", "Показатели"]
    assert (await office.rows.count_waiting(), office.told) == (0, [])


async def test_a_turn_without_news_asks_google_nothing(office: Office) -> None:
    await office.change(1)
    process = office.process()
    await process.turn()
    office.google.desk.journal.clear()
    assert await process.turn() == office.settings.every
    assert office.google.called == []


async def test_two_calls_take_any_change_there(office: Office) -> None:
    for number in range(1, 41):
        await office.change(number)
    process = office.process()
    await process.turn()
    office.google.desk.journal.clear()
    for number in range(20, 60):
        await office.change(number, stage="Изменения")
    await process.turn()
    assert office.google.called == ["values.batchGetByDataFilter", "batchUpdate"]
    assert office.standing() == office.should_stand()


async def test_hand_edits_are_told_once_and_put_right(office: Office) -> None:
    """Whoever changed a cell meant something by it: the journal of the case gets it, the cell its truth."""
    await office.change(1)
    await office.change(2)
    process = office.process()
    await process.turn()
    office.type_over("Ответственный", 2, "Кто-то другой")
    await office.hours(2.1, process)
    (edit,) = office.told
    assert (edit.case, edit.heading, edit.found, edit.wanted) == (
        "deal:2#1", "Ответственный", "Кто-то другой", "Иванов Пётр",
    )  # fmt: skip
    assert process.health.hand_edits == 1
    assert "«Кто-то другой»; возвращено: «Иванов Пётр»" in process.health.repairs[-1]
    assert office.standing() == office.should_stand()
    await office.hours(3, process)
    assert len(office.told) == 1


async def test_deleted_rows_sheets_charts_and_pivots_come_back(office: Office) -> None:
    for number in (1, 2, 3):
        await office.change(number)
    process = office.process()
    await process.turn()
    rows = {"sheetId": CASES.sheet_id, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    office.users(
        {"deleteDimension": {"range": rows}},
        {"deleteEmbeddedObject": {"objectId": FIRST_CHART}},
        {"deleteSheet": {"sheetId": PIVOT_SHEET}},
        {"deleteSheet": {"sheetId": TABLES[1].sheet_id}},
    )
    await office.hours(3.5, process)
    assert office.standing() == office.should_stand()
    charts = office.google.book.sheet(OVERVIEW).listed("charts")
    assert FIRST_CHART in {chart["chartId"] for chart in charts}
    assert office.google.book.sheet(PIVOT_SHEET).properties["title"] == "Сводные"


async def test_a_deleted_header_is_said_in_words_that_people_understand(office: Office) -> None:
    await office.change(1)
    process = office.process()
    await process.turn()
    office.users({"deleteDimension": {"range": {
        "sheetId": CASES.sheet_id, "dimension": "ROWS", "startIndex": 0, "endIndex": 1,
    }}})  # fmt: skip
    await office.change(2)
    await process.turn()
    assert "строка заголовков была удалена — восстановлена" in " ".join((await process.told())["repairs"])
    assert office.standing() == office.should_stand()


# --- Trouble ---------------------------------------------------------------------------------------------------------


async def test_a_day_without_google_delays_nothing_and_is_caught_up(office: Office) -> None:
    await office.change(1)
    office.settings = SheetsSettings(spreadsheet=BOOK, api=office.google.base, every=timedelta(minutes=1))
    process = office.process()
    await process.turn()
    office.google.fail("unavailable", times=10_000)
    for number in range(2, 30):
        await office.change(number)
    office.google.desk.journal.clear()
    await office.hours(24, process)
    assert process.health.error is not None
    assert len(office.google.called) < 60, "it asks less and less often"
    assert await office.rows.count_waiting() == 28
    office.google.desk.faults.waiting.clear()
    await office.hours(1, process)
    assert process.health.error is None
    assert office.standing() == office.should_stand()


async def test_quota_spent_by_others_is_waited_for(office: Office) -> None:
    await office.change(1)
    office.google.fail("quota")
    process = office.process()
    assert await process.turn() >= timedelta(seconds=60)
    await office.hours(0.1, process)
    assert office.standing() == office.should_stand()


async def test_our_own_calls_stay_below_the_quota(office: Office) -> None:
    """Changes one after the other, in no time at all: no more is sent in a minute than the account may send."""
    await office.change(1)
    process = office.process(Pace(most=9))
    await process.turn()
    office.google.desk.journal.clear()
    waits = []
    for number in range(12):
        await office.change(1, stage=f"стадия {number}")
        waits.append(await process.turn())
    assert 0 < office.google.called.count("batchUpdate") < 9
    assert timedelta(0) < waits[-1] <= timedelta(seconds=60)
    await office.hours(0.1, process)
    assert office.standing() == office.should_stand()


async def test_one_process_writes_the_other_takes_over_when_it_is_gone(office: Office) -> None:
    await office.change(1)
    first, second = office.process(), office.process()
    await first.turn()
    office.google.desk.journal.clear()
    await office.change(2)
    await second.turn()
    assert office.google.called == [], "the first one holds the spreadsheet"
    office.clock.forward(seconds=LEASE.total_seconds())
    await second.turn()
    assert office.standing() == office.should_stand()


async def test_a_restarted_process_that_is_alone_does_not_wait_for_its_dead_self(office: Office) -> None:
    await office.change(1)
    await office.process().turn()
    await office.change(2)
    restarted = office.process()
    await restarted.take_over()
    await restarted.turn()
    assert office.standing() == office.should_stand()


CALLS_OF_A_ROUND = 11
FAULTS = ("drop", "apply_then_drop", "quota", "error", "apply_then_error")
"""Cut before it arrives, cut after it was applied, 429, 500, 500 after it was applied."""


def _nothing(_: Office) -> None: ...


def _sorts(office: Office) -> None:
    specs = [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]
    where = {"sheetId": CASES.sheet_id, "startRowIndex": 1}
    office.users({"sortRange": {"range": where, "sortSpecs": specs}})


def _types(office: Office) -> None:
    office.type_over("Стадия", 1, "моя стадия")


def _deletes(office: Office) -> None:
    where = {"sheetId": TABLES[2].sheet_id, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    office.users({"deleteDimension": {"range": where}})


EDITS: tuple[Callable[[Office], None], ...] = (_sorts, _types, _deletes, _nothing)


@pytest.mark.requirement("S68")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("skip", range(CALLS_OF_A_ROUND))
async def test_faults_at_every_call_with_two_workers_and_a_user_who_edits(
    office: Office, fault: str, skip: int
) -> None:
    """Both workers believe that they hold the spreadsheet in turns; the user meddles in between."""
    office.google.fail(fault, skip=skip)
    first, second = office.process(), office.process()
    for number in (1, 2, 3):
        await office.change(number)
    for turn, process in enumerate((first, second, first)):
        await process.turn()
        office.clock.forward(seconds=LEASE.total_seconds())  # the one that failed is thought dead
        await office.change(2, stage=f"стадия {turn}", violations=a_record(2).violations[: turn % 2 + 1])
        if CASES.sheet_id in {sheet.id for sheet in office.google.book.sheets}:
            EDITS[(skip + turn) % len(EDITS)](office)
    await office.hours(2.2, first)
    assert office.standing() == office.should_stand()
    tokens = [one for one in office.google.book.metadata if one["metadataKey"] == TOKEN_KEY]
    assert len(tokens) == len({one["metadataId"] for one in tokens})


def test_the_builder_s_rows_are_what_the_columns_say() -> None:
    """Guards the oracle of this file: rows are typed by the same code that a flush uses."""
    assert row(a_record(1), MOSCOW, CASES.columns) in CASES.rows(a_record(1), MOSCOW)
