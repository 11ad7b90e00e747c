"""What users broke is found: gone, doubled, made up, written over."""

from __future__ import annotations

import pytest

from sheets_sync.audit import HandEdit, audit, compare
from sheets_sync.columns import COLUMNS
from sheets_sync.edits import SHEET_ID
from sheets_sync.gateway import Gateway
from sheets_sync.layout import Layout
from sheets_sync.rows import row
from tests.sheets_sync.builders import MOSCOW, Caller, a_record
from tests.sheets_sync.conftest import Google
from tests.sheets_sync.test_flush import users

AT = {column.heading: index for index, column in enumerate(COLUMNS)}


def line(number: int = 1, **changes: object) -> list[object]:
    """One row as the API gives it, unformatted, with cells replaced by heading."""
    cells: list[object] = [next(iter(cell.values()), "") for cell in row(a_record(number), MOSCOW).cells]
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
        (line(Стадия="моё"), (HandEdit("deal:1#1", "Стадия", "моё", "Анализ"),)),
        (line(Стадия=""), (HandEdit("deal:1#1", "Стадия", None, "Анализ"),)),
        (line(Вердикт="всё хорошо"), (HandEdit("deal:1#1", "Вердикт", "всё хорошо", None),)),
        (line(Круг="1"), (HandEdit("deal:1#1", "Круг", "1", 1),)),
        (line(Завершён=0), (HandEdit("deal:1#1", "Завершён", 0, False),)),
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
    found = compare({"deal:1#1": row(a_record(), MOSCOW)}, [[], cells], layout)
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
    found = audit(caller.truth.values(), sheet=gateway, zone=MOSCOW)
    assert found.missing == {"deal:1#1"}
    assert found.doubled == {"deal:3#1"}
    assert found.strange == {"deal:2#1"}
    assert found.dirty == {"deal:1#1", "deal:3#1"}
    assert google.called == ["values.batchGetByDataFilter"] * 2


def test_hand_edits_are_reported_and_mended(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1), a_record(2)])
    caller.deliver()
    where = {"sheetId": SHEET_ID, "rowIndex": 2, "columnIndex": AT["Ответственный"]}
    cell = {"userEnteredValue": {"stringValue": "Кто-то другой"}}
    users(google, {"updateCells": {"start": where, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}})
    assert caller.compare().edits == (HandEdit("deal:2#1", "Ответственный", "Кто-то другой", "Иванов Пётр"),)
    caller.deliver()
    assert caller.compare().dirty == frozenset()


def test_a_sheet_that_is_gone_makes_everything_dirty(google: Google, gateway: Gateway) -> None:
    caller = Caller(gateway, [a_record(1)])
    caller.deliver()
    users(google, {"deleteSheet": {"sheetId": SHEET_ID}})
    found = caller.compare()
    assert found.all_dirty
    assert found.missing == {"deal:1#1"}
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
    assert any("Столбцы добавлены справа" in repair for repair in caller.repairs)


def _rows(start: int, end: int) -> dict[str, object]:
    return {"sheetId": SHEET_ID, "dimension": "ROWS", "startIndex": start, "endIndex": end}
