"""The tables. Times are seconds since 1970 in UTC; keys are their text."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""SQLite's integers have eight bytes anyway, and only its INTEGER counts by itself."""


class Words(sa.types.TypeDecorator[str]):
    """Text that others wrote, without what PostgreSQL's text can't hold."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else value.replace("\0", "").encode(errors="replace").decode()


events = sa.Table(
    "events",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=True),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("task_id", Number),
)
_of_a_task = events.c.task_id.is_not(None)
sa.Index("events_task", events.c.portal, events.c.task_id, sqlite_where=_of_a_task, postgresql_where=_of_a_task)
sa.Index("events_received", events.c.portal, events.c.received_at)

event_losses = sa.Table(
    "event_losses",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True),
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Column("untold", sa.Integer, nullable=False),
)

dirty_keys = sa.Table(
    "dirty_keys",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("marks", sa.Integer, nullable=False, server_default="1"),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("lease", sa.Text),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", sa.Float),
    sa.Column("wrote_at", sa.Float),
    sa.Column("error", Words),
    sa.Column("good_at", sa.Float),
    sa.Column("failing_since", sa.Float),
    sa.Column("parked_at", sa.Float),
    sa.Column("told_at", sa.Float),
)
sa.Index("dirty_keys_due", dirty_keys.c.portal, dirty_keys.c.due_at)
_held = dirty_keys.c.lease_until.is_not(None)
sa.Index("dirty_keys_held", dirty_keys.c.lease_until, sqlite_where=_held, postgresql_where=_held)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
sa.Index("journal_key", journal.c.key, journal.c.id)
sa.Index("journal_kind", journal.c.kind, journal.c.portal, journal.c.at)

known_objects = sa.Table(
    "known_objects",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("object_id", sa.BigInteger, primary_key=True),
    sa.Column("case_id", sa.BigInteger, nullable=False),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

mirror_rows = sa.Table(
    "mirror_rows",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("record", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

mirror_deliveries = sa.Table(
    "mirror_deliveries",
    metadata,
    sa.Column("spreadsheet", sa.Text, primary_key=True),
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("refused_version", sa.Integer),
    sa.Column("error", Words),
)

mirror_sheets = sa.Table(
    "mirror_sheets",
    metadata,
    sa.Column("spreadsheet", sa.Text, primary_key=True),
    sa.Column("next_token", sa.Integer, nullable=False),
    sa.Column("place", sa.JSON(none_as_null=True)),
    sa.Column("holder", sa.Text),
    sa.Column("held_until", sa.Float),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("taken_at", sa.Float, nullable=False),
)

portals = sa.Table(
    "portals",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("layout", sa.JSON, nullable=False),
)

observations = sa.Table(
    "observations",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("seen", sa.JSON, nullable=False),
)

rulebooks = sa.Table(
    "rulebooks",
    metadata,
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("first_seen_at", sa.Float, nullable=False),
)

left_out = sa.Table(
    "left_out",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("funnel", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("closed_at", sa.Float, nullable=False),
)

points_entries = sa.Table(
    "points_entries",
    metadata,
    sa.Column("id", Number, primary_key=True, autoincrement=True),
    sa.Column("portal", sa.Text, nullable=False),
    sa.Column("case_id", sa.BigInteger, nullable=False),
    sa.Column("round_key", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("amount", sa.Float, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
)
sa.Index("points_entries_case", points_entries.c.portal, points_entries.c.round_key)

case_facts = sa.Table(
    "case_facts",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("case_id", sa.BigInteger, nullable=False),
    sa.Column("case_url", sa.Text, nullable=False),
    sa.Column("source_title", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("funnel", sa.Text, nullable=False),
    sa.Column("funnel_title", sa.Text, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("stage_title", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("verdict_title", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("started_on", sa.Text, nullable=False),
    sa.Column("finalised_on", sa.Text),
    sa.Column("responsible_id", sa.BigInteger),
    sa.Column("responsible", sa.Text, nullable=False),
    sa.Column("department_id", sa.BigInteger),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("inspector_id", sa.BigInteger),
    sa.Column("inspector", sa.Text, nullable=False),
    sa.Column("violations", sa.Integer, nullable=False),
    sa.Column("measures", sa.Integer, nullable=False),
    sa.Column("points", sa.Float, nullable=False),
    sa.Column("hours_spent", sa.Float, nullable=False),
    sa.Column("hours_planned", sa.Float, nullable=False),
    sa.Column("spent_survey", sa.Float, nullable=False),
    sa.Column("spent_analysis", sa.Float, nullable=False),
    sa.Column("spent_approval", sa.Float, nullable=False),
    sa.Column("spent_changes", sa.Float, nullable=False),
    sa.Column("spent_check", sa.Float, nullable=False),
    sa.Column("hours_survey", sa.Float, nullable=False),
    sa.Column("hours_analysis", sa.Float, nullable=False),
    sa.Column("hours_approval", sa.Float, nullable=False),
    sa.Column("hours_changes", sa.Float, nullable=False),
    sa.Column("satisfaction", sa.Text, nullable=False),
    sa.Column("satisfaction_score", sa.Float),
    sa.Column("deviation", sa.Boolean, nullable=False),
    sa.Column("hours_to_triage", sa.Float),
    sa.Column("hours_to_remedy", sa.Float),
    sa.Column("effect", sa.Text, nullable=False),
    sa.Column("recurred", sa.Boolean, nullable=False),
    sa.Column("approval_rounds", sa.Integer, nullable=False),
    sa.Column("gate_reverts", sa.Integer, nullable=False),
    sa.Column("overrides", sa.Integer, nullable=False),
    sa.Column("news_asked", sa.Integer, nullable=False),
    sa.Column("news_read", sa.Integer, nullable=False),
    sa.Column("training_ordered", sa.Integer, nullable=False),
    sa.Column("training_done", sa.Integer, nullable=False),
)
sa.Index("case_facts_started", case_facts.c.portal, case_facts.c.started_on)
sa.Index("case_facts_finalised", case_facts.c.portal, case_facts.c.finalised_on)
sa.Index("case_facts_responsible", case_facts.c.portal, case_facts.c.responsible_id, case_facts.c.started_on)
sa.Index("case_facts_department", case_facts.c.portal, case_facts.c.department_id, case_facts.c.started_on)
sa.Index(
    "case_facts_facets",
    case_facts.c.portal,
    case_facts.c.funnel,
    case_facts.c.department_id,
    case_facts.c.responsible_id,
    case_facts.c.inspector_id,
)

case_violations = sa.Table(
    "case_violations",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
)

case_measures = sa.Table(
    "case_measures",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("kind_title", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("hours_planned", sa.Float, nullable=False),
    sa.Column("hours_spent", sa.Float, nullable=False),
)

portal_paces = sa.Table(
    "portal_paces",
    metadata,
    sa.Column("portal", sa.Text, primary_key=True),
    sa.Column("level", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("refused_at", sa.Float, nullable=False),
)
"""How full each portal's bucket of requests is, for the processes that share it (``app.storage.pace``)."""
