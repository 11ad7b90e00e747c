"""Stage «Отменён»: a case is given up by somebody who may, with a reason; its tasks are put away; then peace.

Without reason or right the card goes back where it came from, by the mechanics of the gate. A case that is dragged back
out of this stage is taken up again: tasks that were closed here don't count as done (``Case.dropped``).
"""

from __future__ import annotations

from datetime import datetime

from rules import authority, execution, gate
from rules.decision import NOTHING, CompleteTask, Decision, Tell, do
from rules.model import CASE_FIELD_TITLES, STAGE_TITLES, Case, CaseField, Stage, StageEntry, Task, short_hash
from rules.rulebook import Rulebook


def _mark(entry: StageEntry) -> str:
    return f"cancelled-{entry.id}-"


def _mark_of_reason(entry: StageEntry, reason: str) -> str:
    return _mark(entry) + short_hash(reason)


def spent(case: Case) -> bool:
    """Has the case been taken up again after it was cancelled for the reason that still stands on its card?"""
    if case.stage is Stage.CANCELLED or not case.cancel_reason:
        return False
    return any(_mark_of_reason(entry, case.cancel_reason) in case.told for entry in case.entries)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """Tasks are closed or kept, everybody concerned is told once. The note comes last: after it there is peace."""
    if any(mark.startswith(_mark(case.entered)) for mark in case.told):
        return NOTHING
    refused = _refused(case, book)
    if refused:
        return _put_back(case, refused, book, now)
    closing = [task for task in case.tasks if not task.closed and not _kept(task, book)]
    return do(
        (*(CompleteTask(task.id) for task in closing), _note(case, book)),
        because=(f"разбор отменён ({case.staff.name_of(case.moved_by)}): {case.cancel_reason}",),
    )


def _refused(case: Case, book: Rulebook) -> tuple[str, ...]:
    people = authority.cancellers(case, book)
    no_reason = f"не заполнено поле «{CASE_FIELD_TITLES[CaseField.CANCEL_REASON]}»"
    not_theirs = f"{case.staff.name_of(case.moved_by)} не может отменить разбор; могут: {authority.names(case, people)}"
    return (
        *(() if case.cancel_reason else (no_reason,)),
        *(() if case.moved_by in people else (not_theirs,)),
    )


def _put_back(case: Case, refused: tuple[str, ...], book: Rulebook, now: datetime) -> Decision:
    before = (entry.stage for entry in reversed(case.entries) if entry.stage is not Stage.CANCELLED)
    to = next(before, Stage.SURVEY)
    listed = "\n".join(f"• {reason}" for reason in refused)
    text = f"Разбор не отменён и возвращён на стадию «{STAGE_TITLES[to]}». Причина:\n{listed}"
    return gate.put_back(case, to, text, ("разбор отменяют без права или причины", *refused), book, now)


def _kept(task: Task, book: Rulebook) -> bool:
    return book.cancellation.measure_tasks == "keep" and execution.is_blocking(task)


def _note(case: Case, book: Rulebook) -> Tell:
    """Tasks that an interrupted look closed before are named too."""
    concerned = [task for task in case.tasks if not task.closed or case.dropped(task)]
    kept = [task for task in concerned if _kept(task, book) and not task.closed]
    closed = [task for task in concerned if task not in kept]
    lines = [
        f"Разбор отменён: {case.title}. Отменил(а): {case.staff.name_of(case.moved_by)}.",
        f"Причина: {case.cancel_reason}",
        *_listed("Закрыты задачи, делать их не нужно", closed),
        *_listed("Задачи мер остаются в работе", kept),
    ]
    people = (*(task.responsible_id for task in concerned), case.inspector_id, case.responsible_id)
    return Tell(
        _mark_of_reason(case.entered, case.cancel_reason),
        "\n".join(lines),
        to=tuple(dict.fromkeys(each for each in people if each and not case.staff.has_left(each))),
    )


def _listed(heading: str, tasks: list[Task]) -> list[str]:
    return [f"{heading}:", *(f"• №{task.id} «{task.title}»" for task in tasks)] if tasks else []
