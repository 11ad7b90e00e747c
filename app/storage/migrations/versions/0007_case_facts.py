"""The facts of reported cases, flat, for the dashboard. The service fills them from the stored records at its start."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = (
    "case_url", "source_title", "funnel", "funnel_title", "stage", "stage_title", "verdict", "verdict_title",
    "severity", "started_on", "responsible", "department", "inspector", "satisfaction", "effect",
)  # fmt: skip
NUMBERS = (
    "round", "violations", "measures", "approval_rounds", "gate_reverts", "overrides", "news_asked", "news_read",
    "training_ordered", "training_done",
)  # fmt: skip
HOURS = (
    "points", "hours_spent", "hours_planned", "spent_survey", "spent_analysis", "spent_approval", "spent_changes",
    "spent_check", "hours_survey", "hours_analysis", "hours_approval", "hours_changes",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "case_facts",
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("case_id", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
        sa.Column("finalised_on", sa.Text),
        *(sa.Column(name, sa.BigInteger) for name in ("responsible_id", "department_id", "inspector_id")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in NUMBERS),
        *(sa.Column(name, sa.Float, nullable=False) for name in HOURS),
        *(sa.Column(name, sa.Float) for name in ("satisfaction_score", "hours_to_triage", "hours_to_remedy")),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("deviation", "recurred")),
    )
    for name, column in (("started", "started_on"), ("finalised", "finalised_on")):
        op.create_index(f"case_facts_{name}", "case_facts", ["portal", column])
    for name in ("responsible", "department"):
        op.create_index(f"case_facts_{name}", "case_facts", ["portal", f"{name}_id", "started_on"])
    facets = ["portal", "funnel", "department_id", "responsible_id", "inspector_id"]
    op.create_index("case_facts_facets", "case_facts", facets)
    op.create_table(
        "case_violations",
        *_of_a_case(),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("code", "title", "severity")),
    )
    op.create_table(
        "case_measures",
        *_of_a_case(),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "kind_title", "title")),
        sa.Column("done", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("hours_planned", "hours_spent")),
    )


def _of_a_case() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("portal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    )


def downgrade() -> None:
    for name in ("case_measures", "case_violations", "case_facts"):
        op.drop_table(name)
