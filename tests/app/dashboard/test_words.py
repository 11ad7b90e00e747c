"""Numbers and dates as Russian readers write them."""

from __future__ import annotations

from datetime import date

import pytest

from app.dashboard import words


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (1234567, 0, "1\u00a0234\u00a0567"),
        (12.345, 1, "12,3"),
        (3.0, 1, "3"),
        (-2.55, 1, "−2,5"),
        (-0.04, 1, "0"),
        (0, 0, "0"),
        (None, 1, "—"),
    ],
)
def test_a_number(value: float | None, digits: int, shown: str) -> None:
    assert words.number(value, digits) == shown


@pytest.mark.parametrize(("share", "shown"), [(0.666, "67\u00a0%"), (None, "—"), (1.0, "100\u00a0%")])
def test_a_share(share: float | None, shown: str) -> None:
    assert words.percent(share) == shown


@pytest.mark.parametrize(
    ("count", "word"),
    [
        (1, "разбор"),
        (2, "разбора"),
        (5, "разборов"),
        (11, "разборов"),
        (21, "разбор"),
        (112, "разборов"),
        (1.5, "разбора"),
    ],
)
def test_the_word_goes_with_its_number(count: float, word: str) -> None:
    assert words.plural(count, "разбор", "разбора", "разборов") == word


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "ноябрь 2026"),
        (date(2026, 1, 1), date(2026, 11, 28), "1 января — 28 ноября 2026"),
        (date(2025, 12, 1), date(2026, 11, 28), "1 декабря 2025 — 28 ноября 2026"),
        (date(2026, 11, 28), date(2026, 11, 28), "28 ноября 2026"),
    ],
)
def test_a_period(since: date, until: date, shown: str) -> None:
    assert words.span(since, until) == shown
