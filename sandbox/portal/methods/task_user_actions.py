"""What a user does with a task for themselves: favourites, mute, pin, watch, counters, the plan of the day
(api-reference/tasks/user-actions/, tasks-task-counters-get.md, planner/)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.methods.tasks import readable_task, require_task_id
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, rest_method
from sandbox.portal.task_marks import Mark
from sandbox.portal.task_search import OVERDUE, sub_status
from sandbox.portal.task_view import in_card
from sandbox.portal.tasks import Task

WITH_CHAT = ("*", "CHAT_ID")

USER_ACTIONS = "api-reference/tasks/user-actions"


@rest_method("tasks.task.favorite.add", scope="task", docs=f"{USER_ACTIONS}/tasks-task-favorite-add.md")
def add_favorite(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.tasks.set_favorite(favorable_task(portal, caller, params), caller.user_id, favorite=True)
    return True


@rest_method("tasks.task.favorite.remove", scope="task", docs=f"{USER_ACTIONS}/tasks-task-favorite-remove.md")
def remove_favorite(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.tasks.set_favorite(favorable_task(portal, caller, params), caller.user_id, favorite=False)
    return True


@rest_method("tasks.task.mute", scope="task", docs=f"{USER_ACTIONS}/tasks-task-mute.md")
def mute(portal: Portal, caller: Caller, params: Params) -> JSON:
    return marked(portal, caller, params, lambda task: portal.tasks.marks.put(Mark.MUTED, task.id, caller.user_id))


@rest_method("tasks.task.unmute", scope="task", docs=f"{USER_ACTIONS}/tasks-task-unmute.md")
def unmute(portal: Portal, caller: Caller, params: Params) -> JSON:
    return marked(portal, caller, params, lambda task: portal.tasks.marks.take_off(Mark.MUTED, task.id, caller.user_id))


@rest_method("tasks.task.pin", scope="task", docs=f"{USER_ACTIONS}/tasks-task-pin.md")
def pin(portal: Portal, caller: Caller, params: Params) -> JSON:
    """With the chat of the task, as ``tasks.task.get`` shows it."""
    change = portal.tasks.marks.put
    return marked(portal, caller, params, lambda task: change(Mark.PINNED, task.id, caller.user_id), WITH_CHAT)


@rest_method("tasks.task.unpin", scope="task", docs=f"{USER_ACTIONS}/tasks-task-unpin.md")
def unpin(portal: Portal, caller: Caller, params: Params) -> JSON:
    change = portal.tasks.marks.take_off
    return marked(portal, caller, params, lambda task: change(Mark.PINNED, task.id, caller.user_id), WITH_CHAT)


@rest_method("tasks.task.startwatch", scope="task", docs=f"{USER_ACTIONS}/tasks-task-start-watch.md")
def start_watching(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Whoever may see a task may become its auditor."""
    task = watched_task(portal, caller, params)
    auditors = tuple(dict.fromkeys((*task.auditors, caller.user_id)))
    portal.tasks.update(task, {"auditors": auditors}, by=caller.user_id)
    return {"task": in_card(portal, caller.user_id, task)}


@rest_method("tasks.task.stopwatch", scope="task", docs=f"{USER_ACTIONS}/tasks-task-stop-watch.md")
def stop_watching(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The task is answered also to an auditor who from now on does not see it."""
    task = watched_task(portal, caller, params)
    auditors = tuple(user_id for user_id in task.auditors if user_id != caller.user_id)
    portal.tasks.update(task, {"auditors": auditors}, by=caller.user_id)
    return {"task": in_card(portal, caller.user_id, task)}


COUNTED_ROLES: Mapping[str, Callable[[Task, int], bool]] = {
    "view_all": lambda task, user_id: user_id in task.members,
    "view_role_responsible": lambda task, user_id: user_id == task.responsible,
    "view_role_accomplice": lambda task, user_id: user_id in task.accomplices,
    "view_role_auditor": lambda task, user_id: user_id in task.auditors,
    "view_role_originator": lambda task, user_id: user_id == task.created_by,
}

COUNTER_CODES = {"expired": 6291456, "new_comments": 12582912}
"""Of the sample, which is for all roles; those of a single role are not documented (unverified)."""


@rest_method("tasks.task.counters.get", scope="task", docs="api-reference/tasks/tasks-task-counters-get.md")
def get_counters(portal: Portal, caller: Caller, params: Params) -> JSON | Answer:
    """Of oneself, of a subordinate, or of anybody for an administrator; of others nothing. Comments here are messages
    of a chat, whose being read the counter does not follow: their number is always 0."""
    user_id = read_number(params, "userId") or caller.user_id
    group_id = read_number(params, "groupId") or 0
    group = portal.workgroups.get(group_id)
    if group_id and (group is None or not (caller.admin or portal.workgroups.can_see(group, caller.user_id))):
        raise RestError("0", "Group not found or access denied. (internal error)")
    theirs = user_id == caller.user_id or caller.admin or portal.staff.is_head_over(caller.user_id, user_id)
    if not theirs or portal.staff.user(user_id) is None:
        return Answer([], total=1)
    counts = COUNTED_ROLES.get(params.text("type"), COUNTED_ROLES["view_all"])
    muted = portal.tasks.marks.of(Mark.MUTED, user_id)
    now = portal.clock.now()
    tasks = [
        portal.tasks.get(task_id) for task_id in portal.tasks.indexes.by_member.at(user_id) if task_id not in muted
    ]
    expired = sum(
        task is not None
        and counts(task, user_id)
        and (not group_id or task.group == group_id)
        and sub_status(portal, task, user_id, now) == OVERDUE
        for task in tasks
    )
    numbers = {"expired": expired, "new_comments": 0}
    return Answer({name: {"counter": numbers[name], "code": code} for name, code in COUNTER_CODES.items()}, total=1)


@rest_method("task.planner.getlist", scope="task", docs="api-reference/tasks/planner/task-planner-get-list.md")
def plan_of_the_day(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A task comes into the plan by hand, in the interface: in the sandbox through ``portal.tasks.marks``."""
    return list(portal.tasks.marks.of(Mark.TODAY, caller.user_id))


def marked(
    portal: Portal, caller: Caller, params: Params, change: Callable[[Task], None], select: Sequence[str] = ()
) -> JSON:
    """Nothing, and no error, for a task the caller may not see."""
    task = readable_task(portal, caller, require_task_id(params, "id"))
    if task is None:
        return []
    change(task)
    return {"task": in_card(portal, caller.user_id, task, select)}


def favorable_task(portal: Portal, caller: Caller, params: Params) -> Task:
    task = readable_task(portal, caller, require_task_id(params))
    if task is None:
        raise RestError("1", "Task not found or not accessible")
    return task


def watched_task(portal: Portal, caller: Caller, params: Params) -> Task:
    task = readable_task(portal, caller, require_task_id(params))
    if task is None:
        # An empty PHP array: that is what the page says the portal says.
        raise RestError("1048584", "a:0:{}")
    return task


def read_number(params: Params, name: str) -> int | None:
    value = params.get(name)
    number = as_int(value)
    if value is not None and value != "" and number is None:
        words = f"Invalid value {{{as_text(value)}}} to match with parameter {{{name}}}. Should be value of type int."
        raise RestError("0", words)
    return number
