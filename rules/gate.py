"""The gate (S57): a case found further than its guards allow goes back to the stage that isn't finished.

REST has no veto, so this comes after the fact: once a move, with the reason in the timeline and a notification to
whoever moved the card. When somebody (or some robot) keeps dragging, the gate waits longer and asks a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rules.decision import Decision, MoveCase, Tell, do
from rules.model import STAGE_TITLES, Case, CaseField, gate_mark
from rules.route import Room, route_of
from rules.rulebook import Rulebook


def held_at(case: Case, book: Rulebook) -> Room | None:
    """The first stage behind the case that it should not have left."""
    behind = (room for room in route_of(case, book) if room.stage.position < case.stage.position)
    return next((room for room in behind if room.missing(case, book)), None)


def send_back(case: Case, room: Room, book: Rulebook, now: datetime) -> Decision:
    """The way back to an unfinished stage."""
    reasons = room.missing(case, book)
    if _reverts_in_a_row(case) >= book.gate.reverts_in_a_row:
        again_at = case.entered.at + timedelta(minutes=book.gate.pause_minutes)
        if now < again_at:
            return _ask_a_person(case, room, book, again_at)
    listed = "\n".join(f"• {reason}" for reason in reasons)
    text = (
        f"Разбор возвращён на стадию «{STAGE_TITLES[room.stage]}». Причина:\n{listed}\n"
        "Когда это будет сделано, разбор перейдёт дальше сам."
    )
    told = Tell(gate_mark(case.entered), text, to=(case.moved_by,) if case.moved_by is not None else ())
    return do(
        (
            None if told.mark in case.told else told,
            MoveCase(room.stage, {CaseField.GATE_NOTE: text}),
        ),
        because=(f"со стадии «{STAGE_TITLES[case.stage]}» назад на «{STAGE_TITLES[room.stage]}»", *reasons),
    )


def _reverts_in_a_row(case: Case) -> int:
    """How often the gate put this case back lately without anything else happening in between."""
    count = 0
    moves = list(case.entries[:-1])
    while len(moves) >= 2 and gate_mark(moves[-2]) in case.told:
        count += 1
        moves = moves[:-2]
    return count


def _ask_a_person(case: Case, room: Room, book: Rulebook, again_at: datetime) -> Decision:
    head = case.staff.head_of(book.quality.department)
    told = Tell(
        mark=f"parked-{case.entered.id}",
        text=(
            f"{case.title}: карточку разбора снова и снова двигают вперёд, хотя стадия «{STAGE_TITLES[room.stage]}» не "
            f"завершена: возвратов подряд — {_reverts_in_a_row(case)}. Выясните, кто или какой робот это делает. "
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
