"""The columns of the sheet «Данные», each declared once: heading, reader, type, format and the requirement behind it.

A new line here appears in the sheet at the next flush, at the right end; a line taken away leaves its column to the
users. Run ``python -m sheets_sync.columns`` to print the page ``docs/reference/columns.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sheets_sync.record import CaseRecord

Value = str | bool | int | float | Decimal | date | datetime | None


class Kind(StrEnum):
    """What stands in the cells of a column.

    Dates and moments are numbers with a format, so that pivots can group them.
    """

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOL = "bool"


_PATTERNS = {Kind.DATE: "dd.mm.yyyy", Kind.DATETIME: "dd.mm.yyyy hh:mm", Kind.NUMBER: "0"}
_HOURS = "0.00"


@dataclass(frozen=True)
class Column:
    """``why`` cites the requirements (S.., R..). ``width`` is in pixels."""

    heading: str
    kind: Kind
    read: Callable[[CaseRecord], Value]
    why: str
    pattern: str | None = None
    width: int = 110
    aliases: tuple[str, ...] = ()
    """Headings this column had in earlier versions."""

    @property
    def number_format(self) -> str | None:
        """The pattern its cells are shown with; None where the spreadsheet decides."""
        return self.pattern or _PATTERNS.get(self.kind)


COLUMNS: tuple[Column, ...] = (
    Column(
        "Ключ", Kind.TEXT, lambda case: case.key, "S68, R1: finds the row again, wherever users moved it", width=120
    ),
    Column("Портал", Kind.TEXT, lambda case: case.portal, "R1: one spreadsheet may serve several portals", width=140),
    Column("Кейс", Kind.NUMBER, lambda case: case.case_id, "R1: number of the case on the portal", width=60),
    Column("Ссылка на кейс", Kind.TEXT, lambda case: case.case_url, "R1: from the row to the card", width=160),
    Column(
        "Источник", Kind.TEXT, lambda case: case.source_title, "R2: the deal, lead or item that was analysed", width=220
    ),
    Column("Ссылка на источник", Kind.TEXT, lambda case: case.source_url, "R2", width=160),
    Column("Воронка", Kind.TEXT, lambda case: case.funnel, "S68, S81: for all funnels", width=140),
    Column("Круг", Kind.NUMBER, lambda case: case.round, "R27: a reopened case is another round", width=50),
    Column("Стадия", Kind.TEXT, lambda case: case.stage, "S64: where the case is", width=130),
    Column("Вердикт", Kind.TEXT, lambda case: case.verdict, "S36, S82: outcome of the analysis", width=170),
    Column("Нарушения", Kind.TEXT, lambda case: _listed(case.violations), "S32, R4: types found", width=240),
    Column("Нарушений", Kind.NUMBER, lambda case: len(case.violations), "S85: violations per hundred cases", width=80),
    Column("Тяжесть", Kind.TEXT, lambda case: case.severity, "R6", width=100),
    Column("Дата старта", Kind.DATETIME, lambda case: case.started_at, "S69", width=120),
    Column(
        "Дата финализации",
        Kind.DATETIME,
        lambda case: case.finalised_at,
        "S70; empty while the case is open",
        width=120,
    ),
    Column(
        "Завершён",
        Kind.BOOL,
        lambda case: case.finalised_at is not None,
        "S64: counts closed cases in a pivot",
        width=80,
    ),
    Column("Анализ и формулирование, ч", Kind.NUMBER, lambda case: case.hours_analysis_formulation, "S71", _HOURS),
    Column("Согласование, ч", Kind.NUMBER, lambda case: case.hours_approval, "S72", _HOURS),
    Column("Изменения и финализация, ч", Kind.NUMBER, lambda case: case.hours_changes_finalization, "S73", _HOURS),
    Column("Комплекс мер", Kind.TEXT, lambda case: _listed(case.measures), "S74: the measures adopted", width=300),
    Column("Мер", Kind.NUMBER, lambda case: len(case.measures), "S65: how many corrections were ordered", width=60),
    Column("Ответственный", Kind.TEXT, lambda case: case.responsible, "S75, S90", width=150),
    Column("Инспектор", Kind.TEXT, lambda case: case.inspector, "S67, S80: work of the quality department", width=150),
    Column("Комиссия", Kind.TEXT, lambda case: _listed(case.commission), "S33, R12", width=220),
    Column("Премиальные баллы", Kind.NUMBER, lambda case: case.points, "S76; empty when none were decided", "0.##"),
    Column(
        "Общие затраты, ч", Kind.NUMBER, lambda case: case.hours_spent, "S77, S83: collected from the tasks", _HOURS
    ),
    Column("Плановые затраты, ч", Kind.NUMBER, lambda case: case.hours_planned, "S66: resources planned", _HOURS),
    Column("Удовлетворённость клиента", Kind.TEXT, lambda case: case.satisfaction, "S19, S86", width=150),
)
KEY_COLUMN = COLUMNS[0]


def _listed(items: Sequence[str]) -> str:
    """One item a line, so that a cell stays readable."""
    return "\n".join(items)


def as_markdown(columns: Sequence[Column] = COLUMNS) -> str:
    """The page about the columns, in the order in which a new sheet gets them."""
    lines = [
        "# Columns of the sheet «Данные»",
        "",
        "Printed by `python -m sheets_sync.columns`; a test keeps this page equal to `sheets_sync/columns.py`.",
        "",
        "| Heading | Type | Shown as | Requirement |",
        "| --- | --- | --- | --- |",
    ]
    for column in columns:
        shown = f"`{column.number_format}`" if column.number_format else ""
        lines.append(f"| {column.heading} | {column.kind} | {shown} | {column.why} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
