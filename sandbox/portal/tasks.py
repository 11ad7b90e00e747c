"""Section ``portal.tasks``: tasks, their statuses and their history; what belongs to a task has a module of its own
(``checklists``, ``task_results``, ``elapsed_time``, ``task_comments``, ``kanban``).

Who may do what is in ``task_rights.py``, lists in ``task_search.py``, requests and answers in ``methods/tasks.py``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from sandbox.portal.checklists import Checklists
from sandbox.portal.custom_fields import CustomFields
from sandbox.portal.elapsed_time import ElapsedTime
from sandbox.portal.kanban import Kanban
from sandbox.portal.php import JSON
from sandbox.portal.task_comments import TaskComments
from sandbox.portal.task_flows import TaskFlows
from sandbox.portal.task_indexes import TaskIndexes
from sandbox.portal.task_links import TaskLinks
from sandbox.portal.task_marks import Mark, TaskMarks
from sandbox.portal.task_results import TaskResults
from sandbox.portal.task_rights import TaskRights

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

UNDEFINED = "undefined"
"""What events of tasks say instead of nothing (api-reference/tasks/events-tasks/on-task-update.md)."""


class Status(IntEnum):
    """``REAL_STATUS``, the answer's ``status`` (api-reference/tasks/fields.md)."""

    PENDING = 2
    IN_PROGRESS = 3
    AWAITING_CONTROL = 4
    COMPLETED = 5
    DEFERRED = 6


@dataclass(slots=True)
class Task:
    """Times are in the server's zone, durations in seconds, users and groups are ids; 0 is "none"."""

    id: int
    title: str
    created_by: int
    responsible: int
    created: datetime
    changed: datetime
    changed_by: int
    status_changed: datetime
    activity: datetime
    guid: str
    chat: int
    description: str = ""
    parent: int = 0
    group: int = 0
    stage: int = 0
    """Column of the group's kanban; 0 is the first one."""
    status: Status = Status.PENDING
    status_changed_by: int | None = None
    priority: int = 1
    mark: str | None = None
    deadline: datetime | None = None
    start_plan: datetime | None = None
    end_plan: datetime | None = None
    date_start: datetime | None = None
    closed: datetime | None = None
    closed_by: int | None = None
    """``None`` until the status first changes, then 0 while the task is open."""
    xml_id: str | None = None
    accomplices: tuple[int, ...] = ()
    auditors: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    bindings: tuple[str, ...] = ()
    """``UF_CRM_TASK``: ``D_351``, ``T406_24``."""
    files: tuple[int, ...] = ()
    """Attachments of files on the drive."""
    depends_on: tuple[int, ...] = ()
    allow_change_deadline: bool = False
    allow_time_tracking: bool = False
    control: bool = False
    """The creator accepts the work (``TASK_CONTROL``)."""
    add_in_report: bool = False
    match_work_time: bool = False
    time_estimate: int = 0
    duration_plan: int | None = None
    duration_type: str = "days"
    dates_from_subtasks: bool = False
    """``SE_PARAMETER`` 1; kept, without effect."""
    completes_with_subtasks: bool = False
    """``SE_PARAMETER`` 2."""
    result_required: bool = False
    """``SE_PARAMETER`` 3."""
    flow: int = 0
    version: int = 1
    """``outlookVersion``: grows with every saved change."""
    user_fields: Mapping[str, JSON] | None = None
    """Values of ``Tasks.fields`` by name."""

    @property
    def members(self) -> frozenset[int]:
        """Everyone with a role in the task."""
        return frozenset((self.created_by, self.responsible, *self.accomplices, *self.auditors))


Changes: TypeAlias = "Mapping[str, object]"
"""New values by the name of the attribute of ``Task``."""

HISTORY = {
    "title": "TITLE",
    "description": "DESCRIPTION",
    "status": "STATUS",
    "priority": "PRIORITY",
    "mark": "MARK",
    "parent": "PARENT_ID",
    "group": "GROUP_ID",
    "stage": "STAGE_ID",
    "created_by": "CREATED_BY",
    "responsible": "RESPONSIBLE_ID",
    "accomplices": "ACCOMPLICES",
    "auditors": "AUDITORS",
    "deadline": "DEADLINE",
    "start_plan": "START_DATE_PLAN",
    "end_plan": "END_DATE_PLAN",
    "duration_plan": "DURATION_PLAN",
    "time_estimate": "TIME_ESTIMATE",
    "tags": "TAGS",
    "depends_on": "DEPENDS_ON",
    "files": "UF_TASK_WEBDAV_FILES",
    "add_in_report": "ADD_IN_REPORT",
    "control": "TASK_CONTROL",
    "allow_time_tracking": "ALLOW_TIME_TRACKING",
    "allow_change_deadline": "ALLOW_CHANGE_DEADLINE",
}
"""Changes the history keeps (api-reference/tasks/tasks-task-history-list.md)."""

TRANSITIONS = {
    "START": Status.IN_PROGRESS,
    "PAUSE": Status.PENDING,
    "DEFER": Status.DEFERRED,
    "RENEW": Status.PENDING,
    "APPROVE": Status.COMPLETED,
    "DISAPPROVE": Status.PENDING,
    "COMPLETE": Status.COMPLETED,
}


class NotAllowedError(Exception):
    """This user may not do this with this task now."""


class ResultRequiredError(NotAllowedError):
    """The task must not be completed without a result."""


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    id: int
    task_id: int
    at: datetime
    user_id: int
    field: str
    before: str | None
    after: str | None


class Tasks:
    """Every change of a task goes through here, so that indexes, history, journal and events never miss one."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._tasks: dict[int, Task] = {}
        self._with_chat: dict[int, int] = {}
        self._history: dict[int, list[HistoryRecord]] = {}
        self._tags: dict[str, int] = {}
        self._views: dict[int, dict[int, datetime]] = {}
        self.indexes = TaskIndexes()
        self.fields = task_fields(portal)
        self.marks = TaskMarks()
        self.links = TaskLinks()
        self.rights = TaskRights(portal)
        self.checklists = Checklists(portal)
        self.results = TaskResults(portal)
        self.elapsed_time = ElapsedTime(portal)
        self.comments = TaskComments(portal)
        self.kanban = Kanban(portal)
        self.flows = TaskFlows(portal)

    def get(self, task_id: int) -> Task | None:
        return self._tasks.get(task_id)

    def with_chat(self, chat_id: int) -> Task | None:
        """The task this chat belongs to."""
        return self._tasks.get(self._with_chat.get(chat_id, 0))

    def ids(self) -> Iterable[int]:
        return self._tasks.keys()

    def children(self, task_id: int) -> list[Task]:
        return [self._tasks[child_id] for child_id in sorted(self.indexes.by_parent.at(task_id))]

    def __len__(self) -> int:
        return len(self._tasks)

    def add(
        self,
        title: str,
        *,
        responsible: int,
        created_by: int = 1,
        by: int | None = None,
        status: Status = Status.PENDING,
        **fields: object,
    ) -> Task:
        """A new task; ``fields`` are those of ``Task``. ``by`` is who does it, the creator unless said.

        Raises ``TypeError`` for a field that does not exist. Announces ``ONTASKADD``.
        """
        now = self._portal.clock.now()
        author = created_by if by is None else by
        check_editable(fields)
        task = Task(
            id=self._portal.next_id("task"),
            title=title,
            created_by=created_by,
            responsible=responsible,
            created=now,
            changed=now,
            changed_by=author,
            status_changed=now,
            activity=now,
            chat=self._portal.next_id("chat"),
            guid="{" + str(uuid.UUID(int=self._portal.chance.getrandbits(128), version=4)) + "}",
        )
        if status is not Status.PENDING:
            fields.update(self._status_changes(status, author))
        for name, value in fields.items():
            setattr(task, name, value)
        self._tasks[task.id] = task
        self._with_chat[task.chat] = task.id
        self.indexes.put(task)
        self.note(task, author, "NEW", None, None)
        self._portal.changed("task.add", id=task.id, by=author)
        self._portal.emit("ONTASKADD", event_body(UNDEFINED, {"ID": task.id}, "N", UNDEFINED))
        self._portal.crm.task_activities.follow(task, author)
        return task

    def update(self, task: Task, changes: Changes, *, by: int) -> bool:
        """Save what differs. ``False`` when nothing does: then nothing is written or announced. ``ONTASKUPDATE``.

        A new status takes who and when along. Raises ``ResultRequiredError`` for a completion without a result, whoever
        completes: "do not complete without a result" names no exception (tasks-task-add.md; unverified).
        """
        check_editable(changes)
        different = {name: value for name, value in changes.items() if getattr(task, name) != value}
        if "status" in different:
            status = self._reached(task, Status(different.pop("status")), by)  # type: ignore[arg-type]
            if status is not task.status:
                different.update(self._status_changes(status, by))
        if "group" in different and "stage" not in different:
            different["stage"] = 0
        if different:
            self._save(task, different, by)
        return bool(different)

    def perform(self, action: str, task: Task, *, by: int) -> None:
        """One of ``TRANSITIONS``. Raises ``NotAllowedError``, and what ``update`` raises."""
        if not self.rights.may(action, task, by):
            raise NotAllowedError(action)
        status = TRANSITIONS[action]
        if action == "APPROVE":
            self._save(task, self._status_changes(status, by), by)
        else:
            self.update(task, {"status": status}, by=by)

    def delegate(self, task: Task, user_id: int, *, by: int) -> None:
        """Somebody else becomes responsible; who delegated stays as an auditor (unverified)."""
        auditors = task.auditors
        if by == task.responsible and by not in (user_id, *auditors):
            auditors = (*auditors, by)
        self.update(task, {"responsible": user_id, "auditors": auditors}, by=by)

    def delete(self, task: Task, *, by: int) -> None:
        """Subtasks move one level up (unverified). ``ONTASKDELETE``."""
        for child in self.children(task.id):
            self._replace(child, {"parent": task.parent})
        del self._tasks[task.id]
        del self._with_chat[task.chat]
        self._portal.chats.forget_task(task.id)
        self.indexes.drop(task)
        self._history.pop(task.id, None)
        self._views.pop(task.id, None)
        self.marks.forget(task.id)
        self.links.forget(task.id)
        self.checklists.forget(task.id)
        self.results.forget(task.id)
        self.elapsed_time.forget(task.id)
        self.comments.forget(task.id)
        self._portal.changed("task.delete", id=task.id, by=by)
        self._portal.emit("ONTASKDELETE", event_body({"ID": task.id}, UNDEFINED, UNDEFINED, "N"))
        self._portal.crm.task_activities.forget(task.id, by)

    def leave_group(self, group_id: int) -> None:
        """Called when a group is gone."""
        for task_id in list(self.indexes.by_group.at(group_id)):
            self._replace(self._tasks[task_id], {"group": 0, "stage": 0})

    # History

    def note(self, task: Task, by: int, field: str, before: str | None, after: str | None) -> None:
        """Write into the history, which is also a sign of life of the task."""
        now = self._portal.clock.now()
        task.activity = now
        record = HistoryRecord(self._portal.next_id("task_history"), task.id, now, by, field, before, after)
        self._history.setdefault(task.id, []).append(record)
        self._portal.chats.task_changed(record)

    def history(self, task_id: int) -> list[HistoryRecord]:
        """Oldest first."""
        return list(self._history.get(task_id, ()))

    def tag_id(self, title: str) -> int:
        """Tags are words; answers give them numbers."""
        if title not in self._tags:
            self._tags[title] = self._portal.next_id("task_tag")
        return self._tags[title]

    # What a user keeps about a task

    def view(self, task: Task, user_id: int) -> None:
        """The user opened the card. Reading through REST is not a view (unverified)."""
        self._views.setdefault(task.id, {})[user_id] = self._portal.clock.now()

    def viewed(self, task_id: int, user_id: int) -> datetime | None:
        return self._views.get(task_id, {}).get(user_id)

    def set_favorite(self, task: Task, user_id: int, *, favorite: bool) -> None:
        change = self.marks.put if favorite else self.marks.take_off
        change(Mark.FAVORITE, task.id, user_id)

    def favorites(self, user_id: int) -> Set[int]:
        return self.marks.of(Mark.FAVORITE, user_id)

    # Inside

    def _reached(self, task: Task, wanted: Status, by: int) -> Status:
        """Under control the work of anyone but the creator awaits acceptance (contract 6.2; for an administrator
        unverified)."""
        if wanted is not Status.COMPLETED:
            return wanted
        if task.result_required and not self.results.has_open(task.id):
            raise ResultRequiredError(task.id)
        return Status.AWAITING_CONTROL if task.control and by != task.created_by else wanted

    def _status_changes(self, status: Status, by: int) -> dict[str, object]:
        now = self._portal.clock.now()
        done = status is Status.COMPLETED
        changes: dict[str, object] = {
            "status": status,
            "status_changed": now,
            "status_changed_by": by,
            "closed": now if done else None,
            "closed_by": by if done else 0,
        }
        return {**changes, "date_start": now} if status is Status.IN_PROGRESS else changes

    def _complete_relatives(self, task: Task, by: int) -> None:
        """``SE_PARAMETER`` 2: a task is completed with the last of its subtasks, "and the other way round"."""
        if task.completes_with_subtasks:
            for child in self.children(task.id):
                self._complete_along(child, by)
        parent = self._tasks.get(task.parent)
        if parent is None or not parent.completes_with_subtasks:
            return
        if all(sibling.status is Status.COMPLETED for sibling in self.children(parent.id)):
            self._complete_along(parent, by)

    def _complete_along(self, task: Task, by: int) -> None:
        if task.status is not Status.COMPLETED and (not task.result_required or self.results.has_open(task.id)):
            self.update(task, {"status": Status.COMPLETED}, by=by)

    def _save(self, task: Task, different: Changes, by: int) -> None:
        for name, value in different.items():
            if name in HISTORY:
                self.note(task, by, HISTORY[name], told(getattr(task, name)), told(value))
        now = self._portal.clock.now()
        self._replace(task, {**different, "changed": now, "changed_by": by, "version": task.version + 1})
        self._portal.changed("task.update", id=task.id, by=by, fields=sorted(different))
        body = event_body({"ID": task.id}, {"ID": task.id}, UNDEFINED, UNDEFINED)
        self._portal.emit("ONTASKUPDATE", body)
        self._portal.crm.task_activities.follow(task, by)
        if different.get("status") is Status.COMPLETED:
            self.results.close(task.id)
            self._complete_relatives(task, by)

    def _replace(self, task: Task, changes: Changes) -> None:
        self.indexes.drop(task)
        for name, value in changes.items():
            setattr(task, name, value)
        self.indexes.put(task)


def task_fields(portal: Portal) -> CustomFields:
    """With the three that every portal has (api-reference/tasks/user-field/task-item-user-field-get-list.md)."""
    fields = CustomFields(portal, "TASKS_TASK", "UF_")
    hidden = {"show_in_list": False, "edit_in_list": False, "xml_id": ""}
    fields.add(
        "UF_TASK_WEBDAV_FILES",
        "disk_file",
        system=True,
        multiple=True,
        searchable=True,
        xml_id="TASK_WEBDAV_FILES",
        settings={"IBLOCK_ID": 0, "SECTION_ID": 0, "UF_TO_SAVE_ALLOW_EDIT": ""},
    )
    fields.add("UF_MAIL_MESSAGE", "mail_message", system=True, **hidden)
    fields.add("UF_CRM_TASK", "crm", system=True, multiple=True, **hidden)
    return fields


READ_ONLY = frozenset({"id", "guid", "chat", "created", "changed", "changed_by", "activity", "version"})
EDITABLE = frozenset(Task.__dataclass_fields__) - READ_ONLY


def check_editable(fields: Iterable[str]) -> None:
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        raise TypeError(f"a task has no editable field {unknown[0]!r}; there are {', '.join(sorted(EDITABLE))}")


def event_body(before: JSON, after: JSON, accessible_before: str, accessible_after: str) -> dict[str, JSON]:
    return {
        "FIELDS_BEFORE": before,
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": accessible_before,
        "IS_ACCESSIBLE_AFTER": accessible_after,
    }


def told(value: object) -> str:
    """A value as the history keeps it; moments as unix seconds (unverified)."""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, tuple):
        return ",".join(str(element) for element in value)
    if isinstance(value, IntEnum):
        return str(int(value))
    return "" if value is None else str(value)
