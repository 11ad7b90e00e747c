"""The local workbook, read back with another library: the same sheets, charts, typed cells, nothing that runs."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from benchmarks.made_up_cases import END, coverage, made_up
from sheets_sync.record import CaseRecord
from sheets_sync.summary import summarise
from sheets_sync.tables import CASES, MEASURES, TABLES, VIOLATIONS
from sheets_sync.workbook import NUMBERS, OVERVIEW, PIVOTS, write_workbook
from tests.sheets_sync.builders import MOSCOW, a_record


def written(file: Path, records: list[CaseRecord]) -> openpyxl.Workbook:
    write_workbook(file, records, summarise(records, coverage(len(records)), END, MOSCOW), MOSCOW)
    return openpyxl.load_workbook(file)


def rows_of(book: openpyxl.Workbook, title: str) -> list[dict[str, Any]]:
    header, *rows = book[title].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.requirement("S68", "S79", "S80")
def test_the_same_sheets_and_charts_as_in_a_spreadsheet(tmp_path: Path) -> None:
    book = written(tmp_path / "отчёт.xlsx", list(made_up(60)))
    assert book.sheetnames == [OVERVIEW, PIVOTS, NUMBERS, *(table.title for table in TABLES)]
    assert book.active is not None
    assert book.active.title == OVERVIEW
    with zipfile.ZipFile(tmp_path / "отчёт.xlsx") as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 9
    assert len(book[PIVOTS].tables) == 4
    assert [book[table.title].freeze_panes for table in TABLES] == ["B2"] * 3


def test_rows_are_typed_and_complete(tmp_path: Path) -> None:
    book = written(tmp_path / "report.xlsx", [a_record(1), a_record(2, points=7.5)])
    first, second = rows_of(book, CASES.title)
    assert first["Ключ"] == "deal:1#1"
    assert first["Дата старта"].isoformat() == "2026-03-02T09:30:00", "as people in Moscow read it"
    assert (first["Премиальные баллы"], second["Премиальные баллы"]) == (None, 7.5)
    assert first["Завершён"] is False
    assert len(rows_of(book, VIOLATIONS.title)) == 4
    assert [row["Мера"] for row in rows_of(book, MEASURES.title)] == ["Дополнить регламент"] * 2


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://evil")', "{=1}", "http://evil и ещё", "@SUM(A1)", "'=1"])
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    book = written(tmp_path / "report.xlsx", [a_record(1, source_title=text, responsible=text, funnel=text)])
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value == text]
    assert len(cells) >= 3
    formulas = [cell.value for sheet in book for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
    assert all("SUBTOTAL" in str(formula) for formula in formulas), "totals are the only formulas"


def test_addresses_of_ours_can_be_clicked_and_nothing_else(tmp_path: Path) -> None:
    book = written(tmp_path / "report.xlsx", [a_record(1, source_title="http://evil")])
    links = {cell.hyperlink.target for line in book[CASES.title].iter_rows() for cell in line if cell.hyperlink}
    assert links == {a_record(1).case_url, a_record(1).source_url}


def test_a_text_longer_than_a_cell_is_cut(tmp_path: Path) -> None:
    book = written(tmp_path / "report.xlsx", [a_record(1, verdict_reason="", source_title="я" * 40_000)])
    assert len(rows_of(book, CASES.title)[0]["Источник"]) == 32_767


def test_without_any_case_there_is_a_workbook_all_the_same(tmp_path: Path) -> None:
    book = written(tmp_path / "report.xlsx", [])
    assert rows_of(book, CASES.title) == [dict.fromkeys(column.heading for column in CASES.columns)] or not rows_of(
        book, CASES.title
    )


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    written(file, [a_record(1)])
    before = file.read_bytes()
    broken = a_record(2)
    object.__setattr__(broken, "started_at", "not a date")
    with pytest.raises(TypeError):
        write_workbook(file, [broken], summarise([a_record(1)], (), END, MOSCOW), MOSCOW)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        written(tmp_path / "no" / "report.xlsx", [])
