"""CSV that a spreadsheet in Russia opens as it is, and that runs nothing (CWE-1236)."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.columns import Kind, Value
from sheets_sync.delimited import MARK, shown, write_csv
from sheets_sync.record import CaseRecord
from sheets_sync.tables import CASES, VIOLATIONS
from tests.sheets_sync.builders import MOSCOW, a_record


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, Kind.TEXT, ""),
        ("Поставка", Kind.TEXT, "Поставка"),
        (1.5, Kind.NUMBER, "1,5"),
        (-3, Kind.NUMBER, "-3"),
        (Decimal("0.10"), Kind.NUMBER, "0,10"),
        (True, Kind.BOOL, "да"),
        (datetime(2026, 3, 2, 6, 30, tzinfo=UTC), Kind.DATETIME, "02.03.2026 09:30"),
        (date(2026, 3, 2), Kind.DATE, "02.03.2026"),
    ],
)
def test_values_are_shown_as_people_write_them(value: Value, kind: Kind, text: str) -> None:
    assert shown(value, kind, MOSCOW) == text


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://evil")', "+7 900", "-1+1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "|calc", "%0A=1"]
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert shown(text, Kind.TEXT, MOSCOW).startswith("'")


@given(st.text())
def test_no_text_ever_begins_like_a_formula(text: str) -> None:
    assert shown(text, Kind.TEXT, MOSCOW).lstrip()[:1] not in {"=", "+", "-", "@", "|", "%"}


async def _each(*records: CaseRecord) -> AsyncIterator[CaseRecord]:
    for record in records:
        yield record


@pytest.mark.requirement("S68", "S78")
async def test_the_file_reads_back_with_every_heading() -> None:
    file = io.StringIO()
    title = 'Насосы; "срочно"\nвторая строка'
    assert await write_csv(_each(a_record(1, source_title=title), a_record(2)), CASES, MOSCOW, file) == 2
    assert file.getvalue().startswith(MARK)
    first, second = csv.DictReader(io.StringIO(file.getvalue().removeprefix(MARK), newline=""), delimiter=";")
    assert first["Источник"] == title
    assert second["Ключ"] == "deal:2#1"
    assert list(first) == [column.heading for column in CASES.columns]


async def test_a_sheet_of_lines_has_a_line_for_each() -> None:
    file = io.StringIO()
    assert await write_csv(_each(a_record(1), a_record(2, violations=())), VIOLATIONS, MOSCOW, file) == 2
