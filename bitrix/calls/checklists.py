"""Checklists of tasks (``task.checklistitem.*``, scope ``task``). These methods ignore names and count positions.

A checklist is a row without a parent whose title is its name; the rows that can be ticked hang below it.
"""

from dataclasses import dataclass
from datetime import datetime

from bitrix.call import JSON, Answer, Call
from bitrix.readers import Row, many, new_id, yes_or_no
from bitrix.tidy import as_bool, as_datetime, as_id, as_int, as_int_or_none, as_text


@dataclass(frozen=True)
class ChecklistItem:
    id: int
    task_id: int
    parent_id: int | None
    """None: this is the header of a checklist, not something to tick."""
    title: str
    done: bool
    sort_index: int
    toggled_by: int | None
    toggled_at: datetime | None


def list_checklist(task_id: int) -> Call[tuple[ChecklistItem, ...]]:
    """Headers and rows of all checklists of the task, by sort index.

    Source: api-reference/tasks/checklist-item/task-checklist-item-get-list.md.
    """
    return Call("task.checklistitem.getlist", [task_id], read=_read_sorted)


def add_checklist_item(task_id: int, title: str, parent_id: int | None = None, done: bool = False) -> Call[int]:
    """The id of the new row. ``parent_id`` 0 begins a new checklist; None adds to the first one, made when missing.

    Source: api-reference/tasks/checklist-item/task-checklist-item-add.md.
    """
    fields: dict[str, JSON] = {"TITLE": title, "IS_COMPLETE": "Y" if done else "N"}
    if parent_id is not None:
        fields["PARENT_ID"] = parent_id
    return Call("task.checklistitem.add", [task_id, fields], read=new_id, writes=True)


def complete_checklist_item(task_id: int, item_id: int) -> Call[bool]:
    """The portal does not check that the row belongs to the task.

    Source: api-reference/tasks/checklist-item/task-checklist-item-complete.md.
    """
    return Call("task.checklistitem.complete", [task_id, item_id], read=yes_or_no, writes=True)


def renew_checklist_item(task_id: int, item_id: int) -> Call[bool]:
    """Source: api-reference/tasks/checklist-item/task-checklist-item-renew.md."""
    return Call("task.checklistitem.renew", [task_id, item_id], read=yes_or_no, writes=True)


def _read_sorted(answer: Answer) -> tuple[ChecklistItem, ...]:
    return tuple(sorted(many(_read)(answer), key=lambda item: (item.sort_index, item.id)))


def _read(row: Row) -> ChecklistItem:
    return ChecklistItem(
        id=as_int(row.get("ID"), "ID"),
        task_id=as_int(row.get("TASK_ID"), "TASK_ID"),
        parent_id=as_id(row.get("PARENT_ID"), "PARENT_ID"),
        title=as_text(row.get("TITLE"), "TITLE"),
        done=as_bool(row.get("IS_COMPLETE"), "IS_COMPLETE"),
        sort_index=as_int_or_none(row.get("SORT_INDEX"), "SORT_INDEX") or 0,
        toggled_by=as_id(row.get("TOGGLED_BY"), "TOGGLED_BY"),
        toggled_at=as_datetime(row.get("TOGGLED_DATE"), "TOGGLED_DATE"),
    )
