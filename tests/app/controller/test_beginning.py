"""Before the first look at a portal of which the database knows nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.controller.beginning import LOST, begin, portal_key
from app.storage.cursors import Cursors
from app.storage.journal import Journal
from bitrix.errors import TryLater
from tests.app.controller.trading_day import TradingDay, win_deal

NO_TIME = timedelta(0)


@pytest.fixture
def cursors(database) -> Cursors:
    return Cursors(database)


@pytest.fixture
def journal(database, clock) -> Journal:
    return Journal(database, clock)


async def said(journal: Journal) -> list[str]:
    return [line for entry in await journal.read(portal_key("shop")) for line in entry.body["because"]]


async def test_a_new_installation_begins_its_journal(connection, cursors, journal):
    await begin(connection, cursors, journal, NO_TIME)
    assert await said(journal) == ["журнал начат: разборов на портале ещё нет"]


async def test_after_a_loss_the_journal_names_what_is_gone(connection, portal, desk, clock, cursors, journal):
    win_deal(portal)
    await TradingDay(portal, connection, desk, clock).quiet()
    await begin(connection, cursors, journal, NO_TIME)
    first, *lost = await said(journal)
    assert first == "база данных начата заново, на портале уже есть разборов: 1"
    assert lost == [f"не восстановить: {each}" for each in LOST]


async def test_begun_twice_it_says_so_once(connection, cursors, journal):
    """The process may die before the first sweep."""
    for _ in range(2):
        await begin(connection, cursors, journal, NO_TIME)
    assert len(await said(journal)) == 1


async def test_a_known_portal_is_not_asked(connection, portal, cursors, journal):
    await cursors.set("shop", "changes", "{}")
    await cursors.set("another", "changes", "{}")
    portal.calls.clear()
    await begin(connection, cursors, journal, timedelta(days=1))
    assert (portal.calls, await said(journal)) == ([], [])
    await cursors.forget("shop")
    assert (await cursors.any_of("shop"), await cursors.any_of("another")) == (False, True)


async def test_a_portal_that_does_not_answer_is_asked_again(connection, portal, cursors, journal):
    portal.refuse(TryLater("crm.item.list"))
    with pytest.raises(TryLater):
        await begin(connection, cursors, journal, NO_TIME)
    assert await said(journal) == []
