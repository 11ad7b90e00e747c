"""PostgreSQL counts events, entries and postings past two thousand million; SQLite always could."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTED = ("events", "journal", "points_entries")


def upgrade() -> None:
    _resize(sa.BigInteger())


def downgrade() -> None:
    _resize(sa.Integer())


def _resize(size: sa.types.TypeEngine[int]) -> None:
    if op.get_context().dialect.name == "sqlite":
        return
    for table in COUNTED:
        op.alter_column(table, "id", type_=size)
        op.execute(f"ALTER SEQUENCE {table}_id_seq AS {size.compile()}")
    op.alter_column("events", "task_id", type_=size)
