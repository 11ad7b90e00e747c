"""The cases as a file: everything that was asked for, nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dashboard.answers import Reader
from app.dashboard.listing import CSV_HEADINGS, _harmless, as_csv
from app.dashboard.question import question_of
from app.storage.case_facts import CaseFacts
from app.storage.database import Database
from app.storage.mirror_rows import MirrorRows
from benchmarks.invented_company import PORTAL, QUALITY_HEAD
from rules.rulebook import Rulebook
from tests.app.dashboard.conftest import TODAY

ALL = question_of({"period": "all"}, TODAY)


async def written(facts: CaseFacts, reader: Reader, book: Rulebook) -> list[dict[str, str]]:
    content = b"".join([part async for part in as_csv(ALL, reader, book, facts)])
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


async def test_every_case_is_in_the_file_with_its_numbers(
    facts: CaseFacts, reader: Callable[[int], Reader], book: Rulebook, told: list[dict[str, Any]]
) -> None:
    rows = {int(row["Разбор"]): row for row in await written(facts, reader(QUALITY_HEAD), book)}
    assert rows.keys() == {record["case_id"] for record in told}
    for record in told:
        row = rows[record["case_id"]]
        assert tuple(row) == CSV_HEADINGS
        assert row["Что разбиралось"] == record["source_title"]
        assert row["Меры"].splitlines() == [measure["title"] for measure in record["measures"]]
        assert float(row["Затраты, ч"].replace(",", ".")) == pytest.approx(record["hours_spent"])


async def test_a_title_that_is_a_formula_stays_a_title(
    tmp_path: Any, reader: Callable[[int], Reader], book: Rulebook, told: list[dict[str, Any]]
) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / 'capa24.db'}")
    record = {**told[0], "source_title": '=HYPERLINK("http://evil.test";"Сделка")', "responsible": "@SUM(1)"}
    await MirrorRows(database).put(PORTAL, record["key"], record)
    row = (await written(CaseFacts(database), replace(reader(QUALITY_HEAD)), book))[0]
    await database.close()
    assert row["Что разбиралось"] == '\'=HYPERLINK("http://evil.test";"Сделка")'
    assert row["Ответственный"] == "'@SUM(1)"


@settings(deadline=None)
@given(st.text(max_size=20))
def test_no_cell_begins_a_formula_and_no_other_cell_is_touched(text: str) -> None:
    cell = _harmless(text)
    assert cell in (text, f"'{text}")
    assert (
        cell.lstrip(" \u00a0\ufeff")[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
        or not text
    )


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\u00a0=1", "+7 495", "-5", "@import", "\tx", "＝1"])
def test_these_would_be_formulas(text: str) -> None:
    assert _harmless(text) == f"'{text}"
