"""Working days: when an assignment given now is due."""

from __future__ import annotations

from datetime import datetime, timedelta

SATURDAY = 5
END_OF_WORK = 19
"""Hour of the portal's day at which a due assignment counts as late."""


def due(now: datetime, working_days: int) -> datetime:
    """The end of the working day that many working days from now, in the time zone of ``now``."""
    day = now
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            left -= 1
    return day.replace(hour=END_OF_WORK, minute=0, second=0, microsecond=0)
