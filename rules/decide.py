"""One look at a case: what is missing, and why. Pure: the same observation gives the same answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rules import afterwards, cancellation, closing, deadlines, gate, inspector, recurrence, source_gate, upkeep
from rules.decision import Decision, MoveCase, do
from rules.model import STAGE_TITLES, Case, Stage
from rules.route import ROOMS, next_stage
from rules.rulebook import Rulebook

HISTORY_LAG = timedelta(seconds=10)


def decide(case: Case, book: Rulebook, now: datetime) -> Decision:
    """What must be done for this case now.

    In order: a case beyond its guards goes back, unless somebody answers for it; a case whose stage is finished goes
    on; otherwise the stage's room says what is missing in it; then the card is put in order. A second look at what the
    first one brought about asks for nothing.
    """
    if book.find_funnel(case.funnel) is None:
        return Decision(because=(f"воронки «{case.funnel}» нет в своде правил: верните её или закройте разбор сами",))
    if case.history_lags:
        return Decision(look_again_at=now + HISTORY_LAG, because=("история стадий портала ещё не догнала карточку",))
    return upkeep.in_order(_next_step(case, book, now), case, book, now)


def _next_step(case: Case, book: Rulebook, now: datetime) -> Decision:
    if case.stage is Stage.CANCELLED:
        return cancellation.work(case, book, now)
    if closing.sealed(case):
        return deadlines.watch(afterwards.work(case, book, now), case, book, now)
    held = gate.held_at(case, book)
    if held is not None:
        return gate.answer(case, held, book, now)
    if case.stage is Stage.SUCCESS:
        return closing.work(case, book, now)
    if source_gate.holds(case, book):
        return source_gate.send_back(case, book)
    handed_over = inspector.hand_over(case)
    if handed_over.commands:
        return handed_over
    room = ROOMS[case.stage]
    if room.missing(case, book):
        work = deadlines.anew(room.work(case, book, now), case, book, now)
        return deadlines.watch(work, case, book, now)
    to = next_stage(case, book)
    decision = do(
        (*room.leave(case, book), MoveCase(to, upkeep.on_the_way_to(to, case, book, now))),
        because=(f"стадия «{STAGE_TITLES[case.stage]}» завершена, дальше «{STAGE_TITLES[to]}»",),
    )
    return replace(decision, also_look_at=recurrence.concerned(case, book))
