"""Fields that the service keeps true by itself: the pass, the progress, reasons that were used up (S57)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import execution, upkeep
from rules.decide import decide
from rules.decision import Decision, MoveCase, RenewTask, UpdateCase
from rules.model import Case, CaseField, Stage, short_hash
from tests.builders import BOOK, NOON, QUALITY_HEAD, SALES_HEAD, moved, reached, with_task
from tests.rules.simulated_portal import SimulatedPortal

WAITING = Decision(because=("ждём",))


def kept(case: Case) -> dict[CaseField, object]:
    """What is written when there is nothing else to do."""
    commands = upkeep.in_order(WAITING, case, BOOK, NOON).commands
    changes: dict[CaseField, object] = {}
    for command in commands:
        assert isinstance(command, UpdateCase)
        changes |= command.changes
    return changes


def open_task(case: Case) -> Case:
    return with_task(case, execution.slot(case.measures[0]), closed_at=None)


# --- The pass: what the portal can demand on the way into finalization -----------------------------------------------


@pytest.mark.requirement("S57")
def test_the_pass_travels_with_the_move_to_finalization() -> None:
    """In the same write: a portal that demands the field would refuse the move without it."""
    finished = reached(Stage.FINALIZATION)
    case = replace(finished, stage=Stage.CHANGES, entries=finished.entries[:-1])
    move = decide(case, BOOK, NOON).commands[-1]
    assert isinstance(move, MoveCase)
    assert move.to is Stage.FINALIZATION
    assert move.changes[CaseField.PASS] == "Допущен 23.11.2026 15:00: закрыто 2 из 2"


def test_clean_work_that_skips_finalization_has_its_pass_too() -> None:
    done = reached(Stage.SUCCESS, verdict="correct")
    move = decide(replace(done, stage=Stage.ANALYSIS, entries=done.entries[:-1]), BOOK, NOON).commands[-1]
    assert isinstance(move, MoveCase)
    assert move.changes == {CaseField.PASS: "Допущен 23.11.2026 15:00: изменений не требуется"}


def test_other_moves_write_nothing_beside_the_stage() -> None:
    assert upkeep.on_the_way_to(Stage.CHANGES, reached(Stage.APPROVAL), BOOK, NOON) == {}


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage.position < Stage.FINALIZATION.position])
def test_a_pass_written_by_hand_is_taken_away(stage: Stage) -> None:
    assert kept(reached(stage, gate_pass="пропуск"))[CaseField.PASS] == ""


@pytest.mark.requirement("S57")
def test_a_pass_written_by_hand_lets_nobody_through(portal: SimulatedPortal) -> None:
    portal.edit_card(gate_pass="пропуск")
    portal.drag(Stage.FINALIZATION, by=SALES_HEAD)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert portal.case.gate_pass == ""


def test_a_pass_is_lost_when_blocking_work_is_open_again(portal: SimulatedPortal) -> None:
    portal.run_to(Stage.FINALIZATION)
    assert portal.case.gate_pass
    portal.reopen(portal.case.tasks_for("measure")[0])
    portal.settle()
    assert (portal.case.stage, portal.case.gate_pass) == (Stage.CHANGES, "")


def test_a_card_put_back_into_finalization_has_its_pass_too() -> None:
    """Dragged over it to the end: a portal that demands the field refuses the way back without it."""
    case = moved(reached(Stage.FINALIZATION), Stage.SUCCESS)
    move = decide(case, BOOK, NOON).commands[-1]
    assert isinstance(move, MoveCase)
    assert move.to is Stage.FINALIZATION
    assert str(move.changes[CaseField.PASS]).startswith("Допущен")


def test_a_case_that_somebody_dragged_there_in_time_gets_its_pass() -> None:
    case = moved(reached(Stage.FINALIZATION), Stage.FINALIZATION)
    assert str(kept(case)[CaseField.PASS]).startswith("Допущен")
    assert CaseField.PASS not in kept(open_task(case))
    assert CaseField.PASS not in kept(replace(case, gate_pass="Допущен вчера"))


@pytest.fixture
def portal() -> SimulatedPortal:
    portal = SimulatedPortal()
    portal.run_to(Stage.CHANGES)
    return portal


# --- Progress --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("S57")
def test_the_card_says_how_far_the_changes_are(portal: SimulatedPortal) -> None:
    assert portal.case.progress.startswith("Закрыто 0 из 1; ждём: Мера")
    assert portal.look().commands == ()
    portal.run_to(Stage.FINALIZATION)
    assert portal.case.progress == "Закрыто 1 из 1"


# --- What was used up ------------------------------------------------------------------------------------------------


def test_reasons_that_were_used_leave_their_fields() -> None:
    """After a crash between the note and the write that follows it."""
    case = moved(reached(Stage.CHANGES), Stage.CANCELLED)
    case = moved(case, Stage.ANALYSIS)
    spent = {
        f"override-{case.entries[1].id}-{short_hash('Спешим')}",
        f"cancelled-{case.entries[-2].id}-{short_hash('Ошибка')}",
    }
    case = replace(case, override="Спешим", cancel_reason="Ошибка", told=frozenset(spent))
    assert kept(case) == {CaseField.OVERRIDE: "", CaseField.CANCEL_REASON: ""}
    assert kept(replace(case, override="Снова спешим", cancel_reason="Снова ошибка")) == {}


def test_the_card_waits_until_nothing_more_important_is_to_be_done() -> None:
    busy = Decision((RenewTask(1),))
    assert upkeep.in_order(busy, reached(Stage.CHANGES, gate_pass="пропуск"), BOOK, NOON) is busy


def test_a_cancelled_card_is_left_alone() -> None:
    case = moved(reached(Stage.CHANGES, moved_by=QUALITY_HEAD), Stage.CANCELLED)
    assert kept(replace(case, gate_pass="пропуск", cancel_reason="Ошибка")) == {}
