"""The quota is kept before Google has to say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.pacing import PERIOD, Calls, Pace

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_what_fits_goes_at_once_and_the_rest_when_the_first_is_a_minute_old() -> None:
    pace = Pace(most=3)
    pace.sent(Calls(reads=2), NOON)
    assert pace.wait(Calls(reads=1), NOON) == timedelta(0)
    assert pace.wait(Calls(reads=2), NOON + timedelta(seconds=20)) == timedelta(seconds=40)
    assert pace.wait(Calls(reads=2), NOON + PERIOD) == timedelta(0)


def test_reads_and_writes_have_a_minute_each() -> None:
    pace = Pace(most=1)
    pace.sent(Calls(reads=1), NOON)
    assert pace.wait(Calls(writes=1), NOON) == timedelta(0)
    assert pace.wait(Calls(reads=1, writes=1), NOON) == PERIOD


def test_more_than_a_minute_may_hold_goes_when_nothing_else_does() -> None:
    pace = Pace(most=3)
    assert pace.wait(Calls(reads=9), NOON) == timedelta(0)
    pace.sent(Calls(reads=9), NOON)
    assert pace.wait(Calls(reads=9), NOON) == PERIOD


def test_what_was_sent_by_a_clock_that_was_put_back_since_is_forgotten() -> None:
    pace = Pace(most=1)
    pace.sent(Calls(reads=1), NOON + timedelta(days=1))
    assert pace.wait(Calls(reads=1), NOON) == timedelta(0)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 40)), max_size=40), st.integers(4, 10))
def test_no_minute_ever_holds_more_than_it_may(asked: list[tuple[int, int]], most: int) -> None:
    pace, now, sent = Pace(most), NOON, []
    for calls, pause in asked:
        now += timedelta(seconds=pause) + pace.wait(Calls(writes=calls), now + timedelta(seconds=pause))
        pace.sent(Calls(writes=calls), now)
        sent += [now] * calls
    assert all(sum(now - PERIOD < at <= now for at in sent) <= most for now in sent)
