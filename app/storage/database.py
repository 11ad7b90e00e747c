"""One database, reached without ever blocking the event loop: an SQLite file, or PostgreSQL for several machines.

SQLite work runs in one thread of its own: SQLite knows one writer, and a queue in front of it is shorter than a lock.
Writes that wait in this queue share a commit (``app.storage.commits``).
Other processes may have the same file open (``capa24 once`` beside ``capa24 serve``); they wait for each other.
PostgreSQL gets a few threads, each with a connection.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from app.storage.calls import heed
from app.storage.commits import KeptConnection, SharedCommits
from app.storage.dialects import (
    POSTGRESQL,
    READS,
    SQLITE,
    database_time,
    one_at_a_time,
    postgresql_engine,
    sqlite_engine,
    was_in_the_way,
)

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"

EXAMPLES = "sqlite:///var/capa24.db или postgresql://пользователь:пароль@адрес/база"
CONNECTIONS = 4
"""To PostgreSQL, for each process: one commits what comes in while others serve looks. And one more, for what is
written in turn."""


class DatabaseError(Exception):
    """The database can't be opened; the text says which setting to look at."""


class Inline(Executor):
    """Does the work at once, in the caller's thread: for a simulation, whose order of events must not depend on chance.

    Nobody waits for a disk there, so blocking the event loop does no harm.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the caller gets it from the future
            done.set_exception(error)
        return done


class Database:
    """Open one with ``open``; each ``read`` or ``write`` is one transaction."""

    def __init__(
        self, engine: sa.Engine, executor: Executor, presence: IO[bytes] | None = None, *, alone: bool = False
    ) -> None:
        self._engine = engine
        self._executor = executor
        self._presence = presence
        self._kept = KeptConnection(engine)
        self._one_writes = engine.dialect.name == SQLITE
        self._in_turn = executor if self._one_writes else _threads(1)
        self._commits = SharedCommits(self._kept.begin if self._one_writes else engine.begin, self._in_turn)
        self.alone = alone
        """Nobody else had the file open when we opened it: whoever holds leases in it is dead. Never on PostgreSQL."""
        self.time_in = database_time if engine.dialect.name == POSTGRESQL else None
        """The clock of a database that several machines share, to be asked inside a transaction."""

    @classmethod
    async def open(cls, url: str, executor: Executor | None = None) -> Database:
        """Connect and bring the tables up to date; ``executor`` does the work in place of threads of our own.

        Raises DatabaseError.
        """
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise DatabaseError(f"CAPA24_DATABASE: не адрес базы данных; пример: {EXAMPLES}") from None
        match parsed.get_backend_name():
            case "sqlite":
                presence, alone = _be_present(parsed)
                database = cls(sqlite_engine(parsed), executor or _threads(1), presence, alone=alone)
            case "postgresql":
                database = cls(postgresql_engine(parsed, CONNECTIONS + 1), executor or _threads(CONNECTIONS))
            case _:
                raise DatabaseError(f"CAPA24_DATABASE: поддерживаются SQLite и PostgreSQL, например {EXAMPLES}")
        try:
            await database._run(lambda: _migrate(database._engine))
        except CommandError as error:
            await database.close()
            raise DatabaseError(
                f"CAPA24_DATABASE: база {parsed.database} создана другой версией сервиса ({error}). "
                "Установите ту же или более новую версию либо укажите другую базу"
            ) from error
        except (sa.exc.SQLAlchemyError, OSError) as error:
            await database.close()
            reason = error.orig if isinstance(error, sa.exc.DBAPIError) else error
            raise DatabaseError(f"CAPA24_DATABASE: база {parsed.database} не открывается: {reason}") from error
        return database

    async def close(self) -> None:
        """Waits for the work under way, also that of callers who gave up."""
        await asyncio.to_thread(self._let_go)
        if self._presence is not None:
            self._presence.close()

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """``query`` in a transaction of its own, which changes nothing."""

        def transaction() -> T:
            with self._engine.connect().execution_options(**{READS: True}) as connection, connection.begin():
                return query(connection)

        return await self._run(transaction)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """``work`` in one transaction: durable when this returns, undone as a whole when it raises.

        Cancelling the caller does not undo it: the work is done, or was never begun. Where two transactions stood in
        each other's way and PostgreSQL undid this one, ``work`` is called once more; on SQLite when one that shared its
        commit failed.
        """
        if self._one_writes:
            return await self.write_in_turn(work)

        def transaction() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        def transaction_or_again() -> T:
            try:
                return transaction()
            except sa.exc.DBAPIError as error:
                if not was_in_the_way(error):
                    raise
            return transaction()

        return await self._run(transaction_or_again)

    async def write_in_turn(self, work: Callable[[sa.Connection], T]) -> T:
        """``write`` for work that takes a lock which everybody takes (``one_at_a_time``), and only that: what this
        process has of it at the same time shares one transaction, so that others wait for one commit, not for each."""
        return await _outcome(self._commits.submit(work))

    async def heed(self, wake: Callable[[], None]) -> None:
        """``wake`` whenever another process marked keys that are due (PostgreSQL)."""
        if self._engine.dialect.name == POSTGRESQL:
            await heed(self._engine.url, wake)

    def _let_go(self) -> None:
        self._in_turn.shutdown()
        self._executor.shutdown()
        self._kept.close()
        self._engine.dispose()

    async def _run(self, work: Callable[[], T]) -> T:
        return await _outcome(self._executor.submit(work))


async def _outcome(future: Future[T]) -> T:
    return future.result() if future.done() else await asyncio.wrap_future(future)


def _threads(number: int) -> Executor:
    return ThreadPoolExecutor(number, thread_name_prefix="database")


def _be_present(url: sa.URL) -> tuple[IO[bytes] | None, bool]:
    """A lock file beside the database. Raises DatabaseError when there is no place for it."""
    if url.database is None or url.database == ":memory:":
        return None, True
    file = Path(url.database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return _share(file.with_name(file.name + ".lock"))
    except OSError as error:
        raise DatabaseError(f"CAPA24_DATABASE: нет доступа к {error.filename}: {error.strerror}") from error


def _share(lock: Path) -> tuple[IO[bytes], bool]:
    """Show others that we are alive, for as long as the file is open; and whether anybody else is.

    The operating system lets go of the lock of a process that died, however it died.
    """
    file = lock.open("wb")
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except BlockingIOError:
            alone = False
        fcntl.flock(file, fcntl.LOCK_SH)
    except OSError:
        file.close()
        raise
    return file, alone


def _migrate(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        one_at_a_time(connection, "migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
