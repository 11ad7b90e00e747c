"""One database, reached without ever blocking the event loop.

SQLite work runs in one thread of its own: SQLite knows one writer, and a queue in front of it is shorter than a lock.
Other processes may have the same file open (``capa24 once`` beside ``capa24 serve``); they wait for each other.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from app.storage.dialects import READS, sqlite_engine

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseError(Exception):
    """The database can't be opened; the text says which setting to look at."""


class Database:
    """Open one with ``open``; each ``read`` or ``write`` is one transaction."""

    def __init__(self, engine: sa.Engine, presence: IO[bytes] | None = None, *, alone: bool = False) -> None:
        self._engine = engine
        self._presence = presence
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self.alone = alone
        """Nobody else had the file open when we opened it: whoever holds leases in it is dead."""

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connect and bring the tables up to date. Raises DatabaseError."""
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise DatabaseError("CAPA24_DATABASE: не адрес базы данных; пример: sqlite:///var/capa24.db") from None
        if parsed.get_backend_name() != "sqlite":
            raise DatabaseError("CAPA24_DATABASE: пока поддерживается только SQLite, например sqlite:///var/capa24.db")
        file = Path(parsed.database) if parsed.database and parsed.database != ":memory:" else None
        presence, alone = None, True
        try:
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                presence, alone = _be_present(file.with_name(file.name + ".lock"))
        except OSError as error:
            raise DatabaseError(f"CAPA24_DATABASE: нет доступа к {error.filename}: {error.strerror}") from error
        database = cls(sqlite_engine(parsed), presence, alone=alone)
        try:
            await database._in_thread(lambda: _migrate(database._engine))
        except CommandError as error:
            await database.close()
            raise DatabaseError(
                f"CAPA24_DATABASE: база {parsed.database} создана другой версией сервиса ({error}). "
                "Установите ту же или более новую версию либо укажите другую базу"
            ) from error
        except (sa.exc.SQLAlchemyError, OSError) as error:
            await database.close()
            raise DatabaseError(f"CAPA24_DATABASE: база {parsed.database} не открывается: {error}") from error
        return database

    async def close(self) -> None:
        """Waits for the work under way."""
        await self._in_thread(self._engine.dispose)
        self._thread.shutdown()
        if self._presence is not None:
            self._presence.close()

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """``query`` in a transaction of its own, which changes nothing."""

        def transaction() -> T:
            with self._engine.connect().execution_options(**{READS: True}) as connection, connection.begin():
                return query(connection)

        return await self._in_thread(transaction)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """``work`` in one transaction: durable when this returns, undone as a whole when it raises.

        Cancelling the caller does not undo it: the work is done, or was never begun.
        """

        def transaction() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return await self._in_thread(transaction)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _be_present(lock: Path) -> tuple[IO[bytes], bool]:
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
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
