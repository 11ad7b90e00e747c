"""Durable before acknowledged: what was accepted is on the disk and its keys are dirty, or the portal hears of it."""

import asyncio
import json
import logging
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import sqlalchemy as sa

from app.keys import CaseKey, Key, MeasureKey, SourceKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Delivery, Inbox, InboxClosed, InboxFull, NotStored
from app.storage.known_objects import KnownObjects
from app.storage.observations import Observations
from app.storage.schema import events
from tests.app.conftest import MONDAY, Clock

DEAL = SourceKey("main", 2, 42)


def a_delivery(
    *keys: Key, task_id: int | None = None, told: Mapping[str, Any] | None = None, name: str = "ONCRMDEALUPDATE"
) -> Delivery:
    return Delivery("main", name, told or {}, MONDAY.timestamp(), keys, task_id)


class Wakes:
    """Counts commits: the inbox wakes the worker after each."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def dirty(database: Database, clock: Clock) -> DirtyKeys:
    return DirtyKeys(database, clock)


@pytest.fixture
def known(database: Database) -> KnownObjects:
    return KnownObjects(database)


@pytest.fixture
async def inbox(database: Database, dirty: DirtyKeys, known: KnownObjects, wakes: Wakes) -> AsyncIterator[Inbox]:
    inbox = Inbox(database, dirty, known, wakes, most_waiting=5)
    running = asyncio.create_task(inbox.run())
    yield inbox
    await stop(running)


async def stop(running: asyncio.Task[None]) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def marked(dirty: DirtyKeys) -> set[Key]:
    return {claim.key for claim in await dirty.claim("test", timedelta(minutes=1), limit=100)}


class Busy:
    """Keeps the database's thread occupied until released."""

    def __init__(self, database: Database) -> None:
        self._begun, self._released = threading.Event(), threading.Event()
        self._work = asyncio.create_task(database.write(self._wait))

    def _wait(self, _: sa.Connection) -> None:
        self._begun.set()
        self._released.wait(20)

    async def begun(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._begun.wait, 20)

    async def release(self) -> None:
        self._released.set()
        await self._work


async def until_taken_in(*deliveries: Awaitable[None]) -> list[asyncio.Task[None]]:
    """Deliveries under way, as far as they come while the database is busy."""
    tasks = [asyncio.ensure_future(each) for each in deliveries]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_was_accepted_is_on_the_disk(inbox, other, clock):
    await inbox.accept(a_delivery(DEAL, told={"event": "ONCRMDEALUPDATE", "data": {"TITLE": '«Ы» "\\'}}))
    (row,) = await other.read(lambda c: c.execute(sa.select(events)).all())
    assert (row.portal, row.name) == ("main", "ONCRMDEALUPDATE")
    assert json.loads(row.body) == {"event": "ONCRMDEALUPDATE", "data": {"TITLE": '«Ы» "\\'}}
    assert row.received_at == MONDAY.timestamp()
    assert await marked(DirtyKeys(other, clock)) == {DEAL}


async def test_an_event_that_concerns_nobody_is_stored_all_the_same(inbox, dirty):
    await inbox.accept(a_delivery())
    assert await inbox.count() == 1
    assert await marked(dirty) == set()


async def test_the_last_word_of_a_portal_is_remembered(inbox):
    """``capa24 doctor`` asks: do its events reach us?"""
    assert await inbox.last_received("main") is None
    await inbox.accept(a_delivery(DEAL))
    await inbox.accept(a_delivery(DEAL)._replace(received_at=MONDAY.timestamp() - 86400))
    assert await inbox.last_received("main") == MONDAY
    assert await inbox.last_received("other") is None


async def test_deliveries_that_come_together_share_one_commit(database, dirty, known, wakes):
    inbox = Inbox(database, dirty, known, wakes)
    running = asyncio.create_task(inbox.run())
    await asyncio.gather(*(inbox.accept(a_delivery(CaseKey("main", number))) for number in range(100)))
    assert wakes.count == 1
    assert await inbox.count() == 100
    assert len(await marked(dirty)) == 100
    await stop(running)


async def test_deliveries_that_come_during_a_commit_share_the_next(inbox, database, wakes):
    busy = Busy(database)
    await busy.begun()
    first = await until_taken_in(inbox.accept(a_delivery(DEAL)))
    rest = await until_taken_in(*(inbox.accept(a_delivery(DEAL)) for _ in range(5)))
    await busy.release()
    await asyncio.gather(*first, *rest)
    assert wakes.count == 2


async def test_the_worker_is_woken_after_the_commit_not_before(database, dirty, known):
    seen: list[int] = []
    inbox = Inbox(database, dirty, known, lambda: seen.append(len(stored)))
    stored: list[int] = []
    sa.event.listen(sa.Engine, "commit", on_commit := lambda _: stored.append(1))
    running = asyncio.create_task(inbox.run())
    try:
        await inbox.accept(a_delivery(DEAL))
    finally:
        sa.event.remove(sa.Engine, "commit", on_commit)
        await stop(running)
    assert seen == [1]


async def test_more_than_it_can_hold_is_refused_and_the_rest_is_stored(inbox, database, dirty):
    busy = Busy(database)
    await busy.begun()
    under_way = await until_taken_in(inbox.accept(a_delivery(CaseKey("main", 0))))
    waiting = await until_taken_in(*(inbox.accept(a_delivery(CaseKey("main", n))) for n in range(1, 6)))
    with pytest.raises(InboxFull, match="5 deliveries"):
        await inbox.accept(a_delivery(CaseKey("main", 6)))
    await busy.release()
    await asyncio.gather(*under_way, *waiting)
    await inbox.accept(a_delivery(CaseKey("main", 7)))
    assert await marked(dirty) == {CaseKey("main", number) for number in (0, 1, 2, 3, 4, 5, 7)}


async def test_a_delivery_that_cannot_be_stored_fails_alone(inbox, dirty):
    outcomes = await asyncio.gather(
        inbox.accept(a_delivery(CaseKey("main", 1))),
        inbox.accept(a_delivery(task_id=2**70)),  # more than a column holds
        inbox.accept(a_delivery(CaseKey("main", 2))),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes] == [type(None), NotStored, type(None)]
    assert await marked(dirty) == {CaseKey("main", 1), CaseKey("main", 2)}


async def test_a_disk_that_takes_nothing_is_told_and_outlived(inbox, database, caplog):
    await database.write(lambda c: c.exec_driver_sql("ALTER TABLE events RENAME TO gone"))
    with caplog.at_level(logging.ERROR), pytest.raises(NotStored):
        await inbox.accept(a_delivery(DEAL, told={"data": "s3cr3t"}))
    assert "ONCRMDEALUPDATE of portal main not stored" in caplog.text
    assert "s3cr3t" not in caplog.text
    await database.write(lambda c: c.exec_driver_sql("ALTER TABLE gone RENAME TO events"))
    await inbox.accept(a_delivery(DEAL))


# --- tasks and measures belong to cases


async def test_a_task_of_a_case_makes_the_case_dirty(inbox, dirty, known):
    await known.remember("main", 24, tasks=[101], measures=[])
    await inbox.accept(a_delivery(task_id=101))
    assert await marked(dirty) == {CaseKey("main", 24)}


@pytest.mark.parametrize("portal", ["main", "another"])
async def test_a_task_that_is_nobodys_costs_no_look(inbox, dirty, known, portal):
    await known.remember(portal, 24, tasks=[101] if portal == "another" else [102], measures=[101])
    await inbox.accept(a_delivery(task_id=101))
    assert await inbox.count() == 1
    assert await marked(dirty) == set()


async def test_a_measure_makes_its_case_dirty_where_that_is_known(inbox, dirty, known):
    await known.remember("main", 24, tasks=[], measures=[5])
    await inbox.accept(a_delivery(MeasureKey("main", 5)))
    await inbox.accept(a_delivery(MeasureKey("main", 6)))
    assert await marked(dirty) == {CaseKey("main", 24), MeasureKey("main", 6)}


ADDED, UPDATED = "ONCRMDYNAMICITEMADD_1030", "ONCRMDYNAMICITEMUPDATE_1030"


@pytest.mark.parametrize(
    ("looked_at", "names", "expected"),
    [
        ([], [ADDED], {24}),
        ([24], [ADDED], set()),
        ([24], [ADDED, UPDATED], {24}),
        ([25], [ADDED], {24}),
    ],
)
async def test_that_a_case_was_added_is_no_news_after_a_look_at_it(inbox, database, dirty, looked_at, names, expected):
    """Behind a thousand other events it comes late: another look would find what the last one has left."""
    for number in looked_at:
        await Observations(database).keep("main", f"case:main:{number}", {})
    for name in names:
        await inbox.accept(a_delivery(CaseKey("main", 24), name=name))
    assert await marked(dirty) == {CaseKey("main", number) for number in expected}


# --- stopping


async def test_a_stop_still_commits_what_was_taken_in(database, dirty, known, wakes):
    inbox = Inbox(database, dirty, known, wakes)
    running = asyncio.create_task(inbox.run())
    busy = Busy(database)
    await busy.begun()
    under_way = await until_taken_in(inbox.accept(a_delivery(CaseKey("main", 1))))
    waiting = await until_taken_in(inbox.accept(a_delivery(CaseKey("main", 2))))
    running.cancel()
    await asyncio.sleep(0)
    await busy.release()
    await stop(running)
    await asyncio.gather(*under_way, *waiting)
    assert await marked(dirty) == {CaseKey("main", 1), CaseKey("main", 2)}
    with pytest.raises(InboxClosed):
        await inbox.accept(a_delivery(CaseKey("main", 3)))


async def test_a_caller_that_goes_away_does_not_stop_the_others(inbox, database, dirty):
    busy = Busy(database)
    await busy.begun()
    gone, stays = await until_taken_in(
        inbox.accept(a_delivery(CaseKey("main", 1))), inbox.accept(a_delivery(CaseKey("main", 2)))
    )
    gone.cancel()
    await busy.release()
    await stays
    await inbox.accept(a_delivery(CaseKey("main", 3)))
    assert CaseKey("main", 2) in await marked(dirty)


CRASH = """
    import asyncio, os, signal, sys
    from datetime import datetime, UTC
    from app.keys import CaseKey
    from app.storage.database import Database
    from app.storage.dirty_keys import DirtyKeys
    from app.storage.inbox import Delivery, Inbox
    from app.storage.known_objects import KnownObjects

    async def main():
        now = datetime(2026, 11, 2, 10, tzinfo=UTC)
        database = await Database.open(sys.argv[1])
        inbox = Inbox(database, DirtyKeys(database, lambda: now), KnownObjects(database), lambda: None)
        running = asyncio.create_task(inbox.run())
        await asyncio.gather(*(
            inbox.accept(Delivery("main", "ONCRMDEALUPDATE", {}, now.timestamp(), (CaseKey("main", number),)))
            for number in range(20)
        ))
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
"""


async def test_a_crash_right_after_the_answer_loses_nothing(database_url, clock):
    root = Path(__file__).parents[3]
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", dedent(CRASH), database_url, cwd=root)
    assert await victim.wait() == -signal.SIGKILL
    database = await Database.open(database_url)
    assert await marked(DirtyKeys(database, clock)) == {CaseKey("main", number) for number in range(20)}
    await database.close()
