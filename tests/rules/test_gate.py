"""The gate (S57): REST has no veto, so a case found too far goes back, with the reason, once a move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rules import gate
from rules.decision import MoveCase, Tell
from rules.model import Case, CaseField, Stage, gate_mark
from rules.route import ROOMS
from tests.builders import (
    BOOK,
    MINUTE,
    NOON,
    QUALITY_HEAD,
    SALES_HEAD,
    a_case,
    a_measure,
    moved,
    reached,
    with_task,
    without_task,
)


def with_open_task(stage: Stage) -> Case:
    """A case at this stage whose first measure's task is open."""
    case = reached(stage)
    slot = next(task.slot for task in case.tasks if task.slot.startswith("measure:"))
    return with_task(case, slot, closed_at=None)


@pytest.mark.parametrize(
    ("case", "held"),
    [
        # whoever came here properly stays
        *((reached(stage), None) for stage in Stage if stage is not Stage.CANCELLED),
        (reached(Stage.SUCCESS, verdict="correct"), None),
        # S57 itself
        (with_open_task(Stage.FINALIZATION), Stage.CHANGES),
        (with_open_task(Stage.SUCCESS), Stage.CHANGES),
        # where it belongs: nothing to say, however many tasks are open
        (moved(with_open_task(Stage.FINALIZATION), Stage.CHANGES), None),
        # a fresh card dragged anywhere begins at the beginning
        *((a_case(stage), Stage.SURVEY) for stage in Stage if stage not in (Stage.SURVEY, Stage.CANCELLED)),
        # the first unfinished stage counts, not the last
        (without_task(with_open_task(Stage.FINALIZATION), "analysis"), Stage.ANALYSIS),
        # an edit after the vote
        (replace(reached(Stage.CHANGES), measures=(a_measure(1, title="Иначе"),)), Stage.APPROVAL),
        # clean work may not skip its protocol
        (without_task(reached(Stage.SUCCESS, verdict="correct"), "analysis"), Stage.ANALYSIS),
        # nor may a verdict that needs measures use the short way
        (replace(reached(Stage.SUCCESS, verdict="correct"), verdict="improvable"), Stage.FORMULATION),
        # a survey that was put right after its answers had been erased
        (replace(reached(Stage.ANALYSIS), answers={}), Stage.SURVEY),
    ],
)  # fmt: skip
def test_the_first_unfinished_stage_behind_holds_the_case(case: Case, held: Stage | None) -> None:
    room = gate.held_at(case, BOOK)
    assert (room.stage if room else None) is held


def test_the_way_back_is_explained_in_the_timeline_the_card_and_to_the_mover() -> None:
    case = replace(with_open_task(Stage.FINALIZATION), moved_by=SALES_HEAD)
    decision = gate.send_back(case, ROOMS[Stage.CHANGES], BOOK, NOON)
    told, move = decision.commands
    assert isinstance(told, Tell)
    assert decision.because[0] == "со стадии «Финализация» назад на «Изменения»"
    assert "открыта задача" in decision.because[1]
    assert told.mark == gate_mark(case.entered)
    assert told.to == (SALES_HEAD,)
    assert "Разбор возвращён на стадию «Изменения». Причина:\n• открыта задача" in told.text
    assert move == MoveCase(Stage.CHANGES, {CaseField.GATE_NOTE: told.text})


def test_a_move_by_nobody_known_is_told_to_the_timeline_alone() -> None:
    told, _ = gate.send_back(
        replace(with_open_task(Stage.FINALIZATION), moved_by=None), ROOMS[Stage.CHANGES], BOOK, NOON
    ).commands
    assert isinstance(told, Tell)
    assert told.to == ()


def test_a_crash_between_note_and_move_moves_without_a_second_note() -> None:
    """Exactly one note a move."""
    case = with_open_task(Stage.FINALIZATION)
    case = replace(case, told=frozenset({gate_mark(case.entered)}))
    (move,) = gate.send_back(case, ROOMS[Stage.CHANGES], BOOK, NOON).commands
    assert isinstance(move, MoveCase)


def dragged_again_and_again(times: int, *, then: Stage | None = None, other_moves: bool = False) -> Case:
    """Somebody dragged the card to finalization so often, the gate put it back each time but the last.

    ``then``: and on from there before the gate had moved it, so that the gate's note is about an earlier entry.
    """
    case = moved(with_open_task(Stage.FINALIZATION), Stage.CHANGES, NOON - timedelta(hours=2))
    for number in range(times):
        case = moved(case, Stage.FINALIZATION, NOON - timedelta(minutes=50 - number))
        if number < times - 1:
            case = replace(case, told=case.told | {gate_mark(case.entered)})
            case = moved(case, then, NOON - timedelta(minutes=50 - number)) if then is not None else case
            case = moved(case, Stage.CHANGES, NOON - timedelta(minutes=50 - number))
    if other_moves:
        case = moved(moved(moved(case, Stage.CHANGES), Stage.APPROVAL), Stage.FINALIZATION)
    return case


@pytest.mark.parametrize("then", [None, Stage.SUCCESS], ids=["in one move", "in two moves"])
@pytest.mark.parametrize(
    ("times", "answered_at_once"),
    [
        (1, True),
        (3, True),
        # the rulebook of these tests allows three in a row
        (4, False),
        (9, False),
    ],
)
def test_a_few_drags_are_answered_at_once_a_fight_is_not(
    times: int, then: Stage | None, answered_at_once: bool
) -> None:
    case = dragged_again_and_again(times, then=then)
    commands = gate.send_back(case, ROOMS[Stage.CHANGES], BOOK, NOON - 40 * MINUTE).commands
    assert any(isinstance(command, MoveCase) for command in commands) is answered_at_once


def test_a_fight_is_reported_once_to_the_head_of_quality_and_paused() -> None:
    case = dragged_again_and_again(4)
    now = NOON - 40 * MINUTE
    decision = gate.send_back(case, ROOMS[Stage.CHANGES], BOOK, now)
    (asked,) = decision.commands
    assert isinstance(asked, Tell)
    assert asked.to == (QUALITY_HEAD,)
    assert "возвратов подряд — 3" in asked.text
    assert decision.look_again_at == case.entered.at + timedelta(hours=1)
    again = gate.send_back(replace(case, told=case.told | {asked.mark}), ROOMS[Stage.CHANGES], BOOK, now)
    assert again.commands == ()
    assert again.because


def test_after_the_pause_the_card_goes_back_after_all() -> None:
    case = dragged_again_and_again(4)
    after = case.entered.at + timedelta(hours=1)
    assert any(isinstance(each, MoveCase) for each in gate.send_back(case, ROOMS[Stage.CHANGES], BOOK, after).commands)


def test_a_move_by_the_rules_in_between_forgets_the_fight() -> None:
    case = dragged_again_and_again(4, other_moves=True)
    commands = gate.send_back(case, ROOMS[Stage.CHANGES], BOOK, NOON).commands
    assert any(isinstance(command, MoveCase) for command in commands)
