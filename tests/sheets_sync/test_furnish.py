"""Pivots, numbers and charts over HTTP: built once, left alone, built again when somebody deletes them (S79, S80)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks.made_up_cases import END, coverage, made_up
from sheets_sync.errors import OutcomeUnknown
from sheets_sync.furnish import FIRST_CHART, NUMBERS, OVERVIEW, PIVOT_SHEET, Furnished, Memory, furnish
from sheets_sync.gateway import Gateway
from sheets_sync.summary import Summary, summarise
from sheets_sync.tables import CASES
from tests.sheets_sync.builders import MOSCOW, Caller
from tests.sheets_sync.conftest import Google
from tests.sheets_sync.test_flush import gateway_values, users

RECORDS = tuple(made_up(40))
SUMMARY = summarise(RECORDS, coverage(40), END, MOSCOW)
READ, GET, WRITE = "values.batchGetByDataFilter", "get", "batchUpdate"


@pytest.fixture
def caller(google: Google, gateway: Gateway) -> Caller:
    """The sheets of rows stand, forty cases in them."""
    made = Caller(gateway, RECORDS)
    made.deliver()
    google.desk.journal.clear()
    return made


NOTHING = Memory()


def furnished(caller: Caller, memory: Memory = NOTHING, summary: Summary = SUMMARY) -> Furnished:
    return furnish(summary, sheet=caller.sheet, zone=MOSCOW, places=caller.places, memory=memory)


def charts(google: Google) -> dict[int, str]:
    listed = google.book.sheet(OVERVIEW).listed("charts")
    return {chart["chartId"]: chart["spec"]["title"] for chart in listed}


def pivots(google: Google) -> dict[int, dict[str, Any]]:
    """Column of the anchor -> definition."""
    grid = google.book.sheet(PIVOT_SHEET).grid
    return {c: cell["pivotTable"] for _, c, cell in grid.cells(grid.whole) if cell.get("pivotTable")}


@pytest.mark.requirement("S79", "S80", "S82", "S85")
def test_sheets_pivots_and_charts_are_built_in_one_write(google: Google, caller: Caller) -> None:
    made = furnished(caller)
    assert google.called == [READ, GET, WRITE]
    assert [google.book.sheet(id_).properties["title"] for id_ in (OVERVIEW, PIVOT_SHEET, NUMBERS)] == [
        "Обзор",
        "Сводные",
        "Показатели",
    ]
    assert len(pivots(google)) == 4
    assert set(charts(google).values()) >= {
        "Разборы: начато и закрыто",
        "Доли вердиктов по месяцам",
        "Парето нарушений",
        "Время закрытых разборов по стадиям",
        "Результативность мер и повторения",
        "Охват завершённой работы проверкой",
        "Затраты на меры по видам, ч",
    }
    assert len(made.made) == 3 + 4 + len(charts(google))


@pytest.mark.requirement("S79", "S80")
def test_the_pivot_of_inspectors_counts_as_the_records_do(google: Google, gateway: Gateway, caller: Caller) -> None:
    """The spreadsheet computes it from the rows; we compute the same from the records."""
    furnished(caller)
    (row,) = [place for place, pivot in pivots(google).items() if len(pivot["values"]) == 5]
    left = _letter(row)
    right = _letter(row + 5)
    (shown,) = gateway_values(gateway, f"Сводные!{left}5:{right}8")
    counted = {line[0]: int(line[1]) for line in shown[:3]}
    wanted = {line[0]: line[1] for line in SUMMARY.pivots[1].rows}
    assert counted == wanted


def test_a_second_time_nothing_is_written(google: Google, caller: Caller) -> None:
    memory = furnished(caller).memory
    google.desk.journal.clear()
    again = furnished(caller, memory, replace(SUMMARY, made_at=datetime(2027, 1, 1, tzinfo=UTC)))
    assert not again.wrote
    assert google.called == [READ, GET, GET]


@pytest.mark.parametrize(
    ("deleted", "told"),
    [
        ({"deleteEmbeddedObject": {"objectId": FIRST_CHART + 4}}, "Диаграмма «Парето нарушений» построена."),
        ({"deleteSheet": {"sheetId": OVERVIEW}}, "Лист «Обзор» создан."),
        ({"deleteSheet": {"sheetId": NUMBERS}}, "Лист «Показатели» создан."),
        ({"deleteSheet": {"sheetId": PIVOT_SHEET}}, "Сводная «Работа инспекторов» построена."),
        (
            {"updateCells": {"range": {"sheetId": PIVOT_SHEET}, "fields": "*"}},
            "Сводная «Меры и затраты по видам мер» построена.",
        ),
    ],
)
def test_what_somebody_deletes_comes_back(google: Google, caller: Caller, deleted: Any, told: str) -> None:
    memory = furnished(caller).memory
    before = (charts(google), len(pivots(google)))
    users(google, deleted)
    again = furnished(caller, memory)
    assert told in again.made
    assert (charts(google), len(pivots(google))) == before
    assert not furnished(caller, again.memory).wrote


def test_what_users_change_about_a_chart_stays(google: Google, caller: Caller) -> None:
    memory = furnished(caller).memory
    spec = next(c["spec"] for c in google.book.sheet(OVERVIEW).listed("charts") if c["chartId"] == FIRST_CHART)
    users(google, {"updateChartSpec": {"chartId": FIRST_CHART, "spec": {**spec, "title": "Наш заголовок"}}})
    furnished(caller, memory)
    assert charts(google)[FIRST_CHART] == "Наш заголовок"


def test_new_numbers_are_written_and_a_chart_follows_its_rows(google: Google, gateway: Gateway, caller: Caller) -> None:
    memory = furnished(caller).memory
    fewer = summarise(RECORDS[:3], coverage(40), END, MOSCOW)
    assert furnished(caller, memory, fewer).wrote
    (shown,) = gateway_values(gateway, "Обзор!A4:A5")
    assert shown == [["Разборов всего"], ["3"]]


def test_pivots_follow_columns_that_users_moved(google: Google, caller: Caller) -> None:
    memory = furnished(caller).memory
    source = {"sheetId": CASES.sheet_id, "dimension": "COLUMNS", "startIndex": 6, "endIndex": 7}
    users(google, {"moveDimension": {"source": source, "destinationIndex": 2}})
    furnished(caller, memory)
    offsets = {group["sourceColumnOffset"] for group in pivots(google)[0]["rows"]}
    assert 2 in offsets, "«Воронка» stands in the third column now"


def test_a_sheet_renamed_by_users_keeps_its_name_and_its_pivots(google: Google, caller: Caller) -> None:
    memory = furnished(caller).memory
    rename = {"properties": {"sheetId": PIVOT_SHEET, "title": "Своды 'ОКК'"}, "fields": "title"}
    users(google, {"updateSheetProperties": rename})
    assert not furnished(caller, memory).wrote


@pytest.mark.parametrize("fault", ["apply_then_drop", "drop", "error"])
def test_a_lost_answer_builds_nothing_twice(google: Google, caller: Caller, fault: str) -> None:
    google.fail(fault, on="*batchUpdate")
    with pytest.raises(OutcomeUnknown):
        furnished(caller)
    again = furnished(caller)
    assert len(charts(google)) == len({*charts(google).values()})
    assert len(pivots(google)) == 4
    assert not furnished(caller, again.memory).wrote


def test_before_the_rows_are_there_nothing_is_built(google: Google, gateway: Gateway) -> None:
    assert furnished(Caller(gateway)) == Furnished(Memory())
    assert WRITE not in google.called


def _letter(column: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[column]


def test_any_number_of_funnels_has_room(google: Google, caller: Caller) -> None:
    many = tuple(replace(coverage(40)[0], funnel=f"Воронка {number}") for number in range(450))
    memory = furnished(caller, summary=summarise(RECORDS, many, END, MOSCOW)).memory
    rows = google.book.sheet(NUMBERS).grid.row_count
    assert rows > 450
    furnished(caller, memory, summarise(RECORDS[:3], many, END, MOSCOW))
    assert google.book.sheet(NUMBERS).grid.row_count == rows
