"""Which changes no event told of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event_losses",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("hour", sa.Integer, primary_key=True),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("untold", sa.Integer, nullable=False),
    )
    op.create_index("events_received", "events", ["portal", "received_at"])


def downgrade() -> None:
    op.drop_index("events_received", "events")
    op.drop_table("event_losses")
