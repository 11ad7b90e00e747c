"""Who travels with whom, in which order, and whose is which part of the answer."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bitrix.batching import batch_of, outcomes, pack, pack_together
from bitrix.call import Answer, Call
from bitrix.errors import OutcomeUnknown, Refused, Unreachable
from bitrix.tidy import as_map


def a_call(number: int) -> Call[Any]:
    return Call("echo", {"id": number}, read=lambda answer: answer.result)


async def test_a_promise_is_kept_once() -> None:
    parcel = pack(a_call(1))
    parcel.settle(Answer("first"))
    parcel.settle(Answer("second"))
    assert await parcel.promise == Answer("first")


async def test_a_batch_of_ones_own_counts_its_methods_and_travels_alone() -> None:
    calls = [a_call(1), a_call(2), Call("other", {"id": 3}, read=lambda answer: answer.result)]
    parcel = pack_together(calls)
    assert (parcel.method, parcel.command, parcel.methods) == ("batch", None, {"echo": 2, "other": 1})
    assert as_map(as_map(parcel.params)["cmd"]) == {"c0": "echo?id=1", "c1": "echo?id=2", "c2": "other?id=3"}


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
