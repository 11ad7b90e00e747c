"""Bonus points (S37, S76, R25): what the verdict grants, what a later one takes back, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import points
from rules.model import Case, Stage
from rules.rulebook import Rulebook
from rules.rulebook.schema import Points
from tests.builders import BOOK, INSPECTOR, MANAGER, SALES_HEAD, reached
from tests.rules.test_past import a_past_case


def of_rounds(*earlier: float, verdict: str = "partly_correct", whose: int = MANAGER) -> Case:
    """A closed case of the deal's last round; so many points stand on the cards of the earlier ones."""
    past = tuple(
        a_past_case(100 + round_, deal=42, round_=round_, points=amount, responsible_id=whose)
        for round_, amount in enumerate(earlier, 1)
    )
    return reached(Stage.SUCCESS, verdict=verdict, round=len(earlier) + 1, past=past, inspector_id=INSPECTOR)


@pytest.mark.parametrize(
    ("verdict", "responsible", "granted"),
    [
        ("correct", MANAGER, 10),
        ("improvable", MANAGER, 0),
        ("partly_correct", MANAGER, 0),
        # nobody to grant them to
        ("correct", None, 0),
        # not judged, or by a verdict that has left the rulebook
        (None, MANAGER, 0),
        ("abolished", MANAGER, 0),
    ],
)
@pytest.mark.requirement("S37")
def test_the_verdict_grants_points(verdict: str | None, responsible: int | None, granted: float) -> None:
    case = replace(reached(Stage.SUCCESS, verdict="correct"), verdict=verdict, responsible_id=responsible)
    assert points.deserved(case, BOOK) == granted


@pytest.mark.requirement("R25")
def test_an_entry_says_who_how_much_by_which_rule_and_on_whose_word() -> None:
    (entry,) = points.entries(of_rounds(verdict="correct"), BOOK)
    assert (entry.person, entry.amount) == (MANAGER, 10)
    assert entry.rule == "вердикт «Абсолютно корректный», сотрудник ОКК Инна Контролёрова"


@pytest.mark.parametrize(
    ("case", "amounts"),
    [
        (of_rounds(10), [-10]),
        (of_rounds(10, 10), [-10, -10]),
        # the second round has taken them back already
        (of_rounds(10, -10), []),
        # granted anew after that
        (of_rounds(10, -10, 10), [-10]),
        (of_rounds(0), []),
        # clean again
        (of_rounds(10, verdict="correct"), [10]),
        # not judged yet
        (replace(of_rounds(10), verdict=None), []),
        # a first round
        (of_rounds(), []),
    ],
)
@pytest.mark.requirement("R25")
def test_a_round_that_is_not_clean_takes_back_what_earlier_ones_granted(case: Case, amounts: list[float]) -> None:
    assert [entry.amount for entry in points.entries(case, BOOK)] == amounts
    assert points.deserved(case, BOOK) == sum(amounts)


def test_points_are_taken_from_whom_they_were_given_to() -> None:
    (entry,) = points.entries(of_rounds(10, whose=SALES_HEAD), BOOK)
    assert (entry.person, entry.amount) == (SALES_HEAD, -10)
    assert "баллы разбора №101 (Сделка №42, круг 1) сняты" in entry.rule


def test_a_rulebook_may_let_points_stand() -> None:
    book = BOOK.model_copy(update={"points": Points(taken_back=False)})
    assert points.entries(of_rounds(10), book) == ()


@given(earlier=st.lists(st.sampled_from([0.0, 10.0, -10.0, 20.0]), max_size=6))
def test_nothing_is_taken_back_that_was_not_granted(earlier: list[float]) -> None:
    taken = -points.deserved(of_rounds(*earlier), BOOK)
    assert 0 <= taken <= sum(amount for amount in earlier if amount > 0)


@pytest.mark.requirement("R25")
def test_what_a_person_corrects_on_the_card_is_an_entry() -> None:
    case = replace(of_rounds(verdict="correct"), points=7.0)
    grant, correction = points.booked(case, BOOK)
    assert (grant.amount, correction.amount, correction.rule) == (10, -3, "исправлено на карточке разбора")
    assert points.booked(replace(case, points=10.0), BOOK) == (grant,)


@pytest.mark.parametrize(
    ("verdict", "on_the_card", "says"),
    [
        ("correct", None, ["Мария Продавцова: начислено 10 баллов."]),
        # the card says so already (a crash after it was written): said all the same
        ("correct", 10.0, ["Мария Продавцова: начислено 10 баллов."]),
        ("correct", 3.0, ["(3), исправлены: вердикт изменён", "Мария Продавцова: начислено 10 баллов."]),
        ("partly_correct", None, []),
        ("partly_correct", 0.0, []),
        ("partly_correct", 10.0, ["(10), сняты: вердикт изменён"]),
    ],
)
@pytest.mark.requirement("R25")
def test_what_is_said_about_points(verdict: str, on_the_card: float | None, says: list[str]) -> None:
    said = points.sentences(reached(Stage.SUCCESS, verdict=verdict, points=on_the_card), BOOK)
    assert len(said) == len(says)
    assert all(words in sentence for words, sentence in zip(says, said, strict=True))


def test_taking_back_names_the_case_and_the_rule() -> None:
    (said,) = points.sentences(of_rounds(10), BOOK)
    assert said.startswith("Мария Продавцова: снято 10 баллов. Основание: вердикт «Частично корректный»")
    assert "разбора №101" in said


@pytest.mark.parametrize(
    ("period", "moment", "called"),
    [
        ("month", datetime(2026, 11, 30, 12, 0, tzinfo=UTC), "2026-11"),
        # already December in Moscow
        ("month", datetime(2026, 11, 30, 22, 0, tzinfo=UTC), "2026-12"),
        ("quarter", datetime(2026, 9, 30, 12, 0, tzinfo=UTC), "2026-Q3"),
        ("quarter", datetime(2026, 10, 1, 12, 0, tzinfo=UTC), "2026-Q4"),
        ("year", datetime(2026, 12, 31, 22, 0, tzinfo=UTC), "2027"),
    ],
)
def test_a_moment_belongs_to_a_period_of_the_company(period: str, moment: datetime, called: str) -> None:
    book: Rulebook = BOOK.model_copy(update={"points": Points(period=period)})  # type: ignore[arg-type]
    assert points.period_of(moment, book) == called
