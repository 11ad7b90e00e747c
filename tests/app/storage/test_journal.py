"""What was seen, decided and done, in order."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.storage.journal import START, Entry, Journal, link
from app.storage.schema import journal as table
from tests.app.conftest import MONDAY

CASE = "case:main:24"


@pytest.fixture
def journal(database, clock) -> Journal:
    return Journal(database, clock)


async def test_entries_come_back_in_order_and_only_those_of_the_key(journal, clock):
    await journal.write("main", CASE, "decision", {"because": ["опрос не заполнен"], "commands": []})
    clock.forward(minutes=5)
    await journal.write("main", CASE, "command", {"do": "CreateTask", "slot": "survey"})
    await journal.write("main", "case:main:2", "decision", {})
    assert await journal.read(CASE) == [
        Entry(MONDAY, "main", CASE, "decision", {"because": ["опрос не заполнен"], "commands": []}),
        Entry(MONDAY + timedelta(minutes=5), "main", CASE, "command", {"do": "CreateTask", "slot": "survey"}),
    ]
    assert await journal.read("case:main:7") == []


async def test_the_same_decision_is_written_once(journal):
    waiting = {"because": ("ждём опрос",), "commands": []}
    assert await journal.write_changed("main", CASE, "decision", waiting)
    assert not await journal.write_changed("main", CASE, "decision", waiting)
    await journal.write("main", CASE, "error", {"error": "Unreachable"})
    assert not await journal.write_changed("main", CASE, "decision", waiting)
    assert await journal.write_changed("main", CASE, "decision", {"because": ["опрос заполнен"], "commands": []})
    assert await journal.write_changed("main", CASE, "decision", waiting)  # again, after something else
    assert await journal.write_changed("main", "case:main:2", "decision", waiting)
    assert await journal.count("decision") == 4


async def test_kinds_are_counted(journal):
    for kind in ("found_by_sweep", "error", "found_by_sweep"):
        await journal.write("main", CASE, kind, {})
    assert (await journal.count("found_by_sweep"), await journal.count("decision")) == (2, 0)


# --- The chain -------------------------------------------------------------------------------------------------------


async def rows(database):
    return await database.read(lambda connection: connection.execute(sa.select(table).order_by(table.c.id)).all())


@pytest.fixture
async def written(journal, clock):
    """Five entries about two cases."""
    for number in range(5):
        clock.forward(minutes=1)
        await journal.write("main", f"case:main:{number % 2}", "command", {"do": "Tell", "text": f"строка {number}"})
    return journal


@pytest.mark.requirement("R26", "S63")
async def test_each_entry_carries_the_hash_of_the_one_before(written, database):
    found = await rows(database)
    assert [row.previous for row in found] == [START, *(row.hash for row in found[:-1])]
    assert [row.hash for row in found] == [link(row._mapping, row.previous) for row in found]
    assert len({row.hash for row in found}) == 5


async def test_an_untouched_chain_is_whole_and_names_its_newest_entry(written, database):
    chain = await written.verify()
    newest = (await rows(database))[-1]
    assert (chain.entries, chain.broken, chain.holds) == (5, None, None)
    assert (chain.newest.id, chain.newest.hash) == (newest.id, newest.hash)


async def test_an_empty_journal_is_whole(journal):
    chain = await journal.verify()
    assert (chain.entries, chain.newest, chain.broken) == (0, None, None)


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("tampering", "broken_at", "altered"),
    [
        # each column is part of the hash
        (sa.update(table).where(table.c.id == 3).values(body={"do": "Tell", "text": "иначе"}), 3, True),
        (sa.update(table).where(table.c.id == 3).values(at=1.0), 3, True),
        (sa.update(table).where(table.c.id == 3).values(key="case:main:9"), 3, True),
        (sa.update(table).where(table.c.id == 3).values(kind="decision"), 3, True),
        (sa.update(table).where(table.c.id == 3).values(portal="other"), 3, True),
        (sa.update(table).where(table.c.id == 3).values(hash="0" * 64), 3, True),
        # an entry is taken out: the next one doesn't fit
        (sa.delete(table).where(table.c.id == 3), 4, False),
        (sa.delete(table).where(table.c.id == 1), 2, False),
    ],
)
async def test_the_first_entry_that_does_not_fit_is_found(written, database, tampering, broken_at, altered):
    await database.write(lambda connection: connection.execute(tampering))
    broken = (await written.verify()).broken
    assert (broken.id, broken.altered) == (broken_at, altered)


async def test_an_entry_slipped_in_with_a_hash_of_its_own_breaks_the_chain(written, database):
    third = (await rows(database))[2]
    forged = {**third._mapping, "body": {"do": "Tell", "text": "подделка"}}
    forged["hash"] = link(forged, third.previous)
    await database.write(
        lambda connection: connection.execute(sa.update(table).where(table.c.id == 3).values(**forged))
    )
    broken = (await written.verify()).broken
    assert (broken.id, broken.altered) == (4, False)


async def test_a_hash_kept_elsewhere_shows_that_the_end_was_cut_off(written, database):
    kept = (await written.verify()).newest.hash
    assert (await written.verify(kept)).holds is True
    await written.write("main", CASE, "decision", {})
    assert (await written.verify(kept)).holds is True
    await database.write(lambda connection: connection.execute(sa.delete(table).where(table.c.id >= 5)))
    cut = await written.verify(kept)
    assert (cut.broken, cut.holds) == (None, False)


async def test_a_long_chain_is_walked_to_its_end(journal, database):
    def many(connection):
        for number in range(1100):
            journal.append_in(connection, "main", CASE, "command", {"number": number, "share": number / 7})

    await database.write(many)
    assert (await journal.verify()).entries == 1100


async def test_two_processes_that_write_at_the_same_time_make_one_chain(database, other, clock):
    journals = [Journal(database, clock), Journal(other, clock)]
    await asyncio.gather(*(each.write("main", CASE, "command", {"n": n}) for n in range(30) for each in journals))
    chain = await journals[0].verify()
    assert (chain.entries, chain.broken) == (60, None)
