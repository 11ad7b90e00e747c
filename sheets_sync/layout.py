"""Where the table stands in the sheet today: which row is its header, which column holds what. Pure.

Users move, rename, insert and delete; nothing about positions is stored. A look at one row and one column usually tells
all; when it does not, ``locate`` says where to look next. Headings come first; developer metadata on the columns
("tags") only help where headings are missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sheets_sync.columns import COLUMNS, KEY_COLUMN, Column
from sheets_sync.record import KEY


@dataclass(frozen=True)
class Place:
    """Where header and keys were last seen: a hint, (0, 0) for a new sheet."""

    header_row: int = 0
    key_column: int = 0


START = Place()
"""Where a new sheet has its table."""


@dataclass(frozen=True)
class Seen:
    """One look. ``keys`` is the whole column ``place.key_column`` from row 0, header included."""

    place: Place
    title: str
    """Today's title, quoted the way ranges want it."""
    row_count: int
    column_count: int
    header: tuple[str, ...]
    keys: tuple[str, ...]
    tags: Mapping[str, int] | None = None
    """Heading -> column, from the tags; None when nobody asked."""


@dataclass(frozen=True)
class Look:
    """Look again, there, and ask for the tags if so."""

    place: Place
    with_tags: bool


@dataclass(frozen=True)
class Layout:
    """The answer, with positions as they were seen: nothing inserted yet."""

    header_row: int
    """The row of the headings; with ``insert_header`` the row before which they go."""
    insert_header: bool
    columns: Mapping[Column, int]
    blank_headings: frozenset[Column]
    """Columns that are there and whose heading is to be written again."""
    missing: tuple[Column, ...]
    repairs: tuple[str, ...] = ()
    """What was found broken, in Russian."""
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Key -> its rows, top down; also those above the header, where a sorted sheet may leave some."""

    @property
    def last_row(self) -> int:
        """The last row of the table: the last one with a key, else the header."""
        last = max((rows[-1] for rows in self.rows.values()), default=self.header_row)
        return max(last, self.header_row - self.insert_header)


def locate(seen: Seen, columns: Sequence[Column] = COLUMNS) -> Layout | Look:
    """Every answer ``Look`` differs from what was seen, and there are at most four in a row."""
    by_heading = _by_heading(seen.header, columns)
    if KEY_COLUMN in by_heading:
        if by_heading[KEY_COLUMN] != seen.place.key_column:
            return Look(Place(seen.place.header_row, by_heading[KEY_COLUMN]), seen.tags is not None)
        if len(by_heading) < len(columns) and seen.tags is None:
            return Look(seen.place, with_tags=True)
        return _layout(seen, columns, by_heading, header_row=seen.place.header_row)
    if (row := _row_of_heading(seen.keys)) is not None:
        return Look(Place(row, seen.place.key_column), seen.tags is not None)
    if seen.tags is None:
        return Look(seen.place, with_tags=True)
    tagged = seen.tags.get(KEY_COLUMN.heading)
    if tagged is not None and tagged != seen.place.key_column:
        return Look(Place(seen.place.header_row, tagged), with_tags=True)
    return _without_key_heading(seen, columns, by_heading)


def _without_key_heading(seen: Seen, columns: Sequence[Column], by_heading: Mapping[Column, int]) -> Layout | Look:
    """The key column is where the tags say, or was never there; its heading is gone or was renamed."""
    first = next((row for row, text in enumerate(seen.keys) if KEY.fullmatch(text)), None)
    if first is None:
        return _layout(seen, columns, by_heading, header_row=seen.place.header_row)
    if first == 0:
        return _layout(seen, columns, {}, header_row=0, insert_header=True)
    if seen.place.header_row != first - 1:
        return Look(Place(first - 1, seen.place.key_column), with_tags=True)
    above = seen.keys[first - 1]
    if above and not by_heading:
        return _layout(seen, columns, {}, header_row=first, insert_header=True)
    return _layout(seen, columns, by_heading, header_row=first - 1)


def _layout(
    seen: Seen,
    columns: Sequence[Column],
    by_heading: Mapping[Column, int],
    *,
    header_row: int,
    insert_header: bool = False,
) -> Layout:
    found = dict(by_heading)
    taken = set(found.values())
    blank = set()
    keyed = any(KEY.fullmatch(text) for text in seen.keys)
    for column in columns:
        at = (seen.tags or {}).get(column.heading)
        if at is None and column is KEY_COLUMN and keyed:
            at = seen.place.key_column
        if column in found or at is None or at in taken or at >= seen.column_count:
            continue
        found[column] = at
        taken.add(at)
        if insert_header or not _text_at(seen.header, at):
            blank.add(column)
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(seen.keys):
        if KEY.fullmatch(text):
            rows.setdefault(text, []).append(row)
    missing = tuple(column for column in columns if column not in found)
    return Layout(
        header_row=header_row,
        insert_header=insert_header,
        columns=found,
        blank_headings=frozenset(blank),
        missing=missing,
        repairs=_repairs(found, blank, missing, rows, insert_header),
        rows={key: tuple(places) for key, places in rows.items()},
    )


def _repairs(
    found: Mapping[Column, int],
    blank: set[Column],
    missing: Sequence[Column],
    rows: Mapping[str, Sequence[int]],
    insert_header: bool,
) -> tuple[str, ...]:
    told = []
    if insert_header:
        told.append("Строка заголовков была удалена — восстановлена.")
    elif blank:
        told.append(f"Стёртые заголовки восстановлены: {_names(blank)}.")
    if missing and found:
        told.append(f"Столбцы добавлены справа: {_names(missing)}.")
    if KEY_COLUMN in missing and found:
        told.append("Столбец «Ключ» был удалён: прежние строки без ключа остались в листе, их можно удалить.")
    if doubled := [key for key, places in rows.items() if len(places) > 1]:
        told.append(f"Повторы строк: {', '.join(sorted(doubled)[:5])}.")
    return tuple(told)


def _names(columns: set[Column] | Sequence[Column]) -> str:
    return ", ".join(f"«{column.heading}»" for column in sorted(columns, key=COLUMNS.index))


def _by_heading(header: Sequence[str], columns: Sequence[Column]) -> dict[Column, int]:
    """The first column with each heading, spaces and case aside."""
    first: dict[str, int] = {}
    for index, text in enumerate(header):
        first.setdefault(_plain(text), index)
    found = {}
    for column in columns:
        for heading in (column.heading, *column.aliases):
            if _plain(heading) in first:
                found[column] = first[_plain(heading)]
                break
    return found


def _row_of_heading(keys: Sequence[str]) -> int | None:
    names = {_plain(heading) for heading in (KEY_COLUMN.heading, *KEY_COLUMN.aliases)}
    return next((row for row, text in enumerate(keys) if _plain(text) in names), None)


def _text_at(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()
