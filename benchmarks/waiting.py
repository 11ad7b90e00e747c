"""What does a call cost the client itself, and how much memory do 10,000 take that wait?

The portal is a function in the same process that answers at once, so that nothing else is measured: without limits, or
shut until everybody waits.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.answers import Answer
from benchmarks.limits import A_SECOND, COMMANDS
from bitrix.call import JSON
from bitrix.calls.items import update_item
from bitrix.client import MOST_WAITING, Portal
from bitrix.refs import DEAL, ItemRef

CALLS = 10_000
LANES = 1_000
ALONE = 2_000
ROUNDS = 3
WEBHOOK = "https://example.bitrix24.ru/rest/1/secret/"
FIELDS: Mapping[str, JSON] = {"title": "Поставка труб", "stageId": "C1:WON", "opportunity": 125_000}


class AtOnce(httpx.AsyncBaseTransport):
    """Answers every update with its item, once the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        await self.gate.wait()
        item = {"item": {"id": 1, "title": "x", "stageId": "C1:WON"}}
        spent = {"start": 1.0, "finish": 1.1, "duration": 0.001, "operating": 0.1, "operating_reset_at": 2e9}
        if not request.url.path.endswith("/batch"):
            return httpx.Response(200, json={"result": item, "time": spent})
        keys = json.loads(request.content)["cmd"]
        sections = {"result": dict.fromkeys(keys, item), "result_error": [], "result_time": dict.fromkeys(keys, spent)}
        return httpx.Response(200, json={"result": sections, "time": spent})


@dataclass(frozen=True)
class Spent:
    cpu: float
    memory: int
    """Bytes while everybody waited."""
    requests: int


Work = Callable[[httpx.AsyncBaseTransport], Coroutine[Any, Any, None]]


async def one_after_the_other(transport: httpx.AsyncBaseTransport) -> None:
    async with Portal(WEBHOOK, transport=transport, capacity=1e9) as portal:
        for number in range(ALONE):
            await portal.send(update_item(ItemRef(DEAL, number), FIELDS))


async def one_lane(transport: httpx.AsyncBaseTransport) -> None:
    async with Portal(WEBHOOK, transport=transport, capacity=1e9) as portal:
        calls = (update_item(ItemRef(DEAL, number), FIELDS) for number in range(CALLS))
        await asyncio.gather(*(portal.send(call) for call in calls))


async def many_lanes(transport: httpx.AsyncBaseTransport) -> None:
    async with Portal(WEBHOOK, transport=transport, capacity=1e9) as portal:
        lanes = [portal.lane(str(number)) for number in range(LANES)]
        calls = (update_item(ItemRef(DEAL, number), FIELDS) for number in range(CALLS))
        await asyncio.gather(*(lanes[number % LANES].send(call) for number, call in enumerate(calls)))


async def bare_httpx(transport: httpx.AsyncBaseTransport) -> None:
    async with httpx.AsyncClient(transport=transport) as http:

        async def send(number: int) -> Any:
            sent = {"entityTypeId": DEAL, "id": number, "fields": FIELDS}
            return (await http.post(f"{WEBHOOK}crm.item.update", json=sent)).json()

        await asyncio.gather(*(send(number) for number in range(CALLS)))


WORK: Sequence[tuple[str, Work, int]] = (
    (f"{CALLS:,} calls at once, one lane", one_lane, CALLS),
    (f"{CALLS:,} calls at once, {LANES:,} lanes", many_lanes, CALLS),
    (f"{ALONE:,} calls, one after the other", one_after_the_other, ALONE),
    (f"bare httpx, {CALLS:,} requests at once", bare_httpx, CALLS),
)


def spent(work: Work, calls: int) -> Spent:
    cpu = min(asyncio.run(_cpu(work)) for _ in range(ROUNDS))
    memory, requests = asyncio.run(_memory(work)) if calls == CALLS else (0, calls)
    return Spent(cpu / calls, memory, requests)


async def _cpu(work: Work) -> float:
    transport = AtOnce()
    transport.gate.set()
    began = time.process_time()
    await work(transport)
    return time.process_time() - began


async def _memory(work: Work) -> tuple[int, int]:
    transport = AtOnce()
    gc.collect()
    tracemalloc.start()
    working = asyncio.create_task(work(transport))
    for _ in range(100):
        await asyncio.sleep(0)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    transport.gate.set()
    await working
    return held, transport.requests


def main() -> None:
    answer = Answer(
        Path(__file__),
        "A call's cost to the client",
        (__doc__ or "").strip(),
        ("work", "requests", "CPU a call, µs", "memory a waiting call, KB", "memory of all, MB"),
    )
    measured = [(name, spent(work, calls), calls) for name, work, calls in WORK]
    for name, one, calls in measured:
        memory = (f"{one.memory / calls / 1000:.1f}", f"{one.memory / 1e6:.0f}") if one.memory else ("", "")
        answer.rows.append((name, f"{one.requests:,}", f"{one.cpu * 1e6:.0f}", *memory))
    _, together, _ = measured[0]
    share = together.cpu * A_SECOND * COMMANDS
    answer.notes.append(
        f"A lane holds {MOST_WAITING:,} calls; who comes then waits at its door, first come first served, and is not "
        "refused. Two requests a second of fifty calls are a hundred calls a second: at the limit of the vendor the "
        f"client takes {share:.1%} of a processor core."
    )
    answer.tell()


if __name__ == "__main__":
    main()
