"""Stage «Формулирование мер»: inspector and commission write the measures as child items of the case (S35, S38-S44)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules import analysis, ballot, commission, effectiveness, execution, inspector, minutes, quorum, templates
from rules.assignment import assign, give_back, term
from rules.calendar import working_time
from rules.decision import Command, CreateTask, Decision, do
from rules.model import MEASURE_FIELD_TITLES, Case, Measure, MeasureField, Stage, UserId
from rules.rulebook import Rulebook

SLOT = "measures"


def incomplete(measure: Measure, book: Rulebook) -> tuple[str, ...]:
    """What a measure lacks before anybody can vote on it, in the words of its card (R11)."""
    kind = book.measure_kinds.get(measure.kind or "")
    lacks = {
        MeasureField.KIND: kind is None,
        MeasureField.TARGET: not measure.target,
        MeasureField.DEPARTMENT: measure.department not in book.departments,
        MeasureField.EMPLOYEE: kind is not None and kind.employee and measure.employee_id is None,
        MeasureField.DUE: measure.due is None,
        MeasureField.PLANNED_HOURS: measure.planned_hours is None,
        MeasureField.EXPECTED: not measure.expected,
    }
    fields = (f"«{MEASURE_FIELD_TITLES[field]}»" for field, lacking in lacks.items() if lacking)
    return (*(("«Название»",) if templates.untitled(measure, book) else ()), *fields)


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
    if effectiveness.nothing_new(case):
        return ("принятые меры не подействовали: добавьте новую меру или измените прежнюю",)
    if minutes.approved_before(case):  # what was asked of a measure then, not what a newer rulebook asks
        return ()
    lacks = tuple(
        f"мера «{measure.title}»: заполните {', '.join(fields)}"
        for measure in case.measures
        if (fields := incomplete(measure, book))
    )
    if lacks or case.stage is not Stage.FORMULATION:  # further on, terms and refusals are the business of the approval
        return lacks
    return (
        *_past_terms(case, book),
        *(
            f"мера «{measure.title}» отклонена комиссией: измените или удалите её"
            for measure in _turned_down(case, book)
        ),
    )


def _turned_down(case: Case, book: Rulebook) -> tuple[Measure, ...]:
    """What the commission refused in this very set. It stays refused when the commission is another one by now."""
    refused = quorum.refused(case, book)
    if refused or not minutes.returned_before(case):
        return refused
    votes = ballot.ever_cast(case, book)
    return tuple(measure for measure in case.measures if any(not vote.approves(measure) for vote in votes))


def _past_terms(case: Case, book: Rulebook) -> tuple[str, ...]:
    """Terms that had passed already when the set was declared complete."""
    task = case.task(SLOT)
    if task is None or task.closed_at is None:
        return ()
    today = task.closed_at.astimezone(working_time(book.calendar, case.staff).zone).date()
    return tuple(
        f"мера «{measure.title}»: срок {measure.due:%d.%m.%Y} уже прошёл, назначьте новый"
        for measure in case.measures
        if measure.due is not None and measure.due < today and not execution.is_done(case, measure)
    )


def work(case: Case, book: Rulebook, now: datetime) -> Decision:
    """The assignment to write measures is open until the set is complete and new to the commission."""
    person = inspector.working(case)
    if person is None:
        return inspector.appoint(case, book)
    seated = leave(case, book)
    fills = tuple(templates.fill(case, book, now))
    if fills:
        return do((*seated, *fills), because=("пустые поля мер заполнены из выбранных готовых мер",))
    task = case.task(SLOT)
    if task is not None and task.closed:
        return do(
            (*seated, *give_back(case, task, Stage.FORMULATION, _unfinished(case, book))),
            because=missing(case, book),
        )
    return do((*seated, *assign(case, _task(case, book, person, now))), because=missing(case, book))


def leave(case: Case, book: Rulebook) -> Sequence[Command]:
    """The commission is whom the violations call for today, up to the moment when voting begins."""
    return commission.recompose(case, book) if analysis.needs_measures(case, book) else ()


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
            f"{_ready_made(case, book)}"
        ),
        responsible_id=person,
        deadline=term(case, book, person, now, book.terms.measures),
        accomplices=case.commission,
    )


def _ready_made(case: Case, book: Rulebook) -> str:
    """The templates that fit what was found."""
    lines = "\n".join(f"[*]{template.title}" for template in templates.offered(case, book))
    field = MEASURE_FIELD_TITLES[MeasureField.TEMPLATE]
    return f"\nВыберите «{field}», и пустые поля заполнятся сами:\n[LIST]\n{lines}\n[/LIST]" if lines else ""
