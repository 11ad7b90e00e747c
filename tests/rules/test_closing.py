"""Stage «Закрыт успешно»: points, cost, a last note; then peace (S37, S62, S77)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules import closing, execution
from rules.decision import CompleteTask, Tell, UpdateCase
from rules.model import Case, CaseField, Stage
from tests.builders import BOOK, MANAGER, NOON, SALES_HEAD, a_measure, a_task, moved, reached, with_task


def seal(case: Case) -> Case:
    """The case with the note of its closing in the timeline."""
    (told,) = [command for command in closing.work(case, BOOK, NOON).commands if isinstance(command, Tell)]
    return replace(case, told=case.told | {told.mark})


@pytest.mark.requirement("S37", "S62", "S77")
def test_a_clean_case_leaves_points_hours_and_a_note() -> None:
    case = with_task(reached(Stage.SUCCESS, verdict="correct"), "analysis", hours_spent=1.5)
    update, told = closing.work(case, BOOK, NOON).commands
    assert update == UpdateCase({CaseField.POINTS: 10.0, CaseField.HOURS: 1.5})
    assert isinstance(told, Tell)
    assert told.to == (MANAGER,)
    assert told.text.splitlines() == [
        "Разбор закрыт: Сделка №42 «Насосы».",
        "Вердикт: «Абсолютно корректный».",
        "Мария Продавцова: начислено 10 баллов. Основание: вердикт «Абсолютно корректный», "
        "сотрудник ОКК Инна Контролёрова.",
        "Время: опрос 1 ч, анализ и формулирование 1 ч, согласование 0 ч, изменения и финализация 0 ч.",
        "Затрачено 1,5 ч.",
    ]


@pytest.mark.requirement("S62", "S77")
def test_a_case_with_measures_sums_up_measures_time_and_cost() -> None:
    case = with_task(reached(Stage.SUCCESS), execution.slot(a_measure(1)), hours_spent=6.5)
    _, told = closing.work(case, BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert "Выполнено мер: 2.\n• Мера 1: Срок стадии соблюдается" in told.text
    assert "Время: опрос 1 ч, анализ и формулирование 2 ч, согласование 1 ч, изменения и финализация 2 ч." in told.text
    assert "Затрачено 6,5 ч, по плану 8 ч." in told.text
    assert "Результативность мер проверяет Олег Проверкин." in told.text
    assert "баллов" not in told.text


def test_the_day_of_the_check_counts_from_the_real_closing() -> None:
    """R20: planned from the terms of the measures; they were ready earlier."""
    (update, _) = closing.work(reached(Stage.SUCCESS), BOOK, NOON).commands
    assert update == UpdateCase({CaseField.HOURS: 0.0, CaseField.CHECK_ON: date(2027, 1, 22)})


def test_the_note_is_the_last_command() -> None:
    """It seals the case; whatever a crash left undone before it is done by the next look."""
    case = reached(Stage.SUCCESS, verdict="correct")
    case = replace(case, tasks=(*case.tasks, a_task("measures", number=9)))
    update, complete, told = closing.work(case, BOOK, NOON).commands
    assert isinstance(update, UpdateCase)
    assert complete == CompleteTask(9)
    assert isinstance(told, Tell)
    written = replace(case, points=10.0, hours=0.0)
    assert closing.work(written, BOOK, NOON).commands == (CompleteTask(9), told)


def test_points_that_a_person_set_after_the_closing_are_theirs() -> None:
    """R25: granted once; a correction by hand isn't fought."""
    assert closing.sealed(replace(seal(reached(Stage.SUCCESS, verdict="correct")), points=3.0))


def test_blocking_tasks_left_open_by_an_override_stay_and_are_named() -> None:
    open_task = a_task(execution.slot(a_measure(1)), number=77, responsible=SALES_HEAD)
    case = reached(Stage.SUCCESS)
    case = replace(case, tasks=(*(t for t in case.tasks if t.slot != open_task.slot), open_task))
    commands = closing.work(case, BOOK, NOON).commands
    assert CompleteTask(77) not in commands
    told = commands[-1]
    assert isinstance(told, Tell)
    assert "Не завершена задача №77 «Задача measure:1" in told.text
    assert closing.sealed(seal(case))


def test_finishing_what_was_left_open_breaks_no_seal_and_opening_more_does() -> None:
    first, second = execution.slot(a_measure(1)), execution.slot(a_measure(2, department="logistics"))
    left_open = seal(with_task(reached(Stage.SUCCESS), first, closed_at=None))
    assert closing.sealed(with_task(left_open, first, closed_at=NOON))
    assert not closing.sealed(with_task(left_open, second, closed_at=None))


@pytest.mark.parametrize(
    ("change", "sealed", "why"),
    [
        ({}, True, "nothing happened"),
        ({"answers": {}}, True, "an answer erased later opens no closed case"),
        ({"commission": ()}, True, "nor does a commission"),
        ({"verdict": "improvable"}, False, "another verdict is another case"),
        ({"measures": (a_measure(1, title="Иначе"),)}, False, "so is another set of measures"),
        ({"tasks": (a_task(execution.slot(a_measure(1))),)}, False, "S57: a blocking task is open again"),
        ({"tasks": (a_task("survey"),)}, True, "a task that blocks nothing"),
    ],
)
def test_what_breaks_the_seal(change: dict[str, Any], sealed: bool, why: str) -> None:
    assert closing.sealed(replace(seal(reached(Stage.SUCCESS)), **change)) is sealed, why


def test_a_second_closing_is_sealed_anew() -> None:
    """R27: a case that was put back and closed again tells its new end."""
    case = moved(moved(seal(reached(Stage.SUCCESS)), Stage.CHANGES), Stage.SUCCESS)
    assert not closing.sealed(case)


def test_a_case_elsewhere_is_not_sealed() -> None:
    assert not closing.sealed(reached(Stage.FINALIZATION))
