"""How many looks a second do 1, 2 and 4 worker processes get done on one PostgreSQL, and does a busy portal keep the
others waiting?

A look is what the queue and the journal see of one: claimed with others, a wait for the portal of fifty milliseconds,
its lease made sure of twice, four entries written, finished. The portals are not there, so that they don't set the
pace. One portal has as many keys due as all the others together, and they have been due for longer.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.keys import CaseKey
from app.storage.database import Database
from app.storage.dirty_keys import Claim, DirtyKeys
from app.storage.journal import Journal
from benchmarks.answers import Answer
from tests import postgres

PROCESSES = (1, 2, 4)
CALM = 40
KEYS_EACH = 20
HOT = CALM * KEYS_EACH
LOOKS_AT_A_TIME = 16
ENTRIES = 800
WAIT = 0.05
LEASE = timedelta(minutes=2)


async def work(url: str, begin: float) -> list[tuple[str, float]]:
    """Until nothing is due: which portal's key was done when."""
    database = await Database.open(url)
    dirty = DirtyKeys(database, lambda: datetime.now(UTC), database.time_in)
    journal = Journal(database, lambda: datetime.now(UTC))
    done: list[tuple[str, float]] = []
    places = LOOKS_AT_A_TIME
    freed = asyncio.Event()

    async def look(claim: Claim) -> None:
        nonlocal places
        await asyncio.sleep(WAIT)
        for _ in range(2):
            await dirty.extend(claim, LEASE)
            await journal.write(claim.key.portal, str(claim.key), "decision", {"because": ["ждём"]})
            await journal.write(claim.key.portal, str(claim.key), "command", {"do": "Tell"})
        await dirty.finish(claim, None)
        done.append((claim.key.portal, time.time()))
        places += 1
        freed.set()

    await asyncio.sleep(max(0.0, begin - time.time()))
    async with asyncio.TaskGroup() as looks:
        while claims := await dirty.claim("worker", LEASE, limit=places):
            places -= len(claims)
            for claim in claims:
                looks.create_task(look(claim))
            freed.clear()
            if not places:
                await freed.wait()
    await database.close()
    return done


def process(url: str, begin: float) -> list[tuple[str, float]]:
    return asyncio.run(work(url, begin))


async def fill(url: str) -> None:
    database = await Database.open(url)
    dirty = DirtyKeys(database, lambda: datetime.now(UTC))
    await dirty.mark([CaseKey("hot", number) for number in range(HOT)], datetime.now(UTC) - timedelta(hours=1))
    await dirty.mark([CaseKey(f"calm{portal}", n) for portal in range(CALM) for n in range(KEYS_EACH)])
    await database.close()


async def entries_a_second(url: str) -> float:
    """What the journal takes in when nothing else is done."""
    database = await Database.open(url)
    journal = Journal(database, lambda: datetime.now(UTC))
    began = time.perf_counter()

    async def write(number: int) -> None:
        for _ in range(ENTRIES // LOOKS_AT_A_TIME):
            await journal.write(f"p{number}", f"case:p{number}:1", "decision", {"because": ["ждём"]})

    await asyncio.gather(*(write(number) for number in range(LOOKS_AT_A_TIME)))
    seconds = time.perf_counter() - began
    await database.close()
    return ENTRIES / seconds


def main() -> None:
    answer = Answer(
        Path(__file__),
        "Workers",
        __doc__ or "",
        ("processes", "looks a second", "to one process", "calm portals done after, s", "everything done after, s"),
        notes=[
            f"{CALM} calm portals of {KEYS_EACH} keys each and one of {HOT}; {LOOKS_AT_A_TIME} looks at a time in each"
            " process; PostgreSQL 18 on the same two cores, `fsync` on."
        ],
    )
    first = 0.0
    with postgres.running(durable=True) as server:
        for number in PROCESSES:
            url = server.new_database()
            asyncio.run(fill(url))
            begin = time.time() + 6
            with multiprocessing.get_context("spawn").Pool(number) as pool:
                done = [each for one in pool.starmap(process, [(url, begin)] * number) for each in one]
            seconds = max(at for _, at in done) - begin
            calm = max(at for portal, at in done if portal != "hot") - begin
            pace = len(done) / seconds
            first = first or pace
            answer.rows.append((str(number), f"{pace:.0f}", f"{pace / first:.2f}", f"{calm:.1f}", f"{seconds:.1f}"))
        entries = asyncio.run(entries_a_second(server.new_database()))
    answer.notes.append(
        "What bounds it: the processes share two cores with the database and with whatever else the machine had to do;"
        " and the journal is one chain, whose lock is held until a commit is on the disk. Nothing but entries, sixteen"
        f" at a time from one process: {entries:.0f} a second; a look writes four."
    )
    answer.tell()


if __name__ == "__main__":
    main()
