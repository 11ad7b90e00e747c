"""When an item entered which stage. Source: api-reference/crm/crm-stage-history-list.md.

There is no user in it and no moment of leaving, as on a real portal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.portal.crm.filters import Column, Condition
from sandbox.portal.crm.rows import Rows
from sandbox.portal.crm.values import INTEGER, MOMENT, TEXT

CREATED, MOVED, FINISHED, CHANGED_FUNNEL = 1, 2, 3, 5
"""``TYPE_ID``; also of an item created on a final stage it is 1 (the page says nothing of that case, unverified)."""


@dataclass(frozen=True)
class Record:
    id: int
    type: int
    item_id: int
    created: datetime
    funnel_id: int
    semantics: str
    stage_id: str


OWNER: Column[Record] = Column("OWNER_ID", INTEGER, lambda record: record.item_id)
COMMON: Mapping[str, Column[Record]] = {
    "ID": Column("id", INTEGER, lambda record: record.id),
    "TYPE_ID": Column("TYPE_ID", INTEGER, lambda record: record.type),
    "OWNER_ID": OWNER,
    "CREATED_TIME": Column("CREATED_TIME", MOMENT, lambda record: record.created),
}
OF_FUNNELS: Mapping[str, Column[Record]] = {
    **COMMON,
    "CATEGORY_ID": Column("CATEGORY_ID", INTEGER, lambda record: record.funnel_id),
    "STAGE_SEMANTIC_ID": Column("STAGE_SEMANTIC_ID", TEXT, lambda record: record.semantics),
    "STAGE_ID": Column("STAGE_ID", TEXT, lambda record: record.stage_id),
}
OF_LEADS: Mapping[str, Column[Record]] = {
    **COMMON,
    "STATUS_SEMANTIC_ID": Column("STATUS_SEMANTIC_ID", TEXT, lambda record: record.semantics),
    "STATUS_ID": Column("STATUS_ID", TEXT, lambda record: record.stage_id),
}


class StageHistory:
    """Ids grow over all items of a type, without gaps but for deleted items."""

    def __init__(self) -> None:
        self._records: defaultdict[int, Rows[Record]] = defaultdict(Rows)
        self._last_ids: defaultdict[int, int] = defaultdict(int)

    def write(
        self, entity_type_id: int, type_: int, item_id: int, now: datetime, funnel_id: int, semantics: str, stage: str
    ) -> None:
        self._last_ids[entity_type_id] += 1
        number = self._last_ids[entity_type_id]
        self._records[entity_type_id].add(Record(number, type_, item_id, now, funnel_id, semantics, stage))

    def of(self, entity_type_id: int) -> Rows[Record]:
        return self._records[entity_type_id]

    def forget_item(self, entity_type_id: int, item_id: int) -> None:
        """Records of a deleted item go with it (unverified)."""
        records = self._records[entity_type_id]
        for number in records.fulfilling(Condition(OWNER, "=", (item_id,))):
            record = records.get(number)
            if record is not None:
                records.remove(record)

    def forget(self, entity_type_id: int) -> None:
        self._records.pop(entity_type_id, None)
