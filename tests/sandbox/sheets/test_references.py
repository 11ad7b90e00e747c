"""Formulas follow rows that appear and go, and cells that are copied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.sheets.ranges import Shift
from sandbox.sheets.references import moved, shifted
from tests.sandbox.sheets.conftest import Api

HERE = 0


def after(formula: str, at: int, count: int, dimension: str = "ROWS") -> str:
    shift = Shift(HERE, "ROWS" if dimension == "ROWS" else "COLUMNS", at, count)
    return shifted(formula, shift, lambda title: title in {None, "Here"})


@pytest.mark.parametrize(
    ("formula", "at", "count", "expected"),
    [
        ("=A2+B10", 4, 2, "=A2+B12"),
        ("=SUM(A2:A10)", 4, 2, "=SUM(A2:A12)"),
        ("=SUM($A$2:A10)", 0, 1, "=SUM($A$3:A11)"),
        ("=SUM(A2:A10)", 3, -2, "=SUM(A2:A8)"),
        ("=A5*2", 4, -1, "=#REF!*2"),
        ("=SUM(A:B)", 4, 2, "=SUM(A:B)"),
        ("=Here!A5&'There'!A5&\"A5\"", 0, 1, "=Here!A6&'There'!A5&\"A5\""),
        ("=LOG10(A5)", 0, 1, "=LOG10(A6)"),
    ],
)
def test_rows_appear_and_go(formula: str, at: int, count: int, expected: str) -> None:
    assert after(formula, at, count) == expected


def test_columns_appear() -> None:
    assert after("=SUM(A1:C1)+Z1", 1, 1, "COLUMNS") == "=SUM(A1:D1)+AA1"


@pytest.mark.parametrize(
    ("formula", "rows", "columns", "expected"),
    [
        ("=A1+$A1+A$1+$A$1", 2, 1, "=B3+$A3+B$1+$A$1"),
        ("=SUM(A1:B2)", 1, 0, "=SUM(A2:B3)"),
        ("=A1", -1, 0, "=#REF!"),
        ("=Other!B2", 0, 1, "=Other!C2"),
        ('=IF(A1>0,"A1",TRUE)', 1, 0, '=IF(A2>0,"A1",TRUE)'),
    ],
)
def test_copies_move_along(formula: str, rows: int, columns: int, expected: str) -> None:
    assert moved(formula, rows, columns) == expected


@given(st.integers(0, 30), st.integers(1, 5), st.integers(1, 20), st.integers(0, 10))
def test_what_is_inserted_and_deleted_again_leaves_no_trace(at: int, count: int, row: int, height: int) -> None:
    formula = f"=SUM(A{row}:B{row + height})-A{row}"
    assert after(after(formula, at, count), at, -count) == formula


@given(st.text(max_size=30), st.integers(-2, 2))
def test_any_text_survives(text: str, count: int) -> None:
    assert moved("=" + text, 0, 0) == "=" + text
    assert isinstance(after("=" + text, 0, count or 1), str)


def test_in_a_spreadsheet(api: Api) -> None:
    api.put("A1", [[1, "=A1*10"], [2, "=A2*10"], [3, "=SUM(A1:A2)"]], "USER_ENTERED")
    rows = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    api.batch({"insertDimension": {"range": rows}})
    assert api.values("A1:B4", valueRenderOption="FORMULA") == [
        [1, "=A1*10"],
        [],
        [2, "=A3*10"],
        [3, "=SUM(A1:A3)"],
    ]
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 2}
    down = {"sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]}
    api.batch({"sortRange": {"range": {**area, "endRowIndex": 3}, **down}})
    assert api.values("A1:B2") == [["2", "20"], ["1", "10"]]
    cell = {"userEnteredValue": {"formulaValue": "=A1+1"}}
    column = {**area, "endRowIndex": 3, "startColumnIndex": 2, "endColumnIndex": 3}
    api.batch({"repeatCell": {"range": column, "cell": cell, "fields": "userEnteredValue"}})
    assert api.values("C1:C3") == [["3"], ["2"], ["1"]]
