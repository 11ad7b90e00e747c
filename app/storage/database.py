"""One database, reached without ever blocking the event loop.

SQLite work runs in one thread of its own: SQLite knows one writer, and a queue in front of it is shorter than a lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.pool import StaticPool

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"


class DatabaseError(Exception):
    """The database can't be opened; the text says which setting to look at."""


class Database:
    """Open one with ``open``; each ``read`` or ``write`` is one transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connect and bring the tables up to date. Raises DatabaseError."""
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise DatabaseError(
                f"CAPA24_DATABASE: не адрес базы данных; пример: sqlite:///var/capa24.db ({error})"
            ) from None
        if not parsed.drivername.startswith("sqlite"):
            raise DatabaseError("CAPA24_DATABASE: пока поддерживается только SQLite, например sqlite:///var/capa24.db")
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        sa.event.listen(engine, "connect", _durable)
        database = cls(engine)
        try:
            await database._in_thread(lambda: _migrate(engine))
        except (sa.exc.SQLAlchemyError, OSError) as error:
            await database.close()
            raise DatabaseError(f"CAPA24_DATABASE: база {parsed.database} не открывается: {error}") from error
        return database

    async def close(self) -> None:
        await self._in_thread(self._engine.dispose)
        self._thread.shutdown()

    async def read(self, query: Callable[[sa.Connection], T]) -> T:
        """``query`` in a transaction of its own."""
        return await self.write(query)

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        """``work`` in one transaction: durable when this returns, undone as a whole when it raises."""

        def transaction() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        return await self._in_thread(transaction)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _durable(connection: Any, _: object) -> None:
    """A commit is on the disk before it is acknowledged; readers don't wait for the writer."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
