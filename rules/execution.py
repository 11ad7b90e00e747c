"""Stage «Изменения»: one blocking task a measure, in the kanban of the department that carries it out (S50-S57).

What becomes of a task afterwards, and what it means here:

- moved to another kanban column or group, handed to somebody else, renamed, given another term: people's business;
- reopened: it blocks again;
- deleted, or taken out of the case's card: missed through the number that the measure's card remembers. It blocks until
  a named person decides there: give it out again, or do without. A task deleted before its number was written down is
  simply given out again;
- its measure was reworded or deleted: it blocks until somebody closes it; a reworded measure gets a task of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rules import authority, inspector
from rules.assignment import assign, take_over, term
from rules.calendar import working_time
from rules.decision import Command, CreateTask, Decision, FieldValue, RenewTask, Tell, UpdateMeasure, do
from rules.model import LOST_TASK_TITLES, Case, LostTask, Measure, MeasureField, Stage, Task, UserId, short_hash
from rules.rulebook import Rulebook

PREFIX = "measure"
REWORK = "rework"


def slot(measure: Measure) -> str:
    """A measure that was reworded is other work, so it gets another task; the old one is no proof that it was done."""
    return f"{PREFIX}:{measure.id}:{short_hash(measure.substance)}"


def is_done(case: Case, measure: Measure) -> bool:
    """Is its work finished, so that its term can't be missed any more?"""
    task = case.task(slot(measure))
    return task is not None and task.closed and not case.dropped(task)


def is_blocking(task: Task) -> bool:
    return task.slot.startswith((f"{PREFIX}:", f"{REWORK}:"))


def blocking_tasks(case: Case) -> tuple[Task, ...]:
    """The tasks that hold the case: those of its measures, and what somebody who put it back wants redone.

    A task whose measure was deleted or reworded holds it too (S56): only a person may say that it isn't needed.
    """
    return (*case.tasks_for(PREFIX), *case.tasks_for(REWORK))


def open_tasks(case: Case) -> tuple[Task, ...]:
    """Those not done. What was closed because the case was cancelled is not done either, if it is still wanted."""
    wanted = {slot(measure) for measure in case.measures}
    return tuple(
        task
        for task in blocking_tasks(case)
        if not task.closed or (case.dropped(task) and (task.slot in wanted or task in case.tasks_for(REWORK)))
    )


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Which blocking tasks hold the case (S56, S57)."""
    not_given = tuple(
        f"задача №{measure.task_id} по мере «{measure.title}» удалена, и никто не решил, как быть"
        if is_lost(case, measure)
        else f"по мере «{measure.title}» нет задачи"
        for measure in case.measures
        if case.task(slot(measure)) is None and not is_needless(case, measure)
    )
    still_open = tuple(
        f"{'отменена вместе с разбором' if task.closed else 'открыта'} задача №{task.id} «{task.title}», "
        f"исполнитель {case.staff.name_of(task.responsible_id)}"
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
        commands.extend(_see_to(case, book, measure, person, now))
    if _nothing_redone(case):
        rework = case.task(_rework_slot(case))
        commands.append(RenewTask(rework.id) if rework is not None else _rework(case, book, person, now))
    commands.extend(RenewTask(task.id) for task in case.tasks_for(REWORK) if case.dropped(task))
    of_no_measure = _of_no_measure(case)
    commands.extend(take_over(case, (*of_no_measure, *case.tasks_for(REWORK)), person))
    commands.extend(_superfluous(case, task, person) for task in of_no_measure)
    return do(commands, because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """No measure leaves this stage without the number of its task (R14)."""
    found = ((measure, case.task(slot(measure))) for measure in case.measures)
    return [command for measure, task in found if task is not None for command in _remember(measure, task)]


def progress(case: Case) -> str:
    """How far the changes are, for the card; empty while there is nothing to do."""
    without_task = tuple(
        measure.title
        for measure in case.measures
        if case.task(slot(measure)) is None and not is_needless(case, measure)
    )
    still_open = open_tasks(case)
    waiting = (*without_task, *(f"{task.title} ({case.staff.name_of(task.responsible_id)})" for task in still_open))
    needless = sum(1 for measure in case.measures if is_needless(case, measure))
    total = len(blocking_tasks(case)) + len(without_task) + needless
    done = f"Закрыто {total - len(waiting)} из {total}"
    return (f"{done}; ждём: {_bounded(waiting)}" if waiting else done) if total else ""


MOST_NAMED = 5
LONGEST_NAME = 60


def _bounded(names: Sequence[str]) -> str:
    shown = (name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…" for name in names[:MOST_NAMED])
    more = f" и ещё {len(names) - MOST_NAMED}" if len(names) > MOST_NAMED else ""
    return ", ".join(shown) + more


# --- One measure -----------------------------------------------------------------------------------------------------


def _see_to(case: Case, book: Rulebook, measure: Measure, person: UserId, now: datetime) -> Iterable[Command | None]:
    """Its task exists and is known to it; when the task was deleted, somebody decides."""
    task = case.task(slot(measure))
    if task is None and is_lost(case, measure):
        return _decide_on(case, book, measure, person, now)
    given = assign(case, _task(case, book, measure, person, now))
    if task is None:
        return given
    renewed = (RenewTask(task.id),) if case.dropped(task) else ()
    return (*renewed, *given, *_remember(measure, task))


def _remember(measure: Measure, task: Task) -> tuple[Command, ...]:
    """The measure's card names its task. A decision about a lost task says nothing about this one."""
    changes: dict[MeasureField, FieldValue] = {}
    if measure.task_id != task.id:
        changes[MeasureField.TASK] = task.id
    if measure.decision is not None:
        changes[MeasureField.DECISION] = None
    return (UpdateMeasure(measure.id, changes),) if changes else ()


# --- A blocking task that was deleted --------------------------------------------------------------------------------


def is_lost(case: Case, measure: Measure) -> bool:
    """Was the task that the measure remembers deleted, or taken out of the case's card (its ``UF_CRM_TASK``)?"""
    return measure.task_id is not None and all(task.id != measure.task_id for task in case.tasks)


def is_needless(case: Case, measure: Measure) -> bool:
    """Has a named person said that a deleted task's work isn't needed? The measure then counts as done without it."""
    decided = is_lost(case, measure) and measure.decision is LostTask.NEEDLESS
    return decided and case.task(slot(measure)) is None and _needless_mark(measure) in case.told


def _needless_mark(measure: Measure) -> str:
    return f"dispensed-{measure.task_id}-{short_hash(measure.substance)}"


def _decide_on(case: Case, book: Rulebook, measure: Measure, person: UserId, now: datetime) -> Iterable[Command | None]:
    """The decision stands in the measure's card; who wrote it there is who decides (S56)."""
    if measure.decision is None:
        return (_ask(case, book, measure, person),)
    if is_needless(case, measure):
        return ()
    who = measure.changed_by
    if who not in authority.deciders(case, book):
        clear = UpdateMeasure(measure.id, {MeasureField.DECISION: None})
        return (_refuse(case, book, measure), clear)
    decided = f"{case.staff.name_of(who)}: {LOST_TASK_TITLES[measure.decision].lower()}"
    text = f"Задача №{measure.task_id} по мере «{measure.title}» удалена. Решил(а) {decided}."
    match measure.decision:
        case LostTask.NEEDLESS:
            return (_once(case, _needless_mark(measure), text, person),)
        case LostTask.AGAIN:
            forget: dict[MeasureField, FieldValue] = {MeasureField.TASK: None, MeasureField.DECISION: None}
            return (
                _once(case, f"again-{measure.task_id}", text, person),
                UpdateMeasure(measure.id, forget),
                _task(case, book, measure, person, now),
            )


def _ask(case: Case, book: Rulebook, measure: Measure, person: UserId) -> Tell | None:
    head = case.staff.head_of(book.quality.department)
    choices = " или ".join(f"«{title}»" for title in LOST_TASK_TITLES.values())
    text = (
        f"Задача №{measure.task_id} по мере «{measure.title}» удалена или отвязана от карточки разбора. Она блокирует "
        f"разбор: выберите в карточке меры, в поле «Если задача удалена», {choices}. "
        f"Решить может: {authority.names(case, authority.deciders(case, book))}."
    )
    return _once(case, f"lost-{measure.task_id}", text, person, head)


def _refuse(case: Case, book: Rulebook, measure: Measure) -> Tell | None:
    who = measure.changed_by
    text = (
        f"Решение о задаче №{measure.task_id} по мере «{measure.title}» не принято: его записал(а) "
        f"{case.staff.name_of(who) if who is not None else 'неизвестно кто'}. "
        f"Решить может: {authority.names(case, authority.deciders(case, book))}."
    )
    told_to = who if who is not None and who != case.staff.service_id and not case.staff.has_left(who) else None
    return _once(case, f"undecided-{measure.task_id}-{who or 0}", text, told_to)


def _once(case: Case, mark: str, text: str, *to: UserId | None) -> Tell | None:
    people = tuple(dict.fromkeys(person for person in to if person is not None))
    return None if mark in case.told else Tell(mark, text, people)


# --- Tasks of no measure, and work to be done again ------------------------------------------------------------------


def _of_no_measure(case: Case) -> tuple[Task, ...]:
    """Open tasks whose measure was deleted or reworded after they were given out."""
    wanted = {slot(measure) for measure in case.measures}
    return tuple(task for task in case.tasks_for(PREFIX) if not task.closed and task.slot not in wanted)


def _superfluous(case: Case, task: Task, person: UserId) -> Tell | None:
    text = (
        f"Мера, по которой поставлена задача №{task.id} «{task.title}», изменена или удалена. "
        "Задача держит разбор: если эта работа больше не нужна, завершите задачу."
    )
    return _once(case, f"needless-{task.id}", text, task.responsible_id, person)


def _nothing_redone(case: Case) -> bool:
    """A person put the case back to its changes, and every task was finished before that: what should be redone?"""
    if case.stage is not Stage.CHANGES or case.reopened_at is None or open_tasks(case):
        return False
    return all(task.closed_at is not None and task.closed_at <= case.reopened_at for task in blocking_tasks(case))


def _rework_slot(case: Case) -> str:
    return f"{REWORK}:{case.entered.id}"


def _rework(case: Case, book: Rulebook, person: UserId, now: datetime) -> CreateTask:
    return CreateTask(
        slot=_rework_slot(case),
        title=f"Доработать изменения: {case.source_title}",
        description=(
            f"Разбор возвращён на стадию «Изменения» ({case.staff.name_of(case.moved_by)}). Верните в работу задачи "
            "мер, которые нужно переделать, и завершите эту задачу. Задача блокирует финализацию."
        ),
        responsible_id=person,
        deadline=term(case, book, person, now, book.terms.change),
    )


# --- The task of a measure -------------------------------------------------------------------------------------------


def executor(case: Case, book: Rulebook, measure: Measure, instead: UserId) -> UserId:
    """The person the measure names, else the head of its department or above, else the inspector."""
    if measure.responsible_id is not None and case.staff.is_active(measure.responsible_id):
        return measure.responsible_id
    department = book.departments.get(measure.department or "")
    head = case.staff.head_of(department.department) if department else None
    return head if head is not None else instead


def _task(case: Case, book: Rulebook, measure: Measure, person: UserId, now: datetime) -> CreateTask:
    kind = book.measure_kinds.get(measure.kind or "")
    department = book.departments.get(measure.department or "")
    owner = executor(case, book, measure, instead=person)
    learner = measure.employee_id if case.staff.is_active(measure.employee_id) else None
    lines = (
        f"{kind.title if kind else 'Мера'}: {measure.target}",
        f"Ожидаемый результат: {measure.expected}",
        f"Кого касается: {case.staff.name_of(learner)}" if learner is not None else "",
        f"Работу выполняет подрядчик «{department.integrator}», задачу ведёт {case.staff.name_of(owner)}."
        if department and department.integrator
        else "",
        f"Основание: разбор №{case.id} — {case.title}. Задача блокирует финализацию разбора.",
    )
    return CreateTask(
        slot=slot(measure),
        title=measure.title,
        description="\n".join(line for line in lines if line),
        responsible_id=owner,
        deadline=_deadline(case, measure, book, owner, now),
        accomplices=(learner,) if learner is not None and learner != owner else (),
        auditors=(person,),
        department=measure.department if department else None,
        planned_hours=measure.planned_hours,
        flow=department.flow if department and owner != measure.responsible_id else None,
    )


def _deadline(case: Case, measure: Measure, book: Rulebook, owner: UserId, now: datetime) -> datetime:
    """The measure's own term, at the end of its owner's working day."""
    if measure.due is None:
        return term(case, book, owner, now, book.terms.change)
    return working_time(book.calendar, case.staff, owner).end_of(measure.due)
