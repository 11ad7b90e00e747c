"""What the head of quality asks, answered from the rows of the report (S63-S67)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from app.report import by_inspector, by_process, by_responsible, corrections, opened_between
from app.report_tables import report_tables
from sheets_sync.record import CaseRecord, Measure, StageTime, Violation

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
CLEAN = CaseRecord(
    key="shop:deal:1#1",
    portal="shop",
    case_id=1,
    case_url="",
    source_url="",
    funnel="Розница",
    source_title="Чайник",
    round=1,
    stage="Закрыт успешно",
    verdict="Абсолютно корректный",
    violations=(),
    severity="",
    started_at=MONDAY,
    finalised_at=MONDAY,
    analysis_time=StageTime(calendar=10),
    measures=(),
    responsible="Мария Продавцова",
    inspector="Инна Контролёрова",
    commission=(),
    points=10,
    hours_spent=1,
    hours_planned=0,
    satisfaction="Доволен",
)
CORRECTED = replace(
    CLEAN,
    key="shop:deal:2#1",
    case_id=2,
    verdict="Частично корректный",
    violations=(Violation("Сроки"), Violation("Документы")),
    finalised_at=None,
    analysis_time=StageTime(calendar=30),
    approval_time=StageTime(calendar=5),
    measures=(Measure("Регламент: норматив стадии"), Measure("Обучение: договор")),
    points=None,
    hours_spent=6.5,
    hours_planned=8,
)
WAITING = replace(
    CLEAN,
    key="shop:lead:3#1",
    case_id=3,
    funnel="Обращения",
    verdict="",
    finalised_at=None,
    inspector="",
    responsible="Олег Звонков",
    points=None,
    hours_spent=0,
    started_at=datetime(2026, 11, 9, 10, 0, tzinfo=UTC),
)
RECORDS = (CLEAN, CORRECTED, WAITING)


@pytest.mark.requirement("S63", "S64", "S66")
def test_how_many_processes_were_analysed_and_what_they_cost() -> None:
    leads, retail = by_process(RECORDS)
    assert (leads.funnel, leads.cases, leads.analysed) == ("Обращения", 1, 0)
    assert (retail.cases, retail.analysed, retail.closed) == (2, 2, 1)
    assert retail.verdicts == (("Абсолютно корректный", 1), ("Частично корректный", 1))
    assert (retail.hours_planned, retail.hours_spent) == (8, 7.5)


@pytest.mark.requirement("S65")
def test_how_many_and_which_corrections_were_ordered() -> None:
    assert by_process(RECORDS)[1].measures == 2
    assert [(record.case_id, measure.title) for record, measure in corrections(RECORDS)] == [
        (2, "Регламент: норматив стадии"),
        (2, "Обучение: договор"),
    ]


@pytest.mark.requirement("S67", "S90")
def test_how_people_work() -> None:
    (inspector,) = by_inspector(RECORDS)
    assert (inspector.name, inspector.cases, inspector.closed) == ("Инна Контролёрова", 2, 1)
    assert inspector.hours_to_measures == 20
    maria, oleg = by_responsible(RECORDS)
    assert (maria.cases, maria.violations, maria.points) == (2, 2, 10)
    assert oleg.hours_to_measures is None


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [(None, None, [1, 2, 3]), (date(2026, 11, 3), None, [3]), (None, date(2026, 11, 2), [1, 2])],
)
def test_a_time_is_chosen_by_the_start_of_the_case(since: date | None, until: date | None, found: list[int]) -> None:
    assert [record.case_id for record in opened_between(RECORDS, since, until)] == found


def test_the_terminal_shows_what_people_wrote_as_they_wrote_it() -> None:
    measures = report_tables([replace(CORRECTED, measures=(Measure("[red]Мера[/red]"),))])[1]
    shown = Console(width=160)
    with shown.capture() as captured:
        shown.print(measures)
    assert "[red]Мера[/red]" in captured.get()
