"""What the portal writes, and what it means. Each row was met in the documentation or in a recorded answer."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.call import JSON
from bitrix.tidy import (
    Untidy,
    as_bool,
    as_date,
    as_datetime,
    as_id,
    as_ids,
    as_int,
    as_int_or_none,
    as_list,
    as_map,
    as_number,
    as_text,
    as_texts,
)

READERS = [
    as_int, as_int_or_none, as_id, as_ids, as_text, as_texts, as_number, as_bool, as_date, as_datetime, as_map, as_list,
]  # fmt: skip

MOSCOW = timezone(timedelta(hours=3))

TIDIED: list[tuple[Callable[[JSON], Any], JSON, Any]] = [
    # tasks and stage history write numbers as text, items as numbers
    (as_int, 7, 7),
    (as_int, "7", 7),
    (as_int, " 7 ", 7),
    (as_int, "-3", -3),
    (as_int, 7.0, 7),
    (as_int_or_none, None, None),
    (as_int_or_none, "", None),
    (as_int_or_none, False, None),
    # the default funnel of deals is number 0, an absent one is null
    (as_int_or_none, 0, 0),
    (as_int_or_none, "0", 0),
    # an absent reference has five spellings
    (as_id, None, None),
    (as_id, 0, None),
    (as_id, "0", None),
    (as_id, "", None),
    (as_id, False, None),
    (as_id, "1269", 1269),
    (as_ids, ["3", 5], (3, 5)),
    (as_ids, [], ()),
    (as_ids, None, ()),
    (as_ids, False, ()),
    (as_ids, "", ()),
    (as_ids, 81, (81,)),
    (as_ids, ["", 0, "4"], (4,)),
    # a list with holes becomes a map in PHP
    (as_ids, {"0": "3", "2": "5"}, (3, 5)),
    (as_text, None, ""),
    (as_text, False, ""),
    (as_text, "x", "x"),
    (as_text, 12, "12"),
    (as_texts, ["D_1", "", None, "T406_24"], ("D_1", "T406_24")),
    (as_texts, False, ()),
    (as_texts, "D_1", ("D_1",)),
    (as_number, "1.5", 1.5),
    (as_number, 2, 2.0),
    (as_number, "", None),
    (as_number, None, None),
    (as_number, 0, 0.0),
    (as_bool, "Y", True),
    (as_bool, "N", False),
    (as_bool, True, True),
    (as_bool, "true", True),
    (as_bool, 1, True),
    (as_bool, "0", False),
    (as_bool, "", False),
    (as_bool, None, False),
    (as_date, "2026-01-15", date(2026, 1, 15)),
    (as_date, "", None),
    (as_date, None, None),
    # a day is midnight UTC drawn in the offset of the server
    (as_date, "2026-01-15T03:00:00+03:00", date(2026, 1, 15)),
    (as_date, "2026-01-15T02:00:00+02:00", date(2026, 1, 15)),
    (as_date, "2026-01-14T20:00:00-04:00", date(2026, 1, 15)),
    (as_date, "2026-01-15T00:00:00Z", date(2026, 1, 15)),
    (as_datetime, "2026-01-15T10:20:30+03:00", datetime(2026, 1, 15, 10, 20, 30, tzinfo=MOSCOW)),
    (as_datetime, "", None),
    (as_datetime, None, None),
    (as_datetime, False, None),
    # PHP writes an empty map as an empty list
    (as_map, [], {}),
    (as_map, None, {}),
    (as_map, False, {}),
    (as_map, {"a": 1}, {"a": 1}),
    (as_list, {"5": "a", "6": "b"}, ["a", "b"]),
    (as_list, ["a"], ["a"]),
    (as_list, None, []),
]


@pytest.mark.parametrize(("read", "untidy", "tidy"), TIDIED)
def test_the_untidy_is_tidied(read: Callable[[JSON], Any], untidy: JSON, tidy: Any) -> None:
    assert read(untidy) == tidy


@pytest.mark.parametrize(
    ("read", "nonsense"),
    [
        (as_int, None),
        (as_int, ""),
        (as_int, True),
        (as_int, 7.5),
        (as_int, "7.5"),
        (as_int, "٣"),
        (as_int, float("inf")),
        (as_int, "9" * 40),
        (as_id, "abc"),
        (as_id, {"id": 1}),
        (as_ids, ["x"]),
        (as_text, {}),
        (as_text, True),
        (as_texts, [["nested"]]),
        (as_number, "1,5"),
        (as_number, "nan"),
        (as_number, True),
        (as_bool, "maybe"),
        (as_bool, 2),
        (as_bool, []),
        (as_date, "15.01.2026"),
        (as_date, "2026-01-15T03:00:00"),
        (as_date, 5),
        (as_date, "0001-01-01T00:00:00+03:00"),
        # nobody knows when that is
        (as_datetime, "2026-01-15T10:20:30"),
        (as_datetime, "2026-01-15 10:20:30"),
        (as_datetime, {}),
        (as_map, ["a"]),
        (as_map, "x"),
        (as_list, "x"),
        (as_list, 5),
    ],
)
def test_nonsense_is_refused_with_its_place(read: Callable[[JSON, str], Any], nonsense: JSON) -> None:
    with pytest.raises(Untidy, match=r"^deadline is not "):
        read(nonsense, "deadline")


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(Untidy) as refusal:
        as_int("x" * 10_000, "id")
    assert len(str(refusal.value)) < 120


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("read", READERS)
@given(value=ANY_JSON)
def test_a_reader_reads_or_refuses_and_does_nothing_else(read: Callable[[JSON, str], Any], value: JSON) -> None:
    try:
        read(value, "field")
    except Untidy as refusal:
        assert str(refusal).startswith("field is not ")  # noqa: PT017


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 14))
def test_a_moment_survives_any_offset(moment: datetime, hours: int) -> None:
    try:
        written = moment.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        return
    assert as_datetime(written.isoformat()) == moment


@given(st.dates(min_value=date(1000, 1, 2), max_value=date(9998, 12, 30)), st.integers(-12, 14))
def test_a_day_survives_the_offset_of_the_server(day: date, hours: int) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert as_date(midnight.astimezone(timezone(timedelta(hours=hours))).isoformat()) == day
