"""The journal becomes a chain; observations, rulebooks and what was left out get tables."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

journal = sa.table(
    "journal",
    sa.column("id", sa.Integer),
    sa.column("at", sa.Float),
    sa.column("portal", sa.Text),
    sa.column("key", sa.Text),
    sa.column("kind", sa.Text),
    sa.column("body", sa.JSON),
    sa.column("previous", sa.Text),
    sa.column("hash", sa.Text),
)


def upgrade() -> None:
    with op.batch_alter_table("journal") as table:
        table.add_column(sa.Column("previous", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("hash", sa.Text, nullable=False, server_default=""))
    _chain(op.get_bind())
    with op.batch_alter_table("journal") as table:
        table.alter_column("previous", server_default=None)
        table.alter_column("hash", server_default=None)
    op.create_table(
        "observations",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("seen", sa.JSON, nullable=False),
    )
    op.create_table(
        "rulebooks",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("first_seen_at", sa.Float, nullable=False),
    )
    op.create_table(
        "left_out",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("funnel", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("closed_at", sa.Float, nullable=False),
    )


def _chain(connection: sa.Connection) -> None:
    """The entries that exist, as they are now: what was changed before this day is not noticed.

    Written out here, not imported: a migration stays as it was when the journal's own code changes.
    """
    previous = ""
    rows = connection.execute(sa.select(journal).order_by(journal.c.id)).all()
    for row in rows:
        content = {"at": row.at, "portal": row.portal, "key": row.key, "kind": row.kind, "body": row.body}
        text = json.dumps({**content, "previous": previous}, sort_keys=True, separators=(",", ":"))
        hash_ = hashlib.sha256(text.encode()).hexdigest()
        link = sa.update(journal).where(journal.c.id == row.id).values(previous=previous, hash=hash_)
        connection.execute(link)
        previous = hash_


def downgrade() -> None:
    for name in ("left_out", "rulebooks", "observations"):
        op.drop_table(name)
    with op.batch_alter_table("journal") as table:
        table.drop_column("hash")
        table.drop_column("previous")
