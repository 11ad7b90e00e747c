"""When the next request may leave: the portal's leaky bucket, and the parking of single methods. Pure; no clock here.

Source: limits.md. Every request, a batch too, puts one drop into a bucket of 50 that loses two a second (Enterprise:
250 and five); what does not fit is answered 503. The bucket belongs to the portal *and* our address, so everything
that runs on this machine shares it. A method that used up its execution time is answered 429 for some minutes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

UNKNOWN_PAUSE = 60.0
"""Seconds to leave a paused method alone when no answer said until when: the portal forgets in steps of a minute."""


@dataclass(frozen=True)
class Bucket:
    """The level of the portal's bucket as we reckon it: drops, and seconds of one clock.

    When a request falls into the portal's bucket nobody tells us; it is somewhere between leaving and its answer. So
    it counts in full until its answer is here, and begins to drain then: we may think the bucket fuller than it is,
    never emptier, however slow the portal.
    """

    capacity: float = 50
    drain_per_second: float = 2.0
    level: float = 0.0
    in_flight: int = 0
    at: float = 0.0

    def __post_init__(self) -> None:
        if self.capacity < 1 or self.drain_per_second <= 0:
            raise ValueError("a bucket holds at least one request and drains")

    def drained(self, now: float) -> "Bucket":
        """What is left of it now. A clock that goes back drains nothing."""
        elapsed = max(0.0, now - self.at)
        return replace(self, level=max(0.0, self.level - elapsed * self.drain_per_second), at=now)

    def reserve(self, now: float) -> tuple["Bucket", float]:
        """A place for one more request, and the seconds until it fits. Each waits for those before it."""
        drained = self.drained(now)
        filled = replace(drained, in_flight=drained.in_flight + 1)
        return filled, max(0.0, (filled.level + filled.in_flight - self.capacity) / self.drain_per_second)

    def answered(self, now: float) -> "Bucket":
        """A reserved place was used, or given up."""
        drained = self.drained(now)
        return replace(drained, level=drained.level + 1, in_flight=max(0, drained.in_flight - 1))

    def overflowed(self, now: float) -> "Bucket":
        """The portal said it is full: others fill it too. Believe the portal."""
        drained = self.drained(now)
        return replace(drained, level=max(drained.level, self.capacity))


@dataclass(frozen=True)
class Parking:
    """Until when single methods are left alone. Moments are unix seconds of the portal's clock."""

    resets: Mapping[str, float] = field(default_factory=dict)
    """The last ``operating_reset_at`` each method told."""
    parked: Mapping[str, float] = field(default_factory=dict)

    def told(self, method: str, reset_at: float) -> "Parking":
        """An answer told when the oldest minute of this method will be forgotten."""
        return replace(self, resets={**self.resets, method: reset_at})

    def park(self, method: str, now: float) -> "Parking":
        """The method was refused: leave it alone until its next reset."""
        reset_at = self.resets.get(method, 0.0)
        until = reset_at if reset_at > now else now + UNKNOWN_PAUSE
        return replace(self, parked={**self.parked, method: until})

    def resumes_at(self, method: str, now: float) -> datetime | None:
        """When the method may be tried again; None when it may be tried now."""
        until = self.parked.get(method, 0.0)
        return datetime.fromtimestamp(until, UTC) if until > now else None


class Pace(Protocol):
    """Who says when the next request may leave. One for each portal; a shared one may serve several processes."""

    async def reserve(self) -> float:
        """Take the next place and return the seconds to wait for it."""

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

    async def answered(self) -> None:
        self._bucket = self._bucket.answered(self._clock())

    async def overflowed(self) -> None:
        self._bucket = self._bucket.overflowed(self._clock())
