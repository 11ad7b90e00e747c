"""Every test of this folder that asks for a database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from app.storage.database import Database
from app.storage.schema import metadata
from tests import postgres

TABLES = ", ".join(metadata.tables)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def emptied(postgresql: postgres.Server) -> Callable[[], str]:
    """A database whose tables are there and hold nothing: quicker than a new one for each test."""
    url = postgresql.new_database()

    def empty() -> str:
        with psycopg.connect(url, autocommit=True) as connection:
            there = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
            if there != (None,):
                connection.execute(f"TRUNCATE {TABLES} RESTART IDENTITY".encode())
        return url

    return empty


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that holds nothing; open it as often as there are processes."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'capa24.db'}"
    return str(request.getfixturevalue("emptied")())


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    return str(request.getfixturevalue("postgresql").new_database())


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(database_url: str, database: Database) -> AsyncIterator[Database]:
    """The same database as another process sees it."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()
