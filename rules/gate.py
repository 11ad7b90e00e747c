"""The gate (S57): a case found further than its guards allow goes back to the stage that isn't finished.

REST has no veto, so this comes after the fact: once a move, with the reason in the timeline and a notification to
whoever moved the card. When somebody (or some robot) keeps dragging, the gate waits longer and asks a person. A named
person may let a case past its guards, see ``override``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, takewhile

from rules import gate_pass, override
from rules.decision import Decision, FieldValue, MoveCase, Tell, do
from rules.model import STAGE_TITLES, Case, CaseField, Stage, gate_mark
from rules.route import Room, route_of
from rules.rulebook import Rulebook


def held_at(case: Case, book: Rulebook) -> Room | None:
    """The first stage behind the case that it should not have left."""
    return next(_unfinished(case, book), None)


def answer(case: Case, room: Room, book: Rulebook, now: datetime) -> Decision:
    """What becomes of a case that ran ahead of this room: accepted, when somebody answers for it; else taken back."""
    if override.granted(case, book):
        still_open = [reason for each in _unfinished(case, book) for reason in each.missing(case, book)]
        return override.accept(case, book, now, still_open)
    return send_back(case, room, book, now)


def _unfinished(case: Case, book: Rulebook) -> Iterator[Room]:
    for room in route_of(case, book):
        behind = room.stage.position < case.stage.position
        if behind and not override.excuses(case, room.stage) and room.missing(case, book):
            yield room


def send_back(case: Case, room: Room, book: Rulebook, now: datetime) -> Decision:
    """The way back to an unfinished stage."""
    reasons = room.missing(case, book)
    listed = "\n".join(f"• {reason}" for reason in reasons)
    text = (
        f"Разбор возвращён на стадию «{STAGE_TITLES[room.stage]}». Причина:\n{listed}\n"
        f"Когда это будет сделано, разбор перейдёт дальше сам.{override.how(case, book)}"
    )
    return put_back(case, room.stage, text, (f"стадия «{STAGE_TITLES[room.stage]}» не завершена", *reasons), book, now)


def put_back(case: Case, to: Stage, text: str, because: Sequence[str], book: Rulebook, now: datetime) -> Decision:
    """A move is taken back, and explained once: in the timeline, on the card, to the mover."""
    if (reverts := _reverts_in_a_row(case, to)) >= book.gate.reverts_in_a_row:
        again_at = case.entered.at + timedelta(minutes=book.gate.pause_minutes)
        if now < again_at:
            return _ask_a_person(case, because[0], reverts, book, again_at)
    told = Tell(gate_mark(case.entered), text, to=(case.moved_by,) if case.moved_by is not None else ())
    changes: dict[CaseField, FieldValue] = {CaseField.GATE_NOTE: text}
    if gate_pass.is_needed_at(to) and not case.gate_pass:
        changes[CaseField.PASS] = gate_pass.given(case, book, now)
    elif case.gate_pass and not gate_pass.is_needed_at(to):
        changes[CaseField.PASS] = ""
    return do(
        (None if told.mark in case.told else told, MoveCase(to, changes)),
        because=(f"со стадии «{STAGE_TITLES[case.stage]}» назад на «{STAGE_TITLES[to]}»", *because[1:]),
    )


def _reverts_in_a_row(case: Case, to: Stage) -> int:
    """How often the gate put this case back to this stage lately, while nothing else happened than that it was dragged
    away again: in one move or in several, as a robot does that sends it through two stages."""
    lately = takewhile(lambda entry: entry.stage.position >= to.position, reversed(case.entries))
    away = [tuple(moves) for there, moves in groupby(lately, lambda entry: entry.stage is to) if not there]
    before_this_one = away[1:]
    reverts = takewhile(lambda moves: any(gate_mark(entry) in case.told for entry in moves), before_this_one)
    return len(tuple(reverts))


def _ask_a_person(case: Case, why: str, reverts: int, book: Rulebook, again_at: datetime) -> Decision:
    head = case.staff.head_of(book.quality.department)
    told = Tell(
        mark=f"parked-{case.entered.id}",
        text=(
            f"{case.title}: карточку разбора снова и снова двигают на стадию «{STAGE_TITLES[case.stage]}», хотя {why}: "
            f"возвратов подряд — {reverts}. Выясните, кто или какой робот это делает. "
            f"Следующий возврат — через {book.gate.pause_minutes} мин."
        ),
        to=(head,) if head is not None else (),
    )
    return Decision(
        commands=() if told.mark in case.told else (told,),
        look_again_at=again_at,
        because=(
            "карточку двигают против правил снова и снова: возврат отложен, спрошен руководитель отдела качества",
        ),
    )
