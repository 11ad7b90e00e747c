"""One process at a time takes rows to a spreadsheet."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mirror_sheets", sa.Column("holder", sa.Text))
    op.add_column("mirror_sheets", sa.Column("held_until", sa.Float))


def downgrade() -> None:
    with op.batch_alter_table("mirror_sheets") as table:
        table.drop_column("held_until")
        table.drop_column("holder")
