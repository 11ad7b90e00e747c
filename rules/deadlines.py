"""Terms of assignments: a reminder before, a notice at, the head after; each once (S8, S91).

What was said is remembered by its mark in the case's timeline. A mark names the deadline, so a task that got a new
term is watched anew. After a silence of the service only what still makes sense is said: no reminder of a term that
has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from rules.calendar import working_time
from rules.decision import Command, Decision, MoveCase, RenewTask, Tell
from rules.model import Case, Task, UserId
from rules.rulebook import Rulebook


@dataclass(frozen=True)
class Alarm:
    """Something to be said about a task from this moment on."""

    at: datetime
    tell: Tell


TERM_OF = {
    "survey": "survey",
    "analysis": "analysis",
    "measures": "measures",
    "vote": "vote",
    "measure": "change",
    "rework": "change",
    "final": "finalization",
    "news": "finalization",
    "effect": "effectiveness",
}
"""First word of a task's slot to the name of its term in the rulebook."""


def anew(decision: Decision, case: Case, book: Rulebook, now: datetime) -> Decision:
    """Work that was done before the case was put back gets a new term when it is asked for again after the old one."""
    return replace(decision, commands=tuple(_with_term(command, case, book, now) for command in decision.commands))


def _with_term(command: Command, case: Case, book: Rulebook, now: datetime) -> Command:
    if not isinstance(command, RenewTask) or case.reopened_at is None:
        return command
    task = next(task for task in case.tasks if task.id == command.task_id)
    done_before = task.closed_at is not None and task.closed_at <= case.reopened_at
    if not done_before or task.deadline is None or task.deadline > now:
        return command
    days = getattr(book.terms, TERM_OF[task.slot.split(":")[0]])
    return RenewTask(task.id, working_time(book.calendar, case.staff, task.responsible_id).due(now, days))


def watch(decision: Decision, case: Case, book: Rulebook, now: datetime) -> Decision:
    """The decision, with what is to be said about terms now and the moment of the next alarm.

    A case that moves on is left alone: its tasks may be closing.
    """
    if any(isinstance(command, MoveCase) for command in decision.commands):
        return decision
    alarms = [alarm for task in case.tasks if not task.closed for alarm in _alarms(task, case, book, now)]
    said = tuple(alarm.tell for alarm in alarms if alarm.at <= now)
    moments = [alarm.at for alarm in alarms if alarm.at > now]
    if decision.look_again_at is not None:
        moments.append(decision.look_again_at)
    return replace(
        decision,
        commands=(*decision.commands, *said),
        look_again_at=min(moments, default=None),
        because=(*decision.because, *(f"пора сообщить о сроке: {tell.text}" for tell in said)),
    )


def _alarms(task: Task, case: Case, book: Rulebook, now: datetime) -> Iterator[Alarm]:
    """What has not been said about this open task yet, and from when on it is to be said."""
    if task.deadline is None:
        return
    owner = task.responsible_id
    time = working_time(book.calendar, case.staff, owner)
    term = f"{task.deadline.astimezone(time.zone):%d.%m.%Y %H:%M}"
    head = head_of(case, book, owner)
    alarms = [
        _alarm("late", task, task.deadline, f"Задача «{task.title}» не завершена в срок ({term}).", owner),
    ]
    if book.escalation.remind_hours_before and now < task.deadline:
        reminder = time.before(task.deadline, book.escalation.remind_hours_before)
        if task.created_at is None or task.created_at < reminder:
            alarms.append(_alarm("remind", task, reminder, f"Скоро срок задачи «{task.title}»: {term}.", owner))
    if head is not None:
        text = f"{case.staff.name_of(owner)}: задача «{task.title}» просрочена, срок был {term}."
        after = time.due(task.deadline, book.escalation.head_after_days)
        alarms.append(_alarm("escalated", task, after, text, head))
    yield from (alarm for alarm in alarms if alarm.tell.mark not in case.told)


def _alarm(word: str, task: Task, at: datetime, text: str, to: UserId) -> Alarm:
    assert task.deadline is not None  # noqa: S101  the caller's condition
    return Alarm(at, Tell(f"{word}-{task.id}-{int(task.deadline.timestamp())}", text, to=(to,)))


def head_of(case: Case, book: Rulebook, person: UserId) -> UserId | None:
    """Who is told when this person is late: the head of their department or above, else the head of quality."""
    known = case.staff.people.get(person)
    never = frozenset((person,)) | case.staff.absent
    for department_id in known.department_ids if known is not None else ():
        department = case.staff.departments.get(department_id)
        head = case.staff.head_above(department, never=never) if department is not None else None
        if head is not None:
            return head
    return case.staff.head_of(book.quality.department, never=never)
