"""The route of a case: which rooms it passes, in order, for the verdict it got."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules import analysis, approval, execution, finalization, formulation, survey
from rules.decision import Command, Decision
from rules.model import Case, Stage
from rules.rulebook import Rulebook


def _nothing(case: Case, book: Rulebook) -> Sequence[Command]:
    return ()


@dataclass(frozen=True)
class Room:
    """One stage: why a case may not leave it, what to do while it is there, what to do on the way out."""

    stage: Stage
    missing: Callable[[Case, Rulebook], tuple[str, ...]]
    work: Callable[[Case, Rulebook, datetime], Decision]
    leave: Callable[[Case, Rulebook], Sequence[Command]] = _nothing


SURVEY = Room(Stage.SURVEY, survey.missing, survey.work)
ANALYSIS = Room(Stage.ANALYSIS, analysis.missing, analysis.work, analysis.leave)
FORMULATION = Room(Stage.FORMULATION, formulation.missing, formulation.work, formulation.leave)
APPROVAL = Room(Stage.APPROVAL, approval.missing, approval.work)
CHANGES = Room(Stage.CHANGES, execution.missing, execution.work)
FINALIZATION = Room(Stage.FINALIZATION, finalization.missing, finalization.work, finalization.leave)

FULL_ROUTE = (SURVEY, ANALYSIS, FORMULATION, APPROVAL, CHANGES, FINALIZATION)
CLEAN_ROUTE = (SURVEY, ANALYSIS)
"""«Absolutely correct»: no measures, straight to success (S37)."""


def route_of(case: Case, book: Rulebook) -> tuple[Room, ...]:
    return FULL_ROUTE if analysis.needs_measures(case, book) else CLEAN_ROUTE


def next_stage(case: Case, book: Rulebook) -> Stage:
    """Where a case goes that may leave its stage."""
    later = (room.stage for room in route_of(case, book) if room.stage.position > case.stage.position)
    return next(later, Stage.SUCCESS)
