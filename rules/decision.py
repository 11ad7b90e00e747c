"""The verbs: everything the rules can ask for, and the answer they give.

A command says *what must exist*, under a name that survives a retry (a task's slot, a note's mark, a case's round):
carrying it out twice leaves the portal as once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from rules.model import CaseField, MeasureField, SourceRef, Stage, UserId

FieldValue = str | int | float | date | tuple[int, ...] | tuple[str, ...] | None


@dataclass(frozen=True)
class CreateCase:
    """An item of «Анализ и коррекции» for this round of the source item."""

    source: SourceRef
    round: int
    funnel: str
    title: str
    responsible_id: UserId | None
    rules: str = ""
    """Version of the rulebook it starts with."""


@dataclass(frozen=True)
class CreateTask:
    """A task bound to the case and its source. ``department`` puts it into that department's kanban."""

    slot: str
    title: str
    description: str
    responsible_id: UserId
    deadline: datetime | None = None
    checklist: tuple[str, ...] = ()
    accomplices: tuple[UserId, ...] = ()
    auditors: tuple[UserId, ...] = ()
    department: str | None = None
    planned_hours: float | None = None
    flow: int | None = None
    """Id of a task flow that hands it out."""


@dataclass(frozen=True)
class AddChecklistItems:
    """Lines the task's checklist must have and lacks (a crash between task and checklist, or a line deleted)."""

    task_id: int
    titles: tuple[str, ...]


@dataclass(frozen=True)
class RenewTask:
    """A closed task goes back to work."""

    task_id: int
    deadline: datetime | None = None
    """A new term, when the old one is over; ``None`` leaves it."""


@dataclass(frozen=True)
class ReassignTask:
    """An open task goes to this person: its owner left the company, or may not do it for somebody else."""

    task_id: int
    responsible_id: UserId


@dataclass(frozen=True)
class CompleteTask:
    """A task that has lost its purpose is closed; its history stays."""

    task_id: int


@dataclass(frozen=True)
class UpdateCase:
    """Fields of the case card get these values."""

    changes: Mapping[CaseField, FieldValue]
    assigned_to: UserId | None = None


@dataclass(frozen=True)
class UpdateMeasure:
    """Fields of a measure's card get these values."""

    measure_id: int
    changes: Mapping[MeasureField, FieldValue]
    title: str | None = None
    """A new title; ``None`` leaves it."""


@dataclass(frozen=True)
class MoveSource:
    """The source item goes back to this stage of its own funnel, by the portal's id of the stage."""

    stage_id: str


@dataclass(frozen=True)
class MoveCase:
    """The case goes to this stage, its fields changed in the same breath."""

    to: Stage
    changes: Mapping[CaseField, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Tell:
    """A note in the case's timeline, and a notification to these people: once a mark."""

    mark: str
    text: str
    to: tuple[UserId, ...] = ()


@dataclass(frozen=True)
class PostNews:
    """A post in «Новости» for the people who use the process (S61); its id is kept in the case."""

    signature: str
    """Its last line, by which it is found again: in words, since everybody reads it."""
    title: str
    text: str
    departments: tuple[str, ...] = ()
    """Names of departments; none means everybody."""
    important: bool = False
    """Readers are asked to confirm (S84)."""
    since: datetime | None = None
    """No post about this case is older: so far back an earlier, interrupted look may have published it."""


Command = (
    CreateCase
    | CreateTask
    | AddChecklistItems
    | RenewTask
    | ReassignTask
    | CompleteTask
    | UpdateCase
    | UpdateMeasure
    | MoveSource
    | MoveCase
    | Tell
    | PostNews
)


@dataclass(frozen=True)
class Decision:
    """What is missing, when to look again if nothing happens before, and why, in sentences an inspector accepts."""

    commands: tuple[Command, ...] = ()
    look_again_at: datetime | None = None
    because: tuple[str, ...] = ()
    also_look_at: tuple[int, ...] = ()
    """Other cases that this one concerns."""
    left_out: str | None = None
    """Why finished work of a watched funnel gets no case: counted, so that nothing is left out silently (S81)."""


NOTHING = Decision()


def do(commands: Iterable[Command | None], because: Iterable[str]) -> Decision:
    """A decision of the commands that are really there."""
    return Decision(tuple(command for command in commands if command is not None), because=tuple(because))
