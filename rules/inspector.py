"""Who leads a case: a member of the quality department, from the analysis to the end (S24, S63)."""

from __future__ import annotations

from rules.decision import Decision, UpdateCase, do
from rules.model import Case, CaseField, UserId
from rules.rulebook import Rulebook


def working(case: Case) -> UserId | None:
    """The inspector on the card, unless he has left the company or his own work is analysed."""
    fit = case.staff.is_active(case.inspector_id) and case.inspector_id != case.responsible_id
    return case.inspector_id if fit else None


def appoint(case: Case, book: Rulebook) -> Decision:
    """The card names an inspector who can work."""
    inspector = choose(case, book)
    if inspector is None:
        return Decision(because=(f"в отделе «{book.quality.department}» нет сотрудника, который может вести разбор",))
    return do(
        (UpdateCase({CaseField.INSPECTOR: inspector}, assigned_to=inspector),),
        because=(f"разбор ведёт {case.staff.name_of(inspector)}: меньше всего открытых разборов",),
    )


def choose(case: Case, book: Rulebook) -> UserId | None:
    """The member of the quality department with the fewest open cases; never the person analysed (S91).

    The head inspects only when there is nobody else.
    """
    able = [member for member in case.staff.members_of(book.quality.department) if member != case.responsible_id]
    department = case.staff.department_named(book.quality.department)
    head = department.head_id if department else None
    inspectors = [member for member in able if member != head] or able
    return min(inspectors, key=lambda member: (case.open_cases_of.get(member, 0), member), default=None)
