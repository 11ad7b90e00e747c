"""From a case to typed cells: text that can never become a formula, real numbers, dates as serial numbers.

The cells are ExtendedValue JSON of the Sheets API (``{"stringValue": ...}``); ``{}`` is an empty cell. Nothing here is
ever "entered" as if a person had typed it, so neither the locale nor a leading ``=`` matters.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from sheets_sync.columns import Column, Kind, Line, Value

Cell = Mapping[str, str | float | int | bool]

LONGEST_TEXT = 50_000
"""UTF-16 units in one cell. General knowledge about Google Sheets, counted the stricter way."""

_CUT = "…"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BROKEN = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no time zone


@dataclass(frozen=True)
class Row:
    """One row to be: its key and a cell for every column, in the order of the columns."""

    key: str
    cells: tuple[Cell, ...]

    @property
    def weight(self) -> int:
        """About how many bytes it takes in a request."""
        named = len('{"userEnteredValue":}') * sum(1 for cell in self.cells if cell)
        return len(json.dumps(self.cells, ensure_ascii=False, separators=(",", ":")).encode()) + named


def row(line: Line, zone: tzinfo, columns: Sequence[Column[Line]]) -> Row:
    """Moments are shown in ``zone``: the portal's, as people there read them. The first column is the key."""
    cells = tuple(cell(column.read(line), column.kind, zone) for column in columns)
    return Row(str(cells[0].get("stringValue", "")), cells)


def cell(value: Value, kind: Kind, zone: tzinfo) -> Cell:
    """``value`` as that kind of cell. None, NaN, infinity and empty text are empty cells."""
    if value is None:
        return {}
    match kind:
        case Kind.TEXT:
            text = clean(str(value))
            return {"stringValue": text} if text else {}
        case Kind.BOOL:
            return {"boolValue": bool(value)}
        case Kind.NUMBER:
            return _number(value)
        case Kind.DATE | Kind.DATETIME:
            return {"numberValue": serial(value, zone, whole_days=kind is Kind.DATE)}


def clean(text: str) -> str:
    """Without control characters, broken surrogates and anything a cell cannot hold; cut with a mark when too long."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _BROKEN.sub("\ufffd", _UNPRINTABLE.sub("", text))
    units = text.encode("utf-16-le")
    if len(units) // 2 <= LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - len(_CUT))].decode("utf-16-le", errors="ignore") + _CUT


def serial(value: Value, zone: tzinfo, *, whole_days: bool = False) -> float:
    """Days since 1899-12-30, the time of day as the fraction, on the clock of ``zone``.

    Raises TypeError for no date.
    """
    if isinstance(value, datetime):
        local = value.astimezone(zone).replace(tzinfo=None)
    elif isinstance(value, date):
        local = datetime.combine(value, time())
    else:
        raise TypeError(f"A date column got {value!r}.")
    days = (local - _EPOCH) / timedelta(days=1)
    return math.floor(days) if whole_days else days


def _number(value: Value) -> Cell:
    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"A number column got {value!r}.")
    try:
        number = float(value)
    except OverflowError:
        return {}
    if not math.isfinite(number):
        return {}
    return {"numberValue": int(number) if number.is_integer() and abs(number) < 2**53 else number}
