"""Numbers of one case for the quality department's report: how long, how much, how often (S69-S77, S84-S89, R24).

Times come from the stage history, without the noise of moves that the gate took back: a card dragged ahead and put
back never left its stage. Every moment is rounded, not the time between two of them, so the parts sum exactly to the
age of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from rules import analysis, effectiveness, execution, news, survey
from rules.calendar import WorkingTime, working_time
from rules.model import Case, Stage, StageEntry, gate_mark
from rules.override import answered_for
from rules.rulebook import Rulebook

HOUR = 3600


class Part(StrEnum):
    """The groups of stages whose times people ask for. A case that lies closed waits for nobody."""

    SURVEY = "survey"
    ANALYSIS_FORMULATION = "analysis_formulation"
    APPROVAL = "approval"
    CHANGES_FINALIZATION = "changes_finalization"
    CLOSED = "closed"
    """From a closing to a reopening; the check of the measures is done then."""


PART_OF: Mapping[Stage, Part] = {
    Stage.SURVEY: Part.SURVEY,
    Stage.ANALYSIS: Part.ANALYSIS_FORMULATION,
    Stage.FORMULATION: Part.ANALYSIS_FORMULATION,
    Stage.APPROVAL: Part.APPROVAL,
    Stage.CHANGES: Part.CHANGES_FINALIZATION,
    Stage.FINALIZATION: Part.CHANGES_FINALIZATION,
    Stage.SUCCESS: Part.CLOSED,
    Stage.CANCELLED: Part.CLOSED,
}
PART_OF_TASK: Mapping[str, Part] = {
    "survey": Part.SURVEY,
    "analysis": Part.ANALYSIS_FORMULATION,
    "measures": Part.ANALYSIS_FORMULATION,
    "vote": Part.APPROVAL,
    "measure": Part.CHANGES_FINALIZATION,
    "rework": Part.CHANGES_FINALIZATION,
    "final": Part.CHANGES_FINALIZATION,
    "news": Part.CHANGES_FINALIZATION,
    "effect": Part.CLOSED,
}
"""First word of a task's slot to the part that its hours belong to."""


@dataclass(frozen=True)
class Span:
    """A time in calendar and in working hours, rounded to hundredths."""

    calendar: float = 0.0
    working: float = 0.0


@dataclass(frozen=True)
class Training:
    """Measures that train somebody (S42, S84)."""

    ordered: int
    done: int


@dataclass(frozen=True)
class Metrics:
    """``age`` runs from the start to the end of the case, or to now; the ``parts`` sum to it."""

    started_at: datetime
    finalised_at: datetime | None
    stage_since: datetime
    age: Span
    parts: Mapping[Part, Span]
    spent: Mapping[Part, float]
    """Hours that people put down in their tasks, by the part the work belongs to."""
    hours_spent: float
    hours_planned: float
    approval_rounds: int
    gate_reverts: int
    overrides: int
    training: Training
    readers: news.Read | None
    """``None`` while nobody was asked to read anything."""
    deviation_to_triage: Span | None
    """From a survey that names a deviation to the end of the analysis (S88)."""
    finding_to_approval: Span | None
    """From the end of the analysis to the approval of the measures (S89)."""
    effect_checked_at: datetime | None


def metrics_of(case: Case, book: Rulebook, now: datetime) -> Metrics:
    """What the history and the tasks of the case tell; the open stage counts up to ``now``."""
    time = working_time(book.calendar, case.staff)
    moves = course(case)
    end = moves[-1].at if moves[-1].stage.is_final else max(now, moves[-1].at)
    marks = _marks([move.at for move in moves] + [end], time)
    spent = _spent(case)
    return Metrics(
        started_at=moves[0].at,
        finalised_at=moves[-1].at if moves[-1].stage.is_final else None,
        stage_since=moves[-1].at,
        age=marks[-1],
        parts=_parts(moves, marks),
        spent=spent,
        hours_spent=round(case.hours_spent, 2),
        hours_planned=round(sum(measure.planned_hours or 0 for measure in case.measures), 2),
        approval_rounds=sum(move.stage is Stage.APPROVAL for move in moves),
        gate_reverts=sum(gate_mark(entry) in case.told for entry in case.entries),
        overrides=sum(answered_for(case, entry) for entry in case.entries),
        training=_training(case, book),
        readers=news.readers(case),
        deviation_to_triage=_between(_deviation_named_at(case, book), _analysed_at(case), time),
        finding_to_approval=_between(_analysed_at(case), _approved_at(moves), time),
        effect_checked_at=max(
            (task.closed_at for task in case.tasks_for(effectiveness.PREFIX) if task.closed_at is not None),
            default=None,
        ),
    )


# --- Times in stages -------------------------------------------------------------------------------------------------


def course(case: Case) -> tuple[StageEntry, ...]:
    """The way of the case: moves that the gate took back, and the way back from them, left out."""
    way: list[StageEntry] = []
    for entry in case.entries:
        taken_back = bool(way) and gate_mark(entry) in case.told
        if not taken_back and (not way or way[-1].stage is not entry.stage):
            way.append(entry)
    return tuple(way)


def _marks(moments: Sequence[datetime], time: WorkingTime) -> list[Span]:
    """How far each moment is from the first one. A clock behind the portal's gives no negative hours."""
    calendar = working = 0.0
    marks = [Span()]
    for earlier, later in pairwise(moments):
        calendar += max((later - earlier).total_seconds() / HOUR, 0)
        working += time.hours_between(earlier, later)
        marks.append(Span(round(calendar, 2), round(working, 2)))
    return marks


def _parts(moves: Sequence[StageEntry], marks: Sequence[Span]) -> Mapping[Part, Span]:
    parts = dict.fromkeys(Part, Span())
    for move, begin, end in zip(moves, marks, marks[1:], strict=False):
        so_far = parts[PART_OF[move.stage]]
        parts[PART_OF[move.stage]] = Span(
            round(so_far.calendar + end.calendar - begin.calendar, 2),
            round(so_far.working + end.working - begin.working, 2),
        )
    return parts


def _between(start: datetime | None, end: datetime | None, time: WorkingTime) -> Span | None:
    if start is None or end is None or end < start:
        return None
    return _marks((start, end), time)[-1]


# --- Moments ---------------------------------------------------------------------------------------------------------


def _deviation_named_at(case: Case, book: Rulebook) -> datetime | None:
    task = case.task(survey.SLOT)
    return task.closed_at if task is not None and survey.names_deviation(case, book) else None


def _analysed_at(case: Case) -> datetime | None:
    """When the violations and the verdict stood: the inspector's task was closed."""
    task = case.task(analysis.SLOT)
    return task.closed_at if task is not None else None


def _approved_at(moves: Sequence[StageEntry]) -> datetime | None:
    """When the commission's decision let the first set of measures go to the departments."""
    pairs = pairwise(moves)
    return next((after.at for before, after in pairs if _is_approval(before, after)), None)


def _is_approval(before: StageEntry, after: StageEntry) -> bool:
    return (
        before.stage is Stage.APPROVAL and after.stage.position > Stage.APPROVAL.position and not after.stage.is_final
    )


# --- Sums ------------------------------------------------------------------------------------------------------------


def _spent(case: Case) -> Mapping[Part, float]:
    sums = dict.fromkeys(Part, 0.0)
    for task in case.tasks:
        sums[PART_OF_TASK[task.slot.partition(":")[0]]] += task.hours_spent
    return {part: round(hours, 2) for part, hours in sums.items()}


def _training(case: Case, book: Rulebook) -> Training:
    kinds = {code for code, kind in book.measure_kinds.items() if kind.employee}
    ordered = [measure for measure in case.measures if measure.kind in kinds]
    return Training(len(ordered), sum(execution.is_done(case, measure) for measure in ordered))
