"""Comments in the timeline of a CRM item (``crm.timeline.comment.*``, scope ``crm``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bitrix.call import Call, Page, given
from bitrix.readers import Row, new_id, page
from bitrix.refs import ItemRef
from bitrix.tidy import as_datetime, as_id, as_int, as_text


@dataclass(frozen=True)
class Comment:
    id: int
    text: str
    author_id: int | None
    created_at: datetime | None


def list_comments(
    ref: ItemRef, start: int | None = None, order: Mapping[str, str] | None = None
) -> Call[Page[Comment]]:
    """Newest first unless ordered otherwise (by ID, CREATED or AUTHOR_ID).

    Source: api-reference/crm/timeline/comments/crm-timeline-comment-list.md.
    """
    return Call(
        "crm.timeline.comment.list",
        {
            "filter": {"ENTITY_ID": ref.id, "ENTITY_TYPE": ref.timeline_type},
            "select": ["ID", "COMMENT", "AUTHOR_ID", "CREATED"],
            "order": {"ID": "DESC"} if order is None else dict(order),
            **given(start=start),
        },
        read=page(_read),
    )


def add_comment(ref: ItemRef, text: str) -> Call[int]:
    """The id of the comment; its author is the caller.

    Source: api-reference/crm/timeline/comments/crm-timeline-comment-add.md.
    """
    return Call(
        "crm.timeline.comment.add",
        {"fields": {"ENTITY_ID": ref.id, "ENTITY_TYPE": ref.timeline_type, "COMMENT": text}},
        read=new_id,
        writes=True,
    )


def _read(row: Row) -> Comment:
    return Comment(
        id=as_int(row.get("ID"), "ID"),
        text=as_text(row.get("COMMENT"), "COMMENT"),
        author_id=as_id(row.get("AUTHOR_ID"), "AUTHOR_ID"),
        created_at=as_datetime(row.get("CREATED"), "CREATED"),
    )
