"""Whose turn it is to do what one process does for all; an index of the keys that are held."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HELD = sa.text("lease_until IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("taken_at", sa.Float, nullable=False),
    )
    op.create_index("dirty_keys_held", "dirty_keys", ["lease_until"], sqlite_where=HELD, postgresql_where=HELD)


def downgrade() -> None:
    op.drop_index("dirty_keys_held", "dirty_keys")
    op.drop_table("turns")
