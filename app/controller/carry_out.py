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
from app.controller.observe import find_item
from app.controller.progress import Made
from app.controller.slots import note_text, signature_of, signed, task_name
from app.provision.blueprint import STAGE_CODES
from bitrix.call import JSON
from bitrix.calls.checklists import add_checklist_item, list_checklist
from bitrix.calls.feed import add_post, list_posts
from bitrix.calls.groups import add_members, list_members
from bitrix.calls.items import Item, add_item, update_item
from bitrix.calls.notifications import notify
from bitrix.calls.tasks import add_task, complete_task, get_task, renew_task, update_task
from bitrix.calls.timeline import add_comment
from bitrix.refs import ItemRef, TaskRef
from rules.decision import (
    AddChecklistItems,
    Command,
    CompleteTask,
    CreateCase,
    CreateTask,
    FieldValue,
    MoveCase,
    MoveSource,
    PostNews,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
    UpdateMeasure,
)
from rules.model import CaseField, SourceRef, Stage

CHECKLIST_TITLE = "Чек-лист"


@dataclass(frozen=True)
class CaseAddress:
    """Where commands about a case go."""

    ref: ItemRef
    category_id: int
    source: SourceRef
    title: str

    @property
    def bindings(self) -> list[str]:
        """A task hangs on the case and on the source, so that both cards show it (S9)."""
        return [self.ref.binding, ItemRef(self.source.entity_type_id, self.source.id).binding]


async def item_is_gone(made: Made, connection: Connection) -> bool:
    """An item that an earlier look made; asked for by its own id, as a list may lag behind."""
    return isinstance(made, ItemRef) and await find_item(connection, made) is None


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
    fields |= to_portal({CaseField.RULES: command.rules}, layout.case)
    if command.responsible_id is not None:
        fields["assignedById"] = command.responsible_id
        fields |= to_portal({CaseField.RESPONSIBLE: command.responsible_id}, layout.case)
    return await connection.portal.send(add_item(layout.case.entity_type_id, fields))


async def is_gone_else_put_back(made: Made, case: CaseAddress, connection: Connection) -> bool:
    """What an earlier look at a case made; asked for by its own id.

    A task that somebody took out of the card before a look saw it there goes back into it: else it could neither be
    seen nor be made again.
    """
    if not isinstance(made, TaskRef):
        return await item_is_gone(made, connection)
    task = await connection.portal.send(get_task(made.id))
    if task is not None and case.ref.binding not in task.crm_bindings:
        await connection.portal.send(update_task(task.id, {"UF_CRM_TASK": case.bindings}))
    return task is None


async def carry_out(command: Command, case: CaseAddress, connection: Connection) -> TaskRef | None:
    """One command about an existing case; answers the task it made. Raises BitrixError."""
    portal = connection.portal
    match command:
        case CreateTask():
            return await _create_task(command, case, connection)
        case AddChecklistItems(task_id, titles):
            await _add_checklist(task_id, titles, connection)
        case RenewTask(task_id, deadline):
            if deadline is not None:
                await portal.send(update_task(task_id, {"DEADLINE": deadline.isoformat()}))
            await portal.send(renew_task(task_id))
        case ReassignTask(task_id, responsible_id):
            await portal.send(update_task(task_id, {"RESPONSIBLE_ID": responsible_id}))
        case CompleteTask(task_id):
            await portal.send(complete_task(task_id))
        case UpdateCase(changes, assigned_to):
            assignment: dict[str, JSON] = {} if assigned_to is None else {"assignedById": assigned_to}
            await portal.send(update_item(case.ref, {**assignment, **to_portal(changes, connection.layout.case)}))
        case UpdateMeasure(measure_id, changes, title):
            measure = ItemRef(connection.layout.measure.entity_type_id, measure_id)
            named: dict[str, JSON] = {} if title is None else {"title": title}
            await portal.send(update_item(measure, {**named, **to_portal(changes, connection.layout.measure)}))
        case MoveSource(stage_id):
            source = ItemRef(case.source.entity_type_id, case.source.id)
            await portal.send(update_item(source, {"stageId": stage_id}))
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
    return None


def _move(
    to: Stage, changes: Mapping[CaseField, FieldValue], case: CaseAddress, connection: Connection
) -> dict[str, JSON]:
    """Stage and funnel always travel together: without the funnel an item may land in the main one (contract 4.6)."""
    stage_id = f"DT{case.ref.entity_type_id}_{case.category_id}:{STAGE_CODES[to]}"
    return {"stageId": stage_id, "categoryId": case.category_id, **to_portal(changes, connection.layout.case)}


async def _create_task(command: CreateTask, case: CaseAddress, connection: Connection) -> TaskRef:
    fields: dict[str, JSON] = {
        "TITLE": command.title,
        "DESCRIPTION": f"{command.description}\n\n[URL={connection.card_url(case.ref)}]Карточка разбора[/URL]",
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
    if command.flow is not None:  # it chooses the responsible itself; whether it keeps our deadline is unverified
        fields["FLOW_ID"] = command.flow
    group = connection.layout.groups.get(command.department or "")
    if group is not None:  # a department that has left the rulebook has no kanban any more
        await _let_into_group(group.id, command.responsible_id, connection)
        fields |= {"GROUP_ID": group.id, "STAGE_ID": group.first_column_id}
    task = await connection.portal.send(add_task(fields))
    if command.checklist:
        await _add_checklist(task.id, command.checklist, connection)
    return TaskRef(task.id)


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
    replaces itself instead of arriving twice (contract 8.5). Whoever reads a notification sees which case it is about,
    and opens its card from there."""
    tag = f"capa24|{connection.name}|{case.ref.id}|{command.mark}"
    text = f"{command.text}\n{case.title}: [URL={connection.card_url(case.ref)}]открыть карточку[/URL]"
    await connection.send_together([notify(each, text, tag=f"{tag}|{each}") for each in command.to])
    await connection.portal.send(add_comment(case.ref, note_text(command.text, command.mark)))


async def _post_news(command: PostNews, case: CaseAddress, connection: Connection) -> None:
    """The post, unless an earlier look published it and died before writing its number down."""
    posts = await connection.every(list_posts(since=command.since))
    found = next((post.id for post in posts if signature_of(post.text) == command.signature), None)
    if found is None:
        text, audience = signed(command.text, command.signature), await _audience(command, connection)
        found = await connection.portal.send(add_post(command.title, text, audience, command.important))
    await connection.portal.send(update_item(case.ref, to_portal({CaseField.NEWS_POST: found}, connection.layout.case)))


async def _audience(command: PostNews, connection: Connection) -> tuple[str, ...]:
    """Whole departments of the company structure (``DR4``), or everybody (``UA``) (contract 8.7)."""
    staff = await connection.staff()
    found = (staff.department_named(name) for name in command.departments)
    return tuple(f"DR{department.id}" for department in found if department is not None) or ("UA",)
