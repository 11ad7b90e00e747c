"""Taking the steps of a plan, wave by wave. The portal is read anew in between, so it can stop and resume anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.provision.blueprint import Blueprint, WantedGroup, WantedType
from app.provision.plan import (
    AddField,
    AddMembers,
    AddOptions,
    AddStage,
    ArrangeKanban,
    CreateFunnel,
    CreateGroup,
    CreateType,
    DeleteStage,
    RenameFunnel,
    Step,
    UpdateStage,
    UpdateType,
    first_wave,
    plan,
)
from app.provision.standing import Standing, field_name, read_standing
from bitrix.calls import categories, groups, kanban, statuses, types, userfields
from bitrix.client import Portal

MOST_WAVES = 12
"""More would mean that the portal doesn't keep what we write: better to stop and say so."""

COLUMN_COLORS = ("00C4FB", "47D1E2", "FFA900", "BB7AE0", "9DCF00")


class DoesNotHold(Exception):
    """The portal accepted the steps and still lacks what they made."""


async def build(portal: Portal, blueprint: Blueprint, say: Callable[[Step], None]) -> int:
    """Bring the portal to the blueprint. Returns the number of steps taken; 0 means that it was ready."""
    taken = 0
    for _ in range(MOST_WAVES):
        standing = await read_standing(portal, blueprint)
        steps = plan(blueprint, standing)
        if not steps:
            return taken
        wave = first_wave(steps)
        await _take_together(portal, wave, standing)
        for step in wave:
            say(step)
        taken += len(wave)
    left = "; ".join(str(step) for step in plan(blueprint, await read_standing(portal, blueprint)))
    raise DoesNotHold(f"портал принял изменения, но не сохранил: {left}. Проверьте права владельца вебхука и тариф.")


async def _take_together(portal: Portal, wave: tuple[Step, ...], standing: Standing) -> None:
    """Raises the first error when all have ended: whoever resumes must not meet writes that are still under way."""
    endings = await asyncio.gather(*(_take(portal, step, standing) for step in wave), return_exceptions=True)
    for ending in endings:
        if ending is not None:
            raise ending


async def _take(portal: Portal, step: Step, standing: Standing) -> None:
    match step:
        case CreateType(wanted):
            await portal.send(
                types.add_type(
                    title=wanted.title,
                    flags=wanted.flags,
                    parents=_parents(wanted, standing),
                    task_binding=True,
                )
            )
        case UpdateType(wanted):
            found = standing.types[wanted.role].process
            parents = tuple(dict.fromkeys((*found.parent_ids, *_parents(wanted, standing))))
            await portal.send(
                types.update_type(
                    found.id,
                    title=wanted.title,
                    flags=wanted.flags,
                    parents=parents,
                    children=found.child_ids,
                    task_binding=True,
                )
            )
        case RenameFunnel(role, old, name):
            renamed = standing.types[role]
            await portal.send(
                categories.update_category(renamed.process.entity_type_id, renamed.funnels[old].id, name=name)
            )
        case CreateFunnel(role, name, sort):
            await portal.send(categories.add_category(standing.types[role].process.entity_type_id, name, sort))
        case AddStage(role, funnel, wanted):
            await portal.send(
                statuses.add_status(
                    _stage_entity(standing, role, funnel),
                    wanted.code,
                    wanted.title,
                    wanted.sort,
                    wanted.color,
                    wanted.semantics,
                )
            )
        case UpdateStage(role, funnel, wanted):
            stage = standing.types[role].stages[funnel][wanted.code]
            await portal.send(statuses.update_status(stage.id, name=wanted.title, color=wanted.color))
        case DeleteStage(role, funnel, code):
            await portal.send(statuses.delete_status(standing.types[role].stages[funnel][code].id))
        case AddField(role, _, wanted, sort):
            process = standing.types[role].process
            await portal.send(
                userfields.add_userfield(
                    f"CRM_{process.id}",
                    field_name(process, wanted.code),
                    wanted.user_type,
                    wanted.label,
                    multiple=wanted.multiple,
                    sort=sort,
                    enum=wanted.options,
                )
            )
        case AddOptions(role, _, wanted, codes):
            field = standing.types[role].fields[wanted.code]
            added = tuple((code, text) for code, text in wanted.options if code in codes)
            await portal.send(userfields.add_options(field, added))
        case CreateGroup(wanted):
            await portal.send(groups.add_group(wanted.name, f"Задачи по коррекциям: {wanted.of_department}"))
        case ArrangeKanban(wanted):
            await _arrange(portal, standing, wanted)
        case AddMembers(wanted, user_ids):
            await portal.send(groups.add_members(standing.groups[wanted.department].group.id, user_ids))


def _parents(wanted: WantedType, standing: Standing) -> tuple[int, ...]:
    """Entity type ids; a parent that is itself wanted but not there yet is added by a later UpdateType."""
    found = (parent if isinstance(parent, int) else standing.entity_type_of(parent) for parent in wanted.parents)
    return tuple(parent for parent in found if parent is not None)


def _stage_entity(standing: Standing, role: str, funnel: str) -> str:
    found = standing.types[role]
    return statuses.stage_entity_id(found.process.entity_type_id, found.funnels[funnel].id)


async def _arrange(portal: Portal, standing: Standing, wanted: WantedGroup) -> None:
    """The wanted columns in order. Columns that a new group brings along are renamed, a customer's own stay.

    The portal's first column (NEW) becomes our first and its last (FINISH) our last, so that whatever the portal ties
    to them keeps making sense; that a new group brings NEW, WORK and FINISH is unverified (contract 6.9).
    """
    found = standing.groups[wanted.department]
    ids = {column.title: column.id for column in found.columns}
    free = {column.system_type: column for column in found.columns if column.title not in wanted.kanban}
    first, last = wanted.kanban[0], wanted.kanban[-1]
    second = wanted.kanban[1] if len(wanted.kanban) > 2 else None
    for title, system_type in ((first, "NEW"), (last, "FINISH"), (second, "WORK"), (second, "PROGRESS")):
        column = free.get(system_type)
        if title is not None and title not in ids and column is not None:
            ids[title] = column.id
    after = 0
    for title, color in zip(wanted.kanban, _colors(len(wanted.kanban)), strict=True):
        if title in ids:  # its place is sent along: an update without one moves a column to the front
            await portal.send(kanban.update_kanban_stage(ids[title], title=title, after_id=after))
        else:
            ids[title] = await portal.send(kanban.add_kanban_stage(found.group.id, title, color, after))
        after = ids[title]


def _colors(count: int) -> tuple[str, ...]:
    return tuple(COLUMN_COLORS[index % len(COLUMN_COLORS)] for index in range(count))
