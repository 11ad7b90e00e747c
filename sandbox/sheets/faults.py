"""What can go wrong on purpose: faults waiting for their call, and Google's quota per minute."""

from __future__ import annotations

import fnmatch
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.sheets.errors import invalid, quota_exceeded

KINDS: Mapping[str, str] = {
    "quota": "429 with Google's body; nothing is applied",
    "error": "500 with a JSON body; nothing is applied",
    "unavailable": "503 with a JSON body; nothing is applied",
    "bad_gateway": "502 with an HTML page; nothing is applied",
    "unauthorized": "401; nothing is applied",
    "forbidden": "403; nothing is applied",
    "refuse": "400; nothing is applied",
    "drop": "the connection is cut in the middle of the answer; nothing is applied",
    "hang": "no answer until the caller gives up; nothing is applied",
    "apply_then_drop": "applied, then the connection is cut in the middle of the answer",
    "apply_then_hang": "applied, no answer until the caller gives up",
    "apply_then_error": "applied, then 500",
    "apply_then_bad_gateway": "applied, then 502 with an HTML page",
    "delay": "answered properly after `seconds`",
}


@dataclass
class Fault:
    """One kind of trouble for the next calls that match."""

    kind: str
    on: str = "*"
    """Name of the API method with shell wildcards: ``spreadsheets.values.*``."""
    skip: int = 0
    """How many matching calls go well first."""
    times: int = 1
    seconds: float = 0
    when_body_has: str = ""
    """Only calls whose body, with letters unescaped, contains this text."""

    @classmethod
    def of(cls, wanted: Mapping[str, Any]) -> Fault:
        """Raises SheetsError 400 that lists what there is."""
        if wanted.get("kind") not in KINDS:
            raise invalid(f"Unknown fault {wanted.get('kind')!r}; there are: {', '.join(KINDS)}.")
        if unknown := wanted.keys() - cls.__dataclass_fields__.keys():
            raise invalid(f"Unknown fields of a fault: {', '.join(sorted(unknown))}.")
        return cls(**wanted)


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, method: str, body: str = "") -> Fault | None:
        """The fault for this call, counted down."""
        for fault in self.waiting:
            if not fnmatch.fnmatchcase(method, fault.on) or fault.when_body_has not in body:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None


class Quota:
    """Requests within any sixty seconds.

    Google counts reads and writes apart; which calls are reads: see ``methods``.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.limits: dict[str, int | None] = {"Read": None, "Write": None}
        self._spent: dict[str, deque[float]] = {"Read": deque(), "Write": deque()}

    def spend(self, kind: str) -> None:
        """Raises SheetsError 429. Both limits are off until set."""
        limit = self.limits[kind]
        if limit is None:
            return
        spent, now = self._spent[kind], self._now()
        while spent and spent[0] <= now - 60:
            spent.popleft()
        if len(spent) >= limit:
            raise quota_exceeded(kind, limit)
        spent.append(now)
