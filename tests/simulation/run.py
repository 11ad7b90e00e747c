"""One run: a company, its people and its service, through bad weather into the calm after it."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from random import Random
from typing import Any, TypeVar

from app.controller.reconcile import Outcome, reconcile
from app.keys import Key
from app.storage.dirty_keys import DirtyKeys, Overview
from app.storage.mirror_rows import MirrorRows
from sandbox.portal.portal import Portal
from tests.simulation import company as companies
from tests.simulation.application import Installation
from tests.simulation.company import Company, outside_of_time, robot_of, rulebook
from tests.simulation.invariants import broken
from tests.simulation.network import Internet
from tests.simulation.people import Office, People
from tests.simulation.post import Post
from tests.simulation.process import PORTAL, SPREADSHEET, Process, settings_for
from tests.simulation.story import Ear, Story
from tests.simulation.watch import Watch
from tests.simulation.weather import LEASE, LONGEST_REQUEST, Weather, forecast
from tests.simulation.world import RunawayError, World

T = TypeVar("T")

HOUR, DAY = 3600.0, 86400.0
PATIENCE = 3000.0
"""Seconds of calm after which the service has to be done with everything."""
AHEAD = 90.0
"""What is due later than so many seconds is not part of coming to rest."""
FULL_SWEEP_EVERY = 7200.0
UNTIL_NOTICED = 15.0
"""Seconds after which the service has noticed that a clock was put back."""
NEVER = 1e9
"""Seconds."""


@dataclass
class Result:
    """What came out of one seed."""

    seed: int
    broken: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Run:
    """Everything that takes part in one run. ``close`` it."""

    def __init__(self, company: Company, chance: Random, weather: Weather) -> None:
        self.portal: Portal = company.portal
        self.desk = company.desk
        self.chance = chance
        self.weather = weather
        self.world = World(chance, company.portal.clock)  # type: ignore[arg-type]
        self.story = Story(self.world.calendar)
        self.disk = companies.disk().database
        companies.disk().fill(company.rows)
        self._last_death = -inf
        self.clock_is_off = 0.0
        """By how many seconds the clock of the service's machine is ahead of the portal's."""
        self._acknowledged = companies.disk().events()
        """How many events must be stored."""
        self.queue = DirtyKeys(self.disk, self.calendar)
        self.book = rulebook()
        self.robot = robot_of(self.portal)
        self.settings = settings_for(
            self.robot,
            sweep_every=NEVER if weather.told_by == "event" else chance.choice((20.0, 60.0, 120.0)),
            full_sweep_every=FULL_SWEEP_EVERY if weather.told_by == "full pass" else NEVER,
        )
        self.installation = Installation(self.portal, self.robot) if weather.expiries is not None else None
        self.internet = Internet(self.world, self.portal, self.desk, weather, self.story, self._portal_changed)
        self.post = Post(self.world, weather, self.story, self._somebody_at_home, self._has_acknowledged)
        self.portal.event_queue = self.post  # type: ignore[assignment]
        self.office = Office(self.portal)
        self.people = People(self.office, chance, self.story, self.robot, self.before_the_calm)
        self.people.industrious = weather.industrious
        if weather.told_by == "event":
            self.people.do_only_what_events_tell()
        elif weather.told_by == "sweep":
            self.people.do_only_what_lists_show()
        self.watch = Watch(self)
        self.people.moved = self.watch.person_moved
        self.people.let_time_pass = lambda seconds: _pass_time(self, seconds)
        self._names = iter(f"service {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 3)
        self._waking = False
        self._ears: list[tuple[logging.Logger, Ear, int]] = []
        self._listen()

    # --- services ---

    @property
    def alive(self) -> list[Process]:
        return [each for each in self.world.processes if not each.dead]

    def start(self) -> Process:
        process = Process(next(self._names), self, alone=not self.alive and not companies.disk().is_shared)
        self.world.processes.append(process)
        self.story.tell(process.name, "starts", "start")
        return process

    def can_spare(self, process: Process) -> bool:
        """Somebody has to take the events where nothing else tells the service what happened."""
        if self.weather.told_by != "event":
            return True
        others = any(each.runs for each in self.alive if each is not process)
        return others and not self.post.at_the_door[process.name]

    def kill(self, process: Process) -> None:
        process.dead = True
        self._last_death = self.world.now
        self.story.tell(process.name, f"! killed at its step {process.loop.steps}", "killed")

    @property
    def died_lately(self) -> bool:
        """What the dead one sent may not have landed yet."""
        return self.world.now - self._last_death <= LONGEST_REQUEST

    def ended_by_itself(self, process: Process) -> None:
        process.dead = True
        error = process.main.exception() if not process.main.cancelled() else None
        self.story.mistakes.append(f"{process.name} ended by itself: {error!r}")

    def freeze(self, process: Process, seconds: float) -> None:
        process.frozen = True
        self.story.tell(process.name, f"! frozen for {seconds:.0f} s", "frozen")
        self.world.after(seconds, lambda: self.thaw(process))

    def thaw(self, process: Process) -> None:
        if process.frozen:
            process.frozen = False
            if not process.dead:
                self.story.tell(process.name, "! goes on as if nothing had been")

    def lose_the_database(self) -> None:
        for process in self.alive:
            self.kill(process)
        companies.disk().fill({})
        self._acknowledged = 0
        self.story.tell("disaster", "! the database is lost", "database lost")

    def _somebody_at_home(self) -> Process | None:
        """A frozen process takes connections and doesn't answer: the portal gives up."""
        there = [each for each in self.alive if not each.frozen]
        return self.chance.choice(there) if there else None

    def _has_acknowledged(self, process: Process) -> None:
        self._acknowledged += 1
        if len(self.alive) > 1 and not self._waking:
            self._waking = True
            self.world.after(0.3, self.wake)
        if companies.disk().events() < self._acknowledged:
            self.story.mistakes.append(f"{process.name} acknowledged an event that is not stored")

    def wake(self) -> None:
        """Everybody hears that there is something to do, as PostgreSQL's NOTIFY tells them."""
        self._waking = False
        for each in self.alive:
            each.wake()

    # --- time ---

    def calendar(self) -> datetime:
        """As the clock of the service's machine shows it."""
        return self.world.calendar() + timedelta(seconds=self.clock_is_off)

    def seconds(self) -> float:
        """The same in Unix time."""
        return self.calendar().timestamp()

    def set_clock(self, ahead: float) -> None:
        """Somebody sets the clock of the machine, or it is put right again."""
        if ahead != self.clock_is_off:
            self.story.tell("machine", f"! the clock jumps by {ahead - self.clock_is_off:+.0f} s", "clock jumps")
            self.clock_is_off = ahead

    @property
    def is_quiet(self) -> bool:
        """Nobody is in the middle of something: what takes seconds would else seem to have taken days."""
        return not self.internet.under_way and not self._queue().running

    def before_the_calm(self, seconds: float, what: Callable[[], None]) -> None:
        """In so many seconds, unless the weather has cleared up by then: in the calm people let the service be."""
        self.world.after(seconds, lambda: None if self.weather.calm else what())

    def skip(self, seconds: float) -> None:
        self.world.skip(seconds)
        self.wake()

    def settle(self) -> bool:
        """Until nobody has anything to do that is due; False when that doesn't come to pass."""
        end = self.world.now + PATIENCE
        while self.world.now < end:
            self.world.run(self.world.now + 4.0)
            if self.post.under_way:
                continue
            state = self._queue()
            if state.running or state.oldest_due is not None or self.internet.under_way:
                continue
            due = outside_of_time(self.queue.next_due_in())
            wait = due.total_seconds() if due is not None else None
            if state.failing_count:
                if wait is not None and wait > 2:
                    self.skip(wait)
            elif wait is None or wait > AHEAD:
                return True
        return False

    def _queue(self) -> Overview:
        return outside_of_time(self.queue.overview())

    def calm(self) -> list[str]:
        """The weather clears up; everything that the service is there for has to be true a while later."""
        self.story.tell("weather", "clears up")
        self.weather.calm = True
        self.internet.portal_is_down = self.internet.locked_out = False
        for process in self.world.processes:
            process.dies_at = None
            self.thaw(process)
        if not self.alive:
            self.start()
        self.world.run(self.world.now + 5 * LEASE, lambda: self.is_quiet)
        if self.installation is not None and self.installation.is_lost:
            self.story.tell("people", "the administrator installs the application anew", "installed anew")
            self.installation.install_anew()
        if self.clock_is_off:
            self.set_clock(0.0)
            self.world.run(self.world.now + UNTIL_NOTICED)
            self.world.run(self.world.now + 5 * LEASE, lambda: self.is_quiet)
        # The gate has waited its hour by then; in a day closed cases are woken, too.
        self.skip(DAY if self.weather.told_by == "full pass" else FULL_SWEEP_EVERY + LEASE)
        for _ in range(0 if self.weather.told_by == "event" else 2):  # the first may have begun before
            began = self.world.calendar()
            if not self.world.run(self.world.now + PATIENCE, lambda began=began: self._swept_since(began)):  # type: ignore[misc]
                return ["no sweep came to its end in calm weather"]
        if not self.settle():
            failing = [f"{each.key}: {each.error}" for each in self._queue().failing]
            return [f"no rest within {PATIENCE:.0f} s of calm; failing: {failing}"]
        return self._deliver_the_report()

    def _deliver_the_report(self) -> list[str]:
        """Google was down for a while, so the next try may be some minutes off."""
        rows, end = MirrorRows(self.disk, SPREADSHEET), self.world.now + PATIENCE
        while waiting := outside_of_time(rows.count_waiting()):
            if self.world.now > end:
                return [f"{waiting} rows are not in the spreadsheet within {PATIENCE:.0f} s of calm"]
            self.world.run(self.world.now + 20)
        return []

    def _swept_since(self, moment: datetime) -> bool:
        sweeps = [each.service.states[PORTAL].last_sweep for each in self.alive]
        return any(swept is not None and swept > moment for swept in sweeps)

    # --- questions ---

    def of(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a living service answers; time passes meanwhile."""
        task = self.alive[0].loop.create_task(question())
        self.world.run(self.world.now + PATIENCE, task.done)
        return task.result()

    def look(self, key: Key) -> Outcome | BaseException:
        """One look of a living service at this key."""
        service = self.alive[0].service
        try:
            return self.of(lambda: reconcile(key, service.connections[PORTAL], service.desk))
        except Exception as error:  # noqa: BLE001 - the answer is that it can't be answered
            return error

    def _portal_changed(self, process: str, changes: list[dict[str, Any]]) -> None:
        self.watch.service_changed(process, changes)

    # --- words ---

    def _listen(self) -> None:
        ear = Ear(self.story, lambda: self.world.speaking or "world")
        for name in ("app", "capa24", "bitrix", "sandbox", "asyncio"):
            logger = logging.getLogger(name)
            self._ears.append((logger, ear, logger.level))
            logger.addHandler(ear)
            logger.setLevel(logging.INFO if name == "capa24" else logging.WARNING)

    def close(self) -> None:
        for process in self.world.processes:
            process.bury()
        for logger, ear, level in self._ears:
            logger.removeHandler(ear)
            logger.setLevel(level)


def simulate(seed: int, *, mutate: Callable[[Run], None] | None = None) -> Result:
    """One seed from its beginning to its end; the same seed is the same story."""
    chance = Random(seed)
    random.seed(seed)  # how long the client waits between tries
    start = companies.start(chance)
    run = Run(start, chance, forecast(chance))
    outcome = Result(seed)
    try:
        if mutate is not None:
            mutate(run)
        outcome.broken = _live(run)
    except RunawayError as error:
        outcome.broken = [str(error)]
    finally:
        run.close()
    outcome.broken += run.story.mistakes
    outcome.story, outcome.counts = run.story.lines, run.story.counts
    return outcome


def _live(run: Run) -> list[str]:
    _plan(run)
    run.world.run(run.world.now + run.weather.lasts)
    return run.calm() or broken(run)


BUSY = 0.75
"""Requests a second; most runs have as many until the weather clears up."""


def _plan(run: Run) -> None:
    """Who does what when, and what goes wrong when: all of it drawn before it happens, but for the details."""
    chance, weather, world = run.chance, run.weather, run.world
    storm = weather.lasts
    run.start()
    if weather.two_workers:
        run.start()
    for _ in range(chance.randrange(8, 20) if weather.industrious else chance.randrange(3, 9)):
        if chance.random() < 0.5:
            world.after(chance.uniform(0, storm * 0.9), run.people.act)
        else:  # while a look is under way
            run.internet.when_sent(
                chance.randrange(1, int(BUSY * storm)), lambda: run.before_the_calm(0, run.people.act)
            )
    for _ in range(chance.choice((0, 0, 1, 2))):
        seconds = chance.choice((HOUR, 5 * HOUR, DAY, 3 * DAY, 12 * DAY, 70 * DAY))
        world.after(chance.uniform(5, storm), lambda seconds=seconds: _pass_time(run, seconds))  # type: ignore[misc]
    for _ in range(weather.kills):
        match chance.randrange(5):
            case 0 | 1:
                world.after(chance.uniform(0, storm * 0.9), lambda: _doom(run))
            case 2 | 3:  # in the middle of something, and soon replaced
                run.internet.fates_of_adding[chance.randrange(1, 6)] = lambda process: _replace(run, process, 0.0, 0.2)
            case 4:
                run.internet.fates_of_sweeping[chance.randrange(1, 5)] = lambda process: _replace(run, process, 0.2, 6)
    for _ in range(weather.freezes):
        if chance.random() < 0.5:
            world.after(chance.uniform(0, storm * 0.8), lambda: _freeze(run))
        else:  # with an answer on its way, which is old when it is read
            run.internet.fates[chance.randrange(1, int(BUSY * storm))] = lambda process: _freeze(run, process)
    for _ in range(weather.outages):
        world.after(chance.uniform(0, storm * 0.8), lambda: _outage(run))
    for _ in range(weather.lockouts):
        world.after(chance.uniform(0, storm * 0.8), lambda: _lock_out(run))
    for seconds in weather.clock_jumps:
        world.after(chance.uniform(0, storm * 0.9), lambda seconds=seconds: _set_clock(run, seconds))  # type: ignore[misc]
    for _ in range(weather.expiries or 0):
        world.after(chance.uniform(0, storm * 0.9), lambda: _expire(run))
    for _ in range(weather.disasters):
        if chance.random() < 0.5:
            world.after(chance.uniform(0, storm * 0.9), lambda: _disaster(run))
        else:  # with something on its way
            later = lambda process: run.before_the_calm(chance.uniform(0, 0.2), lambda: _disaster(run))
            run.internet.fates_of_adding[chance.randrange(1, 6)] = later


def _pass_time(run: Run, seconds: float, patience: int = 30) -> None:
    if run.is_quiet:
        run.story.tell("time", f"… {seconds / HOUR:.0f} hours pass", "time passes")
        run.skip(seconds)
    elif patience:
        run.world.after(1.0, lambda: _pass_time(run, seconds, patience - 1))


def _doom(run: Run) -> None:
    """Some process dies within its next steps, and comes back a while later."""
    if run.alive:
        process = run.chance.choice(run.alive)
        process.dies_at = process.loop.steps + run.chance.randrange(1, 120)
        run.world.after(run.chance.uniform(1, 40), lambda: _bring_back(run))


def _replace(run: Run, process: Process, soonest: float, latest: float) -> None:
    """It dies, and another is there, perhaps before what it sent last has arrived."""

    def die() -> None:
        if not process.dead and run.can_spare(process):
            run.kill(process)
            run.world.after(run.chance.uniform(0.2, 3), lambda: _bring_back(run))

    run.before_the_calm(run.chance.uniform(soonest, latest), die)


def _bring_back(run: Run) -> None:
    if len(run.alive) < 1 + run.weather.two_workers:
        run.start()


def _freeze(run: Run, process: Process | None = None) -> None:
    """This one, or anybody."""
    awake = [each for each in run.alive if each.runs and run.can_spare(each) and process in (None, each)]
    if awake:
        run.freeze(run.chance.choice(awake), run.chance.uniform(0.2, 3) * LEASE)


def _outage(run: Run) -> None:
    run.internet.portal_is_down = True
    run.story.tell("portal", "! is down", "outage")
    run.world.after(run.chance.uniform(2, 60), lambda: _back(run))


def _back(run: Run) -> None:
    run.internet.portal_is_down = False
    run.story.tell("portal", "is back")


def _lock_out(run: Run) -> None:
    run.internet.locked_out = True
    run.story.tell("portal", "! does not know the webhook", "locked out")
    run.world.after(run.chance.uniform(2, 60), lambda: _let_in(run))


def _let_in(run: Run) -> None:
    run.internet.locked_out = False
    run.story.tell("portal", "knows the webhook again")


def _expire(run: Run) -> None:
    if run.installation is not None:
        run.story.tell("portal", "! the hour of the access token is over", "token expired")
        run.installation.expire()


def _set_clock(run: Run, ahead: float, patience: int = 30) -> None:
    """Not forward while somebody else's request is under way, whose lease would be over then: docs/reliability.md."""
    forward = ahead > run.clock_is_off
    if not forward or run.is_quiet or (len(run.alive) < 2 and not run.died_lately):
        run.set_clock(ahead)
    elif patience:
        run.world.after(1.0, lambda: _set_clock(run, ahead, patience - 1))


def _disaster(run: Run) -> None:
    """Not while the portal has no case at all: such a portal looks like a new one, for which nobody waits until the
    last words of a predecessor have arrived (seed 180071; docs/reliability.md)."""
    if run.office.cases():
        run.lose_the_database()
        for _ in range(1 + run.weather.two_workers):
            run.start()
