"""Numbers of one case for the quality department's report: how long, how much, by whom (S69-S77)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rules.model import Case, Stage

HOUR = 3600

ANALYSIS_AND_FORMULATION = (Stage.SURVEY, Stage.ANALYSIS, Stage.FORMULATION)
"""The survey counts into the first group: the parts then sum to the age of the case."""
APPROVAL = (Stage.APPROVAL,)
CHANGES_AND_FINALIZATION = (Stage.CHANGES, Stage.FINALIZATION)


@dataclass(frozen=True)
class Metrics:
    """Hours are calendar hours."""

    started_at: datetime
    finalised_at: datetime | None
    hours_analysis_formulation: float
    hours_approval: float
    hours_changes_finalization: float
    hours_spent: float
    hours_planned: float


def metrics_of(case: Case, now: datetime) -> Metrics:
    """Stage times as the portal's history tells them; the open stage counts up to ``now``."""
    return Metrics(
        started_at=case.entries[0].at,
        finalised_at=case.entered.at if case.stage.is_final else None,
        hours_analysis_formulation=hours_in(case, ANALYSIS_AND_FORMULATION, now),
        hours_approval=hours_in(case, APPROVAL, now),
        hours_changes_finalization=hours_in(case, CHANGES_AND_FINALIZATION, now),
        hours_spent=round(case.hours_spent, 2),
        hours_planned=round(sum(measure.planned_hours or 0 for measure in case.measures), 2),
    )


def hours_in(case: Case, stages: Iterable[Stage], now: datetime) -> float:
    """Calendar hours spent in these stages over all visits."""
    wanted = set(stages)
    ends = [entry.at for entry in case.entries[1:]] + [now]
    seconds = sum(
        (end - entry.at).total_seconds() for entry, end in zip(case.entries, ends, strict=True) if entry.stage in wanted
    )
    return round(max(seconds, 0) / HOUR, 2)
