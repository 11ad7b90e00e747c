"""Facts follow the records: written with them, made once more when they are lacking."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from app.storage.case_facts import CaseFacts, Sums, Visible, Wanted
from app.storage.database import Database
from app.storage.mirror_rows import MirrorRows
from app.storage.schema import case_facts, case_measures, case_violations
from benchmarks.invented_company import PORTAL, a_company, records
from rules.rulebook import Rulebook

EVERYTHING = Wanted(PORTAL, Visible(whole=True))
CLEAN = ["correct"]


@pytest.fixture(scope="module")
def told(book: Rulebook) -> list[dict[str, Any]]:
    return list(records(a_company(), book, 40, date(2026, 11, 28)))


@pytest.fixture
def rows(database: Database) -> MirrorRows:
    return MirrorRows(database)


@pytest.fixture
def facts(database: Database) -> CaseFacts:
    return CaseFacts(database)


async def contents(database: Database) -> list[list[Any]]:
    def read(connection: sa.Connection) -> list[list[Any]]:
        return [
            list(connection.execute(sa.select(table).order_by(*table.primary_key)).all())
            for table in (case_facts, case_violations, case_measures)
        ]

    return await database.read(read)


async def put(rows: MirrorRows, told: list[dict[str, Any]]) -> None:
    for record in told:
        await rows.put(PORTAL, record["key"], record)


async def test_a_changed_record_leaves_nothing_of_the_one_before(rows, facts, database, told) -> None:
    one = next(record for record in told if len(record["measures"]) > 1 and record["violations"])
    await put(rows, [one])
    await put(rows, [{**one, "violations": [], "measures": one["measures"][:1], "points": 3.0}])
    found, violations, measures = await contents(database)
    assert [(row.points, row.violations, row.measures) for row in found] == [(3.0, 0, 1)]
    assert (len(violations), len(measures)) == (0, 1)
    assert await facts.violations(EVERYTHING) == []


async def test_an_unchanged_record_is_not_written_again(rows, database, told) -> None:
    await put(rows, told[:1])
    before = await contents(database)
    assert await rows.put(PORTAL, told[0]["key"], told[0]) is False
    assert await contents(database) == before


async def test_lost_facts_are_made_again_from_the_records(rows, facts, database, told) -> None:
    await put(rows, told)
    whole = await contents(database)

    def lose(connection: sa.Connection) -> None:
        for table in (case_facts, case_violations, case_measures):
            connection.execute(sa.delete(table).where(table.c.key != told[3]["key"]))

    await database.write(lose)
    assert await facts.catch_up() == len(told) - 1
    assert await contents(database) == whole
    assert await facts.catch_up() == 0


async def test_two_processes_that_start_together_make_them_once(rows, facts, database, other, told) -> None:
    await put(rows, told)
    whole = await contents(database)
    await database.write(lambda connection: connection.execute(sa.delete(case_facts)))
    await database.write(lambda connection: connection.execute(sa.delete(case_violations)))
    await database.write(lambda connection: connection.execute(sa.delete(case_measures)))
    await asyncio.gather(facts.catch_up(), CaseFacts(other).catch_up(), put(MirrorRows(other), told[:3]))
    assert await contents(database) == whole


async def test_a_record_of_the_first_edition_has_no_facts_yet(rows, facts, told) -> None:
    old = {name: value for name, value in told[0].items() if name not in ("edition", "funnel_code")}
    await put(rows, [old])
    assert await facts.count(EVERYTHING) == 0
    assert await facts.catch_up() == 1, "it is looked at, and waits until its case was"
    assert await facts.count(EVERYTHING) == 0


@pytest.mark.requirement("S90")
async def test_only_what_is_visible_is_found_by_any_query(rows, facts, told) -> None:
    await put(rows, told)
    nothing = Wanted(PORTAL, Visible())
    elsewhere = Wanted("other", Visible(whole=True))
    for wanted in (nothing, elsewhere):
        assert await facts.sums(wanted, CLEAN, "verdict") == {}
        assert await facts.facets(wanted) == {}
        assert await facts.violations(wanted) == []
        assert await facts.measures(wanted) == []
        assert await facts.cases(wanted, 100) == []
        assert await facts.count(wanted) == 0
        assert await facts.first_day(wanted) is None
    person = told[0]["responsible_id"]
    own = Wanted(PORTAL, Visible(people=frozenset({person})))
    assert {case.key for case in await facts.cases(own, 100)} == {
        record["key"] for record in told if record["responsible_id"] == person
    }


async def test_sums_are_the_same_on_every_database(rows, facts, told) -> None:
    await put(rows, told)
    by_month = await facts.sums(EVERYTHING, CLEAN, "month")
    assert {key for (key,) in by_month} == {record["started_at"][:7] for record in told}
    total = sum(by_month.values(), Sums())
    assert (await facts.sums(EVERYTHING, CLEAN))[()].cases == total.cases == len(told)
    assert total.clean == sum(record["verdict_code"] == "correct" for record in told)
    assert {type(value) for value in vars(total).values()} == {int, float}
