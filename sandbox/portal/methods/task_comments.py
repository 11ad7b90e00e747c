"""``task.commentitem.*`` and ``task.comment.add``: api-reference/tasks/comment-item/. Positional.

On a portal with the new card, as this one is unless told otherwise, a comment can only be added: the others "do not
work", that is, they find nothing (what exactly they answer there is unverified).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sandbox.portal.clock import iso
from sandbox.portal.conditions import Column, Kind, read_conditions, split_key
from sandbox.portal.legacy_call import FAILED, NOT_ALLOWED, NOT_FOUND, LegacyCall, task_exception
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.methods.tasks import readable_task
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method
from sandbox.portal.task_comments import TaskComment
from sandbox.portal.task_fields import refusal

CLASS = "ctaskcommentitem"
PAGES = "api-reference/tasks/comment-item"
PREFIXES = ("!", "<=", "<", ">=", ">")
WRITABLE = ("POST_MESSAGE", "AUTHOR_ID", "POST_DATE", "UF_FORUM_MESSAGE_DOC")

ADD, UPDATE, DELETE = 1, 2, 3
"""``ACTIONID`` of ``isactionallowed``."""


@rest_method("task.commentitem.add", scope="task", docs=f"{PAGES}/task-comment-item-add.md")
def add_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, {POST_MESSAGE, AUTHOR_ID}]``. Anybody may write as anybody else, as the page warns."""
    call = LegacyCall(f"{CLASS}::add", params)
    task_id = call.integer(0, "taskId")
    fields = call.fields(1)
    for name in fields:
        if name not in WRITABLE:
            raise call.wrong(f'Param #1 (arFields) for method {call.method}() must not contain key "{name}".')
    return say(portal, caller, task_id, fields)


@rest_method("task.comment.add", scope="task", docs="api-reference/tasks/deprecated/task-comment-add.md")
def add_comment_text(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, COMMENTTEXT]``; the samples of the page pass the text inside of fields."""
    call = LegacyCall("ctaskcomments::add", params)
    task_id = call.integer(0, "taskId")
    fields = call.array(1)
    return say(portal, caller, task_id, fields or {"POST_MESSAGE": call.arguments[1] if call.given(1) else None})


@rest_method("task.commentitem.get", scope="task", docs=f"{PAGES}/task-comment-item-get.md")
def get_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID]``."""
    call = LegacyCall(f"{CLASS}::get", params)
    comment = find(portal, caller, call)
    if comment is None:
        raise task_exception(NOT_FOUND, "Check listitem not found or not accessible")
    return shown(portal, comment)


@rest_method("task.commentitem.getlist", scope="task", docs=f"{PAGES}/task-comment-item-get-list.md")
def list_comments(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ORDER, FILTER]``. By descending id unless ordered."""
    call = LegacyCall(f"{CLASS}::getlist", params)
    task = readable_task(portal, caller, call.integer(0, "taskId"))
    order, conditions = call.array(1), call.array(2)
    columns = comment_columns(portal)
    check_names(call, 1, "arOrder", order, {*columns, "AUTHOR_EMAIL"})
    check_names(call, 2, "arFilter", {split_key(name, PREFIXES)[1]: None for name in conditions}, set(columns))
    if task is None:
        raise task_exception(FAILED, "Action failed")
    comments = portal.tasks.comments.in_forum_of(task.id)
    for condition in read_conditions(conditions, columns, PREFIXES):
        comments = [c for c in comments if condition.test(columns[condition.name].read(c))]
    comments.sort(key=lambda comment: comment.id, reverse=True)
    for name, way in reversed(order.items()):
        if name in columns:
            reverse = (as_text(way) or "").upper().startswith("DESC")
            comments.sort(key=sort_key(columns[name]), reverse=reverse)
    return [shown(portal, comment) for comment in comments]


@rest_method("task.commentitem.update", scope="task", docs=f"{PAGES}/task-comment-item-update.md")
def update_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, {POST_MESSAGE}]``. One's own, an administrator every one."""
    call = LegacyCall(f"{CLASS}::update", params)
    comment = own(caller, find(portal, caller, call))
    text = (as_text(call.array(2).get("POST_MESSAGE")) or "").strip()
    if not text:
        raise refusal("Не указан текст комментария.")
    portal.tasks.comments.update(comment, text, by=caller.user_id)
    return True


@rest_method("task.commentitem.delete", scope="task", docs=f"{PAGES}/task-comment-item-delete.md")
def delete_comment(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID]``."""
    call = LegacyCall(f"{CLASS}::delete", params)
    comment = own(caller, find(portal, caller, call))
    portal.tasks.comments.delete(comment, by=caller.user_id)
    return True


@rest_method("task.commentitem.isactionallowed", scope="task", docs=f"{PAGES}/task-comment-item-is-action-allowed.md")
def is_action_allowed(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``[TASKID, ITEMID, ACTIONID]``."""
    call = LegacyCall(f"{CLASS}::isactionallowed", params)
    comment = find(portal, caller, call)
    action = call.integer(2, "actionId")
    if action == ADD:
        return readable_task(portal, caller, call.integer(0, "taskId")) is not None
    return action in {UPDATE, DELETE} and comment is not None and (caller.admin or comment.author == caller.user_id)


@rest_method("task.commentitem.getmanifest", scope="task", docs=f"{PAGES}/task-comment-item-get-manifest.md")
def manifest(portal: Portal, caller: Caller, params: Params) -> JSON:
    """For people to read: "don't rely on the format"."""
    return {
        "Manifest version": "1.1",
        "Warning": "don't rely on format of this manifest, it can be changed without any notification",
        "REST: shortname alias to class": "commentitem",
        "REST: writable commentitem data fields": list(WRITABLE),
        "REST: readable commentitem data fields": [
            "POST_MESSAGE_HTML", "ID", "AUTHOR_ID", "AUTHOR_NAME", "AUTHOR_EMAIL", "POST_DATE", "POST_MESSAGE",
            "UF_FORUM_MESSAGE_DOC", "ATTACHED_OBJECTS",
        ],
        "REST: sortable commentitem data fields": ["ID", "AUTHOR_ID", "AUTHOR_NAME", "AUTHOR_EMAIL", "POST_DATE"],
        "REST: filterable commentitem data fields": ["ID", "AUTHOR_ID", "AUTHOR_NAME", "POST_DATE"],
        "REST: date fields": ["POST_DATE"],
    }  # fmt: skip


def say(portal: Portal, caller: Caller, task_id: int, fields: Mapping[str, JSON]) -> int:
    message = (as_text(fields.get("POST_MESSAGE")) or "").strip()
    if not message:
        raise refusal("Не указан текст комментария")
    task = readable_task(portal, caller, task_id)
    if task is None:
        raise refusal("Недостаточно прав для добавления комментария.")
    author = as_int(fields.get("AUTHOR_ID")) or caller.user_id
    return portal.tasks.comments.add(task, message, author=author, at=read_moment(fields.get("POST_DATE"))).id


def find(portal: Portal, caller: Caller, call: LegacyCall) -> TaskComment | None:
    task = readable_task(portal, caller, call.integer(0, "taskId"))
    comment = portal.tasks.comments.get(call.integer(1, "itemId"))
    return comment if task is not None and comment is not None and comment.task_id == task.id else None


def own(caller: Caller, comment: TaskComment | None) -> TaskComment:
    if comment is None or not (caller.admin or comment.author == caller.user_id):
        raise task_exception(NOT_ALLOWED, "Action is not allowed")
    return comment


def comment_columns(portal: Portal) -> dict[str, Column[TaskComment]]:
    return {
        "ID": Column(Kind.NUMBER, lambda comment: comment.id),
        "AUTHOR_ID": Column(Kind.NUMBER, lambda comment: comment.author),
        "AUTHOR_NAME": Column(Kind.MASK, lambda comment: author_name(portal, comment)),
        "POST_DATE": Column(Kind.MOMENT, lambda comment: comment.at),
    }


def check_names(call: LegacyCall, place: int, title: str, sent: Mapping[str, JSON], known: set[str]) -> None:
    for name in sent:
        if name not in known:
            words = f'Param #{place} ({title}) for method {call.method}() must not contain key "{name}".'
            raise call.wrong(words)


def sort_key(column: Column[TaskComment]) -> Callable[[TaskComment], int | str | datetime]:
    def key(comment: TaskComment) -> int | str | datetime:
        value = column.read(comment)
        return "" if value is None or isinstance(value, frozenset) else value

    return key


def author_name(portal: Portal, comment: TaskComment) -> str:
    user = portal.staff.user(comment.author)
    return user.full_name if user else ""


def shown(portal: Portal, comment: TaskComment) -> dict[str, JSON]:
    return {
        "POST_MESSAGE_HTML": None,
        "ID": str(comment.id),
        "AUTHOR_ID": str(comment.author),
        "AUTHOR_NAME": author_name(portal, comment),
        "AUTHOR_EMAIL": "",
        "POST_DATE": iso(comment.at),
        "POST_MESSAGE": comment.text,
        "ATTACHED_OBJECTS": {},
    }
