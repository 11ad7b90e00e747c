"""Bonus points as entries of a ledger (S37, S76, R25): granted by the verdict, taken back by a later one.

An entry says who, how much, by which rule and on whose word. The sum of a case's entries stands on its card; what a
person corrects there after the closing is an entry too. Where they are kept: ``app.storage.points``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rules.calendar import working_time
from rules.model import Case, PastCase, Staff, UserId
from rules.past import earlier_rounds
from rules.rulebook import Rulebook, Verdict
from rules.words import counted, decimal


@dataclass(frozen=True)
class PointsEntry:
    """Points that a case gives to a person, or takes from one."""

    person: UserId
    amount: float
    rule: str


def deserved(case: Case, book: Rulebook) -> float:
    """What belongs on the card."""
    return sum(entry.amount for entry in entries(case, book))


def entries(case: Case, book: Rulebook) -> tuple[PointsEntry, ...]:
    """What the verdict does: to the person responsible, and to those whom earlier rounds of the same item rewarded."""
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    if verdict is None:
        return ()
    return (*_granted(case, verdict), *_taken_back(case, book, verdict))


def booked(case: Case, book: Rulebook) -> tuple[PointsEntry, ...]:
    """The entries of a closed case as its card says: people may correct the number there."""
    by_rule = entries(case, book)
    difference = (case.points or 0) - sum(entry.amount for entry in by_rule)
    if not difference or case.responsible_id is None:
        return by_rule
    return (*by_rule, PointsEntry(case.responsible_id, difference, "исправлено на карточке разбора"))


def _granted(case: Case, verdict: Verdict) -> Iterator[PointsEntry]:
    """A case of nobody grants nothing."""
    if verdict.points and case.responsible_id is not None:
        yield PointsEntry(case.responsible_id, verdict.points, _word(case, verdict))


def _taken_back(case: Case, book: Rulebook, verdict: Verdict) -> Iterator[PointsEntry]:
    """The item wasn't clean after all."""
    if not book.points.taken_back or verdict.measures == "none":
        return
    for past in _standing(case):
        if past.responsible_id is not None:
            rule = f"{_word(case, verdict)}: баллы разбора №{past.id} ({past.title}, круг {past.round}) сняты"
            yield PointsEntry(past.responsible_id, -past.points, rule)


def _standing(case: Case) -> tuple[PastCase, ...]:
    """Earlier rounds whose points nobody has taken back: a round that takes back takes everything before it."""
    standing: list[PastCase] = []
    for past in earlier_rounds(case):
        if past.points < 0:
            standing.clear()
        elif past.points > 0:
            standing.append(past)
    return tuple(standing)


def _word(case: Case, verdict: Verdict) -> str:
    """By which verdict, and whose."""
    return f"вердикт «{verdict.title}», сотрудник ОКК {case.staff.name_of(case.inspector_id)}"


def sentences(case: Case, book: Rulebook) -> tuple[str, ...]:
    """What happened to points, for the note of the closing; none when nothing did."""
    said = tuple(_sentence(case, entry) for entry in entries(case, book))
    if not case.points or case.points == deserved(case, book):
        return said
    corrected = "исправлены" if said else "сняты"
    return (f"Баллы, которые стояли на карточке ({decimal(case.points)}), {corrected}: вердикт изменён.", *said)


def _sentence(case: Case, entry: PointsEntry) -> str:
    name = case.staff.name_of(entry.person)
    points = counted(abs(entry.amount), "балл", "балла", "баллов")
    done = f"начислено {points}" if entry.amount > 0 else f"снято {points}"
    return f"{name}: {done}. Основание: {entry.rule}."


def period_of(moment: datetime, book: Rulebook) -> str:
    """The period of the ledger that a moment belongs to: ``2026-11``, ``2026-Q4`` or ``2026``."""
    day = moment.astimezone(working_time(book.calendar, Staff()).zone)
    match book.points.period:
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day:%Y}-Q{(day.month + 2) // 3}"
        case "year":
            return f"{day:%Y}"
