"""The first tables: events, dirty keys, journal, known objects, cursors, the mirror, portals."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("portal", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("task_id", sa.Integer),
    )
    op.create_index("events_task", "events", ["portal", "task_id"])
    op.create_table(
        "dirty_keys",
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
    op.create_index("dirty_keys_due", "dirty_keys", ["portal", "due_at"])
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("portal", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_index("journal_key", "journal", ["key", "id"])
    op.create_index("journal_kind", "journal", ["kind"])
    op.create_table(
        "known_objects",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("object_id", sa.BigInteger, primary_key=True),
        sa.Column("case_id", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "cursors",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "mirror_rows",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "mirror_deliveries",
        sa.Column("spreadsheet", sa.Text, primary_key=True),
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("refused_version", sa.Integer),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "mirror_sheets",
        sa.Column("spreadsheet", sa.Text, primary_key=True),
        sa.Column("next_token", sa.Integer, nullable=False),
        sa.Column("place", sa.JSON),
    )
    op.create_table(
        "portals",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("layout", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    tables = ("portals", "mirror_sheets", "mirror_deliveries", "mirror_rows", "cursors", "known_objects", "journal")
    for table in (*tables, "dirty_keys", "events"):
        op.drop_table(table)
