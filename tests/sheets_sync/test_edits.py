"""The fewest requests, in the order that keeps indexes right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sheets_sync import edits
from sheets_sync.columns import COLUMNS
from sheets_sync.edits import NewSheet, Plan, Sheet, Size, free_title, token_id
from sheets_sync.layout import Layout
from sheets_sync.record import Measure, Violation
from sheets_sync.rows import Row, row
from sheets_sync.tables import CASES, MEASURES, TABLES, VIOLATIONS
from tests.sheets_sync.builders import MOSCOW, a_record

WIDTH = len(COLUMNS)


def rows_of(*numbers: int) -> list[Row]:
    return [row(a_record(number), MOSCOW, COLUMNS) for number in numbers]


def plan(rows: Sequence[Row], size: Size, layout: Layout, token: int, old_tokens: Sequence[int] = ()) -> Plan:
    """One batch for the sheet of cases alone."""
    standing = {CASES: Sheet("Данные", size, layout)}
    return edits.plan([row.key for row in rows], {CASES: rows}, standing, token, old_tokens)


def a_layout(keys: Mapping[int, Sequence[int]], **changes: Any) -> Layout:
    """``keys``: case number -> its rows."""
    values: dict[str, Any] = {
        "header_row": 0,
        "insert_header": False,
        "columns": {column: index for index, column in enumerate(COLUMNS)},
        "blank_headings": frozenset(),
        "missing": (),
        "rows": {f"deal:{number}#1": tuple(rows) for number, rows in keys.items()},
    }
    return Layout(**(values | changes))


def shape(made: Plan) -> list[tuple[object, ...]]:
    """The requests after the token, short: kind, and where."""
    found: list[tuple[object, ...]] = []
    for request in made.requests[1:]:
        ((kind, body),) = request.items()
        if kind == "updateCells":
            width = len(body["rows"][0]["values"])
            found.append((kind, body["start"]["rowIndex"], body["start"]["columnIndex"], len(body["rows"]), width))
        elif kind in {"insertDimension", "deleteDimension"}:
            found.append((kind, body["range"]["startIndex"], body["range"]["endIndex"]))
        elif kind == "appendDimension":
            found.append((kind, body["dimension"], body["length"]))
        elif kind != "repeatCell":
            found.append((kind,))
    return found


def test_the_token_stands_first() -> None:
    first = plan(rows_of(1), Size(10, WIDTH), a_layout({1: [1]}), 17).requests[0]
    assert first["createDeveloperMetadata"]["developerMetadata"]["metadataId"] == token_id(17)


@pytest.mark.parametrize(
    ("numbers", "standing", "size", "requests"),
    [
        # one row in its place: one request
        ([1], {1: [1], 2: [2]}, 10, [("updateCells", 1, 0, 1, WIDTH)]),
        # neighbours share a request, whatever order they come in
        ([3, 1, 2], {1: [1], 2: [2], 3: [3]}, 10, [("updateCells", 1, 0, 3, WIDTH)]),
        # rows apart do not
        ([1, 3], {1: [1], 3: [3]}, 10, [("updateCells", 1, 0, 1, WIDTH), ("updateCells", 3, 0, 1, WIDTH)]),
        # new rows go right below the last row of ours, so that nothing below is written over
        ([8, 9], {1: [1], 2: [4]}, 10, [("insertDimension", 5, 7), ("updateCells", 5, 0, 2, WIDTH)]),
        # at the very end of the grid there is nothing to insert before
        ([9], {1: [1]}, 2, [("appendDimension", "ROWS", 1), ("updateCells", 2, 0, 1, WIDTH)]),
        ([9], {}, 1, [("appendDimension", "ROWS", 1), ("updateCells", 1, 0, 1, WIDTH)]),
        # doubles of a row that is being written go, from the bottom up; the first stays
        (
            [1],
            {1: [1, 3, 5], 2: [2]},
            10,
            [("updateCells", 1, 0, 1, WIDTH), ("deleteDimension", 5, 6), ("deleteDimension", 3, 4)],
        ),
        # doubles of other rows stay until their turn: the one that is kept might be the wrong one
        ([2], {1: [1, 3], 2: [2]}, 10, [("updateCells", 2, 0, 1, WIDTH)]),
    ],
)
def test_rows(
    numbers: list[int], standing: dict[int, list[int]], size: int, requests: list[tuple[object, ...]]
) -> None:
    assert shape(plan(rows_of(*numbers), Size(size, WIDTH), a_layout(standing), 1)) == requests


def test_columns_of_the_users_are_never_written_to() -> None:
    columns = {column: index + (index >= 3) for index, column in enumerate(COLUMNS)}  # column 3 is theirs
    made = plan(rows_of(1), Size(10, WIDTH + 1), a_layout({1: [1]}, columns=columns), 1)
    assert shape(made) == [("updateCells", 1, 0, 1, 3), ("updateCells", 1, 4, 1, WIDTH - 3)]


def test_the_key_is_written_with_every_row() -> None:
    """A row that users moved between our two calls shows up as a double and a gap."""
    (update,) = plan(rows_of(1), Size(10, WIDTH), a_layout({1: [1]}), 1).requests[1:]
    assert update["updateCells"]["rows"][0]["values"][0] == {"userEnteredValue": {"stringValue": "deal:1#1"}}


def test_only_values_are_written_into_rows_so_that_the_look_stays_the_users() -> None:
    (update,) = plan(rows_of(1), Size(10, WIDTH), a_layout({1: [1]}), 1).requests[1:]
    assert update["updateCells"]["fields"] == "userEnteredValue"


def test_new_rows_do_not_look_like_the_header() -> None:
    (insert,) = [one for one in plan(rows_of(1), Size(5, WIDTH), a_layout({}), 1).requests if "insertDimension" in one]
    assert insert["insertDimension"]["inheritFromBefore"] is False
    made = plan(rows_of(2), Size(5, WIDTH), a_layout({1: [1]}), 1)
    (insert,) = [one for one in made.requests if "insertDimension" in one]
    assert insert["insertDimension"]["inheritFromBefore"] is True


def test_new_rows_get_number_formats() -> None:
    made = plan(rows_of(9), Size(10, WIDTH), a_layout({1: [1]}), 1)
    patterns = [
        one["repeatCell"]["cell"]["userEnteredFormat"]["numberFormat"]["pattern"]
        for one in made.requests
        if "repeatCell" in one
    ]
    assert "dd.mm.yyyy hh:mm" in patterns
    assert "0.00" in patterns


def test_a_missing_column_is_added_at_the_right_end_of_the_grid() -> None:
    columns = {column: index for index, column in enumerate(COLUMNS[:-1])}
    wide = WIDTH + 12  # users have columns of their own
    made = plan(rows_of(1), Size(10, wide), a_layout({1: [1]}, columns=columns, missing=COLUMNS[-1:]), 1)
    assert ("appendDimension", "COLUMNS", 1) in shape(made)
    assert ("updateCells", 0, wide, 1, 1) in shape(made)  # its heading
    assert ("updateCells", 1, wide, 1, 1) in shape(made)  # its value
    assert made.all_dirty


def test_nothing_is_formatted_below_a_grid_that_ends_with_its_header() -> None:
    columns = {column: index for index, column in enumerate(COLUMNS[:-2])}
    made = plan(rows_of(), Size(1, WIDTH), a_layout({}, columns=columns, missing=COLUMNS[-2:]), 1)
    assert not [request for request in made.requests if "repeatCell" in request]


def test_an_inserted_header_moves_everything_below_it() -> None:
    changes = {"insert_header": True, "blank_headings": frozenset(COLUMNS)}
    made = plan(rows_of(1, 9), Size(2, WIDTH), a_layout({1: [0], 2: [1]}, **changes), 1)
    assert shape(made) == [
        ("insertDimension", 0, 1),
        ("updateCells", 0, 0, 1, WIDTH),
        ("updateSheetProperties",),
        ("updateCells", 1, 0, 1, WIDTH),
        ("appendDimension", "ROWS", 1),
        ("updateCells", 3, 0, 1, WIDTH),
    ]
    assert made.tables[0].known == {"deal:1#1", "deal:2#1"}


def test_old_tokens_go_in_the_same_batch() -> None:
    made = plan(rows_of(1), Size(10, WIDTH), a_layout({1: [1]}), 300, [token_id(5), token_id(6)])
    assert shape(made)[-2:] == [("deleteDeveloperMetadata",)] * 2


def test_a_new_sheet_has_a_fixed_id_a_frozen_header_and_its_rows() -> None:
    rows = rows_of(1, 2)
    made = edits.plan([row.key for row in rows], {CASES: rows}, {CASES: NewSheet("Данные")}, 1)
    add = made.requests[1]["addSheet"]["properties"]
    assert add["sheetId"] == CASES.sheet_id
    assert add["gridProperties"]["frozenRowCount"] == 1
    assert shape(made)[-2:] == [("insertDimension", 1, 3), ("updateCells", 1, 0, 2, WIDTH)]
    assert made.all_dirty
    assert made.sent == {"deal:1#1", "deal:2#1"}


@pytest.mark.parametrize(
    ("taken", "title"),
    [([], "Данные"), (["Лист1"], "Данные"), (["данные"], "Данные 2"), (["Данные", "Данные 2"], "Данные 3")],
)
def test_a_sheet_of_the_users_keeps_its_name(taken: list[str], title: str) -> None:
    assert free_title("Данные", taken) == title


def test_every_request_names_a_fixed_sheet_and_the_key_column_comes_first() -> None:
    record = a_record(1)
    rows = {table: table.rows(record, MOSCOW) for table in TABLES}
    made = edits.plan([record.key], rows, {table: NewSheet(table.title) for table in TABLES}, 1)
    assert set(_sheet_ids(list(made.requests))) == {table.sheet_id for table in TABLES}
    assert all(table.key.heading == "Ключ" for table in TABLES)


@pytest.mark.requirement("S65", "S85")
def test_what_a_case_no_longer_has_is_removed_and_other_cases_are_left_alone() -> None:
    """Case 1 had the violations at rows 1 and 2 and has the second one still; row 3 is another case's."""
    record = a_record(1, violations=a_record(1).violations[1:])
    layout = a_layout(
        {},
        columns={column: index for index, column in enumerate(VIOLATIONS.columns)},
        rows={"deal:1#1/terms": (1,), "deal:1#1/contract": (2,), "deal:2#1/terms": (3,)},
    )
    rows = {VIOLATIONS: VIOLATIONS.rows(record, MOSCOW)}
    standing = {VIOLATIONS: Sheet("Нарушения", Size(5, len(VIOLATIONS.columns)), layout)}
    made = edits.plan([record.key], rows, standing, 1)
    assert shape(made) == [("updateCells", 2, 0, 1, len(VIOLATIONS.columns)), ("deleteDimension", 1, 2)]


def test_a_measure_s_row_is_found_by_case_and_measure() -> None:
    (row,) = MEASURES.rows(a_record(4), MOSCOW)
    assert row.key == "deal:4#1/40"
    assert MEASURES.key_form.fullmatch(row.key)
    assert not CASES.key_form.fullmatch(row.key)


def test_a_record_of_an_earlier_edition_has_no_lines_that_could_be_confused() -> None:
    record = a_record(1, violations=(Violation("Сроки"),), measures=(Measure("Регламент"), Measure("Обучение")))
    assert [table.rows(record, MOSCOW) for table in (VIOLATIONS, MEASURES)] == [(), ()]


def _sheet_ids(value: object) -> list[int]:
    if isinstance(value, list):
        return [found for item in value for found in _sheet_ids(item)]
    if isinstance(value, dict):
        own = [value["sheetId"]] if "sheetId" in value else []
        return own + [found for below in value.values() for found in _sheet_ids(below)]
    return []
