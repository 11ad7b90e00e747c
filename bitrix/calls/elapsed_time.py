"""Hours people wrote down for tasks (``task.elapseditem.*``, scope ``task``). These methods count positions."""

from dataclasses import dataclass
from datetime import datetime

from bitrix.call import JSON, Call, Page
from bitrix.readers import Row, new_id, page
from bitrix.tidy import as_datetime, as_int, as_text

PAGE_SIZE = 50


@dataclass(frozen=True)
class Elapsed:
    id: int
    task_id: int
    user_id: int
    seconds: int
    comment: str
    created_at: datetime | None


def list_elapsed(task_id: int, *, number: int = 1) -> Call[Page[Elapsed]]:
    """One page of at most 50, oldest first; `Page.total` counts all. These pages are numbered from 1, not offset.

    Source: api-reference/tasks/elapsed-item/task-elapsed-item-get-list.md.
    """
    params: list[JSON] = [
        task_id,
        {"ID": "asc"},
        {">ID": 0},  # all of them; a position cannot be left empty in a batch
        ["*"],
        {"NAV_PARAMS": {"nPageSize": PAGE_SIZE, "iNumPage": number}},
    ]
    return Call("task.elapseditem.getlist", params, read=page(_read))


def add_elapsed(task_id: int, seconds: int, comment: str, user_id: int | None = None) -> Call[int]:
    """The id of the record; of the caller unless ``user_id`` says whose.

    Source: api-reference/tasks/elapsed-item/task-elapsed-item-add.md.
    """
    fields: dict[str, JSON] = {"SECONDS": seconds, "COMMENT_TEXT": comment}
    if user_id is not None:
        fields["USER_ID"] = user_id
    return Call("task.elapseditem.add", [task_id, fields], read=new_id, writes=True)


def _read(row: Row) -> Elapsed:
    return Elapsed(
        id=as_int(row.get("ID"), "ID"),
        task_id=as_int(row.get("TASK_ID"), "TASK_ID"),
        user_id=as_int(row.get("USER_ID"), "USER_ID"),
        seconds=as_int(row.get("SECONDS"), "SECONDS"),
        comment=as_text(row.get("COMMENT_TEXT"), "COMMENT_TEXT"),
        created_at=as_datetime(row.get("CREATED_DATE"), "CREATED_DATE"),
    )
