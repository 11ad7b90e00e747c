"""Lists of tasks: filter, order, and what the asking user may see (api-reference/tasks/tasks-task-list.md).

A name or prefix the page does not know is ignored; ``XML_ID`` is such a name (what a portal does with them is
unverified). An unknown name to sort by is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from sandbox.portal.conditions import Column, Condition, Kind, read_conditions
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_object
from sandbox.portal.php import JSON
from sandbox.portal.task_marks import Mark
from sandbox.portal.tasks import Status, Task

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

PREFIXES = ("!", "<=", "<", ">=", ">")

OVERDUE, NOT_VIEWED, ALMOST_OVERDUE = -1, -2, -3
ALMOST = timedelta(days=1)
"""How long before its deadline a task is "almost overdue" (unverified)."""

SITE = "s1"

SortValue: TypeAlias = "int | str | datetime | None"


def filter_columns(portal: Portal, user_id: int) -> dict[str, Column[Task]]:
    """Documented filter names."""
    now = portal.clock.now()
    return {
        "ID": Column(Kind.NUMBER, lambda task: task.id),
        "PARENT_ID": Column(Kind.NUMBER, lambda task: task.parent),
        "GROUP_ID": Column(Kind.NUMBER, lambda task: task.group),
        "CREATED_BY": Column(Kind.NUMBER, lambda task: task.created_by),
        "STATUS_CHANGED_BY": Column(Kind.NUMBER, lambda task: task.status_changed_by or 0),
        "PRIORITY": Column(Kind.NUMBER, lambda task: task.priority),
        "FORUM_TOPIC_ID": Column(Kind.NUMBER, lambda task: 0),
        "RESPONSIBLE_ID": Column(Kind.NUMBER, lambda task: task.responsible),
        "TITLE": Column(Kind.MASK, lambda task: task.title),
        "TAG": Column(Kind.TEXT, lambda task: frozenset(task.tags)),
        "REAL_STATUS": Column(Kind.NUMBER, lambda task: int(task.status)),
        "STATUS": Column(Kind.NUMBER, lambda task: sub_status(portal, task, user_id, now)),
        "MARK": Column(Kind.TEXT, lambda task: task.mark or ""),
        "SITE_ID": Column(Kind.TEXT, lambda task: SITE),
        "ADD_IN_REPORT": Column(Kind.FLAG, lambda task: int(task.add_in_report)),
        "DATE_START": Column(Kind.MOMENT, lambda task: task.date_start),
        "DEADLINE": Column(Kind.MOMENT, lambda task: task.deadline),
        "CREATED_DATE": Column(Kind.MOMENT, lambda task: task.created),
        "CLOSED_DATE": Column(Kind.MOMENT, lambda task: task.closed),
        "CHANGED_DATE": Column(Kind.MOMENT, lambda task: task.changed),
        "ACCOMPLICE": Column(Kind.NUMBER, lambda task: frozenset(task.accomplices)),
        "AUDITOR": Column(Kind.NUMBER, lambda task: frozenset(task.auditors)),
        "DEPENDS_ON": Column(Kind.NUMBER, lambda task: frozenset(task.depends_on)),
        "STAGE_ID": Column(Kind.NUMBER, lambda task: task.stage),
        "SPRINT_ID": Column(Kind.NUMBER, lambda task: 0),
        "BACKLOG_ID": Column(Kind.NUMBER, lambda task: 0),
        "UF_CRM_TASK": Column(Kind.TEXT, lambda task: frozenset(task.bindings)),
    }


def sort_keys(portal: Portal, user_id: int) -> dict[str, Callable[[Task], SortValue]]:
    """Documented names to sort by."""
    favorites = portal.tasks.favorites(user_id)
    pinned = portal.tasks.marks.of(Mark.PINNED, user_id)

    def last_name(number: int) -> str:
        user = portal.staff.user(number)
        return user.last_name.casefold() if user else ""

    return {
        "ID": lambda task: task.id,
        "TITLE": lambda task: task.title.casefold(),
        "TIME_SPENT_IN_LOGS": lambda task: portal.tasks.elapsed_time.spent(task.id),
        "DATE_START": lambda task: task.date_start,
        "CREATED_DATE": lambda task: task.created,
        "CHANGED_DATE": lambda task: task.changed,
        "CLOSED_DATE": lambda task: task.closed,
        "ACTIVITY_DATE": lambda task: task.activity,
        "START_DATE_PLAN": lambda task: task.start_plan,
        "END_DATE_PLAN": lambda task: task.end_plan,
        "DEADLINE": lambda task: task.deadline,
        "REAL_STATUS": lambda task: int(task.status),
        "STATUS_COMPLETE": lambda task: 2 if task.status in {Status.AWAITING_CONTROL, Status.COMPLETED} else 1,
        "PRIORITY": lambda task: task.priority,
        "MARK": lambda task: task.mark,
        "CREATED_BY_LAST_NAME": lambda task: last_name(task.created_by),
        "RESPONSIBLE_LAST_NAME": lambda task: last_name(task.responsible),
        "GROUP_ID": lambda task: task.group,
        "TIME_ESTIMATE": lambda task: task.time_estimate,
        "ALLOW_CHANGE_DEADLINE": lambda task: int(task.allow_change_deadline),
        "ALLOW_TIME_TRACKING": lambda task: int(task.allow_time_tracking),
        "MATCH_WORK_TIME": lambda task: int(task.match_work_time),
        "FAVORITE": lambda task: int(task.id in favorites),
        "SORTING": lambda task: portal.tasks.kanban.place(task),
        "IS_PINNED": lambda task: int(task.id in pinned),
        "IS_PINNED_IN_GROUP": lambda task: 0,
    }


def find_tasks(
    portal: Portal, user_id: int, sent_filter: Mapping[str, JSON], order: Iterable[tuple[str, str]]
) -> list[int]:
    """Ids of the tasks this user may see that fit, sorted. Raises ``0`` for an unknown name in ``order``."""
    ways = read_order(portal, user_id, order)
    columns = filter_columns(portal, user_id)
    conditions = read_conditions(sent_filter, columns, PREFIXES)
    readable = portal.tasks.rights.readable(user_id)
    candidates = narrow(portal, conditions, readable)
    tests = [(columns[condition.name].read, condition.test) for condition in conditions]
    tasks = [task for task in map(portal.tasks.get, candidates) if task is not None]
    found = [task for task in tasks if all(test(read(task)) for read, test in tests)]
    if readable is not None:
        found = [task for task in found if task.id in readable]
    if as_flag(sent_filter.get("ONLY_ROOT_TASKS")):
        found = [task for task in found if not task.parent or (readable is not None and task.parent not in readable)]
    subfilter = as_object(sent_filter.get("::SUBFILTER-PARAMS")) or {}
    if as_flag(subfilter.get("FAVORITE")):
        favorites = portal.tasks.favorites(user_id)
        found = [task for task in found if task.id in favorites]
    for name, key, descending in reversed(ways):
        arrange(found, name, key, descending=descending)
    return [task.id for task in found]


def read_order(
    portal: Portal, user_id: int, order: Iterable[tuple[str, str]]
) -> list[tuple[str, Callable[[Task], SortValue], bool]]:
    """By descending id unless something is said; the id also decides between equals."""
    keys = sort_keys(portal, user_id)
    ways = []
    for name, way in order:
        if name not in keys:
            raise RestError("0", "Неверный ключ сортировки (internal error)")
        ways.append((name, keys[name], way.startswith("DESC")))
    return [*ways, ("ID", keys["ID"], True)]


def arrange(tasks: list[Task], name: str, key: Callable[[Task], SortValue], *, descending: bool) -> None:
    """Tasks without the value come first, as in MySQL; without a deadline last, whichever way (unverified)."""
    without = [task for task in tasks if key(task) is None]
    having = [task for task in tasks if key(task) is not None]
    having.sort(key=lambda task: key(task), reverse=descending)  # type: ignore[arg-type, return-value]
    tasks[:] = [*having, *without] if descending or name == "DEADLINE" else [*without, *having]


def narrow(portal: Portal, conditions: Iterable[Condition], readable: set[int] | None) -> Iterable[int]:
    """The smallest set of ids an index can promise the answer is in."""
    indexes = portal.tasks.indexes
    choices: list[Collection[int]] = [] if readable is None else [readable]
    parts: list[tuple[int, str, slice]] = []
    by_key = {
        "GROUP_ID": indexes.by_group,
        "RESPONSIBLE_ID": indexes.by_responsible,
        "PARENT_ID": indexes.by_parent,
        "CREATED_BY": indexes.by_member,
        "ACCOMPLICE": indexes.by_member,
        "AUDITOR": indexes.by_member,
        "UF_CRM_TASK": indexes.by_binding,
    }
    for condition in conditions:
        if not condition.prefix and condition.name == "ID":
            choices.append({number for number in condition.wanted if isinstance(number, int)})
        elif not condition.prefix and condition.name in by_key:
            sets = [by_key[condition.name].at(key) for key in condition.wanted if isinstance(key, (int, str))]
            choices.append(set().union(*sets))
        elif condition.prefix[:1] in {"<", ">"} and condition.name in indexes.lines:
            limit = condition.wanted[0]
            if isinstance(limit, (int, datetime)):
                part = indexes.lines[condition.name].part(condition.prefix, limit)
                parts.append((part.stop - part.start, condition.name, part))
    smallest = min(choices, key=len, default=None)
    shortest = min(parts, default=None, key=lambda part: part[0])
    if shortest is not None and (smallest is None or shortest[0] < len(smallest)):
        return indexes.lines[shortest[1]].ids(shortest[2])
    return portal.tasks.ids() if smallest is None else smallest


def sub_status(portal: Portal, task: Task, user_id: int, now: datetime) -> int:
    """The answer's ``subStatus``: the status, or what is more pressing. Not viewed is asked about this user; the exact
    borders are unverified."""
    if task.status in {Status.AWAITING_CONTROL, Status.COMPLETED}:
        return int(task.status)
    if task.deadline is not None and task.deadline < now:
        return OVERDUE
    if not_viewed(portal, task, user_id):
        return NOT_VIEWED
    if task.deadline is not None and task.deadline < now + ALMOST:
        return ALMOST_OVERDUE
    return int(task.status)


def not_viewed(portal: Portal, task: Task, user_id: int) -> bool:
    """Given to this user by somebody else, not begun, and not once looked at."""
    return (
        task.status is Status.PENDING
        and user_id != task.created_by
        and user_id in task.members
        and portal.tasks.viewed(task.id, user_id) is None
    )
