"""The time of the portal. Tests own it: it runs, stands still, or jumps ahead on demand."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone, tzinfo

USUAL_OFFSET = timedelta(hours=3)


class ServerZone(tzinfo):
    """The zone of the portal's server. One process serves one portal at a time, so there is one: it is chosen when a
    portal is made anew (``POST /_sandbox/reset``). What is kept carries ``fixed``, so that a later choice changes how a
    moment looks, not which one it is."""

    def __init__(self, offset: timedelta) -> None:
        self.choose(offset)

    def choose(self, offset: timedelta) -> None:
        """Raises ``ValueError`` for a day and more."""
        self.offset, self.fixed = offset, timezone(offset)

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return self.offset

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, moment: datetime | None) -> str:
        return self.fixed.tzname(moment)


SERVER_ZONE = ServerZone(USUAL_OFFSET)
"""Values go out with the server's offset, whatever the zone of the user (contract 1.6)."""


class Clock:
    """``now`` is what the portal writes into its records; ``elapsed`` is what limits and delays are measured with."""

    def __init__(self) -> None:
        self._frozen_at: datetime | None = None
        self._offset = timedelta()
        self._skipped = 0.0

    def now(self) -> datetime:
        """Present moment in the server's zone, whole seconds."""
        return self._exact().replace(microsecond=0)

    def timestamp(self) -> float:
        return self._exact().timestamp()

    def elapsed(self) -> float:
        """Seconds that only grow: real ones plus those skipped by ``advance``. They go on while the calendar stands
        still, because a client that was told to wait waits in real seconds."""
        return time.monotonic() + self._skipped

    def freeze(self, at: datetime) -> None:
        """Stand still at this moment; a moment without a zone is the server's."""
        zone = SERVER_ZONE.fixed
        self._frozen_at = at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)

    def advance(self, seconds: float) -> None:
        """Jump ahead, frozen or not."""
        if seconds < 0:
            raise ValueError("the portal's clock does not go back: send a number of seconds that is not negative")
        self._skipped += seconds
        if self._frozen_at is not None:
            self._frozen_at += timedelta(seconds=seconds)
        else:
            self._offset += timedelta(seconds=seconds)

    def real(self) -> None:
        """Back to the time of the machine."""
        self._frozen_at = None
        self._offset = timedelta()

    @property
    def mode(self) -> str:
        if self._frozen_at is not None:
            return "frozen"
        return "shifted" if self._offset else "real"

    def _exact(self) -> datetime:
        if self._frozen_at is not None:
            return self._frozen_at.astimezone(SERVER_ZONE.fixed)
        return datetime.now(SERVER_ZONE.fixed) + self._offset


def iso(moment: datetime) -> str:
    """The portal's way to write a moment: ``2026-01-15T10:20:30+03:00``, in the server's zone."""
    return moment.astimezone(SERVER_ZONE.fixed).isoformat(timespec="seconds")
