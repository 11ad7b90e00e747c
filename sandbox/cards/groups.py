"""Workgroups, and the kanban of a group's tasks."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from sandbox.cards import addresses, page
from sandbox.cards.board import Column, Tile
from sandbox.cards.tasks import LIST_FIELDS, STATUSES, bindings
from sandbox.cards.visit import Row, Visit, read_rows
from sandbox.cards.wording import Wording
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.workgroups import Workgroup

MOST_TASKS = 200
"""On a kanban; older ones are found through the lists of people."""


def show_groups(visit: Visit) -> Response:
    """Those this person may see."""
    rows = visit.rows("sonet_group.get", {"ORDER": {"NAME": "ASC"}})
    numbers = [as_int(row["ID"]) or 0 for row in rows]
    return page.render(
        visit,
        "groups.html",
        "Рабочие группы",
        groups=[group for number in numbers if (group := visit.portal.workgroups.get(number))],
    )


def show_group(visit: Visit) -> Response:
    return RedirectResponse(addresses.group_tasks(group_of(visit).id), 303)


def group_of(visit: Visit) -> Workgroup:
    group = visit.portal.workgroups.get(visit.number("group"))
    if group is None or not (visit.person.admin or visit.portal.workgroups.can_see(group, visit.person.id)):
        raise page.absent("Группа не найдена")
    return group


def show_tasks(visit: Visit) -> Response:
    """Tasks without a column stand in the first one."""
    group = group_of(visit)
    stages = stages_of(visit, group)
    known = {as_text(stage["ID"]) for stage in stages}
    by_stage: dict[str, list[Tile]] = {}
    for row in tasks_of(visit, group):
        code = as_text(row["stageId"]) or ""
        place = code if code in known else as_text(stages[0]["ID"]) or "" if stages else ""
        by_stage.setdefault(place, []).append(tile(visit, row))
    say = Wording(visit.portal)
    columns = [
        Column(
            id=number,
            title=as_text(stage["TITLE"]) or "",
            color=say.color(stage["COLOR"]),
            final=stage["SYSTEM_TYPE"] == "FINISH",
            total=len(by_stage.get(number, ())),
            amount="",
            tiles=tuple(by_stage.get(number, ())),
        )
        for stage in stages
        for number in [as_text(stage["ID"]) or ""]
    ]
    add = f"{addresses.new_task(visit.person.id)}?GROUP_ID={group.id}"
    return page.render(visit, "group.html", group.name, group=group, columns=columns, add=add)


def stages_of(visit: Visit, group: Workgroup) -> list[Row]:
    """From left to right; ``isAdmin`` opens groups an administrator is not in."""
    asked: Row = {"entityId": group.id, "isAdmin": "Y" if visit.person.admin else "N"}
    return sorted(visit.rows("task.stages.get", asked), key=lambda stage: as_int(stage["SORT"]) or 0)


def tasks_of(visit: Visit, group: Workgroup) -> list[Row]:
    found: list[Row] = []
    start: int | None = 0
    while start is not None and len(found) < MOST_TASKS:
        asked: Row = {"filter": {"GROUP_ID": group.id}, "select": [*LIST_FIELDS, "STAGE_ID"], "start": start}
        answer = visit.answer("tasks.task.list", asked)
        found += read_rows(answer.result, "tasks")
        start = answer.next
    return found


def tile(visit: Visit, row: Row) -> Tile:
    return Tile(
        id=as_int(row["id"]) or 0,
        title=as_text(row["title"]) or "",
        href=addresses.task(visit.person.id, as_text(row["id"]) or ""),
        amount="",
        chip=STATUSES.get(as_text(row["status"]) or "", ("", "")),
        about=tuple(bindings(visit, row)),
        person=as_int(row["responsibleId"]) or 0,
        moment=row["deadline"],
        late=row["status"] != "5" and Wording(visit.portal).is_past(row["deadline"]),
    )


def move(visit: Visit) -> str:
    """Sends the task ``item`` to ``column``."""
    visit.call("task.stages.movetask", {"id": visit.form.number("item"), "stageId": visit.form.number("column")})
    return visit.path


def join(visit: Visit) -> str:
    """People join an open group by themselves; here an administrator adds whoever is missing."""
    group = group_of(visit)
    visit.call("sonet_group.user.add", {"GROUP_ID": group.id, "USER_ID": visit.person.id})
    return visit.path


ACTIONS: dict[str, page.Act] = {"move": move, "join": join}
