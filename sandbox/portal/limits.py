"""How much one may ask of the portal (limits.md; contract 1.4).

Two independent meters: a leaky bucket over all HTTP requests of one source address, and the execution time of each
method over the last ten minutes.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.portal.clock import Clock
from sandbox.portal.errors import RestError


@dataclass(frozen=True)
class Plan:
    """``capacity`` is X, ``drain`` is Y of the documentation: requests the bucket holds, and loses a second."""

    capacity: float
    drain: float


PLANS: dict[str, Plan | None] = {"off": None, "cloud": Plan(50, 2), "enterprise": Plan(250, 5)}

OPERATING_LIMIT = 480.0
"""Seconds of execution of one method, by one webhook or application, in ten minutes. A call is refused when earlier
ones spent more than this."""
MINUTE = 60
WINDOW = 600
"""Seconds a bucket counts, from the first call in it."""

Source: TypeAlias = str
"""Whose calls are added up: one webhook, or one application with all its tokens."""


@dataclass
class Level:
    amount: float = 0.0
    at: float = 0.0


@dataclass
class Bucket:
    """The calls of one method in one minute."""

    minute: int
    began: float
    spent: float = 0.0

    @property
    def ends(self) -> float:
        return self.began + WINDOW


@dataclass
class OperatingTime:
    """Execution seconds of one method by one source, in buckets of a minute. A bucket opens with the first call of its
    minute and is emptied ten minutes after that call (limits.md)."""

    buckets: deque[Bucket] = field(default_factory=deque)

    def spent(self, now: float) -> float:
        self._empty(now)
        return math.fsum(bucket.spent for bucket in self.buckets)

    def resets_at(self, now: float) -> float | None:
        """When the oldest bucket will be emptied; ``None`` when there is none."""
        self._empty(now)
        return self.buckets[0].ends if self.buckets else None

    def add(self, now: float, began: float, seconds: float) -> None:
        self._empty(now)
        minute = int(now // MINUTE)
        if not self.buckets or self.buckets[-1].minute != minute:
            self.buckets.append(Bucket(minute, began))
        self.buckets[-1].spent += seconds

    def _empty(self, now: float) -> None:
        while self.buckets and self.buckets[0].ends <= now:
            self.buckets.popleft()


class Limits:
    """``plan`` is one of ``off``, ``cloud``, ``enterprise``. ``costs`` lets a test make a method expensive:
    seconds added to what a call really took, by lower-case method name."""

    def __init__(self, clock: Clock, plan: str = "off") -> None:
        self._clock = clock
        self._levels: dict[str, Level] = {}
        self._operating: dict[tuple[str, Source], OperatingTime] = {}
        self.costs: dict[str, float] = {}
        self.choose(plan)

    def choose(self, plan: str) -> None:
        if plan not in PLANS:
            raise ValueError(f"unknown plan of limits {plan!r}: choose one of {', '.join(PLANS)}")
        self.plan = plan
        self._levels.clear()
        self._operating.clear()

    def admit(self, address: str) -> None:
        """Count one HTTP request from this IP address; raises 503 ``QUERY_LIMIT_EXCEEDED`` on overflow. What is refused
        is not counted (unverified)."""
        plan = PLANS[self.plan]
        if plan is None:
            return
        now = self._clock.elapsed()
        level = self._levels.setdefault(address, Level(at=now))
        level.amount = max(0.0, level.amount - (now - level.at) * plan.drain)
        level.at = now
        if level.amount + 1 > plan.capacity:
            raise query_limit_exceeded()
        level.amount += 1

    def check_operating(self, method: str, source: Source) -> None:
        """Raise 429 ``OPERATION_TIME_LIMIT`` when earlier calls of this method spent more than its time. When to come
        back was said by the last answer that succeeded; this one does not say it (limits.md)."""
        if self.plan != "off" and self.operating(method, source) > OPERATING_LIMIT:
            raise operation_time_limit()

    def spend(self, method: str, source: Source, seconds: float) -> None:
        """The call that crosses the limit still completes; the next one is refused."""
        spent = self._operating.setdefault((method, source), OperatingTime())
        now = self._clock.elapsed()
        spent.add(now, now - seconds, seconds + self.costs.get(method, 0.0))

    def operating(self, method: str, source: Source) -> float:
        """Seconds in the current window: ``time.operating``."""
        spent = self._operating.get((method, source))
        return spent.spent(self._clock.elapsed()) if spent else 0.0

    def resets_at(self, method: str, source: Source) -> int:
        """Unix time at which the oldest bucket is emptied: ``time.operating_reset_at``."""
        now = self._clock.elapsed()
        spent = self._operating.get((method, source))
        oldest = spent.resets_at(now) if spent else None
        return math.ceil(self._clock.timestamp() + (now + WINDOW if oldest is None else oldest) - now)


def query_limit_exceeded() -> RestError:
    return RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", status=503)


def operation_time_limit() -> RestError:
    return RestError("OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit", status=429)
