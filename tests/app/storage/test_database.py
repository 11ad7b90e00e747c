"""One file, many processes: durable, whole or not at all, and never in the way of the event loop."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.storage.database import Database, DatabaseError
from app.storage.schema import cursors, events, metadata


def put(name: str, value: str):
    return lambda connection: connection.execute(sa.insert(cursors).values(portal="main", name=name, value=value))


def names(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(cursors.c.name).order_by(cursors.c.name)).scalars())


async def test_migrations_lead_to_the_tables_in_the_code(database):
    difference = await database.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert difference == []


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/deep/in/folders/capa24.db"
    first = await Database.open(url)
    await first.write(put("a", "1"))
    await first.close()
    second = await Database.open(url)
    assert await second.read(names) == ["a"]
    await second.close()


async def test_a_failed_write_is_undone_as_a_whole(database):
    def half(connection: sa.Connection) -> None:
        put("a", "1")(connection)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await database.write(half)
    assert await database.read(names) == []


async def test_a_read_changes_nothing_for_others(database):
    await database.write(put("a", "1"))
    assert await asyncio.gather(*(database.read(names) for _ in range(20))) == [["a"]] * 20


async def test_a_commit_is_on_the_disk_before_it_returns(database):
    pragma = lambda name: lambda c: c.exec_driver_sql(f"PRAGMA {name}").scalar()
    assert await database.read(pragma("journal_mode")) == "wal"
    assert await database.read(pragma("synchronous")) == 2  # FULL


async def test_two_processes_that_read_and_then_write_do_not_lose_each_others_work(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/capa24.db"
    one, other = await Database.open(url), await Database.open(url)
    await one.write(put("count", "0"))

    def increment(connection: sa.Connection) -> None:
        value = int(connection.execute(sa.select(cursors.c.value)).scalar_one())
        connection.execute(sa.update(cursors).values(value=str(value + 1)))

    await asyncio.gather(*(each.write(increment) for _ in range(50) for each in (one, other)))
    assert await one.read(lambda c: c.execute(sa.select(cursors.c.value)).scalar_one()) == "100"
    await one.close()
    await other.close()


async def test_the_event_loop_goes_on_while_the_database_works(database):
    released = threading.Event()
    work = asyncio.create_task(database.write(lambda _: released.wait(10)))
    await asyncio.sleep(0)
    released.set()  # only a loop that isn't blocked comes here
    assert await work


async def test_a_cancelled_caller_does_not_leave_half_a_write(database):
    begun, released = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        put("a", "1")(connection)
        begun.set()
        released.wait(10)
        put("b", "2")(connection)

    work = asyncio.create_task(database.write(slow))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
    work.cancel()
    released.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await database.read(names) == ["a", "b"]


async def test_it_knows_whether_somebody_else_has_the_file_open(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/capa24.db"
    first = await Database.open(url)
    second = await Database.open(url)
    assert (first.alone, second.alone) == (True, False)
    await first.close()
    third = await Database.open(url)
    assert not third.alone
    await second.close()
    await third.close()
    last = await Database.open(url)
    assert last.alone
    await last.close()


async def test_the_text_of_an_error_does_not_show_what_was_being_written(database):
    row = {"portal": "main", "name": "X", "body": b"s3cr3t", "received_at": 1.0, "id": 1}
    write = lambda connection: connection.execute(sa.insert(events), [row, row])
    with pytest.raises(sa.exc.IntegrityError) as error:
        await database.write(write)
    assert "s3cr3t" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("capa24.db", "пример: sqlite:///"),
        ("postgresql://capa24:s3cr3t@db/capa24", "только SQLite"),
        ("mysql+nonsense://s3cr3t", "только SQLite"),
    ],
)
async def test_an_address_that_is_none_is_refused(url, says):
    with pytest.raises(DatabaseError, match="CAPA24_DATABASE") as error:
        await Database.open(url)
    assert says in str(error.value)
    assert "s3cr3t" not in str(error.value)


async def test_a_place_that_cannot_hold_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DatabaseError, match="CAPA24_DATABASE: нет доступа"):
        await Database.open(f"sqlite:///{tmp_path}/file/capa24.db")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "capa24.db").write_text("This is a letter, not a database. " * 100)
    with pytest.raises(DatabaseError, match="не открывается"):
        await Database.open(f"sqlite:///{tmp_path}/capa24.db")


async def test_a_database_of_a_newer_service_is_refused(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/capa24.db"
    database = await Database.open(url)
    await database.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(DatabaseError, match="другой версией"):
        await Database.open(url)


async def test_a_migration_cut_off_in_the_middle_leaves_nothing_behind(tmp_path: Path):
    """The tables appear together with the number of the version, or not at all."""
    file = tmp_path / "capa24.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE cursors (in_the_way INTEGER)")
    connection.close()
    with pytest.raises(DatabaseError):
        await Database.open(f"sqlite:///{file}")
    connection = sqlite3.connect(file)
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    connection.execute("DROP TABLE cursors")
    connection.close()
    assert tables == ["cursors"]
    await (await Database.open(f"sqlite:///{file}")).close()
