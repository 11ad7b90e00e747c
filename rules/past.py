"""Other cases of the funnel: what was similar, what came back, how often it happened before (R9, R20, R27)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rules.model import Case, PastCase, Stage


def wanted(case: Case) -> bool:
    """Do the rules need to know the other cases now? Reading them costs the portal something."""
    return case.stage in (Stage.ANALYSIS, Stage.APPROVAL, Stage.SUCCESS)


def earlier_rounds(case: Case) -> tuple[PastCase, ...]:
    """Cases of the same source item before this one, oldest first."""
    rounds = (past for past in case.past if past.source == case.source and past.round < case.round)
    return tuple(sorted(rounds, key=lambda past: past.round))


def with_violations(cases: Iterable[PastCase], violations: Sequence[str]) -> tuple[PastCase, ...]:
    """Those that share at least one of these violation types."""
    return tuple(past for past in cases if set(past.violations) & set(violations))


def decided_between(cases: Iterable[PastCase], start: datetime, end: datetime) -> tuple[PastCase, ...]:
    """Cases opened in this time whose analysis has come to a verdict."""
    return tuple(past for past in cases if start <= past.opened_at < end and past.verdict is not None)


def share(cases: Sequence[PastCase], violations: Sequence[str], least: int) -> float | None:
    """Percent of these cases that have one of the violations; ``None`` when there are too few to say."""
    if len(cases) < max(least, 1):
        return None
    return round(100 * len(with_violations(cases, violations)) / len(cases), 1)


def before(case: Case, days: int) -> tuple[PastCase, ...]:
    """Decided cases opened in so many days up to this one's opening."""
    opened = case.entries[0].at
    return decided_between(case.past, opened - timedelta(days=days), opened)
