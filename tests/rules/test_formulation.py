"""Stage «Формулирование мер»: a complete set that the commission hasn't refused yet (S35, S38-S44, S49)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import approval, formulation
from rules.decision import CreateTask, RenewTask, Tell, UpdateCase
from rules.model import Case, CaseField, Measure, Stage
from tests.builders import (
    BOOK,
    DIRECTOR,
    INSPECTOR,
    LOGISTICS_HEAD,
    NOON,
    SALES_HEAD,
    a_checklist,
    a_measure,
    a_staff,
    a_task,
    closed,
    moved,
    reached,
)


@pytest.mark.parametrize(
    ("measure", "lacks"),
    [
        (a_measure(), ()),
        # nobody is named: the department's head will do it
        (a_measure(responsible_id=None), ()),
        # no hours at all is an answer, nothing is not
        (a_measure(planned_hours=0.0), ()),
        (a_measure(planned_hours=None), ("плановые часы",)),
        (a_measure(kind=None), ("вид меры",)),
        # codes that the rulebook doesn't have (any more)
        (a_measure(kind="abolished"), ("вид меры",)),
        (a_measure(department="abolished"), ("подразделение",)),
        (a_measure(target=""), ("объект изменения",)),
        (a_measure(due=None), ("срок",)),
        (a_measure(expected=""), ("ожидаемый результат",)),
        (
            Measure(1, "Пусто"),
            ("вид меры", "объект изменения", "подразделение", "срок", "плановые часы", "ожидаемый результат"),
        ),
    ],
)
def test_a_measure_is_complete_when_a_head_can_vote_on_it(measure: Measure, lacks: tuple[str, ...]) -> None:
    """R11: type, target, owner, due date, expected result."""
    assert formulation.incomplete(measure, BOOK) == lacks


def worded(**changes: Any) -> Case:
    """A case whose inspector has just closed the assignment to word measures."""
    case = reached(Stage.FORMULATION, measures=(a_measure(1),))
    task = closed(a_task("measures", number=60, responsible=INSPECTOR))
    return replace(case, tasks=(*case.tasks, task), **changes)


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (worded(), ()),
        (worded(measures=()), ("не создано ни одной меры: добавьте дочерний элемент «Мера коррекции»",)),
        (
            worded(measures=(a_measure(1), a_measure(2, due=None, target=""))),
            ("мера «Мера 2»: заполните объект изменения, срок",),
        ),
        # the verdict became clean, nobody wants measures
        (worded(measures=(), verdict="correct"), ()),
        # clean, and somebody began one all the same
        (worded(measures=(a_measure(1, due=None),), verdict="correct"), ("мера «Мера 1»: заполните срок",)),
    ],
)
def test_what_the_set_still_lacks(case: Case, missing: tuple[str, ...]) -> None:
    assert formulation.missing(case, BOOK) == missing


def test_an_open_assignment_is_waited_for() -> None:
    case = reached(Stage.FORMULATION, tasks=(a_task("measures", responsible=INSPECTOR),))
    assert formulation.missing(case, BOOK) == ("меры ещё формулируются, работает Инна Контролёрова",)


def refused(case: Case) -> Case:
    """A member left the first measure unticked."""
    vote = a_task(
        approval.slot(case, SALES_HEAD), number=70, checklist=a_checklist("№1 Мера 1"), closed_at=NOON, result="Поздно"
    )
    return replace(case, tasks=(*case.tasks, vote))


def test_a_refused_measure_has_to_change_before_it_is_sent_again() -> None:
    """S47."""
    assert formulation.missing(refused(worded()), BOOK) == (
        "мера «Мера 1» отклонена комиссией: измените или удалите её",
    )
    changed = replace(refused(worded()), measures=(a_measure(1, title="Мера 1, иначе"),))
    assert formulation.missing(changed, BOOK) == ()


def test_further_on_a_refusal_is_the_business_of_the_approval() -> None:
    """Else the gate would send the case back before the members' reasons are passed on."""
    case = moved(refused(worded()), Stage.APPROVAL)
    assert formulation.missing(case, BOOK) == ()


def test_the_assignment_tells_what_was_found_and_what_to_write() -> None:
    """S49: the inspector words the tasks; the commission helps."""
    (task,) = formulation.work(reached(Stage.FORMULATION), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.responsible_id == INSPECTOR
    assert task.accomplices == (SALES_HEAD, LOGISTICS_HEAD)
    assert "[*]Нарушены сроки" in task.description
    assert "«Изменение регламента», «Обучение»" in task.description


def test_without_violations_the_assignment_says_so() -> None:
    (task,) = formulation.work(reached(Stage.FORMULATION, verdict="improvable"), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert "не выбраны" in task.description


def test_an_incomplete_set_goes_back_to_the_inspector() -> None:
    told, renewed = formulation.work(worded(measures=()), BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert "закрыта раньше времени" in told.text
    assert renewed == RenewTask(60)


def test_whoever_the_violations_call_for_joins_before_the_vote() -> None:
    """S33: violations added while measures are worded bring their heads."""
    case = worded(violations=("terms", "gap"))
    assert formulation.leave(case, BOOK) == (
        UpdateCase({CaseField.COMMISSION: (SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)}),
    )


def test_a_member_added_by_hand_stays() -> None:
    assert formulation.leave(worded(commission=(SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)), BOOK) == ()


def test_clean_work_needs_no_commission() -> None:
    assert formulation.leave(worded(measures=(), verdict="correct", commission=()), BOOK) == ()


def test_a_fired_inspector_is_replaced_first() -> None:
    (command,) = formulation.work(reached(Stage.FORMULATION, staff=a_staff(fired=[INSPECTOR])), BOOK, NOON).commands
    assert isinstance(command, UpdateCase)
