"""Whose cases somebody may see, by the structure of the company as it is today (S90).

A person sees the cases about their own work; a head those of their departments and of all below them; the quality
department, and whoever heads the whole company, see all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.model import Staff, UserId


@dataclass(frozen=True)
class Scope:
    """``whole``: everything of the portal. Else cases of these departments, and of these people wherever they worked
    when it was opened."""

    whole: bool = False
    departments: frozenset[int] = frozenset()
    people: frozenset[UserId] = frozenset()

    @property
    def is_personal(self) -> bool:
        """One's own cases only."""
        return not self.whole and not self.departments


def scope_of(person: UserId, staff: Staff, quality_department: str) -> Scope | None:
    """``None`` for who doesn't work here (any more)."""
    if not staff.is_active(person):
        return None
    headed = [department for department in staff.departments.values() if department.head_id == person]
    quality = staff.department_named(quality_department)
    inspects = quality is not None and bool(departments_of(person, staff) & below(quality.id, staff))
    if inspects or any(department.parent_id is None for department in headed):
        return Scope(whole=True)
    departments = frozenset[int]().union(*(below(department.id, staff) for department in headed))
    return Scope(departments=departments, people=people_in(departments, staff) | {person})


def departments_of(person: UserId, staff: Staff) -> frozenset[int]:
    """Where they work, and what they head."""
    headed = {department.id for department in staff.departments.values() if department.head_id == person}
    known = staff.people.get(person)
    return frozenset(headed.union(known.department_ids if known is not None else ()))


def below(department_id: int, staff: Staff) -> frozenset[int]:
    """A department with all its sub-departments."""
    found = {
        department.id
        for department in staff.departments.values()
        if any(node.id == department_id for node in staff.chain_of(department))
    }
    return frozenset(found | {department_id})


def people_in(departments: Iterable[int], staff: Staff) -> frozenset[UserId]:
    """Who works there today, the fired included: their cases stay with the department."""
    wanted = set(departments)
    return frozenset(person.id for person in staff.people.values() if wanted.intersection(person.department_ids))
