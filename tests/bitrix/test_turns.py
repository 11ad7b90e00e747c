"""Many callers and one portal: whose calls leave first, how a method that the portal counts is spared, who waits."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import httpx
import pytest

from bitrix.call import JSON, Answer, Call
from bitrix.client import LONGEST_PAUSE, MOST_WAITING, Lane, Portal
from bitrix.dispatch import IN_FLIGHT, KEPT_FREE
from bitrix.errors import MethodPaused, Unreachable
from bitrix.lanes import PATIENCE_IN_BACKGROUND
from bitrix.pacing import OPERATING_LIMIT
from tests.bitrix.clockwork import Clockwork
from tests.bitrix.echo_portal import WEBHOOK, EchoPortal


def result_in(answer: Answer) -> JSON:
    return answer.result


def a_call(number: int, method: str = "echo", *, alone: bool = False) -> Call[JSON]:
    return Call(method, {"id": number}, read=result_in, batchable=not alone)


async def send_many(lane: Lane, *calls: Call[JSON]) -> list[Any]:
    return await asyncio.gather(*(lane.send(call) for call in calls))


class Counted(httpx.AsyncBaseTransport):
    """Counts the seconds of each method like the vendor, in one bucket that is forgotten ten minutes after its first
    call; the clock stands still while it works."""

    def __init__(self, clock: Clockwork, seconds: float, spent: float = 0.0) -> None:
        self.clock = clock
        self.seconds = seconds
        self.spent = defaultdict(float, {"echo": spent, "slow": spent})
        self.forgets_at = clock.now + 600
        self.refused = 0
        self.order: list[str] = []
        self.loads: list[int] = []
        self.at: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        body = json.loads(request.content)
        method = request.url.path.rpartition("/")[2]
        self.loads.append(len(body["cmd"]) if method == "batch" else 1)
        if method != "batch":
            told = self._run(method)
            return httpx.Response(429 if "error" in told else 200, json=told)
        parts = {key: self._run(text.partition("?")[0]) for key, text in body["cmd"].items()}
        sections = {
            "result": {key: part["result"] for key, part in parts.items() if "result" in part} or [],
            "result_error": {key: part for key, part in parts.items() if "error" in part} or [],
            "result_time": {key: part["time"] for key, part in parts.items() if "time" in part} or [],
        }
        return httpx.Response(200, json={"result": sections, "time": {}})

    def _run(self, method: str) -> dict[str, Any]:
        if self.clock.now >= self.forgets_at:
            self.forgets_at = self.clock.now + 600
            self.spent.clear()
        if self.spent[method] > OPERATING_LIMIT:
            self.refused += 1
            return {"error": "OPERATION_TIME_LIMIT", "error_description": ""}
        self.order.append(method)
        self.at.append(self.clock.now)
        self.spent[method] += self.seconds
        time = {"duration": self.seconds, "operating": self.spent[method], "operating_reset_at": self.forgets_at}
        return {"result": 1, "time": {**time, "finish": self.clock.now}}


def client(transport: httpx.AsyncBaseTransport, clock: Clockwork, **settings: Any) -> Portal:
    return Portal(WEBHOOK, transport=transport, clock=clock, sleep=clock.sleep, **settings)


async def test_who_has_a_single_call_does_not_wait_for_thousands() -> None:
    desk, clock = EchoPortal(), Clockwork()
    async with client(desk, clock, capacity=1) as portal:
        busy = asyncio.ensure_future(send_many(portal.lane("busy"), *(a_call(number) for number in range(900))))
        await asyncio.sleep(0)
        await portal.lane("small").send(a_call(5_000))
        assert len(desk.requests) <= 2
        await busy
    assert len(desk.requests) == 19


async def test_lanes_of_one_name_are_one_lane() -> None:
    desk, clock = EchoPortal(), Clockwork()
    async with client(desk, clock) as portal:
        assert await portal.lane("a").send(a_call(1)) == await portal.lane("a").send(a_call(1))
        twice = (send_many(portal.lane("a"), a_call(2)), send_many(portal.lane("a"), a_call(3)))
        await asyncio.gather(*twice)
    assert [len(methods) for methods in desk.requests] == [1, 1, 2]


async def test_an_export_lets_everybody_else_go_first_and_still_arrives() -> None:
    desk, clock = EchoPortal(), Clockwork()
    order: list[str] = []

    async def send(lane: Lane, call: Call[JSON], name: str) -> None:
        await lane.send(call)
        order.append(name)

    async with client(desk, clock, capacity=1) as portal:
        export = portal.background("export")
        await asyncio.gather(
            *(send(export, a_call(number, alone=True), "export") for number in range(2)),
            *(send(portal, a_call(100 + number, alone=True), "work") for number in range(20)),
        )
    assert order.index("export") == PATIENCE_IN_BACKGROUND - 1
    assert order[-3:] == ["work", "work", "work"]


async def test_the_background_leaves_some_places_free() -> None:
    """However slow the portal is with background work, a person's call leaves at once."""
    desk, clock = EchoPortal(slowness=[10_000] * IN_FLIGHT), Clockwork()
    async with client(desk, clock) as portal:
        background = portal.background()
        slow = [asyncio.ensure_future(background.send(a_call(number, alone=True))) for number in range(IN_FLIGHT)]
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(desk.requests) == IN_FLIGHT - KEPT_FREE
        person = asyncio.ensure_future(portal.send(a_call(99)))
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(desk.requests) == IN_FLIGHT - KEPT_FREE + 1
        await asyncio.gather(person, *slow)


# The time of each method


async def test_a_method_is_slowed_instead_of_being_refused() -> None:
    clock = Clockwork()
    desk = Counted(clock, seconds=3.0)
    async with client(desk, clock) as portal:
        for number in range(400):
            await portal.background().send(a_call(number))
    assert desk.refused == 0
    # the first half of the limit goes at once, then it takes its time
    assert desk.at[70] - desk.at[0] < 60
    assert desk.at[-1] - desk.at[0] > 1_200


async def test_other_methods_go_on_while_one_rests() -> None:
    clock = Clockwork()
    desk = Counted(clock, seconds=100.0, spent=OPERATING_LIMIT * 0.9)
    async with client(desk, clock) as portal:
        background = portal.background()
        await background.send(a_call(1, "slow"))
        await send_many(background, a_call(2, "slow"), a_call(3, "quick"))
    assert desk.order == ["slow", "quick", "slow"]


async def test_a_batch_of_methods_known_to_be_heavy_is_shorter() -> None:
    clock = Clockwork()
    desk = Counted(clock, seconds=10.0)
    async with client(desk, clock) as portal:
        await portal.send(a_call(1))
        await send_many(portal, *(a_call(number) for number in range(2, 12)))
    assert desk.loads == [1, 3, 3, 3, 1]


async def test_a_person_hears_that_a_method_rests_and_the_background_waits() -> None:
    clock = Clockwork()
    desk = Counted(clock, seconds=5.0, spent=OPERATING_LIMIT * 0.95)
    async with client(desk, clock) as portal:
        await portal.send(a_call(1))
        with pytest.raises(MethodPaused, match="rest") as pause:
            await portal.send(a_call(2))
        assert pause.value.resumes_at is not None
        assert pause.value.resumes_at.timestamp() - clock.now > LONGEST_PAUSE
        [refusal] = await portal.batch([a_call(3)])
        assert isinstance(refusal, MethodPaused)
        assert desk.order == ["echo"]
        with pytest.raises(MethodPaused):
            await portal.background(patience=LONGEST_PAUSE).send(a_call(4))
        began = clock.now
        await portal.background().send(a_call(5))
        assert clock.now - began == pytest.approx(600, abs=2)
    assert desk.refused == 0


# Many who wait


async def test_ten_thousand_wait_and_all_are_served() -> None:
    desk, clock = EchoPortal(), Clockwork()
    async with client(desk, clock) as portal:
        await send_many(portal, *(a_call(number) for number in range(10_000)))
    assert desk.applied.total() == 10_000
    assert len(desk.requests) == 200


async def test_who_comes_when_a_lane_is_full_waits_at_its_door_in_order() -> None:
    desk, clock = EchoPortal(), Clockwork()
    async with client(desk, clock, capacity=1) as portal:
        lane = portal.lane("full")
        calls = [asyncio.ensure_future(lane.send(a_call(number))) for number in range(MOST_WAITING + 200)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # others do not notice
        await portal.lane("other").send(a_call(9_999))
        assert len(desk.requests) <= 2
        await asyncio.gather(*calls)
    assert [number for number in desk.applied if number != 9_999] == list(range(MOST_WAITING + 200))


async def test_who_waits_at_the_door_may_leave_it() -> None:
    desk, clock = EchoPortal(), Clockwork()
    async with client(desk, clock, capacity=1) as portal:
        calls = [asyncio.ensure_future(portal.send(a_call(number))) for number in range(MOST_WAITING + 100)]
        await asyncio.sleep(0)
        for call in calls[MOST_WAITING:]:
            call.cancel()
        ends = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(end, asyncio.CancelledError) for end in ends) == 100
    assert desk.applied.total() == MOST_WAITING


async def test_closing_sends_everybody_home_those_at_the_door_too() -> None:
    desk, clock = EchoPortal(slowness=[10_000] * 100), Clockwork()
    portal = client(desk, clock, capacity=1)
    calls = [asyncio.ensure_future(portal.send(a_call(number))) for number in range(MOST_WAITING + 100)]
    for _ in range(5):
        await asyncio.sleep(0)
    await portal.close()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {Unreachable, RuntimeError}
