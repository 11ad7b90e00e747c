"""How long does a portal with 200,000 deals take for one answer?

A sandbox that gets slow hides behind its own slowness what the client does. Measured inside the process, from the
parameters of a call to its answer, without HTTP: the first time, when an index may be made, and the best of the next.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sandbox.portal import dispatch
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, load_methods

DEALS = 200_000
ROUNDS = 4
BEGIN = datetime.fromisoformat("2026-01-01T00:00:00+03:00")
ANSWER = Path(__file__).with_suffix(".md")
ADMINISTRATOR = Caller(1, admin=True, scopes=frozenset({"crm", "userfieldconfig"}), webhook_id=1)
MIDDLE = DEALS // 2

CALLS: tuple[tuple[str, str, Mapping[str, JSON]], ...] = (
    ("one deal", "crm.item.get", {"id": MIDDLE}),
    ("first page", "crm.item.list", {}),
    ("a page in the middle", "crm.item.list", {"start": MIDDLE}),
    ("by id", "crm.item.list", {"filter": {"@id": [1, MIDDLE, DEALS]}}),
    ("export: id above, uncounted", "crm.item.list", {"filter": {">id": MIDDLE}, "start": -1}),
    ("by origin", "crm.item.list", {"filter": {"originId": f"erp-{MIDDLE}"}}),
    ("by user field", "crm.item.list", {"filter": {"ufCrmDealBatch": "партия 7"}}),
    ("funnel", "crm.item.list", {"filter": {"categoryId": 1}}),
    ("stage", "crm.item.list", {"filter": {"stageId": "C1:EXECUTING"}}),
    ("not this stage", "crm.item.list", {"filter": {"!stageId": "C1:EXECUTING"}}),
    ("responsible and stage", "crm.item.list", {"filter": {"assignedById": [1, 2], "stageId": "C1:EXECUTING"}}),
    ("either of two", "crm.item.list", {"filter": {"logic": "OR", "assignedById": 3, "stageId": "C1:WON"}}),
    ("changed lately, in that order", "crm.item.list", {
        "filter": {">=updatedTime": "2026-01-20T00:00:00+03:00"}, "order": {"updatedTime": "ASC"},
    }),
    ("moved on a day", "crm.item.list", {
        "filter": {">=movedTime": "2026-01-10T00:00:00+03:00", "<movedTime": "2026-01-11T00:00:00+03:00"},
    }),
    ("all, newest first", "crm.item.list", {"order": {"createdTime": "DESC"}}),
    ("all, dearest first, then by title", "crm.item.list", {"order": {"opportunity": "DESC", "title": "ASC"}}),
    ("words in the title", "crm.item.list", {"filter": {"%title": "сделка 77"}}),
    ("history above an id", "crm.stagehistory.list", {"filter": {">ID": DEALS - 100}, "order": {"ID": "ASC"}}),
    ("history of one deal", "crm.stagehistory.list", {"filter": {"OWNER_ID": MIDDLE}}),
    ("all history, newest first", "crm.stagehistory.list", {"order": {"ID": "DESC"}}),
    ("a new deal", "crm.item.add", {"fields": {"title": "Новая", "categoryId": 1}}),
    ("a stage changed", "crm.item.update", {"id": MIDDLE, "fields": {"stageId": "C1:FINAL_INVOICE"}}),
    ("a stage changed back", "crm.item.update", {"id": MIDDLE, "fields": {"stageId": "C1:EXECUTING"}}),
)  # fmt: skip


def a_big_portal() -> Portal:
    """Deals of a funnel, over three weeks, by five people; a thousand batches."""
    load_methods()
    portal = Portal()
    chance = random.Random(24)
    portal.clock.freeze(BEGIN)
    call(portal, "crm.category.add", {"fields": {"name": "Опт"}})
    call(portal, "userfieldconfig.add", {
        "moduleId": "crm",
        "field": {"entityId": "CRM_DEAL", "fieldName": "UF_CRM_DEAL_BATCH", "userTypeId": "string"},
    })  # fmt: skip
    schema = portal.crm.schema(2)
    for _ in range(4):
        portal.staff.add_user("Сотрудник")
    stages = ["C1:NEW", "C1:PREPARATION", "C1:EXECUTING", "C1:WON", "C1:LOSE"]
    for number in range(1, DEALS + 1):
        portal.clock.advance(10)
        fields: dict[str, JSON] = {
            "title": f"Сделка {number}",
            "originId": f"erp-{number}",
            "categoryId": 1,
            "stageId": chance.choice(stages),
            "assignedById": chance.randint(1, 5),
            "opportunity": chance.randint(1, 100_000),
            "UF_CRM_DEAL_BATCH": f"партия {chance.randint(1, 1000)}",
        }
        portal.crm.saving.add(schema, fields, 1, original=True)
    return portal


def call(portal: Portal, method: str, params: Mapping[str, JSON]) -> JSON:
    reply = dispatch.call(portal, ADMINISTRATOR, method, Params({"entityTypeId": 2, **params}))
    envelope = reply.envelope()
    if "result" not in envelope:
        raise RuntimeError(f"{method} {dict(params)}: {envelope}")
    return envelope["result"]


def seconds(portal: Portal, method: str, params: Mapping[str, JSON]) -> float:
    began = time.perf_counter()
    call(portal, method, params)
    return time.perf_counter() - began


def main() -> None:
    portal = a_big_portal()
    rounds = [[seconds(portal, method, params) * 1000 for _, method, params in CALLS] for _ in range(ROUNDS)]
    table = Table("question", "method", "first time, ms", "then, ms")
    lines = [
        "# Size of the sandbox",
        "",
        f"Last answer of `.venv/bin/python -m benchmarks.sandbox_size`: {DEALS:,} deals, two processor cores.",
        "",
        "| question | method | first time, ms | then, ms |",
        "| --- | --- | ---: | ---: |",
    ]
    for (question, method, _), first, *then in zip(CALLS, *rounds, strict=True):
        row = (question, method, f"{first:.1f}", f"{min(then):.1f}")
        table.add_row(*row)
        lines.append(f"| {' | '.join(row)} |")
    Console().print(table)
    ANSWER.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
