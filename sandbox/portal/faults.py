"""Things that go wrong on demand: with deliveries of events, and with REST requests.

A rule says what it is about (``on``), what happens (``do``), how often (``times``; without it until the rules are
deleted) and how likely (``probability``, drawn from the portal's one source of chance).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from random import Random

from sandbox.portal.events import Delivery, Disturbance
from sandbox.portal.loose import as_int, as_number, as_object, as_text
from sandbox.portal.php import JSON

EVENT_FAULTS = ("drop", "double", "delay", "reorder")
REST_FAULTS = ("503", "500", "429", "html", "cut_before", "cut_after", "timeout_before", "timeout_after")
"""``*_before``: nothing was done; ``*_after``: the call was made, and its answer is lost."""

KNOWN_KEYS = frozenset({"on", "event", "entity_id", "method", "do", "seconds", "times", "probability"})
DEFAULT_DELAY = 1.0


class FaultMistake(ValueError):
    """A rule that cannot be understood; the text says why."""


@dataclass
class Rule:
    on: str
    """``event`` or ``rest``."""
    name: str
    """Event or method in lower case; ``*`` stands for anything: ``crm.item.*``."""
    do: str
    entity_id: int | None = None
    seconds: float | None = None
    times: int | None = None
    """How often it still happens; ``None`` is always."""
    probability: float = 1.0

    def as_json(self) -> dict[str, JSON]:
        return {
            "on": self.on,
            "event" if self.on == "event" else "method": self.name,
            "do": self.do,
            "entity_id": self.entity_id,
            "seconds": self.seconds,
            "times": self.times,
            "probability": self.probability,
        }


class Faults:
    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._rules: list[Rule] = []

    def add(self, sent: Iterable[Mapping[str, JSON]]) -> None:
        """All rules or, with a ``FaultMistake``, none."""
        self._rules.extend([read_rule(rule) for rule in sent])

    def clear(self) -> None:
        self._rules.clear()

    @property
    def rules(self) -> list[Rule]:
        """Those that can still happen."""
        return list(self._rules)

    def for_request(self, methods: Iterable[str]) -> Rule | None:
        """What goes wrong with a request for these methods: the one of its address and those a batch carries."""
        names = [method.lower() for method in methods]
        return self._strike("rest", lambda rule: any(fnmatchcase(name, rule.name) for name in names))

    def disturb(self, delivery: Delivery, elapsed: float) -> Disturbance | None:
        rule = self._strike("event", lambda rule: concerns(rule, delivery))
        if rule is None:
            return None
        return Disturbance(rule.do, disturbed(delivery, rule, elapsed))

    def _strike(self, on: str, fits: Callable[[Rule], bool]) -> Rule | None:
        """The first fitting rule that luck does not spare, used up by one."""
        for rule in self._rules:
            if rule.on != on or not fits(rule):
                continue
            if rule.probability < 1 and self._chance.random() >= rule.probability:
                continue
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    self._rules.remove(rule)
            return rule
        return None


def concerns(rule: Rule, delivery: Delivery) -> bool:
    if not fnmatchcase(delivery.event.lower(), rule.name):
        return False
    return rule.entity_id is None or rule.entity_id in entity_ids(delivery.data)


def entity_ids(data: Mapping[str, JSON]) -> set[int]:
    """The ids in the body of an event, wherever its kind keeps them."""
    places = [data, *(as_object(data.get(name)) or {} for name in ("FIELDS", "FIELDS_AFTER", "FIELDS_BEFORE"))]
    found = (as_int(place.get(name)) for place in places for name in ("ID", "POST_ID"))
    return {number for number in found if number is not None}


def disturbed(delivery: Delivery, rule: Rule, elapsed: float) -> list[Delivery]:
    if rule.do == "drop":
        return []
    if rule.do == "double":
        return [delivery, delivery]
    if rule.do == "delay":
        return [replace(delivery, due=elapsed + (DEFAULT_DELAY if rule.seconds is None else rule.seconds))]
    return [replace(delivery, after_next=True)]


def read_rule(sent: Mapping[str, JSON]) -> Rule:
    """Raises ``FaultMistake``."""
    unknown = sorted(set(sent) - KNOWN_KEYS)
    if unknown:
        raise FaultMistake(f"a rule has no key {unknown[0]!r}; it has {', '.join(sorted(KNOWN_KEYS))}")
    on, do = as_text(sent.get("on")), as_text(sent.get("do"))
    possible = {"event": EVENT_FAULTS, "rest": REST_FAULTS}.get(on or "")
    if on is None or possible is None:
        raise FaultMistake(f'"on" must be "event" or "rest", not {sent.get("on")!r}')
    if do not in possible:
        raise FaultMistake(f'"do" of a rule on {on} must be one of {", ".join(possible)}, not {sent.get("do")!r}')
    name = as_text(sent.get("event" if on == "event" else "method")) or "*"
    probability = as_number(sent.get("probability", 1))
    if probability is None or not 0 <= probability <= 1:
        raise FaultMistake(f'"probability" must be between 0 and 1, not {sent.get("probability")!r}')
    times = as_int(sent.get("times"))
    if sent.get("times") is not None and (times is None or times < 1):
        raise FaultMistake(f'"times" must be a number above 0, not {sent.get("times")!r}')
    seconds = as_number(sent.get("seconds"))
    if sent.get("seconds") is not None and (seconds is None or seconds < 0):
        raise FaultMistake(f'"seconds" must be a number that is not negative, not {sent.get("seconds")!r}')
    return Rule(on, name.lower(), do, as_int(sent.get("entity_id")), seconds, times, probability)
