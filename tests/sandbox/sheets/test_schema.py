"""Bodies are read as strictly and as leniently as Google reads them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.sheets.errors import SheetsError
from sandbox.sheets.schema import read


def a_batch(request: object) -> dict[str, object]:
    return {"requests": [request]}


@pytest.mark.parametrize(
    ("shape", "body", "value"),
    [
        # null is "not given", numbers may be strings, both spellings are one
        ("GridRange", {"sheetId": "5", "startRowIndex": 1.0, "endRowIndex": None}, {"sheetId": 5, "startRowIndex": 1}),
        ("GridRange", {"sheet_id": 5}, {"sheetId": 5}),
        ("SheetProperties", {"hidden": "true"}, {"hidden": True}),
        ("ValueRange", {"values": [[1, "a", True, None]]}, {"values": [[1, "a", True, None]]}),
        ("BatchClearValuesRequest", {"ranges": "A1"}, {"ranges": ["A1"]}),
        # one request, and a list in a list, both recorded (aiguofer/gspread-pandas)
        ("BatchUpdateSpreadsheetRequest", {"requests": {"add_sheet": {}}}, {"requests": [{"addSheet": {}}]}),
        ("BatchUpdateSpreadsheetRequest", {"requests": [[{"addSheet": {}}]]}, {"requests": [{"addSheet": {}}]}),
    ],
)
def test_what_is_understood(shape: str, body: object, value: object) -> None:
    assert read(shape, body) == value


@pytest.mark.parametrize(
    ("shape", "at", "body", "message"),
    [
        # the first three are word for word what the real API has answered
        (
            "ValueRange",
            "data",
            {"values": "X"},
            "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"X\"",
        ),
        (
            "BatchUpdateSpreadsheetRequest",
            "",
            a_batch({"updateSheetProperties": {"properties": {"headerValues": 1}}}),
            'Invalid JSON payload received. Unknown name "headerValues" at '
            "'requests[0].update_sheet_properties.properties': Cannot find field.",
        ),
        (
            "Spreadsheet",
            "spreadsheet",
            {"properties": {"title": ["x"]}},
            "Invalid JSON payload received. Unknown name \"title\" at 'spreadsheet.properties': "
            "Proto field is not repeating, cannot start list.",
        ),
        (
            "BatchUpdateSpreadsheetRequest",
            "",
            a_batch({"addSheet": {}, "deleteSheet": {"sheetId": 1}}),
            "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'delete_sheet'",
        ),
        (
            "BatchUpdateSpreadsheetRequest",
            "",
            a_batch("repeatCell"),
            "Invalid value at 'requests[0]' "
            '(type.googleapis.com/google.apps.sheets.v4.BatchUpdateSpreadsheetRequest.Request), "repeatCell"',
        ),
        (
            "ValueRange",
            "data",
            {"majorDimension": "DIAGONAL"},
            "Invalid value at 'data.major_dimension' (type.googleapis.com/google.apps.sheets.v4.Dimension), "
            '"DIAGONAL"',
        ),
        (
            "GridRange",
            "range",
            {"startRowIndex": "five"},
            "Invalid value at 'range.start_row_index' (TYPE_INT32), \"five\"",
        ),
        (
            "MergeCellsRequest",
            "merge",
            {"mergeType": "SIDEWAYS"},
            "Invalid value at 'merge.merge_type' "
            '(type.googleapis.com/google.apps.sheets.v4.MergeCellsRequest.MergeType), "SIDEWAYS"',
        ),
    ],
)
def test_what_is_refused(shape: str, at: str, body: object, message: str) -> None:
    with pytest.raises(SheetsError) as refusal:
        read(shape, body, at=at)
    assert refusal.value.code == 400
    assert refusal.value.message == message
    violations = refusal.value.body()["error"]["details"][0]["fieldViolations"]
    assert violations[0]["description"] == message


def test_every_violation_is_reported() -> None:
    with pytest.raises(SheetsError) as refusal:
        read("GridRange", {"one": 1, "two": 2})
    assert refusal.value.message.count("Cannot find field") == 2


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_read_or_refused(body: object) -> None:
    for shape in ("BatchUpdateSpreadsheetRequest", "ValueRange", "Spreadsheet"):
        with contextlib.suppress(SheetsError):
            assert isinstance(read(shape, body), dict)
