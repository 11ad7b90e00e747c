"""Somebody deleted the card of a case. That is no way to give a case up: its tasks are put away, the work it was about
gets a new case, and the head of quality hears of it (S81, R26).

A case that was over already isn't begun anew: the journal has its record.
"""

from __future__ import annotations

from dataclasses import dataclass

from rules.decision import CompleteTask, Decision, Tell, do
from rules.model import STAGE_TITLES, Staff, Stage, Task
from rules.rulebook import Rulebook


@dataclass(frozen=True)
class DeletedCase:
    """What is left of it: its tasks, and the timeline of the item it was about."""

    id: int
    source_title: str
    tasks: tuple[Task, ...]
    staff: Staff
    told: frozenset[str] = frozenset()
    stage: Stage | None = None
    """Where our own memory saw it last; ``None`` when that was lost."""

    @property
    def was_open(self) -> bool:
        """Without memory, an open task says so; after a crash, the note that was left before the tasks were closed."""
        if self.stage is not None:
            return not self.stage.is_final
        return any(not task.closed for task in self.tasks) or _mark(self, "open") in self.told


def decide_deleted(case: DeletedCase, book: Rulebook) -> Decision:
    """The note first: with it, a second look knows that the case was open."""
    mark = _mark(case, "open" if case.was_open else "closed")
    head = case.staff.head_of(book.quality.department)
    told = Tell(mark, _text(case), to=(head,) if head is not None else ())
    return do(
        (None if told.mark in case.told else told, *(CompleteTask(task.id) for task in case.tasks if not task.closed)),
        because=(f"карточка разбора №{case.id} удалена",),
    )


def _mark(case: DeletedCase, how: str) -> str:
    return f"deleted-{case.id}-{how}"


def _text(case: DeletedCase) -> str:
    begun = f"Карточка разбора №{case.id} («{case.source_title}») удалена."
    if not case.was_open:
        return f"{begun} Разбор был завершён: его запись осталась в журнале сервиса."
    tasks = "".join(f"\n• №{task.id} «{task.title}»" for task in case.tasks if not task.closed)
    closed = f"\nЗадачи закрыты:{tasks}" if tasks else ""
    return (
        f"{begun} Работа получит новый разбор. Если разбор не нужен, переведите его на стадию "
        f"«{STAGE_TITLES[Stage.CANCELLED]}» и укажите причину.{closed}"
    )
