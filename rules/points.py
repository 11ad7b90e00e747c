"""Bonus points for work that went by the book (S37)."""

from __future__ import annotations

from rules.model import Case
from rules.rulebook import Rulebook


def deserved(case: Case, book: Rulebook) -> float:
    """What the verdict grants to the person responsible for the source item; a case of nobody grants nothing."""
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    return verdict.points if verdict is not None and case.responsible_id is not None else 0.0


def sentence(case: Case, book: Rulebook) -> str:
    """What happened to the points, for the note of the closing; empty when nothing did."""
    points = deserved(case, book)
    if points:
        return f"{case.staff.name_of(case.responsible_id)}: начислено баллов: {points:g}."
    return f"Начисленные раньше баллы ({case.points:g}) сняты: вердикт изменён." if case.points else ""
