"""Stage «Финализация»: documents, systems, news, close, in this order (S58-S62)."""

from __future__ import annotations

from datetime import datetime

from rules import effectiveness, inspector, news
from rules.assignment import assign, give_back, term
from rules.decision import CreateTask, Decision, RenewTask, do
from rules.effectiveness import attempt
from rules.model import Case, Stage, Task, UserId
from rules.rulebook import FinalizationStep, Rulebook

PREFIX = "final"


def slot(step: FinalizationStep, number: int = 1) -> str:
    """The steps are gone again for each set of measures, counted from 1."""
    return f"{PREFIX}:{step.code}" if number == 1 else f"{PREFIX}:{step.code}:{number}"


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Steps not done, in their order; the news; the plan for the check of the measures (R20)."""
    waiting = tuple(f"не выполнено: «{step.title}»" for step in book.finalization.steps if not _done(case, step))
    posted = ("новость для сотрудников не опубликована",) if news.is_due(case) else ()
    return (*waiting, *posted, *effectiveness.missing(case))


def _task_of(case: Case, step: FinalizationStep) -> Task | None:
    return case.task(slot(step, attempt(case)))


def _done(case: Case, step: FinalizationStep) -> bool:
    task = _task_of(case, step)
    return task is not None and case.accepted(task, Stage.FINALIZATION) and not _owed(step, task)


def _owed(step: FinalizationStep, task: Task) -> tuple[str, ...]:
    """What is to be written down (R16, R17)."""
    if step.result == "optional" or says_something(task.result):
        return ()
    return (f"в результате задачи напишите: {step.description or step.title}",)


def says_something(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The first step that isn't done is asked for; when all are, the news is confirmed and posted."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    planned = effectiveness.plan(case, book)
    for step in book.finalization.steps:
        if _done(case, step):
            continue
        task = _task_of(case, step)
        if task is not None and task.closed:
            again = give_back(case, task, Stage.FINALIZATION, _owed(step, task))
            return do((*planned, *again), because=missing(case, book))
        return do((*planned, *assign(case, _task(case, book, step, person, now))), because=missing(case, book))
    if not news.is_due(case):
        return do(planned, because=missing(case, book))
    confirmed = case.task(news.slot(case))
    if not book.finalization.news.confirm or case.accepted(confirmed, Stage.FINALIZATION):
        return do((*planned, news.post(case, book)), because=missing(case, book))
    if confirmed is not None and confirmed.closed:
        return do((*planned, RenewTask(confirmed.id)), because=missing(case, book))
    return do((*planned, *assign(case, news.confirmation(case, book, person, now))), because=missing(case, book))


def _task(case: Case, book: Rulebook, step: FinalizationStep, person: UserId, now: datetime) -> CreateTask:
    measures = "\n".join(f"[*]{measure.title} ({measure.target})" for measure in case.measures)
    return CreateTask(
        slot=slot(step, attempt(case)),
        title=f"{step.title}: {case.source_title}",
        description=f"{step.description}\nВыполненные меры:\n[LIST]\n{measures}\n[/LIST]",
        responsible_id=person,
        deadline=term(case, book, person, now, book.terms.finalization),
    )
