"""``portal.tasks.links``: dependencies between tasks on the Gantt chart (api-reference/tasks/task-dependence-add.md).

Not the same as ``DEPENDS_ON``, the "previous tasks" of a card.
"""

from __future__ import annotations

from enum import IntEnum


class LinkType(IntEnum):
    START_START = 0
    START_FINISH = 1
    FINISH_START = 2
    FINISH_FINISH = 3


class IllegalLinkError(Exception):
    """There is such a link already, or it would close a circle."""


class TaskLinks:
    def __init__(self) -> None:
        self._types: dict[tuple[int, int], LinkType] = {}
        """By the ids of the task that is waited for and of the one that waits."""

    def add(self, before: int, after: int, kind: LinkType) -> None:
        """Raises ``IllegalLinkError``. One link a pair, whichever way it points; circles are refused (unverified)."""
        if before == after or (before, after) in self._types or before in self._following(after):
            raise IllegalLinkError(f"{before} -> {after}")
        self._types[before, after] = kind

    def remove(self, before: int, after: int) -> bool:
        """``False`` when there is none."""
        return self._types.pop((before, after), None) is not None

    def of(self, task_id: int) -> dict[tuple[int, int], LinkType]:
        return {pair: kind for pair, kind in self._types.items() if task_id in pair}

    def forget(self, task_id: int) -> None:
        self._types = {pair: kind for pair, kind in self._types.items() if task_id not in pair}

    def _following(self, task_id: int) -> set[int]:
        found: set[int] = set()
        waiting = [task_id]
        while waiting:
            here = waiting.pop()
            later = {after for before, after in self._types if before == here} - found
            found |= later
            waiting.extend(later)
        return found
