"""Pivot tables of the spreadsheet itself (S79, S80), as JSON of the Sheets API. Pure.

They read the sheets of rows, so people see how they are made and make their own beside them. Sources are open at the
bottom and count rows that have a key only. Offsets count columns, so the pivots are written again when columns move;
how Google itself adjusts them, and whether a pivot may grow over a cell that is filled, is unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.layout import Layout, Seen
from sheets_sync.summary import BY_INSPECTOR, BY_KIND_OF_MEASURE, BY_MONTH_AND_FUNNEL, BY_RESPONSIBLE
from sheets_sync.tables import CASES, MEASURES, AnyTable

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """Rows or columns by the values of a column; ``by_month`` for dates."""

    heading: str
    label: str | None = None
    by_month: bool = False
    totals: bool = False


@dataclass(frozen=True)
class Sum:
    heading: str
    name: str
    how: str = "SUM"
    """SUM, AVERAGE, COUNTA."""


@dataclass(frozen=True)
class Pivot:
    table: AnyTable
    title: str
    question: str
    rows: tuple[Group, ...]
    values: tuple[Sum, ...]
    columns: tuple[Group, ...] = ()

    def width(self, spread: int) -> int:
        """Columns it takes when its column group has ``spread`` values."""
        return len(self.rows) + (spread + 1 if self.columns else len(self.values))


PIVOTS: tuple[Pivot, ...] = (
    Pivot(
        CASES,
        *BY_MONTH_AND_FUNNEL,
        rows=(Group("Дата старта", "Месяц", by_month=True, totals=True), Group("Воронка")),
        columns=(Group("Вердикт", totals=True),),
        values=(Sum("Ключ", "Разборов", "COUNTA"),),
    ),
    Pivot(
        CASES,
        *BY_INSPECTOR,
        rows=(Group("Инспектор", totals=True),),
        values=(
            Sum("Ключ", "Разборов", "COUNTA"),
            Sum("Дата финализации", "Закрыто", "COUNTA"),
            Sum("Анализ и формулирование, раб. ч", "Анализ и меры, раб. ч в среднем", "AVERAGE"),
            Sum("Мер", "Мер назначено"),
            Sum("Общие затраты, ч", "Затраты, ч"),
        ),
    ),
    Pivot(
        CASES,
        *BY_RESPONSIBLE,
        rows=(Group("Ответственный", totals=True),),
        values=(
            Sum("Ключ", "Разборов", "COUNTA"),
            Sum("Нарушений", "Нарушений, всего"),
            Sum("Премиальные баллы", "Баллы"),
            Sum("Удовлетворённость, балл", "Удовлетворённость в среднем", "AVERAGE"),
        ),
    ),
    Pivot(
        MEASURES,
        *BY_KIND_OF_MEASURE,
        rows=(Group("Вид меры", totals=True),),
        values=(
            Sum("Ключ", "Мер", "COUNTA"),
            Sum("Выполнена", "Выполнено", "COUNTA"),
            Sum("Плановые часы", "План, ч"),
            Sum("Затрачено, ч", "Факт, ч"),
        ),
    ),
)


def pivot_table(pivot: Pivot, seen: Seen, layout: Layout) -> JsonObject:
    """The definition for the sheet as it stands. All columns of the table must be there (KeyError)."""
    at = {column.heading: index for column, index in layout.columns.items()}
    not_blank = {"condition": {"type": "NOT_BLANK"}, "visibleByDefault": True}
    return {
        "source": {
            "sheetId": pivot.table.sheet_id,
            "startRowIndex": layout.header_row,
            "startColumnIndex": 0,
            "endColumnIndex": seen.column_count,
        },
        "rows": [_group(group, at) for group in pivot.rows],
        **({"columns": [_group(group, at) for group in pivot.columns]} if pivot.columns else {}),
        "values": [
            {"sourceColumnOffset": at[value.heading], "summarizeFunction": value.how, "name": value.name}
            for value in pivot.values
        ],
        "filterSpecs": [{"columnOffsetIndex": at[pivot.table.key.heading], "filterCriteria": not_blank}],
        "valueLayout": "HORIZONTAL",
    }


def anchors(pivots: Sequence[Pivot], spread: int) -> Mapping[Pivot, int]:
    """The column where each begins, side by side with room between them; ``spread``: values along its columns."""
    columns: dict[Pivot, int] = {}
    left = 0
    for pivot in pivots:
        columns[pivot] = left
        left += pivot.width(spread) + 2
    return columns


def _group(group: Group, at: Mapping[str, int]) -> JsonObject:
    rule = {"groupRule": {"dateTimeRule": {"type": "YEAR_MONTH"}}} if group.by_month else {}
    label = {"label": group.label} if group.label else {}
    return {
        "sourceColumnOffset": at[group.heading],
        "showTotals": group.totals,
        "sortOrder": "DESCENDING" if group.by_month else "ASCENDING",
        **label,
        **rule,
    }
