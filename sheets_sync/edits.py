"""From (rows wanted, tables seen) to the fewest requests of one batch. Pure.

The order matters, so that every index is still right when its turn comes: token; for each table header and columns,
rows in place, new rows below the last one, duplicates and what is no longer true from the bottom up; old tokens.
Columns and rows of the users are never written to; new rows are inserted, so nothing that users typed below a table can
be overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sheets_sync.columns import AnyColumn, Kind
from sheets_sync.layout import Layout, Place
from sheets_sync.rows import Row
from sheets_sync.tables import AnyTable, owner

JsonObject = dict[str, Any]

TOKEN_KEY = "capa24.flush"  # noqa: S105 - a name, not a secret
COLUMN_KEY = "capa24.column"
TOKEN_BASE = 1_000_000
ALL_DIRTY = "all dirty"
"""Value of a token whose batch made the sheet or a column: remembered there in case the answer is lost."""
TOKENS_KEPT = 200
"""A request that arrives later than this many flushes would no longer be recognised as a repetition."""

_NUMBER_FORMATS = {Kind.NUMBER: "NUMBER", Kind.DATE: "DATE", Kind.DATETIME: "DATE_TIME"}
_HEADER_FORMAT: JsonObject = {
    "textFormat": {"bold": True},
    "wrapStrategy": "WRAP",
    "verticalAlignment": "MIDDLE",
    "backgroundColorStyle": {"rgbColor": {"red": 0.85, "green": 0.9, "blue": 0.95}},
}


@dataclass(frozen=True)
class Size:
    """The grid as it is before the batch."""

    row_count: int
    column_count: int


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in the spreadsheet. ``title`` is today's, quoted the way ranges want it."""

    title: str
    size: Size
    layout: Layout


@dataclass(frozen=True)
class NewSheet:
    """A table that has no sheet yet, under its title to be."""

    title: str


@dataclass(frozen=True)
class Edits:
    """What to send for one table, and what its key column must show afterwards."""

    table: AnyTable
    requests: tuple[JsonObject, ...]
    title: str
    place: Place
    """Where header and keys stand after the batch."""
    wanted: frozenset[str]
    """Keys of the rows sent."""
    known: frozenset[str]
    """Keys that were there before, duplicates aside."""
    repairs: tuple[str, ...] = ()
    fresh: bool = False
    """New columns or a new sheet: every other row has to be sent again."""


@dataclass(frozen=True)
class Plan:
    """One batch: the rows of some cases in all tables."""

    requests: tuple[JsonObject, ...]
    sent: frozenset[str]
    """Keys of the cases."""
    tables: tuple[Edits, ...]

    @property
    def all_dirty(self) -> bool:
        return any(one.fresh for one in self.tables)

    @property
    def repairs(self) -> tuple[str, ...]:
        return tuple(repair for one in self.tables for repair in one.repairs)


def token_id(token: int) -> int:
    return TOKEN_BASE + token


def free_title(wanted: str, titles: Iterable[str]) -> str:
    """The title, or with a number when users have a sheet of that name."""
    taken = {title.casefold() for title in titles}
    number = 1
    while (title := wanted if number == 1 else f"{wanted} {number}").casefold() in taken:
        number += 1
    return title


def provisioning(table: AnyTable, title: str) -> tuple[JsonObject, ...]:
    """The sheet with header, formats, tags, filter and a warning for whoever edits our cells."""
    size = {"rowCount": 2, "columnCount": len(table.columns), "frozenRowCount": 1, "frozenColumnCount": 1}
    at: dict[AnyColumn, int] = {column: index for index, column in enumerate(table.columns)}
    id_ = table.sheet_id
    properties = {"sheetId": id_, "title": title, "index": table.position, "gridProperties": size}
    return (
        {"addSheet": {"properties": properties}},
        *_headings(id_, at, 0),
        *_column_formats(id_, at, first_row=1),
        *_widths(id_, at),
        *_tags(id_, at),
        {"setBasicFilter": {"filter": {"range": _range(id_, 0, None, 0, len(table.columns))}}},
        _warning(_range(id_, 0, 1, None, None), "Заголовки заполняет capa24"),
        _warning(_range(id_, None, None, 0, 1), "Ключи заполняет capa24: по ним строки находятся снова"),
    )


def plan(
    cases: Iterable[str],
    rows: Mapping[AnyTable, Sequence[Row]],
    standing: Mapping[AnyTable, Sheet | NewSheet],
    token: int,
    old_tokens: Sequence[int] = (),
) -> Plan:
    """``rows`` are those of the ``cases`` in each table, their keys distinct; ``old_tokens`` are ids known to exist and
    due for removal."""
    sent = frozenset(cases)
    tables = tuple(_edits(table, rows.get(table, ()), found, sent) for table, found in standing.items())
    return Plan(
        (
            _token(token, all_dirty=any(one.fresh for one in tables)),
            *(request for one in tables for request in one.requests),
            *map(_forget, old_tokens),
        ),
        sent,
        tables,
    )


def _edits(table: AnyTable, rows: Sequence[Row], found: Sheet | NewSheet, sent: frozenset[str]) -> Edits:
    wanted = frozenset(row.key for row in rows)
    if isinstance(found, NewSheet):
        at: dict[AnyColumn, int] = {column: index for index, column in enumerate(table.columns)}
        layout = Layout(0, insert_header=False, columns=at, blank_headings=frozenset(), missing=())
        body = _row_edits(table, rows, Size(2, len(table.columns)), layout, sent)
        return Edits(
            table,
            (*provisioning(table, found.title), *body),
            "'" + found.title.replace("'", "''") + "'",
            Place(),
            wanted,
            frozenset(),
            (f"Лист «{found.title}» создан.",),
            fresh=True,
        )
    shown, size, first = _mend(table, found.layout, found.size)
    return Edits(
        table,
        (*first, *_row_edits(table, rows, size, shown, sent)),
        found.title,
        Place(shown.header_row, shown.columns[table.key]),
        wanted,
        frozenset(shown.rows),
        found.layout.repairs,
        fresh=bool(found.layout.missing),
    )


def _mend(table: AnyTable, layout: Layout, size: Size) -> tuple[Layout, Size, list[JsonObject]]:
    """The layout once header and columns are complete, and the requests that make it so."""
    id_ = table.sheet_id
    edits: list[JsonObject] = []
    if layout.insert_header:
        at = layout.header_row
        edits.append(_insert_rows(id_, at, 1, inherit=False))
        moved = {key: tuple(row + (row >= at) for row in places) for key, places in layout.rows.items()}
        layout = replace(layout, insert_header=False, rows=moved)
        size = replace(size, row_count=size.row_count + 1)
    columns = dict(layout.columns)
    if layout.missing:
        new = {column: size.column_count + offset for offset, column in enumerate(layout.missing)}
        edits.append(_append(id_, "COLUMNS", len(new)))
        edits += _headings(id_, new, layout.header_row)
        if layout.header_row + 1 < size.row_count:
            edits += _column_formats(id_, new, first_row=layout.header_row + 1)
        edits += _widths(id_, new)
        edits += _tags(id_, new)
        columns |= new
        size = replace(size, column_count=size.column_count + len(new))
    if layout.blank_headings:
        edits += _headings(id_, {column: columns[column] for column in layout.blank_headings}, layout.header_row)
    if edits and layout.header_row == 0 and size.row_count > 1:
        edits.append(_freeze_header(id_))
    return replace(layout, columns=columns, missing=(), blank_headings=frozenset()), size, edits


def _row_edits(
    table: AnyTable, rows: Sequence[Row], size: Size, layout: Layout, sent: frozenset[str]
) -> list[JsonObject]:
    """Rows in place, new rows, then what stands twice or is no longer among the rows of its case."""
    places = {row.key: layout.rows.get(row.key, ()) for row in rows}
    here = sorted((places[row.key][0], row) for row in rows if places[row.key])
    edits = _in_place(table, here, layout.columns)
    new = [row for row in rows if not places[row.key]]
    if new:
        edits += _new_rows(table, new, size, layout)
    doubled = [place for found in places.values() for place in found[1:]]
    gone = [place for key, found in layout.rows.items() if key not in places and owner(key) in sent for place in found]
    return [*edits, *(_delete_row(table.sheet_id, place) for place in sorted((*doubled, *gone), reverse=True))]


def _in_place(table: AnyTable, here: Sequence[tuple[int, Row]], at: Mapping[AnyColumn, int]) -> list[JsonObject]:
    """Neighbouring rows and neighbouring columns go into one request."""
    edits = []
    blocks: list[list[tuple[int, Row]]] = []
    for place, row in here:
        if blocks and blocks[-1][-1][0] == place - 1:
            blocks[-1].append((place, row))
        else:
            blocks.append([(place, row)])
    for block in blocks:
        edits += _write(table, [row for _, row in block], block[0][0], at)
    return edits


def _new_rows(table: AnyTable, new: Sequence[Row], size: Size, layout: Layout) -> list[JsonObject]:
    id_ = table.sheet_id
    top = layout.last_row + 1
    if top >= size.row_count:
        room = _append(id_, "ROWS", len(new))
    else:  # below the header the look of the header must not be inherited
        room = _insert_rows(id_, top, len(new), inherit=layout.last_row > layout.header_row)
    formats = _column_formats(id_, layout.columns, first_row=top, rows=len(new))
    return [room, *_write(table, new, top, layout.columns), *formats]


def _write(table: AnyTable, rows: Sequence[Row], top: int, at: Mapping[AnyColumn, int]) -> list[JsonObject]:
    position: dict[AnyColumn, int] = {column: index for index, column in enumerate(table.columns)}
    edits: list[JsonObject] = []
    for run in _runs({column: index for column, index in at.items() if column in position}):
        cells = [{"values": [_cell_data(row, position[column]) for column in run]} for row in rows]
        start = {"sheetId": table.sheet_id, "rowIndex": top, "columnIndex": at[run[0]]}
        edits.append({"updateCells": {"start": start, "fields": "userEnteredValue", "rows": cells}})
    return edits


def _cell_data(row: Row, index: int) -> JsonObject:
    return {"userEnteredValue": dict(row.cells[index])} if row.cells[index] else {}


def _headings(sheet_id: int, at: Mapping[AnyColumn, int], header_row: int) -> list[JsonObject]:
    edits: list[JsonObject] = []
    for run in _runs(at):
        values = [
            {"userEnteredValue": {"stringValue": column.heading}, "userEnteredFormat": _HEADER_FORMAT} for column in run
        ]
        start = {"sheetId": sheet_id, "rowIndex": header_row, "columnIndex": at[run[0]]}
        fields = f"userEnteredValue,userEnteredFormat({','.join(_HEADER_FORMAT)})"
        edits.append({"updateCells": {"start": start, "fields": fields, "rows": [{"values": values}]}})
    return edits


def _column_formats(
    sheet_id: int, at: Mapping[AnyColumn, int], *, first_row: int, rows: int | None = None
) -> list[JsonObject]:
    """Number formats for a block of rows, or for all rows from ``first_row`` on. Neighbours alike share a request."""
    edits: list[JsonObject] = []
    for run in _runs(at, alike=lambda one, other: _format(one) == _format(other)):
        number_format = _format(run[0])
        if number_format is None:
            continue
        left = at[run[0]]
        where = _range(sheet_id, first_row, None if rows is None else first_row + rows, left, left + len(run))
        cell = {"userEnteredFormat": {"numberFormat": number_format}}
        edits.append({"repeatCell": {"range": where, "cell": cell, "fields": "userEnteredFormat.numberFormat"}})
    return edits


def _format(column: AnyColumn) -> JsonObject | None:
    if column.number_format is None or column.kind not in _NUMBER_FORMATS:
        return None
    return {"type": _NUMBER_FORMATS[column.kind], "pattern": column.number_format}


def _runs(
    at: Mapping[AnyColumn, int], alike: Callable[[AnyColumn, AnyColumn], bool] = lambda *_: True
) -> list[list[AnyColumn]]:
    """Columns that stand side by side and are ``alike``, left to right."""
    runs: list[list[AnyColumn]] = []
    for column in sorted(at, key=at.__getitem__):
        last = runs[-1][-1] if runs else None
        if last is not None and at[last] == at[column] - 1 and alike(last, column):
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def _widths(sheet_id: int, at: Mapping[AnyColumn, int]) -> list[JsonObject]:
    return [
        {
            "updateDimensionProperties": {
                "range": {
                    "sheetId": sheet_id,
                    "dimension": "COLUMNS",
                    "startIndex": at[run[0]],
                    "endIndex": at[run[-1]] + 1,
                },
                "properties": {"pixelSize": run[0].width},
                "fields": "pixelSize",
            }
        }
        for run in _runs(at, alike=lambda one, other: one.width == other.width)
    ]


def _tags(sheet_id: int, at: Mapping[AnyColumn, int]) -> list[JsonObject]:
    return [
        {
            "createDeveloperMetadata": {
                "developerMetadata": {
                    "metadataKey": COLUMN_KEY,
                    "metadataValue": column.heading,
                    "visibility": "DOCUMENT",
                    "location": {
                        "dimensionRange": {
                            "sheetId": sheet_id,
                            "dimension": "COLUMNS",
                            "startIndex": index,
                            "endIndex": index + 1,
                        }
                    },
                }
            }
        }
        for column, index in at.items()
    ]


def _token(token: int, *, all_dirty: bool) -> JsonObject:
    """Stands first in every batch: an id that exists makes Google refuse the whole of it."""
    wanted = {
        "metadataId": token_id(token),
        "metadataKey": TOKEN_KEY,
        **({"metadataValue": ALL_DIRTY} if all_dirty else {}),
        "visibility": "DOCUMENT",
        "location": {"spreadsheet": True},
    }
    return {"createDeveloperMetadata": {"developerMetadata": wanted}}


def _forget(metadata_id: int) -> JsonObject:
    return {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": metadata_id}}}}


def _freeze_header(sheet_id: int) -> JsonObject:
    properties = {"sheetId": sheet_id, "gridProperties": {"frozenRowCount": 1}}
    return {"updateSheetProperties": {"properties": properties, "fields": "gridProperties.frozenRowCount"}}


def _warning(where: JsonObject, text: str) -> JsonObject:
    """Asks whoever edits there; does not forbid: what users break is mended anyway, and sorting must stay possible."""
    return {"addProtectedRange": {"protectedRange": {"range": where, "description": text, "warningOnly": True}}}


def _insert_rows(sheet_id: int, at: int, count: int, *, inherit: bool) -> JsonObject:
    where = {"sheetId": sheet_id, "dimension": "ROWS", "startIndex": at, "endIndex": at + count}
    return {"insertDimension": {"range": where, "inheritFromBefore": inherit}}


def _append(sheet_id: int, dimension: str, length: int) -> JsonObject:
    return {"appendDimension": {"sheetId": sheet_id, "dimension": dimension, "length": length}}


def _delete_row(sheet_id: int, at: int) -> JsonObject:
    where = {"sheetId": sheet_id, "dimension": "ROWS", "startIndex": at, "endIndex": at + 1}
    return {"deleteDimension": {"range": where}}


def _range(sheet_id: int, top: int | None, bottom: int | None, left: int | None, right: int | None) -> JsonObject:
    sides = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": sheet_id, **{name: value for name, value in sides.items() if value is not None}}
