"""The columns of the sheets, each declared once: heading, reader, type, format and the requirement behind it.

A new line here appears in its sheet at the next flush, at the right end; a line taken away leaves its column to the
users. Which sheet shows which of them: ``tables``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sheets_sync.record import CaseRecord, Measure, Span, Violation

Line = TypeVar("Line")
"""What one row of a sheet is about: a case, a violation, a measure."""

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
class Column(Generic[Line]):
    """``why`` cites the requirements (S.., R..). ``width`` is in pixels."""

    heading: str
    kind: Kind
    read: Callable[[Line], Value]
    why: str
    pattern: str | None = None
    width: int = 110
    aliases: tuple[str, ...] = ()
    """Headings this column had in earlier versions."""
    link: bool = False
    """An address of ours, which may be clicked; what people wrote never is."""

    @property
    def number_format(self) -> str | None:
        """The pattern its cells are shown with; None where the spreadsheet decides."""
        return self.pattern or _PATTERNS.get(self.kind)


COLUMNS: tuple[Column[CaseRecord], ...] = (
    Column(
        "Ключ", Kind.TEXT, lambda case: case.key, "S68, R1: finds the row again, wherever users moved it", width=120
    ),
    Column("Портал", Kind.TEXT, lambda case: case.portal, "R1: one spreadsheet may serve several portals", width=140),
    Column("Кейс", Kind.NUMBER, lambda case: case.case_id, "R1: number of the case on the portal", width=60),
    Column(
        "Ссылка на кейс", Kind.TEXT, lambda case: case.case_url, "R1: from the row to the card", width=160, link=True
    ),
    Column(
        "Источник", Kind.TEXT, lambda case: case.source_title, "R2: the deal, lead or item that was analysed", width=220
    ),
    Column("Ссылка на источник", Kind.TEXT, lambda case: case.source_url, "R2", width=160, link=True),
    Column("Воронка", Kind.TEXT, lambda case: case.funnel, "S68, S81: for all funnels", width=140),
    Column("Круг", Kind.NUMBER, lambda case: case.round, "R27: a reopened case is another round", width=50),
    Column("Стадия", Kind.TEXT, lambda case: case.stage, "S64: where the case is", width=130),
    Column("На стадии с", Kind.DATETIME, lambda case: case.stage_since, "S63: what has been lying where", width=120),
    Column("Вердикт", Kind.TEXT, lambda case: case.verdict, "S36, S82: outcome of the analysis", width=170),
    Column("Нарушения", Kind.TEXT, lambda case: _titles(case.violations), "S32, R4: types found", width=240),
    Column("Нарушений", Kind.NUMBER, lambda case: len(case.violations), "S85: violations per hundred cases", width=80),
    Column("Тяжесть", Kind.TEXT, lambda case: case.severity, "R6: the gravest of the violations", width=100),
    Column("Категория причины", Kind.TEXT, lambda case: case.cause_category, "R8", width=130),
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
    Column("Опрос, ч", Kind.NUMBER, lambda case: case.survey_time.calendar, "R24: calendar hours, as below", _HOURS),
    Column("Анализ и формулирование, ч", Kind.NUMBER, lambda case: case.analysis_time.calendar, "S71", _HOURS),
    Column("Согласование, ч", Kind.NUMBER, lambda case: case.approval_time.calendar, "S72", _HOURS),
    Column("Изменения и финализация, ч", Kind.NUMBER, lambda case: case.changes_time.calendar, "S73", _HOURS),
    Column("Всего, ч", Kind.NUMBER, lambda case: case.age.calendar, "R24: the age; the times sum to it", _HOURS),
    Column("Опрос, раб. ч", Kind.NUMBER, lambda case: case.survey_time.working, "R24: working hours", _HOURS),
    Column("Анализ и формулирование, раб. ч", Kind.NUMBER, lambda case: case.analysis_time.working, "S71", _HOURS),
    Column("Согласование, раб. ч", Kind.NUMBER, lambda case: case.approval_time.working, "S72", _HOURS),
    Column("Изменения и финализация, раб. ч", Kind.NUMBER, lambda case: case.changes_time.working, "S73", _HOURS),
    Column("Всего, раб. ч", Kind.NUMBER, lambda case: case.age.working, "S82: cycle time", _HOURS),
    Column("Комплекс мер", Kind.TEXT, lambda case: _titles(case.measures), "S74: the measures adopted", width=300),
    Column("Мер", Kind.NUMBER, lambda case: len(case.measures), "S65: how many corrections were ordered", width=60),
    Column("Меры по видам", Kind.TEXT, lambda case: _by_kind(case.measures), "S65: which corrections", width=200),
    Column("Ответственный", Kind.TEXT, lambda case: case.responsible, "S75, S90", width=150),
    Column("Подразделение", Kind.TEXT, lambda case: case.department, "S90: where the responsible works", width=150),
    Column("Инспектор", Kind.TEXT, lambda case: case.inspector, "S67, S80: work of the quality department", width=150),
    Column("Комиссия", Kind.TEXT, lambda case: _listed(case.commission), "S33, R12", width=220),
    Column("Премиальные баллы", Kind.NUMBER, lambda case: case.points, "S76; empty when none were decided", "0.##"),
    Column(
        "Общие затраты, ч", Kind.NUMBER, lambda case: case.hours_spent, "S77, S83: collected from the tasks", _HOURS
    ),
    Column("Плановые затраты, ч", Kind.NUMBER, lambda case: case.hours_planned, "S66: resources planned", _HOURS),
    Column("Затраты: опрос, ч", Kind.NUMBER, lambda case: case.survey_time.spent, "S66, S77: by stage", _HOURS),
    Column("Затраты: анализ, ч", Kind.NUMBER, lambda case: case.analysis_time.spent, "S66, S77", _HOURS),
    Column("Затраты: согласование, ч", Kind.NUMBER, lambda case: case.approval_time.spent, "S66, S77", _HOURS),
    Column("Затраты: изменения, ч", Kind.NUMBER, lambda case: case.changes_time.spent, "S66, S77", _HOURS),
    Column("Затраты: проверка мер, ч", Kind.NUMBER, lambda case: case.closed_time.spent, "S66, S77, R21", _HOURS),
    Column("Кругов согласования", Kind.NUMBER, lambda case: case.approval_rounds, "S47: returns for rework", width=90),
    Column("Возвратов шлюза", Kind.NUMBER, lambda case: case.gate_reverts, "S57, S91: dragged too early", width=90),
    Column("Пропусков под ответственность", Kind.NUMBER, lambda case: case.overrides, "R15", width=110),
    Column("Результативность", Kind.TEXT, lambda case: case.effect, "R21: did the measures work", width=150),
    Column("Дата проверки", Kind.DATETIME, lambda case: case.effect_checked_at, "R20, R21", width=120),
    Column("Повторилось", Kind.BOOL, lambda case: case.recurred, "S2: the same violation again", width=90),
    Column("Удовлетворённость клиента", Kind.TEXT, lambda case: case.satisfaction, "S19, S86", width=150),
    Column("Удовлетворённость, балл", Kind.NUMBER, lambda case: case.satisfaction_score, "S86: on a scale", "0.##"),
    Column("Сроки соблюдены", Kind.TEXT, lambda case: case.terms_kept, "S20", width=90),
    Column("Отклонение", Kind.BOOL, lambda case: case.deviation, "S21: named in the survey", width=90),
    Column(
        "От отклонения до разбора, раб. ч", Kind.NUMBER, lambda case: _working(case.deviation_to_triage), "S88", _HOURS
    ),
    Column("От разбора до мер, раб. ч", Kind.NUMBER, lambda case: _working(case.finding_to_approval), "S89", _HOURS),
    Column("Новость: адресатов", Kind.NUMBER, lambda case: case.news_asked, "S61, S84", width=90),
    Column("Новость: прочли", Kind.NUMBER, lambda case: case.news_read, "S84: read and confirmed", width=90),
    Column("Обучений назначено", Kind.NUMBER, lambda case: case.training_ordered, "S42, S84", width=90),
    Column("Обучений завершено", Kind.NUMBER, lambda case: case.training_done, "S84, R19", width=90),
)


@dataclass(frozen=True)
class ViolationLine:
    """One violation of a case."""

    case: CaseRecord
    violation: Violation


@dataclass(frozen=True)
class MeasureLine:
    """One measure of a case."""

    case: CaseRecord
    measure: Measure


VIOLATION_COLUMNS: tuple[Column[ViolationLine], ...] = (
    Column("Ключ", Kind.TEXT, lambda line: f"{line.case.key}/{line.violation.code}", "S32: case and type", width=120),
    Column("Портал", Kind.TEXT, lambda line: line.case.portal, "R1", width=140),
    Column("Кейс", Kind.NUMBER, lambda line: line.case.case_id, "R1", width=60),
    Column("Ссылка на кейс", Kind.TEXT, lambda line: line.case.case_url, "R1", width=160, link=True),
    Column("Воронка", Kind.TEXT, lambda line: line.case.funnel, "S68", width=140),
    Column("Стадия", Kind.TEXT, lambda line: line.case.stage, "S64", width=130),
    Column("Дата старта", Kind.DATETIME, lambda line: line.case.started_at, "S69", width=120),
    Column("Дата финализации", Kind.DATETIME, lambda line: line.case.finalised_at, "S70", width=120),
    Column("Нарушение", Kind.TEXT, lambda line: line.violation.title, "S32, S85, R4", width=240),
    Column("Тяжесть", Kind.TEXT, lambda line: line.violation.severity, "R6", width=110),
    Column("Требование", Kind.TEXT, lambda line: line.violation.requirement, "R5: what it violates", width=220),
    Column("Вердикт", Kind.TEXT, lambda line: line.case.verdict, "S36", width=170),
    Column("Ответственный", Kind.TEXT, lambda line: line.case.responsible, "S75, S90", width=150),
    Column("Подразделение", Kind.TEXT, lambda line: line.case.department, "S90", width=150),
    Column("Инспектор", Kind.TEXT, lambda line: line.case.inspector, "S67", width=150),
    Column("Повторилось", Kind.BOOL, lambda line: line.case.recurred, "S2", width=90),
)
MEASURE_COLUMNS: tuple[Column[MeasureLine], ...] = (
    Column("Ключ", Kind.TEXT, lambda line: f"{line.case.key}/{line.measure.id}", "R11: case and measure", width=120),
    Column("Портал", Kind.TEXT, lambda line: line.case.portal, "R1", width=140),
    Column("Кейс", Kind.NUMBER, lambda line: line.case.case_id, "R1", width=60),
    Column("Ссылка на меру", Kind.TEXT, lambda line: line.measure.url, "R11", width=160, link=True),
    Column("Воронка", Kind.TEXT, lambda line: line.case.funnel, "S68", width=140),
    Column("Стадия", Kind.TEXT, lambda line: line.case.stage, "S64", width=130),
    Column("Дата старта", Kind.DATETIME, lambda line: line.case.started_at, "S69: of the case", width=120),
    Column("Мера", Kind.TEXT, lambda line: line.measure.title, "S65, S74", width=280),
    Column("Вид меры", Kind.TEXT, lambda line: line.measure.kind, "S40-S44, S65", width=190),
    Column("Подразделение", Kind.TEXT, lambda line: line.measure.department, "S51: who carries it out", width=150),
    Column("Исполнитель", Kind.TEXT, lambda line: line.measure.executor, "S50, R14", width=150),
    Column("Кого обучают", Kind.TEXT, lambda line: line.measure.employee, "S42, S43, R19", width=150),
    Column("Срок", Kind.DATE, lambda line: line.measure.due, "R11", width=90),
    Column("Выполнена", Kind.DATETIME, lambda line: line.measure.done_at, "S57, R14; empty while open", width=120),
    Column("Плановые часы", Kind.NUMBER, lambda line: line.measure.hours_planned, "S66", _HOURS, width=90),
    Column("Затрачено, ч", Kind.NUMBER, lambda line: line.measure.hours_spent, "S66, S77", _HOURS, width=90),
    Column("Ответственный", Kind.TEXT, lambda line: line.case.responsible, "S75: whose work was analysed", width=150),
    Column("Инспектор", Kind.TEXT, lambda line: line.case.inspector, "S67", width=150),
)
AnyColumn = Column[Any]


def _listed(items: Sequence[str]) -> str:
    """One item a line, so that a cell stays readable."""
    return "\n".join(items)


def _titles(items: Sequence[Violation] | Sequence[Measure]) -> str:
    return _listed([item.title for item in items])


def _by_kind(measures: Sequence[Measure]) -> str:
    """«Изменение регламента: 2», one kind a line."""
    counts = Counter(measure.kind for measure in measures if measure.kind)
    return _listed([f"{kind}: {count}" for kind, count in counts.items()])


def _working(span: Span | None) -> float | None:
    return span.working if span is not None else None
