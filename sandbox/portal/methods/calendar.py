"""``calendar.accessibility.get``: api-reference/calendar/calendar-event/."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.portal.calendars import CalendarEvent
from sandbox.portal.errors import RestError
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method

METHOD = "calendar.accessibility.get"
SHOWN = "%d.%m.%Y %H:%M:%S"
NOT_GIVEN = "Не задан обязательный параметр"


@rest_method(METHOD, scope="calendar", docs="api-reference/calendar/calendar-event/calendar-accessibility-get.md")
def accessibility(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The days are the server's, both included; an unreadable day counts as not given (both unverified). Whoever has
    no events, or isn't there, has an empty list."""
    user = portal.staff.user(caller.user_id)
    if user is not None and user.user_type == "extranet":
        raise RestError("", "Доступ запрещен")
    begin, end = read_moment(params.raw.get("from")), read_moment(params.raw.get("to"))
    if begin is None:
        raise RestError("", f'{NOT_GIVEN} "from" для метода "{METHOD}"')
    if end is None:
        raise RestError("", f'{NOT_GIVEN} "to" для метода "{METHOD}"')
    users = params.int_list("users")
    if not users:
        raise RestError("", f'{NOT_GIVEN} "users" для метода "{METHOD}"')
    over = end + timedelta(days=1)
    return {str(user): [show(event) for event in portal.calendars.between(user, begin, over)] for user in users}


def show(event: CalendarEvent) -> dict[str, JSON]:
    """Offsets are those of the person's zone (the page calls them «relative to UTC»)."""
    return {
        "ID": str(event.id),
        "NAME": event.name,
        "DATE_FROM": event.begins.strftime(SHOWN),
        "DATE_TO": event.ends.strftime(SHOWN),
        "DATE_FROM_TS_UTC": str(int(event.begins.timestamp())),
        "DATE_TO_TS_UTC": str(int(event.ends.timestamp())),
        "~USER_OFFSET_FROM": offset(event.begins.utcoffset()),
        "~USER_OFFSET_TO": offset(event.ends.utcoffset()),
        "DT_SKIP_TIME": "Y" if event.whole_days else "N",
        "TZ_FROM": zone_name(event.begins),
        "TZ_TO": zone_name(event.ends),
        "ACCESSIBILITY": event.accessibility,
        "IMPORTANCE": "normal",
        "EVENT_TYPE": "",
    }


def offset(from_utc: timedelta | None) -> int:
    return int((from_utc or timedelta()).total_seconds())


def zone_name(moment: datetime) -> str:
    """IANA's, where the person has one."""
    zone = moment.tzinfo
    return zone.key if isinstance(zone, ZoneInfo) else moment.tzname() or ""
