"""What can go wrong on purpose: faults waiting for their call, and Google's quota per minute."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from sandbox.sheets.errors import SheetsError, invalid, quota_exceeded
from sandbox.sheets.schema import JsonObject

KINDS: Mapping[str, str] = {
    "quota": "429 with Google's body; nothing is applied",
    "error": "500 with a JSON body; nothing is applied",
    "unavailable": "503 with a JSON body; nothing is applied",
    "bad_gateway": "502 with an HTML page; nothing is applied",
    "unauthorized": "401; nothing is applied",
    "forbidden": "403; nothing is applied",
    "refuse": "400; nothing is applied",
    "conflict": "409 ABORTED; nothing is applied",
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
    times: int | None = 1
    """How often it strikes; None is for ever."""
    seconds: float = 0
    when_body_has: str = ""
    """Only calls whose body, with letters unescaped, contains this text."""
    every: int = 1
    """Of the calls that follow, every so many-th."""
    begins: float | None = None
    ends: float | None = None
    """Seconds of the desk's clock after the fault was set: from ``begins``, before ``ends``."""
    probability: float = 1.0
    seed: int | None = None
    """With it the luck of this fault does not depend on what else happens."""
    seen: int = field(default=0, init=False)
    """Matching calls so far."""
    born: float = field(default=0, init=False)
    chance: Random = field(default_factory=Random, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, wanted: Mapping[str, Any]) -> Fault:
        """Raises SheetsError 400 that lists what there is."""
        if wanted.get("kind") not in KINDS:
            raise invalid(f"Unknown fault {wanted.get('kind')!r}; there are: {', '.join(KINDS)}.")
        named = {_NAMES.get(name, name): value for name, value in wanted.items()}
        known = {name for name, one in cls.__dataclass_fields__.items() if one.init}
        if unknown := named.keys() - known:
            raise invalid(f"Unknown fields of a fault: {', '.join(sorted(unknown))}.")
        made = cls(**named)
        if not 0 <= made.probability <= 1 or made.every < 1:
            raise invalid("probability lies between 0 and 1, every is 1 or more.")
        return made

    def as_json(self) -> JsonObject:
        names = {inner: outer for outer, inner in _NAMES.items()}
        fields = [name for name, one in self.__dataclass_fields__.items() if one.init]
        return {names.get(name, name): getattr(self, name) for name in fields}

    def strikes(self, now: float, chance: Random) -> bool:
        """Counts one more matching call, and says whether it is one of those to strike."""
        age = now - self.born
        if (self.begins is not None and age < self.begins) or (self.ends is not None and age >= self.ends):
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.seen - self.skip) % self.every:
            return False
        luck = chance if self.seed is None else self.chance
        return self.probability >= 1 or luck.random() < self.probability


_NAMES = {"from": "begins", "until": "ends"}


class Faults:
    def __init__(self, now: Callable[[], float], chance: Random) -> None:
        self.waiting: list[Fault] = []
        self._now = now
        self._chance = chance

    def add(self, fault: Fault) -> None:
        added = replace(fault)
        added.born = self._now()
        added.chance = Random(fault.seed)
        self.waiting.append(added)

    def take(self, method: str, body: str = "") -> Fault | None:
        """The fault for this call, counted down."""
        for fault in self.waiting:
            if not fnmatch.fnmatchcase(method, fault.on) or fault.when_body_has not in body:
                continue
            if not fault.strikes(self._now(), self._chance):
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
            return fault
        return None


class Quota:
    """Requests a minute, refilled all at once every minute, as recorded (aiguofer/gspread-pandas, 71 reads in a row and
    then 429 until the next minute). Reads and writes are counted apart (which calls are reads: see ``methods``), for
    each user and for the project. A user is a bearer token.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.limits: dict[str, int | None] = {"Read": None, "Write": None}
        """A minute and user; None is no limit, and none is set to begin with."""
        self.project_limits: dict[str, int | None] = {"Read": None, "Write": None}
        self._began = 0.0
        self._spent: dict[tuple[str, str | None], int] = {}

    def spend(self, kind: str, user: str = "") -> None:
        """Raises SheetsError 429."""
        if self._now() - self._began >= 60:
            self._began, self._spent = self._now(), {}
        for owner, limit, refusal in (
            (user, self.limits[kind], _per_user),
            (None, self.project_limits[kind], _per_project),
        ):
            if limit is not None and self._spent.get((kind, owner), 0) >= limit:
                raise refusal(kind, limit)
        for owner in (user, None):
            self._spent[kind, owner] = self._spent.get((kind, owner), 0) + 1


def _per_user(kind: str, limit: int) -> SheetsError:
    return quota_exceeded(kind, limit, "per minute per user", f"{kind}RequestsPerMinutePerUser")


def _per_project(kind: str, limit: int) -> SheetsError:
    return quota_exceeded(kind, limit, "per minute", f"{kind}RequestsPerMinutePerProject")
