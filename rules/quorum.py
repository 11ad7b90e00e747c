"""When the votes are enough: everyone, a majority, or one of each department (S47).

A measure is approved, turned down, or still open; which of them, a table of policies says. What is decided stays so
whatever the missing votes will say, so nobody waits for them.

- ``everyone``: each member's yes; one no turns the measure down.
- ``majority``: more than half of the members. When all have voted and the halves are equal, the chair decides.
- ``one_per_department``: one yes from each department that sits in the commission. A member speaks for the department
  of their role, or for all of those of their roles; whom a person added, for their own. A department says no when all
  its members do, and one such no turns the measure down.

Where a critical violation was found and the rulebook names a role for it, nothing is approved without that role's yes,
and its no turns the measure down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Literal

from rules import ballot, commission, roles
from rules.model import Case, Measure, UserId
from rules.rulebook import Rulebook
from rules.violations import worst


class Outcome(Enum):
    APPROVED = auto()
    REFUSED = auto()
    OPEN = auto()


People = frozenset[UserId]
Policy = Callable[[People, People, Case, Rulebook], Outcome]
"""Who said yes, who said no."""


def _everyone(yes: People, no: People, case: Case, book: Rulebook) -> Outcome:
    if no:
        return Outcome.REFUSED
    return Outcome.APPROVED if yes == set(case.commission) else Outcome.OPEN


def _majority(yes: People, no: People, case: Case, book: Rulebook) -> Outcome:
    members = len(case.commission)
    if 2 * len(yes) > members:
        return Outcome.APPROVED
    if 2 * len(no) > members:
        return Outcome.REFUSED
    if len(yes) + len(no) < members:
        return Outcome.OPEN
    return Outcome.APPROVED if commission.chair(case, book) in yes else Outcome.REFUSED


def _one_per_department(yes: People, no: People, case: Case, book: Rulebook) -> Outcome:
    groups = departments(case, book).values()
    if any(group <= no for group in groups):
        return Outcome.REFUSED
    return Outcome.APPROVED if all(group & yes for group in groups) else Outcome.OPEN


POLICIES: Mapping[Literal["everyone", "majority", "one_per_department"], Policy] = {
    "everyone": _everyone,
    "majority": _majority,
    "one_per_department": _one_per_department,
}


def outcomes(case: Case, book: Rulebook) -> Mapping[Measure, Outcome]:
    """What the votes cast so far make of each measure. The commission must have members."""
    votes = ballot.cast(case, book)
    policy = POLICIES[book.approval.quorum]
    guarded, voice = critical(case, book), critical_voice(case, book)

    def outcome(measure: Measure) -> Outcome:
        yes = frozenset(vote.member for vote in votes if vote.approves(measure))
        no = frozenset(vote.member for vote in votes if not vote.approves(measure))
        found = policy(yes, no, case, book)
        if not guarded or voice in yes:
            return found
        return Outcome.REFUSED if voice in no or found is Outcome.REFUSED else Outcome.OPEN

    return {measure: outcome(measure) for measure in case.measures}


def refused(case: Case, book: Rulebook) -> tuple[Measure, ...]:
    """Measures that the commission has turned down in the present set."""
    if not case.commission:
        return ()
    return tuple(measure for measure, found in outcomes(case, book).items() if found is Outcome.REFUSED)


def undecided(case: Case, book: Rulebook) -> bool:
    return Outcome.OPEN in outcomes(case, book).values()


def departments(case: Case, book: Rulebook) -> Mapping[str, People]:
    """The members by the name of the department they speak for; who has none speaks for themselves."""
    by_role = commission.members_by_role(case, book)
    groups: dict[str, People] = {}
    for role, member in by_role.items():
        place = roles.department(book.roles[role], case.staff)
        name = place.name if place is not None else book.roles[role].title
        groups[name] = groups.get(name, frozenset()) | {member}
    for member in case.commission:
        if member not in by_role.values():
            for name in _own_departments(case, member):
                groups[name] = groups.get(name, frozenset()) | {member}
    return groups


def _own_departments(case: Case, member: UserId) -> tuple[str, ...]:
    known = case.staff.people.get(member)
    ids = known.department_ids if known is not None else ()
    names = tuple(case.staff.departments[id_].name for id_ in ids if id_ in case.staff.departments)
    return names or (case.staff.name_of(member),)


def critical(case: Case, book: Rulebook) -> bool:
    """Does a critical violation ask for a certain role's yes?"""
    return book.approval.critical_needs in book.roles and worst(case, book) == "critical"


def critical_voice(case: Case, book: Rulebook) -> UserId | None:
    """Who of the commission sits for that role; ``None`` when nobody does, or none is needed."""
    needed = book.approval.critical_needs
    if needed is None or not critical(case, book):
        return None
    return commission.members_by_role(case, book).get(needed)


def rule(case: Case, book: Rulebook) -> str:
    """The rule in words, for the record (R13)."""
    words = {
        "everyone": "нужно «за» каждого участника комиссии",
        "majority": "нужно «за» больше половины участников, при равенстве решает председатель "
        f"({case.staff.name_of(commission.chair(case, book))})",
        "one_per_department": "нужно хотя бы одно «за» от каждого отдела, представленного в комиссии",
    }[book.approval.quorum]
    if not critical(case, book):
        return words
    role = book.roles[book.approval.critical_needs or ""]
    return f"{words}; нарушение критическое, поэтому обязателен голос: {role.title}"
