"""Who travels with whom, in which order, and whose is which part of the answer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bitrix.batching import LARGEST_BATCH, MOST_COMMANDS, Parcel, Queue, batch_of, outcomes, pack
from bitrix.call import Answer, Call
from bitrix.errors import OutcomeUnknown, Refused, Unreachable
from bitrix.tidy import as_map


def a_call(number: int, *, alone: bool = False, text: str = "") -> Call[Any]:
    return Call("echo", {"id": number, "text": text}, read=lambda answer: answer.result, batchable=not alone)


def numbers(load: list[Parcel]) -> list[Any]:
    return [parcel.params["id"] for parcel in load]  # type: ignore[index,call-overload]


def loads_of(queue: Queue) -> list[list[Any]]:
    loads = []
    while load := queue.take_load():
        loads.append(numbers(load))
    return loads


async def test_a_load_keeps_the_order_in_which_calls_came() -> None:
    queue = Queue()
    for number, alone in enumerate([False, True, False, False, True, False]):
        queue.append(pack(a_call(number, alone=alone)))
    # those that travel alone are passed by, and pass nobody themselves
    assert loads_of(queue) == [[0, 2, 3, 5], [1], [4]]
    assert len(queue) == 0


async def test_a_batch_holds_fifty_commands() -> None:
    queue = Queue()
    for number in range(MOST_COMMANDS + 1):
        queue.append(pack(a_call(number)))
    assert loads_of(queue) == [list(range(MOST_COMMANDS)), [MOST_COMMANDS]]


async def test_a_batch_does_not_grow_too_large_but_the_largest_call_leaves_too() -> None:
    queue = Queue()
    for number, size in enumerate([LARGEST_BATCH * 2, LARGEST_BATCH // 2, LARGEST_BATCH // 3, LARGEST_BATCH // 2]):
        queue.append(pack(a_call(number, text="x" * size)))
    assert loads_of(queue) == [[0], [1, 2], [3]]


async def test_whose_sender_went_away_never_leaves() -> None:
    queue = Queue()
    parcels = [pack(a_call(number)) for number in range(3)]
    for parcel in parcels:
        queue.append(parcel)
    parcels[0].promise.cancel()
    parcels[2].promise.cancel()
    assert loads_of(queue) == [[1]]
    queue.append(parcels[0])
    assert queue.take_all() == []


async def test_a_promise_is_kept_once() -> None:
    parcel = pack(a_call(1))
    parcel.settle(Answer("first"))
    parcel.settle(Answer("second"))
    assert await parcel.promise == Answer("first")


@given(st.data())
async def test_every_command_gets_its_own_part(data: st.DataObject) -> None:
    """Whatever parts are there, a command never reads the part of another."""
    fates = data.draw(st.lists(st.sampled_from(["answered", "refused", "forgotten"]), max_size=50))
    calls = [
        Call("echo", {"id": number}, read=lambda answer: answer.result, writes=bool(number % 2))
        for number in range(len(fates))
    ]
    keys = list(as_map(batch_of(["x"] * len(fates))["cmd"]))
    batch = Answer(
        {
            "result": {key: number for number, key in enumerate(keys) if fates[number] == "answered"} or [],
            "result_error": {
                key: {"error": "ACCESS_DENIED", "error_description": str(number)}
                for number, key in enumerate(keys)
                if fates[number] == "refused"
            }
            or [],
        }
    )
    for number, (call, fate, outcome) in enumerate(zip(calls, fates, outcomes(calls, batch), strict=True)):
        if isinstance(outcome, Answer):
            assert (fate, outcome.result) == ("answered", number)
            continue
        error = outcome(call)
        if fate == "refused":
            assert isinstance(error, Refused)
            assert error.detail == str(number)
        else:
            assert isinstance(error, OutcomeUnknown if call.writes else Unreachable)
