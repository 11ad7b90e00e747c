"""spreadsheets.values: what is written, what comes back, and how ranges are named."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.sheets.errors import SheetsError
from tests.sandbox.sheets.conftest import Api


def test_an_empty_range_has_no_values_key(api: Api) -> None:
    assert api.call("GET", "/values/Sheet1%21D4") == {"range": "Sheet1!D4", "majorDimension": "ROWS"}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("A1:C", "Sheet1!A1:C1000"),
        ("D4:A1", "Sheet1!A1:D4"),
        ("'Sheet1'", "Sheet1!A1:Z1000"),
        ("A2:2", "Sheet1!A2:Z2"),
        ("Y1:AZ3", "Sheet1!Y1:Z3"),
        ("sheet1!B2", "Sheet1!B2"),
    ],
)
def test_ranges_are_clipped_and_normalised(api: Api, asked: str, answered: str) -> None:
    assert api.call("GET", f"/values/{asked.replace(':', '%3A')}")["range"] == answered


@pytest.mark.parametrize(
    ("a1", "message"),
    [
        ("Nowhere!A1", "Unable to parse range: Nowhere!A1"),
        ("AA1", "Range (Sheet1!AA1) exceeds grid limits. Max rows: 1000, max columns: 26"),
        ("A1001", "Range (Sheet1!A1001) exceeds grid limits. Max rows: 1000, max columns: 26"),
    ],
)
def test_ranges_that_do_not_exist(api: Api, a1: str, message: str) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.values(a1)
    assert refusal.value.code == 400
    assert refusal.value.message == message


def test_trailing_blanks_are_dropped_and_inner_ones_kept(api: Api) -> None:
    api.put("A1", [["A1", "", "C1", ""], ["", "", "", ""], ["", "B3"]])
    assert api.values("A1:Z9") == [["A1", "", "C1"], [], ["", "B3"]]


def test_null_leaves_a_cell_and_an_empty_text_clears_it(api: Api) -> None:
    api.put("A1:C1", [["a", "b", "c"]])
    answer = api.put("A1:C1", [[None, "", "x"]])
    assert answer["updatedCells"] == 2
    assert api.values("A1:C1") == [["a", "", "x"]]


def test_rows_and_columns_are_counted_where_something_was_written(api: Api) -> None:
    """Recorded: two cells of a six by four range."""
    values: list[list[object]] = [[None] * 4 for _ in range(6)]
    values[0][0], values[5][3] = "first", "last"
    answer = api.put("A1:D6", values)
    assert answer["updatedRange"] == "Sheet1!A1:D6"
    assert (answer["updatedRows"], answer["updatedColumns"], answer["updatedCells"]) == (2, 2, 2)


def test_less_than_the_range_is_written_and_said_so(api: Api) -> None:
    assert api.put("A1:C9", [["a", "b"]])["updatedRange"] == "Sheet1!A1:B1"


@pytest.mark.parametrize(
    ("a1", "values", "message"),
    [
        ("A1:A2", [["a", "b"]], "Requested writing within range [Sheet1!A1:A2], but tried writing to column [B]"),
        ("A1:B1", [["a"], ["b"]], "Requested writing within range [Sheet1!A1:B1], but tried writing to row [2]"),
        ("Z1", [["a", "b"]], "Range (Sheet1!Z1:AA1) exceeds grid limits. Max rows: 1000, max columns: 26"),
    ],
)
def test_more_than_the_range_is_refused(api: Api, a1: str, values: list[list[str]], message: str) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.put(a1, values)
    assert refusal.value.message == message
    assert api.values("A1:Z9") == []


@pytest.mark.parametrize(
    ("locale", "option", "typed", "kept"),
    [
        ("en_US", "RAW", "=1+1", {"stringValue": "=1+1"}),
        ("en_US", "USER_ENTERED", "=1+1", {"formulaValue": "=1+1"}),
        ("en_US", "RAW", "1.5", {"stringValue": "1.5"}),
        ("en_US", "USER_ENTERED", "1.5", {"numberValue": 1.5}),
        ("ru_RU", "USER_ENTERED", "1.55", {"stringValue": "1.55"}),
        ("ru_RU", "USER_ENTERED", "1,5", {"numberValue": 1.5}),
        ("ru_RU", "RAW", 1.5, {"numberValue": 1.5}),
        ("ru_RU", "USER_ENTERED", 1.5, {"numberValue": 1.5}),
        ("en_US", "RAW", True, {"boolValue": True}),
    ],
)
def test_raw_keeps_and_user_entered_understands(locale: str, option: str, typed: object, kept: dict[str, Any]) -> None:
    api = Api(locale)
    api.put("A1", [[typed]], option)
    assert api.cell("A1") == {"userEnteredValue": kept}


def test_how_a_date_comes_back(api: Api) -> None:
    api.put("A1", [["2020-01-01", "=3/2", "text"]], "USER_ENTERED")
    assert api.values("A1:C1") == [["2020-01-01", "1.5", "text"]]
    assert api.values("A1:C1", valueRenderOption="UNFORMATTED_VALUE") == [[43831, 1.5, "text"]]
    assert api.values("A1:C1", valueRenderOption="FORMULA") == [[43831, "=3/2", "text"]]
    shown = api.values("A1", valueRenderOption="UNFORMATTED_VALUE", dateTimeRenderOption="FORMATTED_STRING")
    assert shown == [["2020-01-01"]]


def test_columns_first(api: Api) -> None:
    api.call("PUT", "/values/A1", {"values": [["a", "b"], ["c"]], "majorDimension": "COLUMNS"}, valueInputOption="RAW")
    assert api.values("A1:B2") == [["a", "c"], ["b"]]
    assert api.values("A1:B2", majorDimension="COLUMNS") == [["a", "b"], ["c"]]


# Append


@pytest.mark.parametrize(
    ("filled", "a1", "table", "landed"),
    [
        ({}, "Sheet1", None, "Sheet1!A1:B1"),
        ({"A1": [["x", "y"], ["x", "y"]]}, "Sheet1", "Sheet1!A1:B2", "Sheet1!A3:B3"),
        # recorded: A1 and C1 are two tables, the last one counts
        ({"A1": [["x", "", "y"]]}, "Sheet1", "Sheet1!C1", "Sheet1!C2:D2"),
        ({"A1": [["x", "", "y"]]}, "A1", "Sheet1!A1", "Sheet1!A2:B2"),
        # a blank place inside the sheet is where it goes
        ({"A1": [["x"], [""], ["y"]]}, "A2", None, "Sheet1!A2:B2"),
        # two tables, as in Google's guide
        ({"A1": [["x", "x", "x"]] * 2, "B4": [["y", "y", "y"]] * 3}, "Sheet1", "Sheet1!B4:D6", "Sheet1!B7:C7"),
        ({"A1": [["x", "x", "x"]] * 2, "B4": [["y", "y", "y"]] * 3}, "A1", "Sheet1!A1:C2", "Sheet1!A3:B3"),
    ],
)
def test_append_looks_for_a_table(
    api: Api, filled: dict[str, list[list[str]]], a1: str, table: str | None, landed: str
) -> None:
    for place, values in filled.items():
        api.put(place, values)
    answer = api.append(a1, [["new", "row"]])
    assert answer.get("tableRange") == table
    assert answer["updates"]["updatedRange"] == landed


def test_append_grows_the_grid(api: Api) -> None:
    api.put("A1000", [["last"]])
    api.append("A1000", [["one more"]])
    assert api.book.sheets[0].grid.row_count == 1001


def test_append_with_insert_rows_moves_what_is_below(api: Api) -> None:
    api.put("A1", [["table"], [""], ["note"]])
    api.append("A1", [["new"]], insertDataOption="INSERT_ROWS")
    assert api.values("A1:A9") == [["table"], ["new"], [], ["note"]]


# Batches and clearing


def test_a_batch_is_all_or_nothing(api: Api) -> None:
    data = [{"range": "A1", "values": [["a"]]}, {"range": "Nowhere!A1", "values": [["b"]]}]
    with pytest.raises(SheetsError):
        api.call("POST", "/values:batchUpdate", {"valueInputOption": "RAW", "data": data})
    assert api.values("A1") == []


def test_totals_of_a_batch(api: Api) -> None:
    """Recorded: columns that two ranges share count once."""
    data = [{"range": "A1:D1", "values": [["a"] * 4]}, {"range": "A4:D4", "values": [["b"] * 4]}]
    answer = api.call("POST", "/values:batchUpdate", {"valueInputOption": "RAW", "data": data})
    totals = [answer[f"totalUpdated{what}"] for what in ("Rows", "Columns", "Cells", "Sheets")]
    assert totals == [2, 4, 8, 1]


def test_clearing_keeps_formats(api: Api) -> None:
    api.put("A1:B1", [["2020-01-01", "x"]], "USER_ENTERED")
    assert api.call("POST", "/values/A1%3AB1:clear") == {
        "spreadsheetId": "the-spreadsheet",
        "clearedRange": "Sheet1!A1:B1",
    }
    assert api.values("A1:B1") == []
    assert api.cell("A1", "userEnteredFormat.numberFormat") != {}


def test_named_ranges_are_addresses(api: Api) -> None:
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 2}
    api.batch({"addNamedRange": {"namedRange": {"name": "cases", "range": area}}})
    api.put("cases", [["x"]])
    assert api.call("GET", "/values/cases")["range"] == "Sheet1!B1"
    assert api.values("'Sheet1'!Cases") == [["x"]]


@pytest.mark.parametrize("value", [[["nested"]], {"a": 1}])
def test_a_cell_holds_a_scalar(api: Api, value: object) -> None:
    with pytest.raises(SheetsError, match=r"Invalid values\[0\]\[0\]"):
        api.put("A1", [[value]])


def test_an_unknown_query_parameter_is_refused(api: Api) -> None:
    with pytest.raises(SheetsError, match="Cannot bind query parameter"):
        api.put("A1", [["x"]], colour="red")


def test_the_input_option_is_required(api: Api) -> None:
    with pytest.raises(SheetsError, match="valueInputOption"):
        api.call("PUT", "/values/A1", {"values": [["x"]]})


@pytest.mark.parametrize(
    ("name", "value", "enum"),
    [
        ("valueInputOption", "USER_ENTER", "ValueInputOption"),
        ("responseValueRenderOption", "PRETTY", "ValueRenderOption"),
        ("responseDateTimeRenderOption", "ISO", "DateTimeRenderOption"),
    ],
)
def test_a_choice_that_is_none_is_named(api: Api, name: str, value: str, enum: str) -> None:
    """The text is quoted in johnkhansrc/NestGoogleSheetConnector #6."""
    field = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    with pytest.raises(SheetsError) as refusal:
        api.call("PUT", "/values/A1", {"values": [["x"]]}, **{"valueInputOption": "RAW", name: value})
    expected = f"Invalid value at '{field}' (type.googleapis.com/google.apps.sheets.v4.{enum}), \"{value}\""
    assert refusal.value.message == expected


def test_what_was_written_comes_back_as_asked(api: Api) -> None:
    answer = api.put(
        "A1",
        [["2026-03-09", "=1/4"]],
        "USER_ENTERED",
        includeValuesInResponse="true",
        responseValueRenderOption="UNFORMATTED_VALUE",
        responseDateTimeRenderOption="FORMATTED_STRING",
    )
    assert answer["updatedData"]["values"] == [["2026-03-09", 0.25]]


def test_a_body_for_another_range_is_refused(api: Api) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.call("PUT", "/values/A1", {"range": "B2", "values": [["x"]]}, valueInputOption="RAW")
    assert refusal.value.message == "Request range[A1] does not match value's range[B2]"


def test_json_inside_a_cell_is_printed_in_the_refusal(api: Api) -> None:
    with pytest.raises(SheetsError) as refusal:
        api.put("A1", [["x", {"name": "Jane"}]])
    assert refusal.value.message == (
        'Invalid values[0][1]: struct_value {\n  fields {\n    key: "name"\n    value {\n'
        '      string_value: "Jane"\n    }\n  }\n}\n'
    )


@pytest.mark.parametrize(
    ("asked", "begins"),
    [("Sheet1", "B7"), ("B4", "B7"), ("C5:D5", "B7"), ("B2:D4", "B7"), ("A3:G10", "B7"), ("A1", "A3"), ("E4", "E4")],
)
def test_append_as_the_guide_explains_it(api: Api, asked: str, begins: str) -> None:
    """Guide "Reading & writing cell values": two tables on one sheet, A1:C2 and B4:D6."""
    api.put("A1", [["x", "y", "z"], ["x", "y", "z"]])
    api.put("B4", [["x", "y"], ["y", "z"], ["x", "y", "z"]])
    assert api.append(asked, [["new"]])["updates"]["updatedRange"] == f"Sheet1!{begins}"


def test_append_below_a_long_table_is_quick_to_find(api: Api) -> None:
    api.batch({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 4000}})
    api.put("A1", [[row, "x", "y"] for row in range(4500)])
    assert api.append("A1", [["new"]])["tableRange"] == "Sheet1!A1:C4500"


def test_append_with_insert_rows_grows_a_blank_sheet(api: Api) -> None:
    """pygsheets' tests, which run against Google, expect the new rows to be inserted here as well."""
    answer = api.append("Sheet1", [["a"], ["b"]], insertDataOption="INSERT_ROWS")
    assert answer["updates"]["updatedRange"] == "Sheet1!A1:A2"
    assert "tableRange" not in answer
    assert api.get()["sheets"][0]["properties"]["gridProperties"]["rowCount"] == 1002


def test_a_cell_for_text_keeps_text(api: Api) -> None:
    plain = {"userEnteredFormat": {"numberFormat": {"type": "TEXT"}}}
    area = {"sheetId": 0, "endRowIndex": 1, "endColumnIndex": 1}
    api.batch({"repeatCell": {"range": area, "cell": plain, "fields": "userEnteredFormat.numberFormat"}})
    api.put("A1", [["=1+1"]], "USER_ENTERED")
    assert api.cell("A1") == {"userEnteredValue": {"stringValue": "=1+1"}}


def test_booleans_are_shown_in_the_language_of_the_spreadsheet() -> None:
    api = Api("ru_RU")
    api.put("A1", [[True, "ЛОЖЬ"]], "USER_ENTERED")
    assert api.values("A1:B1") == [["ИСТИНА", "ЛОЖЬ"]]
    assert api.values("A1:B1", valueRenderOption="UNFORMATTED_VALUE") == [[True, False]]
