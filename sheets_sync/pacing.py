"""How many calls Google takes in a minute, counted before they are sent. Pure: whoever asks tells the time.

Sixty reads and sixty writes a minute for one account in one project
(developers.google.com/workspace/sheets/api/limits); all spreadsheets of an account share them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PERIOD = timedelta(seconds=60)
A_MINUTE = 54
"""Of the sixty: people look at the spreadsheet's API through other tools of the same account, too."""


@dataclass(frozen=True)
class Calls:
    reads: int = 0
    writes: int = 0


@dataclass
class Pace:
    """One for all spreadsheets of an account."""

    most: int = A_MINUTE
    _reads: deque[datetime] = field(default_factory=deque)
    _writes: deque[datetime] = field(default_factory=deque)

    def wait(self, wanted: Calls, now: datetime) -> timedelta:
        """How long until so many calls may be sent; nothing when they may be now."""
        return max(_wait(self._reads, wanted.reads, self.most, now), _wait(self._writes, wanted.writes, self.most, now))

    def sent(self, calls: Calls, now: datetime) -> None:
        self._reads.extend([now] * calls.reads)
        self._writes.extend([now] * calls.writes)


def _wait(sent: deque[datetime], wanted: int, most: int, now: datetime) -> timedelta:
    while sent and not now - PERIOD < sent[0] <= now:  # over, or by a clock that was put back since
        sent.popleft()
    surplus = len(sent) + min(wanted, most) - most
    return sent[surplus - 1] + PERIOD - now if wanted and surplus > 0 else timedelta(0)
