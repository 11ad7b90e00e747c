"""An entry of the event log, declared for REST 3.0 (api-reference/event-log/main-eventlog-field-list.md)."""

from __future__ import annotations

from sandbox.portal.rest3.entities import INT, MOMENT, TEXT, Entity, Field
from sandbox.portal.rest3.event_log import Entry
from sandbox.portal.task_search import SITE

ENTRY: Entity[Entry] = Entity(
    "EventLogDto",
    "main",
    (
        Field("id", INT, lambda _, one: one.id, filterable=True, sortable=True),
        Field("timestampX", MOMENT, lambda _, one: one.at, filterable=True, sortable=True),
        Field("severity", TEXT, lambda _, one: one.severity),
        Field("auditTypeId", TEXT, lambda _, one: one.audit_type, filterable=True, sortable=True),
        Field("moduleId", TEXT, lambda _, one: one.module),
        Field("itemId", TEXT, lambda _, one: one.item),
        Field("remoteAddr", TEXT, lambda _, one: one.address),
        Field("userAgent", TEXT, lambda _, one: one.user_agent),
        Field("requestUri", TEXT, lambda _, one: one.uri),
        Field("siteId", TEXT, lambda _, one: SITE),
        Field("userId", INT, lambda _, one: one.user_id, filterable=True, sortable=True),
        Field("guestId", INT, lambda _, one: 0, filterable=True, sortable=True),
        Field("description", TEXT, lambda _, one: one.description),
    ),
)
