"""What users broke is found: gone, doubled, made up, written over."""

from __future__ import annotations

import pytest

from sheets_sync.audit import Audit, HandEdit, audit, compare
from sheets_sync.columns import COLUMNS
from sheets_sync.gateway import Gateway
from sheets_sync.layout import Layout
from sheets_sync.rows import row
from sheets_sync.tables import CASES, MEASURES, VIOLATIONS, AnyTable
from tests.sheets_sync.builders import MOSCOW, Caller, a_record
from tests.sheets_sync.conftest import Google
from tests.sheets_sync.test_flush import users

SHEET_ID = CASES.sheet_id
AT = {column.heading: index for index, column in enumerate(COLUMNS)}


def line(number: int = 1, **changes: object) -> list[object]:
    """One row as the API gives it, unformatted, with cells replaced by heading."""
    cells: list[object] = [next(iter(cell.values()), "") for cell in row(a_record(number), MOSCOW, COLUMNS).cells]
    for heading, value in changes.items():
        cells[AT[heading.replace("_", " ")]] = value
    return cells


@pytest.mark.parametrize(
    ("cells", "edits"),
    [
        (line(), ()),
        # what comes back of a number may differ in the last bit, and the last empty cells are not there
        (line(Стадия="Анализ")[: len(COLUMNS)], ()),
        (line(Дата_старта=46083.395833333336), ()),
        (line(Стадия="моё"), (HandEdit("Данные", "deal:1#1", "Стадия", "моё", "Анализ"),)),
        (line(Стадия=""), (HandEdit("Данные", "deal:1#1", "Стадия", None, "Анализ"),)),
        (line(Вердикт="всё хорошо"), (HandEdit("Данные", "deal:1#1", "Вердикт", "всё хорошо", None),)),
        (line(Круг="1"), (HandEdit("Данные", "deal:1#1", "Круг", "1", 1),)),
        (line(Завершён=0), (HandEdit("Данные", "deal:1#1", "Завершён", 0, False),)),
    ],
)
def test_cells(cells: list[object], edits: tuple[HandEdit, ...]) -> None:
    layout = Layout(
        header_row=0,
        insert_header=False,
        columns={column: index for index, column in enumerate(COLUMNS)},
        blank_headings=frozenset(),
        missing=(),
        rows={"deal:1#1": (1,)},
    )
    found = compare(CASES, [a_record()], MOSCOW, layout, [[], cells])
    assert found.edits == edits
    assert found.dirty == {edit.key for edit in edits}


def test_rows_that_are_gone_doubled_or_made_up(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(number) for number in (1, 2, 3)])
    caller.deliver()
    copy = lambda row_index: {"sheetId": SHEET_ID, "startRowIndex": row_index, "endRowIndex": row_index + 1}
    users(
        google,
        {"deleteDimension": {"range": {**_rows(1, 2)}}},
        {"copyPaste": {"source": copy(2), "destination": copy(3)}},
    )
    del caller.truth["deal:2#1"]
    google.desk.journal.clear()
    found = audit(list(caller.truth.values()), sheet=gateway, zone=MOSCOW)
    assert found.missing == {"deal:1#1"}
    assert found.doubled == {"deal:3#1"}
    assert found.strange == {"deal:2#1", "deal:2#1/terms", "deal:2#1/contract", "deal:2#1/20"}
    assert found.dirty & caller.truth.keys() == {"deal:1#1", "deal:3#1"}
    assert google.called == ["values.batchGetByDataFilter"] * 2


def test_hand_edits_are_reported_and_mended(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1), a_record(2)])
    caller.deliver()
    where = {"sheetId": SHEET_ID, "rowIndex": 2, "columnIndex": AT["Ответственный"]}
    cell = {"userEnteredValue": {"stringValue": "Кто-то другой"}}
    users(google, {"updateCells": {"start": where, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}})
    assert caller.compare().edits == (HandEdit("Данные", "deal:2#1", "Ответственный", "Кто-то другой", "Иванов Пётр"),)
    caller.deliver()
    assert caller.compare().dirty == frozenset()


def test_a_sheet_that_is_gone_makes_everything_dirty(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    users(google, {"deleteSheet": {"sheetId": SHEET_ID}})
    found = caller.compare()
    assert found.all_dirty
    caller.deliver()
    assert caller.compare().dirty == frozenset()


def test_a_missing_column_makes_everything_dirty(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    last = {"sheetId": SHEET_ID, "dimension": "COLUMNS", "startIndex": len(COLUMNS) - 1, "endIndex": len(COLUMNS)}
    users(google, {"deleteDimension": {"range": last}})
    assert caller.compare().all_dirty
    caller.deliver()
    assert not caller.compare().all_dirty
    assert any("столбцы добавлены справа" in repair for repair in caller.repairs)


def _rows(start: int, end: int) -> dict[str, object]:
    return {"sheetId": SHEET_ID, "dimension": "ROWS", "startIndex": start, "endIndex": end}


def test_a_large_sheet_is_read_a_slice_at_a_time(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(number) for number in range(1, 8)])
    caller.deliver()
    where = {"sheetId": SHEET_ID, "rowIndex": 6, "columnIndex": AT["Стадия"]}
    cell = {"userEnteredValue": {"stringValue": "моё"}}
    users(google, {"updateCells": {"start": where, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}})
    found, seen, first_row = [], 0, 0
    while not seen or first_row:
        part = audit(list(caller.truth.values()), sheet=gateway, zone=MOSCOW, first_row=first_row, most_rows=5)
        found += part.edits
        first_row, seen = part.next_row, seen + 1
    assert [(edit.case, edit.found) for edit in found] == [("deal:6#1", "моё")]
    assert seen == 4, "fifteen rows of violations are the longest sheet"


@pytest.mark.parametrize("table", [VIOLATIONS, MEASURES])
def test_lines_of_a_case_are_compared_and_mended_too(google: Google, gateway: Gateway, table: AnyTable) -> None:
    """One was deleted, one made up for a case of ours: the case is sent again, and both are put right."""
    caller = Caller(gateway, [a_record(1), a_record(2)])
    caller.deliver()
    made_up = {"userEnteredValue": {"stringValue": "deal:2#1/99" if table is MEASURES else "deal:2#1/invented"}}
    delete = {"sheetId": table.sheet_id, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    append = {"appendCells": {"sheetId": table.sheet_id, "rows": [{"values": [made_up]}], "fields": "userEnteredValue"}}
    users(google, {"deleteDimension": {"range": delete}}, append)
    assert caller.compare().dirty == {"deal:1#1", "deal:2#1"}
    caller.deliver()
    assert caller.compare() == Audit()
