"""The minutes of a decision: every vote with person, role, decision, reason, time and edition (R13)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import approval, commission, minutes
from rules.decision import Tell
from rules.model import Case
from tests.builders import BOOK, DEVELOPER, DIRECTOR, LOGISTICS_HEAD, NOON, SALES_HEAD, a_measure, a_staff
from tests.rules.votes import BOTH, FIRST, a_book, a_vote, ballots, voting


def of_approval(case: Case, **approval_rules: object) -> Tell:
    (told,) = minutes.of_approval(case, a_book(**approval_rules))
    return told


@pytest.mark.requirement("R13")
def test_an_approval_is_kept_with_rule_edition_and_every_vote() -> None:
    case = voting(BOTH, BOTH)
    assert of_approval(case).text.splitlines() == [
        "Протокол решения комиссии",
        "Решение: комплекс мер утверждён.",
        "Правило: нужно «за» каждого участника комиссии.",
        f"Редакция {case.measures_hash}:",
        "• №1 Мера 1 — Изменение регламента: Стадия «КП» в воронке «Опт»; выполняет Продажи; срок 10.12.2026; "
        "по плану 4 ч; ожидаемый результат: Срок стадии соблюдается",
        "• №2 Мера 2 — Изменение регламента: Стадия «КП» в воронке «Опт»; выполняет Логистика; срок 10.12.2026; "
        "по плану 4 ч; ожидаемый результат: Срок стадии соблюдается",
        "Голоса:",
        "• Сергей Сбытов (Руководитель продаж, председатель): за №1, №2; 23.11.2026 15:00",
        "• Лев Складов (Руководитель логистики): за №1, №2; 23.11.2026 15:00",
    ]


@pytest.mark.requirement("R13")
def test_a_return_is_kept_with_the_reasons() -> None:
    told = approval.work(voting(BOTH, FIRST), BOOK, NOON).commands[0]
    assert isinstance(told, Tell)
    lines = told.text.splitlines()
    assert lines[1] == (
        "Решение: комплекс мер возвращён на доработку: не утверждена мера «Мера 2» — Лев Складов: Нет людей."
    )
    assert lines[-1] == "• Лев Складов (Руководитель логистики): за №1; против №2; причина: Нет людей; 23.11.2026 15:00"


def test_it_is_written_once_each_time_the_approval_is_left() -> None:
    case = voting(BOTH, BOTH)
    told = of_approval(case)
    assert minutes.of_approval(replace(case, told=frozenset({told.mark})), BOOK) == ()
    (returned,) = minutes.of_return(case, BOOK, ("причина",))
    assert returned.mark != told.mark


@pytest.mark.requirement("R11", "R13")
def test_the_edition_names_whom_a_training_is_for_and_who_carries_it_out() -> None:
    it = BOOK.departments["it"].model_copy(update={"integrator": "ООО «Интегратор»"})
    book = BOOK.model_copy(update={"departments": {**BOOK.departments, "it": it}})
    training = a_measure(5, kind="training", department="it", employee_id=DEVELOPER, responsible_id=DIRECTOR)
    case = replace(voting(BOTH, BOTH), measures=(training,))
    (told,) = minutes.of_approval(case, book)
    assert (
        "• №5 Мера 5 — Обучение: Стадия «КП» в воронке «Опт»; кого касается: Денис Кодов; "
        "выполняет ИТ (подрядчик: ООО «Интегратор»); исполнитель Дарья Директорова; срок 10.12.2026"
    ) in told.text


@pytest.mark.requirement("R12", "R13")
def test_silence_substitutes_and_votes_that_no_longer_count_are_named() -> None:
    case = ballots({SALES_HEAD: BOTH, LOGISTICS_HEAD: BOTH, DIRECTOR: None, DEVELOPER: BOTH})
    passed_on = a_vote(case, SALES_HEAD, responsible_id=DEVELOPER, closed_by=DEVELOPER)
    case = replace(
        case,
        tasks=tuple(passed_on if task.id == passed_on.id else task for task in case.tasks),
        commission=(SALES_HEAD, LOGISTICS_HEAD, DIRECTOR),
        told=frozenset({f"deputy-{passed_on.id}-{DEVELOPER}"}),
    )
    voices = of_approval(case, quorum="majority").text.splitlines()[-4:]
    assert voices == [
        "• Сергей Сбытов (Руководитель продаж, председатель): голосовал(а) Денис Кодов; за №1, №2; 23.11.2026 15:00",
        "• Лев Складов (Руководитель логистики): за №1, №2; 23.11.2026 15:00",
        "• Дарья Директорова (участник комиссии): не голосовал(а)",
        "• Денис Кодов (уже не в комиссии, голос не учтён): за №1, №2; 23.11.2026 15:00",
    ]


@pytest.mark.requirement("R12", "R13")
def test_who_decides_for_a_vacant_place_is_named_with_that_role_and_nobody_else_is():
    """Played on the sandbox: the head of logistics was fired in mid-approval, the minutes gave his role to sales."""
    logistics = BOOK.roles["logistics_head"].model_copy(update={"substitutes": ("sales_head",)})
    book = BOOK.model_copy(update={"roles": {**BOOK.roles, "logistics_head": logistics}})
    case = replace(voting(BOTH, BOTH), staff=a_staff(fired=[LOGISTICS_HEAD]))
    case = replace(case, commission=commission.compose(case, book))
    assert case.commission == (SALES_HEAD, DIRECTOR)
    assert minutes.roles_of(case, book, SALES_HEAD) == ("Руководитель продаж", "председатель")
    assert minutes.roles_of(case, book, DIRECTOR) == ("Руководитель логистики",)
