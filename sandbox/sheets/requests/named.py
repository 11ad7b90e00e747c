"""Requests about named and protected ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.sheets import masks
from sandbox.sheets.errors import invalid
from sandbox.sheets.ranges import without_zero_sheet
from sandbox.sheets.requests.kept import bounded, check_free, found, new_id, position
from sandbox.sheets.requests.registry import request
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet

# Named ranges


@request("addNamedRange")
def add_named_range(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    wanted = body.get("namedRange", {})
    if not wanted.get("name"):
        raise invalid("No name specified.")
    if any(one["name"].casefold() == wanted.get("name", "").casefold() for one in book.named_ranges):
        raise invalid(f'A named range with the name "{wanted["name"]}" already exists.')
    taken = {int(one["namedRangeId"]) for one in book.named_ranges if one["namedRangeId"].isdigit()}
    made = {
        "namedRangeId": wanted.get("namedRangeId") or str(book.new_id(taken)),
        "name": wanted["name"],
        "range": bounded(book, wanted.get("range", {})),
    }
    book.named_ranges.append(made)
    return {"namedRange": without_zero_sheet(made)}


@request("updateNamedRange")
def update_named_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = dict(body.get("namedRange", {}))
    if "range" in new:
        new["range"] = bounded(book, new["range"])
    at = position(book.named_ranges, "namedRangeId", new.get("namedRangeId"), "named range")
    new["namedRangeId"] = book.named_ranges[at]["namedRangeId"]
    book.named_ranges[at] = masks.merged(mask, book.named_ranges[at], new)


@request("deleteNamedRange")
def delete_named_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    del book.named_ranges[position(book.named_ranges, "namedRangeId", body.get("namedRangeId"), "named range")]


# Protected ranges


@request("addProtectedRange")
def add_protected_range(book: Spreadsheet, body: Mapping[str, Any]) -> JsonObject:
    """Whoever asks may always edit.

    Editors together with warningOnly are ignored (reference, ProtectedRange.warningOnly).
    """
    wanted = body.get("protectedRange", {})
    sheet = book.grid_of(wanted.get("range", {}).get("sheetId", 0))
    made: JsonObject = {
        "protectedRangeId": wanted.get("protectedRangeId") or new_id(book, "protectedRanges", "protectedRangeId"),
        "range": bounded(book, wanted.get("range", {})),
    }
    check_free(book, "protectedRanges", "protectedRangeId", made["protectedRangeId"])
    made |= {name: wanted[name] for name in ("description", "unprotectedRanges", "namedRangeId") if wanted.get(name)}
    if wanted.get("warningOnly"):
        made["warningOnly"] = True
    made["requestingUserCanEdit"] = True
    editors = {} if wanted.get("warningOnly") else wanted.get("editors", {})
    made["editors"] = {name: value for name, value in editors.items() if value}
    sheet.listed("protectedRanges").append(made)
    return {"protectedRange": without_zero_sheet(made)}


@request("updateProtectedRange")
def update_protected_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    mask = masks.for_update(body.get("fields"))
    new = body.get("protectedRange", {})
    items, at = found(book, "protectedRanges", "protectedRangeId", new.get("protectedRangeId"), "protected range")
    items[at] = masks.merged(mask, items[at], {**new, "protectedRangeId": items[at]["protectedRangeId"]})


@request("deleteProtectedRange")
def delete_protected_range(book: Spreadsheet, body: Mapping[str, Any]) -> None:
    items, at = found(book, "protectedRanges", "protectedRangeId", body.get("protectedRangeId"), "protected range")
    del items[at]
