"""Whatever happens between many callers and one portal: everybody gets exactly their own answer, nothing is lost, and
no write goes out again while its first outcome is open."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from bitrix.call import Answer, Call, Together
from bitrix.client import Portal
from bitrix.errors import AccessLost, BitrixError, Gibberish, OutcomeUnknown, Refused, TryLater
from bitrix.tidy import as_int, as_map
from tests.bitrix.clockwork import Clockwork
from tests.bitrix.echo_portal import WEBHOOK, EchoPortal, Weather


@dataclass(frozen=True)
class Caller:
    """Somebody who sends one call, after some turns of the event loop, and perhaps loses patience."""

    writes: bool
    mood: str = ""
    batchable: bool = True
    together: bool = False
    """It may become one with other reads."""
    in_words_a_batch_lacks: bool = False
    lane: str = ""
    background: bool = False
    comes_after: int = 0
    leaves_after: int | None = None

    def call(self, number: int) -> Call[int]:
        extra: dict[str, Any] = {"note": None} if self.in_words_a_batch_lacks else {}
        return Call(
            "echo.add" if self.writes else "echo.get",
            {"id": number, "mood": self.mood, **extra},
            read=_own_number,
            writes=self.writes,
            batchable=self.batchable,
            together=_together(number) if self.together and not self.writes else None,
        )


def _together(number: int) -> Together:
    return Together("echo", (number,), ask=_echo_list, row_field="id", one_as="item")


def _echo_list(ids: Sequence[int | str]) -> Call[Any]:
    return Call("echo.list", {"ids": list(ids)}, read=lambda answer: answer.result)


def _own_number(answer: Answer) -> int:
    found = as_map(answer.result)
    return as_int(as_map(found.get("item", found)).get("id"), "id")


CALLERS = st.lists(
    st.builds(
        Caller,
        writes=st.booleans(),
        mood=st.sampled_from(["", "", "", "no", "crash"]),
        batchable=st.sampled_from([True, True, True, False]),
        together=st.booleans(),
        in_words_a_batch_lacks=st.sampled_from([False, False, False, True]),
        lane=st.sampled_from(["", "", "a", "b"]),
        background=st.sampled_from([False, False, True]),
        comes_after=st.integers(0, 12),
        leaves_after=st.none() | st.none() | st.integers(0, 20),
    ),
    min_size=1,
    max_size=120,
)


async def play(callers: list[Caller], portal: EchoPortal, capacity: int) -> list[Any]:
    """What each caller ended with: a number, an error, or a cancellation."""
    clock = Clockwork()

    async def come_and_ask(number: int, caller: Caller) -> int:
        for _ in range(caller.comes_after):
            await asyncio.sleep(0)
        lane = client.background(caller.lane) if caller.background else client.lane(caller.lane)
        return await lane.send(caller.call(number))

    async def lose_patience(task: asyncio.Task[int], turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()

    async with Portal(
        WEBHOOK, transport=portal, capacity=capacity, clock=clock, sleep=clock.sleep, attempts=3
    ) as client:
        tasks = [asyncio.create_task(come_and_ask(number, caller)) for number, caller in enumerate(callers)]
        leaving = [
            asyncio.create_task(lose_patience(task, caller.leaves_after))
            for task, caller in zip(tasks, callers, strict=True)
            if caller.leaves_after is not None
        ]
        async with asyncio.timeout(5):  # only a lost call would wait that long
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*leaving)
        return list(ends)


@settings(max_examples=200, deadline=None)
@given(
    callers=CALLERS,
    weather=st.lists(st.sampled_from(Weather), max_size=12),
    slowness=st.lists(st.integers(0, 15), max_size=30),
    capacity=st.sampled_from([1, 3, 50]),
    unlisted=st.sets(st.integers(0, 120)),
    list_mood=st.sampled_from(["", "", "", "ACCESS_DENIED", "OPERATION_TIME_LIMIT"]),
)
def test_everybody_gets_their_own_answer_and_no_write_goes_out_twice(
    callers: list[Caller],
    weather: list[Weather],
    slowness: list[int],
    capacity: int,
    unlisted: set[int],
    list_mood: str,
) -> None:
    moody = {number for number, caller in enumerate(callers) if caller.mood}  # what a list would not know of
    portal = EchoPortal(weather, slowness=slowness, unlisted=unlisted | moody, list_mood=list_mood)
    ends = asyncio.run(play(callers, portal, capacity))
    for number, (caller, end) in enumerate(zip(callers, ends, strict=True)):
        event(type(end).__name__)
        applied = portal.applied[number]
        if caller.writes:
            assert applied <= 1, "applied twice"
            assert portal.unclear[number] <= 1, "sent again although the first outcome was open"
        if isinstance(end, asyncio.CancelledError):
            assert caller.leaves_after is not None
        elif isinstance(end, BitrixError):
            assert end.method == caller.call(number).method
            _error_is_true(caller, end, applied)
        else:
            assert end == number
            assert caller.mood == ""
            assert applied >= 1


def _error_is_true(caller: Caller, error: BitrixError, applied: int) -> None:
    match error:
        case Refused():
            assert caller.mood == "no"
            assert applied == 0
        case TryLater():
            assert not (caller.writes and applied)
        case OutcomeUnknown():
            assert caller.writes
        case Gibberish():
            assert not caller.writes
        case AccessLost():
            raise AssertionError("the portal never said so")


@settings(max_examples=100, deadline=None)
@given(callers=CALLERS, slowness=st.lists(st.integers(0, 15), max_size=30), capacity=st.sampled_from([1, 3, 50]))
def test_in_fair_weather_everybody_who_stays_is_served_once(
    callers: list[Caller], slowness: list[int], capacity: int
) -> None:
    moody = {number for number, caller in enumerate(callers) if caller.mood}
    portal = EchoPortal(slowness=slowness, unlisted=moody)
    ends = asyncio.run(play([*callers], portal, capacity))
    for number, (caller, end) in enumerate(zip(callers, ends, strict=True)):
        if caller.leaves_after is None and caller.mood == "":
            assert end == number
            assert portal.applied[number] == 1


@settings(max_examples=100, deadline=None)
@given(
    writes=st.lists(st.booleans(), min_size=1, max_size=80),
    weather=st.lists(st.sampled_from(Weather), max_size=4),
    turns=st.integers(0, 25),
)
def test_closing_in_the_middle_leaves_nobody_waiting(writes: list[bool], weather: list[Weather], turns: int) -> None:
    portal = EchoPortal(weather, slowness=[9] * 100)

    async def close_after_a_while() -> list[Any]:
        clock = Clockwork()
        client = Portal(WEBHOOK, transport=portal, capacity=1, clock=clock, sleep=clock.sleep)
        tasks = [asyncio.create_task(client.send(Caller(writes=one).call(number))) for number, one in enumerate(writes)]
        for _ in range(turns):
            await asyncio.sleep(0)
        await client.close()
        async with asyncio.timeout(5):
            return list(await asyncio.gather(*tasks, return_exceptions=True))

    for number, (is_write, end) in enumerate(zip(writes, asyncio.run(close_after_a_while()), strict=True)):
        if isinstance(end, TryLater) and is_write:
            assert portal.applied[number] == 0
        assert isinstance(end, int | BitrixError | RuntimeError)
        assert not is_write or portal.unclear[number] <= 1
