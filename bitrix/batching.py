"""Which waiting calls travel together, and whose is which part of the answer. Pure but for the promises it keeps.

A portal counts requests, and a batch of fifty commands is one (limits.md). See `bitrix.client` for the journey.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from bitrix.call import JSON, Answer, Call, Together, command_key
from bitrix.errors import BitrixError, Gibberish, classify, fault_in, unanswered
from bitrix.tidy import Untidy, as_int_or_none
from bitrix.together import Crowds, ask_together, asked_alone_instead, parts, rows_of
from bitrix.wire import Unsayable, command, mentions_result, plain

MOST_COMMANDS = 50
LARGEST_BATCH = 500_000
"""Characters of all commands of one batch. No page names a limit; this keeps well below the usual ones of PHP."""

T = TypeVar("T")

Failure: TypeAlias = Callable[[Call[Any]], BitrixError]
"""What went wrong, not yet told to anybody: one broken batch means another thing for a read than for a write."""

Outcome: TypeAlias = Answer | Failure


class AskAlone:
    """What is told to a call that was asked together with others, in vain."""


ASK_ALONE = AskAlone()


@dataclass(eq=False)
class Parcel:
    """A call on its way, and the promise its sender waits for (cancelled when the sender went away)."""

    calls: Sequence[Call[Any]]
    """One, or those of a batch that its sender put together."""
    method: str
    params: JSON
    command: str | None
    """Its text in a batch of strangers; None: it travels alone."""
    promise: asyncio.Future[Outcome | AskAlone]
    methods: Mapping[str, int] = field(init=False)
    """How many calls of each method it holds."""
    kind: tuple[frozenset[str], bool, Hashable] = field(init=False)
    """Which other parcels may leave whenever this one may, and in the same company."""

    def __post_init__(self) -> None:
        self.methods = Counter(call.method for call in self.calls)
        company = self.together.kind if self.together is not None else None
        self.kind = (frozenset(self.methods), self.command is None, company)

    @property
    def together(self) -> Together | None:
        """How it becomes one with others; never when it travels alone."""
        return self.calls[0].together if self.command is not None else None

    def alone(self) -> "Parcel":
        """The same call, which becomes one with no other."""
        calls = tuple(replace(call, together=None) for call in self.calls)
        return Parcel(calls, self.method, self.params, self.command, asyncio.get_running_loop().create_future())

    def settle(self, outcome: Outcome | AskAlone) -> None:
        if not self.promise.done():
            self.promise.set_result(outcome)


@dataclass(eq=False)
class Command:
    """What travels as one: a parcel, or the reads of several that became one call (`bitrix.together`)."""

    parcels: list[Parcel]

    def __post_init__(self) -> None:
        self._one: Call[Any] | None = None

    @property
    def calls(self) -> Sequence[Call[Any]]:
        """What the portal is asked."""
        return self.parcels[0].calls if len(self.parcels) == 1 else (self._as_one(),)

    @property
    def method(self) -> str:
        return self.parcels[0].method if len(self.parcels) == 1 else self._as_one().method

    @property
    def params(self) -> JSON:
        return self.parcels[0].params if len(self.parcels) == 1 else plain(self._as_one().params)

    @property
    def text(self) -> str:
        """Its words in a batch of strangers."""
        one = self._as_one() if len(self.parcels) > 1 else None
        return command(one.method, one.params) if one is not None else self.parcels[0].command or ""

    def settle(self, outcome: Outcome, crowds: Crowds) -> None:
        """Everybody hears of their part."""
        if len(self.parcels) == 1:
            self.parcels[0].settle(outcome)
            return
        for parcel, part in zip(self.parcels, self._dealt(outcome, crowds), strict=True):
            parcel.settle(part)

    def _as_one(self) -> Call[Any]:
        if self._one is None:
            self._one = ask_together(self._shares)
        return self._one

    @property
    def _shares(self) -> list[Together]:
        return [parcel.together for parcel in self.parcels if parcel.together is not None]

    def _dealt(self, outcome: Outcome, crowds: Crowds) -> list[Outcome | AskAlone]:
        shares = self._shares
        if callable(outcome):
            failure = outcome
            alone = asked_alone_instead(failure(self._as_one()))
            return [ASK_ALONE if alone else failure for _ in shares]
        try:
            rows = rows_of(shares[0], outcome)
        except Untidy:
            return [ASK_ALONE for _ in shares]
        crowds.told(shares[0], len(shares), len(rows))
        return [ASK_ALONE if part is None else part for part in parts(shares, rows, outcome)]


def pack(call: Call[Any]) -> Parcel:
    """Raises `TypeError` or `ValueError`, naming the place, when the parameters hold what JSON cannot."""
    params = plain(call.params)
    return Parcel((call,), call.method, params, command_of(call), asyncio.get_running_loop().create_future())


def pack_together(calls: Sequence[Call[Any]]) -> Parcel:
    """A batch of its own, in which calls may refer to those before them.

    Raises `ValueError` for more calls than a batch holds, and for one that cannot stand in it.
    """
    if len(calls) > MOST_COMMANDS:
        raise ValueError(f"a batch holds {MOST_COMMANDS} calls, not {len(calls)}; `send` splits by itself")
    for call in calls:
        if not call.batchable:
            raise ValueError(f"{call.method} is not allowed in a batch")
    commands = [command(call.method, call.params) for call in calls]
    return Parcel(calls, "batch", batch_of(commands), None, asyncio.get_running_loop().create_future())


def batch_of(commands: Sequence[str]) -> dict[str, JSON]:
    """The parameters of ``batch`` (settings/how-to-call-rest-api/batch.md). An error stops nothing: halt=0."""
    return {"halt": 0, "cmd": {command_key(index): text for index, text in enumerate(commands)}}


def outcomes(calls: Sequence[Call[Any]], batch: Answer) -> list[Outcome]:
    """What became of each command; the sections are maps by key, or ``[]`` when empty."""
    parts = batch.result if isinstance(batch.result, Mapping) else {}
    sections = {
        name: section if isinstance(section := parts.get(name), Mapping) else {}
        for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    return [_outcome(command_key(index), sections) for index, _ in enumerate(calls)]


def answer_of(result: JSON, total: JSON, following: JSON, time: JSON) -> Outcome:
    try:
        return Answer(result, as_int_or_none(total, "total"), as_int_or_none(following, "next"), _seconds(time))
    except Untidy as error:
        detail = str(error)
        return lambda call: Gibberish(call.method, detail=detail)


def read(call: Call[T], answer: Answer) -> T:
    """What the answer holds. Raises `Gibberish` when it is not what the documentation says."""
    try:
        return call.read(answer)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Gibberish(call.method, detail=f"{type(error).__name__}: {error}") from error


def times_of(calls: Sequence[Call[Any]], batch: Answer) -> list[JSON]:
    """The ``time`` of each command, None where it tells none."""
    parts = batch.result if isinstance(batch.result, Mapping) else {}
    times = parts.get("result_time")
    return [times.get(command_key(index)) if isinstance(times, Mapping) else None for index, _ in enumerate(calls)]


def command_of(call: Call[Any]) -> str | None:
    """The text of a call in a batch of strangers; None when it has to travel alone."""
    if not call.batchable:
        return None
    try:
        text = command(call.method, call.params)
    except Unsayable:
        return None
    # Somebody's text that only looks like a reference would be replaced by the answer to a stranger's command.
    return None if mentions_result(text) else text


def _seconds(time: JSON) -> float | None:
    duration = time.get("duration") if isinstance(time, Mapping) else None
    return float(duration) if isinstance(duration, int | float) else None


def _outcome(key: str, sections: Mapping[str, Mapping[str, JSON]]) -> Outcome:
    fault = fault_in(sections["result_error"].get(key))
    if fault is not None:
        return lambda call: classify(call, 200, fault.code, fault.detail)
    if key in sections["result"] or key in sections["result_time"]:
        # A null result may be left out; then only its time tells that the command ran (unverified).
        return answer_of(
            sections["result"].get(key),
            sections["result_total"].get(key),
            sections["result_next"].get(key),
            sections["result_time"].get(key),
        )
    return lambda call: unanswered(call, "the batch came back without an answer to this command", status=200)
