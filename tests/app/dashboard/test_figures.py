"""The arithmetic of the screen: nothing divided by nothing, and no sum lost between two steps of a period."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dashboard import figures
from app.dashboard.figures import Ratio, added_up, folded, steps
from app.dashboard.question import Period
from app.storage.case_facts import Sums

SOME = Sums(
    cases=10,
    analysed=8,
    closed=5,
    clean=6,
    violations=4,
    closed_spent=15.0,
    closed_survey=5.0,
    closed_analysis=10.0,
    closed_approval=20.0,
    closed_changes=15.0,
    rated=4,
    satisfaction=300.0,
    checked=4,
    effective=3,
    news_asked=20,
    news_read=15,
    training_ordered=2,
    training_done=1,
    triaged=2,
    hours_to_triage=9.0,
    remedied=4,
    hours_to_remedy=18.0,
    recurred=1,
    measures=6,
)


@pytest.mark.parametrize(
    ("read", "tells"),
    [
        pytest.param(figures.clean_share, 0.75, marks=pytest.mark.requirement("S82", "S87")),
        pytest.param(figures.violations_per_100, 50.0, marks=pytest.mark.requirement("S85")),
        pytest.param(figures.hours_per_case, 3.0, marks=pytest.mark.requirement("S83")),
        pytest.param(figures.working_hours, 10.0, marks=pytest.mark.requirement("S82")),
        pytest.param(figures.satisfaction, 75.0, marks=pytest.mark.requirement("S86")),
        pytest.param(figures.effective_share, 0.75, marks=pytest.mark.requirement("R21")),
        pytest.param(figures.read_share, 0.75, marks=pytest.mark.requirement("S84")),
        pytest.param(figures.trained_share, 0.5, marks=pytest.mark.requirement("S84")),
        pytest.param(figures.hours_to_triage, 4.5, marks=pytest.mark.requirement("S88")),
        pytest.param(figures.hours_to_remedy, 4.5, marks=pytest.mark.requirement("S89")),
        pytest.param(figures.recurred_share, 0.2, marks=pytest.mark.requirement("S2")),
        pytest.param(figures.measures_per_case, 0.75, marks=pytest.mark.requirement("S65")),
    ],
)
def test_a_ratio_tells(read: Ratio, tells: float) -> None:
    assert read(SOME) == tells
    assert read(Sums()) is None, "no cases are not bad cases"


def test_sums_add_up_field_by_field() -> None:
    twice = SOME + SOME
    assert (twice.cases, twice.closed_spent, twice.training_done) == (20, 30.0, 2)
    assert added_up([]) == Sums()


periods = st.builds(
    lambda since, days: Period(since, since + timedelta(days=days)), st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    st.integers(0, 2500),
)  # fmt: skip


@settings(deadline=None)
@given(periods)
def test_steps_cover_the_period_without_gap_or_overlap(period: Period) -> None:
    found = steps(period)
    assert (found[0].period.since, found[-1].period.until) == (period.since, period.until)
    for one, following in pairwise(found):
        assert following.period.since == one.period.until + timedelta(days=1)
    assert len(found) <= 40, "a chart with more columns can't be read"


@settings(deadline=None)
@given(periods, st.lists(st.integers(0, 2500), max_size=20))
def test_every_sum_lands_in_the_step_of_its_day(period: Period, days: list[int]) -> None:
    when = {(period.since + timedelta(days=day % period.days)): Sums(cases=day + 1) for day in days}
    by_days = figures.by_days(period)
    keyed: dict[str, Sums] = {}
    for day, sums in when.items():
        key = day.isoformat() if by_days else day.isoformat()[:7]
        keyed[key] = keyed.get(key, Sums()) + sums
    course = folded(keyed, period)
    for step, sums in course:
        assert sums == added_up(each for day, each in when.items() if step.period.since <= day <= step.period.until)


@pytest.mark.parametrize(
    ("since", "until", "labels"),
    [
        # weeks begin on Mondays; the first is cut
        (date(2026, 11, 4), date(2026, 11, 17), ["04.11", "09.11", "16.11"]),
        (date(2025, 12, 1), date(2026, 3, 31), ["дек. 25", "янв. 26", "фев. 26", "март 26"]),
        (date(2022, 5, 10), date(2025, 12, 31), ["2 кв. 22", "3 кв. 22"]),
    ],
)
def test_steps_are_named_as_people_name_them(since: date, until: date, labels: list[str]) -> None:
    assert [step.label for step in steps(Period(since, until))][: len(labels)] == labels
