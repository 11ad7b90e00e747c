"""Who decides: violation types name roles, roles name places, the live company structure names people (S33, S45)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.decision import Command, UpdateCase
from rules.model import Case, CaseField, UserId
from rules.rulebook import Rulebook


def roles(case: Case, book: Rulebook) -> Iterator[str]:
    """Codes of the roles this case needs, each once, in the order of the violations found."""
    wanted = [role for code in case.violations if code in book.violations for role in book.violations[code].roles]
    yield from dict.fromkeys((*wanted, *book.quality.commission_always))


def compose(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    """The commission as the structure stands now; nobody judges measures about their own work.

    When no violation calls for anybody (the outcome «есть что улучшить» may have none), or nobody called for works
    here, the head of quality decides alone.
    """
    never = frozenset((case.responsible_id,)) if case.responsible_id is not None else frozenset()
    heads = (case.staff.head_of(book.roles[role].head_of, never=never) for role in roles(case, book))
    members = tuple(dict.fromkeys(head for head in heads if head is not None))
    if members:
        return members
    head = case.staff.head_of(book.quality.department, never=never)
    return () if head is None else (head,)


def able(case: Case) -> tuple[UserId, ...]:
    """The members on the card who can vote: they still work here, and it is not about their own work."""
    return tuple(member for member in case.commission if case.staff.is_active(member) and member != case.responsible_id)


def appoint(case: Case, book: Rulebook) -> Sequence[Command]:
    """The card names the commission that the violations call for today."""
    return _seat(case, compose(case, book))


def fill(case: Case, book: Rulebook) -> Sequence[Command]:
    """Whoever can't vote gives way, whoever the violations call for joins; members a person added stay."""
    return _seat(case, tuple(dict.fromkeys((*able(case), *compose(case, book)))))


def _seat(case: Case, members: tuple[UserId, ...]) -> Sequence[Command]:
    return () if set(members) == set(case.commission) else (UpdateCase({CaseField.COMMISSION: members}),)
