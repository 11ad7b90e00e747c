"""Working time: when an assignment given now is due, what lies an hour of work before that, how long something took.

Days off are weekends and public holidays of the company's country as the ``holidays`` library knows them, with the
transfers that Russia decrees every year, and what the rulebook adds or takes away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

from rules.model import Staff, UserId
from rules.rulebook.schema import WorkCalendar

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@cache
def _holidays_of(country: str) -> HolidayBase:
    """Raises NotImplementedError for a country that the library doesn't know."""
    return country_holidays(country)


@dataclass(frozen=True)
class WorkingTime:
    """The company's calendar in the time zone of one person."""

    calendar: WorkCalendar
    zone: ZoneInfo

    def is_working(self, day: date) -> bool:
        if day in self.calendar.working_days:
            return True
        return day not in self.calendar.days_off and _holidays_of(self.calendar.country).is_working_day(day)

    def begin_of(self, day: date) -> datetime:
        return datetime.combine(day, time(self.calendar.begins), self.zone)

    def end_of(self, day: date) -> datetime:
        return datetime.combine(day, time(self.calendar.ends), self.zone)

    def due(self, now: datetime, working_days: int) -> datetime:
        """The end of the working day that many working days after today."""
        day = now.astimezone(self.zone).date()
        for _ in range(working_days):
            day += DAY
            while not self.is_working(day):
                day += DAY
        return self.end_of(day)

    def before(self, moment: datetime, hours: float) -> datetime:
        """The moment from which that many working hours are left until ``moment``."""
        left = timedelta(hours=hours)
        day = moment.astimezone(self.zone).date()
        end = moment
        while True:
            if self.is_working(day):
                start, stop = self.begin_of(day), min(self.end_of(day), end)
                if stop > start:
                    if stop - start >= left:
                        return stop - left
                    left -= stop - start
            day -= DAY
            end = self.end_of(day)

    def hours_between(self, start: datetime, end: datetime) -> float:
        """Working hours from one moment to a later one; 0 when it isn't later."""
        worked = timedelta(0)
        for day in self._days(start, end):
            worked += max(timedelta(0), min(self.end_of(day), end) - max(self.begin_of(day), start))
        return worked / HOUR

    def _days(self, start: datetime, end: datetime) -> Iterator[date]:
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        while day <= last:
            if self.is_working(day):
                yield day
            day += DAY


def working_time(calendar: WorkCalendar, staff: Staff, person: UserId | None = None) -> WorkingTime:
    """When this person works; without one, or without a zone on their card, when the company does."""
    known = staff.people.get(person) if person is not None else None
    return WorkingTime(calendar, ZoneInfo(known.time_zone if known and known.time_zone else calendar.time_zone))
