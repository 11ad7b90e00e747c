"""Numbers and dates shown and understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (43344, {"type": "DATE", "pattern": " DD MM YYYY"}, "en_US", " 01 09 2018"),  # gspread-formatting's tests
        (46090, {"type": "DATE", "pattern": "d mmmm yyyy"}, "ru_RU", "9 марта 2026"),
        (46090, {"type": "DATE", "pattern": "mmmm yyyy"}, "ru_RU", "март 2026"),
        (46090, {"type": "DATE", "pattern": "ddd, dddd"}, "ru_RU", "пн, понедельник"),
        (46090.75, {"type": "DATE_TIME"}, "ru_RU", "09.03.2026 18:00:00"),
        (0.75, {"type": "TIME"}, "en_US", "6:00:00 PM"),
        (0.5 + 1.25 / 86400, {"type": "TIME", "pattern": "ss.00"}, "ru_RU", "01,25"),
        (1 / 48, {"type": "TIME", "pattern": "[mm]:ss"}, "en_US", "30:00"),
        (1234.5, {"type": "CURRENCY"}, "ru_RU", "1\u00a0234,50 ₽"),
        (1234.5, {"type": "CURRENCY"}, "en_US", "$1,234.50"),
        (2.5, {"type": "NUMBER", "pattern": "0"}, "en_US", "3"),
        (1.005, {"type": "NUMBER", "pattern": "0.00"}, "en_US", "1.01"),
        (7, {"type": "NUMBER", "pattern": "000"}, "en_US", "007"),
        (-5, {"type": "NUMBER", "pattern": "0.0;[Red]\\(0.0\\)"}, "en_US", "(5.0)"),
        (0, {"type": "NUMBER", "pattern": '0;-0;"нет"'}, "ru_RU", "нет"),
        (12000, {"type": "SCIENTIFIC"}, "ru_RU", "1,20E+04"),
        (12.5, {"type": "NUMBER", "pattern": "#,##0.0\\ [$₽-419]"}, "ru_RU", "12,5 ₽"),
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
        ("01.02.2026", "ru_RU", 46054, "dd.mm.yyyy"),
        ("1/2/2026", "en_US", 46024, "m/d/yyyy"),
        ("31.02.2026", "ru_RU", "31.02.2026", None),
        ("50%", "en_US", 0.5, "0%"),
        ("true", "en_US", True, None),
        ("'5", "en_US", "5", None),
        ("plain", "en_US", "plain", None),
        ("1 234,5", "ru_RU", 1234.5, "#,##0.00"),
        ("1\u00a0234", "ru_RU", 1234, "#,##0"),
        ("12,5%", "ru_RU", 0.125, "0.00%"),
        ("ИСТИНА", "ru_RU", True, None),
        ("ложь", "ru_RU", False, None),
        ("ИСТИНА", "en_US", "ИСТИНА", None),
        ("1.5", "ru_RU", "1.5", None),
        ("15.13", "ru_RU", "15.13", None),
        ("9.3.26", "ru_RU", 46090, "dd.mm.yyyy"),
        ("09.03.2026 18:00", "ru_RU", 46090.75, "dd.mm.yyyy h:mm:ss"),
        ("2026-03-09 6:00 PM", "en_US", 46090.75, "yyyy-mm-dd h:mm:ss"),
        ("2026-03-09T18:00:00Z", "en_US", "2026-03-09T18:00:00Z", None),
        ("18:00", "ru_RU", 0.75, "h:mm"),
        ("6:00:00 pm", "en_US", 0.75, "h:mm:ss am/pm"),
        ("25:70", "ru_RU", "25:70", None),
        ("100 ₽", "ru_RU", 100, '#,##0 "₽"'),
        ("99,90₽", "ru_RU", 99.9, '#,##0.00 "₽"'),
        ("$1,234.50", "en_US", 1234.5, '"$"#,##0.00'),
        ("-$5", "en_US", -5, '"$"#,##0'),
        ("1e3", "en_US", 1000, "0.00E+00"),
        ("1e999", "en_US", "1e999", None),
        ("''5", "en_US", "'5", None),
    ],
)
def test_understood(text: str, place: str, value: object, pattern: str | None) -> None:
    meant, number_format = understood(text, locale(place))
    assert meant == value
    assert (number_format or {}).get("pattern") == pattern


def test_a_point_makes_a_date_where_the_comma_is_decimal() -> None:
    """pygsheets #483: 1.5 typed in a Russian spreadsheet is the first of May of this year."""
    assert understood("1.5", locale("ru_RU"), year=2026) == (46143, {"type": "DATE", "pattern": "dd.mm.yyyy"})
    assert understood("1.5", locale("en_US"), year=2026) == (1.5, None)


@given(st.integers(-(10**9), 10**9), st.sampled_from(["en_US", "ru_RU", "de_DE"]))
def test_what_is_shown_with_thousands_is_understood_again(number: int, place: str) -> None:
    here = locale(place)
    text = shown(number, {"type": "NUMBER", "pattern": "#,##0"}, here)
    assert understood(text, here)[0] == number


@given(st.integers(1, 80_000), st.integers(0, 86_399), st.sampled_from(["en_US", "ru_RU", "en_GB"]))
def test_a_moment_shown_is_the_moment_understood(day: int, second: int, place: str) -> None:
    here = locale(place)
    moment = day + second / 86_400
    text = shown(moment, {"type": "DATE_TIME", "pattern": f"{here.date} hh:mm:ss"}, here)
    meant, _ = understood(text, here)
    assert isinstance(meant, int | float)
    assert meant == pytest.approx(moment, abs=1e-6)
