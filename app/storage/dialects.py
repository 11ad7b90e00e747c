"""Where SQLite and PostgreSQL differ: nothing outside this module is written for one of them."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import StaticPool

N = TypeVar("N", bound=Any)

READS = "capa24_reads"
"""Execution option of a connection whose transaction changes nothing."""


def sqlite_engine(url: sa.URL) -> sa.Engine:
    """One connection; a commit is on the disk before it returns, and readers of other processes don't wait for it.

    Transactions are begun by us: left alone, ``sqlite3`` begins one only at the first change, so that two processes
    could both read a key as free and both take it.
    """
    engine = sa.create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # what people wrote does not belong into the text of an error
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    reads = connection.get_execution_options().get(READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def upsert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows ``on_conflict_do_update``."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def earlier(one: sa.ColumnElement[N], other: sa.ColumnElement[N]) -> sa.ColumnElement[N]:
    """The smaller of two values (``least`` there, ``min`` here)."""
    return sa.case((one < other, one), else_=other)


def later(one: sa.ColumnElement[N], other: sa.ColumnElement[N]) -> sa.ColumnElement[N]:
    """The greater of two values (``greatest`` there, ``max`` here)."""
    return sa.case((one > other, one), else_=other)
