"""The gate on the source item: where the rulebook wants it, work isn't finished before its survey is answered.

The same mechanics as the case's own gate: REST has no veto, so an item found beyond goes back to the stage it came
from, once a move, and whoever moved it is told why.
"""

from __future__ import annotations

from rules import survey
from rules.decision import Decision, MoveSource, Tell, do
from rules.model import Case, Stage
from rules.rulebook import Rulebook


def holds(case: Case, book: Rulebook) -> bool:
    """Is the item finished although its survey isn't?"""
    source = case.source_now
    return (
        book.funnel(case.funnel).survey_before_closing
        and case.stage is Stage.SURVEY
        and source is not None
        and source.closed
        and source.before is not None
        and bool(survey.missing(case, book))
    )


def send_back(case: Case, book: Rulebook) -> Decision:
    """The item goes back to where it came from. Call it only when the gate holds."""
    source = case.source_now
    assert source is not None  # noqa: S101  ``holds`` says so
    assert source.before is not None  # noqa: S101
    reasons = survey.missing(case, book)
    listed = "\n".join(f"• {reason}" for reason in reasons)
    told = Tell(
        f"source-gate-{source.entry_id}",
        f"«{source.title}» возвращён на прежнюю стадию: работа завершается после опроса. Причина:\n{listed}",
        to=tuple(dict.fromkeys(each for each in (source.moved_by, source.responsible_id) if each is not None)),
    )
    return do(
        (None if told.mark in case.told else told, MoveSource(source.before)),
        because=("исходный элемент завершён до ответа на опрос", *reasons),
    )
