"""Things that go wrong on demand: with deliveries of events, and with REST requests.

A rule says what it is about (``on`` and a name), what happens (``do``), and when: to which of the matching calls
(``after``, ``every``, ``times``), in which seconds (``from``, ``until``) and with what luck (``probability``, drawn
from the portal's one source of chance, or from the rule's own with ``seed``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from random import Random

from sandbox.portal.event_queue import Delivery, Disturbance
from sandbox.portal.loose import as_int, as_number, as_object, as_text
from sandbox.portal.php import JSON

EVENT_FAULTS = ("drop", "double", "delay", "reorder")
REFUSALS = ("503", "500", "429", "overload", "unexpected", "deleted", "confirm_waiting", "confirm_denied")
"""The portal answers with one of its system errors, and does nothing (_includes/system-errors.md)."""
CREDENTIALS = ("expired", "revoked")
"""The webhook or token of this call is good no more, now and later."""
MOVES = ("302", "rename")
"""The portal has another host name: for this request, or from now on (change-domen.md)."""
BREAKDOWNS = ("html", "cut_before", "cut_after", "timeout_before", "timeout_after")
"""``*_before``: nothing was done; ``*_after``: the call was made, and its answer is lost."""
REST_FAULTS = (*REFUSALS, *CREDENTIALS, *MOVES, *BREAKDOWNS)

KNOWN_KEYS = frozenset(
    {
        "on", "event", "entity_id", "method", "do", "seconds", "times", "after", "every", "from", "until",
        "probability", "seed",
    }
)  # fmt: skip
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
    after: int = 0
    """So many matching calls are spared first."""
    every: int = 1
    """Of those that follow, every so many-th is struck."""
    begins: float | None = None
    ends: float | None = None
    """Seconds of the portal, counted from the moment the rule was made."""
    probability: float = 1.0
    seed: int | None = None
    """With it the luck of this rule does not depend on what else happens."""
    chance: Random | None = None
    born: float = 0.0
    seen: int = 0
    """Matching calls so far."""

    def as_json(self) -> dict[str, JSON]:
        return {
            "on": self.on,
            "event" if self.on == "event" else "method": self.name,
            "do": self.do,
            "entity_id": self.entity_id,
            "seconds": self.seconds,
            "times": self.times,
            "after": self.after,
            "every": self.every,
            "from": self.begins,
            "until": self.ends,
            "probability": self.probability,
            "seed": self.seed,
        }

    def is_due(self, elapsed: float) -> bool:
        """Count one more matching call, and say whether it is one of those to strike."""
        age = elapsed - self.born
        if (self.begins is not None and age < self.begins) or (self.ends is not None and age >= self.ends):
            return False
        self.seen += 1
        return self.seen > self.after and (self.seen - self.after) % self.every == 0


class Faults:
    """``elapsed`` tells the seconds of the portal, as ``Clock.elapsed``."""

    def __init__(self, chance: Random, elapsed: Callable[[], float]) -> None:
        self._chance = chance
        self._elapsed = elapsed
        self._rules: list[Rule] = []

    def add(self, sent: Iterable[Mapping[str, JSON]]) -> None:
        """All rules or, with a ``FaultMistake``, none."""
        now = self._elapsed()
        self._rules.extend([replace(read_rule(rule), born=now) for rule in sent])

    def clear(self) -> None:
        self._rules.clear()

    @property
    def rules(self) -> list[Rule]:
        """Those that can still happen."""
        return list(self._rules)

    def for_request(self, methods: Iterable[str], spared: Iterable[str] = ()) -> Rule | None:
        """What goes wrong with a request for these methods: the one of its address and those a batch carries.
        ``spared`` are faults that make no sense for this request."""
        names = [method.lower() for method in methods]
        return self._strike(
            "rest", lambda rule: rule.do not in spared and any(fnmatchcase(name, rule.name) for name in names)
        )

    def disturb(self, delivery: Delivery, elapsed: float) -> Disturbance | None:
        rule = self._strike("event", lambda rule: concerns(rule, delivery))
        if rule is None:
            return None
        return Disturbance(rule.do, disturbed(delivery, rule, elapsed))

    def _strike(self, on: str, fits: Callable[[Rule], bool]) -> Rule | None:
        """The first fitting rule whose turn it is and that luck does not spare, used up by one. The rules behind it
        do not see this call."""
        for rule in self._rules:
            if rule.on != on or not fits(rule) or not rule.is_due(self._elapsed()):
                continue
            if rule.probability < 1 and (rule.chance or self._chance).random() >= rule.probability:
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
    seed = read_count(sent, "seed", least=0)
    begins, ends = read_seconds(sent, "from"), read_seconds(sent, "until")
    if begins is not None and ends is not None and ends <= begins:
        raise FaultMistake(f'"until" must be later than "from", not {ends:g} after {begins:g}')
    return Rule(
        on,
        name.lower(),
        do,
        entity_id=read_count(sent, "entity_id", least=1),
        seconds=read_seconds(sent, "seconds"),
        times=read_count(sent, "times", least=1),
        after=read_count(sent, "after", least=0) or 0,
        every=read_count(sent, "every", least=1) or 1,
        begins=begins,
        ends=ends,
        probability=probability,
        seed=seed,
        chance=None if seed is None else Random(seed),
    )


def read_count(sent: Mapping[str, JSON], key: str, *, least: int) -> int | None:
    number = as_int(sent.get(key))
    if sent.get(key) is not None and (number is None or number < least):
        raise FaultMistake(f'"{key}" must be a whole number from {least} on, not {sent.get(key)!r}')
    return number


def read_seconds(sent: Mapping[str, JSON], key: str) -> float | None:
    seconds = as_number(sent.get(key))
    if sent.get(key) is not None and (seconds is None or seconds < 0):
        raise FaultMistake(f'"{key}" must be a number of seconds that is not negative, not {sent.get(key)!r}')
    return seconds
