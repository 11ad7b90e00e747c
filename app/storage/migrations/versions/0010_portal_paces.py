"""Processes share a portal's bucket of requests."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_paces",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("level", sa.Float, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("refused_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("portal_paces")
