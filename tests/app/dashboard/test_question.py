"""What the address asks: presets, own dates, filters; and nonsense, which asks for nothing."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dashboard.question import FIRST_DAY, Moment, Period, Preset, Question, State, question_of

TODAY = date(2026, 11, 28)
NAMES = ("period", "since", "until", "by", "funnel", "department", "person", "inspector", "verdict", "violation",
         "kind", "state")  # fmt: skip


@pytest.mark.parametrize(
    ("preset", "since", "compared"),
    [
        # the same days of the month, quarter, year before
        ("month", date(2026, 11, 1), (date(2026, 10, 1), date(2026, 10, 28))),
        ("quarter", date(2026, 10, 1), (date(2026, 7, 1), date(2026, 8, 28))),
        ("year", date(2026, 1, 1), (date(2025, 1, 1), date(2025, 11, 28))),
        # twelve months with the present one
        ("12months", date(2025, 12, 1), (date(2024, 12, 1), date(2025, 11, 28))),
        # nothing before everything
        ("all", FIRST_DAY, None),
    ],
)
def test_presets_end_today_and_are_compared_with_the_same_days(
    preset: str, since: date, compared: tuple[date, date] | None
) -> None:
    question = question_of({"period": preset}, TODAY)
    assert question.period == Period(since, TODAY)
    assert question.before() == (Period(*compared) if compared else None)


def test_own_dates_are_compared_with_as_many_days_before() -> None:
    question = question_of({"since": "2026-11-10", "until": "2026-11-19"}, TODAY)
    assert (question.preset, question.period) == (Preset.OWN, Period(date(2026, 11, 10), date(2026, 11, 19)))
    assert question.before() == Period(date(2026, 10, 31), date(2026, 11, 9))


def test_the_dates_that_a_form_sends_along_with_its_preset_leave_the_preset() -> None:
    sent = {"period": "quarter", "since": "2026-10-01", "until": "2026-11-28", "funnel": "retail"}
    assert question_of(sent, TODAY).preset is Preset.QUARTER
    assert question_of({**sent, "until": "2026-11-20"}, TODAY).preset is Preset.OWN
    assert question_of({"period": "all", "since": "", "until": ""}, TODAY).preset is Preset.ALL


def test_dates_in_the_wrong_order_are_turned_round() -> None:
    question = question_of({"since": "2026-11-19", "until": "2026-11-10"}, TODAY)
    assert question.period == Period(date(2026, 11, 10), date(2026, 11, 19))


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("period", "forever"),
        ("since", "yesterday"),
        ("since", "0001-01-01"),
        ("by", "chance"),
        ("department", "-1"),
        ("department", "１"),  # a full-width digit
        ("person", "9" * 40),
        ("person", "1 OR 1=1"),
        ("state", "any"),
        ("verdict", "x" * 101),
        ("funnel", "a\x00b"),
    ],
)
def test_nonsense_asks_for_nothing(name: str, nonsense: str) -> None:
    assert question_of({name: nonsense}, TODAY) == question_of({}, TODAY)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_no_address_is_too_strange(parameters: dict[str, str]) -> None:
    question = question_of(parameters, TODAY)
    assert question.period.since <= question.period.until


questions = st.builds(
    Question,
    st.builds(lambda since, days: Period(since, since + timedelta(days=days)), st.dates(date(2020, 1, 1), TODAY),
              st.integers(0, 2000)),
    st.just(Preset.OWN),
    st.sampled_from(Moment),
    st.none() | st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**9),
    st.none() | st.sampled_from(["correct", "incorrect"]),
    st.none() | st.just("terms"),
    st.none() | st.just("training"),
    st.none() | st.sampled_from(State),
)  # fmt: skip


@settings(deadline=None)
@given(questions)
def test_an_address_holds_the_whole_question(question: Question) -> None:
    assert question_of(dict(parse_qsl(question.query().removeprefix("?"))), TODAY) == question


def test_a_plain_question_has_a_plain_address() -> None:
    question = question_of({}, TODAY)
    assert question.query() == ""
    assert question.query(funnel="retail", preset=Preset.MONTH) == "?period=month&funnel=retail"
