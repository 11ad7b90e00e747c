"""``capa24 stuck`` and ``retry`` at the terminal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.keys import CaseKey
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.mirror_rows import MirrorRows, SheetState
from tests.terminal import run, run_as_installed

ROW = "main:deal:42#1"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A database with a parked case and a row that Google refused."""
    found = {
        "PORTALS__MAIN__WEBHOOK": "http://127.0.0.1:9/rest/1/t0psecret/",
        "DATABASE": f"sqlite:///{tmp_path}/capa24.db",
        "SHEETS__SPREADSHEET": "report",
    }

    async def fill() -> None:
        database = await Database.open(found["DATABASE"])
        dirty, rows = DirtyKeys(database, lambda: datetime.now(UTC)), MirrorRows(database, "report")
        await dirty.mark([CaseKey("main", 24)])
        (claim,) = await dirty.claim("worker", timedelta(minutes=2), limit=1)
        await dirty.park(claim, datetime.now(UTC) + timedelta(days=1), "Refused: нет прав [crm]")
        await rows.put("main", ROW, {"hours": 1})
        await rows.settle(await rows.waiting(9), SheetState(2), refused={ROW: "ячейка слишком длинная"})
        await database.close()

    asyncio.run(fill())
    return found


def test_what_is_stuck_is_shown_and_tried_again(tmp_path, settings, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    shown = run_as_installed(tmp_path, "stuck", **settings)
    assert shown.returncode == 0, shown.stderr
    text = " ".join(shown.stdout.split())
    for expected in ("case:main:24", "отложен", "ячейка", ROW):
        assert expected in text
    retried = run(tmp_path, "retry", "case:24", **settings)
    assert "ключей 1, строк 0" in retried.stdout
    retried = run(tmp_path, "retry", ROW, **settings)
    assert "ключей 0, строк 1" in retried.stdout
    missing = run(tmp_path, "retry", "case:99", **settings)
    assert (missing.returncode, "такого нет" in missing.stdout) == (1, True)
    assert "ключей 1, строк 0" in run(tmp_path, "retry", "--all", **settings).stdout
