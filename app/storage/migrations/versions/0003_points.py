"""The ledger of bonus points."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "points_entries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("portal", sa.Text, nullable=False),
        sa.Column("case_id", sa.BigInteger, nullable=False),
        sa.Column("round_key", sa.Text, nullable=False),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("amount", sa.Float, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
    )
    op.create_index("points_entries_case", "points_entries", ["portal", "round_key"])


def downgrade() -> None:
    op.drop_table("points_entries")
