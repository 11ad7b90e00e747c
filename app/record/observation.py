"""What one look saw of a case, small enough to be kept and compared with the next (R26).

Only the differences go to the journal. What the service changed itself stands there as a command already, so each
command that was carried out is worked into the kept observation and is not told a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from rules import card
from rules.decision import (
    Command,
    CompleteTask,
    FieldValue,
    MoveCase,
    ReassignTask,
    RenewTask,
    UpdateCase,
    UpdateMeasure,
)
from rules.later_edits import Settled
from rules.model import Case, Stage, Task

LONGEST_TEXT = 4000
"""Of a longer text the beginning is kept, and a hash by which any change of it is noticed."""


@dataclass(frozen=True)
class TaskSeen:
    """One task of the case; its lines and result only when it is closed."""

    slot: str
    title: str
    owner: int
    deadline: datetime | None = None
    closed_at: datetime | None = None
    closed_by: int | None = None
    by_service: bool = False
    """The service closed it, and nobody has seen it closed yet."""
    ticked: tuple[str, ...] = ()
    unticked: tuple[str, ...] = ()
    result: str = ""
    hours: float = 0.0

    @property
    def closed(self) -> bool:
        return self.by_service or self.closed_at is not None


@dataclass(frozen=True)
class Observation:
    """``written``: the values of ``rules.card``."""

    written: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[int, TaskSeen] = field(default_factory=dict)
    entry: int = 0
    """The last row of the stage history that was told."""
    moving_to: Stage | None = None
    """The service moved the case there; the row of that move isn't seen yet."""
    settled: Settled = field(default_factory=Settled)
    stage: Stage | None = None


_OBSERVATION = TypeAdapter(Observation)


def as_json(observation: Observation) -> dict[str, Any]:
    stored: dict[str, Any] = _OBSERVATION.dump_python(observation, mode="json")
    return stored


def from_json(stored: Mapping[str, Any]) -> Observation:
    """Raises pydantic's ValidationError for what another release stored."""
    return _OBSERVATION.validate_python(stored)


def observe(case: Case, before: Observation) -> Observation:
    """What is there now; ``before`` tells which moves are news."""
    entry = max((each.id for each in case.entries), default=before.entry)
    return Observation(
        written={name: bounded(value) for name, value in card.written(case).items()},
        tasks={task.id: _task(task) for task in case.tasks},
        entry=entry,
        moving_to=before.moving_to if entry == before.entry else None,
        settled=before.settled,
        stage=case.stage,
    )


def _task(task: Task) -> TaskSeen:
    open_ = TaskSeen(task.slot, bounded(task.title), task.responsible_id, task.deadline)
    if not task.closed:
        return open_
    return replace(
        open_,
        closed_at=task.closed_at,
        closed_by=task.closed_by,
        ticked=tuple(bounded(tick.title) for tick in task.checklist if tick.done),
        unticked=tuple(bounded(title) for title in task.unticked),
        result=bounded(task.result),
        hours=round(task.hours_spent, 2),
    )


def bounded(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:LONGEST_TEXT]}… [sha256 {hashlib.sha256(text.encode(errors='replace')).hexdigest()}]"


def after(seen: Observation, command: Command) -> Observation:
    """What the next look should see, this command having been carried out."""
    match command:
        case UpdateCase(changes):
            return replace(seen, written=_with(seen.written, changes))
        case MoveCase(to, changes):
            return replace(seen, written=_with(seen.written, changes), moving_to=to)
        case UpdateMeasure(measure_id, changes, title):
            named = {card.TITLE: title} if title is not None else {}
            return replace(seen, written=_with(seen.written, {**changes, **named}, f"measure.{measure_id}."))
        case CompleteTask(task_id):
            return _with_task(seen, task_id, by_service=True)
        case RenewTask(task_id, deadline):
            term = {} if deadline is None else {"deadline": deadline}
            return _with_task(seen, task_id, closed_at=None, closed_by=None, by_service=False, **term)
        case ReassignTask(task_id, responsible_id):
            return _with_task(seen, task_id, owner=responsible_id)
        case _:
            return seen


def _with(before: Mapping[str, str], changes: Mapping[Any, FieldValue], prefix: str = "") -> dict[str, str]:
    new = {f"{prefix}{name}": bounded(card.as_written(value)) for name, value in changes.items()}
    watched = {name: value for name, value in new.items() if name not in card.UNWATCHED}
    return {name: value for name, value in {**before, **watched}.items() if value}


def _with_task(seen: Observation, task_id: int, **changes: Any) -> Observation:
    if task_id not in seen.tasks:
        return seen
    return replace(seen, tasks={**seen.tasks, task_id: replace(seen.tasks[task_id], **changes)})
