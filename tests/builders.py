"""Readable cases, tasks, measures and staff for tests: say what matters, the rest is as in a small trading company.

The company has sales and logistics with heads, an IT department without one, a quality department of two inspectors
and a head, and a director above all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rules import analysis, ballot, commission, execution, finalization, formulation, survey
from rules.model import (
    Case,
    CaseField,
    Closing,
    Department,
    Measure,
    Person,
    Source,
    SourceRef,
    Staff,
    Stage,
    StageEntry,
    Task,
    Tick,
    UserId,
)
from rules.rulebook import Rulebook, load

SMALL_BOOK = Path(__file__).with_name("rules") / "small_book.yaml"
BOOK: Rulebook = load(SMALL_BOOK.read_text(encoding="utf-8"), SMALL_BOOK.name)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""A Monday."""
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

MANAGER, INSPECTOR, OTHER_INSPECTOR, QUALITY_HEAD, SALES_HEAD, LOGISTICS_HEAD, DIRECTOR, DEVELOPER = range(1, 9)
SERVICE = 900
"""The account under which the service works; nobody's."""
STRANGER = 99
"""Somebody whom the portal's staff doesn't list, e.g. of an outsourced integrator."""

COMPANY, SALES, LOGISTICS, IT, QUALITY = range(1, 6)

PLANNED: Mapping[str, Any] = {
    "criterion": "Доля разборов с теми же нарушениями снизилась вдвое",
    "check_on": date(2027, 2, 8),
    "reviewer_id": OTHER_INSPECTOR,
}
"""The plan for the check of measures, as the service would write it: sixty days after the last one is due."""

GOOD_ANSWERS: Mapping[str, str | tuple[str, ...]] = {
    "satisfaction": "high",
    "terms_kept": "yes",
    "deviations": ("none",),
}


def a_staff(
    *,
    fired: Iterable[UserId] = (),
    heads: Mapping[int, UserId | None] | None = None,
    absent: Iterable[UserId] = (),
) -> Staff:
    """The company, with these people fired or away and these departments' heads replaced."""
    people = {
        MANAGER: ("Мария Продавцова", SALES),
        INSPECTOR: ("Инна Контролёрова", QUALITY),
        OTHER_INSPECTOR: ("Олег Проверкин", QUALITY),
        QUALITY_HEAD: ("Вера Качественная", QUALITY),
        SALES_HEAD: ("Сергей Сбытов", SALES),
        LOGISTICS_HEAD: ("Лев Складов", LOGISTICS),
        DIRECTOR: ("Дарья Директорова", COMPANY),
        DEVELOPER: ("Денис Кодов", IT),
    }
    departments = {
        COMPANY: ("Компания", None, DIRECTOR),
        SALES: ("Продажи", COMPANY, SALES_HEAD),
        LOGISTICS: ("Логистика", COMPANY, LOGISTICS_HEAD),
        IT: ("ИТ", COMPANY, None),
        QUALITY: ("Отдел качества", COMPANY, QUALITY_HEAD),
    }
    left = set(fired)
    return Staff(
        people={
            id_: Person(id_, name, active=id_ not in left, department_ids=(department,))
            for id_, (name, department) in people.items()
        },
        departments={
            id_: Department(id_, name, parent, (heads or {}).get(id_, head))
            for id_, (name, parent, head) in departments.items()
        },
        absent=frozenset(absent),
        service_id=SERVICE,
    )


def a_task(slot: str, *, number: int = 1, responsible: UserId = MANAGER, **changes: Any) -> Task:
    """An open task without checklist."""
    return replace(Task(id=number, slot=slot, title=f"Задача {slot}", responsible_id=responsible), **changes)


def closed(task: Task, at: datetime = NOON) -> Task:
    """The task done: closed, with every line ticked."""
    return replace(task, closed_at=at, checklist=tuple(replace(tick, done=True) for tick in task.checklist))


def a_checklist(*titles: str, done: Iterable[str] = ()) -> tuple[Tick, ...]:
    return tuple(Tick(title, done=title in set(done)) for title in titles)


def a_measure(number: int = 1, **changes: Any) -> Measure:
    """A complete measure for the sales department."""
    complete = Measure(
        id=number,
        title=f"Мера {number}",
        kind="regulation",
        target="Стадия «КП» в воронке «Опт»",
        department="sales",
        due=date(2026, 12, 10),
        planned_hours=4.0,
        expected="Срок стадии соблюдается",
    )
    return replace(complete, **changes)


def entries(*stages: Stage, start: datetime = NOON - 10 * HOUR) -> tuple[StageEntry, ...]:
    """One entry an hour."""
    return tuple(StageEntry(number, stage, start + (number - 1) * HOUR) for number, stage in enumerate(stages, 1))


def a_case(stage: Stage = Stage.SURVEY, **changes: Any) -> Case:
    """A case that just came into this stage, with nothing done yet: as if the card had been dragged there."""
    path = (Stage.SURVEY,) if stage is Stage.SURVEY else (Stage.SURVEY, stage)
    plain = Case(
        id=7,
        title="Сделка №42 «Насосы»",
        funnel="retail",
        source=SourceRef(2, 42),
        source_title="Насосы",
        round=1,
        stage=stage,
        entries=entries(*path),
        staff=a_staff(),
        moved_by=MANAGER,
        responsible_id=MANAGER,
    )
    return replace(plain, **changes)


def reached(stage: Stage, *, verdict: str = "partly_correct", **changes: Any) -> Case:
    """A case that came to this stage by finishing everything before it; nothing is done in the stage itself.

    With the verdict «correct» the way is short: survey, analysis, success.
    """
    case = a_case(Stage.SURVEY, inspector_id=None)
    route = [stage_ for stage_ in Stage if stage_.position < stage.position]
    if verdict == "correct":
        route = [stage_ for stage_ in route if stage_.position <= Stage.ANALYSIS.position]
    path = (*route, stage)
    case = replace(case, entries=entries(*path))
    for done, entry in zip(route, case.entries, strict=False):
        case = _finish(case, done, entry.at + 30 * MINUTE, verdict)
    return replace(case, stage=stage, **changes)


def _finish(case: Case, stage: Stage, at: datetime, verdict: str) -> Case:
    def done(slot: str, who: UserId, *lines: str) -> Task:
        nonlocal number
        number += 1
        return closed(a_task(slot, number=number, responsible=who, checklist=a_checklist(*lines)), at)

    number = len(case.tasks)
    match stage:
        case Stage.SURVEY:
            new = [done(survey.SLOT, MANAGER)]
            case = replace(case, answers=GOOD_ANSWERS, inspector_id=INSPECTOR)
        case Stage.ANALYSIS:
            new = [done(analysis.SLOT, INSPECTOR, *BOOK.funnel(case.funnel).protocol)]
            found = ("terms",) if verdict == "partly_correct" else ()
            case = replace(case, verdict=verdict, violations=found, facts=tuple(f"Факт: {code}" for code in found))
            if found:
                case = replace(case, correction="Сроки пересогласованы", consequences="Клиент ждал неделю")
            if verdict != "correct":
                case = replace(case, **_seated(case))
        case Stage.FORMULATION:
            case = replace(case, measures=(a_measure(1), a_measure(2, department="logistics")))
            new = [done(formulation.SLOT, INSPECTOR)]
        case Stage.APPROVAL:
            lines = [ballot.line(measure) for measure in case.measures]
            new = [done(ballot.slot(case, member), member, *lines) for member in case.commission]
            case = replace(case, **PLANNED)
        case Stage.CHANGES:
            new = [done(execution.slot(measure), SALES_HEAD) for measure in case.measures]
            given = zip(case.measures, new, strict=True)
            case = replace(case, measures=tuple(replace(measure, task_id=task.id) for measure, task in given))
        case Stage.FINALIZATION:
            new = [
                replace(done(finalization.slot(step), INSPECTOR), result="Сделано") for step in BOOK.finalization.steps
            ]
            case = replace(case, news_post_id=500)
        case _:
            new = []
    return replace(case, tasks=(*case.tasks, *new))


def _seated(case: Case) -> dict[str, Any]:
    """The commission that the rules compose, with the words that stand on the card then."""
    card = commission.appoint(case, BOOK)
    return {"commission": card[CaseField.COMMISSION], "commission_rule": card[CaseField.COMMISSION_RULE]}


def moved(case: Case, to: Stage, at: datetime = NOON) -> Case:
    """The same case after somebody dragged its card, forward or back."""
    return replace(case, stage=to, entries=(*case.entries, StageEntry(case.entries[-1].id + 1, to, at)))


def with_task(case: Case, slot: str, **changes: Any) -> Case:
    """The case with one of its tasks changed."""
    return replace(case, tasks=tuple(replace(t, **changes) if t.slot == slot else t for t in case.tasks))


def without_task(case: Case, slot: str) -> Case:
    return replace(case, tasks=tuple(task for task in case.tasks if task.slot != slot))


def a_source(**changes: Any) -> Source:
    """A deal that was won an hour ago and has no case yet."""
    won = Source(
        ref=SourceRef(2, 42),
        title="Насосы",
        funnel="retail",
        responsible_id=MANAGER,
        closed=True,
        closings=(Closing(NOON - HOUR, outcome="success"),),
    )
    return replace(won, **changes)
