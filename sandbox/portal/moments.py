"""Moments as clients write them, in the sections that take dates loosely (users, tasks, groups, live feed)."""

from __future__ import annotations

from datetime import datetime

from sandbox.portal.clock import SERVER_ZONE
from sandbox.portal.php import JSON

RUSSIAN_FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")
"""What a portal with Russian settings shows and takes (api-reference/user/user-get.md)."""


def read_moment(value: JSON) -> datetime | None:
    """ISO 8601 or the portal's own format, in the server's zone; ``None`` for anything else.

    A value without an offset is taken as the server's time: which zone a portal takes is not documented (contract 11,
    trap 20; unverified). A date alone is its first second.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    text = value.strip()
    moment = _iso(text) or _russian(text)
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SERVER_ZONE.fixed)
    try:
        return moment.astimezone(SERVER_ZONE.fixed).replace(microsecond=0)
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _russian(text: str) -> datetime | None:
    for pattern in RUSSIAN_FORMATS:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is added by read_moment
        except ValueError:
            continue
    return None
