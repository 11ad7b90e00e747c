"""Who decides: violation types name roles, roles name places, the live company structure names people (S33, S45, R12).

A place is taken by the head of its department; when he is absent, by the role's substitutes; when there is none, or his
own work is analysed, by the nearest head above. The rule that seated each member is written on the card: it is how a
later look tells them from the members whom a person added by hand, who stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rules import roles as role_of
from rules.deadlines import head_of
from rules.decision import Command, FieldValue, Tell, UpdateCase
from rules.model import Case, CaseField, Department, UserId, same_text, short_hash
from rules.rulebook import Rulebook
from rules.violations import SEVERITY, found, worst

NOBODY = "Комиссию составить не из кого: проверьте руководителей отделов в структуре компании."
BY_HAND = "включён вручную"
KEPT = "остаётся из прежнего состава"


@dataclass(frozen=True)
class Seat:
    """One place: who has it, and by which rule."""

    member: UserId
    because: str
    role: str | None = None
    """Code of the role; ``None`` for whoever fills the commission up."""


@dataclass(frozen=True)
class Composition:
    seats: tuple[Seat, ...]
    left_out: tuple[str, ...] = ()
    """Codes of roles that a commission of the largest size has no room for."""

    @property
    def members(self) -> tuple[UserId, ...]:
        return tuple(dict.fromkeys(seat.member for seat in self.seats))


def roles(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Codes of the roles this case needs, each once: the chair, then in the order of the violations found."""
    wanted = [role for each in found(case, book) for role in book.violations[each.code].roles]
    return tuple(
        dict.fromkeys((*_chair_role(book), *wanted, *_grave_role(case, book), *book.quality.commission_always))
    )


def compose(case: Case, book: Rulebook) -> tuple[UserId, ...]:
    """The commission as the structure stands now; nobody judges measures about their own work."""
    return _composition(case, book).members


def able(case: Case) -> tuple[UserId, ...]:
    """The members on the card who can vote: they still work here, and it is not about their own work."""
    return tuple(member for member in case.commission if case.staff.is_active(member) and member != case.responsible_id)


def appoint(case: Case, book: Rulebook) -> dict[CaseField, FieldValue]:
    """What the card should say about the commission today, where it says something else."""
    return _changes(case, book, _composition(case, book), staying=_added_by_hand(case))


def recompose(case: Case, book: Rulebook) -> Sequence[Command]:
    """The same while measures are being written, with a word to those who join and leave."""
    return _announced(case, appoint(case, book))


def fill(case: Case, book: Rulebook) -> Sequence[Command]:
    """Once voting has begun: whoever can't vote gives way, whoever the violations call for joins, all others stay."""
    sitting = able(case)
    return _announced(case, _changes(case, book, _composition(case, book, sitting), staying=sitting))


def members_by_role(case: Case, book: Rulebook) -> Mapping[str, UserId]:
    """Who of the commission on the card sits for which role; for which department, ``roles`` knows."""
    sits = {
        role: [each for each in _candidates(case, book, role) if each in case.commission] for role in roles(case, book)
    }
    return {role: candidates[0] for role, candidates in sits.items() if candidates}


def chair(case: Case, book: Rulebook) -> UserId | None:
    """Who decides a tie: the rulebook's chair, else the first member."""
    seated = tuple(members_by_role(case, book).values())
    return next(iter((*seated, *case.commission)), None)


def substitute_for(case: Case, book: Rulebook, member: UserId, *, never: Iterable[UserId] = ()) -> UserId | None:
    """Who may vote for a member who can't or doesn't: nobody who has a vote already, or who is absent."""
    candidates = [
        candidate
        for role, seated in members_by_role(case, book).items()
        if seated == member
        for candidate in _candidates(case, book, role)
    ]
    above = head_of(case, book, member)
    free = (
        each
        for each in (*candidates, *((above,) if above is not None else ()))
        if case.staff.is_here(each) and each not in (*case.commission, case.responsible_id, *never)
    )
    return next(free, None)


# --- Who is called ---------------------------------------------------------------------------------------------------


def _chair_role(book: Rulebook) -> tuple[str, ...]:
    return (book.quality.chair,) if book.quality.chair is not None else ()


def _grave_role(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Without it a critical violation isn't decided."""
    needed = book.approval.critical_needs
    return (needed,) if needed is not None and worst(case, book) == "critical" else ()


def _called_by(case: Case, book: Rulebook, role: str) -> str:
    """Why this role takes part, in words."""
    titles = [f"«{each.title}»" for each in found(case, book) if role in book.violations[each.code].roles]
    reasons = (
        "председатель" if role in _chair_role(book) else "",
        f"{'нарушение' if len(titles) == 1 else 'нарушения'} {', '.join(titles)}" if titles else "",
        "без этой роли критическое нарушение не решается" if role in _grave_role(case, book) else "",
        "входит в каждую комиссию" if role in book.quality.commission_always else "",
    )
    return ", ".join(reason for reason in reasons if reason)


# --- Who takes a place -----------------------------------------------------------------------------------------------


def _fit(case: Case, person: UserId | None) -> bool:
    return case.staff.is_active(person) and person != case.responsible_id


def _heads(case: Case, department: Department | None) -> tuple[UserId, ...]:
    """Heads of the department and of those above it who may judge, nearest first."""
    chain = case.staff.chain_of(department) if department is not None else ()
    return tuple(node.head_id for node in chain if node.head_id is not None and _fit(case, node.head_id))


def _substitutes(case: Case, book: Rulebook, role: str) -> tuple[UserId, ...]:
    """Whoever has the places that stand in for this one; a vacant substitute's place is nobody's."""
    people = (role_of.holder(book.roles[code], case.staff) for code in book.roles[role].substitutes)
    return tuple(person for person in people if person is not None and _fit(case, person))


def _candidates(case: Case, book: Rulebook, role: str) -> tuple[UserId, ...]:
    """Whoever may sit for this role, first choice first. Substitutes stand in for somebody: not for a vacant place."""
    own, above = _own_and_above(case, book, role)
    return tuple(dict.fromkeys((*own, *(_substitutes(case, book, role) if own else ()), *above)))


def _own_and_above(case: Case, book: Rulebook, role: str) -> tuple[tuple[UserId, ...], tuple[UserId, ...]]:
    fit = tuple(each for each in role_of.candidates(book.roles[role], case.staff) if _fit(case, each))
    holder = role_of.holder(book.roles[role], case.staff)
    return (fit[:1], fit[1:]) if holder in fit[:1] else ((), fit)


def _seat(case: Case, book: Rulebook, role: str, sitting: Sequence[UserId]) -> Seat | None:
    """Who takes this place today. ``sitting`` members keep the places they have, present or not."""
    own, above = _own_and_above(case, book, role)
    substitutes = _substitutes(case, book, role) if own else ()
    choice = (*own, *substitutes, *above)
    kept = [each for each in (*own, *substitutes) if each in sitting]
    present = [each for each in choice if case.staff.is_here(each) or each in sitting]
    member = next(iter((*kept, *present, *choice)), None)
    if member is None:
        return None
    how = _how(case, book, role, member, own)
    return Seat(member, f"{book.roles[role].title}: {_called_by(case, book, role)}{how}", role)


def _how(case: Case, book: Rulebook, role: str, member: UserId, own: tuple[UserId, ...]) -> str:
    """How somebody came to a place that isn't their own (R12)."""
    if member in own:
        return "" if case.staff.is_here(member) else " (отсутствует, заменить некем)"
    place = book.roles[role]
    holder = role_of.holder(place, case.staff)
    if own:
        return f" (замещает: {case.staff.name_of(holder)} отсутствует)"
    if holder is None and place.person is not None:
        return f" (сотрудника «{place.person}» на портале нет)"
    if holder is None:
        return f" (в отделе «{place.head_of}» нет руководителя, решает вышестоящий)"
    if holder == case.responsible_id:
        return f" (разбирается работа участника: {case.staff.name_of(holder)}, решает вышестоящий)"
    return f" ({case.staff.name_of(holder)} больше не работает, решает вышестоящий)"


# --- How many --------------------------------------------------------------------------------------------------------


def _composition(case: Case, book: Rulebook, sitting: Sequence[UserId] = ()) -> Composition:
    called = [seat for role in roles(case, book) if (seat := _seat(case, book, role, sitting)) is not None]
    chosen = _no_more_than(book.quality.commission_largest, called, case, book)
    seats = tuple(seat for seat in called if seat.member in chosen)
    left_out = tuple(seat.role for seat in called if seat.role is not None and seat.member not in chosen)
    return Composition((*seats, *_filling_up(case, book, seats)), left_out)


def _no_more_than(largest: int, seats: Sequence[Seat], case: Case, book: Rulebook) -> frozenset[UserId]:
    """Who stays when too many are called: whom the rulebook always wants, then by the gravity of the violations."""
    always = {*_chair_role(book), *_grave_role(case, book), *book.quality.commission_always}
    graveness = list(SEVERITY)

    def weight(seat: Seat) -> int:
        calling = (each for each in found(case, book) if seat.role in book.violations[each.code].roles)
        return max((graveness.index(each.severity) for each in calling), default=-1)

    ranked = sorted(seats, key=lambda seat: (seat.role not in always, -weight(seat)))
    needed = {seat.member for seat in seats if seat.role in always}
    ordered = tuple(dict.fromkeys(seat.member for seat in ranked))
    return frozenset(ordered[: max(largest, len(needed))])


def _filling_up(case: Case, book: Rulebook, seats: Sequence[Seat]) -> Iterator[Seat]:
    """The head of quality, then heads above: a commission is never smaller than the rulebook says.

    When no violation calls for anybody (the outcome «есть что улучшить» may have none), or nobody called for works
    here, the head of quality decides.
    """
    members = {seat.member for seat in seats}
    smallest = book.quality.commission_smallest
    seated = (book.roles[seat.role] for seat in seats if seat.role is not None)
    theirs = (role_of.department(role, case.staff) for role in seated)
    places = (case.staff.department_named(book.quality.department), *theirs)
    heads = [head for place in places for head in _heads(case, place)]
    free = [head for head in dict.fromkeys(heads) if head not in members]
    free.sort(key=lambda head: not case.staff.is_here(head))
    why = f"дополняет комиссию до {smallest} участников" if members else "ролей для решения нет, решает отдел качества"
    yield from (Seat(head, why) for head in free[: max(0, smallest - len(members))])


# --- What the card says ----------------------------------------------------------------------------------------------


def _added_by_hand(case: Case) -> tuple[UserId, ...]:
    """Members who can vote and whom no rule seated, as the card tells."""
    by_rule = _seated_by_rule(case)
    return tuple(member for member in able(case) if member not in by_rule)


def _seated_by_rule(case: Case) -> frozenset[UserId]:
    """Read from the card's own words: ``№5 Сергей Сбытов — …``."""
    parts = re.split(r"№(\d+) ", case.commission_rule)
    lines = zip(parts[1::2], parts[2::2], strict=True)
    return frozenset(int(number) for number, words in lines if BY_HAND not in words)


def _changes(case: Case, book: Rulebook, wanted: Composition, staying: Iterable[UserId]) -> dict[CaseField, FieldValue]:
    extra = tuple(member for member in staying if member not in wanted.members)
    members = (*wanted.members, *extra)
    rule = _in_words(case, book, wanted, extra)
    changes: dict[CaseField, FieldValue] = {}
    if set(members) != set(case.commission):
        changes[CaseField.COMMISSION] = members
    if changes or not same_text(rule, case.commission_rule):
        changes[CaseField.COMMISSION_RULE] = rule
    return changes


def _in_words(case: Case, book: Rulebook, wanted: Composition, extra: Sequence[UserId]) -> str:
    by_rule = _seated_by_rule(case)
    why = {member: [seat.because for seat in wanted.seats if seat.member == member] for member in wanted.members}
    why |= {member: [KEPT if member in by_rule else BY_HAND] for member in extra}
    lines = [f"№{member} {case.staff.name_of(member)} — {'; '.join(reasons)}" for member, reasons in why.items()]
    if wanted.left_out:
        titles = ", ".join(book.roles[role].title for role in wanted.left_out)
        lines.append(f"Не вошли, в комиссии не больше {book.quality.commission_largest}: {titles}")
    return "\n".join(lines)


def _announced(case: Case, changes: Mapping[CaseField, FieldValue]) -> Sequence[Command]:
    """The note first: the card's new words are what makes the next look quiet."""
    if not changes:
        return ()
    told = _note(case, changes)
    return (*told, UpdateCase(changes))


def _note(case: Case, changes: Mapping[CaseField, FieldValue]) -> Sequence[Tell]:
    members = changes.get(CaseField.COMMISSION)
    if not isinstance(members, tuple):
        return ()
    now = tuple(int(member) for member in members)
    joined = tuple(member for member in now if member not in case.commission)
    gone = tuple(member for member in case.commission if member not in now)
    sentences = (
        f"вошли: {_names(case, joined)}" if joined else "",
        f"вышли: {_names(case, gone)}" if gone else "",
    )
    text = (
        f"Состав комиссии изменён — {'; '.join(each for each in sentences if each)}.\n"
        f"{changes[CaseField.COMMISSION_RULE] or NOBODY}"
    )
    to = tuple(member for member in (*joined, *gone) if case.staff.is_active(member))
    told = Tell(f"commission-{case.entered.id}-{short_hash(text)}", text, to)
    return () if told.mark in case.told else (told,)


def _names(case: Case, people: Iterable[UserId]) -> str:
    return ", ".join(case.staff.name_of(person) for person in people)
