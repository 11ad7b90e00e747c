"""Stage «Анализ»: protocol, violations with facts, verdict (S24-S33, S36-S39)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import analysis
from rules.decision import CreateTask, RenewTask, Tell, UpdateCase
from rules.model import Case, CaseField, Stage
from tests.builders import (
    BOOK,
    DIRECTOR,
    INSPECTOR,
    LOGISTICS_HEAD,
    MANAGER,
    NOON,
    OTHER_INSPECTOR,
    QUALITY_HEAD,
    SALES_HEAD,
    a_checklist,
    a_measure,
    a_staff,
    a_task,
    closed,
    moved,
    reached,
    without_task,
)

PROTOCOL = BOOK.funnel("retail").protocol


def analysed(*, ticked: tuple[str, ...] = PROTOCOL, **card: Any) -> Case:
    """A case in its analysis whose inspector has just closed the task."""
    case = reached(Stage.ANALYSIS, **{"verdict": "correct", **card})
    lines = a_checklist(*PROTOCOL, done=ticked)
    task = a_task("analysis", number=50, responsible=INSPECTOR, checklist=lines, closed_at=NOON)
    return replace(case, tasks=(*case.tasks, task), **{"verdict": "correct", **card})


@pytest.mark.parametrize(
    ("case", "missing"),
    [
        # all is there
        (analysed(), ()),
        (analysed(verdict="improvable"), ()),
        (analysed(verdict="partly_correct", violations=("terms",), facts=("12 дней вместо 5",)), ()),
        # more facts than violations, and facts without being asked
        (analysed(verdict="partly_correct", violations=("terms",), facts=("1", "2")), ()),
        (analysed(verdict="improvable", facts=("1",)), ()),
        # S36: no verdict; or one that the rulebook doesn't have any more
        (analysed(verdict=None), ("не указан вердикт",)),
        (analysed(verdict="abolished"), ("не указан вердикт",)),
        # S32: a verdict of violations names them
        (analysed(verdict="partly_correct"), ("для вердикта «Частично корректный» выберите типы нарушений",)),
        # S31: a fact each
        (
            analysed(verdict="partly_correct", violations=("terms", "gap"), facts=("1",)),
            ("опишите факт по каждому нарушению: нарушений 2, фактов 1",),
        ),
        # S25: the algorithm is followed to the end
        (analysed(ticked=PROTOCOL[:2]), ("не отмечен шаг протокола: «Проверить документы»",)),
        # S33: a commission can be formed
        (
            analysed(verdict="improvable", staff=a_staff(fired=[QUALITY_HEAD, DIRECTOR])),
            ("комиссию составить не из кого: проверьте руководителей отделов в структуре компании",),
        ),
        # which clean work doesn't need
        (analysed(staff=a_staff(fired=[QUALITY_HEAD, DIRECTOR])), ()),
    ],
)
def test_what_the_inspector_still_owes(case: Case, missing: tuple[str, ...]) -> None:
    assert analysis.missing(case, BOOK) == missing


def test_an_open_task_is_waited_for_by_name() -> None:
    case = replace(analysed(), tasks=(a_task("analysis", responsible=OTHER_INSPECTOR),))
    assert analysis.missing(case, BOOK) == ("анализ не завершён, работает Олег Проверкин",)


def test_a_step_removed_from_the_checklist_is_not_done() -> None:
    case = reached(Stage.ANALYSIS, verdict="correct")
    task = closed(a_task("analysis", number=50, checklist=a_checklist(*PROTOCOL[1:])))
    case = replace(case, tasks=(*case.tasks, task))
    assert analysis.missing(replace(case, verdict="correct"), BOOK) == (
        "шаг протокола удалён из чек-листа: «Прослушать звонки»",
    )


def test_a_protocol_reworded_later_opens_no_finished_analysis() -> None:
    """The rulebook changes while cases are under way: they aren't all sent back for a typo."""
    funnel = BOOK.funnel("retail").model_copy(update={"protocol": ("Прослушать все звонки",)})
    book = BOOK.model_copy(update={"funnels": (funnel,)})
    assert analysis.missing(reached(Stage.CHANGES), book) == ()


def test_a_structure_that_changed_later_opens_no_finished_analysis() -> None:
    case = reached(Stage.CHANGES, staff=a_staff(fired=[SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, QUALITY_HEAD]))
    assert analysis.missing(case, BOOK) == ()


@pytest.mark.parametrize(
    ("verdict", "measures", "needed"),
    [
        # S37: clean work needs none
        ("correct", (), False),
        # S38, S39
        ("improvable", (), True),
        ("partly_correct", (), True),
        # not said yet: the long way
        (None, (), True),
        # somebody wrote one all the same
        ("correct", (a_measure(),), True),
    ],
)
def test_the_verdict_says_whether_measures_are_needed(
    verdict: str | None, measures: tuple[Any, ...], needed: bool
) -> None:
    assert analysis.needs_measures(analysed(verdict=verdict, measures=measures), BOOK) is needed


def test_the_card_gets_an_inspector_first() -> None:
    case = reached(Stage.ANALYSIS, inspector_id=None)
    assert analysis.work(case, BOOK, NOON).commands == (
        UpdateCase({CaseField.INSPECTOR: INSPECTOR}, assigned_to=INSPECTOR),
    )


def test_the_inspector_gets_the_funnel_s_protocol_and_the_answers() -> None:
    """S24-S30: one assignment with everything in it, adapted to the funnel of origin."""
    (task,) = analysis.work(reached(Stage.ANALYSIS), BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert task.responsible_id == INSPECTOR
    assert task.checklist == PROTOCOL
    assert "Процесс: Розница. Ответственный: Мария Продавцова." in task.description
    assert "[*]Доволен ли клиент? — Доволен" in task.description
    assert "[*]Нарушены сроки (значительное)" in task.description
    assert "«Абсолютно корректный», «Есть что улучшить», «Частично корректный»" in task.description


def test_another_funnel_has_another_protocol() -> None:
    """S26."""
    (task,) = analysis.work(
        reached(Stage.ANALYSIS, funnel="leads", answers={"reply_minutes": "5"}), BOOK, NOON
    ).commands
    assert isinstance(task, CreateTask)
    assert task.checklist == ("Прослушать первый звонок",)


def test_an_analysis_closed_too_early_goes_back_with_what_is_missing() -> None:
    told, renewed = analysis.work(analysed(verdict=None, ticked=()), BOOK, NOON).commands
    assert isinstance(told, Tell)
    assert told.to == (INSPECTOR,)
    assert "не указан вердикт" in told.text
    assert renewed == RenewTask(50)


def test_an_analysis_put_back_by_a_person_is_renewed_without_reproach() -> None:
    case = moved(reached(Stage.CHANGES), Stage.ANALYSIS)
    (task_id,) = [task.id for task in case.tasks if task.slot == "analysis"]
    assert analysis.work(case, BOOK, NOON).commands == (RenewTask(task_id),)


def test_a_deleted_analysis_is_asked_for_again() -> None:
    case = without_task(reached(Stage.CHANGES), "analysis")
    assert analysis.missing(case, BOOK) == ("анализ не завершён, работает Инна Контролёрова",)


def test_leaving_appoints_the_commission_where_one_is_needed() -> None:
    """S33."""
    found = analysed(verdict="partly_correct", violations=("terms",), facts=("x",))
    assert analysis.leave(found, BOOK) == (UpdateCase({CaseField.COMMISSION: (SALES_HEAD, LOGISTICS_HEAD)}),)
    assert analysis.leave(analysed(), BOOK) == ()


def test_the_person_analysed_never_inspects() -> None:
    case = reached(Stage.ANALYSIS, inspector_id=MANAGER)
    (command,) = analysis.work(case, BOOK, NOON).commands
    assert command == UpdateCase({CaseField.INSPECTOR: INSPECTOR}, assigned_to=INSPECTOR)
