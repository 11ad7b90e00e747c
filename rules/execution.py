"""Stage «Изменения»: one blocking task a measure, in the kanban of the department that carries it out (S50-S57)."""

from __future__ import annotations

from datetime import datetime

from rules import inspector
from rules.assignment import assign, take_over
from rules.calendar import END_OF_WORK, due
from rules.decision import Command, CreateTask, Decision, RenewTask, Tell, do
from rules.model import Case, Measure, Stage, Task, UserId, short_hash
from rules.rulebook import Rulebook

PREFIX = "measure"
REWORK = "rework"


def slot(measure: Measure) -> str:
    """A measure that was reworded is other work, so it gets another task; the old one is no proof that it was done."""
    return f"{PREFIX}:{measure.id}:{short_hash(measure.substance)}"


def blocking_tasks(case: Case) -> tuple[Task, ...]:
    """The tasks that hold the case: those of its measures, and what somebody who put it back wants redone.

    A task whose measure was deleted or reworded holds it too (S56): only a person may say that it isn't needed.
    """
    return (*case.tasks_for(PREFIX), *case.tasks_for(REWORK))


def open_tasks(case: Case) -> tuple[Task, ...]:
    return tuple(task for task in blocking_tasks(case) if not task.closed)


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Which blocking tasks hold the case (S56, S57)."""
    not_given = tuple(
        f"по мере «{measure.title}» нет задачи" for measure in case.measures if case.task(slot(measure)) is None
    )
    still_open = tuple(
        f"открыта задача №{task.id} «{task.title}», исполнитель {case.staff.name_of(task.responsible_id)}"
        for task in open_tasks(case)
    )
    if _nothing_redone(case):
        return (*not_given, "разбор возвращён на стадию «Изменения», а доработки ещё не было")
    return (*not_given, *still_open)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Every measure has its task in the right group; a case put back by a person gets a task saying so."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    commands: list[Command | None] = []
    for measure in case.measures:
        commands.extend(assign(case, _task(case, book, measure, person, now)))
    if _nothing_redone(case):
        rework = case.task(_rework_slot(case))
        commands.append(RenewTask(rework.id) if rework is not None else _rework(case, book, person, now))
    of_no_measure = _of_no_measure(case)
    commands.extend(take_over(case, (*of_no_measure, *case.tasks_for(REWORK)), person))
    commands.extend(_needless(case, task, person) for task in of_no_measure)
    return do(commands, because=missing(case, book))


def _of_no_measure(case: Case) -> tuple[Task, ...]:
    """Open tasks whose measure was deleted or reworded after they were given out."""
    wanted = {slot(measure) for measure in case.measures}
    return tuple(task for task in case.tasks_for(PREFIX) if not task.closed and task.slot not in wanted)


def _needless(case: Case, task: Task, person: UserId) -> Tell | None:
    told = Tell(
        mark=f"needless-{task.id}",
        text=(
            f"Мера, по которой поставлена задача №{task.id} «{task.title}», изменена или удалена. "
            "Задача держит разбор: если эта работа больше не нужна, завершите задачу."
        ),
        to=tuple(dict.fromkeys((task.responsible_id, person))),
    )
    return None if told.mark in case.told else told


def _nothing_redone(case: Case) -> bool:
    """A person put the case back to its changes, and every task was finished before that: what should be redone?"""
    if case.stage is not Stage.CHANGES or case.reopened_at is None:
        return False
    return all(task.closed_at is not None and task.closed_at <= case.reopened_at for task in blocking_tasks(case))


def executor(case: Case, book: Rulebook, measure: Measure, instead: UserId) -> UserId:
    """The person the measure names, else the head of its department or above, else the inspector."""
    if measure.responsible_id is not None and case.staff.is_active(measure.responsible_id):
        return measure.responsible_id
    department = book.departments.get(measure.department or "")
    head = case.staff.head_of(department.department) if department else None
    return head if head is not None else instead


def _rework_slot(case: Case) -> str:
    return f"{REWORK}:{case.entered.id}"


def _task(case: Case, book: Rulebook, measure: Measure, person: UserId, now: datetime) -> CreateTask:
    kind = book.measure_kinds[measure.kind].title if measure.kind else "Мера"
    return CreateTask(
        slot=slot(measure),
        title=measure.title,
        description=(
            f"{kind}: {measure.target}\nОжидаемый результат: {measure.expected}\n"
            f"Основание: разбор — {case.title}. Задача блокирует финализацию разбора."
        ),
        responsible_id=executor(case, book, measure, instead=person),
        deadline=_deadline(measure, book, now),
        auditors=(person,),
        department=measure.department,
        planned_hours=measure.planned_hours,
    )


def _deadline(measure: Measure, book: Rulebook, now: datetime) -> datetime:
    if measure.due is None:
        return due(now, book.terms.change)
    return now.replace(
        year=measure.due.year, month=measure.due.month, day=measure.due.day,
        hour=END_OF_WORK, minute=0, second=0, microsecond=0,
    )  # fmt: skip


def _rework(case: Case, book: Rulebook, person: UserId, now: datetime) -> CreateTask:
    return CreateTask(
        slot=_rework_slot(case),
        title=f"Доработать изменения: {case.source_title}",
        description=(
            f"Разбор возвращён на стадию «Изменения» ({case.staff.name_of(case.moved_by)}). Верните в работу задачи "
            "мер, которые нужно переделать, и завершите эту задачу. Задача блокирует финализацию."
        ),
        responsible_id=person,
        deadline=due(now, book.terms.change),
    )
