"""How long does it take to change 5,000 deals and then to make 2,000 tasks, and how many requests?"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from benchmarks.answers import Answer
from benchmarks.box import Box, Measured, Run, a_box, ceiling, measure, seconds_by_the_limits
from benchmarks.limits import A_SECOND, BURST, COMMANDS

DEALS = 5_000
TASKS = 2_000
CALLS = DEALS + TASKS
DEAL = 2
NAIVE_CALLS = 30
"""The naive program is stopped there: to its end it would take an hour."""


def ours(box: Box) -> int:
    from bitrix.calls.items import update_item
    from bitrix.calls.tasks import add_task
    from bitrix.client import Portal
    from bitrix.refs import ItemRef

    async def run() -> int:
        http = httpx.AsyncClient(verify=box.trust, trust_env=False)
        async with http, Portal(box.webhook, http=http) as portal:
            changes = (update_item(ItemRef(DEAL, number), change("capa24")) for number in range(1, DEALS + 1))
            changed = await asyncio.gather(*(portal.send(call) for call in changes))
            made = await asyncio.gather(*(portal.send(add_task(task(number))) for number in range(TASKS)))
            return len(changed) + len(made)

    return asyncio.run(run())


def fast_bitrix24(box: Box) -> int:
    return _fast_bitrix24(box, at_once=50)


def fast_bitrix24_slow(box: Box) -> int:
    """Its advice for portals that refuse: one request at a time."""
    return _fast_bitrix24(box, at_once=1)


def _fast_bitrix24(box: Box, at_once: int) -> int:
    from fast_bitrix24 import BitrixAsync

    warnings.simplefilter("ignore")

    async def run() -> int:
        bitrix = BitrixAsync(box.webhook, verbose=False)
        fields = change("fast-bitrix24")
        with bitrix.slow(at_once):
            changes = [{"entityTypeId": DEAL, "id": number, "fields": fields} for number in range(1, DEALS + 1)]
            changed = await bitrix.call("crm.item.update", changes)
            made = await bitrix.call("tasks.task.add", [{"fields": task(number)} for number in range(TASKS)])
        return len(changed) + len(made)

    return asyncio.run(run())


def b24pysdk(box: Box) -> int:
    from b24pysdk import BitrixWebhook, Client

    client = Client(BitrixWebhook(domain=box.domain, webhook_token=box.token), timeout=60)
    fields = change("b24pysdk")
    update = partial(client.crm.item.update, entity_type_id=DEAL, fields=fields)
    changed = client.call_batches([update(bitrix_id=number + 1) for number in range(DEALS)]).result.result
    made = client.call_batches([client.tasks.task.add(fields=task(number)) for number in range(TASKS)]).result.result
    return len(changed) + len(made)


def naive(box: Box) -> int:
    """A call a request, as many a second as are allowed for long."""
    with box.http() as http:
        for number in range(1, NAIVE_CALLS + 1):
            sent = {"entityTypeId": DEAL, "id": number, "fields": change("naive")}
            http.post(f"{box.webhook}crm.item.update", json=sent)
            time.sleep(1 / A_SECOND)
    return NAIVE_CALLS


PROGRAMS: tuple[tuple[str, Run], ...] = (
    ("capa24 `portal.send`, all at once", ours),
    ("fast-bitrix24 1.8 `call`", fast_bitrix24),
    ("fast-bitrix24 1.8 `call` in `slow()`", fast_bitrix24_slow),
    ("b24pysdk 1.3 `call_batches`", b24pysdk),
)


def task(number: int) -> dict[str, Any]:
    return {"TITLE": f"Проверить отгрузку {number}", "RESPONSIBLE_ID": 1, "DESCRIPTION": "По чек-листу отдела"}


def change(who: str) -> dict[str, Any]:
    return {"title": f"Поставка, проверено: {who}", "opportunity": len(who) * 1_000}


def full_batches() -> Iterator[Mapping[str, Any]]:
    texts = [
        *(f"crm.item.update?entityTypeId={DEAL}&id={number + 1}&{_form(change('nobody'))}" for number in range(DEALS)),
        *(f"tasks.task.add?{_form(task(number))}" for number in range(TASKS)),
    ]
    for first in range(0, CALLS, COMMANDS):
        yield {"halt": 0, "cmd": {f"c{number}": text for number, text in enumerate(texts[first : first + COMMANDS])}}


def _form(fields: Mapping[str, Any]) -> str:
    return "&".join(f"fields[{name}]={quote(str(value))}" for name, value in fields.items())


def line(name: str, measured: Measured) -> tuple[str, ...]:
    calls = sum(call["method"].lower() != "batch" for call in measured.calls)
    if not measured.gave_up and not measured.done == calls == CALLS:
        raise RuntimeError(f"{name} did {measured.done} of {CALLS}")
    gave_up = f"gave up after {measured.seconds:.1f}, {calls:,} calls done"
    return (
        name,
        f"{measured.requests:,}",
        f"{calls / measured.requests:.1f}",
        gave_up if measured.gave_up else f"{measured.seconds:.1f}",
        f"{measured.cpu:.1f}",
    )


def main() -> None:
    fewest = -(-CALLS // COMMANDS)
    answer = Answer(
        Path(__file__),
        "Writing much",
        f"{__doc__} The portal has the vendor's limits switched on ({BURST} requests at once, then {A_SECOND:.0f} a "
        "second) and an empty bucket for each program.",
        ("program", "requests", "calls a request", "seconds", "its own CPU, s"),
    )
    with a_box() as box:
        fields = {"title": "Поставка", "opportunity": 1}
        box.do("seed", {"items": {"deal": {"entity_type_id": DEAL, "count": DEALS, "fields": fields}}})
        at_best = ceiling(box, full_batches())
        answer.rows.extend(line(name, measure(box, run)) for name, run in PROGRAMS)
        slow = measure(box, naive)
    times = CALLS / slow.done
    answer.rows += [
        (
            f"naive, from its first {slow.done} calls",
            f"{CALLS:,}",
            "1.0",
            f"about {slow.seconds * times:,.0f}",
            f"about {slow.cpu * times:.0f}",
        ),
        ("limit", str(fewest), f"{COMMANDS}.0", f"{seconds_by_the_limits(fewest):.1f}", ""),
    ]
    answer.notes.append(
        f"Without limits the sandbox takes {at_best:.1f} s for {fewest} such requests: it is not what is waited for."
    )
    answer.tell()


if __name__ == "__main__":
    main()
