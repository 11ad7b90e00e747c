"""The companies that runs begin with: a provisioned portal whose case has come so far, its sheet and the database.

Made once for a process, by people who do everything right, in fair weather; a run gets a copy.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from random import Random
from types import FunctionType
from typing import Any

import sqlalchemy as sa

from app.provision.blueprint import blueprint_of
from app.provision.build import build
from app.settings import SHIPPED_RULEBOOK
from app.storage.database import Database, Inline
from app.storage.schema import metadata
from app.wiring import read_rulebook
from bitrix.client import Portal as Client
from rules.rulebook import Rulebook
from sandbox import scenarios
from sandbox.portal.clock import SERVER_ZONE
from sandbox.portal.journal import Journal
from sandbox.portal.portal import Portal
from sandbox.portal.rest import load_methods
from sandbox.portal.seed import plant
from sandbox.sheets.desk import Desk
from tests.simulation.loop import Loop
from tests.simulation.network import Internet, Wire
from tests.simulation.story import Story
from tests.simulation.weather import Weather
from tests.simulation.world import World, WorldClock

PORTAL, ADDRESS, SECRET, TOKEN = "main", "https://trade.test", "secret", "token-of-the-outgoing-webhook"
SPREADSHEET = "report"
EVENTS = (
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMDEALDELETE",
    "ONCRMLEADADD",
    "ONCRMLEADUPDATE",
    "ONCRMDYNAMICITEMADD",
    "ONCRMDYNAMICITEMUPDATE",
    "ONCRMDYNAMICITEMDELETE",
    "ONTASKADD",
    "ONTASKUPDATE",
    "ONTASKDELETE",
)

Rows = Mapping[str, list[dict[str, Any]]]
"""Every table of a database."""


@dataclass(frozen=True)
class Company:
    """What a run begins with, and changes."""

    portal: Portal
    desk: Desk
    rows: Rows


class Photograph:
    """A company at one moment, of which any number of copies can be made (several times as fast as by ``deepcopy``).

    Functions are not copied but shared, those without a name too.
    """

    def __init__(self, company: Company) -> None:
        self._functions: list[FunctionType] = []
        file = BytesIO()
        pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
        pickler.persistent_id = self._number_of  # type: ignore[method-assign]
        pickler.dump(company)
        self._bytes = file.getvalue()

    def copy(self) -> Company:
        unpickler = pickle.Unpickler(BytesIO(self._bytes))  # noqa: S301 - what this very object pickled
        unpickler.persistent_load = self._functions.__getitem__  # type: ignore[method-assign]
        company: Company = unpickler.load()
        return company

    def _number_of(self, thing: object) -> int | None:
        if not isinstance(thing, FunctionType):
            return None
        self._functions.append(thing)
        return len(self._functions) - 1


@cache
def rulebook() -> Rulebook:
    return read_rulebook(SHIPPED_RULEBOOK)


class Disk:
    """One database for all runs of this process, emptied and filled for each: to make one costs more than a run."""

    def __init__(self, url: str) -> None:
        self.database = _outside_of_time(Database.open(url, Inline()))

    @property
    def is_shared(self) -> bool:
        """Several machines may have it open, so nobody ever knows that he is alone."""
        return self.database.time_in is not None

    def close(self) -> None:
        self.database._let_go()

    def fill(self, rows: Rows) -> None:
        def rewrite(connection: sa.Connection) -> None:
            for table in reversed(metadata.sorted_tables):
                connection.execute(sa.delete(table))
            for table in metadata.sorted_tables:
                if rows.get(table.name):
                    connection.execute(sa.insert(table), rows[table.name])
                if self.is_shared and table.autoincrement_column is not None:
                    self._count_on(connection, table, rows.get(table.name, ()))

        _outside_of_time(self.database.write(rewrite))

    def _count_on(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """PostgreSQL numbers new rows without looking at those that are there."""
        number = table.autoincrement_column
        assert number is not None
        next_one = max((row[number.name] for row in rows), default=0) + 1
        sequence = sa.func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(sa.select(sa.func.setval(sequence, next_one, False)))

    def copy(self) -> Rows:
        def read(connection: sa.Connection) -> Rows:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
                for table in metadata.sorted_tables
            }

        return _outside_of_time(self.database.read(read))

    def events(self) -> int:
        """How many are stored."""
        counted = sa.select(sa.func.count()).select_from(metadata.tables["events"])
        found = _outside_of_time(self.database.read(lambda connection: connection.execute(counted).scalar_one()))
        return int(found)


DATABASE = "sqlite:///:memory:"
"""Where runs keep what their services store; may be changed between two runs."""


def disk() -> Disk:
    return _disk(DATABASE)


@cache
def _disk(url: str) -> Disk:
    return Disk(url)


def _outside_of_time(work: Any) -> Any:
    """Run this to its end at once, while the world stands still."""
    loop = Loop(lambda: 0.0)
    task = loop.create_task(work)
    while not task.done():
        loop.step()
    loop.close()
    return task.result()


outside_of_time = _outside_of_time


def founded() -> Company:
    """The portal before its first case: people, deals, the service's smart processes, an empty spreadsheet."""
    load_methods()
    SERVER_ZONE.choose(SERVER_ZONE.offset)
    clock = WorldClock()
    portal = Portal(clock=clock)
    portal.address = ADDRESS
    plant(portal, scenarios.load("trading-company"))
    robot = next(user.id for user in portal.staff.users() if user.name == "Робот")
    portal.access.create(robot, secret=SECRET)
    desk = Desk(seed=1)
    desk.create_with_sheet("Отчёт", spreadsheet_id=SPREADSHEET)
    world = World(Random(0), clock)
    _provision(world, portal, desk)
    webhook = portal.events.subscribe("https://capa24.test/bitrix/events", EVENTS, 1)
    object.__setattr__(webhook, "application_token", TOKEN)
    portal.journal = Journal()
    return Company(portal, desk, {})


def _provision(world: World, portal: Portal, desk: Desk) -> None:
    """What ``capa24 provision`` does."""

    class Provisioner:
        name, dead = "provision", False
        loop = Loop(lambda: world.now)
        next_at = property(lambda self: self.loop.next_at)
        runs = True
        is_ready = property(lambda self: self.loop.next_at is not None and self.loop.next_at <= world.now)

        def step(self) -> None:
            self.loop.step()

        def must_live(self) -> None:
            """It does."""

    provisioner: Any = Provisioner()
    net = Internet(world, portal, desk, Weather(Random(0)), Story(world.calendar))
    world.processes.append(provisioner)

    async def provision() -> None:
        access = f"{ADDRESS}/rest/{robot_of(portal)}/{SECRET}/"
        async with Client(
            access, transport=Wire(provisioner, net), capacity=10_000, clock=world.seconds, timeout=1000
        ) as client:
            await build(client, blueprint_of(rulebook()), say=lambda step: None)

    task = provisioner.loop.create_task(provision())
    world.run(10_000, task.done)
    task.result()
    provisioner.loop.close()
    world.processes.clear()


def robot_of(portal: Portal) -> int:
    """The service's own user."""
    return next(user.id for user in portal.staff.users() if user.name == "Робот")


# --- companies whose case has come so far ---------------------------------------------------------------------------

REPORT_BUILT = 200.0
"""Seconds after which the spreadsheet has its pivots and charts: each run would build them again."""


LAST_TASK = "final:risks"
"""After it the news are posted, and the case is closed."""
FURTHEST = 80
"""Steps of honest people after which a case is stuck."""


@cache
def on_the_way() -> tuple[Photograph, ...]:
    """The founded company, and copies of it in which honest people took one case on, stage by stage.

    Of what was found faulty every stage, and the last task before the news; of what was critical those where it
    differs: a larger commission votes, on two measures; of what was clean the end, where it is worth points.
    """
    faulty = _taken_on("faulty")
    critical, clean = _taken_on("critical"), _taken_on("clean")
    later = [critical[stage] for stage in ("APPROVAL", "CHANGES", "FINALIZATION")]
    return (*faulty.values(), *later, clean["SUCCESS"])


def _taken_on(finding: str) -> Mapping[str, Photograph]:
    """By the stage that the case has just reached; the portal without a case under none."""
    from tests.simulation.people import DEAL
    from tests.simulation.run import Run

    run = Run(founded(), Random(0), Weather(Random(0), told_by="event", calm=True))
    try:
        run.start()
        run.settle()
        run.world.run(run.world.now + REPORT_BUILT)
        found = {"": _photograph(run)}
        deal = next(item for item in run.office.sources(DEAL) if item["title"] == "Плитка оптом")
        run.office.move_source(int(deal["assignedById"]), DEAL, int(deal["id"]), f"C{deal['categoryId']}:WON")
        for _ in range(FURTHEST):
            if not run.settle():
                raise RuntimeError("the honest company doesn't come to rest: " + "\n".join(run.story.lines[-30:]))
            if not run.office.cases():
                raise RuntimeError("no case: " + "\n".join(run.story.lines) + str(run.story.mistakes))
            (case,) = run.office.cases()
            stage = run.office.stage(case)
            open_tasks = [task for task in run.office.tasks(int(case["id"])) if not task.closed]
            at = LAST_TASK if any(task.slot == LAST_TASK for task in open_tasks) else stage
            if at not in found:
                found[at] = _photograph(run)
            if stage == "SUCCESS":
                return found
            for task in open_tasks:
                run.world.run(run.world.now + 2)
                if finding == "critical" and task.slot.startswith("measures"):
                    run.office.add_measure(task.responsible, int(case["id"]), "Сверять отгрузку вдвоём")
                run.office.do_the_job(task, finding)
        raise RuntimeError(f"the honest company is stuck in {stage}:\n" + "\n".join(run.story.lines[-40:]))
    finally:
        run.close()


def _photograph(run: Any) -> Photograph:
    post, run.portal.event_queue = run.portal.event_queue, None
    run.portal.journal = Journal()
    try:
        run.world.run(run.world.now + 30)
        return Photograph(Company(run.portal, run.desk, disk().copy()))
    finally:
        run.portal.event_queue = post


def start(chance: Random) -> Company:
    """Where a run begins: more often on the way than at its beginning."""
    return chance.choice(on_the_way()).copy()
