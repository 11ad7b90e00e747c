"""The bodies a careful mirror sends, letter by letter, and what it relies on afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.sheets.errors import SheetsError
from tests.sandbox.sheets.conftest import BOOK, Api

PROVISIONING = """[
{"addSheet": {"properties": {"sheetId": 11, "title": "Data", "index": 0, "gridProperties": {"rowCount": 2,
  "columnCount": 26, "frozenRowCount": 1, "frozenColumnCount": 1}}}},
{"addSheet": {"properties": {"sheetId": 12, "title": "Pivot"}}},
{"addSheet": {"properties": {"sheetId": 13, "title": "Charts"}}},
{"updateSheetProperties": {"properties": {"sheetId": 11, "gridProperties": {"frozenRowCount": 1}},
  "fields": "gridProperties.frozenRowCount"}},
{"insertDimension": {"range": {"sheetId": 11, "dimension": "ROWS", "startIndex": 2, "endIndex": 5},
  "inheritFromBefore": true}},
{"updateCells": {"start": {"sheetId": 11, "rowIndex": 0, "columnIndex": 0}, "fields": "userEnteredValue", "rows": [
  {"values": [{"userEnteredValue": {"stringValue": "Key"}}, {"userEnteredValue": {"stringValue": "Opened"}},
    {"userEnteredValue": {"stringValue": "Open"}}, {"userEnteredValue": {"stringValue": "Hours"}},
    {"userEnteredValue": {"stringValue": "Responsible"}}]},
  {"values": [{"userEnteredValue": {"stringValue": "1042"}}, {"userEnteredValue": {"numberValue": 46266.75}},
    {"userEnteredValue": {"boolValue": true}}, {"userEnteredValue": {"numberValue": 8}},
    {"userEnteredValue": {"stringValue": "Anna"}}]},
  {"values": [{"userEnteredValue": {"stringValue": "1043"}}, {"userEnteredValue": {"numberValue": 46300}}, {},
    {"userEnteredValue": {"numberValue": 3}}, {"userEnteredValue": {"stringValue": "Boris"}}]}]}},
{"repeatCell": {"range": {"sheetId": 11, "startRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 2},
  "cell": {"userEnteredFormat": {"numberFormat": {"type": "DATE_TIME", "pattern": "dd.mm.yyyy hh:mm"}}},
  "fields": "userEnteredFormat.numberFormat"}},
{"updateCells": {"start": {"sheetId": 12, "rowIndex": 0, "columnIndex": 0}, "fields": "pivotTable", "rows": [
  {"values": [{"pivotTable": {"source": {"sheetId": 11, "startRowIndex": 0, "endRowIndex": 61, "startColumnIndex": 0,
    "endColumnIndex": 25},
  "rows": [{"sourceColumnOffset": 4, "label": "Responsible", "showTotals": true, "sortOrder": "DESCENDING",
    "valueBucket": {"valuesIndex": 0}}],
  "columns": [{"sourceColumnOffset": 1, "showTotals": false, "sortOrder": "ASCENDING",
    "groupRule": {"dateTimeRule": {"type": "YEAR_MONTH"}}}],
  "values": [{"sourceColumnOffset": 3, "summarizeFunction": "SUM", "name": "Hours"},
    {"sourceColumnOffset": 0, "summarizeFunction": "COUNTA", "name": "Cases"},
    {"sourceColumnOffset": 3, "summarizeFunction": "AVERAGE", "name": "Mean hours"}],
  "filterSpecs": [{"columnOffsetIndex": 0, "filterCriteria": {"visibleByDefault": true,
    "condition": {"type": "NOT_BLANK"}}}], "valueLayout": "HORIZONTAL"}}]}]}},
{"addChart": {"chart": {"chartId": 501, "spec": {"title": "Hours by person", "hiddenDimensionStrategy": "SHOW_ALL",
  "basicChart": {"chartType": "COLUMN", "legendPosition": "NO_LEGEND", "headerCount": 1,
  "axis": [{"position": "BOTTOM_AXIS", "title": "Responsible"}, {"position": "LEFT_AXIS", "title": "Hours"}],
  "domains": [{"domain": {"sourceRange": {"sources": [{"sheetId": 12, "startRowIndex": 0, "endRowIndex": 100,
    "startColumnIndex": 0, "endColumnIndex": 1}]}}}],
  "series": [{"series": {"sourceRange": {"sources": [{"sheetId": 12, "startRowIndex": 0, "endRowIndex": 100,
    "startColumnIndex": 1, "endColumnIndex": 2}]}}, "targetAxis": "LEFT_AXIS"}]}},
  "position": {"overlayPosition": {"anchorCell": {"sheetId": 13, "rowIndex": 0, "columnIndex": 0},
    "widthPixels": 720, "heightPixels": 400}}}}},
{"addConditionalFormatRule": {"index": 0, "rule": {"ranges": [{"sheetId": 11, "startRowIndex": 1, "startColumnIndex": 3,
  "endColumnIndex": 4}], "booleanRule": {"condition": {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "7"}]},
  "format": {"backgroundColorStyle": {"rgbColor": {"red": 1, "green": 0.8, "blue": 0.8}}}}}}},
{"setBasicFilter": {"filter": {"range": {"sheetId": 11, "startRowIndex": 0, "startColumnIndex": 0,
  "endColumnIndex": 25}}}},
{"addProtectedRange": {"protectedRange": {"protectedRangeId": 601, "range": {"sheetId": 11, "startRowIndex": 0,
  "endRowIndex": 1}, "description": "Header", "editors": {"users": ["robot@project.iam.gserviceaccount.com"]}}}},
{"addNamedRange": {"namedRange": {"name": "cases", "range": {"sheetId": 11, "startColumnIndex": 0,
  "endColumnIndex": 25}}}}
]"""
TOKEN = {"metadataId": 1000417, "metadataKey": "f", "visibility": "DOCUMENT", "location": {"spreadsheet": True}}
KEYS_AND_HEADING = {
    "dataFilters": [
        {"gridRange": {"sheetId": 11, "startRowIndex": 0, "endRowIndex": 1}},
        {"gridRange": {"sheetId": 11, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}},
    ],
    "majorDimension": "ROWS",
    "valueRenderOption": "UNFORMATTED_VALUE",
}


@pytest.fixture
def provisioned(api: Api) -> Api:
    api.batch(*json.loads(PROVISIONING))
    return api


def test_replies_carry_what_was_given_out(api: Api) -> None:
    replies = api.batch(*json.loads(PROVISIONING))["replies"]
    added = replies[0]["addSheet"]["properties"]
    assert [added[name] for name in ("sheetId", "title", "index", "sheetType")] == [11, "Data", 0, "GRID"]
    assert added["gridProperties"]["frozenRowCount"] == 1
    assert [next(iter(one), None) for one in replies].count(None) == 7
    assert replies[8]["addChart"]["chart"]["chartId"] == 501
    assert replies[11]["addProtectedRange"]["protectedRange"]["protectedRangeId"] == 601
    assert isinstance(replies[12]["addNamedRange"]["namedRange"]["namedRangeId"], str)


def test_provisioning_twice_is_refused_whole(provisioned: Api) -> None:
    before = provisioned.get(includeGridData="true")
    with pytest.raises(SheetsError) as refusal:
        provisioned.batch(*json.loads(PROVISIONING))
    assert refusal.value.code == 400
    assert provisioned.get(includeGridData="true") == before


def test_the_pivot_is_worked_out(provisioned: Api) -> None:
    shown = provisioned.values("Pivot!A3:D5", valueRenderOption="UNFORMATTED_VALUE")
    assert shown == [["Responsible", "Hours", "Cases", "Mean hours"], ["Anna", 8, 1, 8], ["Boris"]]
    defined = provisioned.cell("Pivot!A1", "pivotTable")["pivotTable"]
    assert defined["criteria"] == {"0": defined["filterSpecs"][0]["filterCriteria"]}  # both are populated: reference


def test_the_highlight_shows_and_users_formats_stay(provisioned: Api) -> None:
    hot = provisioned.cell("Data!D2", "effectiveFormat.backgroundColor")["effectiveFormat"]["backgroundColor"]
    cold = provisioned.cell("Data!D3", "effectiveFormat.backgroundColor")["effectiveFormat"]["backgroundColor"]
    assert (hot["green"], cold["green"]) == (pytest.approx(0.8), 1)
    assert provisioned.cell("Data!D2", "userEnteredFormat") == {}


def test_call_one_of_a_flush(provisioned: Api) -> None:
    answer = provisioned.call("POST", "/values:batchGetByDataFilter", KEYS_AND_HEADING)
    heading, keys = (one["valueRange"] for one in answer["valueRanges"])
    assert (heading["range"], keys["range"]) == ("Data!A1:Z1", "Data!A2:A5")
    assert keys["values"] == [["1042"], ["1043"]]
    assert [one["dataFilters"] for one in answer["valueRanges"]] == [[one] for one in KEYS_AND_HEADING["dataFilters"]]


def test_call_two_of_a_flush_verifies_itself_and_cannot_happen_twice(provisioned: Api) -> None:
    row = {"values": [{"userEnteredValue": {"stringValue": "1044"}}]}
    body = {
        "requests": [
            {"createDeveloperMetadata": {"developerMetadata": TOKEN}},
            {"updateCells": {"start": {"sheetId": 11, "rowIndex": 3}, "fields": "userEnteredValue", "rows": [row]}},
        ],
        "includeSpreadsheetInResponse": True,
        "responseRanges": ["'Data'!A2:A"],
        "responseIncludeGridData": True,
    }
    fields = "replies,updatedSpreadsheet.sheets(properties.sheetId,data.rowData.values.effectiveValue)"
    answer = provisioned.call("POST", ":batchUpdate", body, fields=fields)
    created = answer["replies"][0]["createDeveloperMetadata"]["developerMetadata"]
    assert created["location"] == {"locationType": "SPREADSHEET", "spreadsheet": True}
    (sheet,) = answer["updatedSpreadsheet"]["sheets"]
    assert sheet["properties"] == {"sheetId": 11}
    keys = [row["values"][0]["effectiveValue"]["stringValue"] for row in sheet["data"][0]["rowData"]]
    assert keys == ["1042", "1043", "1044"]
    before = provisioned.get(includeGridData="true")
    with pytest.raises(SheetsError, match=r"Invalid requests\[0\].createDeveloperMetadata"):
        provisioned.call("POST", ":batchUpdate", body, fields=fields)
    assert provisioned.get(includeGridData="true") == before
    assert provisioned.call("GET", "/developerMetadata/1000417")["metadataKey"] == "f"
    with pytest.raises(SheetsError) as refusal:
        provisioned.call("GET", "/developerMetadata/1000418")
    assert (refusal.value.code, refusal.value.message) == (404, "Requested entity was not found.")


def test_a_token_is_removed_and_its_id_is_free_again(provisioned: Api) -> None:
    create = {"createDeveloperMetadata": {"developerMetadata": TOKEN}}
    provisioned.batch(create)
    lookup = {"dataFilter": {"developerMetadataLookup": {"metadataId": 1000417}}}
    provisioned.batch({"deleteDeveloperMetadata": lookup})
    provisioned.batch(create)


def test_what_survives_what(provisioned: Api) -> None:
    """Rows inserted and moved: metadata of a row follow it. Sorted: contents move, the row stays (assumed)."""
    place = {"dimensionRange": {"sheetId": 11, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}}
    provisioned.batch({"createDeveloperMetadata": {"developerMetadata": {**TOKEN, "location": place}}})

    def row() -> int:
        found = provisioned.call("GET", "/developerMetadata/1000417")
        return int(found["location"]["dimensionRange"]["startIndex"])

    above = {"sheetId": 11, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    provisioned.batch({"insertDimension": {"range": above}})
    assert row() == 3
    one = {"sheetId": 11, "dimension": "ROWS", "startIndex": 3, "endIndex": 4}
    provisioned.batch({"moveDimension": {"source": one, "destinationIndex": 1}})
    assert row() == 1
    by_key = {"range": {"sheetId": 11, "startRowIndex": 1}, "sortSpecs": [{"sortOrder": "DESCENDING"}]}
    provisioned.batch({"sortRange": by_key})
    assert row() == 1
    provisioned.batch({"deleteDimension": {"range": {**one, "startIndex": 1, "endIndex": 2}}})
    with pytest.raises(SheetsError):
        row()


def test_hidden_and_filtered_rows_are_read_all_the_same(provisioned: Api) -> None:
    rows = {"sheetId": 11, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    hide = {"range": rows, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    criteria = {"filterSpecs": [{"columnIndex": 0, "filterCriteria": {"hiddenValues": ["1043"]}}]}
    area = {"sheetId": 11, "startRowIndex": 0, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 5}
    provisioned.batch({"updateDimensionProperties": hide}, {"setBasicFilter": {"filter": {"range": area, **criteria}}})
    assert provisioned.values("Data!A2:A") == [["1042"], ["1043"]]
    shown = provisioned.get(ranges="Data!A1:A5", fields="sheets.data.rowMetadata(hiddenByUser,hiddenByFilter)")
    assert shown["sheets"][0]["data"][0]["rowMetadata"] == [
        {},
        {"hiddenByUser": True},
        {"hiddenByFilter": True},
        {},
        {},
    ]


def test_a_copied_sheet_brings_rows_and_formats_but_new_ids(provisioned: Api) -> None:
    other = provisioned.desk.create_with_sheet("Other")
    copied = provisioned.call("POST", "/sheets/11:copyTo", {"destinationSpreadsheetId": other.id})
    assert copied["title"] == "Copy of Data"
    assert copied["sheetId"] != 11
    made = provisioned.desk.spreadsheets[other.id].find_sheet(copied["sheetId"])
    assert made is not None
    assert made.grid.cell(1, 0) == provisioned.desk.spreadsheets[BOOK].sheet(11).grid.cell(1, 0)


def test_renaming_leaves_the_id_and_changes_the_ranges(provisioned: Api) -> None:
    named: dict[str, Any] = {"properties": {"sheetId": 11, "title": "Данные"}, "fields": "title"}
    provisioned.batch({"updateSheetProperties": named})
    answer = provisioned.call("POST", "/values:batchGetByDataFilter", KEYS_AND_HEADING)
    assert answer["valueRanges"][0]["valueRange"]["range"] == "'Данные'!A1:Z1"
    with pytest.raises(SheetsError, match="Unable to parse range: Data!A1"):
        provisioned.values("Data!A1")


def test_deduplicating_answers_how_many(provisioned: Api) -> None:
    provisioned.put("Data!A4", [["1042"], ["1042"]])
    area = {"sheetId": 11, "startRowIndex": 1, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 25}
    keys = [{"sheetId": 11, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}]
    answer = provisioned.batch({"deleteDuplicates": {"range": area, "comparisonColumns": keys}})
    assert answer["replies"] == [{"deleteDuplicates": {"duplicatesRemovedCount": 2}}]
    assert provisioned.values("Data!A2:A") == [["1042"], ["1043"]]
