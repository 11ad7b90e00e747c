"""Stage «Финализация»: documents, systems, news, close, in this order (S58-S62)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from rules.assignment import assign
from rules.calendar import due
from rules.decision import Command, CreateTask, Decision, PostNews, RenewTask, UpdateCase, do
from rules.model import Case, CaseField, Stage
from rules.rulebook import FinalizationStep, Rulebook

PREFIX = "final"


def slot(step: FinalizationStep) -> str:
    return f"{PREFIX}:{step.code}"


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Steps not done, in their order."""
    waiting = tuple(f"не выполнено: «{step.title}»" for step in book.finalization.steps if not _done(case, step))
    return waiting if case.news_post_id is not None else (*waiting, "новость для сотрудников не опубликована")


def _done(case: Case, step: FinalizationStep) -> bool:
    return case.accepted(case.task(slot(step)), Stage.FINALIZATION)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The first step that isn't done is asked for; when all are, the news is posted."""
    for step in book.finalization.steps:
        if _done(case, step):
            continue
        task = case.task(slot(step))
        if task is not None and task.closed:
            return do((RenewTask(task.id),), because=missing(case, book))
        if case.inspector_id is None:
            return Decision(because=("у разбора нет сотрудника ОКК: укажите его в карточке",))
        return do(assign(case, _task(case, book, step, case.inspector_id, now)), because=missing(case, book))
    return do((_news(case, book),) if case.news_post_id is None else (), because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """What the whole correction cost, in hours, stays on the card (S77)."""
    hours = round(case.hours_spent, 2)
    return () if case.hours == hours else (UpdateCase({CaseField.HOURS: hours}),)


def _task(case: Case, book: Rulebook, step: FinalizationStep, inspector: int, now: datetime) -> CreateTask:
    measures = "\n".join(f"[*]{measure.title} ({measure.target})" for measure in case.measures)
    return CreateTask(
        slot=slot(step),
        title=f"{step.title}: {case.source_title}",
        description=f"{step.description}\nВыполненные меры:\n[LIST]\n{measures}\n[/LIST]",
        responsible_id=inspector,
        deadline=due(now, book.terms.finalization),
    )


def _news(case: Case, book: Rulebook) -> PostNews:
    funnel = book.funnel(case.funnel)
    words = {
        "funnel": funnel.title,
        "title": case.source_title,
        "measures": "\n".join(f"• {measure.title}: {measure.expected}" for measure in case.measures),
    }
    return PostNews(
        mark=f"news-{case.id}",
        title=_filled(book.finalization.news.title, words),
        text=_filled(book.finalization.news.text, words),
        departments=funnel.news_for,
    )


def _filled(template: str, words: Mapping[str, str]) -> str:
    """One pass over the template, so that a deal called «{measures}» stays what it is called."""
    return re.sub(r"\{(funnel|title|measures)\}", lambda found: words[found.group(1)], template)
