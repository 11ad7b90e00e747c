"""When an item entered which stage. Source: api-reference/crm/crm-stage-history-list.md.

There is no user in it and no moment of leaving, as on a real portal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.portal.crm.filters import Condition

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


@dataclass
class History:
    """Records of one type of objects, and which of them are about which item."""

    last_id: int = 0
    records: dict[int, Record] = field(default_factory=dict)
    of_item: dict[int, list[int]] = field(default_factory=dict)


class StageHistory:
    """Ids grow over all items of a type, without gaps but for deleted items."""

    def __init__(self) -> None:
        self._histories: dict[int, History] = {}

    def write(
        self, entity_type_id: int, type_: int, item_id: int, now: datetime, funnel_id: int, semantics: str, stage: str
    ) -> None:
        history = self._histories.setdefault(entity_type_id, History())
        history.last_id += 1
        history.records[history.last_id] = Record(history.last_id, type_, item_id, now, funnel_id, semantics, stage)
        history.of_item.setdefault(item_id, []).append(history.last_id)

    def candidates(self, entity_type_id: int, required: Iterable[Condition]) -> Sequence[Record]:
        """Ascending by id; fewer than all when the filter names items or wants ids above some number."""
        history = self._histories.get(entity_type_id, History())
        above = 0
        for condition in required:
            if condition.key == "OWNER_ID" and condition.operator == "=":
                owners = [owner for owner in condition.wanted if isinstance(owner, int)]
                numbers = sorted(number for owner in owners for number in history.of_item.get(owner, []))
                return [history.records[number] for number in numbers]
            if condition.key == "ID" and condition.operator in (">", ">=") and isinstance(condition.wanted[0], int):
                above = max(above, condition.wanted[0])
        if not above:
            return list(history.records.values())
        numbers = list(history.records)
        return [history.records[number] for number in numbers[bisect_left(numbers, above) :]]

    def forget_item(self, entity_type_id: int, item_id: int) -> None:
        """Records of a deleted item go with it (unverified)."""
        history = self._histories.get(entity_type_id, History())
        for number in history.of_item.pop(item_id, []):
            del history.records[number]

    def forget(self, entity_type_id: int) -> None:
        self._histories.pop(entity_type_id, None)
