"""``task.item.*``, ``task.items.getlist``, ``task.logitem.list``: api-reference/tasks/deprecated/.

Positional: names are ignored, only the order counts. The pages stopped describing answers; shown are the fields of
``tasks.task.get`` under their upper-case names (unverified); refusals are those of the other positional methods.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from sandbox.portal.bbcode import as_html
from sandbox.portal.clock import iso
from sandbox.portal.drive import USER
from sandbox.portal.errors import RestError
from sandbox.portal.legacy_call import FAILED, NOT_ALLOWED, NOT_FOUND, LegacyCall, task_exception
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.methods.tasks import may_update, readable_task
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, rest_method
from sandbox.portal.task_fields import read_fields, read_files, refusal
from sandbox.portal.task_files import attach_files
from sandbox.portal.task_search import find_tasks, sub_status
from sandbox.portal.task_view import CRM_AND_FILES, ON_REQUEST, STORED
from sandbox.portal.tasks import NotAllowedError, ResultRequiredError, Task

CLASS = "ctaskitem"
PAGES = "api-reference/tasks/deprecated"

ACTIONS = (
    "ACCEPT", "DECLINE", "COMPLETE", "APPROVE", "DISAPPROVE", "START", "DELEGATE", "REMOVE", "EDIT", "DEFER", "RENEW",
    "CREATE", "CHANGE_DEADLINE", "CHECKLIST_ADD_ITEMS", "ELAPSED_TIME_ADD", "CHANGE_DIRECTOR", "PAUSE",
    "START_TIME_TRACKING",
)  # fmt: skip
"""By their numbers, from 1 (task-item-get-allowed-actions.md)."""

RULE_NAMES = {
    "ELAPSED_TIME_ADD": "ELAPSEDTIME.ADD",
    "CHANGE_DIRECTOR": "EDIT.ORIGINATOR",
    "START_TIME_TRACKING": "DAYPLAN.TIMER.TOGGLE",
}
"""What newer methods call the same."""

RAW, HTML, PLAIN = 1, 2, 3
"""``FORMAT`` of ``getdescription``."""


@rest_method("task.item.add", scope="task", docs=f"{PAGES}/task-item/task-item-add.md")
def add_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKDATA]``. The id of the task."""
    fields = LegacyCall(f"{CLASS}::add", params).fields(0)
    values = read_fields(portal, {"TITLE": "", "RESPONSIBLE_ID": 0, **fields}, None, caller.user_id)
    values.setdefault("created_by", caller.user_id)
    task = portal.tasks.add(by=caller.user_id, **values)  # type: ignore[arg-type]
    task.files = attach_files(portal, task, read_files(fields), caller.user_id)
    return task.id


@rest_method("task.item.update", scope="task", docs=f"{PAGES}/task-item/task-item-update.md")
def update_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, TASKDATA]``."""
    call = LegacyCall(f"{CLASS}::update", params)
    task = require_task(portal, caller, call)
    values = read_fields(portal, call.fields(1), task, caller.user_id)
    if not may_update(portal, caller, task, values.keys()):
        raise not_allowed()
    try:
        portal.tasks.update(task, values, by=caller.user_id)
    except ResultRequiredError:
        raise not_allowed() from None
    return []


@rest_method("task.item.getdata", scope="task", docs=f"{PAGES}/task-item/task-item-get-data.md")
def get_data(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``."""
    return shown(portal, caller, require_task(portal, caller, LegacyCall(f"{CLASS}::getdata", params)))


@rest_method("task.item.delete", scope="task", docs=f"{PAGES}/task-item/task-item-delete.md")
def delete_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``."""
    task = require_task(portal, caller, LegacyCall(f"{CLASS}::delete", params))
    if not portal.tasks.rights.may("REMOVE", task, caller.user_id):
        raise not_allowed()
    portal.tasks.delete(task, by=caller.user_id)
    return []


@rest_method("task.item.delegate", scope="task", docs=f"{PAGES}/task-item/task-item-delegate.md")
def delegate_task(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, USERID]``."""
    call = LegacyCall(f"{CLASS}::delegate", params)
    task = require_task(portal, caller, call)
    user_id = call.integer(1, "userId")
    if not portal.tasks.rights.may("DELEGATE", task, caller.user_id):
        raise not_allowed()
    if not portal.staff.is_active(user_id):
        raise refusal("Пользователь указанный в поле &quot;Исполнитель&quot; не найден")
    portal.tasks.delegate(task, user_id, by=caller.user_id)
    return []


STATUS_METHODS = {
    "startexecution": ("START", "start-execution"),
    "defer": ("DEFER", "defer"),
    "complete": ("COMPLETE", "complete"),
    "renew": ("RENEW", "renew"),
    "approve": ("APPROVE", "approve"),
    "disapprove": ("DISAPPROVE", "disapprove"),
}


def status_method(name: str, action: str) -> Callable[[Portal, Caller, Params], JSON]:
    def perform(portal: Portal, caller: Caller, params: Params) -> JSON:
        task = require_task(portal, caller, LegacyCall(f"{CLASS}::{name}", params))
        try:
            portal.tasks.perform(action, task, by=caller.user_id)
        except NotAllowedError:
            raise not_allowed() from None
        return []

    return perform


for method_name, (method_action, method_page) in STATUS_METHODS.items():
    rest_method(f"task.item.{method_name}", scope="task", docs=f"{PAGES}/task-item/task-item-{method_page}.md")(
        status_method(method_name, method_action)
    )


@rest_method("task.item.getdescription", scope="task", docs=f"{PAGES}/task-item/task-item-get-description.md")
def get_description(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, FORMAT]``: 1 as it is kept, 2 HTML, 3 plain text; HTML unless said (unverified)."""
    call = LegacyCall(f"{CLASS}::getdescription", params)
    task = require_task(portal, caller, call)
    wanted = as_int(call.arguments[1]) if call.given(1) else HTML
    if wanted == RAW:
        return task.description
    if wanted == PLAIN:
        return re.sub(r"\[/?[a-z*]+(=[^\]]*)?\]", "", task.description, flags=re.IGNORECASE)
    return as_html(task.description)


@rest_method("task.item.getfiles", scope="task", docs=f"{PAGES}/task-item/task-item-get-files.md")
def get_files(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``. Addresses of the attachments."""
    task = require_task(portal, caller, LegacyCall(f"{CLASS}::getfiles", params))
    return [
        f"{portal.address}/bitrix/tools/disk/uf.php?attachedId={number}&action=download&ncc=1" for number in task.files
    ]


@rest_method("task.item.addfile", scope="task", docs=f"{PAGES}/task-item/task-item-add-file.md")
def add_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASK_ID, {NAME, CONTENT}]``. The file goes to the caller's drive. Answers the attachment (unverified)."""
    call = LegacyCall(f"{CLASS}::addfile", params)
    task = require_task(portal, caller, call)
    sent = call.fields(1)
    name = (as_text(sent.get("NAME")) or "").strip()
    try:
        content = base64.b64decode(as_text(sent.get("CONTENT")) or "", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not name or not content:
        raise call.wrong(f"Param #1 (fileParameters) for method {call.method}() is wrong.")
    if not portal.tasks.rights.may("EDIT", task, caller.user_id):
        raise not_allowed()
    user = portal.staff.user(caller.user_id)
    storage = portal.drive.storage_of(USER, str(caller.user_id), user.full_name if user else "")
    folder = portal.drive.get(storage.root)
    if folder is None:
        raise LookupError(f"storage {storage.id} has lost its folder {storage.root}")
    file = portal.drive.add_file(folder, name, content, by=caller.user_id, unique=True)
    attached = portal.drive.attach(file, task.id, by=caller.user_id)
    portal.tasks.update(task, {"files": (*task.files, attached.id)}, by=caller.user_id)
    return attached.id


@rest_method("task.item.deletefile", scope="task", docs=f"{PAGES}/task-item/task-item-delete-file.md")
def delete_file(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASK_ID, ATTACHMENT_ID]``. The file itself stays on the drive."""
    call = LegacyCall(f"{CLASS}::deletefile", params)
    task = require_task(portal, caller, call)
    attachment = call.integer(1, "attachmentId")
    if not portal.tasks.rights.may("EDIT", task, caller.user_id):
        raise not_allowed()
    if attachment not in task.files:
        raise task_exception(FAILED, "Action failed")
    files = tuple(number for number in task.files if number != attachment)
    portal.tasks.update(task, {"files": files}, by=caller.user_id)
    return True


@rest_method("task.item.getdependson", scope="task", docs=f"{PAGES}/task-item/task-item-get-dependson.md")
def get_depends_on(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``. The "previous tasks"."""
    task = require_task(portal, caller, LegacyCall(f"{CLASS}::getdependson", params))
    return [str(number) for number in task.depends_on]


@rest_method("task.item.getallowedactions", scope="task", docs=f"{PAGES}/task-item/task-item-get-allowed-actions.md")
def allowed_actions(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``. Numbers of the actions."""
    task = require_task(portal, caller, LegacyCall(f"{CLASS}::getallowedactions", params))
    return [number for number, name in enumerate(ACTIONS, start=1) if may(portal, caller, task, name)]


@rest_method(
    "task.item.getallowedtaskactionsasstrings",
    scope="task",
    docs=f"{PAGES}/task-item/task-item-get-allowed-task-actions-as-strings.md",
)
def allowed_actions_by_name(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``."""
    task = require_task(portal, caller, LegacyCall(f"{CLASS}::getallowedtaskactionsasstrings", params))
    return {f"ACTION_{name}": may(portal, caller, task, name) for name in ACTIONS}


@rest_method("task.item.isactionallowed", scope="task", docs=f"{PAGES}/task-item/task-item-is-action-allowed.md")
def is_action_allowed(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ACTIONID]``."""
    call = LegacyCall(f"{CLASS}::isactionallowed", params)
    task = require_task(portal, caller, call)
    number = call.integer(1, "actionId")
    return 1 <= number <= len(ACTIONS) and may(portal, caller, task, ACTIONS[number - 1])


@rest_method("task.item.addtofavorite", scope="task", docs=f"{PAGES}/task-item/task-item-add-to-favourite.md")
def add_to_favorites(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASK_ID, {AFFECT_CHILDREN}]``."""
    return set_favorite(portal, caller, LegacyCall(f"{CLASS}::addtofavorite", params), favorite=True)


@rest_method("task.item.deletefromfavorite", scope="task", docs=f"{PAGES}/task-item/task-item-delete-from-favorite.md")
def delete_from_favorites(portal: Portal, caller: Caller, params: Params) -> JSON:
    return set_favorite(portal, caller, LegacyCall(f"{CLASS}::deletefromfavorite", params), favorite=False)


@rest_method("task.item.getmanifest", scope="task", docs=f"{PAGES}/task-item/task-item-get-manifest.md")
def manifest(portal: Portal, caller: Caller, params: Params) -> JSON:
    """For people to read."""
    return {
        "Manifest version": "1.1",
        "Warning": "don't rely on format of this manifest, it can be changed without any notification",
        "REST: shortname alias to class": "item",
        "REST: available methods": [f"task.item.{name}" for name in ("add", "update", "getdata", "delete", "list")],
    }


@rest_method("task.item.list", scope="task", docs=f"{PAGES}/task-item/task-item-list.md")
def list_tasks(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``[ORDER, FILTER, PARAMS, SELECT]``; pages by number, ``PARAMS {NAV_PARAMS {nPageSize, iNumPage}}``."""
    call = LegacyCall("ctaskitem::list", params)
    navigation = as_object(call.array(2).get("NAV_PARAMS")) or {}
    return listed(portal, caller, call, select=as_list(list(call.array(3).values())), navigation=navigation)


@rest_method("task.items.getlist", scope="task", docs=f"{PAGES}/task-items-get-list.md")
def get_list(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``[ORDER, FILTER, TASKDATA, NAV_PARAMS]``: what is third in ``task.item.list`` is the fields here, and the page
    comes last, with or without ``NAV_PARAMS`` around it."""
    call = LegacyCall("ctaskitem::getlist", params)
    last = call.array(3)
    navigation = as_object(last.get("NAV_PARAMS")) or last
    return listed(portal, caller, call, select=as_list(list(call.array(2).values())), navigation=navigation)


@rest_method("task.logitem.list", scope="task", docs=f"{PAGES}/task-item/task-log-item-list.md")
def list_history(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID]``. Oldest first."""
    task = require_task(portal, caller, LegacyCall("ctasklogitem::list", params))
    return [
        {
            "CREATED_DATE": iso(record.at),
            "USER_ID": str(record.user_id),
            "TASK_ID": str(task.id),
            "FIELD": record.field,
            "FROM_VALUE": record.before,
            "TO_VALUE": record.after,
        }
        for record in portal.tasks.history(task.id)
    ]


def require_task(portal: Portal, caller: Caller, call: LegacyCall) -> Task:
    """The task of the first argument. Raises ``TASKS_ERROR_EXCEPTION_#512``."""
    task = readable_task(portal, caller, call.integer(0, "taskId"))
    if task is None:
        raise task_exception(NOT_FOUND, "Task not found or not accessible")
    return task


def not_allowed() -> RestError:
    return task_exception(NOT_ALLOWED, "Action is not allowed")


def may(portal: Portal, caller: Caller, task: Task, action: str) -> bool:
    return portal.tasks.rights.may(RULE_NAMES.get(action, action), task, caller.user_id)


def set_favorite(portal: Portal, caller: Caller, call: LegacyCall, *, favorite: bool) -> JSON:
    task = require_task(portal, caller, call)
    tasks = [task]
    if as_flag(call.array(1).get("AFFECT_CHILDREN")):
        tasks += [child for child in portal.tasks.children(task.id) if readable_task(portal, caller, child.id)]
    for found in tasks:
        portal.tasks.set_favorite(found, caller.user_id, favorite=favorite)
    return True


def listed(
    portal: Portal, caller: Caller, call: LegacyCall, *, select: list[JSON], navigation: dict[str, JSON]
) -> Answer:
    order = [(name, (as_text(way) or "").upper()) for name, way in call.array(0).items()]
    # The older list says STATUS, RESPONSIBLE_ID and CREATED_BY where the newer one has other names to sort by.
    names = {"STATUS": "REAL_STATUS", "RESPONSIBLE_ID": "RESPONSIBLE_LAST_NAME", "CREATED_BY": "CREATED_BY_LAST_NAME"}
    try:
        found = find_tasks(portal, caller.user_id, call.array(1), [(names.get(name, name), way) for name, way in order])
    except RestError:
        raise call.wrong(f"Param #0 (arOrder) for method {call.method}() must not contain unknown keys.") from None
    size = min(max(as_int(navigation.get("nPageSize")) or PAGE, 1), PAGE)
    number = max(as_int(navigation.get("iNumPage")) or 1, 1)
    begin = (number - 1) * size
    tasks = [task for task in map(portal.tasks.get, found[begin : begin + size]) if task is not None]
    wanted = {as_text(name) for name in select}
    rows: list[JSON] = []
    for task in tasks:
        row = shown(portal, caller, task)
        every = not wanted or "*" in wanted
        rows.append(row if every else {name: value for name, value in row.items() if name in wanted or name == "ID"})
    following = begin + size if begin + size < len(found) else None
    return Answer(rows, len(found), following)


def shown(portal: Portal, caller: Caller, task: Task) -> dict[str, JSON]:
    """Every field under its upper-case name. ``STATUS`` may be a meta-status, ``REAL_STATUS`` is not."""
    known = {**STORED, **ON_REQUEST, **CRM_AND_FILES}
    row = {name: render(portal, caller.user_id, task) for name, render in known.items()}
    row["TAGS"] = list(task.tags)
    row["REAL_STATUS"] = str(int(task.status))
    row["STATUS"] = str(sub_status(portal, task, caller.user_id, portal.clock.now()))
    return {**row, **portal.tasks.fields.show(task.user_fields or {})}
