"""Stage «Анализ»: protocol, violations with facts, verdict (S24-S33, S36-S39)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import analysis
from rules.decision import CreateTask, RenewTask, Tell, UpdateCase
from rules.model import Case, CaseField, Stage
from rules.rulebook import Verdict
from rules.rulebook.schema import CauseCategory
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

STRICT_BOOK = BOOK.model_copy(
    update={
        "causes": {"no_rule": CauseCategory(title="Правила нет")},
        "verdicts": {
            **BOOK.verdicts,
            "explained": Verdict(title="Объяснимый", measures="required", reason="required"),
            "tolerated": Verdict(title="Допустимый", measures="none", facts="required"),
        },
    }
)
"""The same company with a rulebook that wants causes and reasons."""

PROTOCOL = BOOK.funnel("retail").protocol


def analysed(*, ticked: tuple[str, ...] = PROTOCOL, **card: Any) -> Case:
    """A case in its analysis whose inspector has just closed the task."""
    case = reached(Stage.ANALYSIS, **{"verdict": "correct", **card})
    lines = a_checklist(*PROTOCOL, done=ticked)
    task = a_task("analysis", number=50, responsible=INSPECTOR, checklist=lines, closed_at=NOON)
    return replace(case, tasks=(*case.tasks, task), **{"verdict": "correct", **card})


FIRST_AID = {"correction": "Отгружено заново", "consequences": "Клиент ждал день"}


def faulty(**card: Any) -> Case:
    """The same with a violation, a fact, what was put right at once and what it meant for the customer."""
    return analysed(
        **{"verdict": "partly_correct", "violations": ("terms",), "facts": ("12 дней вместо 5",), **FIRST_AID, **card}
    )


@pytest.mark.requirement("S32", "S36", "R4", "R7")
@pytest.mark.parametrize(
    ("case", "missing"),
    [
        # all is there
        (analysed(), ()),
        (analysed(verdict="improvable"), ()),
        (faulty(), ()),
        # more facts than violations, and facts without being asked
        (faulty(facts=("1", "2")), ()),
        (analysed(verdict="improvable", facts=("1",)), ()),
        # S36: no verdict; or one that the rulebook doesn't have any more
        (analysed(verdict=None), ("не указан вердикт",)),
        (analysed(verdict="abolished"), ("не указан вердикт",)),
        # S32: a verdict of violations names them
        (analysed(verdict="partly_correct"), ("для вердикта «Частично корректный» выберите типы нарушений",)),
        (faulty(violations=("abolished",), facts=()), ("для вердикта «Частично корректный» выберите типы нарушений",)),
        # S31: a fact each, whatever the verdict
        (
            faulty(violations=("terms", "gap")),
            ("нет факта нарушения: добавьте в поле «Факты нарушений» строку «Случай не предусмотрен: …»",),
        ),
        (
            faulty(verdict="improvable", facts=()),
            ("нет факта нарушения: добавьте в поле «Факты нарушений» строку «Нарушены сроки: …»",),
        ),
        # R7: what was put right at once, and what it meant for the customer
        (
            faulty(correction="", consequences=""),
            (
                "заполните поле «Немедленная коррекция»: что исправлено сразу или почему это не нужно",
                "заполните поле «Последствия для клиента»: что нарушение значило для клиента",
            ),
        ),
        # a verdict without violations has none
        (
            faulty(verdict="correct"),
            ("вердикт «Абсолютно корректный» — без нарушений, а они выбраны: смените вердикт или снимите нарушения",),
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


@pytest.mark.requirement("S25")
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


@pytest.mark.requirement("S38", "S39")
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


@pytest.mark.requirement("S18", "S24", "S27", "S28", "S29", "S30")
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


@pytest.mark.requirement("S26")
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


@pytest.mark.requirement("S33", "R12")
def test_leaving_appoints_the_commission_where_one_is_needed() -> None:
    (seated,) = analysis.leave(faulty(), BOOK)
    assert isinstance(seated, UpdateCase)
    assert seated.changes == {
        CaseField.COMMISSION: (SALES_HEAD, LOGISTICS_HEAD),
        CaseField.COMMISSION_RULE: (
            "№5 Сергей Сбытов — Руководитель продаж: нарушение «Нарушены сроки»\n"
            "№6 Лев Складов — Руководитель логистики: нарушение «Нарушены сроки»"
        ),
    }


@pytest.mark.requirement("R10")
def test_clean_work_is_left_with_the_reason_why_nothing_is_done() -> None:
    (said,) = analysis.leave(analysed(), BOOK)
    assert said == UpdateCase({CaseField.VERDICT_REASON: "Протокол пройден, нарушений не выбрано: меры не нужны."})
    assert analysis.leave(analysed(verdict_reason="Образцовая сделка"), BOOK) == ()


# --- Cause, similar cases, reasons: where the rulebook asks for them --------------------------------------------------


def owed(**card: Any) -> tuple[str, ...]:
    """What the verdict «Некорректный» of the strict rulebook still wants, with everything else in order."""
    complete = {"verdict": "incorrect", "cause": "Нет правила", "similar_answer": "Возможны", **card}
    return analysis.missing(faulty(**complete), STRICT_BOOK)


@pytest.mark.requirement("R8")
@pytest.mark.parametrize(
    ("card", "says"),
    [
        # any one will do
        ({"cause": "Нет правила"}, None),
        ({"cause_category": "no_rule"}, None),
        ({"whys": ("раз", "два", "три")}, None),
        ({"no_cause": "Разовая ошибка почты"}, None),
        ({"whys": ("раз",), "cause": "Нет правила"}, None),
        # a chain alone has to be long enough, a category must be the rulebook's
        ({"whys": ("раз", "два")}, "«Почему? (цепочка вопросов)» коротка: ответов 2, нужно не меньше 3"),
        ({"cause_category": "abolished"}, "укажите причину: «Причина», «Категория причины» или «Почему?"),
        ({}, "если причину не ищете, напишите в поле «Почему причина не ищется»"),
    ],
)
def test_a_cause_or_the_reason_why_none_is_looked_for(card: dict[str, Any], says: str | None) -> None:
    found = owed(**{"cause": "", **card})
    if says is None:
        assert found == ()
    else:
        (sentence,) = found
        assert says in sentence


def test_a_rulebook_without_categories_offers_none() -> None:
    book = STRICT_BOOK.model_copy(update={"causes": {}})
    (sentence,) = analysis.missing(faulty(verdict="incorrect", similar_answer="Нет"), book)
    assert "Категория причины" not in sentence


@pytest.mark.requirement("R9")
def test_the_question_about_similar_cases_is_answered_with_the_cause() -> None:
    assert owed(similar_answer="") == ("ответьте в поле «Возможны ли похожие случаи?»",)


@pytest.mark.requirement("R10")
@pytest.mark.parametrize(
    ("verdict", "reason", "says"),
    [
        # the rulebook asks for it
        ("explained", "", ("заполните поле «Обоснование вердикта»: почему выбран вердикт «Объяснимый»",)),
        ("explained", "Клиент просил", ()),
        # no measures although something was violated: somebody has to say why
        ("tolerated", "", ("заполните поле «Обоснование вердикта»: почему при нарушениях меры не нужны",)),
        ("tolerated", "Разово, ущерба нет", ()),
    ],
)
def test_whether_action_is_needed_is_decided_with_a_reason(verdict: str, reason: str, says: tuple[str, ...]) -> None:
    assert analysis.missing(faulty(verdict=verdict, verdict_reason=reason), STRICT_BOOK) == says


def test_violations_without_measures_go_straight_to_the_end_with_the_inspector_s_reason() -> None:
    case = faulty(verdict="tolerated", verdict_reason="Разово")
    assert not analysis.needs_measures(case, STRICT_BOOK)
    assert analysis.leave(case, STRICT_BOOK) == ()


@pytest.mark.requirement("S25", "S31", "S32")
def test_the_assignment_leads_through_the_analysis_step_by_step() -> None:
    """Every step names the field of the card; the taxonomy stands below with severity and requirement."""
    (task,) = analysis.work(reached(Stage.ANALYSIS, answers={"satisfaction": "low"}), STRICT_BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    steps = [line for line in task.description.splitlines() if line[:1].isdigit()]
    expected = ("протокол", "«Типы нарушений»", "«Факты нарушений»", "«Немедленная коррекция»", "«Вердикт»",
                "«Причина», «Категория причины»", "«Возможны ли похожие случаи?»", "«Обоснование вердикта»",
                "Завершите задачу")  # fmt: skip
    assert len(steps) == len(expected)
    assert all(words in step for words, step in zip(expected, steps, strict=True))
    assert "[*]Сроки соблюдены? — нет ответа" in task.description
    assert "[*]Нарушены сроки (значительное); требование: Регламент продаж, п. 4.2" in task.description
    assert "[*]Ошибка в документах (критическое)\n" in task.description


def test_a_rulebook_without_causes_asks_for_none() -> None:
    book = BOOK.model_copy(update={"verdicts": {"correct": BOOK.verdicts["correct"]}})
    (task,) = analysis.work(reached(Stage.ANALYSIS), book, NOON).commands
    assert isinstance(task, CreateTask)
    assert "причин" not in task.description


def test_a_stricter_rulebook_reopens_no_analysis_finished_under_an_earlier_one() -> None:
    verdicts = {**BOOK.verdicts, "partly_correct": STRICT_BOOK.verdicts["incorrect"]}
    book = BOOK.model_copy(update={"version": "test-2", "verdicts": verdicts})
    assert analysis.missing(reached(Stage.CHANGES, rules="test-1"), book) == ()
    assert analysis.missing(reached(Stage.CHANGES, rules="test-2"), book) != ()


def test_the_person_analysed_never_inspects() -> None:
    case = reached(Stage.ANALYSIS, inspector_id=MANAGER)
    (command,) = analysis.work(case, BOOK, NOON).commands
    assert command == UpdateCase({CaseField.INSPECTOR: INSPECTOR}, assigned_to=INSPECTOR)
