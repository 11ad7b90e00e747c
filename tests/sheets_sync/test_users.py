"""Whatever people do to the sheet between two flushes, every key ends up there once, with the truth beside it.

The oracle knows nothing of our layout code: it searches the whole grid for a key and for the values on the same row.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.sheets.errors import SheetsError
from sandbox.sheets.requests import apply
from sheets_sync.columns import COLUMNS
from sheets_sync.gateway import Gateway
from sheets_sync.rows import row
from sheets_sync.tables import CASES
from tests.sheets_sync.builders import MOSCOW, Caller, a_record
from tests.sheets_sync.conftest import BOOK, Google

Request = dict[str, Any]
SHEET_ID = CASES.sheet_id

rows = st.integers(0, 8)
columns = st.integers(0, len(COLUMNS) + 3)
counts = st.integers(1, 2)
texts = st.sampled_from(["", "моё", "итого", "=1+1", "Ключ", "Портал", "12"])


def dimension(kind: str, start: int, count: int) -> Request:
    return {"sheetId": SHEET_ID, "dimension": kind, "startIndex": start, "endIndex": start + count}


def cells(top: int, left: int, height: int = 1, width: int | None = 1) -> Request:
    right = {} if width is None else {"endColumnIndex": left + width}
    return {
        "sheetId": SHEET_ID, "startRowIndex": top, "endRowIndex": top + height, "startColumnIndex": left, **right
    }  # fmt: skip


def sort(first: int, column: int, descending: bool) -> Request:
    order = "DESCENDING" if descending else "ASCENDING"
    specs = [{"dimensionIndex": column, "sortOrder": order}]
    return {"sortRange": {"range": {"sheetId": SHEET_ID, "startRowIndex": first}, "sortSpecs": specs}}


def type_text(at: int, column: int, text: str) -> Request:
    value = {"userEnteredValue": {"stringValue": text}} if text else {}
    return {"updateCells": {"range": cells(at, column), "rows": [{"values": [value]}], "fields": "userEnteredValue"}}


def retitle(title: str) -> Request:
    return {"updateSheetProperties": {"properties": {"sheetId": SHEET_ID, "title": title}, "fields": "title"}}


edits = st.one_of(
    st.builds(sort, st.integers(0, 1), columns, st.booleans()),
    st.builds(lambda at, n: {"insertDimension": {"range": dimension("ROWS", at, n)}}, rows, counts),
    st.builds(lambda at, n: {"deleteDimension": {"range": dimension("ROWS", at, n)}}, rows, counts),
    st.builds(lambda at, n: {"insertDimension": {"range": dimension("COLUMNS", at, n)}}, columns, counts),
    st.builds(lambda at, n: {"deleteDimension": {"range": dimension("COLUMNS", at, n)}}, columns, counts),
    st.builds(
        lambda at, n, to: {"moveDimension": {"source": dimension("COLUMNS", at, n), "destinationIndex": to}},
        columns,
        counts,
        columns,
    ),
    st.builds(type_text, rows, columns, texts),
    st.builds(type_text, st.just(0), columns, texts),
    st.builds(type_text, rows, st.just(0), texts),
    st.builds(
        lambda source, to: {"copyPaste": {"source": cells(source, 0, width=None), "destination": cells(to, 0)}},
        rows,
        rows,
    ),
    st.builds(retitle, st.sampled_from(["Отчёт", "Лист с 'кавычкой'", "A1"])),
    st.just({"updateCells": {"range": {"sheetId": SHEET_ID}, "fields": "*"}}),
    st.just({"deleteSheet": {"sheetId": SHEET_ID}}),
)


def do(google: Google, *requests: Request) -> None:
    """What people do in the browser; what the browser would not let them do is not done."""
    for request in requests:
        try:
            after, _ = apply(google.book, [request])
        except SheetsError:
            continue
        google.desk.keep(after)


def grid_of(google: Google) -> list[list[object]]:
    """All values of our sheet."""
    sheet = google.book.sheet(SHEET_ID)
    return [
        [next(iter(cell.get("userEnteredValue", {}).values()), None) for _, cell in sorted(sheet.grid.row(r).items())]
        for r in range(sheet.grid.row_count)
    ]


def assert_equal_to_the_truth(google: Google, caller: Caller) -> None:
    grid = grid_of(google)
    for key, record in caller.truth.items():
        standing = [line for line in grid if key in line]
        assert len(standing) == 1, f"{key} stands {len(standing)} times"
        wanted = Counter(value for cell in row(record, MOSCOW, COLUMNS).cells for value in cell.values())
        missing = wanted - Counter(standing[0])
        assert not missing, f"{key} lacks {missing}"


def fresh(google: Google) -> tuple[Gateway, Caller]:
    google.desk.reset()
    google.desk.create_with_sheet("Качество", spreadsheet_id=BOOK, locale="ru_RU")
    gateway = Gateway(BOOK, base=google.base)
    caller = Caller(gateway, [a_record(number, points=number + 0.5) for number in range(1, 6)])
    caller.deliver()
    return gateway, caller


patient = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@patient
@given(first=st.lists(edits, max_size=5), second=st.lists(edits, max_size=4))
@example(first=[{"deleteDimension": {"range": dimension("ROWS", 0, 1)}}], second=[])
@example(first=[{"deleteDimension": {"range": dimension("COLUMNS", 0, 1)}}], second=[])
@example(first=[{"insertDimension": {"range": dimension("COLUMNS", 0, 1)}}, type_text(0, 0, "Ключ")], second=[])
@example(first=[{"deleteDimension": {"range": dimension("COLUMNS", 0, 1)}}, type_text(6, 0, "Ключ")], second=[])
@example(first=[type_text(2, 0, "Портал"), {"deleteDimension": {"range": dimension("ROWS", 0, 2)}}], second=[])
@example(first=[sort(0, 0, True)], second=[sort(0, 3, False)])
@example(first=[{"copyPaste": {"source": cells(3, 0, width=None), "destination": cells(0, 0)}}], second=[])
def test_every_key_stands_once_and_equals_the_truth(
    google: Google, first: list[Request], second: list[Request]
) -> None:
    gateway, caller = fresh(google)
    for meddling, number in ((first, 2), (second, 7)):
        do(google, *meddling)
        caller.change(a_record(number, stage="Изменения"))
        caller.deliver()
        caller.compare()
        caller.deliver()
        assert_equal_to_the_truth(google, caller)
        assert not caller.compare().dirty
    gateway.close()


own_edits = st.one_of(
    st.builds(sort, st.just(1), columns, st.booleans()),
    st.builds(lambda at, n: {"insertDimension": {"range": dimension("ROWS", at, n)}}, rows, counts),
    st.builds(lambda at, n: {"insertDimension": {"range": dimension("COLUMNS", at, n)}}, columns, counts),
    st.builds(retitle, st.just("Отчёт")),
)


@patient
@given(meddling=st.lists(own_edits, max_size=4), notes=st.lists(st.tuples(rows, st.integers(0, 5)), max_size=6))
def test_what_users_wrote_beside_and_below_stays(
    google: Google, meddling: list[Request], notes: list[tuple[int, int]]
) -> None:
    """Notes go into columns of their own at the right end, and into rows below the table."""
    gateway, caller = fresh(google)
    do(google, {"appendDimension": {"sheetId": SHEET_ID, "dimension": "COLUMNS", "length": 2}})
    do(google, {"appendDimension": {"sheetId": SHEET_ID, "dimension": "ROWS", "length": 12}})
    for number, (at, column) in enumerate(notes):
        text = f"заметка {number}"
        if column < 2:  # beside a row
            do(google, type_text(at, len(COLUMNS) + column, text))
        else:  # below all rows, in the middle of our columns
            do(google, type_text(at + 8, column, text))
    do(google, *meddling)
    written = Counter(_notes(google))
    caller.change(a_record(3, stage="Изменения"))
    caller.change(a_record(8))
    caller.deliver()
    assert Counter(_notes(google)) == written
    assert_equal_to_the_truth(google, caller)
    gateway.close()


def _notes(google: Google) -> list[str]:
    return [str(value) for line in grid_of(google) for value in line if str(value).startswith("заметка")]
