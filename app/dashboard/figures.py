"""From sums to what people compare: shares, means, and the steps of a period. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add

from app.dashboard import words
from app.dashboard.question import Period
from app.storage.case_facts import Sums

LONGEST_BY_WEEKS = 92
"""Days; a longer period is shown by months."""
LONGEST_BY_MONTHS = 3 * 366
FEWEST_STEPS = 6
"""Of a chart, however short a time the service has been there."""

Ratio = Callable[[Sums], float | None]


def added_up(parts: Iterable[Sums]) -> Sums:
    return reduce(add, parts, Sums())


def ratio(part: float, whole: float) -> float | None:
    """``None`` where there is nothing to divide by: no cases are not bad cases."""
    return part / whole if whole else None


def clean_share(sums: Sums) -> float | None:
    """Analysed cases that need no measures (S36, S82)."""
    return ratio(sums.clean, sums.analysed)


def violations_per_100(sums: Sums) -> float | None:
    """S85."""
    return ratio(100 * sums.violations, sums.analysed)


def hours_per_case(sums: Sums) -> float | None:
    """What a closed case cost in hours of people (S77, S83)."""
    return ratio(sums.closed_spent, sums.closed)


def working_hours(sums: Sums) -> float | None:
    """From start to end of a closed case, in working hours (S82)."""
    parts = sums.closed_survey + sums.closed_analysis + sums.closed_approval + sums.closed_changes
    return ratio(parts, sums.closed)


def satisfaction(sums: Sums) -> float | None:
    """Mean of the scale that the rulebook gives the answers (S86)."""
    return ratio(sums.satisfaction, sums.rated)


def effective_share(sums: Sums) -> float | None:
    """Of the measures that were checked with data enough (R21)."""
    return ratio(sums.effective, sums.checked)


def read_share(sums: Sums) -> float | None:
    """Of those asked to read the news of a change, who confirmed it (S84)."""
    return ratio(sums.news_read, sums.news_asked)


def trained_share(sums: Sums) -> float | None:
    """Of the trainings ordered, those done (S84)."""
    return ratio(sums.training_done, sums.training_ordered)


def hours_to_triage(sums: Sums) -> float | None:
    """From a deviation named in the survey to the end of its analysis (S88)."""
    return ratio(sums.hours_to_triage, sums.triaged)


def hours_to_remedy(sums: Sums) -> float | None:
    """From the findings to approved measures (S89)."""
    return ratio(sums.hours_to_remedy, sums.remedied)


def recurred_share(sums: Sums) -> float | None:
    """Of the closed cases, those whose violation was found again later (S2)."""
    return ratio(sums.recurred, sums.closed)


def measures_per_case(sums: Sums) -> float | None:
    return ratio(sums.measures, sums.analysed)


# --- Time ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A part of the period that is one column of a chart."""

    period: Period
    label: str


def by_days(period: Period) -> bool:
    """Are the sums needed by day? Otherwise by month is enough."""
    return period.days <= LONGEST_BY_WEEKS


def steps(period: Period) -> tuple[Step, ...]:
    """Weeks, months or quarters of the period, the first and the last cut to fit."""
    if period.days <= LONGEST_BY_WEEKS:
        return tuple(_cut(period, lambda day: day - timedelta(days=day.weekday()), 7, words.week))
    if period.days <= LONGEST_BY_MONTHS:
        return tuple(_cut(period, lambda day: day.replace(day=1), 31, words.month))
    return tuple(_cut(period, _quarter, 92, lambda day: f"{(day.month + 2) // 3} кв. {day:%y}"))


def _quarter(day: date) -> date:
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def _cut(
    period: Period, begin_of: Callable[[date], date], longest: int, label: Callable[[date], str]
) -> Iterable[Step]:
    begin = begin_of(period.since)
    while begin <= period.until:
        following = begin_of(begin + timedelta(days=longest))
        part = Period(max(begin, period.since), min(following - timedelta(days=1), period.until))
        yield Step(part, label(part.since))
        begin = following


def begun(course: Sequence[tuple[Step, Sums]]) -> Sequence[tuple[Step, Sums]]:
    """Without the steps before the first case, down to a few."""
    first = next((at for at, (_, sums) in enumerate(course) if sums.cases), len(course))
    return course[max(0, min(first, len(course) - FEWEST_STEPS)) :]


def folded(sums: Mapping[str, Sums], period: Period) -> tuple[tuple[Step, Sums], ...]:
    """Sums by ``2026-11-02`` or ``2026-11`` as sums by step; every sum is in exactly one of them."""
    found = [(step, Sums()) for step in steps(period)]
    for moment, each in sums.items():
        day = max(date.fromisoformat(moment if len(moment) > 7 else f"{moment}-01"), period.since)
        at = next(index for index, (step, _) in enumerate(found) if day <= step.period.until)
        found[at] = (found[at][0], found[at][1] + each)
    return tuple(found)
