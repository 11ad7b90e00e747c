"""Stage «Изменения»: one blocking task a measure, in the kanban of the department that does it (S50-S57)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules import execution
from rules.decision import CreateTask, ReassignTask, RenewTask, Tell
from rules.model import Case, Measure, Staff, Stage
from tests.builders import (
    BOOK,
    DEVELOPER,
    DIRECTOR,
    HOUR,
    INSPECTOR,
    IT,
    LOGISTICS_HEAD,
    NOON,
    SALES_HEAD,
    a_measure,
    a_staff,
    a_task,
    closed,
    moved,
    reached,
)

MEASURES = (a_measure(1), a_measure(2, department="logistics"))


def at_work(first: str, second: str, **changes: Any) -> Case:
    """A case in its changes; each of two tasks is «open», «closed» or «none»."""
    case = reached(Stage.CHANGES)
    tasks = []
    for number, (measure, state) in enumerate(zip(MEASURES, (first, second), strict=True), 90):
        task = a_task(execution.slot(measure), number=number, responsible=SALES_HEAD, title=measure.title)
        if state != "none":
            tasks.append(closed(task) if state == "closed" else task)
    return replace(case, tasks=(*case.tasks, *tasks), **changes)


REMAINS = "открыта задача №90 «Мера 1», исполнитель Сергей Сбытов"


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        (at_work("closed", "closed"), ()),
        # S57: one open task is enough
        (at_work("open", "closed"), (REMAINS,)),
        # a task deleted or never made is not a task done
        (at_work("none", "closed"), ("по мере «Мера 1» нет задачи",)),
        (at_work("open", "none"), ("по мере «Мера 2» нет задачи", REMAINS)),
        # the measure is gone, its task is still blocking (S56)
        (at_work("open", "closed", measures=MEASURES[1:]), (REMAINS,)),
        (at_work("closed", "closed", measures=MEASURES[1:]), ()),
        # reworded after the work was done: other work
        (
            at_work("closed", "closed", measures=(a_measure(1, target="Иное"), MEASURES[1])),
            ("по мере «Мера 1» нет задачи",),
        ),
        # nothing was ordered
        (replace(reached(Stage.CHANGES), measures=()), ()),
    ],
)
def test_what_holds_the_case(case: Case, missing: tuple[str, ...]) -> None:
    assert execution.missing(case, BOOK) == missing


@pytest.mark.parametrize(
    ("measure", "staff", "person"),
    [
        # the person whom the measure names (S42, S43)
        (a_measure(responsible_id=DEVELOPER), a_staff(), DEVELOPER),
        # who has left: the department's head
        (a_measure(responsible_id=DEVELOPER), a_staff(fired=[DEVELOPER]), SALES_HEAD),
        (a_measure(), a_staff(), SALES_HEAD),
        (a_measure(department="logistics"), a_staff(), LOGISTICS_HEAD),
        # no head: above
        (a_measure(department="it"), a_staff(), DIRECTOR),
        (a_measure(department="it"), a_staff(heads={IT: DEVELOPER}), DEVELOPER),
        # nobody up to the top: the inspector, rather than nobody
        (a_measure(department="it"), a_staff(fired=[DIRECTOR]), INSPECTOR),
    ],
)
def test_a_measure_is_done_by_a_person_who_works_here(measure: Measure, staff: Staff, person: int) -> None:
    """S50-S52."""
    case = reached(Stage.CHANGES, staff=staff)
    assert execution.executor(case, BOOK, measure, instead=INSPECTOR) == person


def test_each_measure_gets_its_task_in_its_department() -> None:
    """S50-S56: department, group's kanban, deadline, planned hours, and that it blocks."""
    first, second = execution.work(reached(Stage.CHANGES), BOOK, NOON).commands
    assert isinstance(first, CreateTask)
    assert isinstance(second, CreateTask)
    assert (first.department, second.department) == ("sales", "logistics")
    assert (first.responsible_id, second.responsible_id) == (SALES_HEAD, LOGISTICS_HEAD)
    assert first.auditors == (INSPECTOR,)
    assert first.planned_hours == 4.0
    assert first.deadline is not None
    assert f"{first.deadline:%d.%m.%Y %H:%M}" == "10.12.2026 19:00"
    assert "блокирует финализацию" in first.description
    assert first.description.startswith("Изменение регламента: Стадия «КП» в воронке «Опт»\nОжидаемый результат: Срок")


def test_work_of_somebody_who_left_is_taken_over() -> None:
    """S91: by the department for a measure, by the inspector for everything else that blocks."""
    case = at_work("open", "open", measures=MEASURES[1:], staff=a_staff(fired=[SALES_HEAD]))
    rework = a_task("rework:3", number=99, responsible=SALES_HEAD)
    case = replace(case, tasks=(*case.tasks, rework), told=frozenset({"needless-90"}))
    assert execution.work(case, BOOK, NOON).commands == (
        ReassignTask(91, LOGISTICS_HEAD),
        ReassignTask(90, INSPECTOR),
        ReassignTask(99, INSPECTOR),
    )


def test_what_is_under_way_is_left_alone() -> None:
    assert execution.work(at_work("open", "closed"), BOOK, NOON).commands == ()


def test_the_owner_of_a_task_without_a_measure_is_told_once() -> None:
    case = at_work("open", "open", measures=MEASURES[1:])
    (told,) = execution.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == (SALES_HEAD, INSPECTOR)
    assert "№90 «Мера 1»" in told.text
    assert execution.work(replace(case, told=frozenset({told.mark})), BOOK, NOON).commands == ()


def test_a_case_put_back_when_all_was_done_asks_what_to_do_anew() -> None:
    """The person who put it back is named; until somebody answers, the case stays."""
    case = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    assert execution.missing(case, BOOK) == ("разбор возвращён на стадию «Изменения», а доработки ещё не было",)
    (task,) = execution.work(case, BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.responsible_id == INSPECTOR
    assert "Мария Продавцова" in task.description


def test_a_measure_without_a_task_is_named_beside_the_missing_rework() -> None:
    case = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    case = replace(case, measures=(*case.measures, a_measure(3)))
    assert execution.missing(case, BOOK) == (
        "по мере «Мера 3» нет задачи",
        "разбор возвращён на стадию «Изменения», а доработки ещё не было",
    )


def test_the_answer_may_be_the_rework_or_any_task_done_again() -> None:
    back = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    rework = closed(a_task(f"rework:{back.entered.id}", number=99), NOON + HOUR)
    assert execution.missing(replace(back, tasks=(*back.tasks, rework)), BOOK) == ()
    slot = execution.slot(back.measures[0])
    redone = replace(back, tasks=tuple(replace(t, closed_at=NOON + HOUR) if t.slot == slot else t for t in back.tasks))
    assert execution.missing(redone, BOOK) == ()


def test_a_rework_that_was_closed_before_is_renewed() -> None:
    back = moved(reached(Stage.FINALIZATION), Stage.CHANGES)
    rework = closed(a_task(f"rework:{back.entered.id}", number=99), NOON)
    assert execution.work(replace(back, tasks=(*back.tasks, rework)), BOOK, NOON).commands == (RenewTask(99),)


def test_open_work_needs_no_rework() -> None:
    case = moved(at_work("open", "closed"), Stage.FINALIZATION)
    assert execution.work(moved(case, Stage.CHANGES), BOOK, NOON).commands == ()


def test_a_measure_without_a_day_has_the_rulebook_s_term() -> None:
    """Can't happen behind the guards of the formulation; were it to, the task is due in ten working days."""
    first, _ = execution.work(
        reached(Stage.CHANGES, measures=(a_measure(1, due=None), MEASURES[1])), BOOK, NOON
    ).commands
    assert isinstance(first, CreateTask)
    assert first.deadline is not None
    assert first.deadline.date() == date(2026, 12, 7)
