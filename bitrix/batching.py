"""Which waiting calls travel together, and whose is which part of the answer. Pure but for the promises it keeps.

A portal counts requests, and a batch of fifty commands is one (limits.md). See `bitrix.client` for the journey.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bitrix.call import JSON, Answer, Call, command_key
from bitrix.errors import BitrixError, Gibberish, classify, fault_in, unanswered
from bitrix.tidy import Untidy, as_int_or_none
from bitrix.wire import Unsayable, command, mentions_result, plain

MOST_COMMANDS = 50
LARGEST_BATCH = 500_000
"""Characters of all commands of one batch. No page names a limit; this keeps well below the usual ones of PHP."""

Failure: TypeAlias = Callable[[Call[Any]], BitrixError]
"""What went wrong, not yet told to anybody: one broken batch means another thing for a read than for a write."""

Outcome: TypeAlias = Answer | Failure


@dataclass(eq=False)
class Parcel:
    """A call on its way, and the promise its sender waits for (cancelled when the sender went away)."""

    call: Call[Any]
    params: JSON
    command: str | None
    """Its text in a batch; None: it travels alone."""
    promise: asyncio.Future[Outcome]

    def settle(self, outcome: Outcome) -> None:
        if not self.promise.done():
            self.promise.set_result(outcome)


def pack(call: Call[Any], *, alone: bool = False) -> Parcel:
    """Raises `TypeError` or `ValueError`, naming the place, when the parameters hold what JSON cannot."""
    params = plain(call.params)
    text = None if alone else _command_of(call)
    return Parcel(call, params, text, asyncio.get_running_loop().create_future())


@dataclass
class Queue:
    """Calls that wait for a place, in the order in which they came."""

    _waiting: deque[Parcel] = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self._waiting)

    def append(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)

    def take_load(self) -> list[Parcel]:
        """What leaves in the next request: one that travels alone, or as many as a batch holds. Empty: nobody waits.

        Calls whose sender went away are dropped; they never left.
        """
        load: list[Parcel] = []
        size = 0
        staying: deque[Parcel] = deque()
        while self._waiting:
            parcel = self._waiting.popleft()
            if parcel.promise.done():
                continue
            if not load and parcel.command is None:
                load.append(parcel)
                break
            if parcel.command is None:
                staying.append(parcel)
                continue
            size += len(parcel.command)
            if len(load) == MOST_COMMANDS or (load and size > LARGEST_BATCH):
                staying.append(parcel)
                break
            load.append(parcel)
        self._waiting.extendleft(reversed(staying))
        return load

    def take_all(self) -> list[Parcel]:
        parcels = [parcel for parcel in self._waiting if not parcel.promise.done()]
        self._waiting.clear()
        return parcels


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


def answer_of(result: JSON, total: JSON, following: JSON) -> Outcome:
    try:
        return Answer(result, as_int_or_none(total, "total"), as_int_or_none(following, "next"))
    except Untidy as error:
        detail = str(error)
        return lambda call: Gibberish(call.method, detail=detail)


def times_of(calls: Sequence[Call[Any]], batch: Answer) -> list[JSON]:
    """The ``time`` of each command, None where it tells none."""
    parts = batch.result if isinstance(batch.result, Mapping) else {}
    times = parts.get("result_time")
    return [times.get(command_key(index)) if isinstance(times, Mapping) else None for index, _ in enumerate(calls)]


def _command_of(call: Call[Any]) -> str | None:
    if not call.batchable:
        return None
    try:
        text = command(call.method, call.params)
    except Unsayable:
        return None
    # Somebody's text that only looks like a reference would be replaced by the answer to a stranger's command.
    return None if mentions_result(text) else text


def _outcome(key: str, sections: Mapping[str, Mapping[str, JSON]]) -> Outcome:
    fault = fault_in(sections["result_error"].get(key))
    if fault is not None:
        return lambda call: classify(call, 200, fault.code, fault.detail)
    if key in sections["result"] or key in sections["result_time"]:
        # A null result may be left out; then only its time tells that the command ran (unverified).
        return answer_of(
            sections["result"].get(key), sections["result_total"].get(key), sections["result_next"].get(key)
        )
    return lambda call: unanswered(call, "the batch came back without an answer to this command", status=200)
