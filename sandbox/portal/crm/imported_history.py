"""What an import may say of an item's past. Source: api-reference/crm/universal/import/index.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sandbox.portal.crm.kinds import Schema
from sandbox.portal.crm.values import Stored
from sandbox.portal.php import JSON

HISTORY = ("createdTime", "updatedTime", "movedTime", "createdBy", "updatedBy", "movedBy")


def read_past(
    schema: Schema, sent: Mapping[str, JSON], *, admin: bool, youngest: Stored, now: datetime
) -> dict[str, Stored]:
    """The system fields among what was sent. ``youngest`` is when the last of the items was created: imports go from
    older to newer ones.

    Raises ``CRM_FIELD_ERROR_VALUE_NOT_VALID`` when it is no administrator who says it, for a moment in the future and
    for moments in the wrong order.
    """
    fields = {name: field for name in HISTORY if name in sent and (field := schema.find(name, original=True))}
    past = {name: field.read(sent[name]) for name, field in fields.items()}
    created, updated = past.get("createdTime", now), past.get("updatedTime", now)
    possible = {"createdTime": (youngest, now), "updatedTime": (created, now), "movedTime": (created, updated)}
    for name, field in fields.items():
        earliest, latest = possible.get(name, (None, None))
        if not admin or not stands_between(earliest, past[name], latest):
            raise field.invalid()
    return past


def stands_between(earliest: Stored, moment: Stored, latest: Stored) -> bool:
    """What is no moment limits nothing."""
    moments = [one for one in (earliest, moment, latest) if isinstance(one, datetime)]
    return moments == sorted(moments)
