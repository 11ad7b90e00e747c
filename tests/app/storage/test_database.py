"""One file, many processes: durable, whole or not at all, and never in the way of the event loop."""

import asyncio
import gc
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.storage.database import Database, DatabaseError, Inline
from app.storage.dialects import one_at_a_time
from app.storage.schema import cursors, dirty_keys, events, metadata


def put(name: str, value: str):
    return lambda connection: connection.execute(sa.insert(cursors).values(portal="main", name=name, value=value))


def names(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(cursors.c.name).order_by(cursors.c.name)).scalars())


async def test_migrations_lead_to_the_tables_in_the_code(database):
    difference = await database.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata))
    assert difference == []


async def test_what_was_written_is_there_after_a_restart(new_database_url):
    first = await Database.open(new_database_url)
    await first.write(put("a", "1"))
    await first.close()
    second = await Database.open(new_database_url)
    assert await second.read(names) == ["a"]
    await second.close()


async def test_the_folders_of_a_new_file_are_made(tmp_path: Path):
    await (await Database.open(f"sqlite:///{tmp_path}/deep/in/folders/capa24.db")).close()
    assert (tmp_path / "deep/in/folders/capa24.db").exists()


async def test_processes_that_start_at_once_make_the_tables_once(new_database_url):
    opened = await asyncio.gather(*(Database.open(new_database_url) for _ in range(3)))
    assert [await each.read(names) for each in opened] == [[], [], []]
    await asyncio.gather(*(each.close() for each in opened))


async def test_of_two_that_block_each_other_both_get_done(database, other):
    """Each holds what the other needs next: PostgreSQL undoes one of them, and it is done again."""
    await database.write(put("a", "0"))
    await database.write(put("b", "0"))
    both_hold_one = threading.Barrier(2)
    begun = []

    def add_one(*in_order: str):
        def work(connection: sa.Connection) -> None:
            for name in in_order:
                value = sa.cast(sa.cast(cursors.c.value, sa.Integer) + 1, sa.Text)
                connection.execute(sa.update(cursors).where(cursors.c.name == name).values(value=value))
                if name == in_order[0] and len(begun) < 2 and connection.dialect.name == "postgresql":
                    begun.append(name)
                    both_hold_one.wait(10)

        return work

    await asyncio.gather(database.write(add_one("a", "b")), other.write(add_one("b", "a")))
    assert await database.read(lambda c: list(c.execute(sa.select(cursors.c.value)).scalars())) == ["2", "2"]


async def test_an_error_of_the_work_itself_is_not_tried_again(database):
    tries = []

    def twice(connection: sa.Connection) -> None:
        tries.append(1)
        put("a", "1")(connection)
        put("a", "1")(connection)

    with pytest.raises(sa.exc.IntegrityError):
        await database.write(twice)
    assert tries == [1]


async def test_a_simulation_gets_its_work_done_in_its_own_thread(new_database_url):
    database = await Database.open(new_database_url, executor=Inline())
    try:
        assert await database.write(lambda _: threading.current_thread()) is threading.current_thread()
        with pytest.raises(RuntimeError, match="in the middle"):
            await database.write(lambda _: (_ for _ in ()).throw(RuntimeError("in the middle")))
    finally:
        await database.close()


@pytest.mark.parametrize("text", ["нуль\0внутри", "\ud800 половина знака"])
async def test_words_of_others_are_kept_whatever_is_in_them(database, text):
    row = {"key": "case:main:1", "portal": "main", "due_at": 1.0, "origin": "event", "error": text}
    await database.write(lambda connection: connection.execute(sa.insert(dirty_keys), [row]))
    kept = await database.read(lambda c: c.execute(sa.select(dirty_keys.c.error)).scalar_one())
    assert kept in ("нульвнутри", "? половина знака")


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


async def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path, postgresql):
    file = await Database.open(f"sqlite:///{tmp_path}/capa24.db")
    pragma = lambda name: lambda c: c.exec_driver_sql(f"PRAGMA {name}").scalar()
    assert await file.read(pragma("journal_mode")) == "wal"
    assert await file.read(pragma("synchronous")) == 2  # FULL
    await file.close()

    hasty = postgresql.new_database()
    postgresql.ask(f"ALTER DATABASE {sa.make_url(hasty).database} SET synchronous_commit = off")
    server = await Database.open(hasty)
    assert await server.read(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar()) == "on"
    await server.close()


async def test_a_file_that_somebody_keeps_locked_is_written_to_again_afterwards(tmp_path: Path):
    file = tmp_path / "capa24.db"
    database = await Database.open(f"sqlite:///{file}")
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=0"))
    with closing(sqlite3.connect(file, isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            await database.write(put("a", "1"))
    await database.write(put("b", "2"))
    assert await database.read(names) == ["b"]
    await database.close()


async def test_two_processes_that_read_and_then_write_do_not_lose_each_others_work(database, other):
    await database.write(put("count", "0"))

    def increment(connection: sa.Connection) -> None:
        one_at_a_time(connection, "counting")
        value = int(connection.execute(sa.select(cursors.c.value)).scalar_one())
        connection.execute(sa.update(cursors).values(value=str(value + 1)))

    await asyncio.gather(*(each.write(increment) for _ in range(50) for each in (database, other)))
    assert await database.read(lambda c: c.execute(sa.select(cursors.c.value)).scalar_one()) == "100"


async def test_the_event_loop_goes_on_while_the_database_works(database):
    released = threading.Event()
    work = asyncio.create_task(database.write(lambda _: released.wait(10)))
    await asyncio.sleep(0)
    released.set()  # only a loop that isn't blocked comes here
    assert await work


async def test_a_cancelled_caller_does_not_leave_half_a_write(database, database_url):
    writing = await Database.open(database_url)
    begun, released = threading.Event(), threading.Event()

    def slow(connection: sa.Connection) -> None:
        put("a", "1")(connection)
        begun.set()
        released.wait(10)
        put("b", "2")(connection)

    work = asyncio.create_task(writing.write(slow))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
    work.cancel()
    released.set()
    with pytest.raises(asyncio.CancelledError):
        await work
    await writing.close()  # waits for what is under way
    assert await database.read(names) == ["a", "b"]


async def test_closing_waits_for_work_whose_caller_gave_up(postgresql):
    """Its connection would be left open, of which the garbage collector complains."""
    url = postgresql.new_database()
    database, begun, go_on = await Database.open(url), threading.Event(), threading.Event()

    def work(connection: sa.Connection) -> None:
        begun.set()
        go_on.wait(10)
        put("a", "1")(connection)

    caller = asyncio.create_task(database.write(work))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    closing = asyncio.create_task(database.close())
    await asyncio.wait([caller])
    go_on.set()
    await closing
    del database
    gc.collect()
    again = await Database.open(url)
    assert await again.read(names) == ["a"]
    await again.close()


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
        ("mysql+nonsense://s3cr3t", "SQLite и PostgreSQL"),
    ],
)
async def test_an_address_that_is_none_is_refused(url, says):
    with pytest.raises(DatabaseError, match="CAPA24_DATABASE") as error:
        await Database.open(url)
    assert says in str(error.value)
    assert "s3cr3t" not in str(error.value)


async def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path):
    with pytest.raises(DatabaseError, match="CAPA24_DATABASE: база capa24 не открывается") as error:
        await Database.open(f"postgresql://capa24:s3cr3t@/capa24?host={tmp_path}")
    assert "s3cr3t" not in str(error.value)


async def test_a_place_that_cannot_hold_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DatabaseError, match="CAPA24_DATABASE: нет доступа"):
        await Database.open(f"sqlite:///{tmp_path}/file/capa24.db")


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "capa24.db").write_text("This is a letter, not a database. " * 100)
    with pytest.raises(DatabaseError, match="не открывается"):
        await Database.open(f"sqlite:///{tmp_path}/capa24.db")


async def test_a_database_of_a_newer_service_is_refused(new_database_url):
    database = await Database.open(new_database_url)
    await database.write(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(DatabaseError, match="другой версией"):
        await Database.open(new_database_url)


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
