"""``capa24 export`` at the terminal: files out of the service's database, without portal or Google."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import openpyxl
import pytest

from app.controller.case_record import as_json
from app.storage.database import Database
from app.storage.mirror_rows import MirrorRows
from tests.sheets_sync.builders import a_record
from tests.terminal import run

PORTAL = {"PORTALS__MAIN__WEBHOOK": "https://example.bitrix24.ru/rest/1/t0psecret/"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the service has run: two portals' cases in its database."""

    async def fill() -> None:
        (tmp_path / "var").mkdir()
        database = await Database.open(f"sqlite:///{tmp_path / 'var' / 'capa24.db'}")
        rows = MirrorRows(database)
        for number, portal in ((1, "main"), (2, "main"), (3, "other")):
            record = a_record(number, portal=portal, source_title="=1+1")
            await rows.put(portal, record.key, as_json(record))
        await database.close()

    asyncio.run(fill())
    return tmp_path


@pytest.mark.requirement("S68", "S79")
def test_a_workbook_and_a_csv(folder: Path) -> None:
    ended = run(folder, "export", "--xlsx", "report.xlsx", "--csv", "cases.csv", **PORTAL)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "разборов: 3" in ended.stdout
    assert openpyxl.load_workbook(folder / "report.xlsx").sheetnames[0] == "Обзор"
    with (folder / "cases.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["Ключ"] for row in rows] == ["deal:1#1", "deal:2#1", "deal:3#1"]
    assert {row["Источник"] for row in rows} == {"'=1+1"}


def test_one_portal_and_one_sheet_of_lines(folder: Path) -> None:
    ended = run(folder, "export", "--csv", "measures.csv", "--sheet", "measures", "--portal", "other", **PORTAL)
    assert "строк листа «Меры»: 1" in ended.stdout
    assert "deal:3#1/30" in (folder / "measures.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [((), 2, "--xlsx"), (("--csv", "no/such/folder.csv"), 1, "не записывается")],
)
def test_refusals_say_what_to_do(folder: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    ended = run(folder, "export", *arguments, **PORTAL)
    assert ended.returncode == code
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
