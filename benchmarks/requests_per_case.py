"""How many requests does it take until every won deal has its case and its survey task?

A portal counts requests (limits.md: two a second), so their number is what speed means here. The same run is its own
peer: the calls inside the batches are what a client that sends one request a call would have needed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.demo.office import RETAIL, Office
from sandbox.demo.people import Company, Person, until
from sandbox.demo.service import Service, install
from sandbox.running import running_sandbox

LOADS = (1, 10, 100)
ANSWER = Path(__file__).with_suffix(".md")
KNOBS = {"PORTALS__MAIN__LONGEST_REQUEST": "5", "SWEEP_EVERY": "3600", "SETTLE": "0.1"}
ADMINISTRATOR = 1
"""Whose webhook the service uses; the benchmark itself looks through a seller's."""


def measure(office: Office, service: Service, deals: int) -> tuple[int, int]:
    """(requests, calls) that the service needed for so many deals won in a row."""
    company, seller = office.company, office.sellers[0]
    funnel = company.funnel_id(RETAIL)
    fields = {"title": "Сделка", "categoryId": funnel}
    won = [int(seller.call("crm.item.add", {"entityTypeId": 2, "fields": fields})["item"]["id"]) for _ in range(deals)]
    _rest(company, service)
    surveys, last = _surveys(seller), company.control_get("journal")["last"]
    for deal in won:
        seller.call("crm.item.update", {"entityTypeId": 2, "id": deal, "fields": {"stageId": "WON"}})
    until(lambda: _surveys(seller) >= surveys + deals or None, "опросы по всем сделкам", patience=300)
    _rest(company, service)
    sent = [
        record
        for record in _journal(company, last)
        if record["kind"] == "request" and record["user_id"] == ADMINISTRATOR
    ]
    return sum(not each["batched"] for each in sent), sum(each["method"] != "batch" for each in sent)


def _rest(company: Company, service: Service) -> None:
    """Until every event has arrived and every key was looked at."""
    company.control("settle")
    until(lambda: service.health()["keys_waiting"] == 0 or None, "сервис закончит", patience=300)
    company.control("settle")


def _surveys(seller: Person) -> int:
    answer = seller.http.post(
        f"{seller.webhook}tasks.task.list",
        json={"filter": {"RESPONSIBLE_ID": seller.id, "%TITLE": "Опрос"}, "select": ["ID"]},
    )
    return int(answer.json()["total"])


def _journal(company: Company, after: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := company.control_get(f"journal?after={after}")["records"]:
        found.extend(page)
        after = page[-1]["number"]
    return found


def main() -> None:
    table = Table("deals won", "requests", "calls", "requests a case", "calls a request")
    lines = [
        "# Requests per case",
        "",
        "Last answer of `.venv/bin/python -m benchmarks.requests_per_case` (from deals won to survey tasks made).",
        "",
        "| deals won | requests | calls | requests a case | calls a request |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    with tempfile.TemporaryDirectory() as folder, running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        service = install(company, box.webhook, Path(folder), KNOBS)
        try:
            service.start()
            office = Office(company)
            for deals in LOADS:
                requests, calls = measure(office, service, deals)
                row = (str(deals), str(requests), str(calls), f"{requests / deals:.1f}", f"{calls / requests:.1f}")
                table.add_row(*row)
                lines.append(f"| {' | '.join(row)} |")
        finally:
            service.program.stop()
            company.close()
    Console().print(table)
    ANSWER.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
