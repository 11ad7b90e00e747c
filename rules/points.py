"""Bonus points for work that went by the book (S37)."""

from __future__ import annotations

from collections.abc import Sequence

from rules.decision import Command, Tell, UpdateCase
from rules.model import Case, CaseField
from rules.rulebook import Rulebook


def grant(case: Case, book: Rulebook) -> Sequence[Command]:
    """The points of the verdict, told to the person who earned them."""
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    if verdict is None or not verdict.points or case.responsible_id is None:
        return ()
    who = case.staff.name_of(case.responsible_id)
    told = Tell(
        mark=f"points-{case.round}",
        text=f"{who}: вердикт «{verdict.title}», начислено баллов: {verdict.points:g}.",
        to=(case.responsible_id,),
    )
    granted = UpdateCase({CaseField.POINTS: verdict.points}) if case.points != verdict.points else None
    return tuple(command for command in (granted, None if told.mark in case.told else told) if command)
