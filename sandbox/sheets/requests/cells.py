"""Requests that write cells: typed values, formats, notes, validation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.sheets import cells, masks, pivots
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Area, Box, column_name
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
    top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
    _check_within(sheet, top, left, rows, bottom=sheet.grid.row_count, right=sheet.grid.column_count)
    book.check_editable(sheet, Box(top, top + len(rows), left, left + _width(rows)))
    for offset, row in enumerate(rows):
        _write_row(sheet, top + offset, left, row.get("values", []), mask)


@request("repeatCell")
def repeat_cell(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """References in a formula are not shifted from cell to cell here (they are in Google Sheets)."""
    mask = _cell_mask(body)
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    data = body.get("cell", {})
    sheet.grid.change(box, lambda _row, _column, before: cells.changed(before, data, mask))


@request("appendCells")
def append_cells(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """After the sheet's last row with data; rows are added as needed, columns are not (OpenRefine #2760)."""
    mask = _cell_mask(body)
    sheet = book.grid_of(body.get("sheetId", 0))
    rows = body.get("rows", [])
    top = sheet.grid.last_row_with_values()
    sheet.grid.resize(max(sheet.grid.row_count, top + len(rows)), sheet.grid.column_count)
    book.check_size()
    _check_within(sheet, top, 0, rows, bottom=sheet.grid.row_count, right=sheet.grid.column_count)
    for offset, row in enumerate(rows):
        _write_row(sheet, top + offset, 0, row.get("values", []), mask)


@request("setDataValidation")
def set_data_validation(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))
    book.check_editable(sheet, box)
    rule = body.get("rule")
    data = {"dataValidation": rule} if rule else {}
    sheet.grid.change(box, lambda _row, _column, before: cells.changed(before, data, {"dataValidation": {}}))


@request("updateBorders")
def update_borders(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    sheet, box = book.box(Area.of(body.get("range", {})))

    def bordered(row: int, column: int, before: Cell | None) -> Cell | None:
        edges = {
            "top": "top" if row == box.top else "innerHorizontal",
            "bottom": "bottom" if row == box.bottom - 1 else "innerHorizontal",
            "left": "left" if column == box.left else "innerVertical",
            "right": "right" if column == box.right - 1 else "innerVertical",
        }
        wanted = {side: body[name] for side, name in edges.items() if name in body}
        data = {"userEnteredFormat": {"borders": wanted}}
        mask: masks.Tree = {"userEnteredFormat": {"borders": {side: {} for side in wanted}}}
        return cells.changed(before, data, mask) if wanted else before

    sheet.grid.change(box, bordered)


@request("findReplace")
def find_replace(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Texts and formulas; numbers are searched as they are written in JSON, not as they are shown (they are in Google
    Sheets).
    """
    find = body.get("find", "") if body.get("searchByRegex") else re.escape(body.get("find", ""))
    pattern = re.compile(find, 0 if body.get("matchCase") else re.IGNORECASE)
    replacement = re.sub(r"\$(\d)", r"\\\1", body.get("replacement", "")) if body.get("searchByRegex") else None
    plain = body.get("replacement", "")
    counts = dict.fromkeys(("valuesChanged", "formulasChanged", "occurrencesChanged"), 0)
    rows: set[tuple[int, int]] = set()
    for sheet, box in _places_to_search(book, body):
        for row, column, cell in list(sheet.grid.cells(box)):
            kind, text = next(iter(cell.get("userEnteredValue", {}).items()), ("", ""))
            if not isinstance(text, str) or (kind == "formulaValue" and not body.get("includeFormulas")):
                continue
            if body.get("matchEntireCell") and not pattern.fullmatch(text):
                continue
            new, times = pattern.subn(replacement if replacement is not None else lambda _: plain, text)
            if times:
                sheet.grid.put(row, column, cells.with_value(cell, {kind: new} if new else None))
                counts["formulasChanged" if kind == "formulaValue" else "valuesChanged"] += 1
                counts["occurrencesChanged"] += times
                rows.add((sheet.id, row))
    counts |= {"rowsChanged": len(rows), "sheetsChanged": len({sheet_id for sheet_id, _ in rows})}
    return {name: count for name, count in counts.items() if count}


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
    mask = masks.for_update(body.get("fields"))
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
