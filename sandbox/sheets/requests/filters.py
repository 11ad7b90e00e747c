"""Requests about the basic filter and filter views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.ranges import Area, Box, without_zero_sheet
from sandbox.sheets.requests.kept import bounded, check_free, found, new_id
from sandbox.sheets.requests.ranges import sort_rows
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet


@request("setBasicFilter")
def set_basic_filter(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    """Its ``sortSpecs`` sort the rows below the heading at once, as pygsheets' tests expect of Google."""
    wanted = body.get("filter", {})
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    kept = _complete(book, wanted)
    sheet.objects["basicFilter"] = kept
    if kept.get("sortSpecs"):
        box = Area.of(kept["range"]).within(sheet.grid.row_count, sheet.grid.column_count)
        sort_rows(book, sheet, Box(min(box.top + 1, box.bottom), box.bottom, box.left, box.right), kept["sortSpecs"])


def _complete(book: Spreadsheet, wanted: Mapping[str, Any]) -> JsonObject:
    """A filter as answers show it: bounded, without empty lists, criteria under both their names (pygsheets' tests)."""
    kept = {name: value for name, value in wanted.items() if value not in ([], {}, "")}
    kept["range"] = bounded(book, wanted.get("range", {}))
    specs = kept.get("filterSpecs") or [
        {"columnIndex": int(column), "filterCriteria": one} for column, one in kept.get("criteria", {}).items()
    ]
    if specs:
        kept["criteria"] = {str(spec.get("columnIndex", 0)): spec.get("filterCriteria", {}) for spec in specs}
        kept["filterSpecs"] = specs
    return kept


@request("clearBasicFilter")
def clear_basic_filter(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    book.grid_of(body.get("sheetId", 0)).objects.pop("basicFilter", None)


@request("addFilterView")
def add_filter_view(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    wanted = body.get("filter", {})
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    views = sheet.listed("filterViews")
    made = {
        "filterViewId": wanted.get("filterViewId") or new_id(book, "filterViews", "filterViewId"),
        "title": f"Filter {len(views) + 1}",
        **_complete(book, wanted),
    }
    check_free(book, "filterViews", "filterViewId", made["filterViewId"])
    views.append(made)
    return {"filter": without_zero_sheet(made)}


@request("updateFilterView")
def update_filter_view(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = body.get("filter", {})
    views, at = found(book, "filterViews", "filterViewId", new.get("filterViewId"), "filter view")
    before = {name: value for name, value in views[at].items() if not (name == "criteria" and "filterSpecs" in mask)}
    views[at] = _complete(book, masks.merged(mask, before, {**new, "filterViewId": before["filterViewId"]}))


@request("duplicateFilterView")
def duplicate_filter_view(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    views, at = found(book, "filterViews", "filterViewId", body.get("filterId"), "filter view")
    made = {
        **views[at],
        "filterViewId": new_id(book, "filterViews", "filterViewId"),
        "title": f"Copy of {views[at]['title']}",
    }
    views.append(made)
    return {"filter": without_zero_sheet(made)}


@request("deleteFilterView")
def delete_filter_view(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    views, at = found(book, "filterViews", "filterViewId", body.get("filterId"), "filter view")
    del views[at]
