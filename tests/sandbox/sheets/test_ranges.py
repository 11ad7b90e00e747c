"""A1 notation, and what happens to ranges when rows and columns come and go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.sheets.ranges import (
    Area,
    Box,
    Move,
    Shift,
    column_index,
    column_name,
    parse_cells,
    quoted,
    shifted,
    split_title,
    without_zero_sheet,
)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("A1", Area(0, 0, 1, 0, 1)),
        ("$B$2", Area(0, 1, 2, 1, 2)),
        ("A1:B2", Area(0, 0, 2, 0, 2)),
        ("D4:A1", Area(0, 0, 4, 0, 4)),
        ("A:C", Area(0, None, None, 0, 3)),
        ("A5:B", Area(0, 4, None, 0, 2)),
        ("A1:1", Area(0, 0, 1, 0, None)),
        ("2:3", Area(0, 1, 3, None, None)),
        ("AA10", Area(0, 9, 10, 26, 27)),
        ("R2C3", Area(0, 1, 2, 2, 3)),
        ("R1C1:R2C2", Area(0, 0, 2, 0, 2)),
        ("", None),
        ("A", None),
        ("A0", None),
        ("1", None),
        ("total", None),
        ("A1:", None),
        ("ABCD1", None),
    ],
)
def test_cells(text: str, area: Area | None) -> None:
    assert parse_cells(text, 0) == area


@pytest.mark.parametrize(
    ("a1", "parts"),
    [
        ("Sheet1!A1", ("Sheet1", "A1")),
        ("'My sheet'!A1:B2", ("My sheet", "A1:B2")),
        ("'It''s'!A1", ("It's", "A1")),
        ("'a!b'!A1", ("a!b", "A1")),
        ("'D3'", ("D3", "")),
        ("A1:B2", (None, "A1:B2")),
        ("🌵 one!A1", ("🌵 one", "A1")),
        ("'open!A1", (None, "'open!A1")),
    ],
)
def test_titles(a1: str, parts: tuple[str | None, str]) -> None:
    assert split_title(a1) == parts


@pytest.mark.parametrize(
    ("title", "shown"), [("Sheet1", "Sheet1"), ("D3", "'D3'"), ("My sheet", "'My sheet'"), ("It's", "'It''s'")]
)
def test_quotes_only_where_needed(title: str, shown: str) -> None:
    assert quoted(title) == shown
    assert split_title(f"{shown}!A1") == (title, "A1")


@given(st.integers(0, 20_000))
def test_column_names_lead_back(index: int) -> None:
    assert column_index(column_name(index)) == index


@given(st.text(min_size=1), st.integers(0, 99), st.integers(0, 99), st.integers(1, 9), st.integers(1, 9))
def test_any_range_reads_back(title: str, top: int, left: int, height: int, width: int) -> None:
    box = Box(top, top + height, left, left + width)
    found, cells = split_title(box.a1(title))
    assert found == title
    assert parse_cells(cells, 0) == Area(0, box.top, box.bottom, box.left, box.right)


def rows(start: int, end: int, sheet_id: int = 7) -> dict[str, Any]:
    return {"sheetId": sheet_id, "startRowIndex": start, "endRowIndex": end, "startColumnIndex": 0, "endColumnIndex": 1}


@pytest.mark.parametrize(
    ("before", "at", "count", "after"),
    [
        (rows(2, 5), 0, 2, rows(4, 7)),  # above: all moves
        (rows(2, 5), 3, 2, rows(2, 7)),  # inside: it grows
        (rows(2, 5), 2, 2, rows(4, 7)),  # at the first row: it moves
        (rows(2, 5), 5, 2, rows(2, 5)),  # right below: it does not grow
        (rows(2, 5), 0, -2, rows(0, 3)),
        (rows(2, 5), 3, -1, rows(2, 4)),
        (rows(2, 5), 1, -2, rows(1, 3)),
        (rows(2, 5), 4, -9, rows(2, 4)),
        (rows(2, 5), 1, -4, None),  # all of it deleted
        (rows(2, 5, sheet_id=8), 0, 2, rows(2, 5, sheet_id=8)),  # on another sheet
    ],
)
def test_ranges_follow_rows(before: dict[str, Any], at: int, count: int, after: dict[str, Any] | None) -> None:
    assert shifted(before, Shift(7, "ROWS", at, count)) == after


def test_everything_in_a_tree_follows_and_lists_lose_what_is_gone() -> None:
    tree = {
        "anchorCell": {"sheetId": 7, "rowIndex": 4},
        "sources": [rows(2, 5), rows(9, 10)],
        "where": {"sheetId": 7, "dimension": "ROWS", "startIndex": 9, "endIndex": 10},
        "across": {"sheetId": 7, "dimension": "COLUMNS", "startIndex": 9, "endIndex": 10},
    }
    assert shifted(tree, Shift(7, "ROWS", 2, -3)) == {
        "anchorCell": {"sheetId": 7, "rowIndex": 2},
        "sources": [rows(6, 7)],
        "where": {"sheetId": 7, "dimension": "ROWS", "startIndex": 6, "endIndex": 7},
        "across": {"sheetId": 7, "dimension": "COLUMNS", "startIndex": 9, "endIndex": 10},
    }


@given(st.integers(0, 9), st.integers(1, 5), st.integers(0, 9), st.integers(1, 5))
def test_inserting_and_deleting_the_same_rows_changes_nothing(at: int, count: int, start: int, height: int) -> None:
    inserted = shifted(rows(start, start + height), Shift(7, "ROWS", at, count))
    assert shifted(inserted, Shift(7, "ROWS", at, -count)) == rows(start, start + height)


def test_a_zero_sheet_id_is_left_out_of_ranges_only() -> None:
    assert without_zero_sheet({"range": rows(0, 1, sheet_id=0), "sheetId": 0}) == {
        "range": {"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1},
        "sheetId": 0,
    }


@pytest.mark.parametrize(
    ("start", "end", "to", "span", "after"),
    [
        (5, 7, 2, (5, 7), (2, 4)),  # moved whole
        (5, 7, 10, (5, 7), (8, 10)),
        (5, 7, 2, (3, 4), (5, 6)),  # pushed aside
        (5, 7, 10, (8, 9), (6, 7)),
        (5, 7, 2, (0, 10), (0, 10)),  # inside
        (5, 7, 20, (3, 10), (3, 8)),  # taken out
        (5, 7, 12, (10, 15), (8, 15)),  # taken in
    ],
)
def test_ranges_follow_a_move(start: int, end: int, to: int, span: tuple[int, int], after: tuple[int, int]) -> None:
    assert Move(0, "ROWS", start, end, to).span(*span) == after


@given(st.integers(0, 9), st.integers(1, 5), st.integers(0, 15))
def test_a_move_puts_every_row_somewhere_else_or_leaves_it(start: int, count: int, to: int) -> None:
    move = Move(0, "ROWS", start, start + count, to if not start < to < start + count else start)
    assert sorted(move.index(index) for index in range(20)) == list(range(20))
