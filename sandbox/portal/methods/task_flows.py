"""``tasks.flow.Flow.*``: api-reference/tasks/flow/. Every refusal has the code ``0``."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.params import missing
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method
from sandbox.portal.task_flows import DISTRIBUTIONS, Flow, Members, NameTakenError

PAGES = "api-reference/tasks/flow/tasks-flow-flow"

SWITCHES = {
    "matchWorkTime": "match_work_time",
    "responsibleCanChangeDeadline": "responsible_can_change_deadline",
    "notifyAtHalfTime": "notify_at_half_time",
    "taskControl": "control",
}
LIMITS = {
    "notifyOnQueueOverflow": "queue_overflow",
    "notifyOnTasksInProgressOverflow": "progress_overflow",
    "notifyWhenEfficiencyDecreases": "efficiency_decrease",
}
REQUIRED = ("name", "plannedCompletionTime", "distributionType", "responsibleList")


@rest_method("tasks.flow.Flow.create", scope="task", docs=f"{PAGES}-create.md")
def create_flow(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Anybody but people from outside."""
    data = require_data(params)
    user = portal.staff.user(caller.user_id)
    if user is None or user.user_type != "employee":
        raise denied()
    for name in REQUIRED:
        if not data.get(name):
            raise invalid(name)
    changes = read_flow(portal, data)
    try:
        flow = portal.tasks.flows.create(by=caller.user_id, **changes)  # type: ignore[arg-type]
    except NameTakenError:
        raise name_taken() from None
    return show(portal, flow)


@rest_method("tasks.flow.Flow.get", scope="task", docs=f"{PAGES}-get.md")
def get_flow(portal: Portal, caller: Caller, params: Params) -> JSON:
    flow = portal.tasks.flows.get(params.require_int("flowId"))
    if flow is None or not portal.tasks.flows.may_see(flow, caller.user_id):
        raise denied()
    return show(portal, flow)


@rest_method("tasks.flow.Flow.update", scope="task", docs=f"{PAGES}-update.md")
def update_flow(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``flowData {id}`` and what changes."""
    data = require_data(params)
    flow = changeable(portal, caller, as_int(data.get("id")) or 0)
    try:
        portal.tasks.flows.update(flow, read_flow(portal, data), by=caller.user_id)
    except NameTakenError:
        raise name_taken() from None
    return show(portal, flow)


@rest_method("tasks.flow.Flow.delete", scope="task", docs=f"{PAGES}-delete.md")
def delete_flow(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``flowData {id}``."""
    flow = changeable(portal, caller, as_int(require_data(params).get("id")) or 0)
    portal.tasks.flows.delete(flow, by=caller.user_id)
    return {"deleted": True}


@rest_method("tasks.flow.Flow.activate", scope="task", docs=f"{PAGES}-activate.md")
def toggle_flow(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Switches it off when it is on, and on when it is off."""
    flow = changeable(portal, caller, params.require_int("flowId"))
    portal.tasks.flows.update(flow, {"active": not flow.active}, by=caller.user_id)
    return True


@rest_method("tasks.flow.Flow.pin", scope="task", docs=f"{PAGES}-pin.md")
def pin_flow(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``true`` pinned, ``false`` not any more."""
    flow = portal.tasks.flows.get(params.require_int("flowId"))
    if flow is None or not portal.tasks.flows.may_see(flow, caller.user_id):
        raise denied()
    return portal.tasks.flows.toggle_pin(flow, caller.user_id)


@rest_method("tasks.flow.Flow.isExists", scope="task", docs=f"{PAGES}-is-exists.md")
def flow_exists(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``flowData {name, id}``: a flow of this name other than ``id``."""
    data = require_data(params)
    name = as_text(data.get("name")) or ""
    return {"exists": portal.tasks.flows.named(name, but=as_int(data.get("id")) or 0) is not None}


def require_data(params: Params) -> dict[str, JSON]:
    data = as_object(params.get("flowData"))
    if not data:
        raise missing("flowData")
    return data


def changeable(portal: Portal, caller: Caller, flow_id: int) -> Flow:
    flow = portal.tasks.flows.get(flow_id)
    if flow is None:
        raise RestError("0", "Flow not found")
    if not portal.tasks.flows.may_change(flow, caller.user_id):
        raise denied()
    return flow


def read_flow(portal: Portal, data: Mapping[str, JSON]) -> dict[str, object]:
    """Attributes of ``Flow`` among what was sent."""
    values: dict[str, object] = {}
    for name, attribute in {"name": "name", "description": "description"}.items():
        if name in data:
            values[attribute] = (as_text(data[name]) or "").strip()
    if "name" in data and not values["name"]:
        raise invalid("name")
    if "distributionType" in data:
        values["distribution"] = as_text(data["distributionType"])
        if values["distribution"] not in DISTRIBUTIONS:
            raise invalid("distributionType")
    if "plannedCompletionTime" in data:
        values["planned_seconds"] = positive(data, "plannedCompletionTime")
    if data.get("ownerId"):
        owner = positive(data, "ownerId")
        if portal.staff.user(owner) is None:
            raise invalid("ownerId")
        values["owner"] = owner
    if data.get("groupId"):
        group = positive(data, "groupId")
        if portal.workgroups.get(group) is None:
            raise invalid("groupId")
        values["group"] = group
    if "templateId" in data:
        values["template"] = as_int(data["templateId"]) or 0
    if "responsibleList" in data:
        values["responsible"] = read_members(data["responsibleList"])
        if not values["responsible"]:
            raise invalid("responsibleList")
    if "taskCreators" in data:
        values["creators"] = read_members(data["taskCreators"])
    for name, attribute in SWITCHES.items():
        if name in data:
            values[attribute] = bool(as_flag(data[name]))
    for name, attribute in LIMITS.items():
        if name in data:
            values[attribute] = as_int(data[name])
    return values


def read_members(value: JSON) -> Members:
    """``[["user", "3"], ["department", "17:F"]]``; what is no pair is passed over."""
    pairs = ([as_text(part) or "" for part in as_list(pair)] for pair in as_list(value) if not isinstance(pair, str))
    return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2 and all(pair))


def positive(data: Mapping[str, JSON], name: str) -> int:
    number = as_int(data.get(name))
    if number is None or number <= 0:
        raise invalid(name)
    return number


def invalid(name: str) -> RestError:
    return RestError("0", f"'{name}': field's value has an invalid value")


def denied() -> RestError:
    return RestError("0", "Доступ запрещен или поток не найден")


def name_taken() -> RestError:
    return RestError("0", "Поток с таким названием уже существует")


def show(portal: Portal, flow: Flow) -> dict[str, JSON]:
    return {
        "id": flow.id,
        "creatorId": flow.creator,
        "ownerId": flow.owner,
        "groupId": flow.group,
        "templateId": flow.template,
        "efficiency": 0,
        "active": flow.active,
        "plannedCompletionTime": flow.planned_seconds,
        "activity": flow.activity.isoformat(timespec="seconds"),
        "name": flow.name,
        "description": flow.description,
        "distributionType": flow.distribution,
        "responsibleList": [list(member) for member in flow.responsible],
        "demo": False,
        "responsibleCanChangeDeadline": flow.responsible_can_change_deadline,
        "matchWorkTime": flow.match_work_time,
        "taskControl": flow.control,
        "notifyAtHalfTime": flow.notify_at_half_time,
        "notifyOnQueueOverflow": flow.queue_overflow,
        "notifyOnTasksInProgressOverflow": flow.progress_overflow,
        "notifyWhenEfficiencyDecreases": flow.efficiency_decrease,
        "taskCreators": [list(member) for member in flow.creators],
        "team": [list(member) for member in portal.tasks.flows.team(flow)],
        "trialFeatureEnabled": False,
    }
