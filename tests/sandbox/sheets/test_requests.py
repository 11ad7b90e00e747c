"""spreadsheets.batchUpdate: one request each, and what holds for all of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.sheets.errors import SheetsError
from tests.sandbox.sheets.conftest import Api

COLUMN = [["b"], ["a"], ["c"]]


def rows(start: int, end: int, dimension: str = "ROWS") -> dict[str, Any]:
    return {"sheetId": 0, "dimension": dimension, "startIndex": start, "endIndex": end}


def area(top: int, bottom: int, left: int, right: int) -> dict[str, Any]:
    return {
        "sheetId": 0,
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }


def text(value: str) -> dict[str, Any]:
    return {"userEnteredValue": {"stringValue": value}}


def titles(api: Api) -> list[str]:
    return [sheet["properties"]["title"] for sheet in api.get()["sheets"]]


# What holds for all


def test_a_failing_request_voids_the_whole_batch(api: Api) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.batch(
            {"addSheet": {"properties": {"title": "One"}}},
            {"updateCells": {"start": {"sheetId": 0}, "fields": "userEnteredValue", "rows": [{"values": [text("x")]}]}},
            {"deleteSheet": {"sheetId": 404}},
        )
    assert refusal.value.message == "Invalid requests[2].deleteSheet: No sheet with id: 404"
    assert titles(api) == ["Sheet1"]
    assert api.values("A1") == []


def test_replies_mirror_requests(api: Api) -> None:
    answer = api.batch(
        {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "New"}, "fields": "title"}},
        {"addSheet": {"properties": {"sheetId": 7, "title": "Seven"}}},
    )
    assert answer["replies"][0] == {}
    assert answer["replies"][1]["addSheet"]["properties"]["sheetId"] == 7


@pytest.mark.parametrize("requests", [[], [{}]])
def test_a_batch_of_nothing_is_refused(api: Api, requests: list[dict[str, Any]]) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.batch(*requests)
    assert refusal.value.code == 400


def test_what_is_not_built_says_its_name(api: Api) -> None:
    with pytest.raises(SheetsError, match="addDataSource exists in Google Sheets but is not built") as refusal:
        api.batch({"addDataSource": {}})
    assert refusal.value.code == 501


def test_the_answer_can_show_what_was_written(api: Api) -> None:
    """How a write verifies itself without another call."""
    answer = api.call(
        "POST",
        ":batchUpdate",
        {
            "requests": [
                {"updateCells": {"start": {"sheetId": 0, "rowIndex": 2}, "fields": "userEnteredValue",
                                 "rows": [{"values": [text("key")]}]}}
            ],
            "includeSpreadsheetInResponse": True,
            "responseRanges": ["Sheet1!A1:A"],
            "responseIncludeGridData": True,
        },
        fields="updatedSpreadsheet.sheets(properties.sheetId,data.rowData.values.effectiveValue)",
    )  # fmt: skip
    (sheet,) = answer["updatedSpreadsheet"]["sheets"]
    assert sheet["properties"] == {"sheetId": 0}
    assert sheet["data"] == [{"rowData": [{}, {}, {"values": [{"effectiveValue": {"stringValue": "key"}}]}]}]


def test_a_response_range_that_does_not_parse_refuses_the_batch(api: Api) -> None:
    with pytest.raises(SheetsError, match="Unable to parse range"):
        api.batch(
            {"addSheet": {"properties": {"title": "One"}}},
            includeSpreadsheetInResponse=True,
            responseRanges=["Gone!A:A"],
        )
    assert titles(api) == ["Sheet1"]


# Sheets


def test_an_id_or_a_title_in_use_is_refused(api: Api) -> None:
    for properties in ({"sheetId": 0, "title": "Other"}, {"title": "sheet1"}):
        with pytest.raises(SheetsError, match="already exists"):
            api.batch({"addSheet": {"properties": properties}})


@pytest.mark.parametrize(
    ("sheet_id", "index", "order"),
    [
        # positions count before the move: to the right takes one more
        (1, 2, ["S1", "S2", "S3"]),
        (1, 3, ["S2", "S1", "S3"]),
        (3, 1, ["S3", "S1", "S2"]),
        (1, 1, ["S1", "S2", "S3"]),
    ],
)
def test_moving_a_sheet(api: Api, sheet_id: int, index: int, order: list[str]) -> None:
    api.batch(*({"addSheet": {"properties": {"sheetId": n, "title": f"S{n}"}}} for n in (1, 2, 3)))
    api.batch({"updateSheetProperties": {"properties": {"sheetId": sheet_id, "index": index}, "fields": "index"}})
    assert [title for title in titles(api) if title != "Sheet1"] == order


def test_the_last_visible_sheet_stays(api: Api) -> None:
    with pytest.raises(SheetsError, match="You can't hide all the sheets in a document"):
        api.batch({"updateSheetProperties": {"properties": {"sheetId": 0, "hidden": True}, "fields": "hidden"}})
    with pytest.raises(SheetsError, match="can't remove all the sheets"):
        api.batch({"deleteSheet": {"sheetId": 0}})


def test_not_everything_can_be_frozen(api: Api) -> None:
    size = {"rowCount": 1, "columnCount": 2, "frozenRowCount": 1}
    with pytest.raises(SheetsError, match="freeze"):
        api.batch({"addSheet": {"properties": {"gridProperties": size}}})


def test_a_workbook_has_its_limit(api: Api) -> None:
    size = {"rowCount": 100_000, "columnCount": 100}
    with pytest.raises(SheetsError, match="above the limit of 10000000 cells"):
        api.batch({"addSheet": {"properties": {"gridProperties": size}}})


# Cells


def test_start_touches_what_is_given_and_range_clears_the_rest(api: Api) -> None:
    api.put("A1:C1", [["a", "b", "c"]])
    write = {"rows": [{"values": [text("x"), {}]}], "fields": "userEnteredValue"}
    api.batch({"updateCells": {"start": {"sheetId": 0}, **write}})
    assert api.values("A1:C1") == [["x", "", "c"]]
    api.batch({"updateCells": {"range": area(0, 1, 0, 3), **write}})
    assert api.values("A1:C1") == [["x"]]


def test_a_mask_leaves_formats_alone(api: Api) -> None:
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    api.batch({"repeatCell": {"range": area(0, 1, 0, 2), "cell": bold, "fields": "userEnteredFormat.textFormat.bold"}})
    api.batch({"updateCells": {"start": {}, "rows": [{"values": [text("x")]}], "fields": "userEnteredValue"}})
    assert api.cell("A1", "userEnteredFormat.textFormat.bold") == bold


def test_text_is_never_a_formula_as_a_typed_cell(api: Api) -> None:
    api.batch({"updateCells": {"start": {}, "rows": [{"values": [text("=1+1")]}], "fields": "userEnteredValue"}})
    assert api.values("A1") == [["=1+1"]]


def test_a_text_too_long_for_a_cell_is_refused(api: Api) -> None:
    with pytest.raises(SheetsError, match="50000 characters"):
        api.put("A1", [["x" * 50_001]])


def test_a_mask_is_required(api: Api) -> None:
    with pytest.raises(SheetsError, match="At least one field must be listed in 'fields'"):
        api.batch({"updateCells": {"start": {}, "rows": [], "fields": ""}})


def test_colours_are_kept_in_eight_bits_and_under_both_names(api: Api) -> None:
    cell = {"userEnteredFormat": {"backgroundColor": {"red": 0.5}}}
    mask = "userEnteredFormat.backgroundColor"
    api.batch({"repeatCell": {"range": area(0, 1, 0, 1), "cell": cell, "fields": mask}})
    found = api.cell("A1", "userEnteredFormat")["userEnteredFormat"]
    assert found == {
        "backgroundColor": {"red": 0.49803922},
        "backgroundColorStyle": {"rgbColor": {"red": 0.49803922}},
    }


def test_append_cells_goes_below_the_last_data_and_does_not_widen(api: Api) -> None:
    api.put("C5", [["x"]])
    api.batch({"appendCells": {"sheetId": 0, "rows": [{"values": [text("new")]}], "fields": "userEnteredValue"}})
    assert api.values("A6") == [["new"]]
    wide = [{"values": [text("x")] * 27}]
    with pytest.raises(SheetsError, match="Attempting to write column: 26, beyond the last requested column of: 25"):
        api.batch({"appendCells": {"sheetId": 0, "rows": wide, "fields": "userEnteredValue"}})


# Rows and columns


def test_inserted_rows_inherit_the_look_but_not_the_values(api: Api) -> None:
    api.put("A1", COLUMN)
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    api.batch(
        {"repeatCell": {"range": area(0, 1, 0, 1), "cell": bold, "fields": "userEnteredFormat"}},
        {"insertDimension": {"range": rows(1, 2), "inheritFromBefore": True}},
    )
    assert api.values("A1:A9") == [["b"], [], ["a"], ["c"]]
    assert api.cell("A2", "userEnteredFormat.textFormat.bold") == bold


@pytest.mark.parametrize(
    ("start", "end", "before"), [(0, 1, True), (1000, 1001, False), (1001, 1002, True), (2, 2, False)]
)
def test_insertions_that_cannot_be(api: Api, start: int, end: int, before: bool) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.batch({"insertDimension": {"range": rows(start, end), "inheritFromBefore": before}})
    assert refusal.value.code == 400


def test_deleting_rows(api: Api) -> None:
    api.put("A1", COLUMN)
    api.batch({"deleteDimension": {"range": rows(1, 2)}})
    assert api.values("A1:A9") == [["b"], ["c"]]
    with pytest.raises(SheetsError):
        api.batch({"deleteDimension": {"range": rows(0, 999)}})


def test_deleting_a_frozen_row_leaves_fewer_frozen(api: Api) -> None:
    frozen = {"sheetId": 0, "gridProperties": {"frozenRowCount": 1}}
    api.batch({"updateSheetProperties": {"properties": frozen, "fields": "gridProperties.frozenRowCount"}})
    api.batch({"deleteDimension": {"range": rows(0, 1)}})
    assert "frozenRowCount" not in api.get()["sheets"][0]["properties"]["gridProperties"]


def test_moving_rows_as_the_reference_shows(api: Api) -> None:
    api.put("A1", [[n] for n in range(5)])
    api.batch({"moveDimension": {"source": rows(1, 3), "destinationIndex": 4}})
    assert api.values("A1:A5", valueRenderOption="UNFORMATTED_VALUE") == [[0], [3], [1], [2], [4]]


@given(st.integers(0, 5), st.integers(1, 3), st.sampled_from(["ROWS", "COLUMNS"]))
def test_inserting_and_deleting_the_same_changes_nothing(at: int, count: int, dimension: str) -> None:
    api = Api()
    api.put("A1", [[f"{r}{c}" for c in range(5)] for r in range(5)])
    before = api.get(includeGridData="true")
    span = rows(at, at + count, dimension)
    api.batch({"insertDimension": {"range": span}})
    api.batch({"deleteDimension": {"range": span}})
    assert api.get(includeGridData="true") == before


# Ranges


def test_sorting_moves_whole_cells_and_leaves_blanks_last(api: Api) -> None:
    api.put("A1", [["b", 1], ["", 2], ["a", 3], [5, 4]])
    sort = {"range": area(0, 4, 0, 2), "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]}
    api.batch({"sortRange": sort})
    assert api.values("A1:B4") == [["5", "4"], ["a", "3"], ["b", "1"], ["", "2"]]
    sort["sortSpecs"] = [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]
    api.batch({"sortRange": sort})
    assert api.values("A1:B4") == [["b", "1"], ["a", "3"], ["5", "4"], ["", "2"]]


def test_duplicates_are_compared_without_case_and_blank_rows_are_duplicates(api: Api) -> None:
    api.put("A1", [["a", 1], ["A", 2], ["", 3], ["", 4], ["b", 5]])
    key = [{"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}]
    answer = api.batch({"deleteDuplicates": {"range": area(0, 5, 0, 2), "comparisonColumns": key}})
    assert answer["replies"] == [{"deleteDuplicates": {"duplicatesRemovedCount": 2}}]
    assert api.values("A1:B5") == [["a", "1"], ["", "3"], ["b", "5"]]


def test_merging_keeps_the_first_value(api: Api) -> None:
    api.put("A1", [["a", "b"]])
    api.batch({"mergeCells": {"range": area(0, 1, 0, 2), "mergeType": "MERGE_ALL"}})
    assert api.values("A1:B1") == [["a"]]
    (merge,) = api.get()["sheets"][0]["merges"]
    assert merge == {"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 2}


def test_cut_and_copy(api: Api) -> None:
    api.put("A1", [["x"], ["y"]])
    api.batch({"copyPaste": {"source": area(0, 2, 0, 1), "destination": area(0, 2, 1, 2)}})
    api.batch({"cutPaste": {"source": area(0, 1, 0, 1), "destination": {"sheetId": 0, "columnIndex": 2}}})
    assert api.values("A1:C2") == [["", "x", "x"], ["y", "y"]]


def test_find_and_replace(api: Api) -> None:
    api.put("A1", [["Google Sheets", "google"], ["none"]])
    answer = api.batch({"findReplace": {"find": "google", "replacement": "G", "allSheets": True}})
    assert answer["replies"][0]["findReplace"]["occurrencesChanged"] == 2
    assert api.values("A1:B1") == [["G Sheets", "G"]]
    swapped = {"find": r"(\w+) (\w+)", "replacement": "$2, $1 $9", "searchByRegex": True, "allSheets": True}
    api.batch({"findReplace": swapped})
    assert api.values("A1") == [["Sheets, G "]]


# What lies over the cells


def test_objects_follow_rows_and_vanish_with_them(api: Api) -> None:
    api.batch(
        {"addNamedRange": {"namedRange": {"name": "n", "range": area(4, 6, 0, 1)}}},
        {"addProtectedRange": {"protectedRange": {"range": area(4, 6, 0, 1), "warningOnly": True}}},
        {"setBasicFilter": {"filter": {"range": area(0, 6, 0, 2)}}},
        {"insertDimension": {"range": rows(1, 3)}},
    )
    book = api.get()
    assert book["namedRanges"][0]["range"]["startRowIndex"] == 6
    assert book["sheets"][0]["protectedRanges"][0]["range"]["startRowIndex"] == 6
    assert book["sheets"][0]["basicFilter"]["range"]["endRowIndex"] == 8
    api.batch({"deleteDimension": {"range": rows(6, 8)}})
    assert "namedRanges" not in api.get()
    assert "protectedRanges" not in api.get()["sheets"][0]


def test_objects_follow_rows_that_are_moved(api: Api) -> None:
    api.put("A1", [["a"], ["b"], ["c"], ["=A2"]], "USER_ENTERED")
    area = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 2}
    api.batch({"addProtectedRange": {"protectedRange": {"range": area}}})
    api.batch({"addNamedRange": {"namedRange": {"name": "b", "range": {**area, "endColumnIndex": 1}}}})
    rows = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    api.batch({"moveDimension": {"source": rows, "destinationIndex": 0}})
    assert api.values("A1:A4", valueRenderOption="FORMULA") == [["b"], ["a"], ["c"], ["=A1"]]
    assert api.values("b") == [["b"]]
    protected = api.get()["sheets"][0]["protectedRanges"][0]["range"]
    assert (protected["startRowIndex"], protected["endRowIndex"]) == (0, 1)


def test_a_chosen_chart_id_makes_adding_idempotent(api: Api) -> None:
    source = {"sources": [area(0, 9, 0, 1)]}
    spec = {"title": "T", "basicChart": {"chartType": "COLUMN", "series": [{"series": {"sourceRange": source}}]}}
    add = {"addChart": {"chart": {"chartId": 501, "spec": spec, "position": {"overlayPosition": {"anchorCell": {}}}}}}
    assert api.batch(add)["replies"][0]["addChart"]["chart"]["chartId"] == 501
    with pytest.raises(SheetsError, match="already exists"):
        api.batch(add)
    api.batch({"updateChartSpec": {"chartId": 501, "spec": {**spec, "title": "U"}}})
    assert api.get()["sheets"][0]["charts"][0]["spec"]["title"] == "U"
    api.batch({"deleteEmbeddedObject": {"objectId": 501}})
    assert "charts" not in api.get()["sheets"][0]


def test_a_range_that_somebody_else_protected_cannot_be_written(api: Api) -> None:
    api.book.sheets[0].listed("protectedRanges").append(
        {"protectedRangeId": 1, "range": area(0, 1, 0, 1), "requestingUserCanEdit": False}
    )
    for write in (
        {"updateCells": {"start": {}, "rows": [{"values": [text("x")]}], "fields": "userEnteredValue"}},
        {"deleteDimension": {"range": rows(0, 1)}},
    ):
        with pytest.raises(SheetsError, match="You are trying to edit a protected cell or object"):
            api.batch(write)
    api.put("B1", [["fine"]])


# Tables, slicers, fills


TABLE = {
    "name": "Дела",
    "tableId": "cases",
    "range": {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2},
    "columnProperties": [{"columnIndex": 1, "columnName": "Часы", "columnType": "DOUBLE"}],
}


def test_a_table_names_its_columns_and_grows(api: Api) -> None:
    api.put("A1", [["Ключ", "?"], ["k1", 1], ["k2", 2], ["под таблицей"]])
    made = api.batch({"addTable": {"table": TABLE}})["replies"][0]["addTable"]["table"]
    assert made["columnProperties"] == [
        {"columnIndex": 0, "columnName": "Ключ"},
        {"columnIndex": 1, "columnName": "Часы", "columnType": "DOUBLE"},
    ]
    row = {"values": [{"userEnteredValue": {"stringValue": "k3"}}, {"userEnteredValue": {"numberValue": 3}}]}
    api.batch({"appendCells": {"tableId": "cases", "rows": [row], "fields": "userEnteredValue"}})
    assert api.values("A1:B5") == [["Ключ", "?"], ["k1", "1"], ["k2", "2"], ["k3", "3"], ["под таблицей"]]
    (kept,) = api.get()["sheets"][0]["tables"]
    assert kept["range"]["endRowIndex"] == 4


def test_tables_are_changed_and_deleted(api: Api) -> None:
    api.batch({"addTable": {"table": TABLE}})
    with pytest.raises(SheetsError):
        api.batch({"addTable": {"table": {**TABLE, "tableId": "other", "name": "Другая"}}})  # they would overlap
    api.batch({"updateTable": {"table": {"tableId": "cases", "name": "Случаи"}, "fields": "name"}})
    assert [one["name"] for one in api.get()["sheets"][0]["tables"]] == ["Случаи"]
    api.batch({"deleteTable": {"tableId": "cases"}})
    assert "tables" not in api.get()["sheets"][0]


def test_charts_and_slicers_are_placed_moved_and_removed(api: Api) -> None:
    source = {"sourceRange": {"sources": [{"sheetId": 0, "startColumnIndex": 0, "endColumnIndex": 1}]}}
    spec = {"title": "Т", "basicChart": {"chartType": "LINE", "series": [{"series": source}]}}
    anchor = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 3}}}
    slicer = {"slicerId": 8, "spec": {"title": "Кто"}, "position": anchor}
    chart = {"addChart": {"chart": {"chartId": 7, "spec": spec, "position": anchor}}}
    made = api.batch(chart, {"addSlicer": {"slicer": slicer}})["replies"]
    shown = made[0]["addChart"]["chart"]
    assert (shown["spec"]["fontName"], shown["spec"]["titleTextFormat"]) == ("Roboto", {"fontFamily": "Roboto"})
    assert shown["position"]["overlayPosition"]["widthPixels"] == 600
    there = {"overlayPosition": {"anchorCell": {"sheetId": 0, "columnIndex": 5}}}
    move = {"objectId": 7, "newPosition": there, "fields": "anchorCell.columnIndex"}
    moved = api.batch({"updateEmbeddedObjectPosition": move})["replies"][0]["updateEmbeddedObjectPosition"]
    assert moved["position"]["overlayPosition"]["anchorCell"] == {"sheetId": 0, "rowIndex": 3, "columnIndex": 5}
    border = {"objectId": 7, "border": {"color": {"red": 1}}, "fields": "color"}
    title = {"slicerId": 8, "spec": {"title": "Где"}, "fields": "title"}
    api.batch({"updateEmbeddedObjectBorder": border}, {"updateSlicerSpec": title})
    (sheet,) = api.get()["sheets"]
    assert sheet["charts"][0]["border"]["color"] == {"red": 1}
    assert sheet["slicers"][0]["spec"] == {"title": "Где"}
    api.batch({"deleteEmbeddedObject": {"objectId": 7}}, {"deleteEmbeddedObject": {"objectId": 8}})
    assert not {"charts", "slicers"} & api.get()["sheets"][0].keys()


def test_filling_counts_on_and_copies_formulas(api: Api) -> None:
    api.put("A1", [[1, "x", "=A1*2"], [2, "y", "=A2*2"]], "USER_ENTERED")
    source = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 3}
    api.batch({"autoFill": {"sourceAndDestination": {"source": source, "dimension": "ROWS", "fillLength": 2}}})
    assert api.values("A3:C4", valueRenderOption="FORMULA") == [[3, "x", "=A3*2"], [4, "y", "=A4*2"]]


def test_pasting_and_taking_text_apart(api: Api) -> None:
    paste = {"coordinate": {"sheetId": 0}, "data": "a;1\nb, c;2", "delimiter": ";", "type": "PASTE_NORMAL"}
    api.batch({"pasteData": paste})
    assert api.values("A1:B2", valueRenderOption="UNFORMATTED_VALUE") == [["a", 1], ["b, c", 2]]
    column = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}
    api.batch({"textToColumns": {"source": column, "delimiterType": "CUSTOM", "delimiter": ", "}})
    assert api.values("A2:B2") == [["b", "c"]]


def test_transposed(api: Api) -> None:
    api.put("A1", [["a", "b", "c"]])
    source = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 3}
    target = {"sheetId": 0, "startRowIndex": 2, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    api.batch({"copyPaste": {"source": source, "destination": target, "pasteOrientation": "TRANSPOSE"}})
    assert api.values("A3:A5") == [["a"], ["b"], ["c"]]


def test_shuffled_rows_are_the_same_rows(api: Api) -> None:
    api.put("A1", [[row, row * 2] for row in range(20)])
    api.batch({"randomizeRange": {"range": {"sheetId": 0, "endRowIndex": 20, "endColumnIndex": 2}}})
    rows = api.values("A1:B20", valueRenderOption="UNFORMATTED_VALUE")
    assert sorted(rows, key=str) == sorted(([row, row * 2] for row in range(20)), key=str)
    assert rows != [[row, row * 2] for row in range(20)]


def test_a_closed_group_hides_its_rows(api: Api) -> None:
    rows = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    api.batch({"addDimensionGroup": {"range": rows}})
    closed = {"range": rows, "depth": 1, "collapsed": True}
    api.batch({"updateDimensionGroup": {"dimensionGroup": closed, "fields": "collapsed"}})
    shown = api.get(ranges="A1:A4", fields="sheets.data.rowMetadata.hiddenByUser")["sheets"][0]["data"][0]
    assert shown["rowMetadata"] == [{}, {"hiddenByUser": True}, {"hiddenByUser": True}, {}]


def test_a_duplicate_takes_its_objects_along_under_new_ids(api: Api) -> None:
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 2}
    band = {"bandedRange": {"bandedRangeId": 5, "range": area, "rowProperties": {"headerColor": {"red": 1}}}}
    protected = {"protectedRange": {"protectedRangeId": 6, "range": area}}
    api.batch({"mergeCells": {"range": area}}, {"addBanding": band}, {"addProtectedRange": protected})
    twice = {"duplicateSheet": {"sourceSheetId": 0}}
    replies = api.batch(twice, twice)["replies"]
    assert [one["duplicateSheet"]["properties"]["title"] for one in replies] == [
        "Copy of Sheet1",
        "Copy of Sheet1 2",
    ]
    sheet_id = replies[0]["duplicateSheet"]["properties"]["sheetId"]
    copied = next(one for one in api.get()["sheets"] if one["properties"]["sheetId"] == sheet_id)
    assert copied["merges"][0]["sheetId"] == sheet_id
    assert copied["bandedRanges"][0]["bandedRangeId"] != 5
    assert copied["protectedRanges"][0]["protectedRangeId"] != 6


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("repeatCell", {"range": {"sheetId": 0, "startRowIndex": -1}, "fields": "*"}),
        ("mergeCells", {"range": {"sheetId": 0, "startRowIndex": 3, "endRowIndex": 3}}),
        ("updateCells", {"start": {"sheetId": 0, "columnIndex": -1}, "fields": "*"}),
        ("updateSheetProperties", {"properties": {"gridProperties": {"rowCount": -1}}, "fields": "gridProperties"}),
        ("addNamedRange", {"namedRange": {"range": {"sheetId": 0}}}),
        ("updateChartSpec", {"chartId": 404, "spec": {}}),
        ("findReplace", {"find": "(", "searchByRegex": True, "allSheets": True}),
    ],
)
def test_what_cannot_be_is_refused_by_its_place_in_the_batch(api: Api, kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(SheetsError, match=rf"^Invalid requests\[0\]\.{kind}: ") as refusal:
        api.batch({kind: body})
    assert refusal.value.code == 400
