"""How much one may ask, by the portal's clock: limits.md."""

from __future__ import annotations

import pytest

from sandbox.portal.clock import Clock
from sandbox.portal.errors import RestError
from sandbox.portal.limits import Limits


class StandingClock(Clock):
    """Moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1_000_000.0

    def elapsed(self) -> float:
        return self.seconds

    def timestamp(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


def admitted(limits: Limits, requests: int) -> int:
    """How many of these requests pass."""
    passed = 0
    for _ in range(requests):
        try:
            limits.admit("10.0.0.1")
        except RestError:
            continue
        passed += 1
    return passed


@pytest.mark.parametrize(("plan", "at_once", "a_second"), [("cloud", 50, 2), ("enterprise", 250, 5), ("off", 400, 400)])
def test_the_bucket(clock: StandingClock, plan: str, at_once: int, a_second: int) -> None:
    limits = Limits(clock, plan)
    assert admitted(limits, 400) == at_once
    clock.seconds += 1
    assert admitted(limits, 400) == a_second


def test_overflow_is_said_as_documented(clock: StandingClock) -> None:
    limits = Limits(clock, "cloud")
    admitted(limits, 50)
    with pytest.raises(RestError) as refused:
        limits.admit("10.0.0.1")
    assert (refused.value.code, refused.value.status) == ("QUERY_LIMIT_EXCEEDED", 503)


def test_source_addresses_do_not_share_a_bucket(clock: StandingClock) -> None:
    limits = Limits(clock, "cloud")
    assert admitted(limits, 60) == 50
    limits.admit("10.0.0.2")
    assert admitted(limits, 1) == 0


LIST, GET = "crm.item.list", "crm.item.get"
MINE, OTHERS = "webhook 1", "application 1"


def test_the_example_of_the_documentation(clock: StandingClock) -> None:
    """limits.md: twenty seconds a call; 480 is enough, 500 is too much, 460 will do again."""
    limits = Limits(clock, "cloud")
    limits.costs = {LIST: 20}
    for _ in range(25):
        limits.check_operating(LIST, MINE)
        limits.spend(LIST, MINE, 0.0)
        clock.seconds += 20
    assert limits.operating(LIST, MINE) == 500
    with pytest.raises(RestError) as refused:
        limits.check_operating(LIST, MINE)
    assert refused.value.as_json() == {
        "error": "OPERATION_TIME_LIMIT",
        "error_description": "Method is blocked due to operation time limit",
    }
    assert refused.value.status == 429
    # Other methods and other sources are not touched.
    limits.check_operating(GET, MINE)
    limits.check_operating(LIST, OTHERS)


def test_exactly_the_limit_is_not_above_it(clock: StandingClock) -> None:
    limits = Limits(clock, "cloud")
    limits.costs = {LIST: 480}
    limits.spend(LIST, MINE, 0.0)
    limits.check_operating(LIST, MINE)
    limits.spend(LIST, MINE, 0.0)
    with pytest.raises(RestError):
        limits.check_operating(LIST, MINE)


def test_a_bucket_is_emptied_ten_minutes_after_its_first_call(clock: StandingClock) -> None:
    """limits.md: first call at 10:05:20, reset at 10:15:20; the buckets of later minutes go on counting."""
    clock.seconds = 36_320.0
    limits = Limits(clock, "cloud")
    limits.costs = {LIST: 300}
    limits.spend(LIST, MINE, 0.0)
    clock.seconds += 30  # the same minute
    limits.spend(LIST, MINE, 0.0)
    clock.seconds += 60
    limits.costs = {LIST: 100}
    limits.spend(LIST, MINE, 0.0)
    assert (limits.resets_at(LIST, MINE), limits.operating(LIST, MINE)) == (36_920, 700)
    clock.seconds = 36_919.0
    with pytest.raises(RestError):
        limits.check_operating(LIST, MINE)
    clock.seconds = 36_920.0
    limits.check_operating(LIST, MINE)
    assert (limits.resets_at(LIST, MINE), limits.operating(LIST, MINE)) == (37_010, 100)


def test_before_the_first_call_a_bucket_would_open_now(clock: StandingClock) -> None:
    limits = Limits(clock, "cloud")
    assert (limits.resets_at(LIST, MINE), limits.operating(LIST, MINE)) == (clock.seconds + 600, 0)


def test_an_unknown_plan_is_refused_by_name(clock: StandingClock) -> None:
    with pytest.raises(ValueError, match="off, cloud, enterprise"):
        Limits(clock, "free")
