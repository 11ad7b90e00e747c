"""Giving a person an assignment: the task must exist, be complete, and be open again when its work wasn't done.

Used by every room that asks somebody for something (S8-S10).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rules.calendar import working_time
from rules.decision import AddChecklistItems, Command, CreateTask, ReassignTask, RenewTask, Tell
from rules.model import Case, Stage, Task, UserId
from rules.rulebook import Rulebook


def assign(case: Case, wanted: CreateTask) -> tuple[Command, ...]:
    """The task, or the lines its checklist lacks; nothing when both are there.

    A task that a person gave to somebody else, renamed or moved stays as that person left it, unless its owner left
    the company: then it goes to whoever would get it today (S91).
    """
    task = case.task(wanted.slot)
    if task is None:
        return (wanted,)
    if task.closed:
        return ()
    missing_lines = lacking(task, wanted.checklist)
    return (
        *take_over(case, (task,), wanted.responsible_id),
        *((AddChecklistItems(task.id, missing_lines),) if missing_lines else ()),
    )


def term(case: Case, book: Rulebook, person: UserId, now: datetime, working_days: int) -> datetime:
    """When an assignment given now is due: by the company's calendar, at the end of this person's day."""
    return working_time(book.calendar, case.staff, person).due(now, working_days)


def take_over(case: Case, tasks: Iterable[Task], person: UserId) -> tuple[Command, ...]:
    """Open tasks whose owner left the company go to this person."""
    left = (task for task in tasks if not task.closed and case.staff.has_left(task.responsible_id))
    return tuple(ReassignTask(task.id, person) for task in left)


def lacking(task: Task, titles: Iterable[str]) -> tuple[str, ...]:
    """Which of these lines the checklist doesn't have. Spaces don't count: a portal may store them otherwise."""
    present = {" ".join(tick.title.split()) for tick in task.checklist}
    return tuple(title for title in titles if " ".join(title.split()) not in present)


def give_back(case: Case, task: Task, stage: Stage, unfinished: Sequence[str]) -> tuple[Command, ...]:
    """A task closed too early goes back to work, and its owner is told what is missing, once per closing.

    A task that was in order until the case was put back to its stage is renewed without reproach.
    """
    if task.closed_at is None:
        return ()
    listed = "\n".join(f"• {each}" for each in unfinished)
    told = Tell(
        mark=f"unfinished-{task.id}-{int(task.closed_at.timestamp())}",
        text=f"Задача «{task.title}» закрыта раньше времени и возвращена в работу. Не хватает:\n{listed}",
        to=(task.responsible_id,),
    )
    if not case.accepted(task, stage) or told.mark in case.told:
        return (RenewTask(task.id),)
    return (told, RenewTask(task.id))
