"""Pivot tables: stored as they were given, worked out when somebody reads them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.sheets.errors import SheetsError
from tests.sandbox.sheets.conftest import Api

DATA = [
    ["Ключ", "Дата", "Кто", "Воронка", "Часы"],
    ["k1", 46023, "Анна", "Розница", 2],
    ["k2", 46030, "Анна", "Опт", 3],
    ["k3", 46060, "Борис", "Розница", 5],
    ["", "", "", "", ""],
    ["k4", 46061, "Анна", "Розница", 1],
]
KEY, DATE, WHO, FUNNEL, HOURS = range(5)
FILLED = [{"columnOffsetIndex": KEY, "filterCriteria": {"visibleByDefault": True, "condition": {"type": "NOT_BLANK"}}}]


@pytest.fixture
def pivots(api: Api) -> Api:
    api.put("A1", DATA)
    api.batch({"addSheet": {"properties": {"sheetId": 12, "title": "Pivot"}}})
    return api


def place(api: Api, **pivot: Any) -> None:
    source = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 6, "startColumnIndex": 0, "endColumnIndex": 5}
    table = {"source": source, "filterSpecs": FILLED, **pivot}
    cell = {"pivotTable": table}
    api.batch({"updateCells": {"start": {"sheetId": 12}, "rows": [{"values": [cell]}], "fields": "pivotTable"}})


def group(column: int, **more: Any) -> dict[str, Any]:
    return {"sourceColumnOffset": column, "showTotals": False, "sortOrder": "ASCENDING", **more}


def value(column: int, function: str, **more: Any) -> dict[str, Any]:
    return {"sourceColumnOffset": column, "summarizeFunction": function, **more}


def shown(api: Api) -> list[list[object]]:
    return api.values("Pivot", valueRenderOption="UNFORMATTED_VALUE")


def test_rows_and_one_value(pivots: Api) -> None:
    place(pivots, rows=[group(WHO, showTotals=True)], values=[value(HOURS, "SUM")])
    assert shown(pivots) == [["Кто", "SUM of Часы"], ["Анна", 6], ["Борис", 5], ["Grand Total", 11]]


def test_several_values_side_by_side(pivots: Api) -> None:
    values = [value(HOURS, "SUM", name="Часы всего"), value(KEY, "COUNTA", name="Дел"), value(HOURS, "AVERAGE")]
    place(pivots, rows=[group(WHO, label="Кто вёл")], values=values)
    assert shown(pivots) == [
        ["Кто вёл", "Часы всего", "Дел", "AVERAGE of Часы"],
        ["Анна", 6, 3, 2],
        ["Борис", 5, 1, 5],
    ]


def test_columns_as_the_reference_pictures_them(pivots: Api) -> None:
    place(
        pivots,
        rows=[group(WHO, showTotals=True)],
        columns=[group(FUNNEL, showTotals=True)],
        values=[value(HOURS, "SUM", name="Часы")],
    )
    assert shown(pivots) == [
        ["Часы", "Воронка"],
        ["Кто", "Опт", "Розница", "Grand Total"],
        ["Анна", 3, 3, 6],
        ["Борис", "", 5, 5],
        ["Grand Total", 3, 8, 11],
    ]


def test_dates_by_month_in_the_order_of_the_calendar(pivots: Api) -> None:
    rule = {"dateTimeRule": {"type": "YEAR_MONTH"}}
    place(pivots, rows=[group(DATE, groupRule=rule)], values=[value(KEY, "COUNTA", name="Дел")])
    assert shown(pivots) == [["Дата", "Дел"], ["2026-Jan", 2], ["2026-Feb", 2]]


@pytest.mark.parametrize(
    ("kind", "labels"),
    [
        ("MONTH", ["Jan", "Feb"]),
        ("QUARTER", ["Q1"]),
        ("YEAR_QUARTER", ["2026 Q1"]),
        ("YEAR_MONTH_DAY", ["2026-01-01", "2026-01-08", "2026-02-07", "2026-02-08"]),
        ("DAY_MONTH", ["1-Jan", "8-Jan", "7-Feb", "8-Feb"]),
        ("DAY_OF_WEEK", ["Sunday", "Thursday", "Saturday"]),
        ("DAY_OF_YEAR", [1, 8, 38, 39]),
        ("HOUR_MINUTE", ["00:00"]),
        ("HOUR_MINUTE_AMPM", ["12:00 AM"]),
        ("YEAR", [2026]),
    ],
)
def test_parts_of_a_date_as_the_reference_writes_them(pivots: Api, kind: str, labels: list[object]) -> None:
    rule = {"dateTimeRule": {"type": kind}}
    place(pivots, rows=[group(DATE, groupRule=rule)], values=[value(KEY, "COUNTA", name="Дел")])
    assert [row[0] for row in shown(pivots)[1:]] == labels


def test_months_are_named_in_the_language_of_the_spreadsheet(pivots: Api) -> None:
    pivots.batch({"updateSpreadsheetProperties": {"properties": {"locale": "ru_RU"}, "fields": "locale"}})
    rule = {"dateTimeRule": {"type": "YEAR_MONTH"}}
    place(pivots, rows=[group(DATE, groupRule=rule)], values=[value(KEY, "COUNTA", name="Дел")])
    assert [row[0] for row in shown(pivots)[1:]] == ["2026-янв", "2026-февр"]


def test_buckets_of_equal_size(pivots: Api) -> None:
    rule = {"histogramRule": {"start": 2, "interval": 2, "end": 4}}
    place(pivots, rows=[group(HOURS, groupRule=rule)], values=[value(KEY, "COUNTA", name="Дел")])
    assert shown(pivots)[1:] == [["< 2", 1], ["2-4", 2], ["> 4", 1]]


def test_groups_made_by_hand(pivots: Api) -> None:
    items = [{"stringValue": "Опт"}]
    rule = {"manualRule": {"groups": [{"groupName": {"stringValue": "Крупные"}, "items": items}]}}
    place(pivots, rows=[group(FUNNEL, groupRule=rule)], values=[value(KEY, "COUNTA", name="Дел")])
    assert shown(pivots)[1:] == [["Крупные", 1], ["Розница", 3]]


def test_calculated_fields(pivots: Api) -> None:
    doubled = {"formula": "='Часы'*2", "summarizeFunction": "SUM", "name": "Вдвое"}
    longest = {"formula": "=MAX('Часы')-MIN('Часы')", "summarizeFunction": "CUSTOM", "name": "Разброс"}
    wrong = {"formula": "=Деньги", "summarizeFunction": "SUM"}
    place(pivots, rows=[group(WHO)], values=[doubled, longest, wrong])
    assert shown(pivots) == [
        ["Кто", "Вдвое", "Разброс", "Calculated Field 1"],
        ["Анна", 12, 2, "#NAME?"],
        ["Борис", 10, 0, "#NAME?"],
    ]


def test_a_closed_group_shows_its_sum_only(pivots: Api) -> None:
    closed = [{"value": {"stringValue": "Анна"}, "collapsed": True}]
    rows = [group(WHO, valueMetadata=closed), group(FUNNEL)]
    place(pivots, rows=rows, values=[value(HOURS, "SUM", name="Ч")])
    assert shown(pivots)[1:] == [["Анна", "", 6], ["Борис", "Розница", 5]]


def test_values_one_below_the_other(pivots: Api) -> None:
    values = [value(HOURS, "SUM", name="Часы"), value(KEY, "COUNTA", name="Дел")]
    place(pivots, rows=[group(WHO)], columns=[group(FUNNEL)], values=values, valueLayout="VERTICAL")
    assert ["Анна", "Часы", 3, 3] in shown(pivots)


def test_only_so_many_groups(pivots: Api) -> None:
    top = group(WHO, valueBucket={}, sortOrder="DESCENDING", groupLimit={"countLimit": 1})
    place(pivots, rows=[top], values=[value(HOURS, "SUM", name="Ч")])
    assert shown(pivots)[1:] == [["Анна", 6]]


def test_average_of_nothing_divides_by_zero(pivots: Api) -> None:
    place(pivots, rows=[group(WHO)], values=[value(FUNNEL, "AVERAGE", name="?")])
    assert pivots.values("Pivot!B2") == [["#DIV/0!"]]


def test_sorted_by_a_value(pivots: Api) -> None:
    by_hours = group(WHO, sortOrder="DESCENDING", valueBucket={"valuesIndex": 0})
    place(pivots, rows=[by_hours], values=[value(HOURS, "MAX")])
    assert shown(pivots)[1:] == [["Борис", 5], ["Анна", 3]]


def test_groups_inside_groups_do_not_repeat_their_heading(pivots: Api) -> None:
    place(pivots, rows=[group(WHO), group(FUNNEL, showTotals=True)], values=[value(HOURS, "SUM", name="Ч")])
    assert shown(pivots) == [
        ["Кто", "Воронка", "Ч"],
        ["Анна", "Опт", 3],
        ["", "Розница", 3],
        ["Анна Total", "", 6],
        ["Борис", "Розница", 5],
        ["Борис Total", "", 5],
    ]


def test_shares(pivots: Api) -> None:
    share = value(HOURS, "SUM", name="Доля", calculatedDisplayType="PERCENT_OF_GRAND_TOTAL")
    place(pivots, rows=[group(WHO)], values=[share])
    assert pivots.values("Pivot") == [["Кто", "Доля"], ["Анна", "54.55%"], ["Борис", "45.45%"]]


def test_without_a_filter_blank_rows_are_a_group(pivots: Api) -> None:
    place(pivots, rows=[group(WHO)], values=[value(KEY, "COUNTA", name="Дел")], filterSpecs=[])
    assert shown(pivots) == [["Кто", "Дел"], ["Анна", 3], ["Борис", 1], ["", 0]]


def test_only_what_passes_the_filter(pivots: Api) -> None:
    only = [{"columnOffsetIndex": FUNNEL, "filterCriteria": {"visibleValues": ["Опт"]}}]
    place(pivots, rows=[group(WHO)], values=[value(HOURS, "SUM", name="Ч")], filterSpecs=only)
    assert shown(pivots) == [["Кто", "Ч"], ["Анна", 3]]


def test_it_follows_its_data(pivots: Api) -> None:
    place(pivots, rows=[group(WHO)], values=[value(HOURS, "SUM", name="Ч")])
    pivots.put("E2", [[100]])
    assert shown(pivots)[1] == ["Анна", 104]
    insert = {"sheetId": 0, "dimension": "ROWS", "startIndex": 2, "endIndex": 4}
    pivots.batch({"insertDimension": {"range": insert}})
    pivots.put("A3", [["k9", 46023, "Вера", "Опт", 7]])
    assert ["Вера", 7] in shown(pivots)


def test_the_definition_reads_back_and_an_empty_cell_removes_it(pivots: Api) -> None:
    place(pivots, rows=[group(WHO)], values=[value(HOURS, "SUM")])
    assert pivots.cell("Pivot!A1", "pivotTable.values") == {"pivotTable": {"values": [value(HOURS, "SUM")]}}
    assert pivots.cell("Pivot!A2") == {}  # spread out, entered by nobody
    pivots.batch({"updateCells": {"start": {"sheetId": 12}, "rows": [{"values": [{}]}], "fields": "pivotTable"}})
    assert shown(pivots) == []


@pytest.mark.parametrize(
    "pivot",
    [
        {"dataSourceId": "x"},
        {"filterSpecs": [{"filterCriteria": {"condition": {"type": "ONE_OF_RANGE"}}}]},
        {
            "filterSpecs": [
                {"filterCriteria": {"condition": {"type": "NUMBER_EQ", "values": [{"userEnteredValue": "=Часы"}]}}}
            ]
        },
    ],
)
def test_what_cannot_be_worked_out_is_refused_when_it_is_written(pivots: Api, pivot: dict[str, Any]) -> None:
    with pytest.raises(SheetsError) as refusal:
        place(pivots, **pivot)
    assert refusal.value.code == 501
