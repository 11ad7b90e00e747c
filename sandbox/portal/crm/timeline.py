"""Comments in the timelines of items. Source: api-reference/crm/timeline/comments/."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.portal.crm.values import StoredFile


@dataclass
class Comment:
    id: int
    entity_type_id: int
    entity_id: int
    author_id: int
    created: datetime
    text: str
    files: list[StoredFile] = field(default_factory=list)


class Timeline:
    def __init__(self) -> None:
        self._comments: dict[int, Comment] = {}
        self._of_item: dict[tuple[int, int], list[int]] = {}

    def add(self, comment: Comment) -> None:
        self._comments[comment.id] = comment
        self._of_item.setdefault((comment.entity_type_id, comment.entity_id), []).append(comment.id)

    def get(self, number: int) -> Comment | None:
        return self._comments.get(number)

    def of(self, entity_type_id: int, entity_id: int) -> list[Comment]:
        """Oldest first."""
        return [self._comments[number] for number in self._of_item.get((entity_type_id, entity_id), [])]

    def delete(self, comment: Comment) -> None:
        del self._comments[comment.id]
        self._of_item[comment.entity_type_id, comment.entity_id].remove(comment.id)

    def forget_item(self, entity_type_id: int, entity_id: int) -> None:
        for number in self._of_item.pop((entity_type_id, entity_id), []):
            del self._comments[number]
