"""How long does it take until every one of many deals that were won at once has its case and its survey task, and how
many requests?

The service is the real one, the portal has the vendor's limits switched on. A portal counts requests (limits.md), so
their number is what speed means here.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.answers import Answer
from benchmarks.box import seconds_by_the_limits
from benchmarks.limits import A_SECOND, BURST, COMMANDS
from sandbox.demo.office import RETAIL
from sandbox.demo.people import Company, StoryBroke
from sandbox.demo.service import Service, install
from sandbox.running import running_sandbox

LOADS = (1, 10, 100, 1_000)
ADMINISTRATOR = 1
"""Whose webhook the service uses."""
KNOBS = {
    "PORTALS__MAIN__BURST": str(BURST),
    "PORTALS__MAIN__REQUESTS_PER_SECOND": str(A_SECOND),
    "SWEEP_EVERY": "3600",
}
UNTIL_EMPTY = BURST / A_SECOND
"""Seconds in which a full bucket drains. The arithmetic begins with an empty one; so must what the service reckons."""
PATIENCE = 900.0
SURVEY, CASE = "tasks.task.add", "crm.item.add"


@dataclass
class Seen:
    """What the portal was asked for since ``after``, a record of its journal."""

    company: Company
    after: int
    requests: int = 0
    calls: dict[str, int] = field(default_factory=dict)

    def look(self) -> None:
        for record in self._fresh():
            if record["user_id"] != ADMINISTRATOR:
                continue
            self.requests += not record["batched"]
            if record["method"] != "batch":
                self.calls[record["method"]] = self.calls.get(record["method"], 0) + 1

    def _fresh(self) -> Iterator[dict[str, Any]]:
        while records := self.company.control_get(f"journal?kind=request&after={self.after}")["records"]:
            yield from records
            self.after = records[-1]["number"]


@dataclass(frozen=True)
class Cost:
    seconds: float
    """Until the last survey task was there; ``requests`` and ``calls`` too."""
    requests: int
    calls: int
    busy: float
    """Seconds of CPU the portal took meanwhile: this process, whose other threads only wait."""
    in_all: int
    """Requests until the service had nothing more to do."""


def measure(company: Company, service: Service, deals: int) -> Cost:
    rest(company, service)
    time.sleep(UNTIL_EMPTY)
    company.control("limits", {"plan": "off"})
    funnel, seller = company.funnel_id(RETAIL), company.members_of("Отдел продаж")[0]
    seen = Seen(company, company.control_get("journal?after=1000000000")["last"])
    won = f"C{funnel}:WON" if funnel else "WON"
    company.control("limits", {"plan": "cloud"})  # with an empty bucket
    fields = {"title": "Сделка", "categoryId": funnel, "stageId": won, "assignedById": seller.id}
    began, cpu = time.perf_counter(), time.process_time()
    company.control("seed", {"items": {"deal": {"entity_type_id": 2, "count": deals, "fields": fields}}})
    while min(seen.calls.get(CASE, 0), seen.calls.get(SURVEY, 0)) < deals:
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError(f"of {deals} deals {seen.calls.get(SURVEY, 0)} have their survey")
        time.sleep(0.2)
        seen.look()
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    requests, calls = seen.requests, sum(seen.calls.values())
    rest(company, service)
    seen.look()
    return Cost(seconds, requests, calls, busy, seen.requests)


def rest(company: Company, service: Service) -> None:
    """Until every event has arrived and nothing is left to look at for now."""
    quiet = 0
    began = time.perf_counter()
    while quiet < 8:
        quiet = quiet + 1 if calm(service) and arrived(company) else 0
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("the service does not come to rest")
        time.sleep(0.25)


def calm(service: Service) -> bool:
    try:
        told = service.health()
    except httpx.TimeoutException:  # it has better things to do
        return False
    return told["keys_running"] == 0 and told["oldest_due"] is None


def arrived(company: Company) -> bool:
    try:
        company.control("settle", {"timeout": 1})
    except StoryBroke:
        return False
    return True


def line(deals: int, cost: Cost) -> tuple[str, ...]:
    fewest = -(-cost.calls // COMMANDS)
    return (
        f"{deals:,}",
        f"{cost.requests:,}",
        f"{cost.requests / deals:.2f}",
        f"{cost.calls / deals:.1f}",
        f"{cost.calls / cost.requests:.1f}",
        f"{cost.seconds:.1f}",
        f"{seconds_by_the_limits(cost.requests):.1f}",
        f"{seconds_by_the_limits(fewest):.1f}",
        f"{cost.busy:.1f}",
        f"{cost.in_all / deals:.2f}",
    )


def main() -> None:
    answer = Answer(
        Path(__file__),
        "Many deals won at once",
        (__doc__ or "").strip(),
        (
            "deals won",
            "requests",
            "a case",
            "calls a case",
            "calls a request",
            "seconds",
            "by the limit, these requests",
            "by the limit, full requests",
            "the portal's CPU, s",
            "requests a case until all is quiet",
        ),
    )
    with tempfile.TemporaryDirectory() as folder, running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        service = install(company, box.webhook, Path(folder), KNOBS)
        try:
            service.start()
            for deals in LOADS:
                answer.rows.append(line(deals, measure(company, service, deals)))
        finally:
            service.program.stop()
            company.close()
    answer.notes += [
        "Counted until the last survey task was there; the last column counts the looks too by which the service makes "
        "sure, and finds nothing left to do. A call is what travels as one command: the cards and the stage histories "
        "of many looks are read by one call.",
        f"The limits are what these requests take at least, and what their calls would take at {COMMANDS} a request, "
        f"from an empty bucket of {BURST} requests that loses {A_SECOND:.0f} a second. A real portal does its work on "
        "its own machines; here it shares two cores with the service, and its CPU stands beside.",
    ]
    answer.tell()


if __name__ == "__main__":
    main()
