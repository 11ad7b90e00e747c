"""Rows as CSV, for spreadsheets in Russia: semicolons, decimal commas, dates as people write them.

Whoever opens it in Excel must not run what somebody typed into a card: a text that a spreadsheet would take for a
formula gets an apostrophe in front (CWE-1236). Rows come out one by one, so any number of cases fits.
"""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TextIO

from sheets_sync.columns import AnyColumn, Kind, Value
from sheets_sync.record import CaseRecord
from sheets_sync.rows import clean
from sheets_sync.tables import AnyTable

MARK = "\ufeff"
"""Tells Excel that it is UTF-8."""

_FORMULA = re.compile(r"\s*[=+\-@\t\r|%]")
_ENDINGS = {Kind.DATE: "%d.%m.%Y", Kind.DATETIME: "%d.%m.%Y %H:%M"}


async def write_csv(records: AsyncIterator[CaseRecord], table: AnyTable, zone: tzinfo, to: TextIO) -> int:
    """One line for each row of ``table``; answers how many there were."""
    writer = csv.writer(to, delimiter=";", lineterminator="\r\n")
    to.write(MARK)
    writer.writerow([column.heading for column in table.columns])
    count = 0
    async for record in records:
        for cells in lines(record, table, zone):
            writer.writerow(cells)
            count += 1
    return count


def lines(record: CaseRecord, table: AnyTable, zone: tzinfo) -> Iterator[list[str]]:
    for line in table.lines(record):
        yield list(_cells(line, table.columns, zone))


def _cells(line: object, columns: Iterable[AnyColumn], zone: tzinfo) -> Iterator[str]:
    for column in columns:
        yield shown(column.read(line), column.kind, zone)


def shown(value: Value, kind: Kind, zone: tzinfo) -> str:
    """``value`` as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime(_ENDINGS[kind])
    if isinstance(value, date):
        return value.strftime(_ENDINGS[Kind.DATE])
    if isinstance(value, int | float | Decimal):
        return f"{value:.10g}".replace(".", ",")
    text = clean(value)
    return f"'{text}" if _FORMULA.match(text) else text
