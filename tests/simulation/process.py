"""One running ``capa24 serve``, as the operating system sees it: it runs, is frozen, or was killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from fastapi import FastAPI

from app.connecting import Surroundings, read_layout
from app.health import health_of
from app.provision.layout import Layout
from app.service import Service
from app.settings import PortalSettings, Settings, SheetsSettings
from app.storage.commits import SharedCommits
from app.storage.database import Database, Inline
from app.web.application import create_app
from app.wiring import assemble, reception_of
from bitrix.client import Portal
from bitrix.pacing import Pace as RequestPace
from rules.rulebook import Rulebook
from sheets_sync.gateway import Gateway
from tests.simulation.loop import Loop
from tests.simulation.network import SheetsAdapter, Wire
from tests.simulation.weather import LONGEST_REQUEST

if TYPE_CHECKING:
    from tests.simulation.run import Run

T = TypeVar("T")

PORTAL = "main"
TOKEN = "token-of-the-outgoing-webhook"
ADDRESS = "https://trade.test"
SECRET = "secret"
SPREADSHEET = "report"
IDLE = timedelta(minutes=10)
"""Who writes into the queue wakes everybody, as PostgreSQL's NOTIFY does; asking every few seconds would only cost."""


LAYOUT_READ = 0.1
"""How many processes read the portal's layout, as all do in life."""
PACE_SHARED = 0.15
"""How many processes ask the database when a request may leave; the others count for themselves, which is cheaper."""
LAYOUTS: list[Layout] = []


class DeadError(BaseException):
    """A dead process tries to do something."""


class OwnThreads(Executor):
    """The threads of one process. The work is done at once; that it is done, the caller may learn later, or never."""

    def __init__(self, process: Process, delay: Callable[[], float]) -> None:
        self._process = process
        self._delay = delay

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        if self._process.dead:
            raise DeadError(self._process.name)
        future: Future[T] = Future()
        tell: Callable[[], None]
        try:
            result = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the caller gets it
            tell = partial(_fail, future, error)
        else:
            tell = partial(_succeed, future, result)
        delay = self._delay()
        if delay:
            self._process.loop.call_later(delay, tell)
        else:
            tell()
        return future


def _succeed(future: Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: Future[T], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


class OwnDatabase(Database):
    """The one database of the world as one process has it open.

    What was written is there at once; that it is, the process learns later, or never.
    """

    def __init__(self, shared: Database, process: Process, run: Run, *, alone: bool) -> None:
        self.__dict__.update(vars(shared))
        self._process, self._delay = process, run.weather.delay_of_disk
        self._executor = OwnThreads(process, self._delay)
        self._commits = SharedCommits(shared._commits._begin, Inline())
        self.time_in = None if shared.time_in is None else lambda connection: run.seconds()
        self.alone = alone

    async def write_in_turn(self, work: Callable[[sa.Connection], T]) -> T:
        self._process.must_live()
        result = await super().write_in_turn(work)
        if delay := self._delay():
            await asyncio.sleep(delay)
        return result

    async def heed(self, wake: Callable[[], None]) -> None:
        """The world tells everybody (``Run.wake``)."""


class Process:
    """Killed or frozen from outside, between any two of its steps."""

    def __init__(self, name: str, run: Run, *, alone: bool) -> None:
        self.name = name
        self._run = run
        self.dead = False
        self.frozen = False
        self.dies_at: int | None = None
        """The number of the step before which it is killed."""
        self.loop = Loop(lambda: run.world.now, run.weather.delay_of_google)
        self.wire = Wire(self, run.internet)
        self.database = OwnDatabase(run.disk, self, run, alone=alone)
        self.service = self._assemble(run)
        self.web: FastAPI = create_app(reception_of(self.service), partial(health_of, self.service))
        self.main = self.loop.create_task(self.service.run())

    def _assemble(self, run: Run) -> Service:
        around = Surroundings(
            clock=run.calendar,
            timestamp=run.seconds,
            timer=run.world.seconds,
            open_portal=self._open_portal,
            read_layout=read_layout if run.chance.random() < LAYOUT_READ else self._remember_layout,
            open_sheet=self._open_sheet,
            idle=IDLE,
        )
        return assemble(run.settings, run.book, {}, self.database, around)

    def _open_portal(self, settings: PortalSettings, pace: RequestPace | None = None) -> Portal:
        installed = self._run.installation
        return Portal(
            settings.webhook.get_secret_value() if installed is None else installed.access_of(self),
            pace=pace if self._run.chance.random() < PACE_SHARED else None,
            transport=self.wire,
            timeout=LONGEST_REQUEST,
            clock=self._run.world.seconds,  # nobody sets it
        )

    async def _remember_layout(self, portal: Portal, book: Rulebook, earlier: Iterable[Rulebook]) -> Layout:
        """To read it is a third of the cost of a run, and it is the same every time."""
        if not LAYOUTS:
            LAYOUTS.append(await read_layout(portal, book, earlier))
        return LAYOUTS[0]

    def _open_sheet(self, settings: SheetsSettings) -> Gateway:
        gateway = Gateway(SPREADSHEET, base=settings.api)
        gateway._client.session.mount("http://", SheetsAdapter(self._run.internet))
        return gateway

    @property
    def runs(self) -> bool:
        return not self.dead and not self.frozen

    @property
    def is_ready(self) -> bool:
        next_at = self.loop.next_at
        return next_at is not None and next_at <= self._run.world.now

    @property
    def next_at(self) -> float | None:
        return self.loop.next_at

    def step(self) -> None:
        if self.dies_at is not None and self.loop.steps >= self.dies_at and self._run.can_spare(self):
            self._run.kill(self)
            return
        self.loop.step()
        if self.main.done() and not self.dead:
            self._run.ended_by_itself(self)

    def must_live(self) -> None:
        if self.dead:
            raise DeadError(self.name)

    def wake(self) -> None:
        """Something was written into the queue."""
        if not self.dead:
            self.service.worker.wake()

    def bury(self) -> None:
        """After the end of the world: nothing of a dead process may be left half done, or Python complains."""
        self.dead = True
        self.loop.set_exception_handler(lambda loop, context: None)
        for _ in range(200):
            tasks = asyncio.all_tasks(self.loop)
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            for _ in range(20):
                if self.loop.next_at is None or self.loop.next_at > self._run.world.now:
                    break
                self.loop.step()
        self.loop.close()


def settings_for(robot: int, *, sweep_every: float, full_sweep_every: float) -> Settings:
    return Settings(
        _env_file=None,
        portals={
            PORTAL: {
                "webhook": f"{ADDRESS}/rest/{robot}/{SECRET}/",
                "application_tokens": [TOKEN],
                "longest_request": LONGEST_REQUEST,
                "staff_fresh_for": 60,
            }
        },
        sweep_every=sweep_every,
        full_sweep_every=full_sweep_every,
        gather=1,
        keep_events=timedelta(days=3650),  # every acknowledged event is counted in the end
        sheets={"spreadsheet": SPREADSHEET, "api": "http://127.0.0.1/sheets", "every": 60},
    )
