"""``tasks.task.add/get/list/update/delete``, ``tasks.task.access.get``, ``tasks.task.file.attach`` and
``tasks.task.chat.message.send`` of REST 3.0. Tasks, rights and events are those of the older version."""

from __future__ import annotations

from sandbox.portal.errors import RestError
from sandbox.portal.methods.tasks import may_update
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.entities import Viewer
from sandbox.portal.rest3.filters import read_filter
from sandbox.portal.rest3.ordering import arranged, read_order, read_page
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.refusals import access_denied, invalid_request, not_found
from sandbox.portal.rest3.registry import (
    ARRAY,
    DONE,
    FILTER,
    ID,
    INTEGER,
    PAGINATION,
    Parameter,
    fields_of,
    item_of,
    items_of,
    order_of,
    rest3_method,
    select_of,
)
from sandbox.portal.rest3.selection import project, read_select
from sandbox.portal.rest3.task_entities import ACTIONS, MESSAGE, TASK, may_do
from sandbox.portal.rest3.task_writing import file_codes, read_task
from sandbox.portal.rest3.writing import OF_OBJECT, read_fields
from sandbox.portal.task_files import attach_files, check_files
from sandbox.portal.tasks import ResultRequiredError, Task

PAGE = 50
"""The page says "1000 at most"; portals give 50 whatever is asked above that (b24jssdk #253, #531)."""


@rest3_method(
    "tasks.task.add",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-add-rest-v3.md",
    writes=True,
    takes=(fields_of(TASK, "add"),),
    answers=item_of(TASK),
    entities=(TASK,),
)
def add_task(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Answers the whole task. ``creatorId`` has no default here."""
    said = query.require_object("fields")
    values = read_task(portal, said, "add", None, caller.user_id)
    task = portal.tasks.add(by=caller.user_id, **values)  # type: ignore[arg-type]
    task.files = attach_files(portal, task, file_codes(said.get("fileIds"), task), caller.user_id)
    viewer = Viewer(portal, caller.user_id)
    return {"item": project(TASK, read_select(TASK, None), viewer, task)}


@rest3_method(
    "tasks.task.update",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-update-rest-v3.md",
    writes=True,
    takes=(ID, fields_of(TASK, "update")),
    answers=DONE,
    entities=(TASK,),
)
def update_task(portal: Portal, caller: Caller, query: Query) -> JSON:
    """A task that does not exist and one that may not be changed are told apart by nothing."""
    task_id = query.require_int("id")
    said = query.require_object("fields")
    task = readable_task(portal, caller, task_id)
    if task is None:
        raise access_denied()
    values = read_task(portal, said, "update", task, caller.user_id)
    names = {*values, "files"} if "fileIds" in said else {*values}
    if not may_update(portal, caller, task, names):
        raise access_denied()
    if "files" in names:
        values["files"] = attach_files(portal, task, file_codes(said["fileIds"], task), caller.user_id)
    try:
        portal.tasks.update(task, values, by=caller.user_id)
    except ResultRequiredError:
        # Not documented: the older version denies it too.
        raise access_denied() from None
    return {"result": True}


@rest3_method(
    "tasks.task.get",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-get-rest-v3.md",
    takes=(ID, select_of(TASK)),
    answers=item_of(TASK),
    entities=(TASK,),
)
def get_task(portal: Portal, caller: Caller, query: Query) -> JSON:
    task_id = query.require_int("id")
    selection = read_select(TASK, query.get("select"))
    task = portal.tasks.get(task_id)
    if task is None:
        raise not_found(task_id)
    if not portal.tasks.rights.may_read(task, caller.user_id):
        raise access_denied()
    return {"item": project(TASK, selection, Viewer(portal, caller.user_id), task)}


@rest3_method(
    "tasks.task.list",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-list-rest-v3.md",
    takes=(select_of(TASK), FILTER, order_of(TASK), PAGINATION),
    answers=items_of(TASK),
    entities=(TASK,),
)
def list_tasks(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Only ``id`` unless selected; by id upwards unless ordered."""
    viewer = Viewer(portal, caller.user_id)
    selection = read_select(TASK, query.get("select"), ["id"])
    wanted = read_filter(TASK, query.get("filter"))
    ways = read_order(TASK, query.get("order"))
    page = read_page(query.get("pagination"), PAGE)
    visible = portal.tasks.rights.readable(caller.user_id)
    tasks = (portal.tasks.get(task_id) for task_id in sorted(portal.tasks.ids() if visible is None else visible))
    found = arranged([task for task in tasks if task is not None and wanted.fits(viewer, task)], ways, viewer)
    return {"items": [project(TASK, selection, viewer, task) for task in page.of(found)]}


@rest3_method(
    "tasks.task.delete",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-delete-rest-v3.md",
    writes=True,
    takes=(ID,),
    answers=DONE,
)
def delete_task(portal: Portal, caller: Caller, query: Query) -> JSON:
    task = portal.tasks.get(query.require_int("id"))
    if task is None or not portal.tasks.rights.may("REMOVE", task, caller.user_id):
        raise access_denied()
    portal.tasks.delete(task, by=caller.user_id)
    return {"result": True}


@rest3_method("tasks.task.access.get", scope="tasks", docs="api-reference/tasks/tasks-task-access-get.md", takes=(ID,))
def get_access(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Actions of the caller. With a task that does not exist, or that is none of theirs, nothing may be done (the page
    names no error for it; unverified)."""
    task = readable_task(portal, caller, query.require_int("id"))
    return dict.fromkeys(ACTIONS, False) if task is None else may_do(Viewer(portal, caller.user_id), task)


@rest3_method(
    "tasks.task.file.attach",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-file-attach.md",
    writes=True,
    takes=(Parameter("taskId", INTEGER, required=True), Parameter("fileIds", ARRAY, required=True)),
    answers=DONE,
)
def attach(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Files of the drive that the caller may read, to those that are there."""
    task = readable_task(portal, caller, query.require_int("taskId"))
    codes = [f"n{number}" for number in query.require_ids("fileIds")]
    no_rights = invalid_request((None, "Недостаточно прав"))
    if task is None or not portal.tasks.rights.may("EDIT", task, caller.user_id):
        raise no_rights
    try:
        check_files(portal, codes, task, caller.user_id)
    except RestError:
        raise no_rights from None
    attached = attach_files(portal, task, codes, caller.user_id)
    portal.tasks.update(task, {"files": (*task.files, *attached)}, by=caller.user_id)
    return {"result": True}


@rest3_method(
    "tasks.task.chat.message.send",
    scope="tasks",
    docs="api-reference/tasks/tasks-task-chat-message-send.md",
    writes=True,
    takes=(fields_of(MESSAGE, "add"),),
    answers=DONE,
)
def send_message(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Whoever may read the task may speak. The id of the message is not told."""
    fields = read_fields(MESSAGE, query.require_object("fields"), "add", OF_OBJECT)
    task = readable_task(portal, caller, fields["taskId"])
    if task is None:
        raise access_denied()
    if not fields["text"].strip():
        raise OF_OBJECT.missing(["text"])
    portal.tasks.comments.add(task, fields["text"], author=caller.user_id)
    return {"result": True}


def readable_task(portal: Portal, caller: Caller, task_id: int) -> Task | None:
    task = portal.tasks.get(task_id)
    return task if task is not None and portal.tasks.rights.may_read(task, caller.user_id) else None
