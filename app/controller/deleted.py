"""What is left of a case whose card was deleted: tasks that carry its name and lead to the item it was about."""

from __future__ import annotations

from dataclasses import dataclass

from app.controller.carry_out import CaseAddress, carry_out
from app.controller.connection import Connection
from app.controller.observe import find_item, read_task
from app.controller.slots import mark_of, slot_of
from bitrix.calls.tasks import Task as PortalTask
from bitrix.calls.tasks import list_tasks
from bitrix.calls.timeline import list_comments
from bitrix.refs import ItemRef
from rules.decision import Decision
from rules.deletion import DeletedCase
from rules.model import SourceRef, Stage


@dataclass(frozen=True)
class Remains:
    """``source`` is the item whose timeline tells of it."""

    case: DeletedCase
    source: ItemRef


async def observe_deleted(case_id: int, stage: Stage | None, connection: Connection) -> Remains | None:
    """``stage`` is where it was seen last. ``None`` when the card is there after all, when there never was a task, or
    when its source is gone too."""
    ref = ItemRef(connection.layout.case.entity_type_id, case_id)
    tasks = [
        (slot, task)
        for task in await connection.every(list_tasks(where={"UF_CRM_TASK": ref.binding}))
        if (slot := slot_of(task.xml_id or "", case_id)) is not None
    ]
    source = next((found for _, task in tasks if (found := _source(task, ref)) is not None), None)
    if source is None or await find_item(connection, ref) is not None:
        return None
    item = await find_item(connection, source)
    if item is None:
        return None
    comments = await connection.every(list_comments(source))
    marks = frozenset(mark for comment in comments if (mark := mark_of(comment.text)) is not None)
    plain = tuple(read_task(slot, task, (), "") for slot, task in tasks)
    return Remains(DeletedCase(case_id, item.title, plain, await connection.staff(), marks, stage), source)


def _source(task: PortalTask, case: ItemRef) -> ItemRef | None:
    return next((ItemRef.from_binding(each) for each in task.crm_bindings if each != case.binding), None)


async def put_away(remains: Remains, decision: Decision, connection: Connection) -> None:
    """The note goes to the source's timeline, since there is no other card."""
    source = remains.source
    address = CaseAddress(source, 0, SourceRef(source.entity_type_id, source.id), remains.case.source_title)
    for command in decision.commands:
        await carry_out(command, address, connection)
