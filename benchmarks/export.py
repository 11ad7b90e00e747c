"""How long does it take to read 100,000 deals, and how many requests?"""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from benchmarks.answers import Answer
from benchmarks.box import Box, Measured, Run, a_box, ceiling, measure, seconds_by_the_limits
from benchmarks.limits import A_SECOND, BURST, COMMANDS, PAGE

DEALS = 100_000
DEAL = 2
ROUNDS = 2
NAIVE_PAGES = 60
"""The naive program is stopped there: to its end it would take a quarter of an hour."""
FIELDS = {
    "title": "Поставка труб по договору",
    "stageId": "WON",
    "opportunity": 125_000,
    "comments": "Отгрузка по графику, оплата в рассрочку",
    "sourceDescription": "Выставка",
}

VENDORS_DEALS = 2_387_743
VENDORS_PAGE, VENDORS_COUNTED_PAGE = 0.068, 49.9
"""Seconds the portal was busy (``processing``) with one page of so many deals, without and with counting them:
settings/performance/huge-data.md."""


def ours(box: Box) -> int:
    from bitrix.calls.items import list_items
    from bitrix.client import Portal

    async def run() -> int:
        http = httpx.AsyncClient(verify=box.trust, trust_env=False)
        async with http, Portal(box.webhook, http=http) as portal:
            export = portal.export(list_items(DEAL))
            async for _ in export:
                pass
            return export.rows

    return asyncio.run(run())


def fast_bitrix24(box: Box) -> int:
    from fast_bitrix24 import BitrixAsync

    warnings.simplefilter("ignore")

    async def run() -> int:
        bitrix = BitrixAsync(box.webhook, verbose=False)
        return len(await bitrix.get_all("crm.item.list", {"entityTypeId": DEAL}))

    return asyncio.run(run())


def b24pysdk(box: Box) -> int:
    from b24pysdk import BitrixWebhook, Client

    client = Client(BitrixWebhook(domain=box.domain, webhook_token=box.token), timeout=60)
    return sum(1 for _ in client.crm.item.list(entity_type_id=DEAL).as_list_fast().result)


def naive(box: Box) -> int:
    """Page after page, half a second between them, as the vendor's page about large lists has it."""
    found, start = 0, 0
    with box.http() as http:
        for _ in range(NAIVE_PAGES):
            answer = http.post(f"{box.webhook}crm.item.list", json={"entityTypeId": DEAL, "start": start}).json()
            found += len(answer["result"]["items"])
            if "next" not in answer:
                break
            start = answer["next"]
            time.sleep(0.5)
    return found


PROGRAMS: tuple[tuple[str, Run], ...] = (
    ("capa24 `portal.export`", ours),
    ("fast-bitrix24 1.8 `get_all`", fast_bitrix24),
    ("b24pysdk 1.3 `as_list_fast`", b24pysdk),
)


def whole_pages() -> Iterator[Mapping[str, Any]]:
    """The same rows with the fewest requests, for who knows every id beforehand."""
    above = range(0, DEALS, PAGE)
    for first in range(0, len(above), COMMANDS):
        commands = (
            f"crm.item.list?entityTypeId={DEAL}&order[id]=ASC&filter[>id]={reached}&start=-1"
            for reached in above[first : first + COMMANDS]
        )
        yield {"halt": 0, "cmd": {f"c{number}": command for number, command in enumerate(commands)}}


def busy(measured: Measured) -> float:
    """Seconds a real portal would be busy, by the vendor's figures."""
    pages = [call["params"] for call in measured.calls if call["method"].lower() == "crm.item.list"]
    counted = sum(str(params.get("start")) != "-1" for params in pages)
    return VENDORS_PAGE * len(pages) + counted * VENDORS_COUNTED_PAGE * DEALS / VENDORS_DEALS


def line(name: str, measured: Measured, fewest: int) -> tuple[str, ...]:
    return (
        name,
        f"{measured.requests:,}",
        f"{measured.requests / fewest:.2f}",
        f"{measured.seconds:.1f}",
        f"{measured.cpu:.1f}",
        f"{measured.memory / 1e6:,.0f}",
        f"{busy(measured):,.0f}",
    )


def main() -> None:
    fewest = -(-DEALS // (PAGE * COMMANDS))
    answer = Answer(
        Path(__file__),
        f"Export of {DEALS:,} deals, all fields",
        f"{__doc__} The portal has the vendor's limits switched on and an empty bucket for each program; the best of "
        f"{ROUNDS} rounds, every program in each.",
        ("program", "requests", "times the fewest", "seconds", "its own CPU, s", "memory, MB", "portal busy, s"),
    )
    with a_box() as box:
        box.do("seed", {"items": {"deal": {"entity_type_id": DEAL, "count": DEALS, "fields": FIELDS}}})
        rounds = [(ceiling(box, whole_pages()), *(measure(box, run) for _, run in PROGRAMS)) for _ in range(ROUNDS)]
        slow = measure(box, naive)
    at_best, *measured = zip(*rounds, strict=True)
    for (name, _), each in zip(PROGRAMS, measured, strict=True):
        best = min(each, key=lambda one: (bool(one.gave_up), one.seconds))
        if best.done != DEALS:
            raise RuntimeError(f"{name} read {best.done} deals")
        answer.rows.append(line(name, best, fewest))
    pages = DEALS // PAGE
    times = pages / slow.requests
    answer.rows.append(
        (
            f"naive, from its first {slow.requests} pages",
            f"{pages:,}",
            f"{pages / fewest:.0f}",
            f"about {slow.seconds * times:,.0f}",
            f"about {slow.cpu * times:.0f}",
            "",
            f"{busy(slow) * times:,.0f}",
        )
    )
    answer.rows.append(("limit", str(fewest), "1.00", f"{seconds_by_the_limits(fewest):.1f}", "", "", ""))
    answer.notes += [
        f"The sandbox itself takes {min(at_best):.1f} s for those {fewest} requests, one after the other, when nobody "
        "reads its answers. It works in one process, so nobody can be faster: what a program adds is its own.",
        f"The bucket of {BURST:.0f} requests that loses {A_SECOND:.0f} a second slows none of the three. What slows "
        "them on a real portal is the portal, and how long that is busy is the last column: the pages that were asked "
        f"for, each at what the vendor measured, {VENDORS_PAGE} s for a page without counting and "
        f"{VENDORS_COUNTED_PAGE} s for one with counting {VENDORS_DEALS:,} deals "
        "(settings/performance/huge-data.md), here in proportion. A method that was busy for 480 s in ten minutes is "
        "refused, so what is far above that does not end.",
    ]
    answer.tell()


if __name__ == "__main__":
    main()
