"""One look at a case: what is missing, and why. Pure: the same observation gives the same answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from rules import closing, gate
from rules.decision import NOTHING, Decision, MoveCase, do
from rules.model import STAGE_TITLES, Case, Stage
from rules.route import ROOMS, next_stage
from rules.rulebook import Rulebook

HISTORY_LAG = timedelta(seconds=10)


def decide(case: Case, book: Rulebook, now: datetime) -> Decision:
    """What must be done for this case now.

    In order: a case beyond its guards goes back; a case whose stage is finished goes on; otherwise the stage's room
    says what is missing in it. A second look at what the first one brought about asks for nothing.
    """
    if case.stage is Stage.CANCELLED:
        return NOTHING
    if book.find_funnel(case.funnel) is None:
        return Decision(because=(f"воронки «{case.funnel}» нет в своде правил: верните её или закройте разбор сами",))
    if not case.entries or case.entered.stage is not case.stage:
        return Decision(look_again_at=now + HISTORY_LAG, because=("история стадий портала ещё не догнала карточку",))
    if closing.sealed(case):
        return NOTHING
    held = gate.held_at(case, book)
    if held is not None:
        return gate.send_back(case, held, book, now)
    if case.stage is Stage.SUCCESS:
        return closing.work(case, book, now)
    room = ROOMS[case.stage]
    if room.missing(case, book):
        return room.work(case, book, now)
    to = next_stage(case, book)
    return do(
        (*room.leave(case, book), MoveCase(to)),
        because=(f"стадия «{STAGE_TITLES[case.stage]}» завершена, дальше «{STAGE_TITLES[to]}»",),
    )
