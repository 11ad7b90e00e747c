"""The portal's bucket, reckoned by us: never more than it takes, never less than it allows."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.pacing import UNKNOWN_PAUSE, Bucket, OwnPace, Parking


class VendorBucket:
    """The rule of limits.md, written down plainly: a request that would go above X is blocked; Y drain a second."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y, self.level, self.at = x, y, 0.0, 0.0

    def accepts(self, now: float) -> bool:
        self.level = max(0.0, self.level - (now - self.at) * self.y)
        self.at = now
        self.level += 1
        return self.level <= self.x + 1e-6


def test_a_burst_goes_at_once_and_the_rest_at_the_draining_rate() -> None:
    bucket = Bucket(capacity=3, drain_per_second=2)
    waits = []
    for _ in range(6):
        bucket, wait = bucket.reserve(now=100.0)
        waits.append(wait)
    assert waits == [0, 0, 0, 0.5, 1.0, 1.5]


@given(
    capacity=st.integers(1, 60),
    drain=st.sampled_from([0.5, 2.0, 5.0]),
    journeys=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 3)), max_size=150),
)
def test_a_portal_never_blocks_who_keeps_to_the_reservations(
    capacity: int, drain: float, journeys: list[tuple[float, float, float]]
) -> None:
    """However long requests take on the way there and back."""
    ours, vendors = Bucket(capacity, drain), VendorBucket(capacity, drain)
    now = 0.0
    for pause, there, back in journeys:
        ours, wait = ours.reserve(now + pause)
        now += pause + wait + there
        assert vendors.accepts(now)
        now += back
        ours = ours.answered(now)


def test_who_is_still_on_the_way_counts_in_full() -> None:
    bucket = Bucket(capacity=2, drain_per_second=2)
    bucket, _ = bucket.reserve(now=0.0)
    bucket, _ = bucket.reserve(now=0.0)
    _, wait = bucket.reserve(now=10.0)
    assert wait == 0.5
    _, wait = bucket.answered(now=10.0).reserve(now=10.5)
    assert wait == 0


@given(capacity=st.integers(1, 60), drain=st.sampled_from([2.0, 5.0]), requests=st.integers(1, 300))
def test_no_second_is_wasted_either(capacity: int, drain: float, requests: int) -> None:
    bucket, last = Bucket(capacity, drain), 0.0
    for _ in range(requests):
        bucket, last = bucket.reserve(0.0)
    assert last == pytest.approx(max(0.0, (requests - capacity) / drain))


def test_a_full_portal_is_believed() -> None:
    bucket = Bucket(capacity=50, drain_per_second=2).overflowed(now=10.0)
    _, wait = bucket.reserve(now=10.0)
    assert wait == 0.5
    _, later = bucket.reserve(now=20.0)
    assert later == 0


def test_a_clock_that_goes_back_drains_nothing() -> None:
    bucket = Bucket(capacity=1, drain_per_second=1).answered(now=100.0)
    _, wait = bucket.reserve(now=50.0)
    assert wait == 1.0


@pytest.mark.parametrize(("capacity", "drain"), [(0, 2), (50, 0), (50, -1)])
def test_a_bucket_that_never_lets_anybody_pass_is_refused(capacity: float, drain: float) -> None:
    with pytest.raises(ValueError, match="bucket"):
        Bucket(capacity, drain)


async def test_a_pace_of_its_own_reads_the_clock_it_was_given() -> None:
    now = 0.0
    pace = OwnPace(Bucket(capacity=1, drain_per_second=2), clock=lambda: now)
    assert await pace.reserve() == 0
    assert await pace.reserve() == 0.5
    await pace.answered()
    await pace.answered()
    now = 10.0
    assert await pace.reserve() == 0
    await pace.answered()
    await pace.overflowed()
    assert await pace.reserve() == 0.5


def test_a_refused_method_is_left_alone_until_the_portal_forgets() -> None:
    parking = Parking().told("crm.item.list", reset_at=1_000.0).park("crm.item.list", now=900.0)
    assert parking.resumes_at("crm.item.list", now=900.0) == datetime.fromtimestamp(1_000, UTC)
    assert parking.resumes_at("crm.item.list", now=1_000.0) is None
    assert parking.resumes_at("crm.item.get", now=900.0) is None


@pytest.mark.parametrize("told", [None, 800.0])
def test_without_a_usable_moment_the_pause_is_a_minute(told: float | None) -> None:
    parking = Parking() if told is None else Parking().told("m", told)
    parking = parking.park("m", now=900.0)
    assert parking.resumes_at("m", now=900.0) == datetime.fromtimestamp(900 + UNKNOWN_PAUSE, UTC)
