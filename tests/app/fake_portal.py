"""A portal in memory: it takes the calls that the service makes and answers raw JSON, so that the typed readers run.

Only as true as these tests need; the sandbox is the one that behaves as the documentation says. What it can do on
demand: refuse a call, apply a write and lose its answer, or cut the power at any call.
"""

from __future__ import annotations

import asyncio
import fnmatch
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal, TypeVar

from bitrix.call import Answer, Call, Page
from bitrix.errors import BitrixError, NotFound, OutcomeUnknown
from bitrix.refs import DEAL, LEAD, ItemRef

T = TypeVar("T")
Row = TypeVar("Row")

SERVICE = 1
"""The user in whose name the service calls."""
PAGE = 50
ALL_SCOPES = ("crm", "userfieldconfig", "task", "sonet_group", "user", "department", "im", "log", "calendar")
BROUGHT_ALONG = (
    ("NEW", "Начало", None),
    ("PREPARATION", "Подготовка", None),
    ("CLIENT", "Согласование с клиентом", None),
    ("SUCCESS", "Успех", "S"),
    ("FAIL", "Провал", "F"),
)
FINAL = {"WON": "S", "CONVERTED": "S", "SUCCESS": "S", "LOSE": "F", "JUNK": "F", "FAIL": "F"}


class PowerCut(Exception):
    """The machine of the service died between two calls."""


@dataclass
class Fault:
    """What happens to the next calls of one method."""

    method: str
    error: BitrixError
    applied: bool
    times: int


@dataclass
class FakePortal:
    """``clock`` is the portal's and the service's; ``calls`` are the methods called, in order."""

    clock: Callable[[], datetime]
    calls: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    scopes: Sequence[str] = ALL_SCOPES
    asked_by_admin: bool = True
    departments: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    calendars: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    types: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By entityTypeId."""
    categories: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[int, dict[str, Any]] = field(default_factory=dict)
    userfields: dict[int, dict[str, Any]] = field(default_factory=dict)
    groups: dict[int, dict[str, Any]] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    columns: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    items: dict[ItemRef, dict[str, Any]] = field(default_factory=dict)
    history: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By entityTypeId."""
    tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    checklists: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    results: dict[int, list[str]] = field(default_factory=dict)
    task_history: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Reopenings only."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    notifications: dict[tuple[int, str], str] = field(default_factory=dict)
    """By (user, tag): sent again, a tagged notification replaces itself."""
    posts: list[dict[str, Any]] = field(default_factory=list)
    readers: dict[int, list[int]] = field(default_factory=dict)
    """Who marked a post as read, by its id."""
    before_call: Callable[[Call[Any]], None] = lambda call: None
    """Looks at each call before it is applied, and may raise."""

    def __post_init__(self) -> None:
        self._ids = count(100)
        self._faults: list[Fault] = []

    # --- what the service calls -------------------------------------------------------------------------------------

    async def send(self, call: Call[T]) -> T:
        await asyncio.sleep(0)  # as on a network, others get their turn in between
        self.before_call(call)
        self.calls.append(call.method)
        fault = next((each for each in self._faults if each.method == call.method and each.times > 0), None)
        if fault is not None:
            fault.times -= 1
            if not fault.applied:
                raise fault.error
        if call.writes:
            self.writes.append(call.method)
        answer = self._answer(call)
        if fault is not None:
            raise fault.error
        return call.read(answer)

    def lane(self, name: str) -> FakePortal:
        return self

    def background(self, name: str = "", *, patience: float = 0.0) -> FakePortal:
        return self

    async def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = "offset") -> AsyncIterator[Row]:
        page = await self.send(call)
        while True:
            for row in page.rows:
                yield row
            if page.next is None:
                return
            page = await self.send(call.with_params({"start": page.next}))

    # --- what tests ask of it ---------------------------------------------------------------------------------------

    def refuse(self, error: BitrixError, times: int = 1) -> None:
        """The next calls of the error's method fail, and nothing is applied."""
        self._faults.append(Fault(error.method, error, applied=False, times=times))

    def lose_answer(self, method: str, times: int = 1) -> None:
        """The next calls of this method are applied, and the service doesn't learn of it."""
        self._faults.append(Fault(method, OutcomeUnknown(method), applied=True, times=times))

    def cut_power_at(self, write: int) -> None:
        """The write with this number, counted from 0 and from now, and whatever follows, isn't sent any more."""
        seen = count()

        def cut(call: Call[Any]) -> None:
            if call.writes and next(seen) >= write:
                raise PowerCut(call.method)

        self.before_call = cut

    def restore_power(self) -> None:
        self.before_call = lambda call: None

    # --- what people and other programs do there --------------------------------------------------------------------

    def new_id(self) -> int:
        return next(self._ids)

    def hire(self, id_: int, name: str, department: int, *, active: bool = True) -> None:
        self.users.append({"ID": str(id_), "NAME": name, "ACTIVE": active, "UF_DEPARTMENT": [department]})

    def send_on_leave(self, id_: int, begins: datetime, ends: datetime, accessibility: str = "absent") -> None:
        event = {
            "ID": str(self.new_id()), "NAME": "Отпуск", "ACCESSIBILITY": accessibility, "DT_SKIP_TIME": "N",
            "DATE_FROM_TS_UTC": str(int(begins.timestamp())), "DATE_TO_TS_UTC": str(int(ends.timestamp())),
        }  # fmt: skip
        self.calendars.setdefault(id_, []).append(event)

    def found_department(self, id_: int, name: str, head: int | None, parent: int | None = 1) -> None:
        self.departments.append({"ID": str(id_), "NAME": name, "PARENT": parent, "UF_HEAD": head or "0"})

    def add_deal_funnel(self, id_: int, name: str) -> None:
        self.categories.append({"id": id_, "name": name, "sort": 10, "entityTypeId": DEAL, "isDefault": "N"})

    def add_smart_process(self, entity_type_id: int, title: str, funnel: str) -> None:
        """A process of the customer's own."""
        self.types[entity_type_id] = {
            "id": len(self.types) + 7, "entityTypeId": entity_type_id, "title": title, "createdTime": self._now(),
            "relations": {"parent": [], "child": []},
        }  # fmt: skip
        self._new_category(entity_type_id, funnel, 10, default=True)

    def put_item(self, ref: ItemRef, fields: Mapping[str, Any], by: int = SERVICE) -> dict[str, Any]:
        item = {
            "id": ref.id,
            "entityTypeId": ref.entity_type_id,
            "createdTime": self._now(),
            "createdBy": by,
            "movedBy": by,
            "movedTime": self._now(),
            "updatedTime": self._now(),
            **fields,
        }
        self.items[ref] = item
        self._enter(ref, 1)
        return item

    def change_item(self, ref: ItemRef, fields: Mapping[str, Any], by: int = SERVICE) -> dict[str, Any]:
        item = self.items[ref]
        moved = "stageId" in fields and fields["stageId"] != item.get("stageId")
        item.update(fields, updatedBy=by, updatedTime=self._now())
        if moved:
            item.update(movedBy=by, movedTime=self._now())
            self._enter(ref, 3 if self._semantics(item["stageId"]) else 2)
        return item

    def tick_all(self, task_id: int) -> None:
        for line in self.checklists.get(task_id, []):
            line["IS_COMPLETE"] = "Y"

    def close_task(self, task_id: int, result: str = "", by: int | None = None) -> None:
        """By whoever is responsible for it, unless somebody else is named."""
        task = self.tasks[task_id]
        now = self._now()
        task.update(status="5", closedDate=now, changedDate=now, closedBy=str(by or task["responsibleId"]))
        if result:
            self.results.setdefault(task_id, []).append(result)

    def reopen_task(self, task_id: int, by: int) -> None:
        self.tasks[task_id].update(status="2", closedDate=None)
        row = {
            "field": "STATUS",
            "value": {"from": "5", "to": "2"},
            "user": {"id": str(by)},
            "createdDate": self._now(),
        }
        self.task_history.setdefault(task_id, []).append(row)

    def open_tasks(self) -> list[dict[str, Any]]:
        return [task for task in self.tasks.values() if task["status"] != "5"]

    def notes(self) -> list[str]:
        return [each["COMMENT"] for each in self.comments]

    # --- answering --------------------------------------------------------------------------------------------------

    def _answer(self, call: Call[Any]) -> Answer:
        method = getattr(self, "_" + call.method.replace(".", "_").lower(), None)
        assert method is not None, f"the fake portal doesn't know {call.method}"
        sent = json.loads(json.dumps(call.params))
        found = method(*sent) if isinstance(sent, list) else method(sent)
        if isinstance(found, Answer):
            return found
        return Answer(json.loads(json.dumps(found)))

    def _page(self, rows: Sequence[Any], params: Mapping[str, Any], under: str | None = None) -> Answer:
        start = max(0, int(params.get("start", params.get("START", 0))))
        shown = json.loads(json.dumps(list(rows)[start : start + PAGE]))
        more = start + PAGE if len(rows) > start + PAGE else None
        return Answer({under: shown} if under else shown, len(rows), more)

    def _now(self) -> str:
        return self.clock().isoformat()

    @staticmethod
    def _semantics(stage_id: str) -> str | None:
        return FINAL.get(stage_id.rpartition(":")[2])

    def _enter(self, ref: ItemRef, kind: int) -> None:
        item = self.items[ref]
        if item.get("stageId") is None:
            return
        lead = ref.entity_type_id == LEAD
        self.history.setdefault(ref.entity_type_id, []).append(
            {
                "ID": str(self.new_id()),
                "TYPE_ID": str(kind),
                "OWNER_ID": str(ref.id),
                "CREATED_TIME": self._now(),
                "CATEGORY_ID": item.get("categoryId"),
                "STATUS_ID" if lead else "STAGE_ID": item["stageId"],
                "STATUS_SEMANTIC_ID" if lead else "STAGE_SEMANTIC_ID": self._semantics(item["stageId"]) or "P",
            }
        )

    # the portal itself and who asks

    def _server_time(self, _: Any) -> Any:
        return self._now()

    def _scope(self, _: Any) -> Any:
        return list(self.scopes)

    def _profile(self, _: Any) -> Any:
        return {"ID": str(SERVICE), "ADMIN": self.asked_by_admin, "NAME": "Система", "LAST_NAME": "качества"}

    # company

    def _department_get(self, params: dict[str, Any]) -> Answer:
        return self._page(self.departments, params)

    def _user_get(self, params: dict[str, Any]) -> Answer:
        return self._page(self.users, params)

    def _calendar_accessibility_get(self, params: dict[str, Any]) -> Any:
        return {str(user): self.calendars.get(user, []) for user in params["users"]}

    # smart processes, funnels, stages, fields

    def _crm_type_list(self, params: dict[str, Any]) -> Answer:
        bare = [
            {k: v for k, v in each.items() if k not in ("relations", "linkedUserFields")}
            for each in self.types.values()
        ]
        return self._page(_matching(bare, params.get("filter", {})), params, "types")

    def _crm_type_getbyentitytypeid(self, params: dict[str, Any]) -> Any:
        return {"type": self.types[params["entityTypeId"]]}

    def _crm_type_add(self, params: dict[str, Any]) -> Any:
        id_, entity_type_id = len(self.types) + 7, 1030 + 2 * sum(each >= 1030 for each in self.types)
        self.types[entity_type_id] = {"id": id_, "entityTypeId": entity_type_id, "createdTime": self._now()}
        self._change_type(self.types[entity_type_id], params["fields"])
        self._new_category(entity_type_id, "Общая", 10, default=True)
        return {"type": self.types[entity_type_id]}

    def _crm_type_update(self, params: dict[str, Any]) -> Any:
        found = next(each for each in self.types.values() if each["id"] == params["id"])
        self._change_type(found, params["fields"])
        return {"type": found}

    @staticmethod
    def _change_type(found: dict[str, Any], fields: dict[str, Any]) -> None:
        found.update(fields)
        found["relations"] = {"parent": [], "child": []} | fields.get("relations", found.get("relations", {}))

    def _crm_category_list(self, params: dict[str, Any]) -> Any:
        return {"categories": _matching(self.categories, {"entityTypeId": params["entityTypeId"]})}

    def _crm_category_add(self, params: dict[str, Any]) -> Any:
        fields = params["fields"]
        return {"category": self._new_category(params["entityTypeId"], fields["name"], fields["sort"])}

    def _crm_category_update(self, params: dict[str, Any]) -> Any:
        found = next(each for each in self.categories if each["id"] == params["id"])
        found.update(params["fields"])
        return {"category": found}

    def _new_category(self, entity_type_id: int, name: str, sort: int, *, default: bool = False) -> dict[str, Any]:
        id_ = self.new_id()
        category = {
            "id": id_,
            "name": name,
            "sort": sort,
            "entityTypeId": entity_type_id,
            "isDefault": "Y" if default else "N",
        }
        self.categories.append(category)
        for place, (code, title, semantics) in enumerate(BROUGHT_ALONG, start=1):
            self._new_status(entity_type_id, id_, code, title, 10 * place, semantics)
        return category

    def _new_status(
        self, entity_type_id: int, category_id: int, code: str, title: str, sort: int, semantics: str | None
    ) -> int:
        id_ = self.new_id()
        self.statuses[id_] = {
            "ID": str(id_),
            "ENTITY_ID": f"DYNAMIC_{entity_type_id}_STAGE_{category_id}",
            "STATUS_ID": f"DT{entity_type_id}_{category_id}:{code}",
            "NAME": title,
            "SORT": str(sort),
            "SYSTEM": "N",
            "SEMANTICS": semantics,
            "CATEGORY_ID": str(category_id),
        }
        return id_

    def _crm_status_list(self, params: dict[str, Any]) -> Any:
        return sorted(_matching(self.statuses.values(), params["filter"]), key=lambda each: int(each["SORT"]))

    def _crm_status_add(self, params: dict[str, Any]) -> Any:
        fields = params["fields"]
        _, entity_type_id, _, category_id = fields["ENTITY_ID"].split("_")
        return self._new_status(
            int(entity_type_id), int(category_id), fields["STATUS_ID"], fields["NAME"], fields["SORT"],
            fields["SEMANTICS"] or None,
        )  # fmt: skip

    def _crm_status_update(self, params: dict[str, Any]) -> Any:
        self.statuses[params["id"]].update(params["fields"])
        return True

    def _crm_status_delete(self, params: dict[str, Any]) -> Any:
        del self.statuses[params["id"]]
        return True

    def _userfieldconfig_list(self, params: dict[str, Any]) -> Answer:
        bare = [{k: v for k, v in each.items() if k != "enum"} for each in self.userfields.values()]
        return self._page(_matching(bare, params["filter"]), params, "fields")

    def _userfieldconfig_get(self, params: dict[str, Any]) -> Any:
        return {"field": self.userfields[params["id"]]}

    def _userfieldconfig_add(self, params: dict[str, Any]) -> Any:
        id_ = self.new_id()
        self.userfields[id_] = {"id": str(id_), **params["field"], "enum": []}
        self._set_enum(self.userfields[id_], params["field"].get("enum", []))
        return {"field": self.userfields[id_]}

    def _userfieldconfig_update(self, params: dict[str, Any]) -> Any:
        self._set_enum(self.userfields[params["id"]], params["field"]["enum"])
        return {"field": self.userfields[params["id"]]}

    def _set_enum(self, found: dict[str, Any], values: list[dict[str, Any]]) -> None:
        found["enum"] = [{**each, "id": str(each.get("id") or self.new_id())} for each in values]

    # groups and their kanban

    def _sonet_group_get(self, params: dict[str, Any]) -> Answer:
        return self._page(_matching(self.groups.values(), params.get("FILTER", {})), params)

    def _sonet_group_create(self, params: dict[str, Any]) -> Any:
        id_ = self.new_id()
        self.groups[id_] = {"ID": str(id_), "NAME": params["NAME"], "ACTIVE": "Y", "OWNER_ID": str(SERVICE)}
        self.members[id_] = [SERVICE]
        self.columns[id_] = [
            {"ID": str(self.new_id()), "TITLE": title, "SYSTEM_TYPE": system_type, "ENTITY_ID": str(id_)}
            for title, system_type in (("Новые", "NEW"), ("Выполняются", "WORK"), ("Сделаны", "FINISH"))
        ]
        return id_

    def _sonet_group_user_get(self, params: dict[str, Any]) -> Any:
        return [{"USER_ID": str(each), "ROLE": "K"} for each in self.members[params["ID"]]]

    def _sonet_group_user_add(self, params: dict[str, Any]) -> Any:
        self.members[params["GROUP_ID"]] += params["USER_ID"]
        return params["USER_ID"]

    def _task_stages_get(self, params: dict[str, Any]) -> Any:
        columns = self.columns[params["entityId"]]
        return {each["ID"]: {**each, "SORT": str(100 * place)} for place, each in enumerate(columns, start=1)}

    def _task_stages_add(self, params: dict[str, Any]) -> Any:
        fields, id_ = params["fields"], self.new_id()
        columns = self.columns[fields["ENTITY_ID"]]
        place = next((index for index, each in enumerate(columns, start=1) if each["ID"] == str(fields["AFTER_ID"])), 0)
        column = {"ID": str(id_), "TITLE": fields["TITLE"], "SYSTEM_TYPE": "", "ENTITY_ID": str(fields["ENTITY_ID"])}
        columns.insert(place, column)
        return id_

    def _task_stages_update(self, params: dict[str, Any]) -> Any:
        found = next(each for columns in self.columns.values() for each in columns if each["ID"] == str(params["id"]))
        found.update(params["fields"])
        return True

    # items

    def _crm_item_get(self, params: dict[str, Any]) -> Any:
        ref = ItemRef(params["entityTypeId"], params["id"])
        if ref not in self.items:
            raise NotFound("crm.item.get", code="NOT_FOUND", status=400)
        return {"item": self._shown(ref)}

    def _crm_item_list(self, params: dict[str, Any]) -> Answer:
        refs = sorted(ref for ref in self.items if ref.entity_type_id == params["entityTypeId"])
        return self._page(_matching([self._shown(ref) for ref in refs], params.get("filter", {})), params, "items")

    def _crm_item_add(self, params: dict[str, Any]) -> Any:
        ref = ItemRef(params["entityTypeId"], self.new_id())
        self.put_item(ref, params["fields"])
        return {"item": self._shown(ref)}

    def _crm_item_update(self, params: dict[str, Any]) -> Any:
        ref = ItemRef(params["entityTypeId"], params["id"])
        self.change_item(ref, params["fields"])
        return {"item": self._shown(ref)}

    def _shown(self, ref: ItemRef) -> dict[str, Any]:
        item = self.items[ref]
        if ref.entity_type_id in (DEAL, LEAD):
            return {**item, "stageSemanticId": self._semantics(item["stageId"]) or "P"}
        return item

    def _crm_stagehistory_list(self, params: dict[str, Any]) -> Answer:
        rows = self.history.get(params["entityTypeId"], [])
        return self._page(_matching(rows, params.get("filter", {})), params, "items")

    def _crm_timeline_comment_list(self, params: dict[str, Any]) -> Answer:
        return self._page(_matching(reversed(self.comments), params["filter"]), params)

    def _crm_timeline_comment_add(self, params: dict[str, Any]) -> Any:
        id_ = self.new_id()
        self.comments.append({"ID": str(id_), "AUTHOR_ID": str(SERVICE), "CREATED": self._now(), **params["fields"]})
        return id_

    # tasks

    def _tasks_task_list(self, params: dict[str, Any]) -> Answer:
        binding, since = (params["filter"].get(name) for name in ("UF_CRM_TASK", ">=CHANGED_DATE"))
        found = [
            task
            for task in self.tasks.values()
            if (binding is None or binding in task["ufCrmTask"]) and (since is None or since <= task["changedDate"])
        ]
        return self._page(found, params, "tasks")

    def _tasks_task_get(self, params: dict[str, Any]) -> Any:
        task = self.tasks.get(params["taskId"])
        return {"task": task if task is not None else []}

    def _tasks_task_add(self, params: dict[str, Any]) -> Any:
        fields, id_ = params["fields"], self.new_id()
        self.tasks[id_] = {
            "id": str(id_),
            "title": fields["TITLE"],
            "status": "2",
            "responsibleId": str(fields["RESPONSIBLE_ID"]),
            "groupId": str(fields.get("GROUP_ID", 0)),
            "stageId": str(fields.get("STAGE_ID", 0)),
            "xmlId": fields.get("XML_ID"),
            "ufCrmTask": fields.get("UF_CRM_TASK", []),
            "deadline": fields.get("DEADLINE"),
            "createdDate": self._now(),
            "changedDate": self._now(),
            "closedDate": None,
            "closedBy": None,
            "timeEstimate": str(fields.get("TIME_ESTIMATE", 0)),
            "timeSpentInLogs": None,
            "accomplices": fields.get("ACCOMPLICES", []),
            "auditors": fields.get("AUDITORS", []),
            "description": fields.get("DESCRIPTION", ""),
            "flowId": fields.get("FLOW_ID"),
        }
        return {"task": self.tasks[id_]}

    def _tasks_task_update(self, params: dict[str, Any]) -> Any:
        task, fields = self.tasks[params["taskId"]], params["fields"]
        task["changedDate"] = self._now()
        if "RESPONSIBLE_ID" in fields:
            task["responsibleId"] = str(fields["RESPONSIBLE_ID"])
        if "DEADLINE" in fields:
            task["deadline"] = fields["DEADLINE"]
        if "UF_CRM_TASK" in fields:
            task["ufCrmTask"] = fields["UF_CRM_TASK"]
        return {"task": task}

    def _tasks_task_complete(self, params: dict[str, Any]) -> Any:
        self.close_task(params["taskId"], by=SERVICE)
        return {"task": self.tasks[params["taskId"]]}

    def _tasks_task_renew(self, params: dict[str, Any]) -> Any:
        self.tasks[params["taskId"]].update(status="2", closedDate=None, closedBy="0", changedDate=self._now())
        return {"task": self.tasks[params["taskId"]]}

    def _tasks_task_history_list(self, params: dict[str, Any]) -> Any:
        return {"list": self.task_history.get(params["taskId"], [])}

    def _tasks_task_result_list(self, params: dict[str, Any]) -> Any:
        return [
            {"id": place, "text": text} for place, text in enumerate(self.results.get(params["taskId"], []), start=1)
        ]

    def _task_checklistitem_getlist(self, task_id: int) -> Any:
        return self.checklists.get(task_id, [])

    def _task_checklistitem_add(self, task_id: int, fields: dict[str, Any]) -> Any:
        id_ = self.new_id()
        line = {"ID": str(id_), "TASK_ID": str(task_id), "PARENT_ID": str(fields.get("PARENT_ID", 0))}
        lines = self.checklists.setdefault(task_id, [])
        lines.append({**line, "TITLE": fields["TITLE"], "IS_COMPLETE": "N", "SORT_INDEX": str(len(lines))})
        return id_

    # people are told

    def _im_notify_system_add(self, params: dict[str, Any]) -> Any:
        self.notifications[params["USER_ID"], params["TAG"]] = params["MESSAGE"]
        return self.new_id()

    def _log_blogpost_get(self, params: dict[str, Any]) -> Answer:
        return self._page(list(reversed(self.posts)), params)

    def _log_blogpost_add(self, params: dict[str, Any]) -> Any:
        id_ = self.new_id()
        self.posts.append(
            {
                "ID": str(id_),
                "TITLE": params["POST_TITLE"],
                "DETAIL_TEXT": params["POST_MESSAGE"],
                "DEST": params["DEST"],
                "IMPORTANT": params["IMPORTANT"],
            }
        )
        return id_

    def _log_blogpost_getusers_important(self, params: dict[str, Any]) -> Any:
        return [str(each) for each in self.readers.get(params["POST_ID"], [])]


def _matching(rows: Any, where: Mapping[str, Any]) -> list[Any]:
    return [row for row in rows if all(_fits(row, name, wanted) for name, wanted in where.items())]


def _fits(row: Mapping[str, Any], condition: str, wanted: Any) -> bool:
    name = condition.lstrip("!=@%<>")
    operator, value = condition.removesuffix(name), row.get(name)
    match operator:
        case "" | "=":
            return str(value) == str(wanted)
        case "!@":
            return value not in wanted
        case "=%":
            return fnmatch.fnmatchcase(str(value), wanted.replace("%", "*"))
        case ">":
            return int(value) > wanted
        case "@":
            return str(value) in map(str, wanted)
        case ">=" | "<=":
            return bool(value) and _in_order(*((wanted, value) if operator == ">=" else (value, wanted)))
    raise AssertionError(f"the fake portal can't filter by {condition}")


def _in_order(earlier: str, later: str) -> bool:
    """Moments; when one of them is only a day, days."""
    if len(earlier) == 10 or len(later) == 10:
        return earlier[:10] <= later[:10]
    return datetime.fromisoformat(earlier) <= datetime.fromisoformat(later)
