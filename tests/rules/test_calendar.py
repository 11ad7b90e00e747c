"""Working days: when an assignment given now is due."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import END_OF_WORK, SATURDAY, due

MOSCOW = timezone(timedelta(hours=3))

moments = st.integers(0, 20 * 366 * 24 * 60).map(lambda minutes: at("2020-01-01 00:00") + timedelta(minutes=minutes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("given_at", "days", "due_at"),
    [
        # Monday noon, two days: Wednesday evening
        ("2026-11-23 12:00", 2, "2026-11-25 19:00"),
        # given in the evening, it is still the next day's evening
        ("2026-11-23 23:59", 1, "2026-11-24 19:00"),
        # over a weekend
        ("2026-11-26 10:00", 2, "2026-11-30 19:00"),
        # Friday, one day: Monday
        ("2026-11-27 10:00", 1, "2026-11-30 19:00"),
        # given on a weekend: Saturday and Sunday count as nothing
        ("2026-11-28 10:00", 1, "2026-11-30 19:00"),
        ("2026-11-29 10:00", 1, "2026-11-30 19:00"),
        # two weeks are ten working days
        ("2026-11-23 12:00", 10, "2026-12-07 19:00"),
        # over the end of the year (public holidays are working days still)
        ("2026-12-31 12:00", 1, "2027-01-01 19:00"),
    ],
)
def test_due_is_the_evening_of_the_last_working_day(given_at: str, days: int, due_at: str) -> None:
    assert due(at(given_at), days) == at(due_at)


@given(moments, st.integers(1, 250))
def test_nothing_is_due_on_a_weekend_or_before_it_was_given(now: datetime, days: int) -> None:
    when = due(now, days)
    assert when.weekday() < SATURDAY
    assert when > now
    assert when.hour == END_OF_WORK
    assert when.utcoffset() == now.utcoffset()


@given(moments, st.integers(1, 50))
def test_a_longer_term_is_due_later(now: datetime, days: int) -> None:
    assert due(now, days) < due(now, days + 1)
