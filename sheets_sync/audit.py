"""Compare the whole sheet with the truth: rows that users deleted, doubled or made up, and cells they edited by hand.

Costs two calls whatever the size. What it finds is mended by sending the ``dirty`` keys through ``flush``; what a user
wrote over our cell is worth telling somebody, because they meant something by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sheets_sync.columns import COLUMNS, KEY_COLUMN, Column
from sheets_sync.edits import SHEET_ID
from sheets_sync.gateway import Gateway
from sheets_sync.layout import START, Layout, Place
from sheets_sync.look import NoSheet, find_table
from sheets_sync.record import CaseRecord
from sheets_sync.rows import Cell, Row, row


@dataclass(frozen=True)
class HandEdit:
    """A cell of ours that says something else. ``None`` is an empty cell."""

    key: str
    heading: str
    found: object
    wanted: object


@dataclass(frozen=True)
class Audit:
    missing: frozenset[str] = frozenset()
    """Not in the sheet."""
    doubled: frozenset[str] = frozenset()
    """In the sheet more than once."""
    strange: frozenset[str] = frozenset()
    """In the sheet, not in the truth. Left alone."""
    edits: tuple[HandEdit, ...] = ()
    all_dirty: bool = False
    """The sheet is gone, or columns of it are."""

    @property
    def dirty(self) -> frozenset[str]:
        """The keys to send again."""
        return self.missing | self.doubled | {edit.key for edit in self.edits}


def audit(
    records: Iterable[CaseRecord],
    *,
    sheet: Gateway,
    zone: tzinfo,
    place: Place = START,
    columns: Sequence[Column] = COLUMNS,
) -> Audit:
    """``records`` are all cases the sheet should show. Raises what the gateway raises; changes nothing."""
    wanted = {one.key: one for one in (row(record, zone, columns) for record in records)}
    found = find_table(sheet, place, columns)
    if isinstance(found, NoSheet):
        return Audit(missing=frozenset(wanted), all_dirty=True)
    _, layout = found
    grid = next(iter(sheet.values({"sheetId": SHEET_ID})), {}).get("values", [])
    return compare(wanted, grid, layout, columns)


def compare(
    wanted: Mapping[str, Row],
    grid: Sequence[Sequence[object]],
    layout: Layout,
    columns: Sequence[Column] = COLUMNS,
) -> Audit:
    """``grid`` is the sheet from its first cell on, unformatted. Only the first of doubled rows is looked into."""
    edits: list[HandEdit] = []
    for key, one in wanted.items():
        if key not in layout.rows:
            continue
        at = layout.rows[key][0]
        cells = grid[at] if at < len(grid) else []
        for column, cell in zip(columns, one.cells, strict=True):
            index = layout.columns.get(column)
            if index is None or column is KEY_COLUMN:
                continue
            shown = cells[index] if index < len(cells) and cells[index] != "" else None
            meant = _plain(cell)
            if not _same(shown, meant):
                edits.append(HandEdit(key, column.heading, shown, meant))
    return Audit(
        missing=frozenset(wanted.keys() - layout.rows.keys()),
        doubled=frozenset(key for key, places in layout.rows.items() if len(places) > 1 and key in wanted),
        strange=frozenset(layout.rows.keys() - wanted.keys()),
        edits=tuple(edits),
        all_dirty=bool(layout.missing),
    )


def _plain(cell: Cell) -> object:
    return next(iter(cell.values()), None)


def _same(shown: object, meant: object) -> bool:
    if isinstance(shown, bool) or isinstance(meant, bool):
        return shown is meant
    if isinstance(shown, int | float) and isinstance(meant, int | float):
        return math.isclose(shown, meant, rel_tol=1e-12, abs_tol=1e-9)
    return shown == meant
