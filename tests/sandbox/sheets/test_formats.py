"""Numbers and dates shown and understood."""

from __future__ import annotations

import pytest

from sandbox.sheets.formats import locale, shown, understood


@pytest.mark.parametrize(
    ("number", "number_format", "place", "text"),
    [
        # the first four are recorded
        (1 / 1024, None, "en_US", "0.0009765625"),
        (2_000_000.01, {"type": "NUMBER", "pattern": "#,##0.00"}, "en_US", "2,000,000.01"),
        (43831, {"type": "DATE", "pattern": "yyyy-mm-dd"}, "en_US", "2020-01-01"),
        (1.45, None, "en_US", "1.45"),
        (1 / 3, None, "en_US", "0.3333333333"),
        (1.5, None, "ru_RU", "1,5"),
        (53, None, "ru_RU", "53"),
        (1234.5, {"type": "NUMBER", "pattern": "#,##0.00"}, "ru_RU", "1\u00a0234,50"),
        (0.5, {"type": "PERCENT", "pattern": "0%"}, "en_US", "50%"),
        (7.5, {"type": "NUMBER", "pattern": "0.##"}, "en_US", "7.5"),
        (7, {"type": "NUMBER", "pattern": "0.##"}, "en_US", "7"),
        (-3, {"type": "NUMBER", "pattern": "0.0"}, "en_US", "-3.0"),
        (12.5, {"type": "NUMBER", "pattern": '0.0" h"'}, "en_US", "12.5 h"),
        (46266.75, {"type": "DATE_TIME", "pattern": "dd.mm.yyyy hh:mm"}, "ru_RU", "01.09.2026 18:00"),
        (43831.5, {"type": "TIME", "pattern": "h:mm:ss"}, "en_US", "12:00:00"),
        (1.5, {"type": "TIME", "pattern": "[h]:mm"}, "en_US", "36:00"),
        (43831.75, {"type": "TIME", "pattern": "h:mm am/pm"}, "en_US", "6:00 PM"),
        (43831, {"type": "DATE"}, "ru_RU", "01.01.2020"),
        (43831, {"type": "DATE", "pattern": "mmm yyyy"}, "en_US", "Jan 2020"),
    ],
)
def test_shown(number: float, number_format: dict[str, str] | None, place: str, text: str) -> None:
    assert shown(number, number_format, locale(place)) == text


@pytest.mark.parametrize(
    ("text", "place", "value", "pattern"),
    [
        ("2,000,000.01", "en_US", 2_000_000.01, "#,##0.00"),
        ("2020-01-01", "en_US", 43831, "yyyy-mm-dd"),
        ("1999-01-02", "en_US", 36162, "yyyy-mm-dd"),
        ("0042", "en_US", 42, None),
        ("3_1_0", "en_US", "3_1_0", None),
        ("1,5", "ru_RU", 1.5, None),
        ("1.5", "ru_RU", "1.5", None),
        ("01.02.2026", "ru_RU", 46054, "dd.mm.yyyy"),
        ("1/2/2026", "en_US", 46024, "m/d/yyyy"),
        ("31.02.2026", "ru_RU", "31.02.2026", None),
        ("50%", "en_US", 0.5, "0%"),
        ("true", "en_US", True, None),
        ("'5", "en_US", "5", None),
        ("plain", "en_US", "plain", None),
    ],
)
def test_understood(text: str, place: str, value: object, pattern: str | None) -> None:
    meant, number_format = understood(text, locale(place))
    assert meant == value
    assert (number_format or {}).get("pattern") == pattern
