"""Calendars (``calendar.*``, scope ``calendar``): when people are busy, and when they are away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bitrix.call import Answer, Call
from bitrix.readers import Row
from bitrix.tidy import as_bool, as_int, as_list, as_map, as_text

ABSENT = "absent"
"""``ACCESSIBILITY`` of somebody who isn't there; the others are busy, quest and free."""


@dataclass(frozen=True)
class BusyTime:
    """An event in somebody's calendar."""

    name: str
    accessibility: str
    begins: datetime
    ends: datetime

    def covers(self, moment: datetime) -> bool:
        return self.begins <= moment < self.ends


def list_accessibility(users: Sequence[int], since: date, until: date) -> Call[Mapping[int, tuple[BusyTime, ...]]]:
    """Events of these people by user id, both days included. Any user may ask.

    An event of whole days is taken to last until the end of its last day (unverified: the page says only that such
    events exist). Source: api-reference/calendar/calendar-event/calendar-accessibility-get.md.
    """
    return Call(
        "calendar.accessibility.get",
        {"users": list(users), "from": since.isoformat(), "to": until.isoformat()},
        read=_read,
    )


def _read(answer: Answer) -> Mapping[int, tuple[BusyTime, ...]]:
    by_user = as_map(answer.result, "result")
    return {
        as_int(user, "user"): tuple(_read_event(as_map(event, "event")) for event in as_list(events, "events"))
        for user, events in by_user.items()
    }


def _read_event(event: Row) -> BusyTime:
    whole_days = as_bool(event.get("DT_SKIP_TIME"), "DT_SKIP_TIME")
    return BusyTime(
        name=as_text(event.get("NAME"), "NAME"),
        accessibility=as_text(event.get("ACCESSIBILITY"), "ACCESSIBILITY"),
        begins=_moment(as_int(event.get("DATE_FROM_TS_UTC"), "DATE_FROM_TS_UTC")),
        ends=_moment(as_int(event.get("DATE_TO_TS_UTC"), "DATE_TO_TS_UTC")) + timedelta(days=whole_days),
    )


def _moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
