"""Stage «Финализация»: documents, systems, news, close, in this order (S58-S62)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from rules import inspector
from rules.assignment import assign
from rules.calendar import due
from rules.decision import CreateTask, Decision, PostNews, RenewTask, do
from rules.model import Case, Stage, UserId
from rules.rulebook import NEWS_WORDS, FinalizationStep, Rulebook

PREFIX = "final"


def slot(step: FinalizationStep) -> str:
    return f"{PREFIX}:{step.code}"


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Steps not done, in their order."""
    waiting = tuple(f"не выполнено: «{step.title}»" for step in book.finalization.steps if not _done(case, step))
    return (*waiting, "новость для сотрудников не опубликована") if _news_is_due(case) else waiting


def _news_is_due(case: Case) -> bool:
    """A case without measures has changed nothing that employees should know."""
    return case.news_post_id is None and bool(case.measures)


def _done(case: Case, step: FinalizationStep) -> bool:
    return case.accepted(case.task(slot(step)), Stage.FINALIZATION)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The first step that isn't done is asked for; when all are, the news is posted."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    for step in book.finalization.steps:
        if _done(case, step):
            continue
        task = case.task(slot(step))
        if task is not None and task.closed:
            return do((RenewTask(task.id),), because=missing(case, book))
        return do(assign(case, _task(case, book, step, person, now)), because=missing(case, book))
    return do((_news(case, book),) if _news_is_due(case) else (), because=missing(case, book))


def _task(case: Case, book: Rulebook, step: FinalizationStep, person: UserId, now: datetime) -> CreateTask:
    measures = "\n".join(f"[*]{measure.title} ({measure.target})" for measure in case.measures)
    return CreateTask(
        slot=slot(step),
        title=f"{step.title}: {case.source_title}",
        description=f"{step.description}\nВыполненные меры:\n[LIST]\n{measures}\n[/LIST]",
        responsible_id=person,
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
        since=case.entries[0].at,
    )


def _filled(template: str, words: Mapping[str, str]) -> str:
    """One pass over the template, so that a deal called «{measures}» stays what it is called."""
    return re.sub(rf"\{{({'|'.join(NEWS_WORDS)})\}}", lambda found: words[found.group(1)], template)
