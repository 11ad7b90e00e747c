"""Section ``portal.work_days``: when people begin, pause and end their work (api-reference/timeman/base/).

The manager's approval of changed days and the working-time settings of departments are not simulated: every day is
``ACTIVE``, the settings are the same for all. Times are in the zone of the person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.portal.clock import SERVER_ZONE

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

OPENED, PAUSED, CLOSED, EXPIRED = "OPENED", "PAUSED", "CLOSED", "EXPIRED"

WORK_ENDS = timedelta(hours=18)
"""The end of the working day when nothing else is set."""


@dataclass
class WorkDay:
    user_id: int
    opened: datetime
    closed: datetime | None = None
    paused: datetime | None = None
    leaks: timedelta = field(default_factory=timedelta)
    """Pauses that are over."""
    report: str = ""
    open_place: tuple[float, float] = (0.0, 0.0)
    close_place: tuple[float, float] = (0.0, 0.0)


class WrongDayError(Exception):
    """A time on another day than today or than the day was begun."""


class PausedError(Exception):
    """A time was given for the beginning of a day that is paused."""


class WorkDays:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._days: dict[int, WorkDay] = {}

    def of(self, user_id: int) -> WorkDay | None:
        """The last day of this user; ``None`` before the first."""
        return self._days.get(user_id)

    def zone(self, user_id: int) -> tzinfo:
        user = self._portal.staff.user(user_id)
        try:
            return ZoneInfo(user.time_zone) if user and user.time_zone else SERVER_ZONE
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return SERVER_ZONE

    def now(self, user_id: int) -> datetime:
        return self._portal.clock.now().astimezone(self.zone(user_id))

    def status(self, day: WorkDay) -> str:
        if day.closed is not None:
            return CLOSED
        if day.opened.date() < self.now(day.user_id).date():
            return EXPIRED
        return PAUSED if day.paused is not None else OPENED

    def open(
        self,
        user_id: int,
        *,
        at: datetime | None = None,
        report: str = "",
        place: tuple[float, float] = (0.0, 0.0),
    ) -> WorkDay:
        """Begins a day, or goes on after a pause or after the end of the same day. A day left open yesterday ends at
        the end of its working hours (unverified). Raises ``PausedError`` and ``WrongDayError``."""
        now = self.now(user_id)
        day = self._days.get(user_id)
        if at is not None and day is not None and self.status(day) == PAUSED:
            raise PausedError
        if at is not None and at.date() != now.astimezone(at.tzinfo).date():
            raise WrongDayError
        if day is None or day.opened.date() < now.date() or at is not None:
            day = WorkDay(user_id, (at or now).replace(microsecond=0), report=report, open_place=place)
            self._days[user_id] = day
        else:
            self._go_on(day, now)
        self._portal.changed("work_day.open", user=user_id)
        return day

    def pause(self, user_id: int) -> WorkDay:
        """A day that is over goes on, as paused since its end. Without a day one begins (unverified)."""
        day = self._days.get(user_id) or self.open(user_id)
        if day.paused is None:
            day.paused = day.closed or self.now(user_id)
        day.closed = None
        self._portal.changed("work_day.pause", user=user_id)
        return day

    def close(
        self,
        user_id: int,
        *,
        at: datetime | None = None,
        report: str = "",
        place: tuple[float, float] = (0.0, 0.0),
    ) -> WorkDay:
        """Raises ``WrongDayError``. Closing a closed day changes nothing; without a day one begins and ends
        (unverified)."""
        day = self._days.get(user_id) or self.open(user_id)
        if day.closed is not None:
            return day
        end = (at or self.now(user_id)).astimezone(day.opened.tzinfo)
        if at is not None and end.date() != day.opened.date():
            raise WrongDayError
        if day.paused is not None:
            day.leaks += max(end - day.paused, timedelta())
            day.paused = None
        day.closed, day.close_place = end, place
        day.report = report or day.report
        self._portal.changed("work_day.close", user=user_id)
        return day

    def _go_on(self, day: WorkDay, now: datetime) -> None:
        since = day.paused or day.closed
        if since is not None:
            day.leaks += now - since
        day.paused = day.closed = None
