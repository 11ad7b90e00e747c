"""What a case's record says once the case is closed: the columns the case study names, and what the report needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.controller.case_record import as_json, as_record, record_of
from app.controller.observe import observe_case
from rules.model import Stage
from sheets_sync.record import CaseRecord, StageTime, Violation
from tests.app.conftest import MONDAY
from tests.app.controller.trading_day import SELLER, TradingDay, win_deal


@pytest.fixture
async def closed_case(portal, connection, desk, clock) -> CaseRecord:
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    await day.until(Stage.CHANGES)
    for task in portal.open_tasks():
        portal.tasks[int(task["id"])]["timeSpentInLogs"] = "5400"
    await day.to_the_end()
    seen = await observe_case(day.case.id, connection, desk.book)
    assert seen is not None
    return record_of(seen, connection, desk.book, clock())


@pytest.mark.requirement("S69", "S70", "S71", "S72", "S73", "R24")
async def test_start_end_and_the_time_of_each_group_of_stages(closed_case) -> None:
    record = closed_case
    assert record.started_at == MONDAY + timedelta(minutes=1)
    assert record.finalised_at is not None
    times = (record.survey_time, record.analysis_time, record.approval_time, record.changes_time, record.closed_time)
    age = (record.finalised_at - record.started_at).total_seconds() / 3600
    assert record.age.calendar == pytest.approx(age, abs=0.006)
    assert sum(time.calendar for time in times) == pytest.approx(record.age.calendar)
    assert sum(time.working for time in times) == pytest.approx(record.age.working)
    assert all(time.calendar > 0 for time in times[:-1])


@pytest.mark.requirement("S65", "S66", "S74", "S75", "S77")
async def test_measures_the_person_and_the_cost(closed_case) -> None:
    record = closed_case
    assert [measure.title for measure in record.measures] == [
        "Сверять спецификацию перед отгрузкой",
        "Обучить кладовщиков",
    ]
    assert all(measure.kind and measure.department and measure.executor and measure.url for measure in record.measures)
    assert [(measure.hours_planned, measure.hours_spent) for measure in record.measures] == [(2.0, 1.5), (2.0, 1.5)]
    assert all(measure.done_at is not None for measure in record.measures)
    assert record.responsible == "Сотрудник: Отдел продаж"
    assert (record.hours_spent, record.hours_planned) == (3.0, 4.0)
    assert record.changes_time.spent == 3.0


@pytest.mark.requirement("S68", "S78")
async def test_the_funnel_and_what_else_a_head_wants_to_group_by(closed_case) -> None:
    record = closed_case
    assert (record.funnel, record.funnel_code) == ("Оптовые продажи", "wholesale")
    assert (record.verdict, record.verdict_code) == ("Частично корректный", "partly_correct")
    (violation,) = record.violations
    assert (violation.code, violation.severity_code) == ("shipment", record.severity_code)
    assert violation.requirement or violation.title
    assert record.satisfaction
    assert record.commission
    assert record.stage_code == Stage.SUCCESS
    assert (record.approval_rounds, record.gate_reverts, record.overrides) == (1, 0, 0)


@pytest.mark.requirement("S90")
async def test_who_may_see_it(closed_case) -> None:
    """The person, the inspector, and whoever heads a department above the person."""
    record = closed_case
    assert record.responsible_id == SELLER
    assert record.inspector_id is not None
    assert record.department == "Отдел продаж"
    assert len(record.department_ids) == 2, "their own and the company"
    assert len(record.commission_ids) == len(record.commission)


async def test_a_record_reads_back_as_it_was_put_away(closed_case) -> None:
    assert as_record(as_json(closed_case)) == closed_case


def test_a_record_of_an_earlier_edition_is_read_with_gaps() -> None:
    """As it stood in the database before records knew codes and severities."""
    stored = {
        "key": "shop:deal:1#1",
        "portal": "shop",
        "case_id": 1,
        "case_url": "",
        "source_url": "",
        "funnel": "Розница",
        "source_title": "Чайник",
        "round": 1,
        "stage": "Анализ",
        "verdict": "",
        "violations": ["Сроки"],
        "severity": "значительное",
        "started_at": "2026-11-02T10:00:00Z",
        "finalised_at": None,
        "hours_analysis_formulation": 10.5,
        "hours_approval": 0.0,
        "hours_changes_finalization": 0.0,
        "measures": ["Регламент"],
        "responsible": "Мария",
        "inspector": "Инна",
        "commission": ["Сергей"],
        "points": None,
        "hours_spent": 1.0,
        "hours_planned": 2.0,
        "satisfaction": "Доволен",
    }
    record = as_record(stored)
    assert record.violations == (Violation("Сроки"),)
    assert [measure.title for measure in record.measures] == ["Регламент"]
    assert record.analysis_time == StageTime(calendar=10.5)
    assert record.started_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
