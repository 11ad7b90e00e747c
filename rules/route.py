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


SURVEY = Room(Stage.SURVEY, survey.missing, survey.work, survey.leave)
ANALYSIS = Room(Stage.ANALYSIS, analysis.missing, analysis.work, analysis.leave)
FORMULATION = Room(Stage.FORMULATION, formulation.missing, formulation.work, formulation.leave)
APPROVAL = Room(Stage.APPROVAL, approval.missing, approval.work, approval.leave)
CHANGES = Room(Stage.CHANGES, execution.missing, execution.work, execution.leave)
FINALIZATION = Room(Stage.FINALIZATION, finalization.missing, finalization.work)

FULL_ROUTE = (SURVEY, ANALYSIS, FORMULATION, APPROVAL, CHANGES, FINALIZATION)
CLEAN_ROUTE = (SURVEY, ANALYSIS)
"""«Absolutely correct»: no measures, straight to success (S37)."""
ROOMS = {room.stage: room for room in FULL_ROUTE}
"""A case that a person put into a stage is worked on there, on its route or not."""


def route_of(case: Case, book: Rulebook) -> tuple[Room, ...]:
    """The rooms a case must have finished before it is closed."""
    if analysis.needs_measures(case, book):
        return FULL_ROUTE
    # The verdict became clean when tasks had been given out: all issued tasks are blocking (S56).
    return (*CLEAN_ROUTE, CHANGES) if execution.open_tasks(case) else CLEAN_ROUTE


def next_stage(case: Case, book: Rulebook) -> Stage:
    """Where a case goes that may leave its stage."""
    later = (room.stage for room in route_of(case, book) if room.stage.position > case.stage.position)
    return next(later, Stage.SUCCESS)
