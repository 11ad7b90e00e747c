"""Stage «Изменения»: one blocking task a measure, in the kanban of the department that carries it out (S50-S57)."""

from __future__ import annotations

from datetime import datetime

from rules.assignment import assign
from rules.calendar import END_OF_WORK, due
from rules.decision import CreateTask, Decision, RenewTask, do
from rules.model import Case, Measure, Stage, Task, UserId
from rules.rulebook import Rulebook

PREFIX = "measure"
REWORK = "rework"


def slot(measure: Measure) -> str:
    return f"{PREFIX}:{measure.id}"


def blocking_tasks(case: Case) -> tuple[Task, ...]:
    """The tasks that hold the case: those of its measures, and what somebody who put it back wants redone."""
    return (*case.tasks_for(PREFIX), *case.tasks_for(REWORK))


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Which blocking tasks hold the case (S56, S57)."""
    not_given = tuple(
        f"по мере «{measure.title}» нет задачи" for measure in case.measures if case.task(slot(measure)) is None
    )
    still_open = tuple(
        f"открыта задача №{task.id} «{task.title}», исполнитель {case.staff.name_of(task.responsible_id)}"
        for task in blocking_tasks(case)
        if not task.closed
    )
    if _nothing_redone(case):
        return (*not_given, *still_open, "разбор возвращён на стадию «Изменения», а доработки ещё не было")
    return (*not_given, *still_open)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Every measure has its task in the right group; a case put back by a person gets a task saying so."""
    commands = [command for measure in case.measures for command in assign(case, _task(case, book, measure, now))]
    if _nothing_redone(case) and case.inspector_id is not None:
        rework = case.task(_rework_slot(case))
        commands.extend(
            (RenewTask(rework.id),) if rework is not None else assign(case, _rework(case, book, case.inspector_id, now))
        )
    return do(commands, because=missing(case, book))


def _nothing_redone(case: Case) -> bool:
    """A person put the case back to its changes, and every task was finished before that: what should be redone?"""
    if case.stage is not Stage.CHANGES or case.reopened_at is None:
        return False
    return all(task.closed_at is not None and task.closed_at <= case.reopened_at for task in blocking_tasks(case))


def executor(case: Case, book: Rulebook, measure: Measure) -> UserId | None:
    """The person the measure names, else the head of its department, else the inspector."""
    if case.staff.is_active(measure.responsible_id):
        return measure.responsible_id
    department = book.departments.get(measure.department or "")
    head = case.staff.head_of(department.department) if department else None
    return head if head is not None else case.inspector_id


def _rework_slot(case: Case) -> str:
    return f"{REWORK}:{case.entered.id}"


def _task(case: Case, book: Rulebook, measure: Measure, now: datetime) -> CreateTask:
    kind = book.measure_kinds[measure.kind].title if measure.kind else "Мера"
    person = executor(case, book, measure)
    return CreateTask(
        slot=slot(measure),
        title=measure.title,
        description=(
            f"{kind}: {measure.target}\nОжидаемый результат: {measure.expected}\n"
            f"Основание: разбор «{case.title}». Задача блокирует финализацию разбора."
        ),
        responsible_id=person if person is not None else 0,
        deadline=_deadline(measure, book, now),
        auditors=(case.inspector_id,) if case.inspector_id is not None else (),
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


def _rework(case: Case, book: Rulebook, inspector: UserId, now: datetime) -> CreateTask:
    return CreateTask(
        slot=_rework_slot(case),
        title=f"Доработать изменения: {case.source_title}",
        description=(
            f"Разбор вернул на стадию «Изменения»: {case.staff.name_of(case.moved_by)}. Верните в работу задачи мер, "
            "которые нужно переделать, и завершите эту задачу. Задача блокирует финализацию."
        ),
        responsible_id=inspector,
        deadline=due(now, book.terms.change),
    )
