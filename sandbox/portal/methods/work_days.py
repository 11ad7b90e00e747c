"""``timeman.status``, ``.open``, ``.pause``, ``.close``, ``.settings``: api-reference/timeman/base/."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_number, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method
from sandbox.portal.work_days import CLOSED, EXPIRED, WORK_ENDS, PausedError, WorkDay, WrongDayError

PAGES = "api-reference/timeman/base/timeman"


@rest_method("timeman.status", scope="timeman", docs=f"{PAGES}-status.md")
def status(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Of somebody who has never begun a day: closed, without times (unverified)."""
    user_id = require_user(portal, caller, params.upper().raw)
    day = portal.work_days.of(user_id)
    return never_worked(portal, user_id) if day is None else show(portal, day)


@rest_method("timeman.open", scope="timeman", docs=f"{PAGES}-open.md")
def open_day(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    user_id = require_user(portal, caller, fields)
    try:
        day = portal.work_days.open(
            user_id, at=read_time(fields), report=as_text(fields.get("REPORT")) or "", place=read_place(fields)
        )
    except PausedError:
        raise RestError("TIME", "Unable to set time, work day is paused") from None
    except WrongDayError:
        raise RestError("WRONG_DATETIME", "Day open date should correspond to the current date") from None
    return show(portal, day)


@rest_method("timeman.pause", scope="timeman", docs=f"{PAGES}-pause.md")
def pause_day(portal: Portal, caller: Caller, params: Params) -> JSON:
    return show(portal, portal.work_days.pause(require_user(portal, caller, params.upper().raw)))


@rest_method("timeman.close", scope="timeman", docs=f"{PAGES}-close.md")
def close_day(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    user_id = require_user(portal, caller, fields)
    try:
        day = portal.work_days.close(
            user_id, at=read_time(fields), report=as_text(fields.get("REPORT")) or "", place=read_place(fields)
        )
    except WrongDayError:
        raise RestError("WRONG_DATETIME", "Day close date should correspond to the day open date") from None
    return show(portal, day)


@rest_method("timeman.settings", scope="timeman", docs=f"{PAGES}-settings.md")
def settings(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The same for everybody; ``ADMIN`` is about the user who is asked for."""
    user_id = require_user(portal, caller, params.upper().raw)
    return {
        "UF_TIMEMAN": True,
        "UF_TM_FREE": False,
        "UF_TM_MAX_START": "09:15:00",
        "UF_TM_MIN_FINISH": "17:45:00",
        "UF_TM_MIN_DURATION": "08:00:00",
        "UF_TM_ALLOWED_DELTA": "00:15:00",
        "ADMIN": portal.staff.is_admin(user_id),
    }


def require_user(portal: Portal, caller: Caller, fields: Mapping[str, JSON]) -> int:
    """The caller unless ``USER_ID`` says otherwise."""
    user_id = as_int(fields.get("USER_ID")) if fields.get("USER_ID") else caller.user_id
    if user_id is None or portal.staff.user(user_id) is None:
        raise RestError("", "User not found")
    return user_id


def read_time(fields: Mapping[str, JSON]) -> datetime | None:
    """With the offset it was sent with: that is the zone the day is kept in. Raises ``WrongDayError`` for what is no
    time."""
    text = as_text(fields.get("TIME"))
    if not text:
        return None
    moment = read_moment(text)
    if moment is None:
        raise WrongDayError
    try:
        sent = datetime.fromisoformat(text)
    except ValueError:
        return moment
    return moment if sent.tzinfo is None else sent


def read_place(fields: Mapping[str, JSON]) -> tuple[float, float]:
    return as_number(fields.get("LAT")) or 0.0, as_number(fields.get("LON")) or 0.0


def show(portal: Portal, day: WorkDay) -> dict[str, JSON]:
    status = portal.work_days.status(day)
    over = day.closed is not None
    shown: dict[str, JSON] = {
        "STATUS": status,
        "TIME_START": day.opened.isoformat(timespec="seconds"),
        "TIME_FINISH": day.closed.isoformat(timespec="seconds") if day.closed else None,
        "DURATION": clock_time(day.closed - day.opened - day.leaks if day.closed else timedelta()),
        "TIME_LEAKS": clock_time(day.leaks),
        "ACTIVE": True,
        "IP_OPEN": "",
        "IP_CLOSE": "",
        "LAT_OPEN": number(day.open_place[0]),
        "LON_OPEN": number(day.open_place[1]),
        "LAT_CLOSE": number(day.close_place[0] if over else 0.0),
        "LON_CLOSE": number(day.close_place[1] if over else 0.0),
        "TZ_OFFSET": int((day.opened.utcoffset() or timedelta()).total_seconds()),
    }
    if status == EXPIRED:
        midnight = day.opened.replace(hour=0, minute=0, second=0, microsecond=0)
        shown["TIME_FINISH_DEFAULT"] = (midnight + WORK_ENDS).isoformat(timespec="seconds")
    return shown


def never_worked(portal: Portal, user_id: int) -> dict[str, JSON]:
    offset = portal.work_days.now(user_id).utcoffset() or timedelta()
    return {
        "STATUS": CLOSED,
        "TIME_START": None,
        "TIME_FINISH": None,
        "DURATION": "00:00:00",
        "TIME_LEAKS": "00:00:00",
        "ACTIVE": False,
        "IP_OPEN": "",
        "IP_CLOSE": "",
        "LAT_OPEN": 0,
        "LON_OPEN": 0,
        "LAT_CLOSE": 0,
        "LON_CLOSE": 0,
        "TZ_OFFSET": int(offset.total_seconds()),
    }


def number(value: float) -> float | int:
    """PHP writes a whole number without a point."""
    return int(value) if value.is_integer() else value


def clock_time(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
