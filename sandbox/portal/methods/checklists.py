"""``task.checklistitem.*``: api-reference/tasks/checklist-item/. Positional."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.portal.checklists import ACCOMPLICE, AUDITOR, ROOT, ChecklistItem, DepthError
from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.legacy_call import FAILED, NOT_ALLOWED, NOT_FOUND, LegacyCall, task_exception
from sandbox.portal.loose import as_flag, as_int, as_object, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method
from sandbox.portal.tasks import Task

CLASS = "ctaskchecklistitem"

ADD, MODIFY, REMOVE, TOGGLE, REORDER = range(1, 6)
"""``ACTIONID`` of ``isactionallowed`` (api-reference/tasks/checklist-item/task-checklist-item-is-action-allowed.md)."""

SORT_KEYS: dict[str, Callable[[ChecklistItem], int | str]] = {
    "ID": lambda item: item.id,
    "PARENT_ID": lambda item: item.parent,
    "CREATED_BY": lambda item: item.created_by,
    "TITLE": lambda item: item.title.casefold(),
    "SORT_INDEX": lambda item: item.sort_index,
    "IS_COMPLETE": lambda item: int(item.complete),
    "IS_IMPORTANT": lambda item: int(item.important),
    "TOGGLED_BY": lambda item: item.toggled_by or 0,
    "TOGGLED_DATE": lambda item: int(item.toggled.timestamp()) if item.toggled else 0,
}


@rest_method(
    "task.checklistitem.add", scope="task", docs="api-reference/tasks/checklist-item/task-checklist-item-add.md"
)
def add_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, FIELDS]``. ``PARENT_ID`` 0 makes a new list, none at all means the topmost one."""
    call = LegacyCall(f"{CLASS}::add", params)
    task_id = call.integer(0, "taskId")
    fields = call.fields(1)
    title = (as_text(fields.get("TITLE")) or "").strip()
    if not title:
        raise task_exception(FAILED, "Не указано название элемента")
    task = portal.tasks.get(task_id)
    if task is None or not may_change(portal, caller, task):
        raise unavailable("Добавление элемента")
    try:
        item = portal.tasks.checklists.add(
            task,
            title,
            by=caller.user_id,
            parent=as_int(fields["PARENT_ID"]) or ROOT if "PARENT_ID" in fields else None,
            sort_index=as_int(fields.get("SORT_INDEX")),
            complete=bool(as_flag(fields.get("IS_COMPLETE"))),
            important=bool(as_flag(fields.get("IS_IMPORTANT"))),
            members=read_members(portal, fields.get("MEMBERS")),
        )
    except DepthError:
        raise unavailable("Добавление элемента") from None
    return item.id


@rest_method(
    "task.checklistitem.getmanifest",
    scope="task",
    docs="api-reference/tasks/checklist-item/task-checklist-item-get-manifest.md",
)
def manifest(portal: Portal, caller: Caller, params: Params) -> JSON:
    """For people to read; its list of methods is left out."""
    own = ["PARENT_ID", "TITLE", "SORT_INDEX", "IS_COMPLETE", "IS_IMPORTANT"]
    sortable = ["ID", "PARENT_ID", "CREATED_BY", *own[1:], "TOGGLED_BY", "TOGGLED_DATE"]
    return {
        "Manifest version": "2.0",
        "Warning": "don't rely on format of this manifest, it can be changed without any notification",
        "REST: shortname alias to class": "checklistitem",
        "REST: writable checklistitem data fields": [*own, "MEMBERS"],
        "REST: readable checklistitem data fields": ["TASK_ID", *sortable, "MEMBERS", "ATTACHMENTS"],
        "REST: sortable checklistitem data fields": sortable,
        "REST: date fields": ["TOGGLED_DATE"],
    }


@rest_method(
    "task.checklistitem.getlist",
    scope="task",
    docs="api-reference/tasks/checklist-item/task-checklist-item-get-list.md",
)
def list_items(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ORDER]``; by descending id unless ``ORDER`` says otherwise."""
    call = LegacyCall(f"{CLASS}::getlist", params)
    task_id = call.integer(0, "taskId")
    order = call.array(1)
    for name in order:
        if name not in SORT_KEYS:
            raise call.wrong(f'Param #1 (arOrder) for method {call.method}() must not contain key "{name}".')
    task = portal.tasks.get(task_id)
    if task is None or not portal.tasks.rights.may_read(task, caller.user_id):
        raise task_exception(FAILED, "Action failed")
    items = sorted(portal.tasks.checklists.of_task(task_id), key=SORT_KEYS["ID"], reverse=True)
    for name, way in reversed(order.items()):
        items.sort(key=SORT_KEYS[name], reverse=(as_text(way) or "").upper().startswith("DESC"))
    return [shown(portal, item) for item in items]


@rest_method(
    "task.checklistitem.get", scope="task", docs="api-reference/tasks/checklist-item/task-checklist-item-get.md"
)
def get_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID]``."""
    call = LegacyCall(f"{CLASS}::get", params)
    task = portal.tasks.get(call.integer(0, "taskId"))
    item = portal.tasks.checklists.get(call.integer(1, "itemId"))
    readable = task is not None and portal.tasks.rights.may_read(task, caller.user_id)
    if task is None or item is None or item.task_id != task.id or not readable:
        raise task_exception(NOT_FOUND, "Check listitem not found or not accessible")
    return shown(portal, item)


@rest_method(
    "task.checklistitem.update", scope="task", docs="api-reference/tasks/checklist-item/task-checklist-item-update.md"
)
def update_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, FIELDS]``. ``MEMBERS`` are replaced as a whole."""
    call = LegacyCall(f"{CLASS}::update", params)
    task_id, item_id = call.integer(0, "taskId"), call.integer(1, "itemId")
    fields = call.fields(2)
    task = portal.tasks.get(task_id)
    item = portal.tasks.checklists.get(item_id)
    if item is None or task is None or item.task_id != task.id:
        title = as_text(fields.get("TITLE")) or ""
        words = f"Указано некорректное значение [] для поля [ENTITY_ID] в элементе [, {title}]"
        raise task_exception(FAILED, words)
    if not may_change(portal, caller, task):
        raise task_exception(NOT_ALLOWED, "Нет доступа к редактированию задачи")
    apply(portal, caller, task, item, fields)
    return None


@rest_method(
    "task.checklistitem.complete",
    scope="task",
    docs="api-reference/tasks/checklist-item/task-checklist-item-complete.md",
)
def complete_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    return toggle(portal, caller, LegacyCall(f"{CLASS}::complete", params), complete=True)


@rest_method(
    "task.checklistitem.renew", scope="task", docs="api-reference/tasks/checklist-item/task-checklist-item-renew.md"
)
def renew_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    return toggle(portal, caller, LegacyCall(f"{CLASS}::renew", params), complete=False)


@rest_method(
    "task.checklistitem.delete", scope="task", docs="api-reference/tasks/checklist-item/task-checklist-item-delete.md"
)
def delete_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID]``; everything below the item goes too."""
    call = LegacyCall(f"{CLASS}::delete", params)
    task, item = changeable(portal, caller, call, "Удаление элемента")
    portal.tasks.checklists.delete(task, item, by=caller.user_id)
    return True


@rest_method(
    "task.checklistitem.moveafteritem",
    scope="task",
    docs="api-reference/tasks/checklist-item/task-checklist-item-move-after-item.md",
)
def move_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, AFTERITEMID]``."""
    call = LegacyCall(f"{CLASS}::moveafteritem", params)
    after_id = call.integer(2, "afterItemId")
    task, item = changeable(portal, caller, call, "Перемещение элемента")
    after = portal.tasks.checklists.get(after_id)
    if after is None or after.task_id != task.id or after is item:
        raise unavailable("Перемещение элемента")
    try:
        portal.tasks.checklists.move_after(item, after)
    except DepthError:
        raise unavailable("Перемещение элемента") from None
    return None


@rest_method(
    "task.checklistitem.isactionallowed",
    scope="task",
    docs="api-reference/tasks/checklist-item/task-checklist-item-is-action-allowed.md",
)
def is_action_allowed(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, ACTIONID]``; ``false`` for what does not exist."""
    call = LegacyCall(f"{CLASS}::isactionallowed", params)
    task = portal.tasks.get(call.integer(0, "taskId"))
    item = portal.tasks.checklists.get(call.integer(1, "itemId"))
    action = call.integer(2, "actionId")
    if task is None or item is None or item.task_id != task.id or action not in {ADD, MODIFY, REMOVE, TOGGLE, REORDER}:
        return False
    return may_change(portal, caller, task)


def apply(portal: Portal, caller: Caller, task: Task, item: ChecklistItem, fields: Mapping[str, JSON]) -> None:
    """Fields that are not given stay as they are."""
    checklists = portal.tasks.checklists
    title = (as_text(fields.get("TITLE")) or "").strip()
    if "TITLE" in fields:
        if not title:
            raise task_exception(FAILED, "Не указано название элемента")
        checklists.rename(task, item, title, by=caller.user_id)
    if "PARENT_ID" in fields:
        try:
            checklists.move_under(item, as_int(fields["PARENT_ID"]) or ROOT)
        except DepthError:
            raise unavailable("Перемещение элемента") from None
    wanted = as_int(fields.get("SORT_INDEX"))
    item.sort_index = item.sort_index if wanted is None else wanted
    if "IS_IMPORTANT" in fields:
        item.important = bool(as_flag(fields["IS_IMPORTANT"]))
    if "IS_COMPLETE" in fields:
        checklists.toggle(item, complete=bool(as_flag(fields["IS_COMPLETE"])), by=caller.user_id)
    if "MEMBERS" in fields:
        checklists.set_members(task, item, read_members(portal, fields["MEMBERS"]), by=caller.user_id)


def toggle(portal: Portal, caller: Caller, call: LegacyCall, *, complete: bool) -> bool:
    """``[TASKID, ITEMID]``. Whether the item is of this task is not checked; ``false`` when there is no such item."""
    task_id, item_id = call.integer(0, "taskId"), call.integer(1, "itemId")
    if task_id <= 0 or item_id <= 0:
        raise RestError("ERROR_CORE", "TASKS_ERROR_ASSERT_EXCEPTION<br>")
    item = portal.tasks.checklists.get(item_id)
    task = portal.tasks.get(item.task_id) if item else None
    if item is None or task is None:
        return False
    if not may_change(portal, caller, task):
        raise unavailable("Изменение статуса элемента")
    portal.tasks.checklists.toggle(item, complete=complete, by=caller.user_id)
    return True


def changeable(portal: Portal, caller: Caller, call: LegacyCall, what: str) -> tuple[Task, ChecklistItem]:
    """The task and the item of ``[TASKID, ITEMID]``, when the caller may change it."""
    task = portal.tasks.get(call.integer(0, "taskId"))
    item = portal.tasks.checklists.get(call.integer(1, "itemId"))
    if task is None or item is None or item.task_id != task.id or not may_change(portal, caller, task):
        raise unavailable(what)
    return task, item


def may_change(portal: Portal, caller: Caller, task: Task) -> bool:
    return portal.tasks.rights.may("CHECKLIST.ADD", task, caller.user_id)


def unavailable(what: str) -> RestError:
    return task_exception(FAILED, f"{what}: действие недоступно")


def read_members(portal: Portal, value: JSON) -> dict[int, str]:
    """``{547: {TYPE: "A"}}``; users that do not exist and other types are left out (unverified)."""
    members: dict[int, str] = {}
    for key, description in (as_object(value) or {}).items():
        user_id = as_int(key)
        kind = as_text((as_object(description) or {}).get("TYPE"))
        if user_id and kind in {ACCOMPLICE, AUDITOR} and portal.staff.user(user_id) is not None:
            members[user_id] = kind
    return members


def shown(portal: Portal, item: ChecklistItem) -> dict[str, JSON]:
    return {
        "ID": str(item.id),
        "TASK_ID": str(item.task_id),
        "PARENT_ID": str(item.parent) if item.parent else ROOT,
        "CREATED_BY": str(item.created_by),
        "TITLE": item.title,
        "SORT_INDEX": str(item.sort_index),
        "IS_COMPLETE": "Y" if item.complete else "N",
        "IS_IMPORTANT": "Y" if item.important else "N",
        "TOGGLED_BY": None if item.toggled_by is None else str(item.toggled_by),
        "TOGGLED_DATE": iso(item.toggled) if item.toggled else "",
        "MEMBERS": [shown_member(portal, user_id, kind) for user_id, kind in item.members.items()],
        "ATTACHMENTS": [],
    }


def shown_member(portal: Portal, user_id: int, kind: str) -> dict[str, JSON]:
    user = portal.staff.user(user_id)
    return {
        "ID": str(user_id),
        "TYPE": kind,
        "NAME": user.full_name if user else "",
        "PERSONAL_PHOTO": "",
        "PERSONAL_GENDER": user.gender if user else "",
        "IMAGE": "",
        "IS_COLLABER": False,
    }
