"""The tables. Times are seconds since 1970 in UTC; keys are their text."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("task_id", sa.Integer),
)
sa.Index("events_task", events.c.portal, events.c.task_id)

dirty_keys = sa.Table(
    "dirty_keys",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("marks", sa.Integer, nullable=False, server_default="1"),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("lease", sa.Text),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", sa.Float),
    sa.Column("wrote_at", sa.Float),
    sa.Column("error", sa.Text),
)
sa.Index("dirty_keys_due", dirty_keys.c.portal, dirty_keys.c.due_at)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)
sa.Index("journal_key", journal.c.key, journal.c.id)
sa.Index("journal_kind", journal.c.kind)

known_objects = sa.Table(
    "known_objects",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("object_id", sa.BigInteger, primary_key=True),
    sa.Column("case_id", sa.BigInteger, nullable=False),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

mirror_rows = sa.Table(
    "mirror_rows",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("record", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

mirror_deliveries = sa.Table(
    "mirror_deliveries",
    metadata,
    sa.Column("spreadsheet", sa.Text, primary_key=True),
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("refused_version", sa.Integer),
    sa.Column("error", sa.Text),
)

mirror_sheets = sa.Table(
    "mirror_sheets",
    metadata,
    sa.Column("spreadsheet", sa.Text, primary_key=True),
    sa.Column("next_token", sa.Integer, nullable=False),
    sa.Column("place", sa.JSON(none_as_null=True)),
)

portals = sa.Table(
    "portals",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("layout", sa.JSON, nullable=False),
)
