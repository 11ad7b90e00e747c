"""The index of the events of tasks leaves out all other events: each of them paid for it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OF_A_TASK = sa.text("task_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("events_task", "events")
    op.create_index("events_task", "events", ["portal", "task_id"], sqlite_where=OF_A_TASK, postgresql_where=OF_A_TASK)


def downgrade() -> None:
    op.drop_index("events_task", "events")
    op.create_index("events_task", "events", ["portal", "task_id"])
