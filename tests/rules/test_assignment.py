"""Giving assignments: complete, once, to somebody who works here, and back again when the work wasn't done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.assignment import assign, give_back, lacking
from rules.decision import AddChecklistItems, Command, CreateTask, ReassignTask, RenewTask
from rules.model import Stage, Task
from tests.builders import (
    DEVELOPER,
    INSPECTOR,
    MANAGER,
    MINUTE,
    NOON,
    STRANGER,
    a_case,
    a_checklist,
    a_staff,
    a_task,
    closed,
    moved,
    reached,
)

WANTED = CreateTask("analysis", "Анализ", "", INSPECTOR, checklist=("Звонки", "Сроки"))
FULL = a_checklist("Звонки", "Сроки")


@pytest.mark.parametrize(
    ("task", "commands"),
    [
        # not there yet
        (None, (WANTED,)),
        # there, and complete
        (a_task("analysis", responsible=INSPECTOR, checklist=FULL), ()),
        # a crash between task and checklist
        (a_task("analysis", responsible=INSPECTOR), (AddChecklistItems(1, ("Звонки", "Сроки")),)),
        # a line deleted by hand
        (a_task("analysis", responsible=INSPECTOR, checklist=FULL[:1]), (AddChecklistItems(1, ("Сроки",)),)),
        # a line ticked is a line present
        (a_task("analysis", responsible=INSPECTOR, checklist=a_checklist("Звонки", "Сроки", done=["Сроки"])), ()),
        # a line of the person's own
        (a_task("analysis", responsible=INSPECTOR, checklist=(*FULL, *a_checklist("Своё"))), ()),
        # given to a colleague, renamed: as people left it
        (a_task("analysis", responsible=DEVELOPER, title="Иначе", checklist=FULL), ()),
        # given to an outside integrator, whom the staff list doesn't know (S51)
        (a_task("analysis", responsible=STRANGER, checklist=FULL), ()),
        # its owner has left (S91)
        (a_task("analysis", responsible=MANAGER, checklist=FULL), (ReassignTask(1, INSPECTOR),)),
        # closed: nothing is added to it, and nobody needs it
        (closed(a_task("analysis", responsible=MANAGER)), ()),
    ],
)
def test_an_assignment_is_there_complete_and_somebody_s(task: Task | None, commands: tuple[Command, ...]) -> None:
    case = a_case(Stage.ANALYSIS, tasks=(task,) if task else (), staff=a_staff(fired=[MANAGER]))
    assert assign(case, WANTED) == commands


def test_spaces_that_a_portal_strips_don_t_make_a_line_missing() -> None:
    """Otherwise the line would be added at every look, for ever."""
    task = a_task("vote", checklist=a_checklist("№5 Срок  стадии", " №6 Чек "))
    assert lacking(task, ["№5  Срок стадии ", "№6 Чек", "№7 Иное"]) == ("№7 Иное",)


def test_a_task_closed_too_early_goes_back_with_the_list() -> None:
    task = closed(a_task("survey"))
    told, renewed = give_back(a_case(tasks=(task,)), task, Stage.SURVEY, ["нет ответа: «Почему?»"])
    assert renewed == RenewTask(1)
    assert told.to == (MANAGER,)  # type: ignore[union-attr]
    assert "• нет ответа: «Почему?»" in told.text  # type: ignore[union-attr]


def test_a_crash_between_the_note_and_the_renewal_doesn_t_tell_twice() -> None:
    task = closed(a_task("survey"))
    case = a_case(tasks=(task,))
    told, _ = give_back(case, task, Stage.SURVEY, ["x"])
    again = give_back(replace(case, told=frozenset({told.mark})), task, Stage.SURVEY, ["x"])  # type: ignore[union-attr]
    assert again == (RenewTask(1),)


def test_each_closing_has_its_own_note() -> None:
    first, second = closed(a_task("survey"), NOON), closed(a_task("survey"), NOON + MINUTE)
    case = a_case()
    marks = {give_back(case, task, Stage.SURVEY, ["x"])[0].mark for task in (first, second)}  # type: ignore[union-attr]
    assert len(marks) == 2


def test_a_task_done_before_the_case_was_put_back_is_renewed_without_reproach() -> None:
    case = moved(reached(Stage.CHANGES), Stage.SURVEY)
    task = case.task("survey")
    assert task is not None
    assert give_back(case, task, Stage.SURVEY, []) == (RenewTask(task.id),)


def test_an_open_task_is_not_given_back() -> None:
    assert give_back(a_case(), a_task("survey"), Stage.SURVEY, ["x"]) == ()
