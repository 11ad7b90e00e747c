"""Stage «Формулирование мер»: a complete set that the commission hasn't refused yet (S35, S38-S44, S49)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules import ballot, formulation
from rules.decision import CreateTask, RenewTask, Tell, UpdateCase
from rules.model import Case, CaseField, Measure, Stage
from tests.builders import (
    BOOK,
    DEVELOPER,
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
from tests.rules.simulated_portal import SimulatedPortal


@pytest.mark.parametrize(
    ("measure", "lacks"),
    [
        (a_measure(), ()),
        # nobody is named: the department's head will do it
        (a_measure(responsible_id=None), ()),
        # no hours at all is an answer, nothing is not
        (a_measure(planned_hours=0.0), ()),
        (a_measure(planned_hours=None), ("«Плановые часы»",)),
        (a_measure(kind=None), ("«Вид меры»",)),
        # codes that the rulebook doesn't have (any more)
        (a_measure(kind="abolished"), ("«Вид меры»",)),
        (a_measure(department="abolished"), ("«Подразделение»",)),
        (a_measure(target=""), ("«Объект изменения»",)),
        # named by nobody: the portal calls it by its type and number
        (a_measure(title=""), ("«Название»",)),
        (a_measure(title="Мера коррекции #1"), ("«Название»",)),
        (a_measure(due=None), ("«Срок»",)),
        (a_measure(expected=""), ("«Ожидаемый результат»",)),
        (
            Measure(1, "Пусто"),
            (
                "«Вид меры»",
                "«Объект изменения»",
                "«Подразделение»",
                "«Срок»",
                "«Плановые часы»",
                "«Ожидаемый результат»",
            ),
        ),
    ],
)
def test_a_measure_is_complete_when_a_head_can_vote_on_it(measure: Measure, lacks: tuple[str, ...]) -> None:
    """R11: type, target, owner, due date, expected result."""
    assert formulation.incomplete(measure, BOOK) == lacks


@pytest.mark.requirement("S42", "S43", "R11")
def test_a_training_names_whom_it_is_for() -> None:
    """Manager, lawyer, developer: whoever it is."""
    training = BOOK.measure_kinds["training"].model_copy(update={"employee": True})
    book = BOOK.model_copy(update={"measure_kinds": {**BOOK.measure_kinds, "training": training}})
    assert formulation.incomplete(a_measure(kind="training"), book) == ("«Кого касается (обучение)»",)
    assert formulation.incomplete(a_measure(kind="training", employee_id=DEVELOPER), book) == ()
    assert formulation.incomplete(a_measure(kind="regulation"), book) == ()


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
            ("мера «Мера 2»: заполните «Объект изменения», «Срок»",),
        ),
        # the verdict became clean, nobody wants measures
        (worded(measures=(), verdict="correct"), ()),
        # clean, and somebody began one all the same
        (worded(measures=(a_measure(1, due=None),), verdict="correct"), ("мера «Мера 1»: заполните «Срок»",)),
    ],
)
def test_what_the_set_still_lacks(case: Case, missing: tuple[str, ...]) -> None:
    assert formulation.missing(case, BOOK) == missing


@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param("improvable", marks=pytest.mark.requirement("S38")),
        pytest.param("partly_correct", marks=pytest.mark.requirement("S39")),
    ],
)
def test_a_verdict_that_calls_for_measures_isn_t_satisfied_without_one(verdict: str) -> None:
    portal = SimulatedPortal(reached(Stage.FORMULATION, verdict=verdict))
    portal.settle()
    portal.close(portal.slot(formulation.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.FORMULATION
    assert "не создано ни одной меры" in portal.notes[-1].text
    portal.add_measure()
    portal.close(portal.slot(formulation.SLOT))
    portal.settle()
    assert portal.case.stage is Stage.APPROVAL


def test_an_open_assignment_is_waited_for() -> None:
    case = reached(Stage.FORMULATION, tasks=(a_task("measures", responsible=INSPECTOR),))
    assert formulation.missing(case, BOOK) == ("меры ещё формулируются, работает Инна Контролёрова",)


def refused(case: Case) -> Case:
    """A member left the first measure unticked."""
    vote = a_task(
        ballot.slot(case, SALES_HEAD),
        number=70,
        responsible=SALES_HEAD,
        checklist=a_checklist("№1 Мера 1"),
        closed_at=NOON,
        result="Поздно",
    )
    return replace(case, tasks=(*case.tasks, vote))


def test_a_refused_measure_has_to_change_before_it_is_sent_again() -> None:
    """S47."""
    assert formulation.missing(refused(worded()), BOOK) == (
        "мера «Мера 1» отклонена комиссией: измените или удалите её",
    )
    changed = replace(refused(worded()), measures=(a_measure(1, title="Мера 1, иначе"),))
    assert formulation.missing(changed, BOOK) == ()


def test_a_set_that_was_sent_back_can_t_return_unchanged_to_another_commission() -> None:
    """Whoever refused has left the commission since; what was refused stays refused."""
    case = refused(worded(commission=(LOGISTICS_HEAD,)))
    assert formulation.missing(case, BOOK) == ()
    sent_back = replace(case, told=frozenset({f"protocol-4-{case.measures_hash}-returned"}))
    assert formulation.missing(sent_back, BOOK) == ("мера «Мера 1» отклонена комиссией: измените или удалите её",)


@pytest.mark.requirement("R11")
def test_a_term_in_the_past_is_named_back() -> None:
    """As it was on the day when the inspector called the set complete."""
    late = worded(measures=(a_measure(1, due=date(2026, 11, 22)), a_measure(2, due=date(2026, 11, 23))))
    assert formulation.missing(late, BOOK) == ("мера «Мера 1»: срок 22.11.2026 уже прошёл, назначьте новый",)
    assert formulation.missing(moved(late, Stage.CHANGES), BOOK) == ()


def test_what_was_approved_is_complete_whatever_a_newer_rulebook_asks() -> None:
    newer = BOOK.model_copy(update={"departments": {"it": BOOK.departments["it"]}})
    case = moved(moved(worded(), Stage.APPROVAL), Stage.CHANGES)
    assert formulation.missing(case, newer) == ("мера «Мера 1»: заполните «Подразделение»",)
    approved = replace(case, told=frozenset({f"protocol-{case.entries[-2].id}-{case.measures_hash}"}))
    assert formulation.missing(approved, newer) == ()


def test_further_on_a_refusal_is_the_business_of_the_approval() -> None:
    """Else the gate would send the case back before the members' reasons are passed on."""
    case = moved(refused(worded()), Stage.APPROVAL)
    assert formulation.missing(case, BOOK) == ()


@pytest.mark.requirement("S35", "S49")
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
    told, seated = formulation.leave(case, BOOK)
    assert isinstance(told, Tell)
    assert told.to == (DIRECTOR,)
    assert isinstance(seated, UpdateCase)
    assert seated.changes[CaseField.COMMISSION] == (SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)


def test_a_member_added_by_hand_stays() -> None:
    """Only why the commission is so is written anew."""
    (said,) = formulation.leave(worded(commission=(SALES_HEAD, LOGISTICS_HEAD, DIRECTOR)), BOOK)
    assert isinstance(said, UpdateCase)
    assert set(said.changes) == {CaseField.COMMISSION_RULE}
    assert "№7 Дарья Директорова — включён вручную" in str(said.changes[CaseField.COMMISSION_RULE])


def test_clean_work_needs_no_commission() -> None:
    assert formulation.leave(worded(measures=(), verdict="correct", commission=()), BOOK) == ()


def test_a_fired_inspector_is_replaced_first() -> None:
    (command,) = formulation.work(reached(Stage.FORMULATION, staff=a_staff(fired=[INSPECTOR])), BOOK, NOON).commands
    assert isinstance(command, UpdateCase)
