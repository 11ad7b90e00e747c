"""The portal's bucket, reckoned by us: never more than it takes, never less than it allows."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bitrix.call import JSON
from bitrix.pacing import FOREGROUND, LEAST_SHARE, OPERATING_LIMIT, UNKNOWN_PAUSE, Bucket, Methods, OwnPace


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


def test_a_full_portal_is_believed_and_left_some_room() -> None:
    bucket = Bucket(capacity=50, drain_per_second=2).overflowed(now=10.0)
    _, wait = bucket.reserve(now=10.0)
    assert wait == 1.0  # half of the draining is ours
    # what was under way together is one refusal
    _, wait = bucket.overflowed(now=10.5).reserve(now=10.5)
    assert wait == pytest.approx(1.0, abs=0.02)
    _, wait = bucket.overflowed(now=15.0).reserve(now=15.0)
    assert wait == pytest.approx(2.0, abs=0.4)
    _, later = bucket.reserve(now=20.0)
    assert later == 0


def test_a_refusal_told_by_a_clock_that_was_put_back_since_is_another_one() -> None:
    bucket = Bucket(capacity=50, drain_per_second=2, refused_at=86_400.0).overflowed(now=10.0)
    assert (bucket.share, bucket.refused_at) == (0.5, 10.0)


def test_however_often_we_are_refused_we_come_back_and_recover() -> None:
    bucket = Bucket(capacity=50, drain_per_second=2)
    for now in range(0, 300, 3):
        bucket = bucket.overflowed(float(now))
    _, wait = bucket.reserve(300.0)
    assert wait <= 1 / (2 * LEAST_SHARE)
    # a minute without a refusal, and all of the draining is counted on again
    rested = bucket.drained(360.0)
    assert rested.share == 1.0


@settings(max_examples=50, deadline=None)
@given(strangers_every=st.floats(0.7, 3), drain=st.sampled_from([2.0, 5.0]))
def test_who_shares_a_bucket_with_strangers_is_seldom_refused_and_gets_their_part(
    strangers_every: float, drain: float
) -> None:
    """Somebody else asks the same portal at a steady pace, and does not care."""
    ours, vendors = Bucket(50, drain), VendorBucket(50, drain)
    now, stranger, served, refused = 0.0, 0.0, 0, 0
    while now < 1_000:
        ours, wait = ours.reserve(now)
        now += wait
        while stranger <= now:
            vendors.accepts(stranger)
            stranger += strangers_every
        if vendors.accepts(now):
            served += 1
        else:
            refused += 1
            ours = ours.overflowed(now)
        ours = ours.answered(now)
    assert served >= 0.9 * (drain - 1 / strangers_every) * 1_000
    assert refused <= 0.15 * (served + refused)


def test_the_fuller_the_bucket_the_longer_a_request_waits_for_company() -> None:
    pauses = [Bucket(capacity=50, drain_per_second=2, level=level).patience for level in range(50)]
    assert pauses == sorted(pauses)
    assert pauses[0] == pauses[3] == 0
    assert pauses[-1] == 0.5  # in which one request drains
    assert Bucket(capacity=50, drain_per_second=2, level=50).patience == 0  # waiting for room is company enough


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
    assert await pace.reserve() == 1.0


# The time of each method

M = "crm.item.list"


def methods(operating: float, resets_in: float, *, seconds: float = 2.0, now: float = 1_000.0) -> Methods:
    told = Methods()
    told.told(M, {"duration": seconds, "operating": operating, "operating_reset_at": now + resets_in}, now)
    return told


def test_a_refused_method_is_left_alone_until_the_portal_forgets() -> None:
    told = methods(1.0, resets_in=100)
    assert told.refused(M, now=1_000.0) == datetime.fromtimestamp(1_100, UTC)
    assert told.ready_at(M, now=1_000.0) == 1_100
    assert told.ready_at(M, now=1_100.0) == 1_100
    assert told.ready_at("crm.item.get", now=1_000.0) == 1_000


@pytest.mark.parametrize("told", [Methods(), methods(1.0, resets_in=-100)])
def test_without_a_usable_moment_the_pause_is_a_minute(told: Methods) -> None:
    assert told.refused(M, now=1_000.0) == datetime.fromtimestamp(1_000 + UNKNOWN_PAUSE, UTC)


def test_the_moment_of_the_reset_is_reckoned_from_the_portals_clock() -> None:
    told = Methods()
    told.told(M, {"operating": 1.0, "finish": 5_000.0, "operating_reset_at": 5_300}, now=1_000.0)
    assert told.refused(M, now=1_000.0) == datetime.fromtimestamp(1_300, UTC)


@pytest.mark.parametrize("time", [None, [], {}, {"operating": "much", "duration": None}])
def test_an_answer_that_tells_no_time_changes_nothing(time: JSON) -> None:
    told = Methods()
    told.told(M, time, now=1_000.0)
    assert told.ready_at(M, now=1_000.0) == 1_000
    assert told.seconds(M) == 0


def test_nobody_counts_up_to_half_of_the_limit() -> None:
    told = methods(230.0, resets_in=500)
    assert told.ready_at(M, now=1_000.0) == 1_000
    told.leaves(M, calls=5)
    assert told.ready_at(M, now=1_000.0) > 1_000  # what is under way counts
    told.came_back(M, calls=5)
    assert told.ready_at(M, now=1_000.0) == 1_000
    assert told.ready_at(M, now=1_000.0, calls=6) > 1_000


def test_beyond_it_what_is_left_is_spread_over_the_time_until_the_reset() -> None:
    told = methods(OPERATING_LIMIT * FOREGROUND - 100, resets_in=500)
    assert told.ready_at(M, now=1_000.0) == pytest.approx(1_010)  # 2 s of 100 s, so a fiftieth of 500 s
    assert told.ready_at(M, now=1_000.0, calls=5) == pytest.approx(1_050)
    assert told.ready_at(M, now=1_100.0) == 1_100


def test_the_background_stops_earlier() -> None:
    told = methods(OPERATING_LIMIT * 0.9, resets_in=500)
    assert told.ready_at(M, now=1_000.0, background=True) == 1_500
    assert 1_000 < told.ready_at(M, now=1_000.0) < 1_500


def test_after_the_reset_one_call_asks_how_much_is_left() -> None:
    told = methods(470.0, resets_in=50)
    assert told.ready_at(M, now=1_000.0) == 1_050
    assert told.ready_at(M, now=1_060.0) == 1_060
    told.leaves(M)
    assert told.ready_at(M, now=1_060.0) > 1_060
    told.came_back(M)
    told.told(M, {"duration": 2.0, "operating": 40.0, "operating_reset_at": 1_600}, now=1_062.0)
    assert told.ready_at(M, now=1_062.0, calls=50) == 1_062


def test_a_slower_method_is_believed_at_once_and_a_faster_one_slowly() -> None:
    told = methods(0.0, resets_in=600, seconds=1.0)
    told.told(M, {"duration": 9.0}, now=1_001.0)
    assert told.seconds(M) == 9.0
    told.told(M, {"duration": 1.0}, now=1_002.0)
    assert 1.0 < told.seconds(M) < 9.0


class VendorMeter:
    """The rule of limits.md: seconds of one method in buckets of a minute, each forgotten ten minutes after its first
    call began; a call is refused when the sum is above the limit, and the one that crosses it is not."""

    def __init__(self) -> None:
        self.buckets: dict[int, tuple[float, float]] = {}

    def call(self, now: float, seconds: float) -> JSON:
        """The ``time`` of the answer; None: refused."""
        self.buckets = {minute: one for minute, one in self.buckets.items() if one[0] + 600 > now}
        if sum(spent for _, spent in self.buckets.values()) > OPERATING_LIMIT:
            return None
        began, spent = self.buckets.get(int(now // 60), (now, 0.0))
        self.buckets[int(now // 60)] = (began, spent + seconds)
        oldest = min(began for began, _ in self.buckets.values())
        operating = sum(spent for _, spent in self.buckets.values())
        return {
            "duration": seconds,
            "finish": now + seconds,
            "operating": operating,
            "operating_reset_at": oldest + 600,
        }


@settings(max_examples=60, deadline=None)
@given(
    durations=st.lists(st.floats(0.2, 6), min_size=1, max_size=5),
    rests=st.lists(st.floats(0, 30), min_size=1, max_size=5),
)
def test_a_method_in_steady_use_is_slowed_and_never_refused(durations: list[float], rests: list[float]) -> None:
    """And what the limit allows is used: over an hour, no less than half of it."""
    portal, told = VendorMeter(), Methods()
    now, spent, idle = 0.0, 0.0, 0.0
    turn = 0
    while now < 3_600:
        seconds, rest = durations[turn % len(durations)], rests[turn % len(rests)]
        turn += 1
        now = max(now, told.ready_at(M, now))
        told.leaves(M)
        time = portal.call(now, seconds)
        assert time is not None, "refused"
        now += seconds
        told.came_back(M)
        told.told(M, time, now)
        spent += seconds
        now += rest
        idle += rest
    assert spent >= 0.5 * min(OPERATING_LIMIT * 6, 3_600 - idle)
