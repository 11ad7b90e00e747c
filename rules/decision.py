"""The verbs: everything the rules can ask for, and the answer they give.

A command says *what must exist*, under a name that survives a retry (a task's slot, a note's mark, a case's round):
carrying it out twice leaves the portal as once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.model import CaseField, SourceRef, Stage, UserId

FieldValue = str | int | float | tuple[int, ...] | tuple[str, ...] | None


@dataclass(frozen=True)
class CreateCase:
    """An item of «Анализ и коррекции» for this round of the source item."""

    source: SourceRef
    round: int
    funnel: str
    title: str
    responsible_id: UserId | None


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


@dataclass(frozen=True)
class AddChecklistItems:
    """Lines the task's checklist must have and lacks (a crash between task and checklist, or a line deleted)."""

    task_id: int
    titles: tuple[str, ...]


@dataclass(frozen=True)
class RenewTask:
    """A closed task goes back to work."""

    task_id: int


@dataclass(frozen=True)
class ReassignTask:
    """An open task whose owner left the company goes to this person."""

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

    mark: str
    title: str
    text: str
    departments: tuple[str, ...] = ()
    """Names of departments; none means everybody."""
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


NOTHING = Decision()


def do(commands: Iterable[Command | None], because: Iterable[str]) -> Decision:
    """A decision of the commands that are really there."""
    return Decision(tuple(command for command in commands if command is not None), because=tuple(because))
