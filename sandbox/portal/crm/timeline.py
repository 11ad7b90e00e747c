"""What stands in the timelines of items besides activities: comments, log messages, notes, content blocks of
applications.

Source: api-reference/crm/timeline/. A record may be bound to several items; each item pins records on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, TypeVar

from sandbox.portal.crm.values import StoredFile
from sandbox.portal.errors import RestError
from sandbox.portal.php import JSON

Owner: TypeAlias = "tuple[int, int]"
"""``entityTypeId`` and id of an item."""

MOST_PINNED = 3
RECORD, ACTIVITY = 1, 2
"""``itemType`` of a note: what it was written to."""


@dataclass(kw_only=True)
class Record:
    id: int
    owners: list[Owner]
    """In the order they were bound."""
    author_id: int
    created: datetime


@dataclass(kw_only=True)
class Comment(Record):
    text: str
    files: list[StoredFile] = field(default_factory=list)


@dataclass(kw_only=True)
class LogMessage(Record):
    title: str
    text: str
    icon: str
    application_id: int
    """Only who added it may delete it; 0 stands for all webhooks."""


Kept = TypeVar("Kept", bound=Record)


@dataclass
class Note:
    text: str
    created_by: int
    created: datetime
    updated_by: int
    updated: datetime


class Timeline:
    def __init__(self) -> None:
        self._records: dict[int, Record] = {}
        self._of_item: dict[Owner, list[int]] = {}
        self._pinned: dict[Owner, list[int]] = {}
        self._notes: dict[tuple[int, int], Note] = {}
        self._blocks: dict[tuple[int, int, int], Mapping[str, JSON]] = {}
        """By application, kind of what they are added to (as of notes) and its id."""

    # Records

    def add(self, record: Record) -> None:
        self._records[record.id] = record
        for owner in record.owners:
            self._of_item.setdefault(owner, []).append(record.id)

    def get(self, number: int) -> Record | None:
        return self._records.get(number)

    def comment(self, number: int) -> Comment | None:
        record = self._records.get(number)
        return record if isinstance(record, Comment) else None

    def log_message(self, number: int) -> LogMessage | None:
        record = self._records.get(number)
        return record if isinstance(record, LogMessage) else None

    def of(self, owner: Owner, kind: type[Kept]) -> list[Kept]:
        """Oldest first."""
        records = (self._records[number] for number in self._of_item.get(owner, []))
        return [record for record in records if isinstance(record, kind)]

    def delete(self, record: Record) -> None:
        for owner in record.owners:
            self._forget_place(record, owner)
        self._notes.pop((RECORD, record.id), None)
        self._drop_blocks(RECORD, record.id)
        del self._records[record.id]

    def forget_item(self, owner: Owner) -> None:
        """A record that stands nowhere else goes with the item."""
        for number in list(self._of_item.get(owner, [])):
            record = self._records[number]
            if len(record.owners) == 1:
                self.delete(record)
            else:
                self.unbind(record, owner)

    # Where they stand

    def bind(self, record: Record, owner: Owner) -> None:
        """Where it stands already it stays once."""
        if owner not in record.owners:
            record.owners.append(owner)
            self._of_item.setdefault(owner, []).append(record.id)

    def unbind(self, record: Record, owner: Owner) -> None:
        """Raises ``NOT_FOUND`` with an empty code (crm-timeline-bindings-unbind.md)."""
        if owner not in record.owners:
            raise RestError("", "Not found.")
        self._forget_place(record, owner)
        record.owners.remove(owner)

    def pin(self, record: Record, owner: Owner) -> None:
        """Raises ``CAN_NOT_CHANGE_PINNED`` for a record of another item (unverified), ``0`` for a fourth one."""
        if owner not in record.owners:
            raise RestError("CAN_NOT_CHANGE_PINNED", "Невозможно выполнить операцию")
        pinned = self._pinned.setdefault(owner, [])
        if record.id in pinned:
            return
        if len(pinned) >= MOST_PINNED:
            raise RestError(0, "Только три события можно добавить в избранное")
        pinned.append(record.id)

    def unpin(self, record: Record, owner: Owner) -> None:
        """What is not pinned stays so."""
        if owner not in record.owners:
            raise RestError("CAN_NOT_CHANGE_PINNED", "Невозможно выполнить операцию")
        if record.id in self._pinned.get(owner, []):
            self._pinned[owner].remove(record.id)

    def pinned(self, owner: Owner) -> list[int]:
        """Ids in the order they were pinned."""
        return list(self._pinned.get(owner, []))

    # Notes and content blocks

    def note(self, item_type: int, number: int) -> Note | None:
        return self._notes.get((item_type, number))

    def write_note(self, item_type: int, number: int, text: str, by: int, now: datetime) -> None:
        known = self._notes.get((item_type, number))
        if known is None:
            self._notes[item_type, number] = Note(text, by, now, by, now)
        else:
            known.text, known.updated_by, known.updated = text, by, now

    def delete_note(self, item_type: int, number: int) -> bool:
        return self._notes.pop((item_type, number), None) is not None

    def blocks(self, application_id: int, item_type: int, number: int) -> Mapping[str, JSON] | None:
        return self._blocks.get((application_id, item_type, number))

    def set_blocks(self, application_id: int, item_type: int, number: int, layout: Mapping[str, JSON]) -> None:
        """Each application has one set, which is overwritten."""
        self._blocks[application_id, item_type, number] = layout

    def delete_blocks(self, application_id: int, item_type: int, number: int) -> bool:
        return self._blocks.pop((application_id, item_type, number), None) is not None

    def forget_activity(self, number: int) -> None:
        """What was attached to a deleted activity goes with it."""
        self._notes.pop((ACTIVITY, number), None)
        self._drop_blocks(ACTIVITY, number)

    def _drop_blocks(self, item_type: int, number: int) -> None:
        for key in [key for key in self._blocks if key[1:] == (item_type, number)]:
            del self._blocks[key]

    def _forget_place(self, record: Record, owner: Owner) -> None:
        self._of_item[owner].remove(record.id)
        if record.id in self._pinned.get(owner, []):
            self._pinned[owner].remove(record.id)
