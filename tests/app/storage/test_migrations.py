"""A database of any earlier release becomes one of today, with all that was in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.storage.database import MIGRATIONS, Database
from app.storage.journal import Journal, link
from app.storage.schema import metadata

AT = 1793610000.25
REVISIONS = sorted(each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions())

VALUES: dict[str, Any] = {
    "at": AT, "received_at": AT, "due_at": AT, "taken_at": AT,
    "closed_at": AT, "first_seen_at": AT, "amount": 2.5, "marks": 1,
    "version": 1, "refused_version": 1, "case_id": 24, "object_id": 7, "task_id": 7, "person": 31, "next_token": 2,
    "attempts": 0, "body": b"{}", "place": {"row": 2}, "seen": {"fields": []}, "record": {"hours": 1.5},
    "layout": {"case": 1030, "measure": 1032}, "hour": 497_000, "changes": 5, "untold": 1, "held_until": AT,
}  # fmt: skip
LEFT_EMPTY = {"id", "lease", "lease_owner", "lease_until", "wrote_at"}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_what_an_earlier_release_kept_is_all_there(new_database_url, revision):
    rows = a_database_of(revision, new_database_url)
    database = await Database.open(new_database_url)
    try:
        assert await database.read(lambda c: compare_metadata(MigrationContext.configure(c), metadata)) == []
        for name, row in rows.items():
            for kept in await database.read(lambda c, name=name: everything(c, name)):
                assert {column: kept[column] for column in row} == row
        chain = await Journal(database, lambda: datetime.now(UTC)).verify()
        assert (chain.entries, chain.broken) == (3, None)
    finally:
        await database.close()


def everything(connection: sa.Connection, table: str) -> list[dict[str, Any]]:
    rows = [dict(row._mapping) for row in connection.execute(sa.select(metadata.tables[table]))]
    assert rows
    return rows


def a_database_of(revision: str, url: str) -> dict[str, dict[str, Any]]:
    """With something in every table; answers what."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(parsed)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    written: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        then = sa.MetaData()
        then.reflect(connection)
        for table in then.sorted_tables:
            if table.name == "journal":
                fill_journal(connection, table)
            elif table.name != "alembic_version":
                written[table.name] = a_row(table)
                connection.execute(sa.insert(table), [written[table.name]])
    engine.dispose()
    return written


def a_row(table: sa.Table) -> dict[str, Any]:
    return {column.name: a_value(column) for column in table.columns if column.name not in LEFT_EMPTY}


def a_value(column: sa.Column[Any]) -> object:
    if isinstance(column.type, sa.Text):
        return f"some {column.name}"
    if column.name in VALUES:
        return VALUES[column.name]
    match column.type:
        case sa.Boolean():
            return True
        case sa.Integer():
            return 7
        case sa.Float():
            return 1.5
        case _:
            raise KeyError(column.name)


def fill_journal(connection: sa.Connection, table: sa.Table) -> None:
    """Before 0002 the entries were no chain; they become one."""
    previous = ""
    for number in range(3):
        body = {"because": [f"ждём {number}"], "share": 0.1}
        entry = {"at": AT + number / 3, "portal": "main", "key": "case:main:24", "kind": "decision", "body": body}
        hash_ = link(entry, previous)
        chained = {"previous": previous, "hash": hash_} if "hash" in table.columns else {}
        connection.execute(sa.insert(table), [{**entry, **chained}])
        previous = hash_
