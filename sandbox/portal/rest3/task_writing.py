"""``fields`` of ``tasks.task.add`` and ``tasks.task.update``, turned into changes of a ``Task``.

What may stand in a field of a task is the business of ``task_fields.py``, shared with the older version; its words are
told here about the field they concern (tasks-task-add-rest-v3.md, tasks-task-update-rest-v3.md).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from sandbox.portal import task_fields
from sandbox.portal.errors import RestError
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest3.refusals import invalid_request, mistyped
from sandbox.portal.rest3.task_entities import NO_MARK, PRIORITIES, STATUSES, TASK
from sandbox.portal.rest3.writing import OF_REQUEST, read_fields
from sandbox.portal.task_files import check_files
from sandbox.portal.tasks import Task

Reader: TypeAlias = "Callable[[Portal, Any], object]"

MARKS = {"N": "N", "P": "P", "negative": "N", "positive": "P", NO_MARK: None}


def as_it_is(portal: Portal, value: Any) -> object:
    return value


def word_in(words: Mapping[str, object], name: str) -> Reader:
    """What a portal says to a word it does not know is unverified."""

    def read(portal: Portal, value: Any) -> object:
        if value not in words:
            raise invalid_request((name, f"Недопустимое значение поля `{name}`"))
        return words[value]

    return read


def ids(name: str, said: JSON) -> list[int]:
    """Numbers, or the objects with an ``id`` that answers have in their place."""
    elements = said if isinstance(said, Sequence) and not isinstance(said, str) else []
    found = [one.get("id") if isinstance(one, Mapping) else one for one in elements]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
        raise invalid_request(mistyped(name, "int[]"))
    return [one for one in dict.fromkeys(found) if isinstance(one, int)]


def people(name: str) -> Reader:
    return lambda portal, value: task_fields.people(portal, ids(name, value))


def number(portal: Portal, value: Any) -> object:
    return max(int(value), 0)


WRITTEN: dict[str, tuple[str, Reader, object]] = {
    "title": ("title", task_fields.title, ""),
    "description": ("description", as_it_is, ""),
    "creatorId": ("created_by", task_fields.creator, 0),
    "responsibleId": ("responsible", task_fields.responsible, 0),
    "deadline": ("deadline", as_it_is, None),
    "needsControl": ("control", as_it_is, False),
    "startPlan": ("start_plan", as_it_is, None),
    "endPlan": ("end_plan", as_it_is, None),
    "groupId": ("group", number, 0),
    "stageId": ("stage", number, 0),
    "flowId": ("flow", number, 0),
    "priority": ("priority", word_in(PRIORITIES, "priority"), "average"),
    "status": ("status", word_in(STATUSES, "status"), "pending"),
    "accomplices": ("accomplices", people("accomplices"), []),
    "auditors": ("auditors", people("auditors"), []),
    "parentId": ("parent", number, 0),
    "plannedDuration": ("duration_plan", as_it_is, None),
    "durationType": ("duration_type", as_it_is, "days"),
    "estimatedTime": ("time_estimate", number, 0),
    "xmlId": ("xml_id", task_fields.optional_text, None),
    "mark": ("mark", word_in(MARKS, "mark"), NO_MARK),
    "allowsChangeDeadline": ("allow_change_deadline", as_it_is, False),
    "allowsTimeTracking": ("allow_time_tracking", as_it_is, False),
    "matchesWorkTime": ("match_work_time", as_it_is, False),
    "addInReport": ("add_in_report", as_it_is, False),
    "crmItemIds": ("bindings", task_fields.bindings, []),
    "requireResult": ("result_required", as_it_is, False),
    "matchesSubTasksTime": ("dates_from_subtasks", as_it_is, False),
    "autocompleteSubTasks": ("completes_with_subtasks", as_it_is, False),
    "dependsOn": ("depends_on", task_fields.numbers, []),
}
"""Attribute of ``Task``, reader, and what ``null`` stands for. Other fields are taken and come to nothing, as those
that a portal computes itself."""


def read_task(portal: Portal, said: Mapping[str, JSON], group: str, task: Task | None, by: int) -> dict[str, object]:
    """New values by attribute. ``group`` is ``add`` or ``update``; ``task`` is the one to be changed."""
    values: dict[str, object] = {}
    for name, value in read_fields(TASK, said, group, OF_REQUEST).items():
        if name == "fileIds":
            with blaming(name):
                check_files(portal, file_codes(value, task), task, by)
        if name in WRITTEN:
            attribute, read, empty = WRITTEN[name]
            with blaming(name):
                values[attribute] = read(portal, empty if value is None else value)
    with blaming("parentId"):
        task_fields.check_parent(portal, values, task, by)
    with blaming("groupId"):
        task_fields.check_group(portal, values, task, by)
    task_fields.check_stage(portal, values, task)
    with blaming("endPlan"):
        task_fields.check_plan(values, task)
    return values


def file_codes(said: JSON, task: Task | None) -> list[str]:
    """Files of the drive, or attachments the task has already, in the codes of ``task_files``; which of the two a
    portal means is unverified."""
    present = task.files if task else ()
    return [str(number) if number in present else f"n{number}" for number in ids("fileIds", said)]


@contextmanager
def blaming(name: str) -> Iterator[None]:
    """What the shared rules refuse is said about this field, without the line break and the entities of the older
    version."""
    try:
        yield
    except RestError as refusal:
        words = html.unescape(refusal.description).removesuffix("<br>")
        raise invalid_request((name, words)) from None
