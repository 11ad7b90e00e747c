from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.clock import SERVER_ZONE, iso
from sandbox.portal.moments import read_moment


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-15T10:20:30+03:00", "2026-01-15T10:20:30+03:00"),
        ("2026-01-15T17:20:30+10:00", "2026-01-15T10:20:30+03:00"),
        ("2026-01-15T07:20:30Z", "2026-01-15T10:20:30+03:00"),
        # no offset: the server's time
        ("2026-01-15T10:20:30", "2026-01-15T10:20:30+03:00"),
        ("2026-01-15 10:20", "2026-01-15T10:20:00+03:00"),
        ("2026-01-15", "2026-01-15T00:00:00+03:00"),
        ("15.01.2026 10:20:30", "2026-01-15T10:20:30+03:00"),
        ("15.01.2026", "2026-01-15T00:00:00+03:00"),
        (" 2026-01-15 ", "2026-01-15T00:00:00+03:00"),
    ],
)
def test_ways_to_write_a_moment(written, read):
    moment = read_moment(written)

    assert moment is not None
    assert iso(moment) == read


@pytest.mark.parametrize(
    "nonsense", ["", "  ", "завтра", "32.01.2026", "2026-13-01", None, 5, True, [], {}, "0001-01-01Z"]
)
def test_what_is_no_moment(nonsense):
    # the year 1 in another zone has no place in the calendar; read or not, it must not raise
    moment = read_moment(nonsense)

    assert moment is None or moment.tzinfo is not None


@given(st.text("0123456789-:.+TZ аЯ\x00٣", max_size=30))
def test_no_text_breaks_the_reader(text):
    moment = read_moment(text)

    assert moment is None or moment.utcoffset() == SERVER_ZONE.utcoffset(None)


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone follows
    st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_the_moment_stays_the_same_whatever_the_offset(naive, zone):
    moment = naive.replace(microsecond=0, tzinfo=zone)

    assert read_moment(moment.isoformat()) == moment.astimezone(UTC)
