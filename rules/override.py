"""A named person lets a case past its guards, with a reason (R15): the fourth layer of the gate.

The reason stands on the card, the right comes from ``gate.override`` in the rulebook, and the note that accepts it says
who, when, why and what was still open. It holds for the stages behind the one that the case was moved to, until the
case goes back behind that stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules import authority, gate_pass
from rules.decision import Decision, Tell, UpdateCase, do
from rules.model import CASE_FIELD_TITLES, STAGE_TITLES, Case, CaseField, Stage, StageEntry, short_hash
from rules.rulebook import Rulebook


def _mark(entry: StageEntry) -> str:
    return f"override-{entry.id}-"


def _mark_of_reason(entry: StageEntry, reason: str) -> str:
    return _mark(entry) + short_hash(reason)


def answered_for(case: Case, entry: StageEntry) -> bool:
    """Did a named person take this very move upon themselves?"""
    mark_of_move = _mark(entry)
    return any(mark.startswith(mark_of_move) for mark in case.told)


def stands(case: Case) -> StageEntry | None:
    """The last move that a named person answered for, while the case stays where it led or beyond."""
    found = next((entry for entry in reversed(case.entries) if answered_for(case, entry)), None)
    if found is None:
        return None
    since = case.entries[case.entries.index(found) :]
    return found if all(entry.stage.position >= found.stage.position for entry in since) else None


def excuses(case: Case, stage: Stage) -> bool:
    """Was the case let past this stage, finished or not?"""
    entry = stands(case)
    return entry is not None and stage.position < entry.stage.position


def spent(case: Case) -> bool:
    """Does the card still show a reason that a move has used up? It can't serve another one."""
    return bool(case.override) and any(_mark_of_reason(entry, case.override) in case.told for entry in case.entries)


def granted(case: Case, book: Rulebook) -> bool:
    """Does somebody who may do so answer for the last move of the card?"""
    return bool(case.override) and not spent(case) and case.moved_by in authority.overriders(case, book)


def accept(case: Case, book: Rulebook, now: datetime, still_open: Sequence[str]) -> Decision:
    """The move stands, and everybody can read why. The reason leaves its field: it was for this move."""
    who, when = case.staff.name_of(case.moved_by), gate_pass.moment(book, case, now)
    listed = "\n".join(f"• {reason}" for reason in still_open)
    text = (
        f"{who} под свою ответственность перевёл(а) разбор на стадию «{STAGE_TITLES[case.stage]}» ({when}).\n"
        f"Основание: {case.override}\nНе завершено:\n{listed}"
    )
    head = case.staff.head_of(book.quality.department)
    told = Tell(
        _mark_of_reason(case.entered, case.override),
        text,
        to=tuple(dict.fromkeys(each for each in (case.moved_by, case.inspector_id, head) if each is not None)),
    )
    return do(
        (told, UpdateCase({CaseField.OVERRIDE: "", CaseField.PASS: gate_pass.by_override(who, book, case, now)})),
        because=(f"{who} отвечает за переход: {case.override}", *still_open),
    )


def how(case: Case, book: Rulebook) -> str:
    """How an override would be done, for the note of a move that was taken back; empty where nobody may."""
    people = authority.overriders(case, book)
    if not people:
        return ""
    return (
        f"\nЕсли ждать нельзя, разбор может перевести дальше {authority.names(case, people)}: для этого заполните в "
        f"карточке поле «{CASE_FIELD_TITLES[CaseField.OVERRIDE]}» и переместите её."
    )
