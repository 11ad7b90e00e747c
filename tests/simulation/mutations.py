"""Deliberate mistakes, to see that the simulation notices them: each breaks one promise of the service.

python -m tests.simulation mutations   how many seeds it took to notice each; written into docs/reliability.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import signature
from types import SimpleNamespace
from typing import Any

from app import service
from app.controller import beginning, carry_out, observe, reconcile, resync
from app.controller.connection import Connection
from app.controller.worker import Worker
from app.storage import dirty_keys
from app.storage.dirty_keys import DirtyKeys
from app.storage.inbox import Inbox
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.mirror_rows import MirrorRows
from app.storage.points import PointsLedger
from bitrix.client import Lane
from bitrix.errors import OutcomeUnknown
from rules import ballot, execution, gate
from tests.simulation.application import Store
from tests.simulation.weather import LONGEST_REQUEST

CHANGED = (
    *(Lane, Worker, Connection, DirtyKeys, Inbox, Journal, KnownObjects, MirrorRows, PointsLedger, Store),
    *(service, beginning, carry_out, observe, reconcile, resync, dirty_keys, ballot, execution, gate),
)
"""Where the mistakes are."""


@dataclass(frozen=True)
class Mutation:
    name: str
    words: str
    """The mistake, for the table."""
    make: Callable[[Workshop], None]


class Workshop:
    """Parts of the service are replaced, and put back afterwards."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []

    def replace(self, where: Any, name: str, other: Any) -> Any:
        """Gives what stood there. Raises TypeError when the other can't be called like it: that would be noticed
        whatever the mistake."""
        before = where.__dict__[name]
        if callable(before):
            _must_take_the_same(before, other)
        self._before.append((where, name, before))
        setattr(where, name, other)
        return before

    def put_back(self) -> None:
        for where, name, before in reversed(self._before):
            setattr(where, name, before)


def _must_take_the_same(before: Callable[..., Any], other: Callable[..., Any]) -> None:
    taken = signature(before).parameters.values()
    by_place = [each.name for each in taken if each.kind is not each.KEYWORD_ONLY]
    by_name = {each.name: None for each in taken if each.kind is each.KEYWORD_ONLY}
    signature(other).bind(*by_place, **by_name)


@contextmanager
def made(mutation: Mutation) -> Iterator[None]:
    """The service with this mistake in it."""
    workshop = Workshop()
    try:
        mutation.make(workshop)
        yield
    finally:
        workshop.put_back()


# --- talking to the portal ---


def resend_unclear_writes(shop: Workshop) -> None:
    async def insistently(self: Lane, ask: Any, what: Any) -> Any:
        try:
            return await before(self, ask, what)
        except OutcomeUnknown:
            return await before(self, ask, what)

    before = shop.replace(Lane, "_insistently", insistently)


def look_at_once_after_an_unclear_write(shop: Workshop) -> None:
    async def fail(self: Worker, claim: Any, error: Exception, wait: timedelta | None = None) -> None:
        await before(self, claim, error, timedelta(seconds=1) if isinstance(error, OutcomeUnknown) else wait)

    before = shop.replace(Worker, "_fail", fail)


def create_without_looking(shop: Workshop) -> None:
    async def cases(ref: Any, rounds: int, connection: Any) -> dict[int, int]:
        return {}

    shop.replace(observe, "_cases_by_round", cases)


def do_not_know_ones_own_tasks(shop: Workshop) -> None:
    def slot_of(xml_id: str, case_id: int) -> str | None:
        slot = before(xml_id, case_id)
        return None if slot == "survey" else slot

    before = shop.replace(observe, "slot_of", slot_of)


def do_not_know_ones_own_notes(shop: Workshop) -> None:
    shop.replace(observe, "mark_of", lambda text: None)


def post_news_without_looking(shop: Workshop) -> None:
    shop.replace(carry_out, "signature_of", lambda text: None)


# --- one worker a key ---


def skip_the_lease_check(shop: Workshop) -> None:
    async def hold() -> float:
        """Always."""
        return asyncio.get_running_loop().time() + LONGEST_REQUEST

    shop.replace(Worker, "_holder", lambda self, claim: hold)


def take_keys_that_others_hold(shop: Workshop) -> None:
    anybodys = dirty_keys.sa.true()
    shop.replace(dirty_keys, "_first_free", lambda dialect: dirty_keys._first_due(dialect, anybodys))
    shop.replace(dirty_keys, "_HOLD_FIRST", dirty_keys._holding_first(anybodys))


def a_lease_shorter_than_a_request(shop: Workshop) -> None:
    def make(self: Worker, *args: Any, **more: Any) -> None:
        before(self, *args, **more)
        self._lease = timedelta(seconds=2)

    before = shop.replace(Worker, "__init__", make)


def take_over_at_once(shop: Workshop) -> None:
    async def take_over(self: DirtyKeys, longest_request: timedelta) -> None:
        await before(self, timedelta(seconds=-60))

    before = shop.replace(DirtyKeys, "take_over", take_over)


def note_what_was_read_long_ago(shop: Workshop) -> None:
    async def make_sure(self: Connection) -> None:
        """Nobody else can have looked meanwhile."""

    shop.replace(Connection, "make_sure", make_sure)


def begin_beside_the_last_words_of_a_lost_one(shop: Workshop) -> None:
    async def sleep(seconds: float, result: Any = None) -> Any:
        return result

    shop.replace(beginning, "asyncio", SimpleNamespace(sleep=sleep))


def use_new_tokens_before_they_are_kept(shop: Workshop) -> None:
    async def save(self: Store, tokens: Any) -> None:
        later.append(asyncio.get_running_loop().call_later(5, keep, self, tokens))

    def keep(store: Store, tokens: Any) -> None:
        store._of.kept = tokens

    later: list[Any] = []
    shop.replace(Store, "save", save)


# --- nothing is forgotten ---


def do_not_know_whose_task_it_is(shop: Workshop) -> None:
    async def remember(self: KnownObjects, *_: Any) -> bool:
        return False

    shop.replace(KnownObjects, "remember", remember)


def do_not_look_at_the_cases_of_a_changed_source(shop: Workshop) -> None:
    async def open_cases_of(subjects: Any, connection: Any) -> set[Any]:
        return set()

    shop.replace(resync, "_open_cases_of", open_cases_of)


def never_wake_closed_cases(shop: Workshop) -> None:
    async def wake_sleepers(connection: Any, desk: Any, now: Any) -> int:
        return 0

    shop.replace(resync, "_wake_sleepers", wake_sleepers)


def forget_marks_made_during_a_look(shop: Workshop) -> None:
    async def finish(self: DirtyKeys, claim: Any, *args: Any, **more: Any) -> None:
        await self._database.write(
            lambda connection: connection.execute(
                dirty_keys.sa.update(dirty_keys.table)
                .where(dirty_keys.table.c.key == str(claim.key))
                .values(marks=claim.marks)
            )
        )
        await before(self, claim, *args, **more)

    before = shop.replace(DirtyKeys, "finish", finish)


def do_not_look_again(shop: Workshop) -> None:
    async def finish(self: DirtyKeys, claim: Any, look_again_at: Any, not_before: Any = None) -> None:
        await before(self, claim, None, None)

    before = shop.replace(DirtyKeys, "finish", finish)


def forget_a_key_that_failed(shop: Workshop) -> None:
    async def put_off(self: DirtyKeys, claim: Any, until: Any, error: str) -> None:
        await self.finish(claim, None)

    shop.replace(DirtyKeys, "put_off", put_off)


def acknowledge_before_the_commit(shop: Workshop) -> None:
    async def accept(self: Inbox, delivery: Any) -> None:
        tasks.append(asyncio.ensure_future(before(self, delivery)))

    tasks: list[Any] = []
    before = shop.replace(Inbox, "accept", accept)


def mark_nothing_for_an_event_and_never_sweep(shop: Workshop) -> None:
    async def sweep(connection: Any, desk: Any, now: Any) -> Any:
        return resync.Swept()

    shop.replace(service, "sweep", sweep)


def note_the_cursor_before_marking(shop: Workshop) -> None:
    async def mark(keys: Sequence[Any], desk: Any, now: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(5)
            await before(keys, desk, now)

        tasks.append(asyncio.ensure_future(later()))

    tasks: list[Any] = []
    before = shop.replace(resync, "_mark", mark)


def never_look_at_all_open_cases(shop: Workshop) -> None:
    async def due(*_: Any) -> bool:
        return False

    shop.replace(resync, "_full_pass_is_due", due)


def do_not_heed_the_clock(shop: Workshop) -> None:
    async def until_put_back(clocks: Any, every: Any = None) -> Any:
        """Nothing is ever wrong with them."""
        await asyncio.Event().wait()

    shop.replace(service, "until_put_back", until_put_back)


# --- the rules ---


def let_cases_past_open_tasks(shop: Workshop) -> None:
    shop.replace(execution, "open_tasks", lambda case: ())


def a_deleted_task_counts_as_done(shop: Workshop) -> None:
    shop.replace(
        execution,
        "is_needless",
        lambda case, measure: case.task(execution.slot(measure)) is None and measure.task_id is not None,
    )


def give_out_lost_tasks_again(shop: Workshop) -> None:
    """Nobody is asked what became of a deleted task: whoever deleted it meant something by it."""
    shop.replace(execution, "is_lost", lambda case, measure: False)


def ignore_what_was_voted_on(shop: Workshop) -> None:
    """A vote on an earlier set counts for the present one, whatever was edited since."""
    shop.replace(ballot, "on_this_set", lambda case: case.tasks_for(ballot.PREFIX))
    shop.replace(
        ballot,
        "slot",
        lambda case, member: next(
            (task.slot for task in case.tasks_for(ballot.PREFIX) if ballot.member_of(task) == member),
            f"{ballot.PREFIX}:{case.measures_hash}:{member}",
        ),
    )


def revert_for_ever(shop: Workshop) -> None:
    shop.replace(gate, "_reverts_in_a_row", lambda case, to: 0)


def count_every_final_stage_as_a_closing(shop: Workshop) -> None:
    def decide_source(source: Any, *more: Any) -> Any:
        return before(replace(source, closings=(*source.closings, *source.closings[-1:])), *more)

    before = shop.replace(reconcile, "decide_source", decide_source)


# --- what is written elsewhere ---


def deliver_whatever_stands_there_now(shop: Workshop) -> None:
    """A row that changed while it was sent counts as delivered."""

    async def settle(self: MirrorRows, sent: Any, state: Any, **more: Any) -> None:
        present = {(row.portal, row.key): row.version for row in await self.waiting(1000)}
        await before(
            self, [replace(row, version=present.get((row.portal, row.key), row.version)) for row in sent], state, **more
        )

    before = shop.replace(MirrorRows, "settle", settle)


def believe_every_flush(shop: Workshop) -> None:
    """Rows count as delivered whatever Google said."""

    async def settle(self: MirrorRows, sent: Any, state: Any, **more: Any) -> None:
        more |= {"delivered": {row.key for row in sent}, "doubtful": set(), "refused": {}, "all_dirty": False}
        await before(self, sent, state, **more)

    before = shop.replace(MirrorRows, "settle", settle)


def book_points_at_every_look(shop: Workshop) -> None:
    async def settle(self: PointsLedger, case: Any, wanted: Any, *more: Any) -> None:
        await before(self, replace(case, key=f"{case.key} {len(await self.entries())}"), wanted, *more)

    before = shop.replace(PointsLedger, "settle", settle)


def chain_by_what_was_read_earlier(shop: Workshop) -> None:
    """The journal's newest hash is remembered instead of read, as if there were no other process."""
    remembered: dict[int, str] = {}

    def append_in(self: Journal, connection: Any, portal: str, key: str, kind: str, body: Any) -> None:
        from app.storage import journal

        sa, table = journal.sa, journal.table
        newest = connection.execute(sa.select(table.c.hash).order_by(table.c.id.desc()).limit(1)).scalar()
        previous = remembered.get(id(self), newest or journal.START)
        entry = {
            "at": self._clock().timestamp(),
            "portal": portal,
            "key": key,
            "kind": kind,
            "body": journal._plain(body),
        }
        remembered[id(self)] = journal.link(entry, previous)
        connection.execute(sa.insert(table).values(**entry, previous=previous, hash=remembered[id(self)]))

    shop.replace(Journal, "append_in", append_in)


MUTATIONS: Sequence[Mutation] = (
    Mutation("resend", "a write without a clear answer is sent again", resend_unclear_writes),
    Mutation(
        "look-at-once",
        "after such a write the next look does not wait until it has landed",
        look_at_once_after_an_unclear_write,
    ),
    Mutation("create-blindly", "nobody asks whether the closing has a case already", create_without_looking),
    Mutation("own-tasks", "the service does not know its own tasks again", do_not_know_ones_own_tasks),
    Mutation("own-notes", "nor its own notes", do_not_know_ones_own_notes),
    Mutation("news", "news are posted without looking for those of an earlier look", post_news_without_looking),
    Mutation("no-fence", "a look does not check its lease before it writes", skip_the_lease_check),
    Mutation("no-lease", "a worker takes keys that another one holds", take_keys_that_others_hold),
    Mutation("short-lease", "a lease ends before a request does", a_lease_shorter_than_a_request),
    Mutation("take-over", "the keys of a dead process are taken over while its write is under way", take_over_at_once),
    Mutation("stale-notes", "a look notes what it read, whoever looked meanwhile", note_what_was_read_long_ago),
    Mutation(
        "no-pause",
        "after the database was lost nobody waits for what a dead process sent last",
        begin_beside_the_last_words_of_a_lost_one,
    ),
    Mutation("tokens-unsaved", "new tokens are used before they are kept", use_new_tokens_before_they_are_kept),
    Mutation("known", "nobody remembers whose task it is", do_not_know_whose_task_it_is),
    Mutation(
        "changed-source",
        "the sweep does not look at the cases of a changed source",
        do_not_look_at_the_cases_of_a_changed_source,
    ),
    Mutation("sleepers", "closed cases are never woken", never_wake_closed_cases),
    Mutation("marks", "a mark made during a look is forgotten at its end", forget_marks_made_during_a_look),
    Mutation("due-time", "what a look wants to be woken for is forgotten", do_not_look_again),
    Mutation("failed-keys", "a key whose look failed is forgotten", forget_a_key_that_failed),
    Mutation("early-answer", "an event is acknowledged before it is stored", acknowledge_before_the_commit),
    Mutation("no-sweep", "nobody looks for what no event told of", mark_nothing_for_an_event_and_never_sweep),
    Mutation("cursor-first", "the sweep notes its place before the keys are marked", note_the_cursor_before_marking),
    Mutation("no-full-pass", "open cases are never looked at as a whole", never_look_at_all_open_cases),
    Mutation("clock", "nobody notices that the clock was put back", do_not_heed_the_clock),
    Mutation("open-tasks", "the gate does not see open tasks", let_cases_past_open_tasks),
    Mutation("deleted-task", "a deleted blocking task counts as done", a_deleted_task_counts_as_done),
    Mutation("lost-tasks", "a deleted task is given out again, nobody is asked", give_out_lost_tasks_again),
    Mutation("stale-votes", "votes on an earlier set of measures count for the edited one", ignore_what_was_voted_on),
    Mutation("gate-fights", "the gate takes moves back without bound", revert_for_ever),
    Mutation("rounds", "a closing is counted twice", count_every_final_stage_as_a_closing),
    Mutation(
        "mirror-version", "a row that changed while it was sent counts as delivered", deliver_whatever_stands_there_now
    ),
    Mutation("mirror-trust", "a row counts as delivered whatever the spreadsheet said", believe_every_flush),
    Mutation("points", "points are booked at every look", book_points_at_every_look),
    Mutation("journal", "the journal is chained by what its process remembers", chain_by_what_was_read_earlier),
)
