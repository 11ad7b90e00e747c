"""People at work on the portal: what they do with the tasks and cards that the service gives them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from app.controller.connection import Connection
from app.controller.reconcile import Desk, Outcome, reconcile
from app.controller.slots import mark_of, signature_of
from app.keys import CaseKey, Key, SourceKey
from app.provision.blueprint import question_field
from bitrix.refs import DEAL, ItemRef
from rules.model import CaseField, Stage
from tests.app.conftest import Clock
from tests.app.fake_portal import FakePortal

SELLER = 31
"""Works in sales; their deal is analysed."""
WHOLESALE = 6
"""The deal funnel."""
WON = "C6:WON"
FINDINGS = {
    CaseField.VIOLATIONS: ["shipment"],
    CaseField.FACTS: ["Отгружено не то"],
    CaseField.CORRECTION: "Отгружено заново",
    CaseField.CONSEQUENCES: "Клиент ждал два дня",
    CaseField.CAUSE: "Сверки со спецификацией нет",
    CaseField.SIMILAR_ANSWER: "Возможны в любой отгрузке",
}
"""What an inspector writes on the card when the work was partly correct."""
DEAL_42 = ItemRef(DEAL, 42)
SOURCE = SourceKey("shop", DEAL, 42)


def win_deal(portal: FakePortal, ref: ItemRef = DEAL_42, stage: str = WON) -> None:
    fields = {"title": "Поставка", "categoryId": WHOLESALE, "assignedById": SELLER, "stageId": "C6:NEW"}
    portal.put_item(ref, fields, by=SELLER)
    portal.change_item(ref, {"stageId": stage}, by=SELLER)


class TradingDay:
    """One portal, the service beside it, and the people; ``quiet`` runs looks until nothing is left to do."""

    def __init__(self, portal: FakePortal, connection: Connection, desk: Desk, clock: Clock) -> None:
        self.portal, self.connection, self.desk, self.clock = portal, connection, desk, clock
        self.verdict = "partly_correct"

    @property
    def case(self) -> ItemRef:
        (found,) = (ref for ref, item in self.portal.items.items() if item.get("xmlId") == "deal:42#1")
        return found

    @property
    def case_key(self) -> CaseKey:
        return CaseKey("shop", self.case.id)

    @property
    def stage(self) -> Stage | None:
        return self.connection.layout.stage_of(self.portal.items[self.case]["stageId"])

    async def look(self, key: Key | None = None) -> Outcome:
        """One look; a minute passes, so that moments differ as they do in life."""
        self.clock.forward(minutes=1)
        return await reconcile(key or self.case_key, self.connection, self.desk)

    async def quiet(self, most: int = 12) -> list[Outcome]:
        """Source and case are looked at until both are quiet; the looks that wrote something."""
        busy: list[Outcome] = []
        for _ in range(most):
            outcomes = [await self.look(SOURCE), await self.look()]
            if not any(each.commands for each in outcomes):
                return busy
            busy += [each for each in outcomes if each.commands]
        raise AssertionError(f"no quiet after {most} rounds: {busy[-1].because}")

    def card(self, **values: Any) -> None:
        """A person fills fields of the case card; options by their code."""
        self._fill(self.case, self.connection.layout.case.fields, values)

    def write_measure(self, title: str) -> ItemRef:
        layout = self.connection.layout
        ref = ItemRef(layout.measure.entity_type_id, self.portal.new_id())
        due = max(date(2026, 12, 1), (self.clock() + timedelta(days=20)).date())
        self.portal.put_item(ref, {"title": title, f"parentId{layout.case.entity_type_id}": self.case.id})
        values = {
            "KIND": "regulation", "TARGET": "Регламент отгрузки", "DEPARTMENT": "logistics",
            "DUE": f"{due}T03:00:00+03:00", "PLANNED_HOURS": 2, "EXPECTED": "Сверка до отгрузки",
        }  # fmt: skip
        self._fill(ref, layout.measure.fields, values)
        return ref

    def _fill(self, ref: ItemRef, fields: Any, values: dict[str, Any]) -> None:
        def stored(code: str, value: Any) -> Any:
            if isinstance(value, list):
                return [stored(code, each) for each in value]
            return fields[code].options.get(value, value)

        self.portal.change_item(ref, {fields[code].name: stored(code, value) for code, value in values.items()}, by=20)

    def drag(self, to: Stage, by: int) -> None:
        funnel = self.connection.layout.funnel_of(self.portal.items[self.case]["categoryId"])
        self.portal.change_item(self.case, {"stageId": self.connection.layout.stage_id(funnel, to)}, by=by)

    def slots(self) -> dict[str, int]:
        """Open tasks of the case, by the first word of their slot."""
        return {task["xmlId"].split(":", 2)[2]: int(task["id"]) for task in self.portal.open_tasks()}

    def work(self) -> bool:
        """Everybody does what their open tasks ask for; False when there is nothing to do."""
        self.clock.forward(hours=1)
        open_tasks = self.slots()
        for slot, task_id in open_tasks.items():
            if slot == "survey":
                self.card(
                    **{question_field("satisfaction"): "high", question_field("terms_kept"): "yes"},
                    **{question_field("deviations"): ["none"]},
                )
            elif slot == "analysis":
                self.card(**{CaseField.VERDICT: self.verdict})
                if self.verdict == "partly_correct":
                    self.card(**FINDINGS)
            elif slot == "measures":
                self.write_measure("Сверять спецификацию перед отгрузкой")
                self.write_measure("Обучить кладовщиков")
            self.portal.tick_all(task_id)
            self.portal.close_task(task_id, result="сделано")
        return bool(open_tasks)

    async def to_the_end(self) -> None:
        """From a won deal to a closed case."""
        await self.look(SOURCE)
        for _ in range(20):
            await self.quiet()
            if not self.work():
                return
        raise AssertionError(f"the case never ends, it stands in {self.stage}")

    async def until(self, stage: Stage) -> None:
        await self.look(SOURCE)
        for _ in range(20):
            await self.quiet()
            if self.stage is stage:
                return
            self.work()
        raise AssertionError(f"{stage} not reached, the case stands in {self.stage}")

    def doubles(self) -> list[object]:
        """What exists twice though its name should be unique: cases, tasks a slot, lines, notes a mark, posts."""
        names = [
            *(("case", item["xmlId"]) for item in self.portal.items.values() if item.get("xmlId")),
            *(("task", task["xmlId"]) for task in self.portal.tasks.values()),
            *(("line", task, each["TITLE"]) for task, lines in self.portal.checklists.items() for each in lines),
            *(("note", each["ENTITY_ID"], mark_of(each["COMMENT"])) for each in self.portal.comments),
            *(("news", signature_of(post["DETAIL_TEXT"])) for post in self.portal.posts),
        ]
        return [name for name, times in Counter(names).items() if times > 1]

    def end(self) -> object:
        """What must be the same however the service got there; times and numbers may differ."""
        return (
            self.stage,
            sorted(slot_kind(task["xmlId"]) for task in self.portal.tasks.values()),
            sorted(len(lines) for lines in self.portal.checklists.values()),
            len(self.portal.comments),
            len(self.portal.posts),
        )


def slot_kind(xml_id: str) -> str:
    return xml_id.split(":")[2]
