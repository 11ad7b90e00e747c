"""A case as the report tells it: made at every look, put away as JSON, read back.

A record remembers the edition of its form. Records of an earlier edition can be read, with gaps; the service looks at
their cases once to make them anew (``app.controller.mirror.renew``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from bitrix.refs import ItemRef
from rules import execution, metrics, survey, violations
from rules.metrics import Metrics, Part, metrics_of
from rules.model import EFFECT_TITLES, STAGE_TITLES, Case, Measure, Staff, UserId
from rules.rulebook import Rulebook
from rules.violations import SEVERITY
from sheets_sync import record
from sheets_sync.record import CaseRecord, Span, StageTime

EDITION = 2
"""Raised whenever a record tells something that earlier ones did not."""

_RECORD = TypeAdapter(CaseRecord)


def record_of(seen: CaseObservation, connection: Connection, book: Rulebook, now: datetime) -> CaseRecord:
    """One case as one row of the report."""
    case, staff = seen.case, seen.case.staff
    numbers = metrics_of(case, book, now)
    verdict = book.verdicts.get(case.verdict) if case.verdict is not None else None
    category = book.causes.get(case.cause_category) if case.cause_category is not None else None
    gravest = violations.worst(case, book)
    department, departments = _departments(staff, case.responsible_id)
    return CaseRecord(
        key=f"{connection.name}:{case.source.round_key(case.round)}",  # one spreadsheet may serve several portals
        portal=connection.name,
        case_id=case.id,
        case_url=connection.card_url(seen.item.ref),
        source_url=connection.card_url(seen.source.ref) if seen.source is not None else "",
        funnel=book.funnel(case.funnel).title,
        funnel_code=case.funnel,
        source_title=case.source_title,
        round=case.round,
        stage=STAGE_TITLES[case.stage],
        stage_code=case.stage,
        stage_since=numbers.stage_since,
        verdict=verdict.title if verdict is not None else "",
        verdict_code=case.verdict or "",
        verdict_reason=case.verdict_reason,
        violations=_violations(case, book),
        severity=SEVERITY[gravest] if gravest is not None else "",
        severity_code=gravest or "",
        cause_category=category.title if category is not None else "",
        started_at=numbers.started_at,
        finalised_at=numbers.finalised_at,
        measures=tuple(_measure(measure, case, connection, book) for measure in case.measures),
        responsible=staff.name_of(case.responsible_id),
        responsible_id=case.responsible_id,
        department=department,
        department_ids=departments,
        inspector=staff.name_of(case.inspector_id),
        inspector_id=case.inspector_id,
        commission=tuple(staff.name_of(member) for member in case.commission),
        commission_ids=case.commission,
        points=case.points,
        hours_spent=numbers.hours_spent,
        hours_planned=numbers.hours_planned,
        satisfaction=_answer(case, book, survey.SATISFACTION),
        satisfaction_score=survey.score(book, survey.SATISFACTION, case.answers.get(survey.SATISFACTION, "")),
        terms_kept=_answer(case, book, survey.TERMS_KEPT),
        deviation=survey.names_deviation(case, book),
        age=_span(numbers.age),
        survey_time=_time(numbers, Part.SURVEY),
        analysis_time=_time(numbers, Part.ANALYSIS_FORMULATION),
        approval_time=_time(numbers, Part.APPROVAL),
        changes_time=_time(numbers, Part.CHANGES_FINALIZATION),
        closed_time=_time(numbers, Part.CLOSED),
        approval_rounds=numbers.approval_rounds,
        gate_reverts=numbers.gate_reverts,
        overrides=numbers.overrides,
        deviation_to_triage=_maybe_span(numbers.deviation_to_triage),
        finding_to_approval=_maybe_span(numbers.finding_to_approval),
        effect=EFFECT_TITLES[case.effect] if case.effect is not None else "",
        effect_code=case.effect or "",
        effect_planned_on=case.check_on,
        effect_checked_at=numbers.effect_checked_at,
        recurred=bool(case.recurred),
        news_asked=numbers.readers.asked if numbers.readers is not None else None,
        news_read=numbers.readers.read if numbers.readers is not None else None,
        training_ordered=numbers.training.ordered,
        training_done=numbers.training.done,
    )


def _violations(case: Case, book: Rulebook) -> tuple[record.Violation, ...]:
    return tuple(
        record.Violation(found.title, found.code, SEVERITY[found.severity], found.severity, found.requirement)
        for found in violations.found(case, book)
    )


def _measure(measure: Measure, case: Case, connection: Connection, book: Rulebook) -> record.Measure:
    kind = book.measure_kinds.get(measure.kind or "")
    department = book.departments.get(measure.department or "")
    task = case.task(execution.slot(measure))
    executor = task.responsible_id if task is not None else measure.responsible_id
    return record.Measure(
        title=measure.title,
        id=measure.id,
        url=connection.card_url(ItemRef(connection.layout.measure.entity_type_id, measure.id)),
        kind=kind.title if kind is not None else "",
        kind_code=measure.kind or "",
        department=department.title if department is not None else "",
        executor=case.staff.name_of(executor) if executor is not None else "",
        employee=case.staff.name_of(measure.employee_id) if measure.employee_id is not None else "",
        training=kind is not None and kind.employee,
        due=measure.due,
        done_at=task.closed_at if task is not None and execution.is_done(case, measure) else None,
        hours_planned=measure.planned_hours or 0.0,
        hours_spent=round(task.hours_spent, 2) if task is not None else 0.0,
    )


def _departments(staff: Staff, person: UserId | None) -> tuple[str, tuple[int, ...]]:
    """Name of the first department, and the ids of all of them with those above."""
    known = staff.people.get(person) if person is not None else None
    own = [staff.departments[id_] for id_ in (known.department_ids if known else ()) if id_ in staff.departments]
    above = dict.fromkeys(node.id for department in own for node in staff.chain_of(department))
    return (own[0].name if own else ""), tuple(above)


def _answer(case: Case, book: Rulebook, question: str) -> str:
    return survey.answer_text(book, question, case.answers.get(question, ""))


def _time(numbers: Metrics, part: Part) -> StageTime:
    return StageTime(numbers.parts[part].calendar, numbers.parts[part].working, numbers.spent[part])


def _span(span: metrics.Span) -> Span:
    return Span(span.calendar, span.working)


def _maybe_span(span: metrics.Span | None) -> Span | None:
    return _span(span) if span is not None else None


# --- Put away and read back ------------------------------------------------------------------------------------------


def as_json(made: CaseRecord) -> dict[str, Any]:
    """A record as it is stored until it is in the sheet."""
    stored: dict[str, Any] = _RECORD.dump_python(made, mode="json")
    return {**stored, "edition": EDITION}


def as_record(stored: Mapping[str, Any]) -> CaseRecord:
    """A record as it was put away, read back; what an earlier edition did not tell is empty."""
    return _RECORD.validate_python(_brought_up(stored))


def _brought_up(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first edition knew violations and measures by title, and three times in calendar hours."""
    if "edition" in stored:
        return stored
    return {
        **stored,
        "violations": [{"title": title} for title in stored["violations"]],
        "measures": [{"title": title} for title in stored["measures"]],
        "analysis_time": {"calendar": stored["hours_analysis_formulation"]},
        "approval_time": {"calendar": stored["hours_approval"]},
        "changes_time": {"calendar": stored["hours_changes_finalization"]},
    }
