"""From (rows wanted, table seen) to the fewest requests of one batch. Pure.

The order matters, so that every index is still right when its turn comes: token, header and columns, rows in place, new
rows below the last one, duplicates from the bottom up, old tokens. Columns and rows of the users are never written to;
new rows are inserted, so nothing that users typed below the table can be overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sheets_sync.columns import COLUMNS, KEY_COLUMN, Column, Kind
from sheets_sync.layout import Layout, Place
from sheets_sync.rows import Row

JsonObject = dict[str, Any]

SHEET_ID = 2_400_102
"""Fixed, so that a second provisioning fails instead of making a second sheet; it survives renaming."""
SHEET_TITLE = "Данные"

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
class Plan:
    """What to send, and what the key column must show afterwards."""

    requests: tuple[JsonObject, ...]
    place: Place
    """Where header and keys stand after the batch."""
    sent: frozenset[str]
    known: frozenset[str]
    """Keys that were there before, duplicates aside."""
    repairs: tuple[str, ...] = ()
    all_dirty: bool = False
    """New columns or a new sheet: every other row has to be sent again."""


def token_id(token: int) -> int:
    return TOKEN_BASE + token


def free_title(titles: Iterable[str]) -> str:
    """«Данные», or with a number when users have a sheet of that name."""
    taken = {title.casefold() for title in titles}
    number = 1
    while (title := SHEET_TITLE if number == 1 else f"{SHEET_TITLE} {number}").casefold() in taken:
        number += 1
    return title


def provisioning(title: str, columns: Sequence[Column] = COLUMNS) -> tuple[JsonObject, ...]:
    """The sheet with header, formats, tags, filter and a warning for whoever edits our cells."""
    size = {"rowCount": 2, "columnCount": len(columns), "frozenRowCount": 1, "frozenColumnCount": 1}
    at = {column: index for index, column in enumerate(columns)}
    return (
        {"addSheet": {"properties": {"sheetId": SHEET_ID, "title": title, "index": 0, "gridProperties": size}}},
        *_headings(at, 0),
        *_column_formats(at, first_row=1),
        *_widths(at),
        *_tags(at),
        {"setBasicFilter": {"filter": {"range": _range(0, None, 0, len(columns))}}},
        _warning(_range(0, 1, None, None), "Заголовки заполняет capa24"),
        _warning(_range(None, None, 0, 1), "Ключи заполняет capa24: по ним строки находятся снова"),
    )


def plan_new_sheet(rows: Sequence[Row], title: str, token: int, columns: Sequence[Column] = COLUMNS) -> Plan:
    """The first flush, or the one after somebody deleted the sheet."""
    at = {column: index for index, column in enumerate(columns)}
    layout = Layout(0, insert_header=False, columns=at, blank_headings=frozenset(), missing=())
    body = _row_edits(rows, Size(2, len(columns)), layout, columns)
    return Plan(
        (_token(token, all_dirty=True), *provisioning(title, columns), *body),
        Place(0, 0),
        frozenset(row.key for row in rows),
        frozenset(),
        (f"Лист «{title}» создан.",),
        all_dirty=True,
    )


def plan(
    rows: Sequence[Row],
    size: Size,
    layout: Layout,
    token: int,
    old_tokens: Sequence[int] = (),
    columns: Sequence[Column] = COLUMNS,
) -> Plan:
    """``rows`` have distinct keys; ``old_tokens`` are ids known to exist and due for removal."""
    shown, size, first = _mend(layout, size)
    return Plan(
        (
            _token(token, all_dirty=bool(layout.missing)),
            *first,
            *_row_edits(rows, size, shown, columns),
            *map(_forget, old_tokens),
        ),
        Place(shown.header_row, shown.columns[KEY_COLUMN]),
        frozenset(row.key for row in rows),
        frozenset(shown.rows),
        layout.repairs,
        all_dirty=bool(layout.missing),
    )


def _mend(layout: Layout, size: Size) -> tuple[Layout, Size, list[JsonObject]]:
    """The layout once header and columns are complete, and the requests that make it so."""
    edits: list[JsonObject] = []
    if layout.insert_header:
        at = layout.header_row
        edits.append(_insert_rows(at, 1, inherit=False))
        moved = {key: tuple(row + (row >= at) for row in places) for key, places in layout.rows.items()}
        layout = replace(layout, insert_header=False, rows=moved)
        size = replace(size, row_count=size.row_count + 1)
    columns = dict(layout.columns)
    if layout.missing:
        new = {column: size.column_count + offset for offset, column in enumerate(layout.missing)}
        edits.append(_append("COLUMNS", len(new)))
        edits += _headings(new, layout.header_row)
        if layout.header_row + 1 < size.row_count:
            edits += _column_formats(new, first_row=layout.header_row + 1)
        edits += _widths(new)
        edits += _tags(new)
        columns |= new
        size = replace(size, column_count=size.column_count + len(new))
    if layout.blank_headings:
        edits += _headings({column: columns[column] for column in layout.blank_headings}, layout.header_row)
    if edits and layout.header_row == 0 and size.row_count > 1:
        edits.append(_freeze_header())
    return replace(layout, columns=columns, missing=(), blank_headings=frozenset()), size, edits


def _row_edits(rows: Sequence[Row], size: Size, layout: Layout, columns: Sequence[Column]) -> list[JsonObject]:
    places = {row.key: layout.rows.get(row.key, ()) for row in rows}
    here = sorted((places[row.key][0], row) for row in rows if places[row.key])
    edits = _in_place(here, layout.columns, columns)
    new = [row for row in rows if not places[row.key]]
    if new:
        edits += _new_rows(new, size, layout, columns)
    doubled = sorted((place for found in places.values() for place in found[1:]), reverse=True)
    return [*edits, *(_delete_row(place) for place in doubled)]


def _in_place(here: Sequence[tuple[int, Row]], at: Mapping[Column, int], columns: Sequence[Column]) -> list[JsonObject]:
    """Neighbouring rows and neighbouring columns go into one request."""
    edits = []
    blocks: list[list[tuple[int, Row]]] = []
    for place, row in here:
        if blocks and blocks[-1][-1][0] == place - 1:
            blocks[-1].append((place, row))
        else:
            blocks.append([(place, row)])
    for block in blocks:
        edits += _write([row for _, row in block], block[0][0], at, columns)
    return edits


def _new_rows(new: Sequence[Row], size: Size, layout: Layout, columns: Sequence[Column]) -> list[JsonObject]:
    top = layout.last_row + 1
    if top >= size.row_count:
        room = _append("ROWS", len(new))
    else:  # below the header the look of the header must not be inherited
        room = _insert_rows(top, len(new), inherit=layout.last_row > layout.header_row)
    formats = _column_formats(layout.columns, first_row=top, rows=len(new))
    return [room, *_write(new, top, layout.columns, columns), *formats]


def _write(rows: Sequence[Row], top: int, at: Mapping[Column, int], columns: Sequence[Column]) -> list[JsonObject]:
    position = {column: index for index, column in enumerate(columns)}
    edits: list[JsonObject] = []
    for run in _runs({column: index for column, index in at.items() if column in position}):
        cells = [{"values": [_cell_data(row, position[column]) for column in run]} for row in rows]
        start = {"sheetId": SHEET_ID, "rowIndex": top, "columnIndex": at[run[0]]}
        edits.append({"updateCells": {"start": start, "fields": "userEnteredValue", "rows": cells}})
    return edits


def _cell_data(row: Row, index: int) -> JsonObject:
    return {"userEnteredValue": dict(row.cells[index])} if row.cells[index] else {}


def _headings(at: Mapping[Column, int], header_row: int) -> list[JsonObject]:
    edits: list[JsonObject] = []
    for run in _runs(at):
        values = [
            {"userEnteredValue": {"stringValue": column.heading}, "userEnteredFormat": _HEADER_FORMAT} for column in run
        ]
        start = {"sheetId": SHEET_ID, "rowIndex": header_row, "columnIndex": at[run[0]]}
        fields = f"userEnteredValue,userEnteredFormat({','.join(_HEADER_FORMAT)})"
        edits.append({"updateCells": {"start": start, "fields": fields, "rows": [{"values": values}]}})
    return edits


def _column_formats(at: Mapping[Column, int], *, first_row: int, rows: int | None = None) -> list[JsonObject]:
    """Number formats for a block of rows, or for all rows from ``first_row`` on. Neighbours alike share a request."""
    edits: list[JsonObject] = []
    for run in _runs(at, alike=lambda one, other: _format(one) == _format(other)):
        number_format = _format(run[0])
        if number_format is None:
            continue
        left = at[run[0]]
        where = _range(first_row, None if rows is None else first_row + rows, left, left + len(run))
        cell = {"userEnteredFormat": {"numberFormat": number_format}}
        edits.append({"repeatCell": {"range": where, "cell": cell, "fields": "userEnteredFormat.numberFormat"}})
    return edits


def _format(column: Column) -> JsonObject | None:
    if column.number_format is None or column.kind not in _NUMBER_FORMATS:
        return None
    return {"type": _NUMBER_FORMATS[column.kind], "pattern": column.number_format}


def _runs(at: Mapping[Column, int], alike: Callable[[Column, Column], bool] = lambda *_: True) -> list[list[Column]]:
    """Columns that stand side by side and are ``alike``, left to right."""
    runs: list[list[Column]] = []
    for column in sorted(at, key=at.__getitem__):
        last = runs[-1][-1] if runs else None
        if last is not None and at[last] == at[column] - 1 and alike(last, column):
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def _widths(at: Mapping[Column, int]) -> list[JsonObject]:
    return [
        {
            "updateDimensionProperties": {
                "range": {
                    "sheetId": SHEET_ID,
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


def _tags(at: Mapping[Column, int]) -> list[JsonObject]:
    return [
        {
            "createDeveloperMetadata": {
                "developerMetadata": {
                    "metadataKey": COLUMN_KEY,
                    "metadataValue": column.heading,
                    "visibility": "DOCUMENT",
                    "location": {
                        "dimensionRange": {
                            "sheetId": SHEET_ID,
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


def _freeze_header() -> JsonObject:
    properties = {"sheetId": SHEET_ID, "gridProperties": {"frozenRowCount": 1}}
    return {"updateSheetProperties": {"properties": properties, "fields": "gridProperties.frozenRowCount"}}


def _warning(where: JsonObject, text: str) -> JsonObject:
    """Asks whoever edits there; does not forbid: what users break is mended anyway, and sorting must stay possible."""
    return {"addProtectedRange": {"protectedRange": {"range": where, "description": text, "warningOnly": True}}}


def _insert_rows(at: int, count: int, *, inherit: bool) -> JsonObject:
    where = {"sheetId": SHEET_ID, "dimension": "ROWS", "startIndex": at, "endIndex": at + count}
    return {"insertDimension": {"range": where, "inheritFromBefore": inherit}}


def _append(dimension: str, length: int) -> JsonObject:
    return {"appendDimension": {"sheetId": SHEET_ID, "dimension": dimension, "length": length}}


def _delete_row(at: int) -> JsonObject:
    where = {"sheetId": SHEET_ID, "dimension": "ROWS", "startIndex": at, "endIndex": at + 1}
    return {"deleteDimension": {"range": where}}


def _range(top: int | None, bottom: int | None, left: int | None, right: int | None) -> JsonObject:
    sides = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": SHEET_ID, **{name: value for name, value in sides.items() if value is not None}}
