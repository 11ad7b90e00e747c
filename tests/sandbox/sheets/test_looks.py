"""Conditional formats and filters take effect on what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.sheets.conftest import Api

RED = {"red": 1}


def where(api: Api, condition: dict[str, Any], cell: str = "A1") -> bool:
    """Whether a format under that condition shows in the cell."""
    rule = {"condition": condition, "format": {"textFormat": {"bold": True}}}
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 9, "startColumnIndex": 0, "endColumnIndex": 1}
    api.batch({"addConditionalFormatRule": {"rule": {"ranges": [area], "booleanRule": rule}}})
    shown = api.cell(cell, "effectiveFormat.textFormat.bold")["effectiveFormat"]["textFormat"]["bold"]
    return bool(shown)


def a(kind: str, *values: str) -> dict[str, Any]:
    return {"type": kind, "values": [{"userEnteredValue": value} for value in values]}


@pytest.mark.parametrize(
    ("value", "condition", "holds"),
    [
        (5, a("NUMBER_GREATER", "4"), True),
        (5, a("NUMBER_GREATER", "5"), False),
        (5, a("NUMBER_BETWEEN", "1", "5"), True),
        (5, a("NUMBER_NOT_BETWEEN", "1", "5"), False),
        ("5", a("NUMBER_EQ", "5"), False),
        ("Просрочен", a("TEXT_CONTAINS", "СРОЧ"), True),
        ("Просрочен", a("TEXT_STARTS_WITH", "срок"), False),
        ("a@b.ru", {"type": "TEXT_IS_EMAIL"}, True),
        ("https://b.ru", {"type": "TEXT_IS_URL"}, True),
        ("x", {"type": "NOT_BLANK"}, True),
        (True, {"type": "BOOLEAN"}, True),
        ("b", a("ONE_OF_LIST", "a", "b"), True),
        (46090, a("DATE_BEFORE", "2026-03-10"), True),
        (46090.75, a("DATE_EQ", "3/9/2026"), True),
        (46090, {"type": "DATE_AFTER", "values": [{"relativeDate": "TODAY"}]}, False),
        (5, a("CUSTOM_FORMULA", "=A1*2>9"), True),
        (5, a("CUSTOM_FORMULA", "=nonsense("), False),
        (5, a("NUMBER_GREATER"), False),
    ],
)
def test_conditions(api: Api, value: object, condition: dict[str, Any], holds: bool) -> None:
    api.desk.clock_offset += 1_790_000_000 - api.desk.now()  # September 2026
    api.put("A1", [[value]])
    assert where(api, condition) is holds


def test_a_formula_is_written_for_the_first_cell_and_moves_along(api: Api) -> None:
    api.put("A1", [[1, 5], [7, 5]])
    assert where(api, a("CUSTOM_FORMULA", "=$A1>B1"), "A2")
    assert not where(api, a("CUSTOM_FORMULA", "=$A1>B1"), "A1")


def test_a_scale_of_colours(api: Api) -> None:
    api.put("A1", [[0], [5], [10], ["text"]])
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 1}
    points = {
        "minpoint": {"type": "MIN", "colorStyle": {"rgbColor": {}}},
        "maxpoint": {"type": "MAX", "colorStyle": {"rgbColor": RED}},
    }
    api.batch({"addConditionalFormatRule": {"rule": {"ranges": [area], "gradientRule": points}}})
    reds = [
        api.cell(f"A{row}", "effectiveFormat.backgroundColor")["effectiveFormat"]["backgroundColor"].get("red", 0)
        for row in (1, 2, 3, 4)
    ]
    assert reds == [0, 0.5, 1, 1]  # what is no number keeps its white


def test_effective_formats_lie_over_the_default(api: Api) -> None:
    api.put("A1", [[1, "text"]])
    cell = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    area = {"sheetId": 0, "endRowIndex": 1, "endColumnIndex": 1}
    api.batch({"repeatCell": {"range": area, "cell": cell, "fields": "userEnteredFormat.textFormat.bold"}})
    shown = api.cell("A1", "effectiveFormat")["effectiveFormat"]
    assert (shown["textFormat"]["bold"], shown["textFormat"]["fontSize"]) == (True, 10)
    assert shown["horizontalAlignment"] == "RIGHT"
    assert api.cell("B1", "effectiveFormat")["effectiveFormat"]["horizontalAlignment"] == "LEFT"


def test_a_filter_hides_and_sorts(api: Api) -> None:
    api.put("A1", [["Кто", "Часы"], ["Вера", 1], ["Анна", 5], ["Борис", 3]])
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 2}
    hours = {"columnIndex": 1, "filterCriteria": {"condition": a("NUMBER_GREATER", "2")}}
    sort = [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]
    api.batch({"setBasicFilter": {"filter": {"range": area, "sortSpecs": sort, "filterSpecs": [hours]}}})
    assert api.values("A1:A4") == [["Кто"], ["Анна"], ["Борис"], ["Вера"]]
    shown = api.get(ranges="A1:B4", fields="sheets(basicFilter,data.rowMetadata.hiddenByFilter)")["sheets"][0]
    assert shown["data"][0]["rowMetadata"] == [{}, {}, {}, {"hiddenByFilter": True}]
    assert shown["basicFilter"]["criteria"] == {"1": hours["filterCriteria"]}


def test_filter_views_are_made_changed_copied_and_deleted(api: Api) -> None:
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 4}
    made = api.batch({"addFilterView": {"filter": {"range": area, "title": "Мой"}}})["replies"][0]["addFilterView"]
    view = made["filter"]["filterViewId"]
    copied = api.batch({"duplicateFilterView": {"filterId": view}})["replies"][0]["duplicateFilterView"]["filter"]
    assert (copied["title"], copied["filterViewId"] != view) == ("Copy of Мой", True)
    api.batch(
        {"updateFilterView": {"filter": {"filterViewId": view, "title": "Другой"}, "fields": "title"}},
        {"deleteFilterView": {"filterId": copied["filterViewId"]}},
    )
    assert [one["title"] for one in api.get()["sheets"][0]["filterViews"]] == ["Другой"]
