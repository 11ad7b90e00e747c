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


def test_the_call_that_crosses_the_operating_limit_completes_and_the_next_is_refused(clock: StandingClock) -> None:
    limits = Limits(clock, "cloud")
    limits.costs = {"crm.item.list": 250}
    for _ in range(2):
        limits.check_operating("crm.item.list", 1)
        limits.spend("crm.item.list", 1, 0.0)
    with pytest.raises(RestError) as refused:
        limits.check_operating("crm.item.list", 1)
    assert (refused.value.code, refused.value.status) == ("OPERATION_TIME_LIMIT", 429)
    assert refused.value.extra["operating_reset_at"] > clock.timestamp()
    # other methods and other webhooks are not touched
    limits.check_operating("crm.item.get", 1)
    limits.check_operating("crm.item.list", 2)


def test_the_block_ends_when_the_oldest_minute_leaves_the_window(clock: StandingClock) -> None:
    limits = Limits(clock, "cloud")
    limits.costs = {"crm.item.list": 500}
    limits.spend("crm.item.list", 1, 0.0)
    clock.seconds = limits.resets_at("crm.item.list", 1) - 1
    with pytest.raises(RestError):
        limits.check_operating("crm.item.list", 1)
    clock.seconds += 1
    limits.check_operating("crm.item.list", 1)
    assert limits.operating("crm.item.list", 1) == 0


def test_an_unknown_plan_is_refused_by_name(clock: StandingClock) -> None:
    with pytest.raises(ValueError, match="off, cloud, enterprise"):
        Limits(clock, "free")
