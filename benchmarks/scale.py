"""Ten thousand portals in one PostgreSQL: what do marking, claiming and waiting cost, and how large are the tables?

The tables are filled as they would be after some days (docs/scale.md has the arithmetic): a million keys, most of them
waiting for a deadline, a million events, and the rest. Then a worker that attends two hundred portals claims, waits,
holds and finishes; one of its portals has a backlog of a hundred thousand keys.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.keys import CaseKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Delivery, Inbox
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.retention import PORTION, Retention
from benchmarks.answers import Answer
from tests import postgres

PORTALS = 10_000
KEYS = 100
ATTENDED = 200
"""Portals of one group of workers."""
BACKLOG = 100_000
EVENTS = 1_000_000
ENTRIES = 300_000
TASKS = 500_000
LEASE = timedelta(minutes=2)
TIMES = 60

SIZES = {"portals": PORTALS, "keys": KEYS, "backlog": BACKLOG, "events": EVENTS, "entries": ENTRIES, "tasks": TASKS}
FILL = (
    """INSERT INTO dirty_keys (key, portal, due_at, origin)
        SELECT 'case:p' || p || ':' || k, 'p' || p, extract(epoch FROM now())
               + CASE WHEN random() < 0.01 THEN -60 * random() ELSE 86400 * 30 * random() END, 'self'
        FROM generate_series(1, :portals) p, generate_series(1, :keys) k""",
    """INSERT INTO dirty_keys (key, portal, due_at, origin)
        SELECT 'source:p1:2:' || k, 'p1', extract(epoch FROM now()) - 3600, 'event'
        FROM generate_series(1, :backlog) k""",
    """INSERT INTO events (portal, name, body, received_at, task_id)
        SELECT 'p' || (1 + random() * (:portals - 1))::int, 'ONCRMDEALUPDATE', repeat('x', 120)::bytea,
               extract(epoch FROM now()) - 86400 * 36 * (1 - e / :events ::float8), CASE WHEN random() < 0.3 THEN e END
        FROM generate_series(1, :events) e""",
    """INSERT INTO journal (at, portal, key, kind, body, previous, hash)
        SELECT 1, 'p1', 'case:p' || (1 + random() * (:portals - 1))::int || ':' || (e % 300), 'decision',
               json_build_object('because', repeat('x', 300)), repeat(md5(e::text), 2), repeat(md5(e::text), 2)
        FROM generate_series(1, :entries) e""",
    """INSERT INTO known_objects (portal, kind, object_id, case_id)
        SELECT 'p' || (e % :portals), 'task', e, e / 7 FROM generate_series(1, :tasks) e""",
    "ANALYZE",
)


async def timed(what: Callable[[int], Awaitable[Any]]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    took = []
    for number in range(TIMES):
        began = time.perf_counter()
        await what(number)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), sorted(took)[TIMES * 95 // 100]


async def measure(url: str, answer: Answer) -> None:
    database = await Database.open(url)
    for statement in FILL:
        sizes = {name: size for name, size in SIZES.items() if f":{name}" in statement}
        asked = sa.text(statement).bindparams(**sizes)
        await database.write(lambda connection, asked=asked: connection.execute(asked))
    clock = lambda: datetime.now(UTC)
    dirty = DirtyKeys(database, clock, database.time_in)
    journal = Journal(database, clock)
    inbox = Inbox(database, dirty, KnownObjects(database), lambda: None)
    receiving = asyncio.create_task(inbox.run())
    group = [f"p{number}" for number in range(1, ATTENDED + 1)]
    held: list[Any] = []

    async def claim(_: int) -> None:
        held.extend(await dirty.claim("worker", LEASE, 16, group))

    async def finish(_: int) -> None:
        await dirty.finish(held.pop(), clock() + timedelta(days=3))

    def told(portal: str, number: int) -> Delivery:
        return Delivery(portal, "ONTASKUPDATE", {}, 1.5, (CaseKey(portal, number),), number * 97)

    async def take_in(number: int) -> None:
        await asyncio.gather(*(inbox.accept(told(f"p{number * 32 + n}", n)) for n in range(32)))

    async def everything(_: int) -> None:
        await dirty.claim("worker", LEASE, 16)

    rows = {
        f"claim 16 keys of {ATTENDED} portals, one with {BACKLOG:,} due": claim,
        f"when is the next key due, of {ATTENDED} portals": lambda _: dirty.next_due_in(group),
        "make sure of a lease before a write": lambda _: dirty.extend(held[0], LEASE),
        "finish a look": finish,
        "append to the journal": lambda _: journal.write("p1", "case:p1:1", "decision", {"because": ["x"]}),
        "commit 32 events of 32 portals": take_in,
        f"claim 16 keys of all {PORTALS:,} portals": everything,
        "the overview for /health": lambda _: dirty.overview(),
        f"forget a portion of {PORTION:,} events": lambda _: Retention(database, clock).prune_events(
            clock() - timedelta(days=35)
        ),
    }
    for title, what in rows.items():
        median, late = await timed(what)
        answer.rows.append((title, f"{median:.1f}", f"{late:.1f}"))
    spread = {claim.key.portal for claim in held[:16]}
    answer.notes.append(
        f"The first claim of 16 keys took them from {len(spread)} portals: the backlog of one keeps nobody waiting."
    )
    await weigh(database, answer)
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    await database.close()


async def weigh(database: Database, answer: Answer) -> None:
    asked = sa.text(
        "SELECT relname, reltuples::bigint AS rows, pg_table_size(oid) AS data, pg_indexes_size(oid) AS indexes"
        " FROM pg_class WHERE relname IN ('dirty_keys', 'events', 'journal', 'known_objects') ORDER BY relname"
    )
    for row in await database.read(lambda connection: connection.execute(asked).all()):
        each = (row.data + row.indexes) / max(1, row.rows)
        answer.notes.append(
            f"`{row.relname}`: {row.rows:,} rows, {row.data / 1e6:,.0f} MB and {row.indexes / 1e6:,.0f} MB of indexes,"
            f" {each:.0f} bytes a row."
        )


def main() -> None:
    answer = Answer(
        Path(__file__),
        "Ten thousand portals",
        __doc__ or "",
        ("one step", "median, ms", "95 %, ms"),
        notes=[f"PostgreSQL 18 as it comes, `fsync` on, the same machine; {TIMES} times each, one after the other."],
    )
    with postgres.running(durable=True) as server:
        asyncio.run(measure(server.new_database(), answer))
    answer.tell()


if __name__ == "__main__":
    main()
