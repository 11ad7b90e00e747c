"""An event loop without sockets and threads, whose time is the world's.

It runs only when it is told to, one step after another. A process that is killed is a loop that nobody runs any more; a
frozen one is a loop that isn't run for a while.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable
from functools import partial
from typing import Any


class NoSockets:
    """Stands where asyncio looks for a selector: nothing ever comes from outside, and nobody may sleep."""

    def select(self, timeout: float | None) -> list[Any]:
        return []

    def close(self) -> None:
        """Nothing is open."""


class Loop(asyncio.BaseEventLoop):
    """``now`` tells the time in seconds; ``blocked_for`` how long a call takes that blocks a thread."""

    def __init__(self, now: Callable[[], float], blocked_for: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__()
        self._selector = NoSockets()
        self._now = now
        self._blocked_for = blocked_for
        self.steps = 0
        """How many there were; between two of them the process may die."""

    def time(self) -> float:
        return self._now()

    @property
    def next_at(self) -> float | None:
        """When there is something to do; ``None``: not before something comes from outside."""
        if self._ready:  # type: ignore[attr-defined]
            return self._now()
        scheduled = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
            self._timer_cancelled_count -= 1  # type: ignore[attr-defined]
        return max(self._now(), scheduled[0]._when) if scheduled else None

    def step(self) -> None:
        """Whatever is ready now, once."""
        self.steps += 1
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            self._run_once()  # type: ignore[attr-defined]
        finally:
            events._set_running_loop(before)

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """What blocks (a call to Google) is done at once; that it is done, its caller learns later, or never."""
        future = self.create_future()
        tell: Callable[[], None]
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the future
            tell = partial(_unless_done, future, future.set_exception, error)
        else:
            tell = partial(_unless_done, future, future.set_result, result)
        self.call_later(self._blocked_for(), tell)
        return future

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps, so nobody is woken."""


def _unless_done(future: asyncio.Future[Any], settle: Callable[[Any], None], outcome: Any) -> None:
    """Its caller may have been cancelled meanwhile."""
    if not future.done():
        settle(outcome)
