"""Values that were approved or closed upon, and changed afterwards (R26): somebody hears of it, once a change.

Two sets of values are kept outside of the portal, in our database: the measures as the commission approved them, and
the findings as they were when the case was closed. They decide nothing: measures that were changed are voted on again
because votes are bound to their wording, and a new verdict breaks the seal of a closed case by itself. They only let
the service say what changed. If they are lost, they are taken anew and nothing is reported
(docs/decisions/0014-later-edits-are-reported-from-our-own-memory.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules import approval, card, closing
from rules.card import Edit, Written
from rules.decision import NOTHING, Decision, Tell, do
from rules.model import Case, CaseField, MeasureField, Stage, UserId, short_hash
from rules.rulebook import Rulebook

VOTED_ON = frozenset({
    card.TITLE, MeasureField.KIND, MeasureField.TARGET, MeasureField.DEPARTMENT, MeasureField.EXECUTOR,
    MeasureField.EMPLOYEE, MeasureField.DUE, MeasureField.PLANNED_HOURS, MeasureField.EXPECTED,
})  # fmt: skip
"""What of a measure belongs to what the commission approves, as ``Measure.content`` has it."""

FINDINGS = frozenset({
    CaseField.VERDICT, CaseField.VERDICT_REASON, CaseField.VIOLATIONS, CaseField.FACTS, CaseField.CORRECTION,
    CaseField.CONSEQUENCES, CaseField.CAUSE, CaseField.WHYS, CaseField.CAUSE_CATEGORY, CaseField.NO_CAUSE,
    CaseField.SIMILAR_ANSWER,
})  # fmt: skip


@dataclass(frozen=True)
class Settled:
    """What nobody is expected to change any more, by the names of ``rules.card``; ``None`` while nothing is."""

    approved: Written | None = None
    closed: Written | None = None
    closing: int = 0
    """The move that closed the case, by its row in the stage history: a case closed again is settled anew."""


def settled(case: Case, book: Rulebook, before: Settled) -> Settled:
    """What is to be remembered after this look."""
    if book.find_funnel(case.funnel) is None or not case.entries or case.entered.stage is not case.stage:
        return before
    approved, closed, closing_ = before.approved, before.closed, before.closing
    if _is_beyond_approval(case) and case.measures and not approval.missing(case, book):
        approved = _measures(case)
    if closing.sealed(case) and closing_ != case.arrived.id:
        closed, closing_ = _findings(case), case.arrived.id
    return Settled(approved, closed, closing_)


def found(case: Case, before: Settled) -> tuple[Edit, ...]:
    """What was changed since it was settled."""
    return (*_of_measures(case, before), *_of_findings(case, before))


def report(case: Case, book: Rulebook, before: Settled) -> Decision:
    """A note to the inspector and the head of quality, one for each state that the values are changed to."""
    later = found(case, before)
    if not later:
        return NOTHING
    lines = card.sentences(later, case.staff, book)
    listed = "\n".join(f"• {line}" for line in lines)
    told = Tell(
        mark=f"edited-{short_hash(chr(30).join(chr(31).join((each.name, each.now)) for each in later))}",
        text=f"{case.title}: изменено то, что уже было утверждено.\n{listed}",
        to=tuple(dict.fromkeys(_to_be_told(case, book))),
    )
    return do((None if told.mark in case.told else told,), because=(f"изменено утверждённое: {line}" for line in lines))


def _is_beyond_approval(case: Case) -> bool:
    return case.stage.position > Stage.APPROVAL.position and case.stage is not Stage.CANCELLED


def _of_measures(case: Case, before: Settled) -> tuple[Edit, ...]:
    """A case that was put back to work on its measures has them changed on purpose."""
    if before.approved is None or not _is_beyond_approval(case):
        return ()
    return card.edits(before.approved, _measures(case))


def _of_findings(case: Case, before: Settled) -> tuple[Edit, ...]:
    if before.closed is None or case.stage is not Stage.SUCCESS:
        return ()
    if not case.entries or case.arrived.id != before.closing:
        return ()
    return card.edits(before.closed, _findings(case))


def _measures(case: Case) -> Written:
    values = (item for measure in case.measures for item in card.of_measure(measure).items())
    return {name: value for name, value in values if value and name.rpartition(".")[2] in VOTED_ON}


def _findings(case: Case) -> Written:
    return {name: value for name, value in card.written(case).items() if name in FINDINGS or name.startswith("answer.")}


def _to_be_told(case: Case, book: Rulebook) -> Iterator[UserId]:
    people = (case.inspector_id, case.staff.head_of(book.quality.department))
    yield from (person for person in people if person is not None and case.staff.is_active(person))
