"""The journal's kinds are counted by portal and time: how many steps the service took, for the dashboard."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("journal_kind", "journal")
    op.create_index("journal_kind", "journal", ["kind", "portal", "at"])


def downgrade() -> None:
    op.drop_index("journal_kind", "journal")
    op.create_index("journal_kind", "journal", ["kind"])
