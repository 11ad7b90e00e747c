"""Who checks whether measures worked (R20): somebody who had no part in the case."""

from __future__ import annotations

from collections.abc import Iterator

from rules import execution, roles
from rules.model import Case, UserId
from rules.rulebook import Rulebook


def choose(case: Case, book: Rulebook) -> UserId | None:
    """Who checks: the person on the card, if independent; else whoever would be chosen today.

    Where everybody had a part in the case, the head of quality or the head above, as long as it isn't their own work or
    their own analysis.
    """
    involved = involved_in(case)
    if case.staff.is_active(case.reviewer_id) and case.reviewer_id not in involved:
        return case.reviewer_id
    able = [each for each in _candidates(case, book, involved) if each not in involved]
    if able:
        return next((each for each in able if case.staff.is_here(each)), able[0])
    never = frozenset(each for each in _of_the_case(case) if each is not None)
    return case.staff.head_of(book.quality.department, never=never)


def involved_in(case: Case) -> frozenset[UserId]:
    """Whose work, whose case, whose measures it is: nobody approves the check of their own (R20)."""
    people = (
        *_of_the_case(case),
        *(person for measure in case.measures for person in (measure.responsible_id, measure.employee_id)),
        *(task.responsible_id for task in execution.blocking_tasks(case)),
    )
    return frozenset(person for person in people if person is not None)


def _of_the_case(case: Case) -> tuple[UserId | None, ...]:
    """Those who never check it, whatever the company looks like; nor does the account in whose name we write."""
    return case.responsible_id, case.inspector_id, case.staff.service_id


def _candidates(case: Case, book: Rulebook, involved: frozenset[UserId]) -> Iterator[UserId]:
    """In the order in which they are asked; the work of checking goes round in the quality department."""
    role = book.roles.get(book.effectiveness.reviewer or "")
    stand_ins = [book.roles[code] for code in role.substitutes if code in book.roles] if role is not None else []
    named = [roles.filled_by(each, case.staff, never=involved) for each in (role, *stand_ins) if each is not None]
    department = case.staff.department_named(book.quality.department)
    head = department.head_id if department is not None else None
    members = [member for member in case.staff.members_of(book.quality.department) if member != head]
    turn = case.id % len(members) if members else 0
    last = case.staff.head_of(book.quality.department, never=involved)
    yield from (each for each in (*named, *members[turn:], *members[:turn], last) if each is not None)
