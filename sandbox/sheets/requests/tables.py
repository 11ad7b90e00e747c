"""Requests about tables: a named range with typed columns (reference, Table). No answer about tables is recorded."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.cells import without_value
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Area, without_zero_sheet
from sandbox.sheets.requests.kept import bounded, check_free, found
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet


@request("addTable")
def add_table(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Id and name are unique in the spreadsheet. Columns without a name are called like their heading."""
    wanted = dict(body.get("table", {}))
    sheet, _ = book.box(Area.of(wanted.get("range", {})))
    table_id = wanted.get("tableId") or "".join(book.chance.choices(string.ascii_letters + string.digits, k=20))
    check_free(book, "tables", "tableId", table_id)
    taken = {one["name"] for one in _tables(book)}
    name = wanted.get("name") or next(
        name for number in range(1, len(taken) + 2) if (name := f"Table{number}") not in taken
    )
    made = {
        **wanted,
        "tableId": table_id,
        "name": name,
        "range": bounded(book, {"sheetId": sheet.id, **wanted.get("range", {})}),
    }
    _check(book, sheet, made)
    made["columnProperties"] = _columns(book, sheet, made)
    sheet.listed("tables").append(made)
    return {"table": without_zero_sheet(made)}


@request("updateTable")
def update_table(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = dict(body.get("table", {}))
    tables, at = found(book, "tables", "tableId", new.get("tableId"), "table")
    before = tables.pop(at)
    after = masks.merged(mask, before, {**new, "tableId": before["tableId"]})
    after["range"] = bounded(book, after.get("range") or before["range"])
    sheet = book.grid_of(after["range"].get("sheetId", 0))
    _check(book, sheet, after)
    after["columnProperties"] = _columns(book, sheet, after)
    sheet.listed("tables").insert(at, after)


@request("deleteTable")
def delete_table(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """The values inside go with it, as the guide "Tables" says (unverified on a real spreadsheet)."""
    tables, at = found(book, "tables", "tableId", body.get("tableId"), "table")
    sheet, box = book.box(Area.of(tables[at]["range"]))
    del tables[at]
    for row, column, cell in list(sheet.grid.cells(box)):
        sheet.grid.put(row, column, without_value(cell))


def _tables(book: Spreadsheet) -> list[JsonObject]:
    return [table for sheet in book.sheets for table in sheet.objects.get("tables", ())]


def _check(book: Spreadsheet, sheet: Sheet, table: JsonObject) -> None:
    """Texts unverified."""
    if any(one["name"].casefold() == table["name"].casefold() for one in _tables(book)):
        raise invalid(f"A table with the name {table['name']} already exists.")
    size = sheet.grid.row_count, sheet.grid.column_count
    box = Area.of(table["range"]).within(*size)
    if any(Area.of(one["range"]).within(*size).overlaps(box) for one in sheet.objects.get("tables", ())):
        raise invalid("A table cannot overlap another table.")


def _columns(book: Spreadsheet, sheet: Sheet, table: JsonObject) -> list[JsonObject]:
    """One a column, in order, named."""
    box = Area.of(table["range"]).within(sheet.grid.row_count, sheet.grid.column_count)
    given = {one.get("columnIndex", 0): one for one in table.get("columnProperties", ())}
    calculation = Calculation(book)
    columns = []
    for index in range(box.width):
        heading = calculation.shown(sheet, box.top, box.left + index) or f"Column {index + 1}"
        columns.append({"columnIndex": index, "columnName": heading, **given.get(index, {})})
    return columns
