"""Stage «Анализ»: an inspector works through the funnel's protocol and gives a verdict (S24-S32, S36)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rules import commission, findings, inspector, similar
from rules.assignment import assign, give_back, lacking, term
from rules.decision import Command, CreateTask, Decision, UpdateCase, do
from rules.findings import named
from rules.model import Case, CaseField, Stage, UserId
from rules.rulebook import Rulebook, Verdict, ViolationType
from rules.survey import answers_as_text
from rules.violations import SEVERITY

SLOT = "analysis"


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
    verdict = verdict_of(case, book)
    found = [*_protocol(case, book), *(("не указан вердикт",) if verdict is None else ())]
    if verdict is not None and _judged_by(case, book):
        found.extend(findings.owed(case, book, verdict))
    nobody = not commission.able(case) and not commission.compose(case, book)
    if verdict is not None and verdict.measures == "required" and case.stage is Stage.ANALYSIS and nobody:
        found.append("комиссию составить не из кого: проверьте руководителей отделов в структуре компании")
    return tuple(found)


def _protocol(case: Case, book: Rulebook) -> Iterator[str]:
    task = case.task(SLOT)
    if task is None:
        return
    yield from (f"не отмечен шаг протокола: «{title}»" for title in task.unticked)
    if case.stage is Stage.ANALYSIS:  # later the protocol may have been reworded in the rulebook
        removed = lacking(task, book.funnel(case.funnel).protocol)
        yield from (f"шаг протокола удалён из чек-листа: «{title}»" for title in removed)


def _judged_by(case: Case, book: Rulebook) -> bool:
    """A rulebook that asks for more than the one a case began with reopens no finished analysis."""
    return case.stage is Stage.ANALYSIS or case.rules in ("", book.version)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """An inspector is chosen, gets the protocol as a checklist, and keeps it until verdict and facts are there."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    told = similar.changes(case, book)
    shown = (UpdateCase(told),) if told else ()
    task = case.task(SLOT)
    if task is not None and task.closed:
        return do(
            (*shown, *give_back(case, task, Stage.ANALYSIS, _unfinished(case, book))),
            because=missing(case, book),
        )
    return do((*shown, *assign(case, _task(case, book, person, now))), because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """The card tells what was similar and why clean work needs no measures; where measures are needed, the violations
    found say who decides on them (S33)."""
    changes = {**similar.changes(case, book), **findings.reason(case, book)}
    if needs_measures(case, book):
        changes |= commission.appoint(case, book)
    return (UpdateCase(changes),) if changes else ()


def _task(case: Case, book: Rulebook, person: UserId, now: datetime) -> CreateTask:
    funnel = book.funnel(case.funnel)
    return CreateTask(
        slot=SLOT,
        title=f"Анализ: {case.source_title}",
        description="\n".join(
            (
                f"Процесс: {funnel.title}. Ответственный: {case.staff.name_of(case.responsible_id)}.",
                "Ответы опроса:",
                _listed(answers_as_text(case, book)),
                *_algorithm(book),
                "Типы нарушений:",
                _listed(_type_line(type_) for type_ in book.violations.values()),
                "Похожие разборы (список на карточке пополняется, когда выбраны нарушения):",
                _listed(similar.lines(case, book) or ("не найдены",)),
            )
        ),
        responsible_id=person,
        deadline=term(case, book, person, now, book.terms.analysis),
        checklist=funnel.protocol,
    )


def _algorithm(book: Rulebook) -> Iterator[str]:
    """What the inspector does, in order (S25); every step can be done in the card, with a phone (S10)."""
    verdicts = ", ".join(f"«{verdict.title}»" for verdict in book.verdicts.values())
    steps = [
        "Пройдите протокол: отметьте каждый шаг в чек-листе этой задачи.",
        f"Откройте карточку «{book.names.case}». Если нашли нарушения, выберите их в поле "
        f"{named(CaseField.VIOLATIONS)}.",
        f"По каждому нарушению добавьте строку в поле {named(CaseField.FACTS)}: «Тип нарушения: что именно». "
        "Если тяжесть или требование иные, чем в списке ниже, начните факт с них: «[критическое] [п. 4.2 регламента]».",
        f"При нарушениях заполните {named(CaseField.CORRECTION)} и {named(CaseField.CONSEQUENCES)}.",
        f"Выберите {named(CaseField.VERDICT)}: {verdicts}.",
    ]
    causal = [verdict.title for verdict in book.verdicts.values() if verdict.cause == "required"]
    if causal:
        category = f", {named(CaseField.CAUSE_CATEGORY)}" if book.causes else ""
        steps.append(
            f"Для вердикта {_either(causal)} найдите причину: {named(CaseField.CAUSE)}{category} или "
            f"{named(CaseField.WHYS)} (не меньше {findings.SHORTEST_CHAIN} ответов); если причину не ищете, напишите, "
            f"почему, в поле {named(CaseField.NO_CAUSE)}."
        )
        steps.append(f"Посмотрите поле {named(CaseField.SIMILAR)} и ответьте в поле {named(CaseField.SIMILAR_ANSWER)}.")
    reasoned = [verdict.title for verdict in book.verdicts.values() if verdict.reason == "required"]
    if reasoned:
        steps.append(f"Для вердикта {_either(reasoned)} заполните {named(CaseField.VERDICT_REASON)}.")
    steps.append("Завершите задачу. Если чего-то не хватает, она вернётся с перечнем.")
    yield "Порядок анализа:"
    yield from (f"{number}. {step}" for number, step in enumerate(steps, 1))


def _type_line(type_: ViolationType) -> str:
    requirement = f"; требование: {type_.requirement}" if type_.requirement else ""
    return f"{type_.title} ({SEVERITY[type_.severity]}){requirement}"


def _either(titles: Sequence[str]) -> str:
    return " или ".join(f"«{title}»" for title in titles)


def _listed(lines: Iterable[str]) -> str:
    return "[LIST]\n" + "\n".join(f"[*]{line}" for line in lines) + "\n[/LIST]"
