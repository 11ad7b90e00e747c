"""The ledger of points: appended to, never changed, never doubled (S76, R25)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.database import Database
from app.storage.points import TAKEN_OUT, BookedCase, PointsLedger, Posting, balances

NOVEMBER = datetime(2026, 11, 2, tzinfo=UTC)
FIRST = BookedCase("shop", 7, "deal:42#1")
SECOND = BookedCase("shop", 8, "deal:42#2")
GRANT = Posting(31, "Мария Продавцова", 10.0, "вердикт «Абсолютно корректный»")


@pytest.fixture
def ledger(database: Database) -> PointsLedger:
    return PointsLedger(database)


async def amounts(ledger: PointsLedger) -> list[float]:
    return [entry.posting.amount for entry in await ledger.entries()]


@pytest.mark.requirement("S76", "R25")
async def test_a_grant_is_booked_once(ledger):
    for _ in range(3):
        await ledger.settle(FIRST, [GRANT], NOVEMBER, "2026-11")
    (entry,) = await ledger.entries()
    assert (entry.case, entry.posting, entry.at, entry.period) == (FIRST, GRANT, NOVEMBER, "2026-11")


@pytest.mark.requirement("R25")
async def test_what_a_later_round_takes_back_is_a_counter_entry(ledger):
    await ledger.settle(FIRST, [GRANT], NOVEMBER, "2026-11")
    taken = Posting(31, "Мария Продавцова", -10.0, "вердикт «Частично корректный»: баллы разбора №7 сняты")
    await ledger.settle(SECOND, [taken], NOVEMBER + timedelta(days=30), "2026-12")
    assert await amounts(ledger) == [10, -10]
    (balance,) = balances(await ledger.entries())
    assert (balance.person, balance.amount) == (31, 0)


@pytest.mark.requirement("R25")
async def test_a_changed_verdict_corrects_by_the_difference(ledger):
    await ledger.settle(FIRST, [GRANT], NOVEMBER, "2026-11")
    better = Posting(31, "Мария Продавцова", 15.0, "вердикт «Образцовый»")
    for _ in range(2):
        await ledger.settle(FIRST, [better], NOVEMBER, "2026-12")
    await ledger.settle(FIRST, [], NOVEMBER, "2026-12")
    found = await ledger.entries()
    assert [(entry.posting.amount, entry.posting.rule) for entry in found] == [
        (10, GRANT.rule),
        (5, better.rule),
        (-15, TAKEN_OUT),
    ]


async def test_points_of_a_case_given_to_somebody_else_move_there(ledger):
    await ledger.settle(FIRST, [GRANT], NOVEMBER, "2026-11")
    await ledger.settle(FIRST, [Posting(32, "Пётр Торгов", 10.0, GRANT.rule)], NOVEMBER, "2026-11")
    assert {each.name: each.amount for each in balances(await ledger.entries())} == {
        "Пётр Торгов": 10,
        "Мария Продавцова": 0,
    }


async def test_nothing_is_written_for_nothing(ledger):
    await ledger.settle(FIRST, [], NOVEMBER, "2026-11")
    assert await amounts(ledger) == []
    assert await ledger.is_empty_of(FIRST)


@pytest.mark.requirement("S76")
async def test_balances_by_person_and_period(ledger):
    await ledger.settle(FIRST, [GRANT], NOVEMBER, "2026-11")
    await ledger.settle(BookedCase("shop", 9, "lead:7#1"), [GRANT], NOVEMBER, "2026-12")
    await ledger.settle(BookedCase("depot", 7, "deal:42#1"), [Posting(5, "Олег", 3.0, "правило")], NOVEMBER, "2026-11")
    assert len(await ledger.entries(person="31")) == 2
    assert len(await ledger.entries(person="продав")) == 2
    assert len(await ledger.entries(person="31", period="2026-12")) == 1
    assert await ledger.entries(person="никто") == []
    assert [(each.portal, each.amount) for each in balances(await ledger.entries())] == [("shop", 20), ("depot", 3)]


@given(
    history=st.lists(st.lists(st.tuples(st.sampled_from([31, 32]), st.sampled_from([-10.0, 2.5, 10.0])), max_size=3))
)
@settings(max_examples=40, deadline=None)
async def test_the_sum_is_always_what_the_case_says(tmp_path_factory, history):
    database = await Database.open(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'points.db'}")
    ledger = PointsLedger(database)
    try:
        for wanted in history:
            postings = [Posting(person, "Кто-то", amount, "правило") for person, amount in wanted]
            await ledger.settle(FIRST, postings, NOVEMBER, "2026-11")
            booked = {each.person: each.amount for each in balances(await ledger.entries())}
            sums = {person: sum(amount for who, amount in wanted if who == person) for person in (31, 32)}
            assert all(booked.get(person, 0) == amount for person, amount in sums.items())
            before = await amounts(ledger)
            await ledger.settle(FIRST, postings, NOVEMBER, "2026-11")
            assert await amounts(ledger) == before
    finally:
        await database.close()
