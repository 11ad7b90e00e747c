"""One cell: what somebody put into it, and how a field mask changes that.

A cell is a mapping with the stored fields of CellData (``userEnteredValue``, ``userEnteredFormat``, ``note``,
``dataValidation``, ``textFormatRuns``, ``pivotTable`` ...). It is never changed in place: a write makes a new one, so
that a whole spreadsheet can be copied for the price of its rows and a failed batch leaves no trace.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from sandbox.sheets.errors import invalid
from sandbox.sheets.formats import Locale, understood
from sandbox.sheets.masks import Tree, merged
from sandbox.sheets.references import moved
from sandbox.sheets.schema import JsonObject

Cell = Mapping[str, Any]

LONGEST_TEXT = 50_000
"""Characters in one cell. The limit is general knowledge, its message unverified."""

_HAIR = 1e-4
"""229/255 arrives as 0.8980392, a hair less, and is 229 still."""

_CALCULATED = frozenset({"effectiveValue", "formattedValue", "effectiveFormat", "hyperlink"})


def changed(cell: Cell | None, data: Mapping[str, Any], mask: Tree) -> Cell | None:
    """The cell after writing ``data`` (CellData) under the mask; None when nothing is left in it.

    A mask that names a colour names it both ways (``both_colours``).
    """
    fresh = dict(data)
    value = fresh.get("userEnteredValue")
    if value is not None:
        check_value(value)
        if not value:
            del fresh["userEnteredValue"]
    if "userEnteredFormat" in fresh:
        fresh["userEnteredFormat"] = complete_colours(fresh["userEnteredFormat"])
    after = merged(mask, cell or {}, fresh)
    if after.get("note") == "":
        del after["note"]
    kept = {name: below for name, below in after.items() if name not in _CALCULATED and below not in ({}, None)}
    return kept or None


def with_value(
    cell: Cell | None, value: JsonObject | None, number_format: Mapping[str, str] | None = None
) -> Cell | None:
    """The cell with another value; formats and notes stay. A typed date brings its number format."""
    after = {name: below for name, below in (cell or {}).items() if name != "userEnteredValue"}
    if value is not None:
        check_value(value)
        after["userEnteredValue"] = value
    if number_format is not None and "numberFormat" not in after.get("userEnteredFormat", {}):
        after["userEnteredFormat"] = {**after.get("userEnteredFormat", {}), "numberFormat": dict(number_format)}
    return after or None


def without_value(cell: Cell) -> Cell | None:
    return with_value(cell, None)


def copied(cell: Cell, rows: int, columns: int) -> Cell:
    """The cell as its copy so many rows and columns further on: references of a formula move along."""
    formula = cell.get("userEnteredValue", {}).get("formulaValue")
    if formula is None:
        return cell
    return {**cell, "userEnteredValue": {"formulaValue": moved(formula, rows, columns)}}


def check_value(value: Mapping[str, Any]) -> None:
    if "errorValue" in value:
        raise invalid("userEnteredValue.errorValue is read-only.")
    text = value.get("stringValue", value.get("formulaValue", ""))
    if len(text) > LONGEST_TEXT:
        raise invalid(f"Your input contains more than the maximum of {LONGEST_TEXT} characters in a single cell.")


def raw(value: object) -> JsonObject | None:
    """A JSON scalar as it is: valueInputOption RAW. The empty string empties the cell."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    text = str(value)
    return {"stringValue": text} if text else None


def typed(
    value: object, before: Cell | None, place: Locale, year: int
) -> tuple[JsonObject | None, Mapping[str, str] | None]:
    """A JSON scalar as if a person had typed it into the cell: USER_ENTERED. Also the number format such typing sets.

    In a cell formatted as plain text everything stays text (unverified for the API).
    """
    is_text = (before or {}).get("userEnteredFormat", {}).get("numberFormat", {}).get("type") == "TEXT"
    if not isinstance(value, str) or is_text:
        return raw(value), None
    if value.startswith("=") and len(value) > 1:
        return {"formulaValue": value}, None
    meant, number_format = understood(value, place, year=year)
    return raw(meant), number_format


def complete_colours(value: Any) -> Any:
    """``backgroundColor`` and ``backgroundColorStyle.rgbColor`` are one thing under two names; both come back
    (recorded).

    Colours are kept in eight bits a channel, so 0.5 comes back as 0.49803922 (recorded).
    """
    if isinstance(value, list):
        return [complete_colours(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: complete_colours(below) for name, below in value.items()}
    for name in list(result):
        if name.endswith("Color") and name != "rgbColor" and isinstance(result[name], dict):
            result[name] = _eight_bits(result[name])
            result.setdefault(f"{name}Style", {"rgbColor": result[name]})
        elif name.endswith("ColorStyle") and "rgbColor" in result[name]:
            rgb = _eight_bits(result[name]["rgbColor"])
            result[name] = {**result[name], "rgbColor": rgb}
            result[name.removesuffix("Style")] = rgb
    return result


def both_colours(mask: Tree) -> Tree:
    """The mask with each colour named both ways, so that writing one does not leave the other behind."""
    result = {name: both_colours(below) for name, below in mask.items()}
    for name in mask:
        if name.endswith("Color") and name != "rgbColor":
            result[f"{name}Style"] = {}
        elif name.endswith("ColorStyle"):
            result[name.removesuffix("Style")] = {}
    return result


def _eight_bits(colour: Mapping[str, float]) -> JsonObject:
    kept = {name: _single_precision(int(part * 255 + _HAIR) / 255) for name, part in colour.items()}
    return {name: part for name, part in kept.items() if part}


def _single_precision(number: float) -> float:
    packed = struct.pack("f", number)
    exact = struct.unpack("f", packed)[0]
    if exact == int(exact):
        return int(exact)
    for digits in range(6, 10):
        short = float(f"{exact:.{digits}g}")
        if struct.pack("f", short) == packed:
            return short
    return float(exact)
