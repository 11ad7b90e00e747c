"""The answers of the report, counted by hand for a few cases (S64-S67, S81-S89)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.made_up_cases import END, coverage, made_up
from sheets_sync.record import CaseRecord, Measure, Span, StageTime, Violation
from sheets_sync.summary import MONTHS, Block, Coverage, Summary, summarise
from tests.sheets_sync.builders import MOSCOW, a_record

NOVEMBER = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def closed(number: int, **changes: Any) -> CaseRecord:
    """Began on 10 November, analysed with the verdict «Корректный», closed two days later."""
    given: dict[str, Any] = {
        "verdict": "Корректный", "stage_code": "SUCCESS", "started_at": NOVEMBER, "finalised_at": NOVEMBER + 2 * DAY,
        "violations": (), "measures": (), "funnel_code": "retail", "satisfaction_score": None,
    }  # fmt: skip
    return a_record(number, **(given | changes))


def of(*records: CaseRecord, left: tuple[Coverage, ...] = ()) -> Summary:
    return summarise(records, left, NOVEMBER + 10 * DAY, MOSCOW)


def block(summary: Summary, title: str) -> Block:
    (found,) = [each for each in (*summary.blocks, *summary.pivots) if each.title == title]
    return found


def figure(summary: Summary, title: str) -> float | None:
    (found,) = [each.value for each in summary.figures if each.title.startswith(title)]
    return found


@pytest.mark.requirement("S64", "S80")
def test_cases_are_counted_by_month_funnel_and_verdict() -> None:
    october = replace(closed(3, verdict=""), started_at=NOVEMBER - 30 * DAY)
    counted = block(of(closed(1), closed(2, verdict="Частичный"), october), "Разборы по месяцам, воронкам и вердиктам")
    assert counted.headings == ("Месяц", "Воронка", "Корректный", "Частичный", "Без вердикта", "Всего")
    assert counted.rows == (
        (date(2026, 11, 1), "Розничные продажи", 1, 1, 0, 2),
        (date(2026, 10, 1), "Розничные продажи", 0, 0, 1, 1),
    )


@pytest.mark.requirement("S85")
def test_a_pareto_adds_up_to_everything() -> None:
    terms, papers = Violation("Сроки", "terms"), Violation("Документы", "papers")
    found = block(of(closed(1, violations=(terms, papers)), closed(2, violations=(terms,))), "Парето нарушений")
    assert found.rows == (("Сроки", 2, pytest.approx(2 / 3)), ("Документы", 1, 1.0))


def test_many_types_are_shown_with_the_rest_added_up() -> None:
    records = [closed(n, violations=(Violation(f"Тип {n:02}", f"t{n}"),)) for n in range(20)]
    rows = block(of(*records), "Парето нарушений").rows
    assert len(rows) == 13
    assert rows[-1] == ("Прочие", 8, 1.0)


@pytest.mark.requirement("S71", "S72", "S73", "S82")
def test_times_are_the_mean_of_what_was_closed_in_the_month() -> None:
    day, days = StageTime(calendar=24), StageTime(calendar=72)
    found = block(of(closed(1, analysis_time=day), closed(2, analysis_time=days)), "Время по группам стадий")
    assert len(found.rows) == MONTHS
    assert found.rows[-1] == (date(2026, 11, 1), 2, 0.0, 2.0, 0.0, 0.0)
    assert found.rows[0] == (date(2025, 12, 1), 0, None, None, None, None)


@pytest.mark.requirement("S65", "S66", "S77")
def test_measures_and_their_hours_are_summed_by_kind() -> None:
    one = Measure("Регламент", 1, kind="Регламент", hours_planned=4, hours_spent=3, done_at=NOVEMBER)
    two = Measure("Курс", 2, kind="Обучение", hours_planned=8, hours_spent=9.5)
    found = block(
        of(closed(1, measures=(one, two)), closed(2, measures=(replace(one, id=3),))), "Меры и затраты по видам мер"
    )
    assert found.rows == (("Регламент", 2, 2, 8.0, 6.0), ("Обучение", 1, 0, 8.0, 9.5))


@pytest.mark.requirement("S67", "S87", "S90")
def test_people_are_counted_with_their_points_and_violations() -> None:
    found = block(
        of(closed(1, points=10), closed(2, violations=(Violation("Сроки", "terms"),), satisfaction_score=50.0)),
        "Чья работа разбиралась: баллы и нарушения",
    )
    assert found.rows == (("Иванов Пётр", "", 2, 1, 0.5, 10.0, 50.0),)


@pytest.mark.requirement("S2", "R21")
def test_effects_and_repetitions_of_closed_cases_with_measures() -> None:
    measures = (Measure("Регламент", 1),)
    records = (
        closed(1, measures=measures, effect="Результативно", effect_code="effective", recurred=True),
        closed(2, measures=measures),
        closed(3),
    )
    rows = dict(block(of(*records), "Результативность и повторения").rows)
    assert rows == {
        "Результативно": 1, "Частично результативно": 0, "Не результативно": 0, "Данных мало": 0, "Ждёт проверки": 1,
        "Повторилось": 1,
    }  # fmt: skip


@pytest.mark.requirement("S81")
def test_coverage_tells_analysed_under_way_and_left_out() -> None:
    left = (Coverage("Розничные продажи", with_case=3, left_out=1),)
    found = block(of(closed(1), closed(2), closed(3, verdict=""), left=left), "Охват проверкой по воронкам")
    assert found.rows == (("Розничные продажи", 2, 1, 1, 0.75),)
    assert figure(of(closed(1), left=left), "Охват") == 0.75


@pytest.mark.requirement("S83", "S84", "S86", "S88", "S89")
def test_the_figures_answer_the_promises() -> None:
    records = (
        closed(1, hours_spent=2, news_asked=10, news_read=6, deviation_to_triage=Span(30, 8), satisfaction_score=100.0),
        closed(2, hours_spent=4, finding_to_approval=Span(50, 12), training_ordered=2, training_done=1),
    )
    summary = of(*records)
    wanted = {
        "Часов на закрытый разбор": 3.0, "Новости прочитаны": 0.6, "Обучений завершено": 0.5, "От отклонения": 8.0,
        "От разбора до": 12.0, "Удовлетворённость": 100.0, "Нарушений на 100": 0.0,
    }  # fmt: skip
    assert {title: figure(summary, title) for title in wanted} == wanted


def test_a_cancelled_case_is_counted_as_begun_and_nothing_else() -> None:
    cancelled = closed(
        1, stage_code="CANCELLED", violations=(Violation("Сроки", "terms"),), measures=(Measure("М", 1),)
    )
    summary = of(cancelled)
    assert figure(summary, "Разборов всего") == 1
    assert figure(summary, "Проанализировано") == figure(summary, "Закрыто") == figure(summary, "Мер назначено") == 0
    assert block(summary, "Парето нарушений").rows == ()


def test_a_company_that_has_just_begun_has_no_numbers_and_no_errors() -> None:
    summary = of()
    assert figure(summary, "Часов на закрытый разбор") is None
    assert all(len(row) == len(each.headings) for each in summary.blocks for row in each.rows)


def test_the_turn_of_the_year_is_in_the_window() -> None:
    january = summarise((), (), datetime(2027, 1, 31, 22, 0, tzinfo=UTC), MOSCOW)
    months = [row[0] for row in block(january, "Разборы по месяцам").rows]
    assert (months[0], months[-1]) == (date(2026, 3, 1), date(2027, 2, 1)), "it is February in Moscow already"


@given(st.integers(0, 60), st.integers(0, 5))
def test_whatever_happened_the_tables_agree_with_each_other(count: int, seed: int) -> None:
    records = list(made_up(count, seed))
    summary = summarise(records, coverage(count), END, MOSCOW)
    assert sum(row[-1] for row in block(summary, "Разборы по месяцам, воронкам и вердиктам").rows) == count
    assert sum(row[1] for row in block(summary, "Работа инспекторов").rows) == count
    assert sum(row[1] for row in block(summary, "Меры и затраты по видам мер").rows) == figure(summary, "Мер назначено")
    assert sum(row[1] for row in block(summary, "Парето нарушений").rows) == sum(len(r.violations) for r in records)
