"""The sheets that are kept row by row: one row a case, one a violation, one a measure (docs/decisions/0019).

A row is found again by its key. The key of a violation or measure begins with that of its case, so all rows of a case
are written, and those it no longer has removed, in the same batch. Run ``python -m sheets_sync.tables`` to print the
page ``docs/reference/columns.md``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Generic

from sheets_sync.columns import COLUMNS, MEASURE_COLUMNS, VIOLATION_COLUMNS, Column, Line, MeasureLine, ViolationLine
from sheets_sync.record import KEY, CaseRecord
from sheets_sync.rows import Row, clean, row


@dataclass(frozen=True)
class Table(Generic[Line]):
    """``sheet_id`` is fixed, so that a second provisioning fails instead of making a second sheet; it survives
    renaming. The first column holds the key."""

    sheet_id: int
    position: int
    """Where among the sheets a new one is put."""
    title: str
    about: str
    """What one row is, for the page of columns."""
    columns: tuple[Column[Line], ...]
    lines: Callable[[CaseRecord], Sequence[Line]]
    key_form: re.Pattern[str]

    @property
    def key(self) -> Column[Line]:
        return self.columns[0]

    def rows(self, record: CaseRecord, zone: tzinfo) -> tuple[Row, ...]:
        """The rows of one case; moments are shown in ``zone``."""
        return tuple(row(line, zone, self.columns) for line in self.lines(record))

    def keys(self, record: CaseRecord) -> tuple[str, ...]:
        """Keys of these rows."""
        return tuple(clean(str(self.key.read(line))) for line in self.lines(record))


AnyTable = Table[Any]


def owner(key: str) -> str:
    """Key of the case that a row belongs to."""
    return key.partition("/")[0]


def _violations(record: CaseRecord) -> Sequence[ViolationLine]:
    """Each type once; a record of an earlier edition names no codes."""
    return [
        ViolationLine(record, each) for each in {each.code: each for each in record.violations if each.code}.values()
    ]


def _measures(record: CaseRecord) -> Sequence[MeasureLine]:
    return [MeasureLine(record, each) for each in record.measures if each.id]


CASES: Table[CaseRecord] = Table(2_400_102, 0, "Данные", "one row a case", COLUMNS, lambda record: (record,), KEY)
VIOLATIONS: Table[ViolationLine] = Table(
    2_400_103,
    1,
    "Нарушения",
    "one row a violation found",
    VIOLATION_COLUMNS,
    _violations,
    re.compile(KEY.pattern + r"/[a-z][a-z0-9_]*"),
)
MEASURES: Table[MeasureLine] = Table(
    2_400_104, 2, "Меры", "one row a measure ordered", MEASURE_COLUMNS, _measures, re.compile(KEY.pattern + r"/\d+")
)
TABLES: tuple[AnyTable, ...] = (CASES, VIOLATIONS, MEASURES)


def as_markdown(tables: Sequence[AnyTable] = TABLES) -> str:
    """The page about the columns, in the order in which new sheets get them."""
    lines = [
        "# Columns of the report",
        "",
        "Printed by `python -m sheets_sync.tables`; a test keeps this page equal to `sheets_sync/columns.py`.",
    ]
    for table in tables:
        lines += ["", f"## «{table.title}»: {table.about}", ""]
        lines += ["| Heading | Type | Shown as | Requirement |", "| --- | --- | --- | --- |"]
        for column in table.columns:
            shown = f"`{column.number_format}`" if column.number_format else ""
            lines.append(f"| {column.heading} | {column.kind} | {shown} | {column.why} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
