"""How much one may ask of the portal (limits.md; contract 1.4).

Two independent meters: a leaky bucket over all HTTP requests of one source address, and the execution time of each
method over the last ten minutes.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from sandbox.portal.clock import Clock
from sandbox.portal.errors import RestError


@dataclass(frozen=True)
class Plan:
    """``capacity`` is X, ``drain`` is Y of the documentation: requests the bucket holds, and loses a second."""

    capacity: float
    drain: float


PLANS: dict[str, Plan | None] = {"off": None, "cloud": Plan(50, 2), "enterprise": Plan(250, 5)}

OPERATING_LIMIT = 480.0
"""Seconds of execution of one method, by one webhook, in ten minutes."""
BUCKET = 60
BUCKETS = 10


@dataclass
class Level:
    amount: float = 0.0
    at: float = 0.0


@dataclass
class OperatingTime:
    """Execution seconds of one method by one webhook, by the minute they were spent in."""

    minutes: deque[tuple[int, float]] = field(default_factory=deque)

    def spent(self, minute: int) -> float:
        while self.minutes and self.minutes[0][0] <= minute - BUCKETS:
            self.minutes.popleft()
        return math.fsum(seconds for _, seconds in self.minutes)

    def add(self, minute: int, seconds: float) -> None:
        if self.minutes and self.minutes[-1][0] == minute:
            self.minutes[-1] = (minute, self.minutes[-1][1] + seconds)
        else:
            self.minutes.append((minute, seconds))


class Limits:
    """``plan`` is one of ``off``, ``cloud``, ``enterprise``. ``costs`` lets a test make a method expensive:
    seconds added to what a call really took, by lower-case method name."""

    def __init__(self, clock: Clock, plan: str = "off") -> None:
        self._clock = clock
        self._levels: dict[str, Level] = {}
        self._operating: dict[tuple[str, int], OperatingTime] = {}
        self.costs: dict[str, float] = {}
        self.choose(plan)

    def choose(self, plan: str) -> None:
        if plan not in PLANS:
            raise ValueError(f"unknown plan of limits {plan!r}: choose one of {', '.join(PLANS)}")
        self.plan = plan
        self._levels.clear()
        self._operating.clear()

    def admit(self, source: str) -> None:
        """Count one HTTP request of this source address; raises 503 ``QUERY_LIMIT_EXCEEDED`` on overflow."""
        plan = PLANS[self.plan]
        if plan is None:
            return
        now = self._clock.elapsed()
        level = self._levels.setdefault(source, Level(at=now))
        level.amount = max(0.0, level.amount - (now - level.at) * plan.drain)
        level.at = now
        if level.amount + 1 > plan.capacity:
            raise RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", status=503)
        level.amount += 1

    def check_operating(self, method: str, webhook_id: int) -> None:
        """Raise 429 ``OPERATION_TIME_LIMIT`` when earlier calls of this method used up its time."""
        if self.plan == "off":
            return
        if self.operating(method, webhook_id) >= OPERATING_LIMIT:
            raise RestError(
                "OPERATION_TIME_LIMIT",
                "Method is blocked due to operation time limit",
                status=429,
                extra={"operating_reset_at": self.resets_at(method, webhook_id)},
            )

    def spend(self, method: str, webhook_id: int, seconds: float) -> None:
        """The call that crosses the limit still completes; the next one is refused."""
        spent = self._operating.setdefault((method, webhook_id), OperatingTime())
        spent.add(self._minute(), seconds + self.costs.get(method, 0.0))

    def operating(self, method: str, webhook_id: int) -> float:
        """Seconds in the current window: ``time.operating``."""
        spent = self._operating.get((method, webhook_id))
        return spent.spent(self._minute()) if spent else 0.0

    def resets_at(self, method: str, webhook_id: int) -> int:
        """Unix time at which the oldest bucket leaves the window: ``time.operating_reset_at``."""
        spent = self._operating.get((method, webhook_id))
        oldest = spent.minutes[0][0] if spent and spent.minutes else self._minute()
        return math.ceil(self._clock.timestamp() + (oldest + BUCKETS) * BUCKET - self._clock.elapsed())

    def _minute(self) -> int:
        return int(self._clock.elapsed() // BUCKET)
