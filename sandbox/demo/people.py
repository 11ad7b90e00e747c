"""People of the trading company: each acts through a webhook of their own, by the words seen on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds somebody waits for the service before the demonstration counts as failed."""


class StoryBroke(Exception):
    """What should have happened didn't."""


@dataclass(frozen=True)
class Person:
    """An employee with a browser; here, with an inbound webhook."""

    id: int
    name: str
    webhook: str
    http: httpx.Client

    def call(self, method: str, params: Any = None) -> Any:
        """The ``result`` of a REST call. Raises StoryBroke when the portal refuses."""
        answer = self.http.post(self.webhook + method, json=params if params is not None else {}).json()
        if "error" in answer:
            raise StoryBroke(f"{self.name}: {method} — {answer['error']}: {answer.get('error_description')}")
        return answer["result"]

    def complete(self, task: Mapping[str, Any]) -> None:
        self.call("tasks.task.complete", {"taskId": task["id"]})

    def tick(self, task: Mapping[str, Any], *, leave_out: str = "") -> list[str]:
        """Tick the lines of the task's checklist, but for those that contain ``leave_out``. Gives what was ticked."""
        ticked = []
        for line in self.call("task.checklistitem.getlist", [task["id"]]):
            if int(line["PARENT_ID"]) and not (leave_out and leave_out in line["TITLE"]):
                self.call("task.checklistitem.complete", [task["id"], line["ID"]])
                ticked.append(line["TITLE"])
        return ticked

    def report(self, task: Mapping[str, Any], text: str) -> None:
        """Write the task's result. On a portal with the new task card that is a method of REST 3.0."""
        address = self.webhook.replace("/rest/", "/rest/api/", 1) + "tasks.task.result.add"
        answer = self.http.post(address, json={"fields": {"taskId": int(task["id"]), "text": text}}).json()
        if "error" in answer:
            raise StoryBroke(f"{self.name}: tasks.task.result.add — {answer['error']}")

    def log_hours(self, task: Mapping[str, Any], hours: float, comment: str) -> None:
        self.call("task.elapseditem.add", [task["id"], {"SECONDS": int(hours * 3600), "COMMENT_TEXT": comment}])


class Company:
    """The portal as its administrator knows it: who works where, which smart process is which."""

    def __init__(self, webhook: str, control: str) -> None:
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._control = control
        self.admin = Person(1, "Администратор", webhook, self._http)
        self._people: dict[int, Person] = {}

    def close(self) -> None:
        self._http.close()

    def control(self, command: str, body: Any = None) -> Any:
        """A switch of the sandbox itself: what no REST method can do."""
        answer = self._http.post(f"{self._control}/{command}", json=body if body is not None else {})
        if answer.status_code >= 400:
            raise StoryBroke(f"песочница: {command} — {answer.text[:300]}")
        return answer.json() if answer.content else None

    def control_get(self, question: str) -> Any:
        """What the sandbox knows and REST doesn't tell, e.g. ``notices?user_id=5``."""
        return self._http.get(f"{self._control}/{question}").json()

    def person(self, user_id: int) -> Person:
        if user_id not in self._people:
            user = self.admin.call("user.get", {"FILTER": {"ID": user_id}})[0]
            webhook = self.control("inbound", {"user_id": user_id})["webhook"]
            self._people[user_id] = Person(user_id, f"{user['NAME']} {user['LAST_NAME']}", webhook, self._http)
        return self._people[user_id]

    def head_of(self, department: str) -> Person:
        return self.person(int(self._department(department)["UF_HEAD"]))

    def members_of(self, department: str) -> list[Person]:
        """Everybody in the department but its head."""
        found = self._department(department)
        users = self.admin.call("user.get", {"FILTER": {"UF_DEPARTMENT": int(found["ID"]), "ACTIVE": True}})
        return [self.person(int(user["ID"])) for user in users if user["ID"] != str(found["UF_HEAD"])]

    def _department(self, name: str) -> dict[str, Any]:
        found = self.admin.call("department.get", {"NAME": name})
        if not found:
            raise StoryBroke(f"в компании нет отдела «{name}»")
        department: dict[str, Any] = found[0]
        return department

    def funnel_id(self, name: str) -> int:
        funnels = self.admin.call("crm.category.list", {"entityTypeId": 2})["categories"]
        return next(int(each["id"]) for each in funnels if each["name"] == name)

    def smart_process(self, title: str) -> SmartProcess:
        found = self.admin.call("crm.type.list", {"filter": {"title": title}})["types"]
        if not found:
            raise StoryBroke(f"смарт-процесса «{title}» нет")
        return SmartProcess(self, int(found[0]["entityTypeId"]))


class SmartProcess:
    """Items of one smart process, filled in by the labels that people see."""

    def __init__(self, company: Company, entity_type_id: int) -> None:
        self._company = company
        self.entity_type_id = entity_type_id
        described = company.admin.call("crm.item.fields", {"entityTypeId": entity_type_id, "useOriginalUfNames": "Y"})[
            "fields"
        ]
        self._by_label = {
            field["title"]: (name, field) for name, field in described.items() if name.upper().startswith("UF_")
        }

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """``{"Вердикт": "Абсолютно корректный"}`` as the portal stores it."""
        return {self._by_label[label][0]: self._stored(label, value) for label, value in values.items()}

    def _stored(self, label: str, value: Any) -> Any:
        items = self._by_label[label][1].get("items")
        if not items:
            return value
        ids = {item["VALUE"]: int(item["ID"]) for item in items}
        return [ids[each] for each in value] if isinstance(value, list) else ids[value]

    def fill(self, who: Person, item_id: int, values: Mapping[str, Any]) -> None:
        self._write(who, item_id, self.fields(values))

    def move(self, who: Person, item: Mapping[str, Any], stage: str) -> None:
        """Drag the card to the stage with this name."""
        entity = f"DYNAMIC_{self.entity_type_id}_STAGE_{item['categoryId']}"
        stages = who.call("crm.status.list", {"filter": {"ENTITY_ID": entity}})
        stage_id = next(each["STATUS_ID"] for each in stages if each["NAME"] == stage)
        self._write(who, item["id"], {"stageId": stage_id, "categoryId": item["categoryId"]})

    def _write(self, who: Person, item_id: int, fields: Mapping[str, Any]) -> None:
        who.call(
            "crm.item.update",
            {"entityTypeId": self.entity_type_id, "id": item_id, "fields": fields, "useOriginalUfNames": "Y"},
        )

    def add(self, who: Person, title: str, parent: tuple[SmartProcess, int], values: Mapping[str, Any]) -> int:
        fields = {"title": title, f"parentId{parent[0].entity_type_id}": parent[1], **self.fields(values)}
        added = who.call(
            "crm.item.add",
            {"entityTypeId": self.entity_type_id, "fields": fields, "useOriginalUfNames": "Y"},
        )
        return int(added["item"]["id"])

    def items(self, where: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._company.admin.call(
            "crm.item.list",
            {"entityTypeId": self.entity_type_id, "filter": where or {}, "useOriginalUfNames": "Y"},
        )["items"]
        return found

    def value(self, item: Mapping[str, Any], label: str) -> Any:
        return item.get(self._by_label[label][0])

    def binding(self, item_id: int) -> str:
        return f"T{self.entity_type_id:x}_{item_id}"

    def stage_name(self, item: Mapping[str, Any]) -> str:
        entity = f"DYNAMIC_{self.entity_type_id}_STAGE_{item['categoryId']}"
        stages = self._company.admin.call("crm.status.list", {"filter": {"ENTITY_ID": entity}})
        name: str = next(each["NAME"] for each in stages if each["STATUS_ID"] == item["stageId"])
        return name


def until(look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """The first thing that ``look`` finds. Raises StoryBroke when it finds nothing in time."""
    deadline = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise StoryBroke(f"не дождались: {what}")
        time.sleep(0.15)
