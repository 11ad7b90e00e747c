"""Who fills a role of the rulebook today (S12, S45): the head of a department, or a person it names."""

from __future__ import annotations

from collections.abc import Iterator

from rules.model import Department, Staff, UserId
from rules.rulebook import Role


def holder(role: Role, staff: Staff) -> UserId | None:
    """Whose place it is, whether they still work here or not."""
    if role.person is not None:
        found = staff.person_named(role.person)
        return found.id if found is not None else None
    place = department(role, staff)
    return place.head_id if place is not None else None


def department(role: Role, staff: Staff) -> Department | None:
    """Where the role belongs: the department it heads, or the one its person works in."""
    if role.head_of is not None:
        return staff.department_named(role.head_of)
    person = staff.person_named(role.person) if role.person is not None else None
    return next(iter(_departments(person.department_ids if person is not None else (), staff)), None)


def candidates(role: Role, staff: Staff) -> Iterator[UserId]:
    """Whose place it is, then the heads above, nearest first; whoever they are, and each once."""
    place = department(role, staff)
    heads = (node.head_id for node in staff.chain_of(place)) if place is not None else ()
    yield from dict.fromkeys(each for each in (holder(role, staff), *heads) if each is not None)


def filled_by(role: Role, staff: Staff, *, never: frozenset[UserId] = frozenset()) -> UserId | None:
    """Who decides for it today: whose place it is, or the nearest head above who works here."""
    return next((each for each in candidates(role, staff) if each not in never and staff.is_active(each)), None)


def _departments(ids: tuple[int, ...], staff: Staff) -> Iterator[Department]:
    yield from (staff.departments[id_] for id_ in ids if id_ in staff.departments)
