"""What is old is forgotten, what is younger stays, and the journal remains a chain that somebody can check."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.controller.forgetting import forget
from app.storage.journal import Journal
from app.storage.retention import Retention
from app.storage.schema import events
from app.storage.schema import journal as table
from tests.app.conftest import MONDAY

CASE = "case:main:24"
YEARS_5 = timedelta(days=5 * 365 + 1)


@pytest.fixture
def journal(database, clock) -> Journal:
    return Journal(database, clock)


@pytest.fixture
def retention(database, clock) -> Retention:
    return Retention(database, clock)


async def some_entries(journal: Journal, clock, number: int, days_between: int = 1) -> None:
    for each in range(number):
        await journal.write("main", CASE, "decision", {"number": each})
        clock.forward(days=days_between)


async def events_of_days(database, *ages: int) -> None:
    rows = [
        {
            "portal": "main",
            "name": "ONCRMDEALUPDATE",
            "body": b"{}",
            "received_at": (MONDAY - timedelta(days=age)).timestamp(),
        }
        for age in ages
    ]
    await database.write(lambda connection: connection.execute(sa.insert(events), rows))


async def ages_left(database) -> list[int]:
    rows = await database.read(
        lambda c: list(c.execute(sa.select(events.c.received_at).order_by(events.c.id)).scalars())
    )
    return [round((MONDAY.timestamp() - received) / 86400) for received in rows]


async def test_events_are_kept_for_their_days(retention, database):
    await events_of_days(database, 50, 31, 30, 2, 0)
    assert await retention.prune_events(MONDAY - timedelta(days=30)) == 2
    assert await ages_left(database) == [30, 2, 0]
    assert await retention.prune_events(MONDAY - timedelta(days=30)) == 0


@pytest.mark.requirement("R28")
async def test_the_chain_leans_on_what_was_said_of_the_entries_that_went(journal, retention, clock):
    await some_entries(journal, clock, 5)
    kept = (await journal.verify()).newest.hash
    assert await retention.prune_journal(MONDAY + timedelta(days=3)) == 3
    chain = await journal.verify(kept)
    assert (chain.entries, chain.broken, chain.holds) == (3, None, True)  # two of five, and the word about the others
    assert (chain.begins_after.through, chain.begins_after.entries) == (3, 3)
    assert [entry.body["number"] for entry in await journal.read(CASE)] == [3, 4]
    await journal.write("main", CASE, "command", {})
    assert (await journal.verify()).broken is None


async def test_it_may_be_pruned_again_and_again(journal, retention, clock):
    await some_entries(journal, clock, 4)
    for _ in range(4):
        assert await retention.prune_journal(clock() - timedelta(days=2)) > 0
        await some_entries(journal, clock, 2)
        assert (await journal.verify()).broken is None


async def test_the_newest_entry_stays_however_old_it_is(journal, retention, clock):
    await some_entries(journal, clock, 1)
    clock.forward(days=10_000)
    assert await retention.prune_journal(clock()) == 0
    assert (await journal.verify()).entries == 1


@pytest.mark.parametrize("taken", [1, 2])
async def test_who_takes_away_entries_by_hand_is_found_out(journal, retention, database, clock, taken):
    """Whether or not anything was ever pruned."""
    await some_entries(journal, clock, 6)
    await retention.prune_journal(MONDAY + timedelta(days=2))
    first = sa.select(table.c.id).order_by(table.c.id).limit(taken)
    await database.write(lambda c: c.execute(sa.delete(table).where(table.c.id.in_(first))))
    assert (await journal.verify()).broken is not None


async def test_a_word_about_other_entries_than_those_is_found_out(journal, retention, database, clock):
    await some_entries(journal, clock, 3)
    first = sa.select(table.c.id).order_by(table.c.id).limit(1)
    await database.write(lambda c: c.execute(sa.delete(table).where(table.c.id.in_(first))))
    await journal.write("", "pruned", "pruned", {"through": 1, "at": 1.0, "hash": "0" * 64, "entries": 1})
    chain = await journal.verify()
    assert (chain.broken.id, chain.broken.altered) == (2, False)


async def test_a_kept_hash_of_the_last_entry_that_went_is_still_known(journal, retention, clock):
    await some_entries(journal, clock, 2)
    kept = (await journal.verify()).newest.hash
    await some_entries(journal, clock, 2)
    await retention.prune_journal(MONDAY + timedelta(days=2))
    assert (await journal.verify(kept)).holds


async def test_everything_old_goes_in_portions(journal, database, clock):
    retention = Retention(database, clock, portion=3)
    await some_entries(journal, clock, 10)
    await events_of_days(database, *range(60, 40, -1), 5, 1)
    await forget(retention, MONDAY + YEARS_5 + timedelta(days=7), timedelta(days=30) + YEARS_5, 5)
    chain = await journal.verify()
    assert chain.broken is None
    assert [entry.body["number"] for entry in await journal.read(CASE)] == [7, 8, 9]
    assert await ages_left(database) == [5, 1]
