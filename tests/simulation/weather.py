"""Which misfortunes a seed brings, and how often. Every decision about luck is made here or by ``People``."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

LONGEST_REQUEST = 10.0
"""Seconds, as the service is told. A write that left may land so much later."""
LEASE = 2 * LONGEST_REQUEST

UNANSWERED = ("cut_before", "cut_after", "hang_before", "hang_after", "late", "cut_late")
"""``late``: it lands while the client still waits; ``cut_late``: the connection breaks at once, and then it lands."""
REFUSALS = ("503", "429", "500_before", "500_after", "502_before", "502_after", "overload")
FAULTS_OF_REQUESTS = (*UNANSWERED, *REFUSALS)
DONE_UNHEARD = ("cut_after", "hang_after", "500_after", "502_after", "late", "cut_late")
"""The portal does what it was asked, and nobody hears of it."""
WRITES = (
    "item.add",
    "item.update",
    "task.add",
    "task.update",
    "task.renew",
    "task.complete",
    "checklistitem.add",
    "comment.add",
    "notify.system.add",
    "blogpost.add",
)
"""Ends of the names of methods that may have bad luck of their own."""
SELDOM = {"item.add": 2, "blogpost.add": 3}
"""What is written seldom has it more often."""
FAULTS_OF_EVENTS = ("dropped", "doubled", "delayed", "reordered")
FAULTS_OF_SHEETS = ("quota", "error", "cut_before", "cut_after", "error_after", "hang_after")

SHORT, LONG = 80.0, 200.0
"""Seconds that timers see of the bad weather; the calendar may skip days in between."""
JUMPS = (-86400.0, -3600.0, -40.0, -3.0, 3.0, 40.0, 3600.0, 86400.0)
"""Seconds."""


Teller = Literal["full pass", "sweep", "event"]
"""What tells the service in the end of everything that happened. Where a full pass over all open cases comes anyway, it
makes good what the sweeps should have found, and those what the events should have told: so each has to be enough
alone in some of the seeds."""


@dataclass
class Weather:
    """``calm`` ends all of it."""

    chance: Random
    told_by: Teller = "full pass"
    requests: dict[str, float] = field(default_factory=dict)
    industrious: bool = False
    """People mostly do what they were asked to, and less goes wrong, for longer: cases get far."""
    lasts: float = SHORT
    unlucky: str | None = None
    """A method whose answers get lost more often than not: so its next look comes to meet what it did before."""
    events: dict[str, float] = field(default_factory=dict)
    sheets: dict[str, float] = field(default_factory=dict)
    slow_disk: float = 0.0
    """How often a result of the database comes later than the next step."""
    two_workers: bool = False
    kills: int = 0
    freezes: int = 0
    outages: int = 0
    lockouts: int = 0
    """Spells in which the portal doesn't know the webhook."""
    clock_jumps: tuple[float, ...] = ()
    """By how many seconds the service's clock is ahead, one after the other."""
    expiries: int | None = None
    """How often an access token expires; ``None`` where the service has a webhook, and no tokens."""
    disasters: int = 0
    """How often the database is lost."""
    calm: bool = False

    def of_request(self, words: str = "") -> str | None:
        """``words``: which methods it calls."""
        if self.calm:
            return None
        if self.unlucky is not None and self.unlucky in words and self.chance.random() < 0.6:
            return self.chance.choice(DONE_UNHEARD)
        return self._pick(self.requests)

    def of_event(self) -> str | None:
        return None if self.calm else self._pick(self.events)

    def of_sheet(self) -> str | None:
        return None if self.calm else self._pick(self.sheets)

    def delay_of_google(self) -> float:
        return self.chance.uniform(*self.chance.choice(((0.1, 3.0), (0.1, 3.0), (5.0, 30.0))))

    def delay_of_disk(self) -> float:
        if self.slow_disk and not self.calm and self.chance.random() < self.slow_disk:
            return self.chance.uniform(0.001, 0.3)
        return 0.0

    def _pick(self, odds: dict[str, float]) -> str | None:
        if not odds:
            return None
        luck = self.chance.random()
        for name, share in odds.items():
            luck -= share
            if luck < 0:
                return name
        return None


def forecast(chance: Random) -> Weather:
    """A seed has a few kinds of trouble, each often enough to meet the others."""

    def some(names: tuple[str, ...], most: float) -> dict[str, float]:
        if chance.random() < 0.25:
            return {}
        chosen = [name for name in names if chance.random() < 0.45]
        return {name: chance.uniform(0.1, 1.0) * most / max(1, len(chosen)) for name in chosen}

    industrious = chance.random() < 0.4
    weather = Weather(
        chance=chance,
        told_by=chance.choice(("full pass", "sweep", "event")),
        industrious=industrious,
        lasts=LONG if industrious else SHORT,
        requests=some(FAULTS_OF_REQUESTS, 0.05 if industrious else 0.25),
        unlucky=chance.choices(WRITES, [SELDOM.get(each, 1) for each in WRITES])[0] if chance.random() < 0.3 else None,
        events=some(FAULTS_OF_EVENTS, 0.7),
        sheets=some(FAULTS_OF_SHEETS, 0.5),
        slow_disk=chance.choice((0.02, 0.02, 0.05, 0.3)),
        two_workers=chance.random() < 0.4,
        kills=chance.choice((0, 0, 0, 1, 1, 2, 3)),
        freezes=chance.choice((0, 0, 0, 1, 2)),
        outages=chance.choice((0, 0, 0, 1)),
        lockouts=chance.choice((0,) * 9 + (1,)),
        clock_jumps=tuple(chance.choice(JUMPS) for _ in range(chance.choice((0,) * 8 + (1, 2)))),
        expiries=chance.randrange(1, 6) if chance.random() < 0.25 else None,
        disasters=chance.choice((0,) * 7 + (1,)),
    )
    if weather.told_by == "event":  # each of them has to arrive: somebody must be at home
        weather.events.pop("dropped", None)
        weather.disasters = 0
        weather.two_workers = weather.two_workers or bool(weather.kills or weather.freezes)
    return weather
