"""Writes that wait at the same moment share a commit, and nobody notices."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.database import Database
from app.storage.dialects import one_at_a_time
from app.storage.journal import Journal
from app.storage.schema import cursors


class Mistake(Exception):
    pass


def put(name: str, *, fails: bool = False):
    def work(connection: sa.Connection) -> str:
        connection.execute(sa.insert(cursors).values(portal="main", name=name, value="1"))
        if fails:
            raise Mistake(name)
        return name

    return work


def names(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(cursors.c.name)).scalars())


class Held:
    """A database whose thread is held up, so that what is written meanwhile waits together."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.go_on = threading.Event()
        self.commits = 0
        sa.event.listen(database._engine, "commit", self._count)

    def _count(self, _: sa.Connection) -> None:
        self.commits += 1

    async def meanwhile(self, works):
        """What became of writes that all waited for the same moment."""
        held = asyncio.create_task(self.database.read(lambda _: self.go_on.wait(10)))
        await asyncio.sleep(0)
        writes = [asyncio.create_task(self.database.write(work)) for work in works]
        await asyncio.sleep(0)
        self.commits = 0
        return held, writes

    async def ends(self, works):
        held, writes = await self.meanwhile(works)
        self.go_on.set()
        await held
        return await asyncio.gather(*writes, return_exceptions=True)


@pytest.fixture
async def file_database(tmp_path: Path):
    database = await Database.open(f"sqlite:///{tmp_path}/shared.db")
    yield database
    await database.close()


async def test_who_waits_together_commits_together(file_database):
    held = Held(file_database)
    assert await held.ends([put(str(number)) for number in range(50)]) == [str(number) for number in range(50)]
    assert held.commits == 2  # the read that held the thread, and all the writes
    assert await file_database.read(names) == {str(number) for number in range(50)}


@settings(max_examples=8, deadline=None)
@given(failing=st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_failure_is_its_own_callers_alone(tmp_path_factory, failing):
    async def play():
        database = await Database.open(f"sqlite:///{tmp_path_factory.mktemp('db')}/shared.db")
        ends = await Held(database).ends([put(str(number), fails=fails) for number, fails in enumerate(failing)])
        left = await database.read(names)
        await database.close()
        return ends, left

    ends, left = asyncio.run(play())
    assert left == {str(number) for number, fails in enumerate(failing) if not fails}
    for number, (fails, end) in enumerate(zip(failing, ends, strict=True)):
        assert isinstance(end, Mistake) if fails else end == str(number)


async def test_who_gave_up_before_the_turn_writes_nothing(file_database):
    held = Held(file_database)
    held_up, (first, second) = await held.meanwhile([put("a"), put("b")])
    first.cancel()
    await asyncio.sleep(0)
    held.go_on.set()
    await held_up
    assert await second == "b"
    assert await file_database.read(names) == {"b"}


async def test_entries_that_wait_for_the_journal_share_a_commit(database, other, clock):
    """Whoever holds the journal holds it for one commit of ours, not for each entry of it."""
    holds, go_on, commits = threading.Event(), threading.Event(), []

    def hold(connection: sa.Connection) -> None:
        one_at_a_time(connection, "journal")
        holds.set()
        go_on.wait(10)

    held = asyncio.create_task(other.write(hold))
    await asyncio.to_thread(holds.wait, 10)
    sa.event.listen(database._engine, "commit", commits.append)
    journal = Journal(database, clock)
    writes = [asyncio.create_task(journal.write("main", "case:main:1", "decision", {"n": n})) for n in range(30)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(held, *writes)
    assert len(commits) <= 2  # of those that came first, and of all that came while they waited
    assert [entry.body["n"] for entry in await journal.read("case:main:1")] == list(range(30))
    assert (await journal.verify()).broken is None


async def test_when_the_server_is_lost_nothing_is_done_twice(postgresql):
    """The commit may have come to its end: whoever shared it is told, and looks anew."""
    database = await Database.open(postgresql.new_database())
    go_on, tried = threading.Event(), []

    def lose_the_server(connection: sa.Connection) -> None:
        connection.execute(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid())))

    def write(connection: sa.Connection) -> None:
        tried.append("once")
        put("a")(connection)

    held = asyncio.create_task(database.write_in_turn(lambda _: go_on.wait(10)))
    await asyncio.sleep(0)
    together = [asyncio.create_task(database.write_in_turn(work)) for work in (write, lose_the_server)]
    await asyncio.sleep(0)
    go_on.set()
    ends = await asyncio.gather(held, *together, return_exceptions=True)
    assert [type(end) for end in ends] == [bool, sa.exc.OperationalError, sa.exc.OperationalError]
    assert tried == ["once"]
    assert await database.read(names) == set()
    await database.close()
