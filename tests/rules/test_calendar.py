"""Working time: days off, terms, reminders, how long something took."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.calendar import WorkingTime, working_time
from rules.model import Person, Staff
from rules.rulebook import WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
OFFICE = WorkingTime(WorkCalendar(), MOSCOW)

moments = st.integers(0, 10 * 366 * 24 * 60).map(lambda minutes: at("2020-01-01 00:00") + timedelta(minutes=minutes))


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("given_at", "days", "due_at"),
    [
        # Monday noon, two days: Wednesday evening
        ("2026-11-23 12:00", 2, "2026-11-25 18:00"),
        # given in the evening, it is still the next day's evening
        ("2026-11-23 23:59", 1, "2026-11-24 18:00"),
        # over a weekend
        ("2026-11-26 10:00", 2, "2026-11-30 18:00"),
        # given on a weekend: Saturday and Sunday count as nothing
        ("2026-11-28 10:00", 1, "2026-11-30 18:00"),
        # two weeks are ten working days
        ("2026-11-23 12:00", 10, "2026-12-07 18:00"),
        # Unity Day, a Wednesday
        ("2026-11-03 12:00", 1, "2026-11-05 18:00"),
        # the long holidays of January, with the transfer of 31 December
        ("2026-12-30 12:00", 1, "2027-01-11 18:00"),
        # a working Saturday that the government decreed
        ("2025-10-31 12:00", 1, "2025-11-01 18:00"),
    ],
)
def test_an_assignment_is_due_at_the_end_of_a_working_day(given_at: str, days: int, due_at: str) -> None:
    assert OFFICE.due(at(given_at), days) == at(due_at)


def test_the_rulebook_adds_days_off_and_takes_them_away() -> None:
    calendar = WorkCalendar(days_off=(date(2026, 11, 24),), working_days=(date(2026, 11, 28),))
    office = WorkingTime(calendar, MOSCOW)
    assert office.due(at("2026-11-23 12:00"), 1) == at("2026-11-25 18:00")
    assert office.due(at("2026-11-27 12:00"), 1) == at("2026-11-28 18:00")


def test_a_person_is_given_the_end_of_their_own_day() -> None:
    staff = Staff(people={5: Person(5, "Владислав Восточный", time_zone="Asia/Vladivostok"), 6: Person(6, "Без пояса")})
    evening_in_moscow = at("2026-11-23 18:00")  # 01:00 of Tuesday in Vladivostok
    assert working_time(WorkCalendar(), staff, 5).due(evening_in_moscow, 1) == at("2026-11-25 18:00", VLADIVOSTOK)
    assert working_time(WorkCalendar(), staff, 6).due(evening_in_moscow, 1) == at("2026-11-24 18:00")
    assert working_time(WorkCalendar(), staff).due(evening_in_moscow, 1) == at("2026-11-24 18:00")


@pytest.mark.parametrize(
    ("moment", "hours", "earlier"),
    [
        ("2026-11-25 18:00", 4, "2026-11-25 14:00"),
        ("2026-11-25 18:00", 9, "2026-11-25 09:00"),
        ("2026-11-25 18:00", 10, "2026-11-24 17:00"),
        # Monday morning, two hours of work before it lie on Friday
        ("2026-11-23 09:00", 2, "2026-11-20 16:00"),
        # a deadline in the night or on a Sunday
        ("2026-11-22 23:00", 1, "2026-11-20 17:00"),
        ("2026-11-25 18:00", 0, "2026-11-25 18:00"),
    ],
)
def test_so_many_working_hours_before_a_deadline(moment: str, hours: int, earlier: str) -> None:
    assert OFFICE.before(at(moment), hours) == at(earlier)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23 10:00", "2026-11-23 12:30", 2.5),
        ("2026-11-23 17:00", "2026-11-24 10:00", 2),
        ("2026-11-20 17:00", "2026-11-23 10:00", 2),
        ("2026-11-21 10:00", "2026-11-22 20:00", 0),
        ("2026-11-24 10:00", "2026-11-23 10:00", 0),
    ],
)
def test_working_hours_between_two_moments(start: str, end: str, hours: float) -> None:
    assert OFFICE.hours_between(at(start), at(end)) == hours


@given(now=moments, days=st.integers(1, 60))
def test_a_term_is_a_working_day_in_the_future_and_grows_with_the_days(now: datetime, days: int) -> None:
    when = OFFICE.due(now, days)
    assert when > now
    assert OFFICE.is_working(when.date())
    assert when < OFFICE.due(now, days + 1)


@given(moment=moments, hours=st.integers(0, 80))
def test_exactly_so_many_working_hours_lie_between_the_reminder_and_the_deadline(moment: datetime, hours: int) -> None:
    assert OFFICE.hours_between(OFFICE.before(moment, hours), moment) == pytest.approx(hours)


@given(start=moments, first=st.integers(0, 500), second=st.integers(0, 500))
def test_working_time_of_the_parts_is_that_of_the_whole(start: datetime, first: int, second: int) -> None:
    middle = start + timedelta(hours=first)
    end = middle + timedelta(hours=second)
    parts = OFFICE.hours_between(start, middle) + OFFICE.hours_between(middle, end)
    assert parts == pytest.approx(OFFICE.hours_between(start, end))
