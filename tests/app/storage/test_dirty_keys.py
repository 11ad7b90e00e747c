"""Which keys need a look: nothing marked is lost, nobody looks beside another, a failing key waits its time."""

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from app.keys import CaseKey, Key, MeasureKey, SourceKey
from app.storage.database import Database
from app.storage.dirty_keys import Claim, DirtyKeys
from tests.app.conftest import Clock

CASE = CaseKey("main", 24)
DEAL = SourceKey("main", 2, 42)
MEASURE = MeasureKey("main", 5)
LEASE = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def dirty(database: Database, clock: Clock) -> DirtyKeys:
    return DirtyKeys(database, clock)


@pytest.fixture
def neighbour(other: Database, clock: Clock) -> DirtyKeys:
    """Another process on the same database."""
    return DirtyKeys(other, clock)


async def take(dirty: DirtyKeys, owner: str = "worker") -> Claim | None:
    claims = await dirty.claim(owner, LEASE, limit=1)
    return claims[0] if claims else None


async def keys(dirty: DirtyKeys, limit: int = 100) -> list[Key]:
    return [claim.key for claim in await dirty.claim("worker", LEASE, limit)]


# --- marking and taking


async def test_many_events_about_a_key_are_one_look(dirty):
    await dirty.mark([CASE, CASE])
    await dirty.mark([CASE])
    claim = await take(dirty)
    assert claim.key == CASE
    assert await take(dirty) is None
    await dirty.finish(claim, None)
    assert await take(dirty) is None
    assert (await dirty.overview()).waiting == 0


async def test_nothing_marked_is_nothing_to_do(dirty):
    await dirty.mark([])
    assert await keys(dirty) == []
    assert await dirty.next_due_in() is None


async def test_keys_of_every_kind_come_back_as_they_were(dirty):
    await dirty.mark([CASE, DEAL, MEASURE])
    assert set(await keys(dirty)) == {CASE, DEAL, MEASURE}


async def test_the_longest_due_comes_first(dirty, clock):
    await dirty.mark([CASE], clock() - timedelta(minutes=1))
    await dirty.mark([DEAL], clock() - timedelta(minutes=3))
    await dirty.mark([MEASURE], clock() - timedelta(minutes=2))
    assert await keys(dirty, limit=2) == [DEAL, MEASURE]
    assert await keys(dirty, limit=2) == [CASE]


async def test_a_key_is_not_taken_before_it_is_due(dirty, clock):
    await dirty.mark([CASE], clock() + MINUTE)
    assert await take(dirty) is None
    assert await dirty.next_due_in() == MINUTE
    clock.forward(minutes=1)
    assert (await take(dirty)).key == CASE


async def test_the_earliest_due_time_wins(dirty, clock):
    await dirty.mark([CASE], clock() + 2 * MINUTE)
    await dirty.mark([CASE], clock() + MINUTE)
    await dirty.mark([CASE], clock() + 3 * MINUTE)
    assert await dirty.next_due_in() == MINUTE


async def test_portals_take_turns_whoever_has_more_to_do(dirty, clock):
    busy = [CaseKey("busy", number) for number in range(10)]
    await dirty.mark(busy, clock() - MINUTE)
    await dirty.mark([CaseKey("calm", 1), CaseKey("calm", 2)])
    await dirty.mark([CaseKey("quiet", 1)])
    taken = [(await take(dirty)).key.portal for _ in range(7)]
    assert taken == ["busy", "calm", "quiet", "busy", "calm", "busy", "busy"]


async def test_one_claim_of_several_keys_goes_round_the_portals_too(dirty, clock):
    await dirty.mark([CaseKey("busy", number) for number in range(10)], clock() - MINUTE)
    await dirty.mark([CaseKey("calm", 1)])
    assert sorted(key.portal for key in await keys(dirty, limit=3)) == ["busy", "busy", "calm"]


async def test_a_claim_may_be_of_some_portals_only(dirty, clock):
    """A process doesn't take the keys of a portal that it can't reach."""
    await dirty.mark([CaseKey(portal, number) for portal in ("here", "there") for number in range(3)])
    await dirty.mark([CaseKey("elsewhere", 1)], clock() - MINUTE)
    claims = await dirty.claim("worker", LEASE, 10, portals={"here", "elsewhere", "silent"})
    assert sorted(claim.key.portal for claim in claims) == ["elsewhere", "here", "here", "here"]
    assert await dirty.next_due_in({"there"}) == timedelta(0)
    assert await dirty.next_due_in({"here"}) == LEASE
    assert await dirty.next_due_in({"silent"}) is None


async def test_a_claim_takes_all_there_is_however_it_is_spread(dirty):
    await dirty.mark([CaseKey(f"portal{number % 3}", number) for number in range(3)])
    await dirty.mark([CaseKey("busy", number) for number in range(9)])
    claims = await dirty.claim("worker", LEASE, limit=11)
    assert len(claims) == 11
    assert sum(claim.key.portal == "busy" for claim in claims) == 8


# --- marks made during a look


async def test_a_mark_made_during_a_look_makes_the_key_due_again(dirty, clock):
    await dirty.mark([CASE])
    claim = await take(dirty)
    clock.forward(seconds=5)
    await dirty.mark([CASE])
    assert await take(dirty) is None  # not beside the look that is under way
    await dirty.finish(claim, clock() + timedelta(days=3))
    assert await dirty.next_due_in() == timedelta(0)
    again = await take(dirty)
    assert (again.key, again.attempts) == (CASE, 0)
    await dirty.finish(again, None)
    assert (await dirty.overview()).waiting == 0


async def test_a_look_says_when_to_look_again(dirty, clock):
    await dirty.mark([CASE])
    await dirty.finish(await take(dirty), clock() + timedelta(days=3))
    assert await take(dirty) is None
    assert await dirty.next_due_in() == timedelta(days=3)
    await dirty.mark([CASE])  # an event needn't wait for that
    claim = await take(dirty)
    await dirty.finish(claim, None)  # and this look found no deadline any more
    assert await dirty.next_due_in() is None


# --- failing


async def test_a_failing_key_waits_and_an_event_does_not_shorten_the_wait(dirty, clock):
    await dirty.mark([CASE])
    claim = await take(dirty)
    await dirty.put_off(claim, clock() + 10 * MINUTE, "портал не ответил")
    await dirty.mark([CASE])
    await dirty.mark([CASE], clock() - MINUTE)
    assert await take(dirty) is None
    assert await dirty.next_due_in() == 10 * MINUTE
    clock.forward(minutes=10)
    second = await take(dirty)
    assert (claim.attempts, second.attempts) == (0, 1)


async def test_a_success_forgets_the_failures(dirty, clock):
    await dirty.mark([CASE])
    for _ in range(3):
        await dirty.put_off(await take(dirty), clock(), "опять")
    claim = await take(dirty)
    assert claim.attempts == 3
    await dirty.finish(claim, clock())
    assert (await dirty.overview()).failing == ()
    assert (await take(dirty)).attempts == 0


async def test_a_crash_counts_as_an_attempt_and_the_key_stays_as_late_as_it_was(dirty, clock):
    await dirty.mark([CASE])
    marked_at = clock()
    await take(dirty)
    clock.forward(minutes=3)
    assert (await dirty.overview()).oldest_due == marked_at
    assert (await take(dirty)).attempts == 1


async def test_a_long_error_is_cut(dirty, clock):
    await dirty.mark([CASE])
    await dirty.put_off(await take(dirty), clock(), "x" * 100_000)
    (failing,) = (await dirty.overview()).failing
    assert len(failing.error) == 2000


# --- leases


async def test_one_worker_a_key_over_all_processes(dirty, neighbour):
    await dirty.mark([CASE, DEAL])
    mine, theirs = await take(dirty, "me"), await take(neighbour, "they")
    assert {mine.key, theirs.key} == {CASE, DEAL}
    assert await take(dirty) is None
    assert await take(neighbour) is None


async def test_a_lease_ends_and_the_key_is_free_again(dirty, neighbour, clock):
    await dirty.mark([CASE])
    lost = await take(dirty, "me")
    assert lost.lease_until == clock() + LEASE
    assert await dirty.next_due_in() == LEASE
    clock.forward(minutes=2)
    found = await take(neighbour, "they")
    assert found.key == CASE
    # a worker that was frozen wakes up: it may neither write nor settle anything
    assert not await dirty.extend(lost, LEASE)
    await dirty.finish(lost, None)
    await dirty.put_off(lost, clock() + 10 * MINUTE, "поздно")
    assert await neighbour.extend(found, LEASE)
    assert (await neighbour.overview()).failing == ()


async def test_a_look_that_outlived_its_lease_is_not_its_successor_in_the_same_process(dirty, clock):
    await dirty.mark([CASE])
    lost = await take(dirty, "me")
    clock.forward(minutes=2)
    found = await take(dirty, "me")
    assert not await dirty.extend(lost, LEASE)
    await dirty.finish(lost, None)
    assert await dirty.extend(found, LEASE)


async def test_a_key_forgotten_and_marked_anew_does_not_know_its_old_claims(dirty, clock):
    await dirty.mark([CASE])
    first = await take(dirty, "me")
    await dirty.finish(first, None)
    await dirty.mark([CASE])
    second = await take(dirty, "me")
    assert not await dirty.extend(first, LEASE)
    await dirty.finish(first, None)
    assert await dirty.extend(second, LEASE)


async def test_a_lease_held_on_to_does_not_end(dirty, clock):
    await dirty.mark([CASE])
    claim = await take(dirty)
    for _ in range(5):
        clock.forward(seconds=119)
        assert await dirty.extend(claim, LEASE)
        assert await take(dirty) is None


async def test_a_lease_that_is_over_is_not_revived(dirty, clock):
    """Between its end and now somebody may have looked, finished and forgotten."""
    await dirty.mark([CASE])
    claim = await take(dirty)
    clock.forward(minutes=2)
    assert not await dirty.extend(claim, LEASE)


async def test_a_person_may_take_a_key_out_of_turn(dirty, clock):
    await dirty.mark([CASE], clock() + timedelta(days=1))
    claim = await dirty.claim_key(CASE, "once", LEASE)
    assert claim.key == CASE
    assert await take(dirty) is None
    assert await dirty.claim_key(CASE, "another", LEASE) is None
    fresh = await dirty.claim_key(DEAL, "once", LEASE)
    await dirty.finish(fresh, None)
    assert (await dirty.overview()).waiting == 1


async def test_a_person_may_take_a_key_that_keeps_failing(dirty, clock):
    await dirty.mark([CASE])
    await dirty.put_off(await take(dirty), clock() + timedelta(hours=1), "нет доступа")
    claim = await dirty.claim_key(CASE, "once", LEASE)
    await dirty.finish(claim, None)
    assert (await dirty.overview()).waiting == 0


# --- who told about it: the loss rate of the events


async def origin_after(dirty: DirtyKeys, *marks: tuple[str, timedelta], clock: Clock) -> str:
    for origin, wait in marks:
        await dirty.mark([CASE], clock() + wait, origin)
    clock.forward(days=30)
    return (await take(dirty)).origin


NOW, LATER = timedelta(0), timedelta(days=3)


@pytest.mark.parametrize(
    ("marks", "origin"),
    [
        ([("event", NOW)], "event"),
        ([("sweep", NOW)], "sweep"),
        # whichever came first, the event did come
        ([("event", NOW), ("sweep", NOW)], "event"),
        ([("sweep", NOW), ("event", NOW)], "event"),
        # the key waited for a deadline; the sweep brought it forward
        ([("self", LATER), ("sweep", NOW)], "sweep"),
        ([("self", LATER), ("event", NOW)], "event"),
        # the key would have been looked at now anyway
        ([("self", NOW), ("sweep", NOW)], "self"),
        ([("self", NOW), ("sweep", LATER)], "self"),
        ([("sweep", NOW), ("self", NOW)], "sweep"),
    ],
)
async def test_the_sweep_gets_credit_only_for_what_it_found(dirty, clock, marks, origin):
    assert await origin_after(dirty, *marks, clock=clock) == origin


async def test_after_a_look_the_key_waits_on_its_own_account(dirty, clock):
    await dirty.mark([CASE], origin="sweep")
    await dirty.finish(await take(dirty), clock() + MINUTE)
    clock.forward(minutes=1)
    assert (await take(dirty)).origin == "self"


# --- restarts


async def test_a_restart_loses_no_mark_and_no_lease(database_url, clock):
    database = await Database.open(database_url)
    dirty = DirtyKeys(database, clock)
    await dirty.mark([CASE, DEAL])
    claim = await take(dirty)
    await database.close()

    database = await Database.open(database_url)
    dirty = DirtyKeys(database, clock)
    other = await take(dirty)
    assert {claim.key, other.key} == {CASE, DEAL}
    assert await take(dirty) is None
    assert await dirty.extend(claim, LEASE)
    await database.close()


async def test_a_successor_takes_over_what_its_dead_predecessor_only_read(dirty, clock):
    await dirty.mark([CASE, DEAL])
    reading, writing = await take(dirty), await take(dirty)
    await dirty.extend(writing, LEASE)  # checked before a write: it may still be on its way
    clock.forward(seconds=10)
    await dirty.take_over(longest_request=MINUTE)
    assert await keys(dirty) == [reading.key]
    clock.forward(seconds=59)
    assert await keys(dirty) == []
    clock.forward(seconds=1)  # it left before its sender died; a minute later it has landed, or never will
    assert await keys(dirty) == [writing.key]


async def test_taking_over_never_makes_a_lease_longer(dirty, clock):
    await dirty.mark([CASE])
    claim = await take(dirty)
    await dirty.extend(claim, timedelta(seconds=5))
    await dirty.take_over(longest_request=MINUTE)
    clock.forward(seconds=5)
    assert await keys(dirty) == [CASE]


CRASH = """
    import asyncio, os, signal, sys
    from datetime import datetime, timedelta, UTC
    from app.keys import CaseKey
    from app.storage.database import Database
    from app.storage.dirty_keys import DirtyKeys

    async def main():
        database = await Database.open(sys.argv[1])
        dirty = DirtyKeys(database, lambda: datetime(2026, 11, 2, 10, tzinfo=UTC))
        await dirty.mark([CaseKey("main", number) for number in range(3)])
        await dirty.claim("victim", timedelta(minutes=2), limit=1)
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
"""


async def test_a_killed_process_leaves_its_keys_to_the_next(tmp_path, clock):
    url = f"sqlite:///{tmp_path}/crash.db"
    root = Path(__file__).parents[3]
    victim = await asyncio.create_subprocess_exec(sys.executable, "-c", dedent(CRASH), url, cwd=root)
    assert await victim.wait() == -signal.SIGKILL
    database = await Database.open(url)
    dirty = DirtyKeys(database, clock)
    assert database.alone  # the operating system let go of the dead one's lock
    assert (await dirty.overview()).running == 1
    await dirty.take_over(MINUTE)
    assert await keys(dirty) == [CaseKey("main", 0), CaseKey("main", 1), CaseKey("main", 2)]
    await database.close()


# --- machines whose clocks disagree


async def test_leases_go_by_the_clock_of_the_shared_database(postgresql, clock):
    """The clock of one machine is hours behind and that of another hours ahead; the database knows the time."""
    database = await Database.open(postgresql.new_database())
    late = DirtyKeys(database, lambda: datetime.now(UTC) - timedelta(hours=5), database.time_in)
    early = DirtyKeys(database, lambda: datetime.now(UTC) + timedelta(hours=5), database.time_in)
    await early.mark([CASE])
    claim = await take(late, "late")
    assert claim.key == CASE
    assert await take(early, "early") is None
    assert await late.extend(claim, LEASE)
    await late.finish(claim, None)
    assert await early.next_due_in() is None
    await database.close()


async def test_a_clock_put_back_keeps_a_key_waiting_until_the_sweep_at_most(dirty, clock):
    await dirty.mark([CASE])
    clock.forward(hours=-1)
    assert await take(dirty) is None
    await dirty.mark([CASE], origin="sweep")
    assert (await take(dirty)).key == CASE


async def test_a_clock_put_forward_lets_nobody_write_beside_another(dirty, clock):
    """The lease is over before its time; whoever had the key may not write any more."""
    await dirty.mark([CASE])
    before = await take(dirty)
    clock.forward(hours=1)
    after = await take(dirty)
    assert not await dirty.extend(before, LEASE)
    assert await dirty.extend(after, LEASE)


async def test_after_a_clock_was_put_back_nothing_waits_until_it_has_caught_up(dirty, clock):
    """By a day that somebody had set it wrong: a look that failed, one that waits, and the lease of a dead worker."""
    await dirty.mark([CASE, DEAL, MEASURE])
    failed, waiting, dead = await take(dirty), await take(dirty), await take(dirty)
    await dirty.put_off(failed, clock() + MINUTE, "503")
    await dirty.finish(waiting, clock() + MINUTE)
    clock.forward(days=-1)
    assert await take(dirty) is None
    await dirty.clock_was_put_back(LEASE, ["main"])
    assert await keys(dirty) == [waiting.key], "what the failed one sent may not have landed yet"
    clock.forward(seconds=LEASE.total_seconds())
    assert {failed.key, dead.key} <= set(await keys(dirty))


@pytest.mark.parametrize("left", ["a write", "a failure", "a success"])
async def test_what_the_last_look_left_behind_tells_that_the_clock_was_put_back(dirty, clock, left):
    assert await dirty.ahead_by(["main"]) == timedelta(0)
    await dirty.mark([CASE])
    claim = await take(dirty)
    match left:
        case "a write":
            await dirty.extend(claim, LEASE)
        case "a failure":
            await dirty.put_off(claim, clock() + MINUTE, "503")
        case "a success":
            await dirty.finish(claim, clock() + MINUTE)
    assert await dirty.ahead_by(["main"]) == timedelta(0)
    clock.forward(days=-1)
    assert await dirty.ahead_by(["main"]) == timedelta(days=1)
    assert await dirty.ahead_by(["another"]) == timedelta(0)
    await dirty.clock_was_put_back(LEASE, ["main"])
    assert await dirty.ahead_by(["main"]) == timedelta(0), "told once"


async def test_a_clock_put_back_concerns_the_portals_of_its_processes(dirty, clock):
    """Others may have longer leases, and a clock of their own."""
    await dirty.mark([CASE], clock() + MINUTE)
    await dirty.clock_was_put_back(LEASE, ["another"])
    assert await take(dirty) is None


async def test_a_key_that_is_given_back_keeps_what_is_known_of_it(dirty, clock):
    await dirty.mark([CASE])
    await dirty.put_off(await take(dirty), clock(), "503")
    await dirty.give_back(await take(dirty), clock() + MINUTE)
    (failing,) = await dirty.failing()
    assert (failing.error, failing.attempts) == ("503", 2)
    await dirty.mark([CASE])
    assert await take(dirty) is None, "no event makes it come earlier"
    clock.forward(minutes=1)
    assert await keys(dirty) == [CASE]


async def test_a_clock_put_back_makes_no_lease_longer(dirty, clock):
    await dirty.mark([CASE])
    await take(dirty)
    clock.forward(seconds=LEASE.total_seconds() - 1)
    await dirty.clock_was_put_back(LEASE, ["main"])
    clock.forward(seconds=1)
    assert await keys(dirty) == [CASE]


# --- workers on several machines take keys at the same moment


async def test_workers_that_claim_at_once_never_get_the_same_key(database, other, clock):
    """On PostgreSQL they pass over what another is just taking, and don't wait for it."""
    workers = [DirtyKeys(each, clock) for each in (database, other)]
    await workers[0].mark([CaseKey(f"portal{number % 3}", number) for number in range(120)])
    taken = await asyncio.gather(*(workers[n % 2].claim(f"worker {n}", LEASE, limit=10) for n in range(12)))
    every = [claim.key for claims in taken for claim in claims]
    assert len(every) == len(set(every))
    left = await keys(workers[0], limit=200)  # what was passed over is still there
    assert len(every) + len(left) == 120


async def test_marks_made_at_once_in_any_order_do_not_block_each_other(database, other, clock):
    workers = [DirtyKeys(each, clock) for each in (database, other)]
    some = [CaseKey("main", number) for number in range(40)]
    await workers[0].mark(some)
    claims = await workers[0].claim("worker", LEASE, limit=40)  # marks made during a look are counted
    await asyncio.gather(*(workers[n % 2].mark(some if n % 3 else reversed(some)) for n in range(16)))
    for claim in claims:
        await workers[0].finish(claim, None)
    assert [claim.marks for claim in await workers[0].claim("worker", LEASE, limit=100)] == [17] * 40


# --- what people see


async def test_the_overview_tells_what_waits_what_runs_and_what_fails(dirty, clock):
    await dirty.mark([CASE], clock() - 2 * MINUTE)
    await dirty.mark([DEAL], clock() - MINUTE)
    await dirty.mark([MEASURE])
    await dirty.mark([CaseKey("main", 99)], clock() + timedelta(days=1))
    await dirty.put_off(await take(dirty), clock() + 5 * MINUTE, "Refused: нет прав")
    await take(dirty)
    overview = await dirty.overview()
    assert (overview.waiting, overview.running, overview.failing_count) == (4, 1, 1)
    assert overview.oldest_due == clock()
    (failing,) = overview.failing
    assert (failing.key, failing.attempts, failing.error) == (str(CASE), 1, "Refused: нет прав")
    assert failing.due_at == clock() + 5 * MINUTE


async def test_nothing_late_is_told_as_nothing(dirty, clock):
    await dirty.mark([CASE], clock() + MINUTE)
    overview = await dirty.overview()
    assert (overview.waiting, overview.oldest_due, overview.failing) == (1, None, ())


async def test_the_worst_failures_are_shown_and_all_are_counted(dirty, clock):
    await dirty.mark([CaseKey("main", number) for number in range(60)])
    for claim in await dirty.claim("worker", LEASE, limit=60):
        await dirty.put_off(claim, clock(), "нет прав")
    await dirty.put_off(await take(dirty), clock() + MINUTE, "опять нет прав")
    overview = await dirty.overview()
    assert (overview.failing_count, len(overview.failing)) == (60, 50)
    assert overview.failing[0].attempts == 2
