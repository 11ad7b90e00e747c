"""Stage «Анализ»: an inspector works through the funnel's protocol and gives a verdict (S24-S32, S36)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules import commission, inspector
from rules.assignment import assign, give_back, lacking
from rules.calendar import due
from rules.decision import Command, CreateTask, Decision, do
from rules.model import Case, Stage, UserId
from rules.rulebook import Rulebook, Verdict
from rules.survey import answers_as_text

SLOT = "analysis"

SEVERITY = {"minor": "незначительное", "major": "значительное", "critical": "критическое"}


def verdict_of(case: Case, book: Rulebook) -> Verdict | None:
    return book.verdicts.get(case.verdict) if case.verdict is not None else None


def needs_measures(case: Case, book: Rulebook) -> bool:
    """Does the case go through measures, approval and changes? «Absolutely correct» doesn't (S37)."""
    verdict = verdict_of(case, book)
    return verdict is None or verdict.measures == "required" or bool(case.measures)


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Why the case can't leave the analysis."""
    task = case.task(SLOT)
    if not case.accepted(task, Stage.ANALYSIS):
        who = case.staff.name_of(task.responsible_id if task else case.inspector_id)
        return (f"анализ не завершён, работает {who}",)
    return _unfinished(case, book)


def _unfinished(case: Case, book: Rulebook) -> tuple[str, ...]:
    """What the inspector still owes, in the words of the card."""
    task = case.task(SLOT)
    found = [f"не отмечен шаг протокола: «{title}»" for title in (task.unticked if task else ())]
    if task is not None and case.stage is Stage.ANALYSIS:  # later the protocol may have been reworded in the rulebook
        removed = lacking(task, book.funnel(case.funnel).protocol)
        found.extend(f"шаг протокола удалён из чек-листа: «{title}»" for title in removed)
    verdict = verdict_of(case, book)
    if verdict is None:
        found.append("не указан вердикт")
    elif verdict.facts == "required":
        if not case.violations:
            found.append(f"для вердикта «{verdict.title}» выберите типы нарушений")
        elif len(case.facts) < len(case.violations):
            found.append(
                f"опишите факт по каждому нарушению: нарушений {len(case.violations)}, фактов {len(case.facts)}"
            )
    nobody = not commission.able(case) and not commission.compose(case, book)
    if verdict is not None and verdict.measures == "required" and case.stage is Stage.ANALYSIS and nobody:
        found.append("комиссию составить не из кого: проверьте руководителей отделов в структуре компании")
    return tuple(found)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """An inspector is chosen, gets the protocol as a checklist, and keeps it until verdict and facts are there."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    task = case.task(SLOT)
    if task is not None and task.closed:
        return do(
            give_back(case, task, Stage.ANALYSIS, _unfinished(case, book)),
            because=missing(case, book),
        )
    return do(assign(case, _task(case, book, person, now)), because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """Where measures are needed, the violations found say who decides on them (S33)."""
    return commission.appoint(case, book) if needs_measures(case, book) else ()


def _task(case: Case, book: Rulebook, person: UserId, now: datetime) -> CreateTask:
    funnel = book.funnel(case.funnel)
    answers = "\n".join(f"[*]{line}" for line in answers_as_text(case, book))
    types = "\n".join(f"[*]{v.title} ({SEVERITY[v.severity]})" for v in book.violations.values())
    verdicts = ", ".join(f"«{verdict.title}»" for verdict in book.verdicts.values())
    return CreateTask(
        slot=SLOT,
        title=f"Анализ: {case.source_title}",
        description=(
            f"Процесс: {funnel.title}. Ответственный: {case.staff.name_of(case.responsible_id)}.\n"
            f"Ответы опроса:\n[LIST]\n{answers}\n[/LIST]\n"
            f"Пройдите протокол в чек-листе. В карточке «{book.names.case}» выберите типы нарушений, "
            "по каждому запишите факт, укажите немедленную коррекцию, причину и вердикт, затем завершите задачу.\n"
            f"Типы нарушений:\n[LIST]\n{types}\n[/LIST]\nВердикты: {verdicts}."
        ),
        responsible_id=person,
        deadline=due(now, book.terms.analysis),
        checklist=funnel.protocol,
    )
