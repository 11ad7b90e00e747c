"""The report as a file on this machine: CAPA24_SHEETS=xlsx:ПУТЬ."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from app.controller.case_record import as_json
from app.controller.local_report import LocalReport
from app.controller.mirror import Report
from app.controller.report_numbers import coverage_of
from app.settings import SheetsSettings
from app.storage.left_out import Counted, LeftOut, LeftOutWork
from app.storage.mirror_rows import MirrorRows
from sheets_sync.summary import Coverage
from tests.app.conftest import MONDAY, Clock
from tests.sheets_sync.builders import a_record

TITLES = {"retail": "Розница", "leads": "Обращения"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "отчёт.xlsx"


@pytest.fixture
def rows(database, file: Path) -> MirrorRows:
    return MirrorRows(database, f"xlsx:{file}")


@pytest.fixture
def report(rows: MirrorRows, database, file: Path, clock) -> LocalReport:
    settings = SheetsSettings(spreadsheet=f"xlsx:{file}")
    return LocalReport(Report(settings, rows, LeftOutWork(database), TITLES), file, clock)


async def put(rows: MirrorRows, number: int, **changes: object) -> None:
    record = a_record(number, funnel_code="retail", **changes)
    await rows.put("shop", record.key, as_json(record))


def keys_in(file: Path) -> list[object]:
    return [line[0] for line in openpyxl.load_workbook(file)["Данные"].iter_rows(min_row=2, values_only=True)]


@pytest.mark.requirement("S68", "S79")
async def test_the_file_shows_what_the_records_say_and_follows_them(report, rows, file) -> None:
    await put(rows, 1)
    await report.turn()
    assert keys_in(file) == ["deal:1#1"]
    await put(rows, 2)
    await report.turn()
    assert keys_in(file) == ["deal:1#1", "deal:2#1"]
    assert report.health.flushed_at == MONDAY


async def test_without_news_the_file_is_left_alone_and_a_deleted_one_comes_back(report, rows, file) -> None:
    await put(rows, 1)
    await report.turn()
    written = file.stat().st_mtime_ns
    await report.turn()
    assert file.stat().st_mtime_ns == written
    file.unlink()
    await report.turn()
    assert keys_in(file) == ["deal:1#1"]


async def test_what_was_left_out_is_counted_at_once(report, rows, file, database) -> None:
    await put(rows, 1)
    await report.turn()
    await LeftOutWork(database).put(LeftOut("shop", "deal:9#1", "retail", "маленькая", MONDAY))
    await report.turn()
    texts = [cell for line in openpyxl.load_workbook(file)["Показатели"].iter_rows(values_only=True) for cell in line]
    assert texts[texts.index("Розница") :][:5] == ["Розница", 0, 1, 1, 0.5]


async def test_a_file_that_cannot_be_written_is_told_and_tried_again(report, rows, file, tmp_path) -> None:
    await put(rows, 1)
    file.mkdir()
    (file / "something").touch()
    await report.turn()
    assert "отчёт.xlsx" in report.health.error
    (file / "something").unlink()
    file.rmdir()
    await report.turn()
    assert report.health.error is None
    assert keys_in(file) == ["deal:1#1"]


@pytest.mark.requirement("S81")
def test_coverage_counts_cases_and_what_was_left_out_by_funnel_and_portal() -> None:
    records = [a_record(1, funnel_code="retail"), a_record(2, funnel_code="retail"), a_record(3, funnel_code="old")]
    left_out = [
        Counted("shop", "retail", "маленькая", 3, MONDAY),
        Counted("shop", "retail", "другая", 1, MONDAY),
        Counted("other", "leads", "спам", 7, MONDAY),
    ]
    assert coverage_of(records, left_out, TITLES) == (
        Coverage("Розница", 2, 4),
        Coverage("Обращения", 0, 7),
        Coverage("old", 1, 0),
    )
    assert coverage_of(records, left_out, TITLES, ("shop",))[1] == Coverage("Обращения", 0, 0)


async def test_after_a_long_writing_the_file_is_left_in_peace(rows, database, file) -> None:
    """Each reading of this clock takes a second, so that a writing lasts some."""

    class Slow(Clock):
        def __call__(self) -> datetime:
            self.forward(seconds=1)
            return self.now

    clock = Slow()
    report = LocalReport(Report(SheetsSettings(), rows, LeftOutWork(database), TITLES), file, clock)
    await put(rows, 1)
    await report.turn()
    await put(rows, 2)
    await report.turn()
    assert keys_in(file) == ["deal:1#1"]
    clock.forward(minutes=5)
    await report.turn()
    assert keys_in(file) == ["deal:1#1", "deal:2#1"]
