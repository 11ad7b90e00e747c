"""Stage «Формулирование мер»: inspector and commission write the measures as child items of the case (S35, S38-S44)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules import analysis, approval, commission, inspector
from rules.assignment import assign, give_back
from rules.calendar import due
from rules.decision import Command, CreateTask, Decision, do
from rules.model import Case, Measure, Stage, UserId
from rules.rulebook import Rulebook

SLOT = "measures"


def incomplete(measure: Measure, book: Rulebook) -> tuple[str, ...]:
    """Names of the fields a measure lacks before anybody can vote on it."""
    lacks = []
    if measure.kind not in book.measure_kinds:
        lacks.append("вид меры")
    if not measure.target:
        lacks.append("объект изменения")
    if measure.department not in book.departments:
        lacks.append("подразделение")
    if measure.due is None:
        lacks.append("срок")
    if measure.planned_hours is None:
        lacks.append("плановые часы")
    if not measure.expected:
        lacks.append("ожидаемый результат")
    return tuple(lacks)


def missing(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Why the set can't go to the commission."""
    task = case.task(SLOT)
    if not case.accepted(task, Stage.FORMULATION):
        who = case.staff.name_of(task.responsible_id if task else case.inspector_id)
        return (f"меры ещё формулируются, работает {who}",)
    return _unfinished(case, book)


def _unfinished(case: Case, book: Rulebook) -> tuple[str, ...]:
    if not analysis.needs_measures(case, book):  # the verdict became «absolutely correct» after the analysis
        return ()
    if not case.measures:
        return (f"не создано ни одной меры: добавьте дочерний элемент «{book.names.measure}»",)
    lacks = tuple(
        f"мера «{measure.title}»: заполните {', '.join(fields)}"
        for measure in case.measures
        if (fields := incomplete(measure, book))
    )
    if lacks or case.stage is not Stage.FORMULATION:  # further on, a refusal is the business of the approval
        return lacks
    turned_down = approval.rejections(case)
    return tuple(f"мера «{measure.title}» отклонена комиссией: измените или удалите её" for measure in turned_down)


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The assignment to write measures is open until the set is complete and new to the commission."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    task = case.task(SLOT)
    if task is not None and task.closed:
        return do(
            give_back(case, task, Stage.FORMULATION, _unfinished(case, book)),
            because=missing(case, book),
        )
    return do(assign(case, _task(case, book, person, now)), because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """Who the violations call for today joins the commission before voting begins."""
    return commission.fill(case, book) if analysis.needs_measures(case, book) else ()


def _task(case: Case, book: Rulebook, person: UserId, now: datetime) -> CreateTask:
    found = "\n".join(f"[*]{book.violations[code].title}" for code in case.violations if code in book.violations)
    kinds = ", ".join(f"«{kind.title}»" for kind in book.measure_kinds.values())
    return CreateTask(
        slot=SLOT,
        title=f"Сформулировать меры: {case.source_title}",
        description=(
            f"Нарушения:\n[LIST]\n{found or '[*]не выбраны'}\n[/LIST]\n"
            f"Вместе с комиссией добавьте в карточку дочерние элементы «{book.names.measure}»: вид ({kinds}), "
            "объект, подразделение, срок, плановые часы и ожидаемый результат. Затем завершите задачу."
        ),
        responsible_id=person,
        deadline=due(now, book.terms.measures),
        accomplices=case.commission,
    )
