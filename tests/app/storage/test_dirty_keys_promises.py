"""Whatever two processes do to the table in whatever order: no mark is lost, and nobody looks beside another.

The model below knows only the promises: which marks no finished look has seen yet, and who holds what until when.
"""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.keys import CaseKey, Key, SourceKey
from app.storage.database import Database
from app.storage.dirty_keys import Claim, DirtyKeys
from app.storage.schema import dirty_keys as table

LEASE = timedelta(seconds=60)
KEYS: list[Key] = [CaseKey("north", 1), SourceKey("south", 2, 42)]
SECONDS = st.sampled_from([-30, 0, 1, 30, 90, 3600])


@dataclass
class Held:
    """A look under way: what it has seen of the marks, and until when it may act."""

    claim: Claim
    process: int
    until: datetime
    sees: set[int]
    over: bool = False


@dataclass
class Promise:
    unseen: set[int] = field(default_factory=set)
    """Numbers of the marks that no finished look began after."""
    failing_until: datetime | None = None


class TwoProcesses(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.now = datetime(2026, 11, 2, 10, tzinfo=UTC)
        self.promises = {key: Promise() for key in KEYS}
        self.looks: list[Held] = []
        self.marks = 0

    @initialize()
    def start(self) -> None:
        self.url = self.empty_database()
        self.databases = [self.run(Database.open(self.url)) for _ in range(2)]
        self.processes = [DirtyKeys(each, lambda: self.now) for each in self.databases]

    def empty_database(self) -> str:
        return f"sqlite:///{Path(self.folder.name)}/capa24.db"

    def teardown(self) -> None:
        for database in self.databases:
            self.run(database.close())
        self.runner.close()
        self.folder.cleanup()

    def run(self, work):
        return self.runner.run(work)

    def some_look(self, data) -> Held:
        """One of the last looks: more often one under way than one that is over."""
        recent = self.looks[-4:]
        return data.draw(st.sampled_from([each for each in recent if not each.over] * 3 + recent))

    def holders(self, key: Key) -> list[Held]:
        return [look for look in self.looks if look.claim.key == key and not look.over and look.until > self.now]

    def rows(self) -> dict[str, float]:
        """What the table holds: keys and when they are due."""
        select = sa.select(table.c.key, table.c.due_at)
        return self.run(self.databases[0].read(lambda c: {row.key: row.due_at for row in c.execute(select)}))

    # --- what may happen

    @rule(process=st.integers(0, 1), keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=2), wait=SECONDS,
          origin=st.sampled_from(["event", "sweep", "self"]))  # fmt: skip
    def mark(self, process: int, keys: list[Key], wait: int, origin) -> None:
        self.run(self.processes[process].mark(keys, self.now + timedelta(seconds=wait), origin))
        for key in keys:
            self.marks += 1
            self.promises[key].unseen.add(self.marks)

    @rule(process=st.integers(0, 1), limit=st.integers(1, 3))
    def claim(self, process: int, limit: int) -> None:
        for claim in self.run(self.processes[process].claim(f"process {process}", LEASE, limit)):
            self.take(claim, process)

    @rule(process=st.integers(0, 1), key=st.sampled_from(KEYS))
    def claim_key(self, process: int, key: Key) -> None:
        held = self.holders(key)
        claim = self.run(self.processes[process].claim_key(key, f"person {process}", LEASE))
        self.marks += 1
        self.promises[key].unseen.add(self.marks)
        assert (claim is None) == bool(held)
        if claim is not None:
            self.promises[key].failing_until = None  # a person doesn't wait
            self.take(claim, process)

    def take(self, claim: Claim, process: int) -> None:
        promise = self.promises[claim.key]
        assert self.holders(claim.key) == [], "taken while another holds it"
        assert promise.failing_until is None or promise.failing_until <= self.now, "taken before its back-off was over"
        self.looks.append(Held(claim, process, self.now + LEASE, set(promise.unseen)))

    @precondition(lambda self: self.looks)
    @rule(data=st.data(), lease=st.sampled_from([1, 60, 600]))
    def extend(self, data, lease: int) -> None:
        look = self.some_look(data)
        may_write = look in self.holders(look.claim.key)
        longer = timedelta(seconds=lease)
        assert self.run(self.processes[look.process].extend(look.claim, longer)) == may_write
        if may_write:
            look.until = self.now + longer

    @precondition(lambda self: self.looks)
    @rule(data=st.data(), again=st.none() | SECONDS)
    def finish(self, data, again: int | None) -> None:
        look = self.some_look(data)
        at = None if again is None else self.now + timedelta(seconds=again)
        self.run(self.processes[look.process].finish(look.claim, at))
        if self.is_latest(look):
            self.promises[look.claim.key].unseen -= look.sees
            self.promises[look.claim.key].failing_until = None
            look.over = True
            if self.promises[look.claim.key].unseen:  # marked meanwhile: not kept waiting
                assert self.rows()[str(look.claim.key)] <= self.now.timestamp()

    @precondition(lambda self: self.looks)
    @rule(data=st.data(), wait=st.sampled_from([0, 30, 600]))
    def put_off(self, data, wait: int) -> None:
        look = self.some_look(data)
        until = self.now + timedelta(seconds=wait)
        self.run(self.processes[look.process].put_off(look.claim, until, "не вышло"))
        if self.is_latest(look):
            self.promises[look.claim.key].failing_until = until
            look.over = True

    def is_latest(self, look: Held) -> bool:
        """A look may settle its key after its lease, as long as nobody took the key since."""
        of_key = [each for each in self.looks if each.claim.key == look.claim.key]
        return of_key[-1] is look and not look.over

    @rule(seconds=st.sampled_from([0, 1, 29, 60, 700]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(process=st.integers(0, 1))
    def restart(self, process: int) -> None:
        self.run(self.databases[process].close())
        self.databases[process] = self.run(Database.open(self.url))
        self.processes[process] = DirtyKeys(self.databases[process], lambda: self.now)

    # --- what must hold

    @invariant()
    def at_most_one_holds_a_key(self) -> None:
        assert all(len(self.holders(key)) <= 1 for key in KEYS)

    @precondition(lambda self: hasattr(self, "processes"))
    @invariant()
    def no_mark_is_lost(self) -> None:
        """A key with a mark that no finished look began after is still there."""
        unseen = {str(key) for key, promise in self.promises.items() if promise.unseen}
        assert unseen <= self.rows().keys()

    @rule()
    def everything_marked_is_looked_at_in_the_end(self) -> None:
        self.now += timedelta(days=1)
        taken = set()
        while claims := self.run(self.processes[0].claim("last", LEASE, limit=2)):
            for claim in claims:
                self.take(claim, 0)
                taken.add(claim.key)
                self.run(self.processes[0].finish(claim, None))
                self.looks[-1].over = True
                self.promises[claim.key].unseen.clear()
                self.promises[claim.key].failing_until = None
        assert {key for key, promise in self.promises.items() if promise.unseen} == set()
        assert self.run(self.processes[1].next_due_in()) is None


class TwoMachines(TwoProcesses):
    """The same promises on PostgreSQL."""

    empty: Callable[[], str]

    def empty_database(self) -> str:
        return type(self).empty()


@pytest.fixture(autouse=True, scope="module")
def server(emptied: Callable[[], str]) -> None:
    TwoMachines.empty = staticmethod(emptied)


def thoroughly(examples: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )


TestTwoProcesses = TwoProcesses.TestCase
TestTwoProcesses.settings = thoroughly(22)
TestTwoMachines = TwoMachines.TestCase
TestTwoMachines.settings = thoroughly(8)
