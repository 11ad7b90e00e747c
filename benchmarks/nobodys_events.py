"""How many requests do 10,000 events cost that concern nobody: deals of a funnel without a process, tasks of other
people?

They are most of what a portal sends. The service is the real one, with the vendor's limits; it reads what changed, sees
that nothing follows from it, and goes on.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.answers import Answer
from benchmarks.limits import A_SECOND, BURST
from benchmarks.requests_per_case import ADMINISTRATOR, rest
from sandbox.demo.people import Company, Person
from sandbox.demo.service import Service, install
from sandbox.running import running_sandbox

EVENTS = 10_000
KNOBS = {
    "PORTALS__MAIN__BURST": str(BURST),
    "PORTALS__MAIN__REQUESTS_PER_SECOND": str(A_SECOND),
    "SWEEP_EVERY": "36000",
}


@dataclass(frozen=True)
class Cost:
    requests: int
    calls: int
    seconds: float
    busy: float
    """Seconds of CPU the portal took meanwhile: this process, whose other threads only wait."""


def deals(company: Company, funnel: int, count: int) -> None:
    fields = {"title": "Сделка партнёра", "categoryId": funnel}
    company.control("seed", {"items": {"deal": {"entity_type_id": 2, "count": count, "fields": fields}}})


def tasks(seller: Person, count: int) -> None:
    for first in range(0, count, 50):
        numbers = range(first, min(first + 50, count))
        commands = {
            f"c{number}": f"tasks.task.add?fields[TITLE]=Task {number}&fields[RESPONSIBLE_ID]={seller.id}"
            for number in numbers
        }
        seller.call("batch", {"cmd": commands})


def cost(company: Company, service: Service, before: int) -> Cost:
    """From the first event until nothing is left to look at."""
    began, cpu = time.perf_counter(), time.process_time()
    rest(company, service)
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    requests = calls = 0
    while records := company.control_get(f"journal?kind=request&after={before}")["records"]:
        ours = [record for record in records if record["user_id"] == ADMINISTRATOR]
        requests += sum(not record["batched"] for record in ours)
        calls += sum(record["method"] != "batch" for record in ours)
        before = records[-1]["number"]
    return Cost(requests, calls, seconds, busy)


def main() -> None:
    answer = Answer(
        Path(__file__),
        "Events of nobody",
        (__doc__ or "").strip(),
        ("events", "requests", "calls", "seconds until all are looked at", "the portal's CPU, s"),
    )
    with tempfile.TemporaryDirectory() as folder, running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        service = install(company, box.webhook, Path(folder), KNOBS)
        try:
            service.start()
            partners = {"entityTypeId": 2, "fields": {"name": "Партнёры"}}  # the rulebook does not name it
            funnel = int(company.admin.call("crm.category.add", partners)["category"]["id"])
            seller = company.head_of("Отдел продаж")
            for name, make in (("deals", partial(deals, company, funnel)), ("tasks", partial(tasks, seller))):
                rest(company, service)
                before = company.control_get("journal?after=1000000000")["last"]
                company.control("limits", {"plan": "cloud" if name == "deals" else "off"})  # the people's too
                make(EVENTS)
                told = cost(company, service, before)
                what, seconds, busy = f"{EVENTS:,} {name}", f"{told.seconds:.0f}", f"{told.busy:.1f}"
                answer.rows.append((what, f"{told.requests:,}", f"{told.calls:,}", seconds, busy))
        finally:
            service.program.stop()
            company.close()
    answer.notes.append(
        "The question is of requests, which no slowness of the portal makes fewer: who gathers for five seconds at "
        "most sends more, the longer it lasts. The seconds are mostly the portal's, which calls for one event after "
        "the other and waits for each answer; its CPU stands beside."
    )
    answer.tell()


if __name__ == "__main__":
    main()
