"""Requests that write cells: typed values, formats, notes, validation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.sheets import cells, masks, pivots
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Area, Box, cell_of, column_name
from sandbox.sheets.requests.kept import found
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet


@request("updateCells")
def update_cells(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """With ``range``, its cells that the rows do not cover are cleared; with ``start`` nothing else is touched."""
    mask = _cell_mask(body)
    rows = body.get("rows", [])
    if "range" in body:
        sheet, box = book.box(Area.of(body["range"]))
        _check_within(sheet, box.top, box.left, rows, bottom=box.bottom, right=box.right)
        book.check_editable(sheet, box)
        for row in range(box.top, box.bottom):
            given = rows[row - box.top].get("values", []) if row - box.top < len(rows) else []
            padded = [*given, *({} for _ in range(box.width - len(given)))]
            _write_row(sheet, row, box.left, padded, mask)
        return
    if "start" not in body:
        raise invalid("Must specify either a range or a start coordinate.")
    start = body["start"]
    sheet = book.grid_of(start.get("sheetId", 0))
    top, left = cell_of(start)
    _check_within(sheet, top, left, rows, bottom=sheet.grid.row_count, right=sheet.grid.column_count)
    book.check_editable(sheet, Box(top, top + len(rows), left, left + _width(rows)))
    for offset, row in enumerate(rows):
        _write_row(sheet, top + offset, left, row.get("values", []), mask)


@request("repeatCell")
def repeat_cell(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """References of a formula move along from cell to cell."""
    mask = _cell_mask(body)
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    data = body.get("cell", {})
    if "formulaValue" in data.get("userEnteredValue", {}):
        sheet.grid.change(
            box,
            lambda row, column, before: cells.changed(
                before, cells.copied(data, row - box.top, column - box.left), mask
            ),
        )
    else:
        sheet.grid.change_alike(box, lambda before: cells.changed(before, data, mask))


@request("appendCells")
def append_cells(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """After the sheet's last row with data; rows are added as needed, columns are not (OpenRefine #2760).

    With ``tableId``: after the table's last row with data, and the table grows when it is full.
    """
    mask = _cell_mask(body)
    rows = body.get("rows", [])
    if "tableId" in body:
        sheet, top, left, right = _below_table(book, body["tableId"], len(rows))
    else:
        sheet = book.grid_of(body.get("sheetId", 0))
        top, left, right = sheet.grid.last_filled_row(sheet.grid.whole, _has_value) + 1, 0, sheet.grid.column_count
    sheet.grid.resize(max(sheet.grid.row_count, top + len(rows)), sheet.grid.column_count)
    book.check_size()
    _check_within(sheet, top, left, rows, bottom=sheet.grid.row_count, right=right)
    book.check_editable(sheet, Box(top, top + len(rows), left, left + _width(rows)))
    for offset, row in enumerate(rows):
        _write_row(sheet, top + offset, left, row.get("values", []), mask)


def _has_value(cell: Cell) -> bool:
    return "userEnteredValue" in cell


def _below_table(book: Spreadsheet, table_id: str, count: int) -> tuple[Sheet, int, int, int]:
    """The sheet, the row after the table's last filled one, and its columns; rows are inserted where it has no room."""
    tables, at = found(book, "tables", "tableId", table_id, "table")
    area = Area.of(tables[at]["range"])
    sheet, box = book.box(area)
    top = max(sheet.grid.last_filled_row(box, _has_value), box.top) + 1
    missing = top + count - box.bottom
    if missing > 0:
        if box.bottom < sheet.grid.row_count:
            book.shift(sheet, "ROWS", box.bottom, missing)
            tables = sheet.listed("tables")
        grown = {**tables[at]["range"], "endRowIndex": top + count}
        tables[at] = {**tables[at], "range": grown}
    return sheet, top, box.left, box.right


@request("setDataValidation")
def set_data_validation(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    rule = body.get("rule")
    data = {"dataValidation": rule} if rule else {}
    sheet.grid.change_alike(box, lambda before: cells.changed(before, data, {"dataValidation": {}}))


@request("updateBorders")
def update_borders(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))

    for part, edges in _edges(box):
        wanted = {side: body[name] for side, name in edges.items() if name in body}
        if not wanted or not part.height or not part.width:
            continue
        data = {"userEnteredFormat": {"borders": wanted}}
        mask: masks.Tree = {"userEnteredFormat": {"borders": {side: {} for side in wanted}}}
        sheet.grid.change_alike(part, lambda before, data=data, mask=mask: cells.changed(before, data, mask))  # type: ignore[misc]


def _edges(box: Box) -> Iterator[tuple[Box, dict[str, str]]]:
    """The up to nine parts of a rectangle whose cells have the same edges, and which border each edge takes."""
    for top, bottom in {(box.top, box.top + 1), (box.top + 1, box.bottom - 1), (box.bottom - 1, box.bottom)}:
        for left, right in {(box.left, box.left + 1), (box.left + 1, box.right - 1), (box.right - 1, box.right)}:
            yield (
                Box(top, bottom, left, right),
                {
                    "top": "top" if top == box.top else "innerHorizontal",
                    "bottom": "bottom" if bottom == box.bottom else "innerHorizontal",
                    "left": "left" if left == box.left else "innerVertical",
                    "right": "right" if right == box.right else "innerVertical",
                },
            )


@request("findReplace")
def find_replace(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Texts and formulas; numbers are searched as they are written in JSON, not as they are shown (they are in Google
    Sheets).
    """
    pattern, replacement = _search(body)
    counts = dict.fromkeys(("valuesChanged", "formulasChanged", "occurrencesChanged"), 0)
    rows: set[tuple[int, int]] = set()
    for sheet, box in _places_to_search(book, body):
        for row, column, cell in list(sheet.grid.cells(box)):
            kind, text = next(iter(cell.get("userEnteredValue", {}).items()), ("", None))
            if not isinstance(text, str) or (kind == "formulaValue" and not body.get("includeFormulas")):
                continue
            if body.get("matchEntireCell") and not pattern.fullmatch(text):
                continue
            new, times = pattern.subn(replacement, text)
            if times:
                sheet.grid.put(row, column, cells.with_value(cell, {kind: new} if new else None))
                counts["formulasChanged" if kind == "formulaValue" else "valuesChanged"] += 1
                counts["occurrencesChanged"] += times
                rows.add((sheet.id, row))
    counts |= {"rowsChanged": len(rows), "sheetsChanged": len({sheet_id for sheet_id, _ in rows})}
    return {name: count for name, count in counts.items() if count}


def _search(body: Mapping[str, Any]) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    """What is looked for, and what takes its place: ``$1`` there is a group of the expression."""
    by_expression, wanted = body.get("searchByRegex", False), body.get("replacement", "")
    find = body.get("find", "")
    try:
        pattern = re.compile(find if by_expression else re.escape(find), 0 if body.get("matchCase") else re.IGNORECASE)
    except re.error as error:
        raise invalid(f"Invalid regular expression: {error}") from None

    def with_groups(found: re.Match[str]) -> str:
        return re.sub(
            r"\$(\d)", lambda one: (found[int(one[1])] or "") if int(one[1]) <= pattern.groups else "", wanted
        )

    return pattern, with_groups if by_expression else lambda _: wanted


def _places_to_search(book: Spreadsheet, body: Mapping[str, Any]) -> list[tuple[Sheet, Box]]:
    if body.get("allSheets"):
        return [(sheet, sheet.grid.whole) for sheet in book.sheets]
    if "range" in body:
        return [book.box(Area.of(body["range"]))]
    sheet = book.grid_of(body.get("sheetId", 0))
    return [(sheet, sheet.grid.whole)]


@request("trimWhitespace")
def trim_whitespace(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    sheet, box = book.box(Area.of(body.get("range", {})))
    changed = 0
    for row, column, cell in list(sheet.grid.cells(box)):
        text = cell.get("userEnteredValue", {}).get("stringValue")
        if text is not None and (trimmed := " ".join(text.split())) != text:
            sheet.grid.put(row, column, cells.with_value(cell, cells.raw(trimmed)))
            changed += 1
    return {"cellsChangedCount": changed} if changed else {}


def _cell_mask(body: Mapping[str, Any]) -> masks.Tree:
    mask = cells.both_colours(masks.for_update(body.get("fields")))
    written = [cell for row in body.get("rows", ()) for cell in row.get("values", ())] or [body.get("cell", {})]
    for cell in written:
        if "pivotTable" in cell:
            pivots.check(cell["pivotTable"])
    return mask


def _write_row(sheet: Sheet, row: int, left: int, data: Sequence[Mapping[str, Any]], mask: masks.Tree) -> None:
    before = sheet.grid.row(row)
    after = {left + at: cells.changed(before.get(left + at), cell, mask) for at, cell in enumerate(data)}
    sheet.grid.put_row(row, after)


def _width(rows: Sequence[Mapping[str, Any]]) -> int:
    return max((len(row.get("values", ())) for row in rows), default=0)


def _check_within(
    sheet: Sheet, top: int, left: int, rows: Sequence[Mapping[str, Any]], *, bottom: int, right: int
) -> None:
    """The texts are quoted in OpenRefine #2760 for columns and alike for rows (unverified)."""
    if top + len(rows) > bottom:
        raise invalid(f"Attempting to write row: {bottom}, beyond the last requested row of: {bottom - 1}")
    if left + _width(rows) > right:
        raise invalid(f"Attempting to write column: {right}, beyond the last requested column of: {right - 1}")
    if top >= sheet.grid.row_count or left >= sheet.grid.column_count:
        raise invalid(f"Cell {column_name(left)}{top + 1} is outside of the grid.")
