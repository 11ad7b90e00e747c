"""The numbers of the screen against the records they come from, and against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.controller.case_record import as_record
from app.dashboard.answers import Answers, Reader, answer, wanted
from app.dashboard.figures import added_up
from app.dashboard.question import Moment, Period, Preset, Question, question_of
from app.storage.case_facts import CaseFacts, Sums
from app.storage.journal import Journal
from app.storage.left_out import LeftOutWork
from benchmarks.invented_company import QUALITY_HEAD, RETAIL, SALES, SALES_HEAD, WHOLESALE
from rules.rulebook import Rulebook
from tests.app.dashboard.conftest import LEFT_OUT, NOW, STEPS, TODAY

ALL = question_of({"period": "all"}, TODAY)
NEW_YEAR = datetime(2025, 12, 31, 21, tzinfo=UTC)
"""In Moscow."""
Told = list[dict[str, Any]]


@pytest.fixture
def ask(
    facts: CaseFacts, left_out: LeftOutWork, journal: Journal, book: Rulebook, reader: Callable[[int], Reader]
) -> Callable[..., Any]:
    async def asked(question: Question = ALL, person: int = QUALITY_HEAD) -> Answers:
        return await answer(question, reader(person), book, facts, left_out, journal)

    return asked


def test_the_invented_records_are_what_the_service_puts_away(told: Told) -> None:
    assert {as_record(record).key for record in told} == {record["key"] for record in told}


@pytest.mark.requirement("S64", "S65", "S66", "S77", "S80")
async def test_totals_are_those_of_the_records(told: Told, ask: Callable[..., Any]) -> None:
    found = await ask()
    kept = [each for each in told if each["stage_code"] != "CANCELLED"]
    assert found.total.cases == len(told)
    assert found.total.analysed == sum(bool(each["verdict_code"]) for each in kept)
    assert found.total.closed == sum(each["stage_code"] == "SUCCESS" for each in told)
    assert found.total.measures == sum(len(each["measures"]) for each in kept)
    assert found.total.violations == sum(len(each["violations"]) for each in kept)
    assert found.total.hours_spent == pytest.approx(sum(each["hours_spent"] for each in told))
    kinds = Counter(measure["kind_code"] for each in kept for measure in each["measures"])
    assert {kind.code: kind.items for kind in found.kinds} == kinds
    types = Counter(violation["code"] for each in kept for violation in each["violations"])
    assert {violation.code: violation.items for violation in found.violations} == types
    assert [kind.items for kind in found.kinds] == sorted(kinds.values(), reverse=True)


@pytest.mark.requirement("S82", "S83", "S86", "S88", "S89")
async def test_means_are_those_of_the_records(told: Told, ask: Callable[..., Any]) -> None:
    total = (await ask()).total
    closed = [each for each in told if each["stage_code"] == "SUCCESS"]
    assert total.closed_changes == pytest.approx(sum(each["changes_time"]["working"] for each in closed))
    assert total.closed_spent == pytest.approx(sum(each["hours_spent"] for each in closed))
    scores = [each["satisfaction_score"] for each in told if each["satisfaction_score"] is not None]
    assert (total.rated, total.satisfaction) == (len(scores), pytest.approx(sum(scores)))
    triage = [each["deviation_to_triage"]["working"] for each in told if each["deviation_to_triage"]]
    assert (total.triaged, total.hours_to_triage) == (len(triage), pytest.approx(sum(triage)))
    remedies = [each["finding_to_approval"]["working"] for each in told if each["finding_to_approval"]]
    assert (total.remedied, total.hours_to_remedy) == (len(remedies), pytest.approx(sum(remedies)))


@pytest.mark.requirement("S81")
async def test_what_got_no_case_is_counted_for_whoever_sees_all(ask: Callable[..., Any]) -> None:
    question = question_of({}, TODAY)
    assert (await ask(question)).left_out == {"retail": LEFT_OUT}
    assert (await ask(replace(question, funnel="leads"))).left_out == {}
    # whose work it was isn't known, so it is told to nobody who may not see everybody's
    assert (await ask(question, SALES_HEAD)).left_out is None
    assert (await ask(replace(question, department=SALES))).left_out is None


@pytest.mark.requirement("S91")
async def test_what_the_service_did_by_itself_is_counted_from_its_journal(ask: Callable[..., Any]) -> None:
    assert (await ask()).own_steps == STEPS
    year = question_of({"period": "year"}, TODAY)
    assert (await ask(year)).own_steps == sum(NOW - timedelta(days=40 * each) > NEW_YEAR for each in range(STEPS))
    # a step isn't somebody's, nor a department's
    assert (await ask(ALL, SALES_HEAD)).own_steps is None
    assert (await ask(replace(ALL, funnel="retail"))).own_steps is None


def close(one: Sums, other: Sums) -> bool:
    return vars(one).keys() == vars(other).keys() and all(
        value == pytest.approx(vars(other)[name]) for name, value in vars(one).items()
    )


@pytest.mark.requirement("S67", "S80")
@settings(max_examples=15, deadline=None)
@given(data=st.data())
async def test_the_parts_sum_to_the_whole(ask: Callable[..., Any], data: st.DataObject) -> None:
    """Over funnels, departments, people, inspectors and time, whatever is asked."""
    since = data.draw(st.dates(date(2023, 11, 1), TODAY))
    question = Question(
        Period(since, data.draw(st.dates(since, TODAY))),
        Preset.OWN,
        data.draw(st.sampled_from(Moment)),
        funnel=data.draw(st.sampled_from([None, "retail", "wholesale", "service"])),
        department=data.draw(st.sampled_from([None, SALES, RETAIL])),
    )
    found = await ask(question)
    tops = [row.sums for row in found.departments if row.depth == 0]
    for parts in (
        found.funnels.values(),
        tops,
        [row.sums for row in found.people],
        [row.sums for row in found.inspectors],
        [sums for _, sums in found.course],
        [sums for course in found.verdicts.values() for _, sums in course],
    ):
        assert close(added_up(parts), found.total)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
async def test_filters_commute_and_narrow(
    told: Told, facts: CaseFacts, reader: Callable[[int], Reader], data: st.DataObject
) -> None:
    """However the filters are put together, they find the records that meet each of them."""
    tests: dict[str, Callable[[dict[str, Any], Any], bool]] = {
        "funnel": lambda record, code: record["funnel_code"] == code,
        "person": lambda record, id_: record["responsible_id"] == id_,
        "department": lambda record, id_: id_ in record["department_ids"],
        "verdict": lambda record, code: record["verdict_code"] == code and record["stage_code"] != "CANCELLED",
        "violation": lambda record, code: code in [each["code"] for each in record["violations"]],
        "kind": lambda record, code: code in [each["kind_code"] for each in record["measures"]],
    }
    one = data.draw(st.sampled_from(told))
    values = {
        "funnel": one["funnel_code"],
        "person": one["responsible_id"],
        "department": one["department_ids"][0],
        "verdict": one["verdict_code"] or None,
        "violation": next((each["code"] for each in one["violations"]), "terms"),
        "kind": next((each["kind_code"] for each in one["measures"]), "training"),
    }
    names = data.draw(st.lists(st.sampled_from(sorted(tests)), unique=True))
    chosen = {name: values[name] for name in names if values[name] is not None}
    question = ALL
    for name, value in chosen.items():
        question = replace(question, **{name: value})
    cases = await facts.cases(wanted(question, reader(QUALITY_HEAD)), limit=1000)
    met = {record["key"] for record in told if all(tests[name](record, value) for name, value in chosen.items())}
    assert {case.key for case in cases} == met


async def test_a_department_stands_with_those_below_it(told: Told, ask: Callable[..., Any]) -> None:
    found = await ask()
    rows = {row.id: row for row in found.departments}
    in_sales = sum(SALES in each["department_ids"] for each in told)
    assert rows[SALES].sums.cases == in_sales
    assert [rows[id_].depth for id_ in (SALES, RETAIL, WHOLESALE)] == [0, 1, 1]
    assert (await ask(replace(ALL, department=SALES))).total.cases == in_sales


@pytest.mark.requirement("S82")
async def test_a_period_is_compared_with_the_one_before(told: Told, ask: Callable[..., Any]) -> None:
    found = await ask(question_of({}, TODAY))
    before = [each for each in told if "2024-12-01" <= each["started_at"][:10] <= "2025-11-28"]
    assert found.before is not None
    assert found.before.cases == len(before)
    first = date.fromisoformat(min(each["started_at"][:10] for each in told))
    nothing_before = await ask(Question(Period(first, TODAY), Preset.OWN))
    assert nothing_before.before is None


async def test_by_their_end_only_ended_cases_are_counted(told: Told, ask: Callable[..., Any]) -> None:
    found = await ask(replace(ALL, by=Moment.FINALISED))
    assert found.total.cases == sum(each["finalised_at"] is not None for each in told)
