"""How tasks are found without looking at all of them: 100,000 of them must not slow a list down.

Kept in step by ``tasks.Tasks``, used by ``task_search``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Set
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.tasks import Task


class Index:
    """Ids by a key that tasks share."""

    def __init__(self) -> None:
        self._ids: dict[int | str, set[int]] = {}

    def put(self, key: int | str, task_id: int) -> None:
        self._ids.setdefault(key, set()).add(task_id)

    def drop(self, key: int | str, task_id: int) -> None:
        ids = self._ids.get(key)
        if ids is not None:
            ids.discard(task_id)
            if not ids:
                del self._ids[key]

    def at(self, key: int | str) -> Set[int]:
        return self._ids.get(key, frozenset())


class Line:
    """Ids in the order of a moment or a number, for "since" and "until". What has no value is not on it."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def put(self, value: datetime | int | None, task_id: int) -> None:
        if value is not None:
            insort(self._marks, (position(value), task_id))

    def drop(self, value: datetime | int | None, task_id: int) -> None:
        if value is not None:
            del self._marks[bisect_left(self._marks, (position(value), task_id))]

    def part(self, prefix: str, value: datetime | int) -> slice:
        """Where the ids on this side of the value stand, those at the value itself included."""
        if prefix.startswith(">"):
            return slice(bisect_left(self._marks, (position(value),)), len(self._marks))
        return slice(0, bisect_right(self._marks, (position(value), float("inf"))))

    def ids(self, part: slice) -> Iterator[int]:
        return (task_id for _, task_id in self._marks[part])


def position(value: datetime | int) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


class TaskIndexes:
    def __init__(self) -> None:
        self.by_group = Index()
        self.by_responsible = Index()
        self.by_parent = Index()
        self.by_member = Index()
        """Everyone with a role in the task."""
        self.by_binding = Index()
        """CRM items by their code, casefolded."""
        self.lines = {name: Line() for name in ("ID", "CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "DEADLINE")}

    def put(self, task: Task) -> None:
        for index, keys in self._places(task):
            for key in keys:
                index.put(key, task.id)
        for name, value in marks(task):
            self.lines[name].put(value, task.id)

    def drop(self, task: Task) -> None:
        """Before the task changes: it is looked for where it stands."""
        for index, keys in self._places(task):
            for key in keys:
                index.drop(key, task.id)
        for name, value in marks(task):
            self.lines[name].drop(value, task.id)

    def _places(self, task: Task) -> list[tuple[Index, Iterable[int | str]]]:
        return [
            (self.by_group, (task.group,)),
            (self.by_responsible, (task.responsible,)),
            (self.by_parent, (task.parent,)),
            (self.by_member, task.members),
            (self.by_binding, {code.casefold() for code in task.bindings}),
        ]


def marks(task: Task) -> list[tuple[str, datetime | int | None]]:
    return [
        ("ID", task.id),
        ("CREATED_DATE", task.created),
        ("CHANGED_DATE", task.changed),
        ("CLOSED_DATE", task.closed),
        ("DEADLINE", task.deadline),
    ]
