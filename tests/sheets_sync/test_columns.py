"""The table of columns and the page printed from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sheets_sync.columns import COLUMNS, Kind
from sheets_sync.tables import CASES, TABLES, as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "columns.md"


def test_the_page_says_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == as_markdown(), "run: python -m sheets_sync.tables > docs/reference/columns.md"


def test_the_key_stands_first() -> None:
    assert COLUMNS[0] is CASES.key
    assert CASES.key.kind is Kind.TEXT


def test_no_heading_is_used_twice() -> None:
    for table in TABLES:
        headings = [name.casefold() for column in table.columns for name in (column.heading, *column.aliases)]
        assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    ("requirement", "heading"),
    [
        ("S69", "Дата старта"),
        ("S70", "Дата финализации"),
        ("S71", "Анализ и формулирование, ч"),
        ("S72", "Согласование, ч"),
        ("S73", "Изменения и финализация, ч"),
        ("S74", "Комплекс мер"),
        ("S75", "Ответственный"),
        ("S76", "Премиальные баллы"),
        ("S77", "Общие затраты, ч"),
    ],
)
def test_every_column_the_case_study_names_is_there(requirement: str, heading: str) -> None:
    (column,) = [column for column in COLUMNS if column.heading == heading]
    assert requirement in column.why


def test_what_pivots_add_up_or_group_by_is_not_text() -> None:
    kinds = {column.heading: column.kind for column in COLUMNS}
    hours = [heading for heading in kinds if heading.endswith(", ч")]
    assert {kinds[heading] for heading in hours} == {Kind.NUMBER}
    assert kinds["Дата старта"] is kinds["Дата финализации"] is Kind.DATETIME
