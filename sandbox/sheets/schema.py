"""The shapes of Sheets API bodies: unknown names are refused, and JSON is read the way Google's transcoder reads it.

``schema.json`` holds the names and types of every message, taken from the public discovery document of sheets v4
(revision 20261019): a list is a repeated field, ``{"*": type}`` a map, ``enum A B`` an enumeration, a capitalised word
another message. What the server gets out of ``read`` has only known names, no nulls, and numbers that are numbers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.sheets.errors import malformed

JsonObject = dict[str, Any]

SHAPES: Mapping[str, Mapping[str, Any]] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))

# Protobuf unions: at most one member may be set. (shape -> name of the union, its members)
UNIONS: Mapping[str, tuple[str, frozenset[str]]] = {
    "Request": ("kind", frozenset(SHAPES["Request"])),
    "ExtendedValue": ("value", frozenset(SHAPES["ExtendedValue"])),
    "UpdateCellsRequest": ("area", frozenset({"start", "range"})),
    "DataFilter": ("filter", frozenset(SHAPES["DataFilter"])),
    "DeveloperMetadataLocation": ("location", frozenset({"spreadsheet", "sheetId", "dimensionRange"})),
}
_MESSAGE = "type.googleapis.com/google.apps.sheets.v4."
_PROTO_NAMES = {"Request": "BatchUpdateSpreadsheetRequest.Request"}
"""Messages that errors call by another name than the reference does (recorded)."""
_SHARED_ENUMS = {
    "majorDimension": "Dimension",
    "dimension": "Dimension",
    "shiftDimension": "Dimension",
    "valueInputOption": "ValueInputOption",
    "valueRenderOption": "ValueRenderOption",
    "responseValueRenderOption": "ValueRenderOption",
    "dateTimeRenderOption": "DateTimeRenderOption",
    "responseDateTimeRenderOption": "DateTimeRenderOption",
    "commentsViewMode": "CommentsViewMode",
    "insertDataOption": "AppendValuesRequest.InsertDataOption",
}
"""Enumerations that stand outside the messages that use them; the others are named after theirs (the names of some are
recorded, of most unverified)."""
_LIST = "type.googleapis.com/google.protobuf.ListValue"
_SCALARS = {"string": "TYPE_STRING", "int32": "TYPE_INT32", "boolean": "TYPE_BOOL", "double": "TYPE_DOUBLE"}


def read(shape: str, body: object, *, at: str = "") -> JsonObject:
    """``body`` as a message of that shape. ``at`` is how errors name the body ("data" for values.update, else nothing).

    Raises SheetsError 400 that lists every violation, as Google does.
    """
    reader = _Reader()
    value = reader.message(shape, body, at)
    if reader.violations:
        raise malformed(reader.violations)
    return value


def camel(name: str) -> str:
    """Protobuf JSON accepts both spellings: ``sheet_id`` is ``sheetId``."""
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


@cache
def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def enum_type(shape: str, name: str) -> str:
    """How errors call the enumeration of a field."""
    return _MESSAGE + _SHARED_ENUMS.get(name, f"{shape}.{name[:1].upper()}{name[1:]}")


class _Reader:
    def __init__(self) -> None:
        self.violations: list[tuple[str, str]] = []

    def message(self, shape: str, value: object, at: str) -> JsonObject:
        if not isinstance(value, dict):
            self._wrong(at, _MESSAGE + _PROTO_NAMES.get(shape, shape), value)
            return {}
        fields = SHAPES[shape]
        found: JsonObject = {}
        for name, raw in value.items():
            known = name if name in fields else camel(name)
            if known not in fields:
                self._unknown(name, at, "Cannot find field.")
            elif raw is not None:
                found[known] = self._field(shape, known, fields[known], raw, at)
        if shape in UNIONS:
            union, members = UNIONS[shape]
            for extra in [name for name in found if name in members][1:]:
                why = f"oneof field '{union}' is already set. Cannot set '{snake(extra)}'"
                text = f"Invalid value at '{at}' (oneof), {why}"
                self.violations.append((at, text))
        return found

    def _field(self, shape: str, name: str, kind: Any, raw: Any, at: str) -> Any:
        path = f"{at}.{snake(name)}" if at else snake(name)
        if isinstance(kind, list):
            return self._items(kind[0], raw, path)
        if isinstance(kind, dict):
            if not isinstance(raw, dict):
                self._wrong(path, _MESSAGE + shape, raw)
                return {}
            return {key: self._one(shape, name, kind["*"], item, path, at) for key, item in raw.items()}
        return self._one(shape, name, kind, raw, path, at)

    def _items(self, kind: Any, raw: Any, path: str) -> list[Any]:
        if isinstance(kind, list):  # a list of lists: the rows of a value range
            rows = raw if isinstance(raw, list) else [raw]
            for index, row in enumerate(rows):
                if not isinstance(row, list):
                    self._wrong(f"{path}[{index}]" if isinstance(raw, list) else path, _LIST, row)
            return [row for row in rows if isinstance(row, list)]
        items = _flat(raw) if isinstance(raw, list) else [raw]
        return [self._one("", "", kind, item, f"{path}[{index}]", path) for index, item in enumerate(items)]

    def _one(self, shape: str, name: str, kind: str, raw: Any, path: str, at: str) -> Any:
        if kind in SHAPES:
            return self.message(kind, raw, path)
        if kind == "any":
            return raw
        if isinstance(raw, list):
            self._unknown(name, at, "Proto field is not repeating, cannot start list.")
        elif kind.startswith("enum "):
            if raw in kind.split()[1:]:
                return raw
            self._wrong(path, enum_type(shape, name), raw)
        else:
            value = _scalar(kind, raw)
            if value is not None:
                return value
            self._wrong(path, _SCALARS.get(kind, "TYPE_STRING"), raw)
        return None

    def _unknown(self, name: str, at: str, why: str) -> None:
        where = f" at '{at}'" if at else ""
        self.violations.append((at, f'Invalid JSON payload received. Unknown name "{name}"{where}: {why}'))

    def _wrong(self, path: str, kind: str, raw: object) -> None:
        shown = json.dumps(raw, ensure_ascii=False)
        self.violations.append((path, f"Invalid value at '{path}' ({kind}), {shown}"))


def _flat(items: list[Any]) -> list[Any]:
    """Lists inside a list of messages are taken apart: ``[[{...}, {...}]]`` is two requests (recorded)."""
    return [inner for item in items for inner in (_flat(item) if isinstance(item, list) else [item])]


def _scalar(kind: str, raw: object) -> Any:
    """The value, or None where it cannot be one. Numbers may travel as strings and the other way round."""
    match kind:
        case "boolean":
            return {True: True, False: False, "true": True, "false": False}.get(raw) if _hashable(raw) else None
        case "int32":
            if isinstance(raw, bool) or not isinstance(raw, int | float | str):
                return None
            try:
                number = float(raw)
            except ValueError:
                return None
            return int(number) if number.is_integer() and -(2**31) <= number < 2**31 else None
        case "double" | "float":
            if isinstance(raw, bool) or not isinstance(raw, int | float | str):
                return None
            try:
                number = float(raw)
            except ValueError:
                return None
            if not math.isfinite(number):
                return None
            return raw if isinstance(raw, int) else number
        case _:
            return raw if isinstance(raw, str) else None


def _hashable(raw: object) -> bool:
    return isinstance(raw, bool | str)
