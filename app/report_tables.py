"""The report for people at the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from app.report import PersonNumbers, by_inspector, by_process, by_responsible, corrections
from rules.words import decimal
from sheets_sync.record import CaseRecord


def report_tables(records: Sequence[CaseRecord]) -> tuple[Table, ...]:
    """Processes, corrections, inspectors, those whose work was analysed."""
    return (
        _processes(records),
        _corrections(records),
        _people("Работа отдела качества", by_inspector(records)),
        _people("Чья работа разбиралась", by_responsible(records)),
    )


def _processes(records: Sequence[CaseRecord]) -> Table:
    table = Table(
        "Процесс", "Разборов", "Проанализировано", "Закрыто", "Вердикты", "Мер", "Часы: план / факт",
        title="Сколько проанализировано и во что обошлось",
    )  # fmt: skip
    for each in by_process(records):
        table.add_row(
            escape(each.funnel),
            str(each.cases),
            str(each.analysed),
            str(each.closed),
            escape("\n".join(f"{title}: {count}" for title, count in each.verdicts)),
            str(each.measures),
            f"{_number(each.hours_planned)} / {_number(each.hours_spent)}",
        )
    return table


def _corrections(records: Sequence[CaseRecord]) -> Table:
    table = Table("Разбор", "Процесс", "Мера", title="Какие коррекции назначены")
    for record, measure in corrections(records):
        table.add_row(f"№{record.case_id}", escape(record.funnel), escape(measure.title))
    return table


def _people(title: str, people: Sequence[PersonNumbers]) -> Table:
    table = Table("Сотрудник", "Разборов", "Закрыто", "Нарушений", "Баллы", "Часов до мер", title=title)
    for each in people:
        hours = "" if each.hours_to_measures is None else _number(each.hours_to_measures)
        numbers = (str(each.cases), str(each.closed), str(each.violations), _number(each.points), hours)
        table.add_row(escape(each.name), *numbers)
    return table


def _number(value: float) -> str:
    return decimal(value)
