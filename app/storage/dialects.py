"""Where SQLite and PostgreSQL differ: nothing outside this module is written for one of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import StaticPool

N = TypeVar("N", bound=Any)
Insert: TypeAlias = sqlite.Insert | postgresql.Insert

READS = "capa24_reads"
"""Execution option of a connection whose transaction changes nothing."""
POSTGRESQL = "postgresql"
SQLITE = "sqlite"

_UNDONE_FOR_ANOTHER = ("40001", "40P01")
"""Serialization failure, deadlock: the transaction may simply be tried again."""


def sqlite_engine(url: sa.URL) -> sa.Engine:
    """One connection; a commit is on the disk before it returns, and readers of other processes don't wait for it.

    Transactions are begun by us: left alone, ``sqlite3`` begins one only at the first change, so that two processes
    could both read a key as free and both take it.
    """
    engine = sa.create_engine(
        url,
        poolclass=StaticPool,
        pool_reset_on_return=None,  # every transaction is ended where it was begun
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
    begin = "BEGIN" if connection.get_execution_options().get(READS, False) else "BEGIN IMMEDIATE"
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  a transaction begins on it
    try:
        driver.execute(begin)  # past SQLAlchemy, which takes longer over this word than over the rest
    except sqlite3.Error as error:
        raise sa.exc.OperationalError(begin, None, error) from error


def postgresql_engine(url: sa.URL, connections: int) -> sa.Engine:
    """Through psycopg; a commit is on the server's disk before it returns."""
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,  # the server may have been restarted since
        connect_args={"application_name": "capa24", "connect_timeout": 10, "tcp_user_timeout": 20_000},
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _insist)
    return engine


def _insist(connection: Any, _: object) -> None:
    """A process that is frozen in the middle of a transaction must not keep its locks: its session ends.

    And no server's configuration makes us answer before the disk has it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '10s'")
        cursor.execute("SET lock_timeout = '20s'")
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def upsert(dialect: str, table: sa.Table) -> Insert:
    """An insert that knows ``on_conflict_do_update``."""
    return postgresql.insert(table) if dialect == POSTGRESQL else sqlite.insert(table)


def put_row(connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """The row with this primary key has these values, whether it was there or not."""
    connection.execute(_put_row(connection.dialect.name, table, tuple(key), tuple(values)), {**key, **values})


@cache
def _put_row(dialect: str, table: sa.Table, key: Sequence[str], values: Sequence[str]) -> Insert:
    new = upsert(dialect, table)
    return new.on_conflict_do_update(index_elements=key, set_={name: new.excluded[name] for name in values})


class ManyRows:
    """An insert of many rows as one statement whose text is made once: what it costs is the commit, not the row.

    ``finish`` gets the insert and may add what happens to rows that are there already; constants as literal columns.
    """

    def __init__(self, table: sa.Table, columns: Sequence[str], finish: Callable[[Insert], Insert] = lambda new: new):
        self._table = table
        self._columns = [table.c[name] for name in columns]
        self._finish = finish
        self._texts: dict[str, str] = {}

    def put(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """``rows`` in the order of the columns. They are handed over as one JSON text; a map, for a column of bytes,
        is kept as its own JSON."""
        if not rows:
            return
        dialect = connection.dialect
        if dialect.name not in self._texts:
            names = [column.name for column in self._columns]
            insert = upsert(dialect.name, self._table).from_select(names, _given(dialect.name, self._columns))
            self._texts[dialect.name] = str(self._finish(insert).compile(dialect=dialect))
        text = json.dumps(rows, ensure_ascii=False)
        connection.exec_driver_sql(self._texts[dialect.name], {"rows": text} if dialect.name == POSTGRESQL else (text,))


def _given(dialect: str, columns: Sequence[sa.Column[Any]]) -> sa.Select[Any]:
    """The rows, out of their JSON."""
    if dialect == POSTGRESQL:
        given = sa.func.json_array_elements(sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON))
        each_row = given.table_valued(sa.column("value", postgresql.JSON), name="given").render_derived()
        return sa.select(*(_from_json(each_row.c.value, n, each.type) for n, each in enumerate(columns)))
    each_value = sa.func.json_each(sa.bindparam("rows")).table_valued("value", name="given")
    return sa.select(
        *(
            sa.cast(sa.func.json_extract(each_value.c.value, sa.literal_column(f"'$[{n}]'")), each.type)
            for n, each in enumerate(columns)
        )
    ).where(sa.literal_column("1"))  # or SQLite takes ON CONFLICT for the ON of a join


def _from_json(row: sa.ColumnElement[Any], n: int, wanted: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    text = row.op("->>", return_type=sa.Text)(sa.literal_column(str(n), sa.Integer))
    return (
        sa.func.convert_to(text, sa.literal_column("'UTF8'"))
        if isinstance(wanted, sa.LargeBinary)
        else sa.cast(text, wanted)
    )


def given_texts(dialect: str, name: str) -> sa.TableValuedAlias:
    """``texts``, handed over as the parameter ``name``, as a table with the column ``value``."""
    if dialect == POSTGRESQL:
        given = sa.func.unnest(sa.bindparam(name, type_=postgresql.ARRAY(sa.Text)))
        return given.table_valued("value", name="given").render_derived()
    return sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value", name="given")


def texts(connection: sa.Connection, values: Sequence[str]) -> list[str] | str:
    """One parameter, however many the values are."""
    return list(values) if connection.dialect.name == POSTGRESQL else json.dumps(values, ensure_ascii=False)


def earlier(one: sa.ColumnElement[N], other: sa.ColumnElement[N]) -> sa.ColumnElement[N]:
    """The smaller of two values (``least`` there, ``min`` here)."""
    return sa.case((one < other, one), else_=other)


def later(one: sa.ColumnElement[N], other: sa.ColumnElement[N]) -> sa.ColumnElement[N]:
    """The greater of two values (``greatest`` there, ``max`` here)."""
    return sa.case((one > other, one), else_=other)


def one_at_a_time(connection: sa.Connection, what: str) -> None:
    """Until this transaction ends, whoever else asks for the same waits here; reading goes on.

    On SQLite every writing transaction already has the whole file (``BEGIN IMMEDIATE``). PostgreSQL's advisory lock and
    not its table lock: that one would fight with autovacuum.
    """
    if connection.dialect.name == POSTGRESQL:
        connection.execute(_ADVISORY_LOCK, {"what": f"capa24 {what}"})


_ADVISORY_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(sa.bindparam("what", type_=sa.Text))))


def database_time(connection: sa.Connection) -> float:
    """Seconds since 1970 by PostgreSQL's clock, the only one that all machines agree on."""
    return float(connection.execute(_CLOCK).scalar_one())


_CLOCK = sa.select(sa.extract("epoch", sa.func.clock_timestamp()))


def was_in_the_way(error: sa.exc.DBAPIError) -> bool:
    """Did the database undo the transaction for the sake of another?"""
    return getattr(error.orig, "sqlstate", None) in _UNDONE_FOR_ANOTHER
