"""Where the table stands in the sheet today: which row is its header, which column holds what. Pure.

Users move, rename, insert and delete; nothing about positions is stored. A look at one row and one column usually tells
all; when it does not, ``locate`` says where to look next. Headings come first; developer metadata on the columns
("tags") only help where headings are missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sheets_sync.columns import AnyColumn
from sheets_sync.tables import CASES, AnyTable


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
    expected: bool = True
    """Is this where the last flush left the table? There it may be empty; elsewhere, keys have to prove it ours."""


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
    columns: Mapping[AnyColumn, int]
    blank_headings: frozenset[AnyColumn]
    """Columns that are there and whose heading is to be written again."""
    missing: tuple[AnyColumn, ...]
    repairs: tuple[str, ...] = ()
    """What was found broken, in Russian."""
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Key -> its rows, top down; also those above the header, where a sorted sheet may leave some."""

    @property
    def last_row(self) -> int:
        """The last row of the table: the last one with a key, else the header."""
        last = max((rows[-1] for rows in self.rows.values()), default=self.header_row)
        return max(last, self.header_row - self.insert_header)


def locate(seen: Seen, table: AnyTable = CASES) -> Layout | Look:
    """The table, or where to look next. No more than a handful of looks follow each other."""
    by_heading, ambiguous = _by_heading(seen, table)
    at, named = seen.place, by_heading.get(table.key)
    keyed = any(table.key_form.fullmatch(text) for text in seen.keys)
    if seen.tags is None:
        if named not in {None, at.key_column} and not ambiguous:
            return Look(replace(at, key_column=named), with_tags=False)
        if named is None and (row := _row_of_heading(seen.keys, table)) is not None:
            return Look(replace(at, header_row=row), with_tags=False)
        empty_elsewhere = not keyed and not (seen.expected and named == at.key_column)
        if ambiguous or empty_elsewhere or len(by_heading) < len(table.columns):
            return Look(at, with_tags=True)
        return _layout(seen, table, by_heading)
    tagged = seen.tags.get(table.key.heading)
    if at.key_column != tagged:  # a heading of the users may say "key" as well: it counts if there are keys below it
        wanted = tagged if named is None or (named == at.key_column and not keyed) else named
        if wanted not in {None, at.key_column}:
            return Look(replace(at, key_column=wanted), with_tags=True)
    row = _row_of_heading(seen.keys, table)
    if row is not None and row != at.header_row and not _is_key_heading(_text_at(seen.keys, at.header_row), table):
        return Look(replace(at, header_row=row), with_tags=True)
    if row is not None:
        return _layout(seen, table, by_heading)
    return _without_key_heading(seen, table, by_heading)


def _without_key_heading(seen: Seen, table: AnyTable, by_heading: Mapping[AnyColumn, int]) -> Layout | Look:
    """The key column is where we look, or was never there; its heading is gone or was renamed."""
    first = next((row for row, text in enumerate(seen.keys) if table.key_form.fullmatch(text)), None)
    if first is None:
        return _layout(seen, table, by_heading)
    if first == 0:
        return _layout(seen, table, {}, insert_header_at=0)
    if seen.place.header_row != first - 1:
        return Look(replace(seen.place, header_row=first - 1), with_tags=True)
    if seen.keys[first - 1] and not by_heading:
        return _layout(seen, table, {}, insert_header_at=first)
    return _layout(seen, table, by_heading)


def _layout(
    seen: Seen, table: AnyTable, by_heading: Mapping[AnyColumn, int], *, insert_header_at: int | None = None
) -> Layout:
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(seen.keys):
        if table.key_form.fullmatch(text):
            rows.setdefault(text, []).append(row)
    tags = seen.tags or {}
    key_column = seen.place.key_column
    found: dict[AnyColumn, int] = {}
    if rows or key_column in {tags.get(table.key.heading), by_heading.get(table.key)}:
        found[table.key] = key_column
    for column in table.columns:
        index = by_heading.get(column, tags.get(column.heading))
        if column not in found and index is not None and index < seen.column_count and index not in found.values():
            found[column] = index
    inserting = insert_header_at is not None
    blank = {column for column, index in found.items() if inserting or not _text_at(seen.header, index)}
    missing = tuple(column for column in table.columns if column not in found)
    return Layout(
        header_row=seen.place.header_row if insert_header_at is None else insert_header_at,
        insert_header=inserting,
        columns=found,
        blank_headings=frozenset(blank),
        missing=missing,
        repairs=tuple(
            f"Лист «{table.title}»: {each}" for each in _repairs(table, found, blank, missing, rows, inserting)
        ),
        rows={key: tuple(places) for key, places in rows.items()},
    )


def _repairs(
    table: AnyTable,
    found: Mapping[AnyColumn, int],
    blank: set[AnyColumn],
    missing: Sequence[AnyColumn],
    rows: Mapping[str, Sequence[int]],
    insert_header: bool,
) -> tuple[str, ...]:
    told = []
    if insert_header:
        told.append("строка заголовков была удалена — восстановлена.")
    elif blank:
        told.append(f"стёртые заголовки восстановлены: {_names(blank, table)}.")
    if missing and found:
        told.append(f"столбцы добавлены справа: {_names(missing, table)}.")
    if table.key in missing and found:
        told.append("столбец «Ключ» был удалён: прежние строки без ключа остались в листе, их можно удалить.")
    if doubled := [key for key, places in rows.items() if len(places) > 1]:
        told.append(f"повторы строк: {', '.join(sorted(doubled)[:5])}.")
    return tuple(told)


def _names(columns: set[AnyColumn] | Sequence[AnyColumn], table: AnyTable) -> str:
    return ", ".join(f"«{column.heading}»" for column in sorted(columns, key=table.columns.index))


def _by_heading(seen: Seen, table: AnyTable) -> tuple[dict[AnyColumn, int], bool]:
    """Columns by their headings, spaces and case aside, and whether a heading of ours stands there more than once.

    Of several, the tagged one is ours, else the first: users may have made a column with the heading of one of ours.
    """
    places: dict[str, list[int]] = {}
    for index, text in enumerate(seen.header):
        places.setdefault(_plain(text), []).append(index)
    found: dict[AnyColumn, int] = {}
    ambiguous = False
    for column in table.columns:
        for heading in (column.heading, *column.aliases):
            # whatever users typed over the heading of the key column, no other column of ours stands there
            at = [
                index
                for index in places.get(_plain(heading), ())
                if index != seen.place.key_column or column is table.key
            ]
            if at:
                tagged = (seen.tags or {}).get(column.heading)
                found[column] = tagged if tagged in at else at[0]
                ambiguous = ambiguous or len(at) > 1
                break
    return found, ambiguous


def _row_of_heading(keys: Sequence[str], table: AnyTable) -> int | None:
    return next((row for row, text in enumerate(keys) if _is_key_heading(text, table)), None)


def _is_key_heading(text: str, table: AnyTable) -> bool:
    return _plain(text) in {_plain(heading) for heading in (table.key.heading, *table.key.aliases)}


def _text_at(cells: Sequence[str], index: int) -> str:
    return cells[index].strip() if index < len(cells) else ""


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()
