"""``portal.tasks.checklists``: lists of steps inside tasks. A root item is a list, its title the list's name.

Requests and answers are in ``methods/checklists.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task

ROOT = 0
MAX_DEPTH = 3
"""Levels of a tree, the list itself being the first (api-reference/tasks/checklist-item/index.md)."""

ACCOMPLICE, AUDITOR = "A", "U"


class DepthError(Exception):
    """The tree has ``MAX_DEPTH`` levels at most."""


@dataclass(slots=True)
class ChecklistItem:
    id: int
    task_id: int
    parent: int
    """``ROOT`` for a list."""
    created_by: int
    title: str
    sort_index: int
    complete: bool = False
    important: bool = False
    toggled_by: int | None = None
    toggled: datetime | None = None
    members: dict[int, str] = field(default_factory=dict)
    """``ACCOMPLICE`` or ``AUDITOR`` by user id."""


class Checklists:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._items: dict[int, ChecklistItem] = {}
        self._of_task: dict[int, list[int]] = {}

    def add(
        self,
        task: Task,
        title: str,
        *,
        by: int,
        parent: int | None = None,
        sort_index: int | None = None,
        complete: bool = False,
        important: bool = False,
        members: Mapping[int, str] | None = None,
    ) -> ChecklistItem:
        """A new item at the end of its siblings.

        ``parent`` 0, or one the task does not have, makes a new list; ``None`` means the topmost list, made when there
        is none (its name is unverified). Raises ``DepthError``. Members join the task in the same role.
        """
        if parent is None:
            parent = self._topmost_list(task, by)
        elif parent != ROOT and not self._belongs(parent, task.id):
            parent = ROOT
        if self._depth(parent) >= MAX_DEPTH:
            raise DepthError
        item = ChecklistItem(
            id=self._portal.next_id("checklist_item"),
            task_id=task.id,
            parent=parent,
            created_by=by,
            title=title,
            sort_index=len(self.children(task.id, parent)) if sort_index is None else sort_index,
            important=important,
        )
        self._items[item.id] = item
        self._of_task.setdefault(task.id, []).append(item.id)
        self._note(task, by, "CREATE", "", title)
        if complete:
            self.toggle(item, complete=True, by=by)
        self.set_members(task, item, members or {}, by=by)
        return item

    def rename(self, task: Task, item: ChecklistItem, title: str, *, by: int) -> None:
        if title != item.title:
            self._note(task, by, "RENAME", item.title, title)
            item.title = title

    def toggle(self, item: ChecklistItem, *, complete: bool, by: int) -> None:
        """Tick or untick. Again is no change: who and when stay as they were (unverified). No event of the task is
        documented for it."""
        if complete == item.complete:
            return
        item.complete = complete
        item.toggled_by = by
        item.toggled = self._portal.clock.now()
        task = self._portal.tasks.get(item.task_id)
        if task is not None:
            before, after = ("", item.title) if complete else (item.title, "")
            self._note(task, by, "CHECK" if complete else "UNCHECK", before, after)

    def set_members(self, task: Task, item: ChecklistItem, members: Mapping[int, str], *, by: int) -> None:
        """Replace the members; nobody leaves the task because of it."""
        item.members = dict(members)
        joining = {
            "accomplices": (task.accomplices, ACCOMPLICE),
            "auditors": (task.auditors, AUDITOR),
        }
        changes = {
            name: tuple(dict.fromkeys((*present, *(user for user, kind in members.items() if kind == wanted))))
            for name, (present, wanted) in joining.items()
        }
        self._portal.tasks.update(task, changes, by=by)

    def move_under(self, item: ChecklistItem, parent: int) -> None:
        """With everything below it. A parent the task does not have makes the item a list. Raises ``DepthError``."""
        if parent != ROOT and (not self._belongs(parent, item.task_id) or parent in self._below(item.id)):
            parent = ROOT
        if self._depth(parent) + self._height(item.id) > MAX_DEPTH:
            raise DepthError
        item.parent = parent

    def move_after(self, item: ChecklistItem, other: ChecklistItem) -> None:
        """Right behind ``other``, under the parent of ``other``. Raises ``DepthError``."""
        self.move_under(item, other.parent)
        siblings = [sibling for sibling in self.children(item.task_id, other.parent) if sibling is not item]
        siblings.insert(siblings.index(other) + 1, item)
        for position, sibling in enumerate(siblings):
            sibling.sort_index = position

    def delete(self, task: Task, item: ChecklistItem, *, by: int) -> None:
        """With everything below it."""
        for number in self._below(item.id):
            gone = self._items.pop(number)
            self._of_task[task.id].remove(number)
            self._note(task, by, "REMOVE", gone.title, "")

    def get(self, item_id: int) -> ChecklistItem | None:
        return self._items.get(item_id)

    def of_task(self, task_id: int) -> list[ChecklistItem]:
        """Every item, by id."""
        return [self._items[number] for number in self._of_task.get(task_id, ())]

    def children(self, task_id: int, parent: int) -> list[ChecklistItem]:
        """From top to bottom."""
        found = [item for item in self.of_task(task_id) if item.parent == parent]
        return sorted(found, key=lambda item: (item.sort_index, item.id))

    def forget(self, task_id: int) -> None:
        for number in self._of_task.pop(task_id, ()):
            del self._items[number]

    def _topmost_list(self, task: Task, by: int) -> int:
        lists = self.children(task.id, ROOT)
        return lists[0].id if lists else self.add(task, "BX_CHECKLIST_1", by=by, parent=ROOT).id

    def _belongs(self, item_id: int, task_id: int) -> bool:
        item = self._items.get(item_id)
        return item is not None and item.task_id == task_id

    def _depth(self, item_id: int) -> int:
        """Level of an item, 1 for a list, 0 for ``ROOT``."""
        return len(list(self._path(item_id)))

    def _path(self, item_id: int) -> Iterator[ChecklistItem]:
        item = self._items.get(item_id)
        while item is not None:
            yield item
            item = self._items.get(item.parent)

    def _height(self, item_id: int) -> int:
        """Levels of the tree under and including an item."""
        task_id = self._items[item_id].task_id
        return 1 + max((self._height(child.id) for child in self.children(task_id, item_id)), default=0)

    def _below(self, item_id: int) -> list[int]:
        """The item and everything under it."""
        task_id = self._items[item_id].task_id
        return [item_id, *(number for child in self.children(task_id, item_id) for number in self._below(child.id))]

    def _note(self, task: Task, by: int, what: str, before: str, after: str) -> None:
        self._portal.tasks.note(task, by, f"CHECKLIST_ITEM_{what}", before, after)
        self._portal.changed(f"task.checklist.{what.lower()}", id=task.id, by=by)
