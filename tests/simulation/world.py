"""Time, and everything that takes place in it: one event after the other, in an order that the seed alone decides."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from sandbox.portal.clock import Clock

if TYPE_CHECKING:
    from tests.simulation.process import Process

BEGINNING = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
"""A Monday morning."""
MOST_STEPS = 60_000


class RunawayError(Exception):
    """The world doesn't come to rest: somebody is busy for ever."""


class WorldClock(Clock):
    """The portal's clock, told by the world. Plain data, so that a portal can be copied with it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def elapsed(self) -> float:
        return self.seconds

    def _exact(self) -> datetime:
        from sandbox.portal.clock import SERVER_ZONE

        return (BEGINNING + timedelta(seconds=self.seconds)).astimezone(SERVER_ZONE.fixed)


class World:
    """``now`` is what everybody's timers run by. ``skip`` lets the calendar go on while nobody's timer does: a quiet
    night, in which a simulation would only watch people sleep."""

    def __init__(self, chance: Random, clock: WorldClock) -> None:
        self.chance = chance
        self.now = 0.0
        self._skipped = clock.seconds
        self._clock = clock
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self.processes: list[Process] = []
        self._steps = 0
        self.speaking = ""
        """Whose step it is."""

    def calendar(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.now + self._skipped)

    def seconds(self) -> float:
        """Unix time."""
        return self.calendar().timestamp()

    def skip(self, seconds: float) -> None:
        self._skipped += seconds
        self._set_clock()

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._plans, (self.now + seconds, next(self._numbers), what))

    def run(self, until: float, enough: Callable[[], bool] | None = None) -> bool:
        """Until this moment, or until it is ``enough``. Raises RunawayError."""
        while True:
            self._let_everybody_act()
            if enough is not None and enough():
                return True
            moments = [each.next_at for each in self.processes if each.runs]
            due = min(
                (moment for moment in (*moments, self._plans[0][0] if self._plans else None) if moment is not None),
                default=None,
            )
            if due is None or due > until:
                self.now = max(self.now, until)
                self._set_clock()
                return enough is None
            self.now = max(self.now, due)
            self._set_clock()
            while self._plans and self._plans[0][0] <= self.now:
                heapq.heappop(self._plans)[2]()

    def _let_everybody_act(self) -> None:
        """Each process as far as it gets at this moment; who comes first is a matter of luck."""
        while ready := [each for each in self.processes if each.runs and each.is_ready]:
            one = ready[0] if len(ready) == 1 else self.chance.choice(ready)
            self.speaking = one.name
            try:
                one.step()
            finally:
                self.speaking = ""
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise RunawayError(f"{MOST_STEPS} steps and no rest")

    def _set_clock(self) -> None:
        self._clock.seconds = self.now + self._skipped
