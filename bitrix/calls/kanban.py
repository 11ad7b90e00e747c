"""Columns of a group's task kanban (``task.stages.*``, scope ``task``).

Colours are written without ``#`` here (``00C4FB``). ``as_admin`` skips the check of rights in the group, for a caller
who administers the portal.
"""

from dataclasses import dataclass

from bitrix.call import JSON, Answer, Call, given
from bitrix.readers import Row, many, new_id, nothing
from bitrix.tidy import as_id, as_int, as_int_or_none, as_text


@dataclass(frozen=True)
class KanbanStage:
    id: int
    title: str
    sort: int
    color: str
    system_type: str | None
    """NEW, PROGRESS, WORK, REVIEW, FINISH; such a column cannot be deleted."""
    group_id: int | None


def list_kanban(group_id: int, *, as_admin: bool = False) -> Call[tuple[KanbanStage, ...]]:
    """In their order. Source: api-reference/tasks/stages/task-stages-get.md."""
    return Call("task.stages.get", {"entityId": group_id, **_rights(as_admin)}, read=_read_sorted)


def add_kanban_stage(
    group_id: int, title: str, color: str = "", after_id: int = 0, *, as_admin: bool = False
) -> Call[int]:
    """The id of the new column, right of ``after_id``; 0 makes it the first.

    Source: api-reference/tasks/stages/task-stages-add.md.
    """
    fields = {"TITLE": title, "ENTITY_ID": group_id, "AFTER_ID": after_id, **given(COLOR=color.lstrip("#") or None)}
    return Call("task.stages.add", {"fields": fields, **_rights(as_admin)}, read=new_id, writes=True)


def update_kanban_stage(
    id: int,  # noqa: A002  the vendor's word
    title: str | None = None,
    after_id: int | None = None,
    color: str | None = None,
    *,
    as_admin: bool = False,
) -> Call[None]:
    """The page says that a column goes to the front when ``after_id`` is not given: pass it to be sure of the place.

    Source: api-reference/tasks/stages/task-stages-update.md.
    """
    fields = given(TITLE=title, AFTER_ID=after_id, COLOR=color.lstrip("#") if color else None)
    return Call("task.stages.update", {"id": id, "fields": fields, **_rights(as_admin)}, read=nothing, writes=True)


def delete_kanban_stage(id: int, *, as_admin: bool = False) -> Call[None]:  # noqa: A002  the vendor's word
    """Refused for the first column, for system ones, and while tasks are in it.

    Source: api-reference/tasks/stages/task-stages-delete.md.
    """
    return Call("task.stages.delete", {"id": id, **_rights(as_admin)}, read=nothing, writes=True)


def move_task(task_id: int, stage_id: int) -> Call[None]:
    """Only the column changes; no page says that the status of the task follows.

    Source: api-reference/tasks/stages/task-stages-move-task.md.
    """
    return Call("task.stages.movetask", {"id": task_id, "stageId": stage_id}, read=nothing, writes=True)


def _rights(as_admin: bool) -> dict[str, JSON]:
    return {"isAdmin": True} if as_admin else {}


def _read_sorted(answer: Answer) -> tuple[KanbanStage, ...]:
    return tuple(sorted(many(_read)(answer), key=lambda stage: (stage.sort, stage.id)))


def _read(row: Row) -> KanbanStage:
    return KanbanStage(
        id=as_int(row.get("ID"), "ID"),
        title=as_text(row.get("TITLE"), "TITLE"),
        sort=as_int_or_none(row.get("SORT"), "SORT") or 0,
        color=as_text(row.get("COLOR"), "COLOR"),
        system_type=as_text(row.get("SYSTEM_TYPE"), "SYSTEM_TYPE") or None,
        group_id=as_id(row.get("ENTITY_ID"), "ENTITY_ID"),
    )
