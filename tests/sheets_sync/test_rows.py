"""Typed cells: nothing becomes a formula, dates are serial numbers, nonsense becomes an empty cell."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.columns import COLUMNS, Kind
from sheets_sync.rows import LONGEST_TEXT, cell, clean, row
from tests.sheets_sync.builders import MOSCOW, a_record


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        # text stays text, whatever it looks like
        (Kind.TEXT, "=IMPORTXML(1)", {"stringValue": "=IMPORTXML(1)"}),
        (Kind.TEXT, "007", {"stringValue": "007"}),
        (Kind.TEXT, "+7 900 000-00-00", {"stringValue": "+7 900 000-00-00"}),
        (Kind.TEXT, "'кавычка", {"stringValue": "'кавычка"}),
        (Kind.TEXT, "две\r\nстроки\rи ещё", {"stringValue": "две\nстроки\nи ещё"}),
        (Kind.TEXT, "a\x00b\x1bc\x85d", {"stringValue": "abcd"}),
        (Kind.TEXT, "сломанный \ud83d", {"stringValue": "сломанный \ufffd"}),
        (Kind.TEXT, "", {}),
        (Kind.TEXT, None, {}),
        # numbers are JSON numbers
        (Kind.NUMBER, 3, {"numberValue": 3}),
        (Kind.NUMBER, 2.0, {"numberValue": 2}),
        (Kind.NUMBER, 1.5, {"numberValue": 1.5}),
        (Kind.NUMBER, Decimal("1.10"), {"numberValue": 1.1}),
        (Kind.NUMBER, float("nan"), {}),
        (Kind.NUMBER, float("-inf"), {}),
        (Kind.NUMBER, Decimal("NaN"), {}),
        (Kind.NUMBER, 10**400, {}),
        (Kind.NUMBER, None, {}),
        (Kind.BOOL, True, {"boolValue": True}),
        (Kind.BOOL, False, {"boolValue": False}),
        # the two serial numbers that Google itself has shown
        (Kind.DATE, date(2020, 1, 1), {"numberValue": 43831}),
        (Kind.DATE, date(1999, 1, 2), {"numberValue": 36162}),
        # a moment is shown on the clock of the zone: 23:30 in London is the next day in Moscow
        (Kind.DATE, datetime(2019, 12, 31, 23, 30, tzinfo=UTC), {"numberValue": 43831}),
        (Kind.DATETIME, datetime(2019, 12, 31, 21, 0, tzinfo=UTC), {"numberValue": 43831.0}),
        (Kind.DATETIME, datetime(2020, 1, 1, 15, 0, tzinfo=UTC), {"numberValue": 43831.75}),
    ],
)
def test_a_value_becomes_a_typed_cell(kind: Kind, value: object, expected: dict[str, object]) -> None:
    assert cell(value, kind, MOSCOW) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "value"), [(Kind.NUMBER, "3"), (Kind.DATE, "2020-01-01"), (Kind.DATETIME, 43831)])
def test_a_value_of_the_wrong_type_is_an_error_of_ours(kind: Kind, value: object) -> None:
    with pytest.raises(TypeError, match="column got"):
        cell(value, kind, MOSCOW)  # type: ignore[arg-type]


@given(st.text())
def test_any_text_becomes_harmless(text: str) -> None:
    kept = clean(text)
    assert not any(unicodedata.category(letter) == "Cs" for letter in kept)
    assert not any(unicodedata.category(letter) == "Cc" and letter not in "\t\n" for letter in kept)
    assert set(cell(text, Kind.TEXT, MOSCOW)) <= {"stringValue"}
    assert clean(kept) == kept


@given(st.text(alphabet="яa🙂", min_size=1).map(lambda text: text * (LONGEST_TEXT // len(text) + 1)))
def test_text_that_no_cell_can_hold_is_cut_with_a_mark(text: str) -> None:
    kept = clean(text)
    assert len(kept.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert kept == text or kept.endswith("…")


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(-12, 14),
)
def test_a_serial_number_leads_back_to_the_local_time(local: datetime, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    number = cell(local.replace(tzinfo=zone), Kind.DATETIME, zone)["numberValue"]
    assert isinstance(number, int | float)
    again = datetime(1899, 12, 30) + timedelta(days=number)  # noqa: DTZ001
    assert abs(again - local) < timedelta(milliseconds=1)


def test_a_row_has_a_cell_for_every_column_and_fits_into_json() -> None:
    made = row(a_record(), MOSCOW, COLUMNS)
    assert len(made.cells) == len(COLUMNS)
    assert made.cells[0] == {"stringValue": made.key}
    assert json.loads(json.dumps(made.cells, allow_nan=False)) == list(made.cells)


def test_lists_stand_one_a_line_and_are_counted() -> None:
    shown = {
        column.heading: value for column, value in zip(COLUMNS, row(a_record(), MOSCOW, COLUMNS).cells, strict=True)
    }
    assert shown["Нарушения"] == {"stringValue": "Срыв срока\nОшибка в договоре"}
    assert shown["Нарушений"] == {"numberValue": 2}
    assert shown["Дата старта"] == {"numberValue": 46083 + 9.5 / 24}
    assert shown["Дата финализации"] == {}
    assert shown["Завершён"] == {"boolValue": False}
    assert shown["Премиальные баллы"] == {}
