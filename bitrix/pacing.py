"""When the next request may leave, and which methods may be in it. Pure; no clock here.

Two meters of the vendor (limits.md). Every request, a batch too, puts one drop into a bucket of 50 that loses two a
second (Enterprise: 250 and five); what does not fit is answered 503. The bucket belongs to the portal *and* our
address, so everything that runs on this machine shares it. And each method may be busy for 480 seconds in ten
minutes, for one webhook or application; beyond that it is answered 429 until the oldest minute is forgotten.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from bitrix.call import JSON

LEAST_SHARE = 0.125
"""Of the draining rate: however often we are refused, we come back that often."""
RECOVERY = 0.02
"""Of the draining rate, regained each second without a refusal."""
WORTH_WAITING = 0.05
"""Seconds; nobody comes along in less, a request itself takes longer."""
ONE_MOMENT = 2.0
"""Seconds in which several refusals tell one thing: they were under way together."""

OPERATING_LIMIT = 480.0
"""Seconds; what the documentation gives as an example. The portal's own is not told."""
EASY = 0.5
"""Of the limit: below it nobody counts."""
FOREGROUND, BACKGROUND = 0.95, 0.8
"""Of the limit: how far work of each kind goes. The rest is for other methods' surprises, and for people who wait."""
UNKNOWN_PAUSE = 60.0
"""Seconds to leave a paused method alone when no answer said until when: the portal forgets in steps of a minute."""
WINDOW = 600.0
FORGETTING = 0.3
"""How fast a method that got quicker is believed; one that got slower is believed at once."""


@dataclass(frozen=True)
class Bucket:
    """The level of the portal's bucket as we reckon it: drops, and seconds of one clock.

    When a request falls into the portal's bucket nobody tells us; it is somewhere between leaving and its answer. So
    it counts in full until its answer is here, and begins to drain then: we may think the bucket fuller than it is,
    never emptier, however slow the portal. Only others can fill it behind our back: then the portal refuses, and we
    count on a smaller share of the draining for a while.
    """

    capacity: float = 50
    drain_per_second: float = 2.0
    level: float = 0.0
    in_flight: int = 0
    at: float = 0.0
    share: float = 1.0
    """Which part of the draining we count on."""
    refused_at: float = -math.inf

    def __post_init__(self) -> None:
        if self.capacity < 1 or self.drain_per_second <= 0:
            raise ValueError("a bucket holds at least one request and drains")

    def drained(self, now: float) -> "Bucket":
        """What is left of it now. A clock that goes back drains nothing."""
        elapsed = max(0.0, now - self.at)
        return replace(
            self,
            level=max(0.0, self.level - elapsed * self._rate),
            share=min(1.0, self.share + elapsed * RECOVERY),
            at=now,
        )

    def reserve(self, now: float) -> tuple["Bucket", float]:
        """A place for one more request, and the seconds until it fits. Each waits for those before it."""
        drained = self.drained(now)
        filled = replace(drained, in_flight=drained.in_flight + 1)
        return filled, max(0.0, (filled.level + filled.in_flight - self.capacity) / filled._rate)

    def answered(self, now: float) -> "Bucket":
        """A reserved place was used, or given up."""
        drained = self.drained(now)
        return replace(drained, level=drained.level + 1, in_flight=max(0, drained.in_flight - 1))

    def overflowed(self, now: float) -> "Bucket":
        """The portal said it is full: others fill it too. Believe the portal, and leave them some room."""
        drained = self.drained(now)
        if 0 <= now - drained.refused_at < ONE_MOMENT:
            return replace(drained, level=max(drained.level, self.capacity))
        return replace(
            drained,
            level=max(drained.level, self.capacity),
            share=max(LEAST_SHARE, drained.share / 2),
            refused_at=now,
        )

    @property
    def patience(self) -> float:
        """Seconds between two requests that are not full: none while the bucket is nearly empty, more as it fills, at
        last the time in which one drains; none when there is no room, since the wait for it gathers calls enough."""
        filled = (self.level + self.in_flight + 1) / self.capacity
        pause = filled / self._rate
        return pause if filled <= 1 and pause >= WORTH_WAITING else 0.0

    @property
    def _rate(self) -> float:
        return self.drain_per_second * self.share


@dataclass
class Meter:
    """What is known about one method. Moments are seconds of our clock."""

    seconds: float = 0.0
    """How long one call lasts."""
    operating: float = 0.0
    """Seconds the portal has counted, as it told last."""
    told_at: float = 0.0
    resets_at: float = 0.0
    """When the oldest of them will be forgotten."""
    paused_until: float = 0.0
    under_way: int = 0


@dataclass
class Methods:
    """How busy the portal was with each method of ours, and when it may be asked again.

    Up to half of the limit nobody counts. Beyond it what is left is spread over the time until the portal forgets its
    oldest minute, so that the method gets slower instead of being refused. Background work stops earlier.
    """

    limit: float = OPERATING_LIMIT
    _meters: dict[str, Meter] = field(default_factory=dict)

    def told(self, method: str, time: JSON, now: float) -> None:
        """The ``time`` of an answer. The reset is reckoned from the portal's own clock where the answer tells it."""
        if not isinstance(time, Mapping):
            return
        meter = self._meter(method)
        duration, operating = _number(time.get("duration")), _number(time.get("operating"))
        if duration is not None:
            slower = duration > meter.seconds
            meter.seconds = duration if slower else meter.seconds + FORGETTING * (duration - meter.seconds)
        resets_at = _number(time.get("operating_reset_at"))
        if resets_at is not None:
            meter.resets_at = now + resets_at - (_number(time.get("finish")) or now)
        if operating is not None:
            meter.operating, meter.told_at = operating, now

    def refused(self, method: str, now: float) -> datetime:
        """429: leave the method alone until its next reset."""
        meter = self._meter(method)
        meter.paused_until = meter.resets_at if meter.resets_at > now else now + UNKNOWN_PAUSE
        return datetime.fromtimestamp(meter.paused_until, UTC)

    def leaves(self, method: str, calls: int = 1) -> None:
        self._meter(method).under_way += calls

    def came_back(self, method: str, calls: int = 1) -> None:
        self._meter(method).under_way -= calls

    def seconds(self, method: str) -> float:
        """How long a call will last; 0 when nobody knows yet."""
        meter = self._meters.get(method)
        return meter.seconds if meter else 0.0

    def ready_at(self, method: str, now: float, *, calls: int = 1, background: bool = False) -> float:
        """When so many calls of the method may leave: now, or a moment to come."""
        meter = self._meters.get(method)
        if meter is None:
            return now
        if meter.paused_until > now:
            return meter.paused_until
        ahead = (meter.under_way + calls) * meter.seconds
        if meter.operating + ahead <= EASY * self.limit:
            return now
        if now >= meter.resets_at:  # nobody knows what is left: one answer will tell
            return now if meter.under_way == 0 else now + UNKNOWN_PAUSE
        left = (BACKGROUND if background else FOREGROUND) * self.limit - meter.operating
        if left <= 0:
            return meter.resets_at
        return max(now, min(meter.resets_at, meter.told_at + ahead / left * (meter.resets_at - meter.told_at)))

    def _meter(self, method: str) -> Meter:
        return self._meters.setdefault(method, Meter())


class Pace(Protocol):
    """Who says when the next request may leave. One for each portal; a shared one may serve several processes."""

    async def reserve(self) -> float:
        """Take the next place and return the seconds to wait for it."""

    def patience(self) -> float:
        """Seconds to leave between two requests that are not full (`Bucket.patience`)."""

    async def answered(self) -> None:
        """The request that took a place came back, broke, or never left."""

    async def overflowed(self) -> None:
        """The portal refused a request because its bucket is full."""


class OwnPace:
    """A bucket that only this client fills."""

    def __init__(self, bucket: Bucket, clock: Callable[[], float]) -> None:
        self._bucket = bucket
        self._clock = clock

    async def reserve(self) -> float:
        self._bucket, wait = self._bucket.reserve(self._clock())
        return wait

    def patience(self) -> float:
        self._bucket = self._bucket.drained(self._clock())
        return self._bucket.patience

    async def answered(self) -> None:
        self._bucket = self._bucket.answered(self._clock())

    async def overflowed(self) -> None:
        self._bucket = self._bucket.overflowed(self._clock())


def _number(value: JSON) -> float | None:
    return float(value) if isinstance(value, int | float) else None
