"""Look at the sheet until it is clear where the table stands:

one call as a rule, a few when users rearranged it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.columns import COLUMNS, Column
from sheets_sync.edits import COLUMN_KEY, SHEET_ID
from sheets_sync.errors import Refused
from sheets_sync.gateway import Gateway
from sheets_sync.layout import START, Layout, Place, Seen, locate

_MOST_LOOKS = 8
_CELL = re.compile(r"\$?([A-Z]+)\$?(\d+)$")


@dataclass(frozen=True)
class NoSheet:
    """The spreadsheet has no sheet of ours. ``titles`` are those of the sheets it has."""

    titles: frozenset[str]


def find_table(
    sheet: Gateway, place: Place = START, columns: Sequence[Column] = COLUMNS
) -> tuple[Seen, Layout] | NoSheet:
    """What was seen and where the table is.

    Raises what the gateway raises, and Refused when the sheet makes no sense.
    """
    tags: Mapping[str, int] | None = None
    for _ in range(_MOST_LOOKS):
        try:
            seen = _look(sheet, place, tags)
        except Refused:
            titles = sheet.titles()
            if SHEET_ID not in titles:
                return NoSheet(frozenset(titles.values()))
            if place == START:
                raise
            place = START  # the hint points outside of a grid that has shrunk
            continue
        found = locate(seen, columns)
        if isinstance(found, Layout):
            return seen, found
        place = found.place
        if found.with_tags and tags is None:
            tags = _tags(sheet)
    raise Refused("The table was not found in its sheet: header and key column contradict each other.")


def keys_standing(sheet: Gateway, place: Place = START) -> dict[str, int]:
    """Key -> how often it stands in the sheet. For a comparison with the truth now and then: users delete rows."""
    found = find_table(sheet, place)
    return {} if isinstance(found, NoSheet) else {key: len(rows) for key, rows in found[1].rows.items()}


def _look(sheet: Gateway, place: Place, tags: Mapping[str, int] | None) -> Seen:
    """Header row and key column in one call. The ranges tell title and size; their order is not promised."""
    found = sheet.values(
        {"sheetId": SHEET_ID, "startRowIndex": place.header_row, "endRowIndex": place.header_row + 1},
        {"sheetId": SHEET_ID, "startColumnIndex": place.key_column, "endColumnIndex": place.key_column + 1},
    )
    by_shape = sorted(found, key=lambda one: _shape(one["range"]))
    keys, header = by_shape[0], by_shape[-1]
    cells: list[Any] = next(iter(header.get("values", ())), [])
    return Seen(
        place=place,
        title=header["range"].rpartition("!")[0],
        row_count=_last_cell(keys["range"])[0],
        column_count=_last_cell(header["range"])[1],
        header=tuple(key_text(one) for one in cells),
        keys=tuple(key_text(next(iter(row), "")) for row in keys.get("values", ())),
        tags=tags,
    )


def _tags(sheet: Gateway) -> dict[str, int]:
    """Heading -> column of our sheet."""
    found: dict[str, int] = {}
    for one in sheet.metadata_by_key(COLUMN_KEY):
        where = one.get("location", {}).get("dimensionRange", {})
        if where.get("sheetId", 0) == SHEET_ID and where.get("dimension") == "COLUMNS":
            found.setdefault(one.get("metadataValue", ""), where.get("startIndex", 0))
    return found


def _shape(a1: str) -> tuple[int, int]:
    """Narrow and tall before wide and flat."""
    rows, columns = _last_cell(a1)
    first = a1.rpartition("!")[2].partition(":")[0]
    first_row, first_column = _last_cell(first)
    return columns - first_column, first_row - rows


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
