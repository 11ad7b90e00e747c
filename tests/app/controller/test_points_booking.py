"""From the card to the ledger: points of closed cases are booked at their looks, and again after a loss (R25)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.storage.database import Database
from app.storage.points import PointsLedger, balances
from rules.model import CaseField
from tests.app.controller.trading_day import SELLER, SOURCE, TradingDay, win_deal


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    day.verdict = "correct"
    return day


async def booked(day: TradingDay) -> list[tuple[int, float]]:
    return [(entry.posting.person, entry.posting.amount) for entry in await day.desk.ledger.entries()]


@pytest.mark.requirement("S37", "S76", "R25")
async def test_a_closed_case_is_booked_once(day):
    await day.look(SOURCE)
    await day.quiet()
    assert await booked(day) == []
    await day.to_the_end()
    for _ in range(3):
        await day.look()
    (entry,) = await day.desk.ledger.entries()
    assert (entry.posting.person, entry.posting.amount, entry.case.key) == (SELLER, 10, "deal:42#1")
    assert entry.period == "2026-11"
    assert "вердикт «Абсолютно корректный», сотрудник ОКК" in entry.posting.rule


@pytest.mark.requirement("R25")
async def test_a_ledger_that_was_lost_is_written_again_as_it_was(day, tmp_path, clock):
    await day.to_the_end()
    await day.look()
    before = await day.desk.ledger.entries()
    clock.forward(days=40)
    empty = await Database.open(f"sqlite:///{tmp_path / 'new.db'}")
    try:
        day.desk = replace(day.desk, ledger=PointsLedger(empty))
        await day.look()
        assert await day.desk.ledger.entries() == before
    finally:
        await empty.close()


@pytest.mark.requirement("R25")
async def test_a_correction_on_the_card_is_booked_as_one(day):
    await day.to_the_end()
    day.card(**{CaseField.POINTS: 4})
    await day.look()
    assert await booked(day) == [(SELLER, 10), (SELLER, -6)]
    (balance,) = balances(await day.desk.ledger.entries())
    assert balance.amount == 4
