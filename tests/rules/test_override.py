"""A named person lets a case past its guards, once a move, with a reason that stays in the timeline (R15)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import execution, gate, override
from rules.decide import decide
from rules.decision import MoveCase, Tell, UpdateCase
from rules.model import CaseField, Stage
from tests.builders import BOOK, INSPECTOR, NOON, QUALITY_HEAD, SALES_HEAD, SERVICE, moved, reached
from tests.rules.simulated_portal import PowerCutError, SimulatedPortal

REASON = "Клиент ждёт, обучение закончат до пятницы"


@pytest.fixture
def portal() -> SimulatedPortal:
    """A case in its changes, its tasks open."""
    portal = SimulatedPortal()
    portal.run_to(Stage.CHANGES)
    return portal


def let_past(portal: SimulatedPortal, to: Stage = Stage.FINALIZATION, reason: str = REASON) -> None:
    portal.edit_card(override=reason)
    portal.drag(to, by=QUALITY_HEAD)
    portal.settle()


@pytest.mark.requirement("R15")
def test_a_named_person_with_a_reason_lets_the_case_past(portal: SimulatedPortal) -> None:
    """Who, when, why, and what was still open."""
    portal.edit_card(override=REASON)
    portal.drag(Stage.FINALIZATION, by=QUALITY_HEAD)
    told, update = portal.look().commands
    assert isinstance(told, Tell)
    assert told.mark.startswith(f"override-{portal.case.entered.id}-")
    assert told.text.startswith(
        "Вера Качественная под свою ответственность перевёл(а) разбор на стадию «Финализация» (23.11.2026 "
    )
    assert f"Основание: {REASON}\nНе завершено:\n• открыта задача №" in told.text
    assert told.to == (QUALITY_HEAD, INSPECTOR)
    assert isinstance(update, UpdateCase)
    assert update.changes[CaseField.OVERRIDE] == ""
    assert str(update.changes[CaseField.PASS]).startswith("Пропуск: Вера Качественная, 23.11.2026")
    portal.settle()
    assert portal.case.stage is Stage.FINALIZATION
    assert execution.open_tasks(portal.case)
    assert not portal.notes_marked("gate-")


@pytest.mark.parametrize(
    ("reason", "by"),
    [
        # a reason, and no role for it
        (REASON, SALES_HEAD),
        # a role, and no reason
        ("", QUALITY_HEAD),
        # the service's account is nobody
        (REASON, SERVICE),
    ],
)
@pytest.mark.requirement("S57", "R15")
def test_without_role_or_reason_the_card_goes_back_and_the_note_says_how(
    portal: SimulatedPortal, reason: str, by: int
) -> None:
    portal.edit_card(override=reason)
    portal.drag(Stage.FINALIZATION, by=by)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    (note,) = portal.notes_marked("gate-")
    assert "разбор может перевести дальше Вера Качественная: для этого заполните в карточке поле" in note.text
    assert "«Основание пропуска»" in note.text
    assert portal.case.override == reason


def test_where_nobody_may_override_nobody_is_told_how(portal: SimulatedPortal) -> None:
    portal.book = BOOK.model_copy(update={"gate": BOOK.gate.model_copy(update={"override": ()})})
    let_past(portal)
    assert portal.case.stage is Stage.CHANGES
    (note,) = portal.notes_marked("gate-")
    assert "Основание пропуска" not in note.text


@pytest.mark.requirement("R15", "S56")
def test_a_case_closed_past_open_tasks_leaves_them_open_and_names_them(portal: SimulatedPortal) -> None:
    """Closing never finishes blocking work by itself."""
    (task,) = execution.open_tasks(portal.case)
    let_past(portal)
    for _ in range(3):
        for final in portal.case.tasks_for("final"):
            if not final.closed:
                portal.do_the_job(final)
        portal.settle()
    assert portal.case.stage is Stage.SUCCESS
    assert portal.task(task.id).closed_at is None
    (note,) = portal.notes_marked("closed-")
    assert f"Не завершена задача №{task.id} «{task.title}»" in note.text
    assert portal.look().commands == ()


def test_it_can_be_done_for_every_stage_at_once() -> None:
    """A fresh card, straight to its end: everything that was skipped stands in the note."""
    portal = SimulatedPortal()
    portal.settle()
    let_past(portal, Stage.SUCCESS)
    assert portal.case.stage is Stage.SUCCESS
    (note,) = portal.notes_marked("override-")
    assert "опрос не завершён" in note.text
    assert "анализ не завершён" in note.text


def test_a_crash_after_the_note_accepts_once(portal: SimulatedPortal) -> None:
    portal.edit_card(override=REASON)
    portal.drag(Stage.FINALIZATION, by=QUALITY_HEAD)
    with pytest.raises(PowerCutError):
        portal.look(power_cut_after=1)
    portal.settle()
    assert len(portal.notes_marked("override-")) == 1
    assert (portal.case.stage, portal.case.override) == (Stage.FINALIZATION, "")


def test_a_reason_serves_one_move_only(portal: SimulatedPortal) -> None:
    let_past(portal)
    portal.drag(Stage.CHANGES, by=QUALITY_HEAD)
    portal.settle()
    let_past(portal)
    assert portal.case.stage is Stage.CHANGES
    assert portal.case.override == ""
    assert len(portal.notes_marked("override-")) == 1
    let_past(portal, reason="Другое основание")
    assert portal.case.stage is Stage.FINALIZATION


def test_it_holds_until_the_case_goes_back_behind_it(portal: SimulatedPortal) -> None:
    let_past(portal)
    portal.drag(Stage.SUCCESS, by=SALES_HEAD)  # the finalization itself was excused by nobody
    portal.settle()
    assert portal.case.stage is Stage.FINALIZATION
    assert override.excuses(portal.case, Stage.CHANGES)
    portal.drag(Stage.CHANGES, by=SALES_HEAD)
    portal.settle()
    assert not override.excuses(portal.case, Stage.CHANGES)
    portal.drag(Stage.FINALIZATION, by=SALES_HEAD)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES


def test_it_excuses_the_stages_behind_the_move_and_no_other() -> None:
    case = moved(reached(Stage.CHANGES), Stage.FINALIZATION)
    let = replace(case, told=frozenset({f"override-{case.entered.id}-0123456789"}))
    assert [stage for stage in Stage if override.excuses(let, stage)] == list(Stage)[: Stage.FINALIZATION.position]
    assert not any(override.excuses(case, stage) for stage in Stage)


def test_a_reason_written_beforehand_stays_until_it_is_used(portal: SimulatedPortal) -> None:
    portal.edit_card(override=REASON)
    portal.settle()
    assert portal.case.override == REASON


STRICT = BOOK.model_copy(
    update={"verdicts": {code: each.model_copy(update={"cause": "required"}) for code, each in BOOK.verdicts.items()}}
)
"""Here a cause, or why none is looked for, and whether similar cases are possible, are asked for."""
RECORDED = reached(
    Stage.FINALIZATION, correction="Отправлено заново", cause="Правила нет", cause_category=None, similar_answer="Нет"
)


@pytest.mark.parametrize(
    ("lacks", "back_to"),
    [
        ({"violations": ()}, Stage.ANALYSIS),  # R4, and with it the severity, R6
        ({"facts": ()}, Stage.ANALYSIS),  # R4
        ({"cause": "", "no_cause": ""}, Stage.ANALYSIS),  # R8
        ({"similar_answer": ""}, Stage.ANALYSIS),  # R9
        ({"measures": tuple(replace(each, due=None) for each in RECORDED.measures)}, Stage.FORMULATION),  # R11
        ({"tasks": tuple(task for task in RECORDED.tasks if not execution.is_blocking(task))}, Stage.CHANGES),  # R14
    ],
)
@pytest.mark.requirement("R4", "R6", "R8", "R9", "R11", "R14", "R15")
def test_nothing_is_finalised_with_gaps_unless_somebody_answers_for_it(lacks: dict[str, Any], back_to: Stage) -> None:
    """Part R, minimum acceptance."""
    assert gate.held_at(RECORDED, STRICT) is None
    case = replace(RECORDED, moved_by=QUALITY_HEAD, **lacks)
    move = decide(case, STRICT, NOON).commands[-1]
    assert isinstance(move, MoveCase)
    assert move.to is back_to
    told = decide(replace(case, override=REASON), STRICT, NOON).commands[0]
    assert isinstance(told, Tell)
    assert told.mark.startswith("override-")
