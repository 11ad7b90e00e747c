"""What people did on the portal between two looks, each change as a sentence and as data (R3, R13, R14, R26)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.record.observation import Observation, TaskSeen
from rules import card
from rules.model import STAGE_TITLES, Case, Stage, UserId
from rules.rulebook import Rulebook
from rules.words import decimal

MOST_CHANGES = 100
LONGEST_SENTENCE = 600


@dataclass(frozen=True)
class Change:
    """``kind``: card, moved, closed, reopened, deleted, handed_over, deadline."""

    kind: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def task_id(self) -> int | None:
        return self.data.get("task")


def changes(before: Observation, now: Observation, case: Case, book: Rulebook) -> tuple[Change, ...]:
    """In the order of the process: moves, the card with its measures, tasks."""
    found = (*_moves(before, case), *_card(before, now, case, book), *_tasks(before, now, case))
    return tuple(Change(each.kind, _cut(each.text), each.data) for each in found)


def as_body(found: tuple[Change, ...]) -> dict[str, Any]:
    """For the journal; a flood of changes is cut, and counted."""
    told = [{"kind": each.kind, "text": each.text, **each.data} for each in found[:MOST_CHANGES]]
    more = len(found) - MOST_CHANGES
    return {"changes": told, **({"and_more": more} if more > 0 else {})}


def _moves(before: Observation, case: Case) -> Iterator[Change]:
    """The portal tells who moved the card last, and nobody else."""
    news = [entry for entry in case.entries if entry.id > before.entry]
    if news and news[0].stage is before.moving_to:
        news = news[1:]
    for entry in news:
        mover = case.moved_by if entry == case.entered else None
        by = f", {case.staff.name_of(mover)}" if mover is not None else ""
        begun = entry == case.entries[0] and entry.stage is Stage.SURVEY
        what = "разбор заведён, стадия" if begun else "стадия"
        data = {"entry": entry.id, "stage": str(entry.stage), "at": entry.at.isoformat(), "by": mover}
        yield Change("moved", f"{what} «{STAGE_TITLES[entry.stage]}»{by}", data)


def _card(before: Observation, now: Observation, case: Case, book: Rulebook) -> Iterator[Change]:
    edits = card.edits(before.written, now.written)
    if not edits:
        return
    values = [{"name": each.name, "was": each.was, "now": each.now} for each in edits]
    sentences = card.sentences(edits, case.staff, book)
    yield Change("card", sentences[0], {"values": values})
    yield from (Change("card", sentence) for sentence in sentences[1:])


def _tasks(before: Observation, now: Observation, case: Case) -> Iterator[Change]:
    for task_id, was in before.tasks.items():
        if task_id not in now.tasks:
            data = {"task": task_id, "slot": was.slot}
            yield Change("deleted", f"удалена задача №{task_id} «{was.title}»", data)
    for task_id, task in now.tasks.items():
        yield from _task(task_id, before.tasks.get(task_id), task, case)


def _task(task_id: int, was: TaskSeen | None, task: TaskSeen, case: Case) -> Iterator[Change]:
    name, data = f"задача №{task_id} «{task.title}»", {"task": task_id, "slot": task.slot}
    if was is not None and was.owner != task.owner:
        owners = {"was": was.owner, "now": task.owner}
        yield Change("handed_over", f"{name} передана: {case.staff.name_of(task.owner)}", {**data, **owners})
    if was is not None and was.deadline != task.deadline:
        term = f"{task.deadline:%d.%m.%Y %H:%M}" if task.deadline is not None else "снят"
        yield Change("deadline", f"{name}: срок {term}", {**data, "now": _iso(task.deadline)})
    if task.closed and not (was is not None and (was.by_service or _same_closing(was, task))):
        yield _closed(name, data, task, case)
    if was is not None and was.closed and not task.closed:
        yield Change("reopened", f"{name} возвращена в работу", data)


def _same_closing(was: TaskSeen, task: TaskSeen) -> bool:
    """Closed as before, with the same lines and result."""
    return (was.closed_at, was.ticked, was.result) == (task.closed_at, task.ticked, task.result)


def _closed(name: str, data: Mapping[str, Any], task: TaskSeen, case: Case) -> Change:
    parts = (
        f"{name} завершена{_by(task.closed_by, case)}",
        f"отмечено: {'; '.join(task.ticked)}" if task.ticked else "",
        f"не отмечено: {'; '.join(task.unticked)}" if task.unticked else "",
        f"результат: {task.result}" if task.result else "",
        f"часов: {decimal(task.hours)}" if task.hours else "",
    )
    details = {
        "at": _iso(task.closed_at), "by": task.closed_by, "ticked": list(task.ticked),
        "unticked": list(task.unticked), "result": task.result, "hours": task.hours,
    }  # fmt: skip
    return Change("closed", ". ".join(part for part in parts if part), {**data, **details})


def _by(person: UserId | None, case: Case) -> str:
    return f", {case.staff.name_of(person)}" if person is not None else ""


def _iso(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SENTENCE else text[: LONGEST_SENTENCE - 1] + "…"
