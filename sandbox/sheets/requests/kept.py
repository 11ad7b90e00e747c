"""What all requests about objects over the cells share: ids, and ranges as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet


def bounded(book: Spreadsheet, grid_range: Mapping[str, Any]) -> JsonObject:
    """A stored range has all its sides: an unbounded filter comes back with the size of the grid (recorded)."""
    sheet = book.grid_of(grid_range.get("sheetId", 0))
    area = Area.of(grid_range)
    given = grid_range.keys() & {"startRowIndex", "startColumnIndex", "endRowIndex", "endColumnIndex"}
    if given:
        return replace(area, top=area.top or 0, left=area.left or 0).as_grid_range()
    box = sheet.grid.whole
    return Area(sheet.id, box.top, box.bottom, box.left, box.right).as_grid_range()


def _sheets_with(book: Spreadsheet, name: str) -> list[Sheet]:
    return [sheet for sheet in book.sheets if name in sheet.objects]


def new_id(book: Spreadsheet, name: str, id_name: str) -> int:
    return book.new_id({one[id_name] for sheet in _sheets_with(book, name) for one in sheet.objects[name]})


def check_free(book: Spreadsheet, name: str, id_name: str, wanted: object) -> None:
    """An id in use fails, which is what makes a chosen id idempotent. The text is unverified."""
    if any(one[id_name] == wanted for sheet in _sheets_with(book, name) for one in sheet.objects[name]):
        raise invalid(f"An object with ID {wanted} already exists.")


def position(items: list[JsonObject], id_name: str, wanted: object, what: str) -> int:
    for at, one in enumerate(items):
        if one[id_name] == wanted:
            return at
    raise invalid(f"No {what} with id: {wanted}")


def found(book: Spreadsheet, name: str, id_name: str, wanted: object, what: str) -> tuple[list[JsonObject], int]:
    for sheet in _sheets_with(book, name):
        for at, one in enumerate(sheet.objects[name]):
            if one[id_name] == wanted:
                return sheet.objects[name], at
    raise invalid(f"No {what} with id: {wanted}")
