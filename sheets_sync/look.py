"""Look at the sheets until it is clear where each table stands.

One call as a rule, a few when users rearranged them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sheets_sync.edits import COLUMN_KEY
from sheets_sync.errors import Refused
from sheets_sync.gateway import Gateway
from sheets_sync.layout import START, Layout, Place, Seen, locate
from sheets_sync.tables import CASES, TABLES, AnyTable

NOWHERE: Mapping[int, Place] = MappingProxyType({})
"""Nothing is known yet."""

_MOST_LOOKS = 12
_CELL = re.compile(r"\$?([A-Z]+)\$?(\d+)$")


@dataclass(frozen=True)
class Found:
    """Where each table stands; of those that have no sheet, ``titles`` tells which titles are taken."""

    tables: Mapping[AnyTable, tuple[Seen, Layout]]
    missing: tuple[AnyTable, ...] = ()
    titles: frozenset[str] = frozenset()


def find_tables(sheet: Gateway, places: Mapping[int, Place] = NOWHERE, tables: Sequence[AnyTable] = TABLES) -> Found:
    """What was seen and where the tables are. ``places`` are hints, by sheet.

    Raises what the gateway raises, and Refused when a sheet makes no sense.
    """
    at = {table: places.get(table.sheet_id, START) for table in tables}
    hints = dict(at)
    tags: dict[AnyTable, Mapping[str, int]] = {}
    found: dict[AnyTable, tuple[Seen, Layout]] = {}
    standing: Mapping[int, str] | None = None
    missing: tuple[AnyTable, ...] = ()
    for _ in range(_MOST_LOOKS):
        wanted = [table for table in tables if table not in found and table not in missing]
        if not wanted:
            break
        try:
            seen = _look(sheet, {table: at[table] for table in wanted})
        except Refused:
            if standing is None:
                standing = sheet.titles()
                missing = tuple(table for table in tables if table.sheet_id not in standing)
                if missing:
                    continue
            if all(at[table] == START for table in wanted):
                raise
            at |= dict.fromkeys(wanted, START)  # a hint points outside of a grid that has shrunk
            continue
        for table, one in seen.items():
            answer = locate(replace(one, tags=tags.get(table), expected=at[table] == hints[table]), table)
            if isinstance(answer, Layout):
                found[table] = (one, answer)
                continue
            at[table] = answer.place
            if answer.with_tags and table not in tags:
                tags[table] = _tags(sheet, table)
    else:
        raise Refused("A table was not found in its sheet: header and key column contradict each other.")
    return Found(found, missing, frozenset(standing.values()) if standing is not None else frozenset())


def keys_standing(sheet: Gateway, places: Mapping[int, Place] = NOWHERE, table: AnyTable = CASES) -> dict[str, int]:
    """Key -> how often it stands in the sheet."""
    found = find_tables(sheet, places, (table,)).tables
    return {key: len(rows) for key, rows in found[table][1].rows.items()} if table in found else {}


def _look(sheet: Gateway, places: Mapping[AnyTable, Place]) -> dict[AnyTable, Seen]:
    """Header row and key column of each, in one call. The ranges tell title and size."""
    asked: list[dict[str, int]] = []
    for table, place in places.items():
        row, column = place.header_row, place.key_column
        asked.append({"sheetId": table.sheet_id, "startRowIndex": row, "endRowIndex": row + 1})
        asked.append({"sheetId": table.sheet_id, "startColumnIndex": column, "endColumnIndex": column + 1})
    answers = iter(sheet.values(*asked))
    return {table: _seen(place, header=next(answers), keys=next(answers)) for table, place in places.items()}


def _seen(place: Place, *, header: Mapping[str, Any], keys: Mapping[str, Any]) -> Seen:
    cells: list[Any] = next(iter(header.get("values", ())), [])
    return Seen(
        place=place,
        title=header["range"].rpartition("!")[0],
        row_count=_last_cell(keys["range"])[0],
        column_count=_last_cell(header["range"])[1],
        header=tuple(key_text(one) for one in cells),
        keys=tuple(key_text(next(iter(row), "")) for row in keys.get("values", ())),
    )


def _tags(sheet: Gateway, table: AnyTable) -> dict[str, int]:
    """Heading -> column of this sheet."""
    found: dict[str, int] = {}
    for one in sheet.metadata_by_key(COLUMN_KEY):
        where = one.get("location", {}).get("dimensionRange", {})
        if where.get("sheetId", 0) == table.sheet_id and where.get("dimension") == "COLUMNS":
            found.setdefault(one.get("metadataValue", ""), where.get("startIndex", 0))
    return found


def _last_cell(a1: str) -> tuple[int, int]:
    """Row and column number, from 1, where a bounded range ends."""
    match = _CELL.search(a1)
    if not match:
        raise Refused(f"A range of Google's was not understood: {a1!r}.")
    return int(match[2]), column_index(match[1]) + 1


def key_text(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, surrounding spaces gone."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def column_name(index: int) -> str:
    """0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def column_index(name: str) -> int:
    index = 0
    for letter in name:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
