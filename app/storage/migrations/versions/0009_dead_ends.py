"""Keys that keep failing are parked, and somebody is told."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ("good_at", "failing_since", "parked_at", "told_at")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("dirty_keys", sa.Column(name, sa.Float))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("dirty_keys", name)
