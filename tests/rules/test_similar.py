"""Similar cases, found and shown by the service (R9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules import analysis, similar
from rules.decision import CreateTask, UpdateCase
from rules.model import CaseField, Effect, PastCase, Stage
from tests.builders import BOOK, MANAGER, NOON, SALES_HEAD, a_case, reached
from tests.rules.test_past import a_past_case


def past(number: int, **changes: Any) -> PastCase:
    """Somebody else's case without anything in common."""
    return a_past_case(number, **{"responsible_id": SALES_HEAD, "violations": ("gap",), **changes})


def found(*cases: PastCase, violations: tuple[str, ...] = ("terms",)) -> list[int]:
    return [match.past.id for match in similar.matches(a_case(violations=violations, past=cases))]


@pytest.mark.requirement("R9")
@pytest.mark.parametrize(
    ("other", "similar_"),
    [
        # the same violation, the same item, a violation of the same person
        (past(1, violations=("documents", "terms")), True),
        (past(1, deal=42, violations=()), True),
        (past(1, responsible_id=MANAGER), True),
        # clean work of the same person, other people's other troubles
        (past(1, responsible_id=MANAGER, violations=()), False),
        (past(1), False),
        # not analysed yet, or given up: it tells nothing, unless it is about the same item
        (past(1, violations=("terms",), verdict=None), False),
        (past(1, deal=42, verdict=None), True),
    ],
)
def test_what_counts_as_similar(other: PastCase, similar_: bool) -> None:
    assert found(other) == ([1] if similar_ else [])


def test_nobody_s_case_is_no_person_s_case() -> None:
    case = a_case(responsible_id=None, past=(past(1, responsible_id=None),))
    assert similar.matches(case) == ()


@pytest.mark.requirement("R9")
def test_the_best_come_first() -> None:
    same_item = past(1, deal=42, days_ago=300)
    helped = past(2, violations=("terms",), effect=Effect.EFFECTIVE, days_ago=200)
    newer = past(3, violations=("terms",), days_ago=10)
    older = past(4, violations=("terms",), days_ago=20, effect=Effect.NOT_EFFECTIVE)
    person = past(5, responsible_id=MANAGER)
    helped_himself = past(6, deal=42, violations=("terms",), effect=Effect.EFFECTIVE)
    assert found(person, older, newer, helped, same_item, helped_himself) == [6, 2, 1, 3, 4, 5]


@pytest.mark.requirement("R9")
def test_lines_say_why_and_what_helped() -> None:
    case = a_case(
        violations=("terms",),
        past=(
            past(1, violations=("terms",), effect=Effect.EFFECTIVE, responsible_id=MANAGER),
            past(2, responsible_id=MANAGER, effect=Effect.NOT_EFFECTIVE),
        ),
    )
    assert similar.lines(case, BOOK) == (
        "Сделка №1 (13.11.2026): то же нарушение: «Нарушены сроки»; тот же сотрудник — меры признаны результативными",
        "Сделка №2 (13.11.2026): тот же сотрудник, нарушение: «Случай не предусмотрен» — меры: не результативно",
    )


def test_the_list_is_short_and_says_how_many_more_there_are() -> None:
    many = tuple(replace(past(number, violations=("terms",)), title="Я" * 500) for number in range(1, 41))
    lines = similar.lines(a_case(violations=("terms",), past=many), BOOK)
    assert len(lines) == similar.MOST_LINES + 1
    assert lines[-1] == "и ещё похожих разборов: 33"
    assert sum(map(len, lines)) < 1500


@pytest.mark.requirement("R9")
def test_the_card_shows_what_the_chosen_violations_recall() -> None:
    case = reached(Stage.ANALYSIS, past=(past(1, violations=("terms",)),))
    (task,) = analysis.work(case, BOOK, NOON).commands
    assert isinstance(task, CreateTask)
    assert "[*]не найдены" in task.description
    chosen = reached(Stage.ANALYSIS, past=case.past, violations=("terms",))
    shown, task = analysis.work(chosen, BOOK, NOON).commands
    assert shown == UpdateCase({CaseField.SIMILAR: "Сделка №1 (13.11.2026): то же нарушение: «Нарушены сроки»"})
    assert isinstance(task, CreateTask)
    assert "[*]Сделка №1" in task.description


@pytest.mark.parametrize(
    ("on_the_card", "written"),
    [
        ("Сделка №42 (13.11.2026): тот же элемент", False),
        # a portal may keep spaces and line ends its own way
        (" Сделка №42  (13.11.2026):\r\nтот же элемент", False),
        ("", True),
        ("Сделка №9", True),
    ],
)
def test_the_card_is_written_only_when_it_says_something_else(on_the_card: str, written: bool) -> None:
    case = a_case(similar=on_the_card, past=(past(1, deal=42, violations=()),))
    assert bool(similar.changes(case, BOOK)) is written
