"""Compare the sheets with the truth: rows that users deleted, doubled or made up, and cells they edited by hand.

Costs two calls. Keys are compared all at once, cells a slice of rows at a time, so that a large sheet is read in
passing. What is found is mended by sending the ``dirty`` cases through ``flush``; what a user wrote over our cell is
worth telling somebody, because they meant something by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sheets_sync.gateway import Gateway
from sheets_sync.layout import Layout, Place, Seen
from sheets_sync.look import NOWHERE, find_tables
from sheets_sync.record import CaseRecord
from sheets_sync.rows import Cell, Row
from sheets_sync.tables import TABLES, AnyTable, owner

ROWS_AT_A_TIME = 2_000
"""Of each sheet: some 60 columns of them are about 2 MB of JSON."""


@dataclass(frozen=True)
class HandEdit:
    """A cell of ours that says something else. ``None`` is an empty cell."""

    sheet: str
    key: str
    heading: str
    found: object
    wanted: object

    @property
    def case(self) -> str:
        return owner(self.key)


@dataclass(frozen=True)
class Audit:
    """Keys of rows, and what follows for their cases."""

    missing: frozenset[str] = frozenset()
    """Not in the sheet."""
    doubled: frozenset[str] = frozenset()
    """In the sheet more than once."""
    strange: frozenset[str] = frozenset()
    """In the sheet, not in the truth. A case that isn't ours is left alone; a row its case no longer has is removed."""
    edits: tuple[HandEdit, ...] = ()
    all_dirty: bool = False
    """A sheet is gone, or columns of it are."""
    next_row: int = 0
    """Where the next slice of cells begins."""

    @property
    def dirty(self) -> frozenset[str]:
        """The cases to send again; strange ones among them only matter to a caller who knows them."""
        rows = self.missing | self.doubled | self.strange | {edit.key for edit in self.edits}
        return frozenset(owner(key) for key in rows)


def audit(
    records: Sequence[CaseRecord],
    *,
    sheet: Gateway,
    zone: tzinfo,
    places: Mapping[int, Place] = NOWHERE,
    tables: Sequence[AnyTable] = TABLES,
    first_row: int = 0,
    most_rows: int = ROWS_AT_A_TIME,
) -> Audit:
    """``records`` are all cases the sheets should show as they are. Raises what the gateway raises; changes nothing."""
    found = find_tables(sheet, places, tables)
    if not found.tables:
        return Audit(all_dirty=True)
    slices = [
        {"sheetId": table.sheet_id, "startRowIndex": first_row, "endRowIndex": first_row + most_rows}
        for table, (seen, _) in found.tables.items()
        if first_row < seen.row_count
    ]
    answers = sheet.values(*slices)
    grids = {one["sheetId"]: answer.get("values", []) for one, answer in zip(slices, answers, strict=True)}
    parts = [
        compare(table, records, zone, layout, grids.get(table.sheet_id, []), first_row)
        for table, (_, layout) in found.tables.items()
    ]
    return Audit(
        missing=frozenset(key for part in parts for key in part.missing),
        doubled=frozenset(key for part in parts for key in part.doubled),
        strange=frozenset(key for part in parts for key in part.strange),
        edits=tuple(edit for part in parts for edit in part.edits),
        all_dirty=bool(found.missing) or any(part.all_dirty for part in parts),
        next_row=_next_row(first_row + most_rows, found.tables),
    )


def _next_row(after: int, tables: Mapping[AnyTable, tuple[Seen, Layout]]) -> int:
    return after if any(after < seen.row_count for seen, _ in tables.values()) else 0


def compare(
    table: AnyTable,
    records: Sequence[CaseRecord],
    zone: tzinfo,
    layout: Layout,
    grid: Sequence[Sequence[object]],
    first_row: int = 0,
) -> Audit:
    """``grid`` is a slice of the sheet, unformatted, from ``first_row`` on. Only the first of doubled rows is looked
    into."""
    wanted = {key for record in records for key in table.keys(record)}
    in_slice = range(first_row, first_row + len(grid))
    here = {key: rows[0] for key, rows in layout.rows.items() if key in wanted and rows[0] in in_slice}
    edits: list[HandEdit] = []
    for record in records:
        if here.keys().isdisjoint(table.keys(record)):
            continue
        for row in table.rows(record, zone):
            if row.key in here:
                edits += _edits(table, row, grid[here[row.key] - first_row], layout)
    return Audit(
        missing=frozenset(wanted - layout.rows.keys()),
        doubled=frozenset(key for key, places in layout.rows.items() if len(places) > 1 and key in wanted),
        strange=frozenset(layout.rows.keys() - wanted),
        edits=tuple(edits),
        all_dirty=bool(layout.missing),
    )


def _edits(table: AnyTable, row: Row, cells: Sequence[object], layout: Layout) -> list[HandEdit]:
    edits = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        index = layout.columns.get(column)
        if index is None or column is table.key:
            continue
        shown = cells[index] if index < len(cells) and cells[index] != "" else None
        meant = _plain(cell)
        if not _same(shown, meant):
            edits.append(HandEdit(table.title, row.key, column.heading, shown, meant))
    return edits


def _plain(cell: Cell) -> object:
    return next(iter(cell.values()), None)


def _same(shown: object, meant: object) -> bool:
    if isinstance(shown, bool) or isinstance(meant, bool):
        return shown is meant
    if isinstance(shown, int | float) and isinstance(meant, int | float):
        return math.isclose(shown, meant, rel_tol=1e-12, abs_tol=1e-9)
    return shown == meant
