"""Giving a person an assignment: the task must exist, be complete, and be open again when its work wasn't done.

Used by every room that asks somebody for something (S8-S10).
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.decision import AddChecklistItems, Command, CreateTask, RenewTask, Tell
from rules.model import Case, Stage, Task


def assign(case: Case, wanted: CreateTask) -> tuple[Command, ...]:
    """The task, or the lines its checklist lacks; nothing when both are there.

    A task that a person gave to somebody else, renamed or moved stays as that person left it.
    """
    task = case.task(wanted.slot)
    if task is None:
        return (wanted,)
    present = {tick.title for tick in task.checklist}
    lacking = tuple(title for title in wanted.checklist if title not in present)
    return () if task.closed or not lacking else (AddChecklistItems(task.id, lacking),)


def give_back(case: Case, task: Task, stage: Stage, unfinished: Sequence[str], *, what: str) -> tuple[Command, ...]:
    """A task closed too early goes back to work, and its owner is told what is missing, once per closing.

    A task that was in order until the case was put back to its stage is renewed without reproach.
    """
    if task.closed_at is None:
        return ()
    if not case.accepted(task, stage):
        return (RenewTask(task.id),)
    listed = "\n".join(f"• {each}" for each in unfinished)
    return (
        Tell(
            mark=f"unfinished-{task.id}-{int(task.closed_at.timestamp())}",
            text=f"{what} закрыт раньше времени и возвращён в работу. Не хватает:\n{listed}",
            to=(task.responsible_id,),
        ),
        RenewTask(task.id),
    )
