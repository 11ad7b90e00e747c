"""The questions a head of quality asks (S64-S67), answered from the same rows that go to the spreadsheet.

How many processes were analysed, how many and which corrections were ordered, what they cost, how people work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sheets_sync.record import CaseRecord, Measure


@dataclass(frozen=True)
class ProcessNumbers:
    """One funnel: what was analysed and what came of it."""

    funnel: str
    cases: int
    analysed: int
    closed: int
    verdicts: tuple[tuple[str, int], ...]
    """Title and count, most frequent first."""
    measures: int
    hours_planned: float
    hours_spent: float


@dataclass(frozen=True)
class PersonNumbers:
    """One person: as inspector, the cases led; as responsible, the cases about their work."""

    name: str
    cases: int
    closed: int
    violations: int
    points: float
    hours_to_measures: float | None
    """Mean calendar hours in analysis and formulation of cases that came further; ``None`` without any."""


def opened_between(records: Iterable[CaseRecord], since: date | None, until: date | None) -> tuple[CaseRecord, ...]:
    """Cases started from one day to another, both included, in the zone of their start."""
    return tuple(
        record
        for record in records
        if (since is None or record.started_at.date() >= since) and (until is None or record.started_at.date() <= until)
    )


def by_process(records: Sequence[CaseRecord]) -> tuple[ProcessNumbers, ...]:
    """By funnel, in alphabetical order (S64-S66)."""
    return tuple(
        ProcessNumbers(
            funnel=funnel,
            cases=len(those),
            analysed=sum(1 for record in those if record.verdict),
            closed=sum(1 for record in those if record.finalised_at is not None),
            verdicts=_counted(record.verdict for record in those if record.verdict),
            measures=sum(len(record.measures) for record in those),
            hours_planned=round(sum(record.hours_planned for record in those), 2),
            hours_spent=round(sum(record.hours_spent for record in those), 2),
        )
        for funnel, those in _grouped(records, lambda record: record.funnel)
    )


def by_inspector(records: Sequence[CaseRecord]) -> tuple[PersonNumbers, ...]:
    """How the quality department works (S63, S67)."""
    return _by_person(records, lambda record: record.inspector)


def by_responsible(records: Sequence[CaseRecord]) -> tuple[PersonNumbers, ...]:
    """How those work whose deals are analysed (S67, S90)."""
    return _by_person(records, lambda record: record.responsible)


def corrections(records: Sequence[CaseRecord]) -> tuple[tuple[CaseRecord, Measure], ...]:
    """Which corrections were ordered, each with its case, in the order of the cases (S65)."""
    return tuple((record, measure) for record in records for measure in record.measures)


def _by_person(records: Sequence[CaseRecord], name_of: Callable[[CaseRecord], str]) -> tuple[PersonNumbers, ...]:
    return tuple(
        PersonNumbers(
            name=name,
            cases=len(those),
            closed=sum(1 for record in those if record.finalised_at is not None),
            violations=sum(len(record.violations) for record in those),
            points=round(sum(record.points or 0 for record in those), 2),
            hours_to_measures=_mean([r.analysis_time.calendar for r in those if _came_further(r)]),
        )
        for name, those in _grouped(records, name_of)
        if name
    )


def _came_further(record: CaseRecord) -> bool:
    return bool(record.approval_time.calendar) or record.finalised_at is not None


def _grouped(
    records: Sequence[CaseRecord], key: Callable[[CaseRecord], str]
) -> tuple[tuple[str, tuple[CaseRecord, ...]], ...]:
    names = sorted({key(record) for record in records})
    return tuple((name, tuple(record for record in records if key(record) == name)) for name in names)


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    listed = list(values)
    counts = {value: listed.count(value) for value in dict.fromkeys(listed)}
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _mean(hours: Sequence[float]) -> float | None:
    return round(sum(hours) / len(hours), 1) if hours else None
