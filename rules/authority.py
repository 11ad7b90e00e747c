"""Who may decide what the rules leave to a named person: let a case past its guards, cancel it, do without a task.

Nobody decides on a case about their own work, and the service's own account never counts as a person.
"""

from __future__ import annotations

from rules import roles
from rules.model import Case, UserId
from rules.rulebook import Rulebook


def overriders(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    """Whoever fills the roles of ``gate.override`` today."""
    never = _never(case)
    people = (roles.filled_by(book.roles[code], case.staff, never=never) for code in book.gate.override)
    return tuple(dict.fromkeys(person for person in people if person is not None))


def cancellers(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    """Who may cancel a case: its inspector, the head of quality, and who may override."""
    head = case.staff.head_of(book.quality.department, never=_never(case))
    return _able(case, (case.inspector_id, head, *overriders(case, book)))


def deciders(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    """Who says what becomes of a measure whose task was deleted (S56): inspector, commission, and who may override."""
    return _able(case, (case.inspector_id, *case.commission, *overriders(case, book)))


def names(case: Case, people: tuple[UserId, ...]) -> str:
    return ", ".join(case.staff.name_of(person) for person in people) or "никто"


def _never(case: Case) -> frozenset[UserId]:
    return frozenset(each for each in (case.responsible_id, case.staff.service_id) if each is not None)


def _able(case: Case, people: tuple[UserId | None, ...]) -> tuple[UserId, ...]:
    able = (person for person in people if person is not None and case.staff.is_active(person))
    return tuple(dict.fromkeys(person for person in able if person not in _never(case)))
