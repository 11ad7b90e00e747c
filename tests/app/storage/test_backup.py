"""A copy made while the service runs is whole, and an old copy put back in the middle of work creates nothing twice."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.controller.reconcile import Desk
from app.keys import CaseKey
from app.record.witness import Witness
from app.storage.backup import NotCopied, back_up
from app.storage.database import Database
from app.storage.dirty_keys import DirtyKeys
from app.storage.journal import Journal
from app.storage.known_objects import KnownObjects
from app.storage.left_out import LeftOutWork
from app.storage.observations import Observations
from app.storage.points import PointsLedger
from rules.model import Stage
from tests.app.controller.trading_day import TradingDay, win_deal
from tests.postgres import PROGRAMS


@pytest.fixture
def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


def desk_on(database: Database, before: Desk) -> Desk:
    """The same service with another database."""
    journal = Journal(database, before.clock)
    return replace(
        before,
        journal=journal,
        known=KnownObjects(database),
        witness=Witness(database, journal, Observations(database)),
        left_out=LeftOutWork(database),
        ledger=PointsLedger(database),
    )


def copy_of(url: str, folder: Path, postgresql) -> str:
    """Made with the means that the how-to names; answers the URL of what was put back."""
    if url.startswith("sqlite"):
        back_up(url, folder / "copy.db")
        return f"sqlite:///{folder / 'copy.db'}"
    restored = postgresql.new_database()
    dump = [PROGRAMS / "pg_dump", "--format=custom", f"--file={folder / 'copy'}", url]
    restore = [PROGRAMS / "pg_restore", f"--dbname={restored}", folder / "copy"]
    for command in (dump, restore):
        subprocess.run(command, check=True, capture_output=True)
    return restored


async def test_a_copy_holds_what_was_committed(database, database_url, tmp_path, postgresql, clock):
    await DirtyKeys(database, clock).mark([CaseKey("main", 1)])
    restored = await Database.open(copy_of(database_url, tmp_path, postgresql))
    try:
        (claim,) = await DirtyKeys(restored, clock).claim("worker", timedelta(minutes=1), limit=5)
        assert claim.key == CaseKey("main", 1)
    finally:
        await restored.close()


async def test_an_old_copy_put_back_in_the_middle_of_work_creates_nothing_twice(
    day, database, database_url, tmp_path, postgresql
):
    """The copy knows nothing of what was done since: the portal does."""
    await day.until(Stage.ANALYSIS)
    copied = copy_of(database_url, tmp_path, postgresql)
    await day.until(Stage.CHANGES)
    done = day.end()
    restored = await Database.open(copied)
    try:
        day.desk = desk_on(restored, day.desk)
        assert await day.quiet() == []
        assert (day.end(), day.doubles()) == (done, [])
        await day.to_the_end()
        assert (day.stage, day.doubles()) == (Stage.SUCCESS, [])
        assert (await day.desk.journal.verify()).broken is None
    finally:
        await restored.close()


async def test_a_copy_is_made_while_others_write(tmp_path, clock):
    url = f"sqlite:///{tmp_path}/capa24.db"
    database = await Database.open(url)
    journal = Journal(database, clock)
    writing = [asyncio.create_task(journal.write("main", "case:main:1", "command", {"n": n})) for n in range(60)]
    await writing[0]
    await asyncio.to_thread(back_up, url, tmp_path / "copy.db")
    await asyncio.gather(*writing)
    await database.close()
    copy = await Database.open(f"sqlite:///{tmp_path}/copy.db")
    chain = await Journal(copy, clock).verify()
    await copy.close()
    assert chain.broken is None
    assert chain.entries >= 1


@pytest.mark.parametrize(
    ("url", "says"),
    [("postgresql://db/capa24", "pg_dump"), ("sqlite:////nowhere/capa24.db", "базы /nowhere/capa24.db нет")],
)
def test_what_cannot_be_copied_is_explained(tmp_path, url, says):
    with pytest.raises(NotCopied, match=says):
        back_up(url, tmp_path / "copy.db")


def test_a_copy_overwrites_nothing(tmp_path):
    (tmp_path / "capa24.db").touch()
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(NotCopied):
        back_up(f"sqlite:///{tmp_path}/capa24.db", tmp_path / "precious")
    assert (tmp_path / "precious").read_text() == "mine"
