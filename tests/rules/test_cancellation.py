"""Stage «Отменён»: given up by somebody who may, with a reason; taken up again with all guards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import execution
from rules.decide import decide
from rules.decision import CompleteTask, MoveCase, Tell
from rules.model import Case, Stage
from tests.builders import (
    BOOK,
    INSPECTOR,
    MANAGER,
    MINUTE,
    NOON,
    QUALITY_HEAD,
    SALES_HEAD,
    SERVICE,
    a_case,
    closed,
    entries,
    moved,
    reached,
)
from tests.rules.simulated_portal import PowerCutError, SimulatedPortal

REASON = "Сделка заведена по ошибке"
KEEP = BOOK.model_copy(update={"cancellation": BOOK.cancellation.model_copy(update={"measure_tasks": "keep"})})


@pytest.fixture
def portal() -> SimulatedPortal:
    """A case in its changes, its tasks open."""
    portal = SimulatedPortal()
    portal.run_to(Stage.CHANGES)
    return portal


def cancel(portal: SimulatedPortal, by: int = INSPECTOR, reason: str = REASON) -> None:
    portal.edit_card(cancel_reason=reason)
    portal.drag(Stage.CANCELLED, by=by)


@pytest.mark.parametrize(
    ("reason", "by", "because"),
    [
        ("", INSPECTOR, ("не заполнено поле «Причина отмены»",)),
        (REASON, SALES_HEAD, ("Сергей Сбытов не может отменить разбор; могут: Инна Контролёрова, Вера Качественная",)),
        # of their own work
        (REASON, MANAGER, ("Мария Продавцова не может отменить разбор",)),
        ("", MANAGER, ("не заполнено поле «Причина отмены»", "Мария Продавцова не может отменить разбор")),
    ],
)
def test_without_reason_or_right_the_card_goes_back_where_it_came_from(
    portal: SimulatedPortal, reason: str, by: int, because: tuple[str, ...]
) -> None:
    cancel(portal, by, reason)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    (note,) = portal.notes_marked("gate-")
    assert note.to == (by,)
    assert "Разбор не отменён и возвращён на стадию «Изменения»" in note.text
    assert all(reason in note.text for reason in because)
    assert execution.open_tasks(portal.case)


def test_who_keeps_cancelling_is_parked_like_whoever_keeps_dragging(portal: SimulatedPortal) -> None:
    for _ in range(3):
        cancel(portal, SALES_HEAD)
        portal.settle()
    cancel(portal, SALES_HEAD)
    portal.look()
    assert portal.case.stage is Stage.CANCELLED
    (asked,) = portal.notes_marked("parked-")
    assert asked.to == (QUALITY_HEAD,)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES


def test_a_card_that_was_never_anywhere_else_goes_to_the_survey() -> None:
    move = decide(a_case(Stage.CANCELLED, entries=entries(Stage.CANCELLED)), BOOK, NOON).commands[-1]
    assert isinstance(move, MoveCase)
    assert move.to is Stage.SURVEY


@pytest.mark.parametrize("by", [INSPECTOR, QUALITY_HEAD])
def test_cancelled_tasks_are_closed_and_everybody_concerned_is_told_once(portal: SimulatedPortal, by: int) -> None:
    (task,) = execution.open_tasks(portal.case)
    cancel(portal, by)
    done = portal.look().commands
    assert done[0] == CompleteTask(task.id)
    assert isinstance(done[-1], Tell)
    assert done[-1].to == (task.responsible_id, INSPECTOR, MANAGER)
    assert f"Отменил(а): {portal.case.staff.name_of(by)}.\nПричина: {REASON}" in done[-1].text
    assert f"Закрыты задачи, делать их не нужно:\n• №{task.id} «{task.title}»" in done[-1].text
    assert portal.settle() == 0
    assert portal.case.stage is Stage.CANCELLED


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.is_final])
def test_every_stage_can_be_cancelled(stage: Stage) -> None:
    portal = SimulatedPortal()
    portal.run_to(stage)
    cancel(portal, QUALITY_HEAD)
    portal.settle()
    assert portal.case.stage is Stage.CANCELLED
    assert all(task.closed for task in portal.case.tasks)


def test_the_rulebook_may_keep_the_tasks_of_measures(portal: SimulatedPortal) -> None:
    portal.book = KEEP
    (task,) = execution.open_tasks(portal.case)
    cancel(portal)
    portal.settle()
    assert not portal.task(task.id).closed
    (note,) = portal.notes_marked("cancelled-")
    assert f"Задачи мер остаются в работе:\n• №{task.id} «{task.title}»" in note.text
    portal.close(task)
    assert portal.settle() == 0


def test_what_people_do_to_a_cancelled_case_is_theirs(portal: SimulatedPortal) -> None:
    cancel(portal)
    portal.settle()
    for task in portal.case.tasks:
        portal.reopen(task)
    portal.edit_card(cancel_reason="Иначе", verdict=None)
    assert portal.settle() == 0


def test_a_crash_leaves_nothing_out_of_the_note(portal: SimulatedPortal) -> None:
    (task,) = execution.open_tasks(portal.case)
    cancel(portal)
    with pytest.raises(PowerCutError):
        portal.look(power_cut_after=1)
    portal.settle()
    (note,) = portal.notes_marked("cancelled-")
    assert f"№{task.id}" in note.text


# --- Taken up again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [stage for stage in Stage if not stage.is_final])
def test_a_case_dragged_back_is_taken_up_where_it_was_dragged_to(stage: Stage) -> None:
    portal = SimulatedPortal()
    portal.run_to(stage)
    cancel(portal, QUALITY_HEAD)
    portal.settle()
    portal.drag(stage, by=MANAGER)
    portal.settle()
    assert portal.case.stage is stage
    assert portal.case.cancel_reason == ""
    assert any(not task.closed for task in portal.case.tasks)
    portal.run_to(Stage.SUCCESS)


@pytest.mark.parametrize("to", [Stage.FINALIZATION, Stage.SUCCESS])
@pytest.mark.requirement("S57")
def test_cancelling_is_no_way_around_open_tasks(portal: SimulatedPortal, to: Stage) -> None:
    """Tasks closed with the case were not done: they are given out again."""
    (task,) = execution.open_tasks(portal.case)
    cancel(portal)
    portal.settle()
    portal.drag(to, by=INSPECTOR)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES
    assert not portal.task(task.id).closed
    (note,) = portal.notes_marked("gate-")
    assert f"отменена вместе с разбором задача №{task.id}" in note.text


def test_a_reason_cancels_once(portal: SimulatedPortal) -> None:
    cancel(portal)
    portal.settle()
    portal.drag(Stage.CHANGES, by=MANAGER)
    portal.settle()
    portal.drag(Stage.CANCELLED, by=INSPECTOR)
    portal.settle()
    assert portal.case.stage is Stage.CHANGES


def dropped(at_minute: int, by: int | None) -> bool:
    """Closed so many minutes after the case was cancelled at noon; it was taken up again ten minutes later."""
    case = moved(moved(reached(Stage.CHANGES), Stage.CANCELLED, NOON), Stage.CHANGES, NOON + 10 * MINUTE)
    task = replace(closed(case.tasks[0], NOON + at_minute * MINUTE), closed_by=by)
    return case.dropped(task)


@pytest.mark.parametrize(
    ("minute", "by", "given_up"),
    [
        (1, SERVICE, True),
        # a write that was under way when the card was moved
        (11, SERVICE, True),
        # done by somebody in the meantime
        (1, INSPECTOR, False),
        (1, None, False),
        # the service closes tasks at other times too: votes on an old set
        (-60, SERVICE, False),
        (30, SERVICE, False),
    ],
)
def test_what_was_closed_with_the_case_was_not_done(minute: int, by: int | None, given_up: bool) -> None:
    assert dropped(minute, by) is given_up


def test_an_open_task_was_not_given_up() -> None:
    case: Case = moved(reached(Stage.CHANGES), Stage.CANCELLED)
    assert not case.dropped(replace(case.tasks[0], closed_at=None, closed_by=SERVICE))


def test_a_closed_case_that_nobody_may_cancel_is_not_closed_anew() -> None:
    """Points, seal and the plan for the check belong to the closing that was."""
    portal = SimulatedPortal()
    portal.run_to(Stage.SUCCESS)
    closing = portal.case.arrived
    cancel(portal, MANAGER)
    portal.settle()
    assert portal.case.stage is Stage.SUCCESS
    assert portal.case.arrived == closing
    assert len(portal.notes_marked("closed-")) == 1


def test_a_case_that_was_really_elsewhere_arrived_anew() -> None:
    case = moved(moved(reached(Stage.SUCCESS), Stage.CHANGES), Stage.SUCCESS)
    assert case.arrived == case.entered
