"""Who leads a case: a member of the quality department, from the analysis to the end (S24, S63)."""

from __future__ import annotations

from rules.decision import NOTHING, Decision, ReassignTask, Tell, UpdateCase, do
from rules.model import CASE_FIELD_TITLES, Case, CaseField, Stage, Task, UserId
from rules.rulebook import Rulebook

OWN_WORK = ("analysis", "measures", "rework", "final", "news")
"""First words of the slots of what the inspector does."""


def working(case: Case) -> UserId | None:
    """The inspector on the card, unless he has left the company or his own work is analysed.

    Leave doesn't take a case away (docs/decisions/0016-who-is-absent-gets-nothing-new.md): who knows it goes on with it
    afterwards. Its deadlines tell the head meanwhile, who may put somebody else on the card: see ``hand_over``.
    """
    fit = case.staff.is_active(case.inspector_id) and case.inspector_id != case.responsible_id
    return case.inspector_id if fit else None


def appoint(case: Case, book: Rulebook) -> Decision:
    """The card names an inspector who can work."""
    inspector = choose(case, book)
    if inspector is None:
        return Decision(because=(f"в отделе «{book.quality.department}» нет сотрудника, который может вести разбор",))
    away = "" if case.staff.is_here(inspector) else ", хотя и отсутствует: заменить некем"
    return do(
        (*_handed(case, inspector), UpdateCase({CaseField.INSPECTOR: inspector}, assigned_to=inspector)),
        because=(f"разбор ведёт {case.staff.name_of(inspector)}: меньше всего открытых разборов{away}",),
    )


def hand_over(case: Case) -> Decision:
    """Somebody put another inspector on the card: open work goes along, and the card's «Ответственный» follows.

    That field tells who led the case before. What the predecessor had passed on to somebody else stays there.
    """
    person, before = working(case), case.assigned_id
    begun = Stage.ANALYSIS.position <= case.stage.position and not case.stage.is_final
    if person is None or before is None or before == person or not begun:
        return NOTHING
    told = None if before == case.responsible_id else _told(case, before, person)
    return do(
        (told, *_handed(case, person), UpdateCase({}, assigned_to=person)),
        because=(f"разбор ведёт {case.staff.name_of(person)}, раньше вёл(а) {case.staff.name_of(before)}",),
    )


def _open_work(case: Case) -> tuple[Task, ...]:
    """What whoever led the case until now has not finished."""
    own = (task for task in case.tasks if task.slot.split(":")[0] in OWN_WORK)
    return tuple(task for task in own if not task.closed and task.responsible_id == case.assigned_id)


def _handed(case: Case, person: UserId) -> tuple[ReassignTask, ...]:
    return tuple(ReassignTask(task.id, person) for task in _open_work(case) if task.responsible_id != person)


def _told(case: Case, before: UserId, person: UserId) -> Tell | None:
    mark = f"inspector-{case.entered.id}-{before}-{person}"
    tasks = ", ".join(f"№{task.id} «{task.title}»" for task in _open_work(case))
    text = (
        f"Разбор ведёт {case.staff.name_of(person)} (раньше — {case.staff.name_of(before)}).\n"
        f"{f'Переданы задачи: {tasks}.' if tasks else 'Открытых задач для передачи нет.'}\n"
        f"Кто ведёт разбор, решает поле «{CASE_FIELD_TITLES[CaseField.INSPECTOR]}» в карточке."
    )
    people = (person,) if case.staff.has_left(before) else (person, before)
    return None if mark in case.told else Tell(mark, text, people)


def choose(case: Case, book: Rulebook) -> UserId | None:
    """The member of the quality department with the fewest open cases; never the person analysed (S91).

    The head inspects only when nobody else is there, and somebody absent only when the head isn't there either.
    """
    able = [member for member in case.staff.members_of(book.quality.department) if member != case.responsible_id]
    department = case.staff.department_named(book.quality.department)
    head = department.head_id if department else None

    def turn(member: UserId) -> tuple[bool, bool, int, UserId]:
        return not case.staff.is_here(member), member == head, case.open_cases_of.get(member, 0), member

    return min(able, key=turn, default=None)
