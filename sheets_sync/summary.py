"""The numbers of the report: what the head of quality asks (S64-S67) and what the company promises itself (S81-S90).

From all records to small tables, each with the chart drawn of it. Pure; the same tables go into a spreadsheet and into
a local workbook. A case that was cancelled is not counted where its result would be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import Enum, auto
from typing import NamedTuple

from sheets_sync.columns import Value
from sheets_sync.record import CaseRecord, Span, StageTime

MONTHS = 12
MOST_TYPES = 12
"""Of violations shown one by one; the others are added up."""
NO_VERDICT = "Без вердикта"
DAY_HOURS = 24

MONTH, COUNT, SHARE, HOURS, DAYS, NUMBER, TEXT = "mm.yyyy", "#,##0", "0%", "#,##0.0", "0.0", "0.#", None
"""How a column is shown."""


Row = tuple[Value, ...]


class Look(Enum):
    """How a chart is drawn."""

    COLUMNS = auto()
    STACKED = auto()
    SHARES = auto()
    """Columns of equal height."""
    BARS = auto()
    """Lying columns, for long names."""
    LINES = auto()
    PARETO = auto()
    """The first series as columns, the second, a share, as a line with an axis of its own."""


@dataclass(frozen=True)
class Chart:
    """Drawn of its block: the first column names what stands along the axis, ``series`` are columns of numbers."""

    title: str
    look: Look
    series: tuple[int, ...]
    axis: str = ""
    """What the numbers are."""


@dataclass(frozen=True)
class Block:
    """One table of numbers. ``question`` is what it answers, with the requirements behind it."""

    title: str
    question: str
    headings: tuple[str, ...]
    patterns: tuple[str | None, ...]
    """By column."""
    rows: tuple[Row, ...]
    chart: Chart | None = None


@dataclass(frozen=True)
class Figure:
    """A single number; ``None`` while there is nothing to count."""

    title: str
    value: float | None
    pattern: str


@dataclass(frozen=True)
class Coverage:
    """Finished work of one funnel: how much of it has a case, how much was left out (S81)."""

    funnel: str
    with_case: int
    left_out: int


@dataclass(frozen=True)
class Summary:
    """``figures`` are single numbers, ``pivots`` the tables people group by themselves, ``blocks`` feed the charts."""

    made_at: datetime
    figures: tuple[Figure, ...]
    pivots: tuple[Block, ...]
    blocks: tuple[Block, ...]


def summarise(records: Sequence[CaseRecord], coverage: Sequence[Coverage], now: datetime, zone: tzinfo) -> Summary:
    """Months are those of ``zone``, the last twelve up to ``now``."""
    at = Months(zone, now)
    return Summary(
        made_at=now,
        figures=_figures(records, coverage),
        pivots=(
            by_month_and_funnel(records, at),
            by_inspector(records),
            by_responsible(records),
            by_kind_of_measure(records),
        ),
        blocks=(
            cases_by_month(records, at),
            verdicts_by_month(records, at),
            times_by_month(records, at),
            costs_by_month(records, at),
            pareto(records),
            quality_by_month(records, at),
            effectiveness(records),
            coverage_by_funnel(records, coverage),
        ),
    )


class Months:
    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone = zone
        self._last = self.month(now)

    def month(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date().replace(day=1)

    def window(self) -> list[date]:
        months = [self._last]
        while len(months) < MONTHS:
            year, month = months[-1].year, months[-1].month
            months.append(date(year - (month == 1), (month - 2) % 12 + 1, 1))
        return months[::-1]

    def by_month(
        self, records: Iterable[CaseRecord], moment: Callable[[CaseRecord], datetime | None]
    ) -> Mapping[date, list[CaseRecord]]:
        """The records of each month of the window; an empty list where there are none."""
        found: dict[date, list[CaseRecord]] = {month: [] for month in self.window()}
        for record in records:
            at = moment(record)
            if at is not None and (month := self.month(at)) in found:
                found[month].append(record)
        return found


def _finished(record: CaseRecord) -> datetime | None:
    return None if record.cancelled else record.finalised_at


def _started(record: CaseRecord) -> datetime:
    return record.started_at


# --- What people group by --------------------------------------------------------------------------------------------


class Asked(NamedTuple):
    """A table's title and the question that it answers."""

    title: str
    question: str


BY_MONTH_AND_FUNNEL = Asked("Разборы по месяцам, воронкам и вердиктам", "Сколько процессов проанализировано")
BY_INSPECTOR = Asked("Работа инспекторов", "Как работают подчинённые")
BY_RESPONSIBLE = Asked("Чья работа разбиралась: баллы и нарушения", "Качество в показателях, а не только в деньгах")
BY_KIND_OF_MEASURE = Asked("Меры и затраты по видам мер", "Какие коррекции назначены и какие ресурсы выделены")
"""The four that a spreadsheet makes of its own rows (``pivots``) and a local workbook is given ready."""


def by_month_and_funnel(records: Sequence[CaseRecord], at: Months) -> Block:
    verdicts = _verdicts(records)
    groups: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
    for record in records:
        groups[at.month(record.started_at), record.funnel][record.verdict or NO_VERDICT] += 1
    rows: tuple[Row, ...] = tuple(
        (month, funnel, *(counts[verdict] for verdict in verdicts), counts.total())
        for (month, funnel), counts in sorted(groups.items(), reverse=True)
    )
    return Block(
        *BY_MONTH_AND_FUNNEL,
        ("Месяц", "Воронка", *verdicts, "Всего"),
        (MONTH, TEXT, *(COUNT for _ in verdicts), COUNT),
        rows,
    )


def by_inspector(records: Sequence[CaseRecord]) -> Block:
    """Work of the quality department: how much, how fast, how often a set of measures came back (S63, S67)."""
    rows = tuple(
        (
            name,
            len(those),
            sum(record.analysed for record in those),
            sum(_finished(record) is not None for record in those),
            _mean(record.analysis_time.working for record in those if record.analysed),
            sum(len(record.measures) for record in those),
            sum(max(record.approval_rounds - 1, 0) for record in those),
            _sum(record.hours_spent for record in those),
        )
        for name, those in _grouped(records, lambda record: record.inspector)
    )
    headings = ("Инспектор", "Разборов", "С вердиктом", "Закрыто", "Анализ и меры, раб. ч в среднем", "Мер назначено",
                "Возвратов комиссией", "Затраты, ч")  # fmt: skip
    return Block(
        *BY_INSPECTOR,
        headings,
        (TEXT, COUNT, COUNT, COUNT, HOURS, COUNT, COUNT, HOURS),
        _most_first(rows),
    )


def by_responsible(records: Sequence[CaseRecord]) -> Block:
    rows = tuple(
        (
            name,
            those[0].department,
            len(those),
            sum(len(record.violations) for record in those if not record.cancelled),
            _ratio(
                sum(bool(record.violations) for record in those if record.analysed),
                sum(record.analysed for record in those),
            ),
            _sum(record.points or 0 for record in those),
            _mean(record.satisfaction_score for record in those),
        )
        for name, those in _grouped(records, lambda record: record.responsible)
    )
    headings = ("Ответственный", "Подразделение", "Разборов", "Нарушений", "Доля разборов с нарушениями", "Баллы",
                "Удовлетворённость клиентов")  # fmt: skip
    return Block(
        *BY_RESPONSIBLE,
        headings,
        (TEXT, TEXT, COUNT, COUNT, SHARE, NUMBER, NUMBER),
        tuple(sorted(rows, key=lambda row: (-_number(row[2]), str(row[0])))),
    )


def by_kind_of_measure(records: Sequence[CaseRecord]) -> Block:
    measures = [measure for record in records for measure in record.measures if not record.cancelled]
    kinds = sorted({measure.kind or "Вид не указан" for measure in measures})
    rows = tuple(
        (
            kind,
            len(those),
            sum(measure.done_at is not None for measure in those),
            _sum(measure.hours_planned for measure in those),
            _sum(measure.hours_spent for measure in those),
        )
        for kind in kinds
        if (those := [measure for measure in measures if (measure.kind or "Вид не указан") == kind])
    )
    return Block(
        *BY_KIND_OF_MEASURE,
        ("Вид меры", "Мер", "Выполнено", "План, ч", "Факт, ч"),
        (TEXT, COUNT, COUNT, HOURS, HOURS),
        _most_first(rows),
        Chart("Затраты на меры по видам, ч", Look.BARS, (3, 4), "часы"),
    )


# --- What the charts show --------------------------------------------------------------------------------------------


def cases_by_month(records: Sequence[CaseRecord], at: Months) -> Block:
    begun = at.by_month(records, _started)
    closed = at.by_month(records, _finished)
    rows: tuple[Row, ...] = tuple((month, len(begun[month]), len(closed[month])) for month in at.window())
    return Block(
        "Разборы по месяцам",
        "Сколько процессов проанализировано",
        ("Месяц", "Начато", "Закрыто"),
        (MONTH, COUNT, COUNT),
        rows,
        Chart("Разборы: начато и закрыто", Look.COLUMNS, (1, 2), "разборов"),
    )


def verdicts_by_month(records: Sequence[CaseRecord], at: Months) -> Block:
    verdicts = [verdict for verdict in _verdicts(records) if verdict != NO_VERDICT]
    rows: tuple[Row, ...] = tuple(
        (month, *(sum(record.verdict == verdict for record in those) for verdict in verdicts))
        for month, those in at.by_month([each for each in records if each.analysed], _started).items()
    )
    return Block(
        "Вердикты по месяцам",
        "Становится ли работа качественнее",
        ("Месяц", *verdicts),
        (MONTH, *(COUNT for _ in verdicts)),
        rows,
        Chart("Доли вердиктов по месяцам", Look.SHARES, tuple(range(1, 1 + len(verdicts))), "доля разборов"),
    )


def pareto(records: Sequence[CaseRecord]) -> Block:
    """Most frequent first, with the share that the types down to here make up."""
    counts = Counter(each.title for record in records if not record.cancelled for each in record.violations)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ordered[MOST_TYPES:])
    shown = [*ordered[:MOST_TYPES], *([("Прочие", rest)] if rest else [])]
    so_far = 0
    rows: list[Row] = []
    for title, count in shown:
        so_far += count
        rows.append((title, count, so_far / counts.total()))
    return Block(
        "Парето нарушений",
        "Какие нарушения дают основную часть",
        ("Нарушение", "Случаев", "Накопленная доля"),
        (TEXT, COUNT, SHARE),
        tuple(rows),
        Chart("Парето нарушений", Look.PARETO, (1, 2), "случаев"),
    )


_TIMES: tuple[tuple[str, Callable[[CaseRecord], StageTime]], ...] = (
    ("Опрос", lambda record: record.survey_time),
    ("Анализ и формулирование", lambda record: record.analysis_time),
    ("Согласование", lambda record: record.approval_time),
    ("Изменения и финализация", lambda record: record.changes_time),
)


def times_by_month(records: Sequence[CaseRecord], at: Months) -> Block:
    """Mean calendar days of the cases closed in the month."""
    rows: tuple[Row, ...] = tuple(
        (month, len(those), *(_days(time(record) for record in those) for _, time in _TIMES))
        for month, those in at.by_month(records, _finished).items()
    )
    return Block(
        "Время по группам стадий",
        "Сколько времени занимает коррекция и где оно уходит; среднее по закрытым, календарных дней",
        ("Месяц", "Закрыто", *(title for title, _ in _TIMES)),
        (MONTH, COUNT, *(DAYS for _ in _TIMES)),
        rows,
        Chart("Время закрытых разборов по стадиям", Look.STACKED, (2, 3, 4, 5), "календарных дней в среднем"),
    )


def costs_by_month(records: Sequence[CaseRecord], at: Months) -> Block:
    rows = tuple(
        (
            month,
            _sum(record.hours_planned for record in those),
            _sum(record.hours_spent for record in those),
            _mean(record.hours_spent for record in those),
        )
        for month, those in at.by_month(records, _finished).items()
    )
    return Block(
        "Затраты по месяцам",
        "Какие ресурсы выделяются и дешевеет ли разбор; по закрытым разборам",
        ("Месяц", "План, ч", "Факт, ч", "Факт на один разбор, ч"),
        (MONTH, HOURS, HOURS, HOURS),
        rows,
        Chart("Затраты на один закрытый разбор", Look.LINES, (3,), "часы"),
    )


def quality_by_month(records: Sequence[CaseRecord], at: Months) -> Block:
    rows = []
    for month, those in at.by_month([each for each in records if each.analysed], _started).items():
        rows.append((month, _per_hundred(those), _mean(record.satisfaction_score for record in those)))
    return Block(
        "Нарушения и удовлетворённость по месяцам",
        "Меньше ли отклонений и довольнее ли клиенты",
        ("Месяц", "Нарушений на 100 разборов", "Удовлетворённость клиентов"),
        (MONTH, NUMBER, NUMBER),
        tuple(rows),
        Chart("Нарушения и удовлетворённость клиентов", Look.LINES, (1, 2), "на 100 разборов; баллы"),
    )


EFFECTS = ("Результативно", "Частично результативно", "Не результативно", "Данных мало")


def effectiveness(records: Sequence[CaseRecord]) -> Block:
    """Of the closed cases with measures. A repetition may follow a measure that was found to work."""
    closed = [record for record in records if _finished(record) is not None and record.measures]
    counts = Counter(record.effect for record in closed)
    known = [(effect, counts[effect]) for effect in (*EFFECTS, *sorted(counts.keys() - {*EFFECTS, ""}))]
    rows = (*known, ("Ждёт проверки", counts[""]), ("Повторилось", sum(record.recurred for record in closed)))
    return Block(
        "Результативность и повторения",
        "Помогли ли меры; закрытые разборы с мерами",
        ("Результат проверки", "Разборов"),
        (TEXT, COUNT),
        tuple(rows),
        Chart("Результативность мер и повторения", Look.BARS, (1,), "разборов"),
    )


def coverage_by_funnel(records: Sequence[CaseRecord], coverage: Sequence[Coverage]) -> Block:
    """Finished work with a verdict, with a case under way, and without a case."""
    analysed = Counter(record.funnel for record in records if record.analysed)
    rows = tuple(
        (
            one.funnel,
            analysed[one.funnel],
            max(one.with_case - analysed[one.funnel], 0),
            one.left_out,
            _ratio(one.with_case, one.with_case + one.left_out),
        )
        for one in coverage
    )
    return Block(
        "Охват проверкой по воронкам",
        "Проходит ли проверку каждый элемент процесса",
        ("Воронка", "Проанализировано", "В работе", "Без разбора", "Охват"),
        (TEXT, COUNT, COUNT, COUNT, SHARE),
        rows,
        Chart("Охват завершённой работы проверкой", Look.SHARES, (1, 2, 3), "доля завершённой работы"),
    )


def _figures(records: Sequence[CaseRecord], coverage: Sequence[Coverage]) -> tuple[Figure, ...]:
    analysed = [record for record in records if record.analysed]
    closed = [record for record in records if _finished(record) is not None]
    checked = [record for record in closed if record.effect_code]
    finished = sum(one.with_case + one.left_out for one in coverage)
    asked = sum(record.news_asked or 0 for record in records)
    ordered = sum(record.training_ordered for record in records)
    return (
        Figure("Разборов всего", len(records), COUNT),
        Figure("Проанализировано", len(analysed), COUNT),
        Figure("Закрыто", len(closed), COUNT),
        Figure("Охват завершённой работы", _ratio(sum(one.with_case for one in coverage), finished), SHARE),
        Figure("Мер назначено", sum(len(record.measures) for record in records if not record.cancelled), COUNT),
        Figure("Затрачено часов", _sum(record.hours_spent for record in records), HOURS),
        Figure("Часов на закрытый разбор", _mean(record.hours_spent for record in closed), HOURS),
        Figure("Разбор длится, раб. ч в среднем", _mean(record.age.working for record in closed), HOURS),
        Figure(
            "От отклонения до разбора, раб. ч",
            _mean(_working(record.deviation_to_triage) for record in records),
            HOURS,
        ),
        Figure(
            "От разбора до утверждённых мер, раб. ч",
            _mean(_working(record.finding_to_approval) for record in records),
            HOURS,
        ),
        Figure("Нарушений на 100 разборов", _per_hundred(analysed), NUMBER),
        Figure("Удовлетворённость клиентов", _mean(record.satisfaction_score for record in analysed), NUMBER),
        Figure("Меры результативны", _ratio(sum(r.effect_code == "effective" for r in checked), len(checked)), SHARE),
        Figure("Новости прочитаны", _ratio(sum(record.news_read or 0 for record in records), asked), SHARE),
        Figure("Обучений завершено", _ratio(sum(record.training_done for record in records), ordered), SHARE),
    )


# --- Sums ------------------------------------------------------------------------------------------------------------


def _verdicts(records: Sequence[CaseRecord]) -> list[str]:
    """Most frequent first; without a verdict last."""
    counts = Counter(record.verdict for record in records if record.verdict)
    ordered = sorted(counts, key=lambda verdict: (-counts[verdict], verdict))
    return [*ordered, *([NO_VERDICT] if any(not record.verdict for record in records) else [])]


def _grouped(records: Sequence[CaseRecord], key: Callable[[CaseRecord], str]) -> Sequence[tuple[str, list[CaseRecord]]]:
    groups: dict[str, list[CaseRecord]] = defaultdict(list)
    for record in records:
        if name := key(record):
            groups[name].append(record)
    return sorted(groups.items())


def _most_first(rows: Iterable[tuple[Value, ...]]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (-_number(row[1]), str(row[0]))))


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 2) if known else None


def _working(span: Span | None) -> float | None:
    return span.working if span is not None else None


def _days(times: Iterable[StageTime]) -> float | None:
    mean = _mean(time.calendar for time in times)
    return None if mean is None else round(mean / DAY_HOURS, 2)


def _sum(values: Iterable[float]) -> float:
    return round(sum(values), 2)


def _per_hundred(analysed: Sequence[CaseRecord]) -> float | None:
    ratio = _ratio(sum(len(record.violations) for record in analysed), len(analysed))
    return None if ratio is None else round(100 * ratio, 1)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
