"""When a fault strikes: which calls, which seconds, with what luck. What it then does is tested where it is done."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.event_queue import Delivery, Disturbance
from sandbox.portal.faults import Faults


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def struck(faults: Faults, calls: int, method: str = "crm.item.add") -> str:
    """One letter a call: ``x`` for those that were struck."""
    return "".join("x" if faults.for_request([method]) else "." for _ in range(calls))


def with_rule(**rule: object) -> Faults:
    faults = Faults(Random(24), Time())
    faults.add([{"on": "rest", "do": "503", **rule}])
    return faults


@pytest.mark.parametrize(
    ("rule", "calls"),
    [
        ({}, "xxxxxxxx"),
        ({"times": 2}, "xx......"),
        ({"after": 3}, "...xxxxx"),
        ({"after": 3, "times": 1}, "...x...."),
        ({"every": 3}, "..x..x.."),
        ({"every": 3, "after": 1}, "...x..x."),
        ({"every": 2, "times": 2}, ".x.x...."),
        ({"probability": 0}, "........"),
        # the names of the method
        ({"method": "CRM.item.*"}, "xxxxxxxx"),
        ({"method": "tasks.*"}, "........"),
    ],
)
def test_which_calls(rule, calls):
    assert struck(with_rule(**rule), 8) == calls


def test_only_matching_calls_are_counted():
    faults = with_rule(method="crm.item.add", after=1)
    assert struck(faults, 3, "server.time") == "..."
    assert struck(faults, 2) == ".x"


def test_which_seconds():
    """Counted from the moment the rule was made; calls outside of them do not count for ``after``."""
    time = Time()
    faults = Faults(Random(24), time)
    faults.add([{"on": "rest", "do": "503", "from": 10, "until": 20, "after": 1}])
    drawn = ""
    for _ in range(6):
        drawn += struck(faults, 2)
        time.seconds += 5
    assert drawn == "...." + ".xxx" + "...."


def test_a_seed_makes_the_luck_of_a_rule_its_own():
    def draw(noise: int, **rule: object) -> str:
        chance = Random(1)
        faults = Faults(chance, Time())
        faults.add([{"on": "rest", "do": "503", "probability": 0.5, **rule}])
        for _ in range(noise):
            chance.random()
        return struck(faults, 40)

    assert draw(0, seed=7) == draw(5, seed=7)
    assert draw(0, seed=7) != draw(0, seed=8)
    assert draw(0) == draw(0)
    assert draw(0) != draw(5)


@given(st.integers(0, 5), st.integers(1, 5), st.integers(1, 10))
def test_a_rule_strikes_as_often_as_it_says_and_is_gone(after, every, times):
    faults = with_rule(after=after, every=every, times=times)
    drawn = struck(faults, after + every * times + 50)
    assert drawn.count("x") == times
    assert drawn.index("x") == after + every - 1
    assert drawn.rindex("x") == after + every * times - 1
    assert faults.rules == []


def test_the_first_fitting_rule_strikes_and_the_next_waits():
    faults = Faults(Random(24), Time())
    faults.add([{"on": "rest", "do": "503", "times": 1}, {"on": "rest", "do": "500", "times": 1}])
    assert [rule.do if (rule := faults.for_request(["scope"])) else None for _ in range(3)] == ["503", "500", None]


def test_a_rule_that_makes_no_sense_for_a_request_waits():
    faults = with_rule(do="expired", times=1)
    assert faults.for_request(["scope"], spared=["expired"]) is None
    assert faults.for_request(["scope"]) is not None


def test_events_are_struck_by_the_same_schedule():
    faults = Faults(Random(24), Time())
    faults.add([{"on": "event", "event": "ONCRM*", "do": "drop", "every": 2, "entity_id": 5}])

    def dropped(event: str, number: int) -> bool:
        delivery = Delivery("http://127.0.0.1/", event, {"FIELDS": {"ID": number}}, body=lambda ts: {})
        return faults.disturb(delivery, 0.0) == Disturbance("drop", [])

    assert [dropped("ONCRMDEALADD", 5) for _ in range(4)] == [False, True, False, True]
    assert not any(dropped("ONTASKADD", 5) or dropped("ONCRMDEALADD", 6) for _ in range(4))


def test_a_rule_is_told_as_it_was_sent():
    sent = {
        "on": "event", "event": "oncrmdealadd", "do": "delay", "entity_id": 5, "seconds": 2, "times": 3, "after": 1,
        "every": 2, "from": 0, "until": 60, "probability": 0.5, "seed": 7,
    }  # fmt: skip
    faults = Faults(Random(24), Time())
    faults.add([sent])
    (rule,) = faults.rules
    assert rule.as_json() == sent
