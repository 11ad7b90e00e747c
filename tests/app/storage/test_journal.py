"""What was seen, decided and done, in order."""

from datetime import timedelta

import pytest

from app.storage.journal import Entry, Journal
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
