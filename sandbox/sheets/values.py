"""spreadsheets.values: ranges of plain values, read and written.

Answers name the range that was asked for, clipped to the grid; trailing empty rows and cells are dropped (recorded).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.sheets import cells
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.errors import invalid, protobuf_text
from sandbox.sheets.formats import locale, moment
from sandbox.sheets.ranges import Area, Box, column_name
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Rendering:
    """How values are shown: the enumerations of the API."""

    major: str = "ROWS"
    option: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"


@dataclass(frozen=True)
class Written:
    """What a write touched. ``box`` is the part of the range that was written."""

    sheet: Sheet
    box: Box
    rows: int
    columns: int
    cells: int

    def as_rest(self) -> JsonObject:
        """UpdateValuesResponse without the spreadsheet. Zero counts are left out, as in every answer of Google's."""
        counts = {"updatedRows": self.rows, "updatedColumns": self.columns, "updatedCells": self.cells}
        return {
            "updatedRange": self.box.a1(self.sheet.title),
            **{name: count for name, count in counts.items() if count},
        }


def get(calculation: Calculation, area: Area, rendering: Rendering) -> JsonObject:
    """ValueRange. Raises SheetsError 400 for a range outside the grid."""
    sheet, box = calculation.book.box(area)
    answer: JsonObject = {"range": box.a1(sheet.title), "majorDimension": rendering.major}
    columns = range(box.left, box.right)
    rows = [
        calculation.rendered(sheet, row, columns, rendering.option, rendering.dates)
        for row in _rows_to_read(calculation, sheet, box)
    ]
    if rendering.major == "COLUMNS":
        rows = [list(column) for column in zip(*rows, strict=True)]
    if trimmed := _trimmed(rows):
        answer["values"] = trimmed
    return answer


def _rows_to_read(calculation: Calculation, sheet: Sheet, box: Box) -> range:
    """Rows below the last filled one are empty: not looked at."""
    filled = sheet.grid.last_filled_row(box)
    spread = max((row for row, _ in calculation.spread(sheet).values), default=-1)
    return range(box.top, min(box.bottom, max(filled, spread) + 1))


def _trimmed(rows: list[list[object]]) -> list[list[object]]:
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows


def update(book: Spreadsheet, a1: str, values: Rows, option: str, major: str = "ROWS") -> Written:
    """Writes from the range's first cell on. Raises SheetsError 400 when the values go beyond the range."""
    return write(book, book.area(a1), values, option, major)


def write(book: Spreadsheet, area: Area, values: Rows, option: str, major: str) -> Written:
    sheet, box = book.box(area)
    rows = _by_rows(values, major)
    height, width = len(rows), max((len(row) for row in rows), default=0)
    _check_fits(book, sheet, area, height, width)
    return put(book, sheet, box.top, box.left, rows, option)


def put(book: Spreadsheet, sheet: Sheet, top: int, left: int, rows: Rows, option: str) -> Written:
    """Writes at a place that is known to be inside the grid. null leaves a cell as it is."""
    if option not in {"RAW", "USER_ENTERED"}:
        raise invalid("'valueInputOption' is required but not specified")
    place, year = locale(book.properties["locale"]), moment(book.now()).year
    width = max((len(row) for row in rows), default=0)
    box = Box(top, top + max(1, len(rows)), left, left + max(1, width))
    book.check_editable(sheet, box)
    touched_rows, touched_columns, count = set(), set(), 0
    for row, values in enumerate(rows):
        changes = {}
        for column, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, list | dict):
                raise invalid(f"Invalid values[{row}][{column}]: {protobuf_text(value)}")
            before = sheet.grid.cell(top + row, left + column)
            if option == "RAW":
                changes[left + column] = cells.with_value(before, cells.raw(value))
            else:
                changes[left + column] = cells.with_value(before, *cells.typed(value, before, place, year))
            touched_rows.add(row)
            touched_columns.add(column)
            count += 1
        if changes:
            sheet.grid.put_row(top + row, changes)
    return Written(sheet, box, len(touched_rows), len(touched_columns), count)


def clear(book: Spreadsheet, area: Area) -> str:
    """Empties the values, keeps formats and notes; answers the range it cleared."""
    sheet, box = book.box(area)
    book.check_editable(sheet, box)
    for row, column, cell in list(sheet.grid.cells(box)):
        sheet.grid.put(row, column, cells.without_value(cell))
    return box.a1(sheet.title)


def append(
    book: Spreadsheet, a1: str, values: Rows, option: str, insert: str, major: str
) -> tuple[str | None, Written]:
    """The range of the table that was found (None: a blank place) and what was written below it.

    The table is searched inside the range, so A1 and C1 with an empty B1 are two tables and the last one counts
    (recorded).
    """
    sheet, box = book.box(book.area(a1))
    rows = _by_rows(values, major)
    table = _last_table(sheet, box)
    top, left = (table.bottom, table.left) if table else (box.top, box.left)
    height, width = len(rows), max((len(row) for row in rows), default=0)
    if insert == "INSERT_ROWS" and top < sheet.grid.row_count:
        book.shift(sheet, "ROWS", top, height)
    grid = sheet.grid
    grid.resize(max(grid.row_count, top + height), max(grid.column_count, left + width))
    book.check_size()
    return table.a1(sheet.title) if table else None, put(book, sheet, top, left, rows, option)


def _last_table(sheet: Sheet, box: Box) -> Box | None:
    """The block of touching filled cells around the last filled cell of the range."""
    grid = sheet.grid

    def filled(row: int, left: int, right: int) -> list[int]:
        if row < 0:
            return []
        cells = grid.row(row)
        return [column for column in range(max(0, left), right) if "userEnteredValue" in cells.get(column, ())]

    row = grid.last_filled_row(box, lambda cell: "userEnteredValue" in cell)
    if row < 0:
        return None
    column = max(filled(row, box.left, box.right))
    top, bottom, left, right = row, row + 1, column, column + 1
    looked_at = (0, 0, 0, 0)
    while looked_at != (top, bottom, left, right):
        looked_at = (top, bottom, left, right)
        while touching := filled(top - 1, left - 1, right + 1):
            top, left, right = top - 1, min(left, *touching), max(right, max(touching) + 1)
        while touching := filled(bottom, left - 1, right + 1):
            bottom, left, right = bottom + 1, min(left, *touching), max(right, max(touching) + 1)
        left -= any(filled(index, left - 1, left) for index in range(top, bottom))
        right += any(filled(index, right, right + 1) for index in range(top, bottom))
    return Box(top, bottom, left, right)


def _by_rows(values: Rows, major: str) -> Rows:
    if major != "COLUMNS":
        return values
    height = max((len(column) for column in values), default=0)
    return [[column[row] if row < len(column) else None for column in values] for row in range(height)]


def _check_fits(book: Spreadsheet, sheet: Sheet, area: Area, height: int, width: int) -> None:
    top, left = area.top or 0, area.left or 0
    one_cell = area.bottom == top + 1 and area.right == left + 1
    if top + height > sheet.grid.row_count or left + width > sheet.grid.column_count:
        raise book.beyond_grid(sheet, replace(area, top=top, left=left, bottom=top + height, right=left + width))
    if one_cell:  # a single cell says where to start, not where to end
        return
    _, box = book.box(area)
    if left + width > box.right:
        beyond = f"column [{column_name(box.right)}]"
    elif top + height > box.bottom:
        beyond = f"row [{box.bottom + 1}]"
    else:
        return
    raise invalid(f"Requested writing within range [{box.a1(sheet.title)}], but tried writing to {beyond}")


def total(spreadsheet_id: str, written: Sequence[Written], responses: Sequence[Mapping[str, Any]]) -> JsonObject:
    """BatchUpdateValuesResponse: rows and columns are counted once however many ranges touch them (recorded)."""
    rows = {(one.sheet.id, row) for one in written for row in range(one.box.top, one.box.top + one.rows)}
    columns = {(one.sheet.id, column) for one in written for column in range(one.box.left, one.box.left + one.columns)}
    counts = {
        "totalUpdatedRows": len(rows),
        "totalUpdatedColumns": len(columns),
        "totalUpdatedCells": sum(one.cells for one in written),
        "totalUpdatedSheets": len({one.sheet.id for one in written}),
    }
    return {
        "spreadsheetId": spreadsheet_id,
        **{name: count for name, count in counts.items() if count},
        "responses": list(responses),
    }
