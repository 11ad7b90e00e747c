"""What the copy of a sheet takes along. No answer to such a request with objects is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

_IDS: Mapping[str, str | None] = {
    "merges": None,
    "basicFilter": None,
    "conditionalFormats": None,
    "rowGroups": None,
    "columnGroups": None,
    "filterViews": "filterViewId",
    "protectedRanges": "protectedRangeId",
    "charts": "chartId",
    "bandedRanges": "bandedRangeId",
    "slicers": "slicerId",
}
"""Objects that are copied, and their ids, of which a copy gets new ones. Tables and developer metadata stay behind."""


def copy_into(book: Spreadsheet, source: Sheet, properties: Mapping[str, Any]) -> Sheet:
    """A copy of ``source`` as a new sheet of ``book``. Raises SheetsError 400 when id or title is taken.

    Unless ``properties`` name it, it is called "Copy of ..." with a number where need be (unverified).
    """
    kept = {name: value for name, value in source.properties.items() if name not in {"sheetId", "gridProperties"}}
    titles = (f"Copy of {source.title}{ending}" for ending in chain([""], (f" {number}" for number in count(2))))
    kept["title"] = next(title for title in titles if not book.titled(title))
    made = book.add_sheet({**kept, **properties})
    made.grid = source.grid.copy()
    if "gridProperties" in source.properties:
        made.properties["gridProperties"] = source.properties["gridProperties"]
    for name, id_name in _IDS.items():
        if name in source.objects:
            moved = _on_sheet(source.objects[name], source.id, made.id)
            made.objects[name] = moved if id_name is None else [_renewed(book, one, id_name) for one in moved]
    book.check_size()
    return made


def _renewed(book: Spreadsheet, one: JsonObject, id_name: str) -> JsonObject:
    return {**one, id_name: book.new_id({one[id_name]})}


def _on_sheet(value: Any, old: int, new: int) -> Any:
    if isinstance(value, list):
        return [_on_sheet(item, old, new) for item in value]
    if isinstance(value, dict):
        moved = {name: _on_sheet(below, old, new) for name, below in value.items()}
        return {**moved, "sheetId": new} if value.get("sheetId") == old else moved
    return value
