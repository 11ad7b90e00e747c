"""Doing what was decided, each command so that doing it twice leaves the portal as once.

The portal enforces no uniqueness, so "does it exist already?" was answered by the observation that led to the command,
under the same lease; what an observation can't see (a news post) is looked for here first. A write whose outcome is
unknown is never sent again from here: the exception ends the look, and the next look observes what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from app.controller.connection import Connection
from app.controller.fields import to_portal
from app.controller.slots import mark_of, note_text, task_name
from app.provision.blueprint import STAGE_CODES
from bitrix.call import JSON
from bitrix.calls.checklists import add_checklist_item, list_checklist
from bitrix.calls.feed import add_post, list_posts
from bitrix.calls.groups import add_members, list_members
from bitrix.calls.items import Item, add_item, update_item
from bitrix.calls.notifications import notify
from bitrix.calls.tasks import add_task, complete_task, renew_task, update_task
from bitrix.calls.timeline import add_comment
from bitrix.refs import ItemRef
from rules.decision import (
    AddChecklistItems,
    Command,
    CompleteTask,
    CreateCase,
    CreateTask,
    FieldValue,
    MoveCase,
    PostNews,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
)
from rules.model import CaseField, SourceRef, Stage

CHECKLIST_TITLE = "Чек-лист"


@dataclass(frozen=True)
class CaseAddress:
    """Where commands about a case go."""

    ref: ItemRef
    category_id: int
    source: SourceRef

    @property
    def bindings(self) -> list[str]:
        """A task hangs on the case and on the source, so that both cards show it (S9)."""
        return [self.ref.binding, ItemRef(self.source.entity_type_id, self.source.id).binding]


async def create_case(command: CreateCase, connection: Connection) -> Item:
    """The case's item, in the first stage of its funnel."""
    layout = connection.layout
    fields: dict[str, JSON] = {
        "title": command.title,
        "xmlId": command.source.round_key(command.round),
        "categoryId": layout.funnels[command.funnel],
        "stageId": layout.stage_id(command.funnel, Stage.SURVEY),
        f"parentId{command.source.entity_type_id}": command.source.id,
    }
    if command.responsible_id is not None:
        fields["assignedById"] = command.responsible_id
        fields |= to_portal({CaseField.RESPONSIBLE: command.responsible_id}, layout.case)
    return await connection.portal.send(add_item(layout.case.entity_type_id, fields))


async def carry_out(command: Command, case: CaseAddress, connection: Connection) -> None:
    """One command about an existing case. Raises BitrixError."""
    portal = connection.portal
    match command:
        case CreateTask():
            await _create_task(command, case, connection)
        case AddChecklistItems(task_id, titles):
            await _add_checklist(task_id, titles, connection)
        case RenewTask(task_id):
            await portal.send(renew_task(task_id))
        case ReassignTask(task_id, responsible_id):
            await portal.send(update_task(task_id, {"RESPONSIBLE_ID": responsible_id}))
        case CompleteTask(task_id):
            await portal.send(complete_task(task_id))
        case UpdateCase(changes, assigned_to):
            assignment: dict[str, JSON] = {} if assigned_to is None else {"assignedById": assigned_to}
            await portal.send(update_item(case.ref, {**assignment, **to_portal(changes, connection.layout.case)}))
        case MoveCase(to, changes):
            await portal.send(update_item(case.ref, _move(to, changes, case, connection)))
        case Tell():
            await _tell(command, case, connection)
        case PostNews():
            await _post_news(command, case, connection)
        case CreateCase():
            raise TypeError("a case is created for its source, see create_case")
        case _:
            assert_never(command)


def _move(
    to: Stage, changes: Mapping[CaseField, FieldValue], case: CaseAddress, connection: Connection
) -> dict[str, JSON]:
    """Stage and funnel always travel together: without the funnel an item may land in the main one (contract 4.6)."""
    stage_id = f"DT{case.ref.entity_type_id}_{case.category_id}:{STAGE_CODES[to]}"
    return {"stageId": stage_id, "categoryId": case.category_id, **to_portal(changes, connection.layout.case)}


async def _create_task(command: CreateTask, case: CaseAddress, connection: Connection) -> None:
    fields: dict[str, JSON] = {
        "TITLE": command.title,
        "DESCRIPTION": command.description,
        "RESPONSIBLE_ID": command.responsible_id,
        "XML_ID": task_name(case.ref.id, command.slot),
        "UF_CRM_TASK": case.bindings,
        "ALLOW_TIME_TRACKING": "Y",
    }
    if command.accomplices:
        fields["ACCOMPLICES"] = list(command.accomplices)
    if command.auditors:
        fields["AUDITORS"] = list(command.auditors)
    if command.deadline is not None:
        fields["DEADLINE"] = command.deadline.isoformat()
    if command.planned_hours is not None:
        fields["TIME_ESTIMATE"] = round(command.planned_hours * 3600)
    if command.department is not None:
        group = connection.layout.groups[command.department]
        await _let_into_group(group.id, command.responsible_id, connection)
        fields |= {"GROUP_ID": group.id, "STAGE_ID": group.first_column_id}
    task = await connection.portal.send(add_task(fields))
    if command.checklist:
        await _add_checklist(task.id, command.checklist, connection)


async def _let_into_group(group_id: int, user_id: int, connection: Connection) -> None:
    """An executor from elsewhere gets access to the department's kanban."""
    members = await connection.portal.send(list_members(group_id))
    if user_id not in {member.user_id for member in members}:
        await connection.portal.send(add_members(group_id, (user_id,)))


async def _add_checklist(task_id: int, titles: tuple[str, ...], connection: Connection) -> None:
    """Lines under the task's first checklist, which is made when there is none.

    All lines travel in one request: who opens the task meanwhile sees none of them or all.
    """
    present = await connection.portal.send(list_checklist(task_id))
    headers = [item.id for item in present if item.parent_id is None]
    parent = headers[0] if headers else None
    if parent is None:
        parent = await connection.portal.send(add_checklist_item(task_id, CHECKLIST_TITLE, parent_id=0))
    await connection.send_together([add_checklist_item(task_id, title, parent_id=parent) for title in titles])


async def _tell(command: Tell, case: CaseAddress, connection: Connection) -> None:
    """Notifications first, the note last: the note is what the next look finds, and a tagged notification sent again
    replaces itself instead of arriving twice (contract 8.5)."""
    for user_id in command.to:
        tag = f"capa24|{connection.name}|{case.ref.id}|{command.mark}|{user_id}"
        await connection.portal.send(notify(user_id, command.text, tag=tag))
    await connection.portal.send(add_comment(case.ref, note_text(command.text, command.mark)))


async def _post_news(command: PostNews, case: CaseAddress, connection: Connection) -> None:
    """The post, unless an earlier look published it and died before writing its number down."""
    posts = await connection.every(list_posts(since=command.since))
    found = next((post.id for post in posts if mark_of(post.text) == command.mark), None)
    if found is None:
        found = await connection.portal.send(
            add_post(command.title, note_text(command.text, command.mark), to=await _audience(command, connection))
        )
    await connection.portal.send(update_item(case.ref, to_portal({CaseField.NEWS_POST: found}, connection.layout.case)))


async def _audience(command: PostNews, connection: Connection) -> tuple[str, ...]:
    """Whole departments of the company structure (``DR4``), or everybody (``UA``) (contract 8.7)."""
    staff = await connection.staff()
    found = (staff.department_named(name) for name in command.departments)
    return tuple(f"DR{department.id}" for department in found if department is not None) or ("UA",)
