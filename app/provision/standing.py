"""What stands on the portal today, of the things a blueprint names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.provision.blueprint import Blueprint, WantedGroup, WantedType
from app.provision.sources import StandingSource, read_sources
from bitrix.calls import categories, departments, groups, kanban, statuses, types, userfields, users
from bitrix.calls.categories import Category
from bitrix.calls.groups import Group
from bitrix.calls.kanban import KanbanStage
from bitrix.calls.statuses import Stage
from bitrix.calls.types import SmartProcess
from bitrix.calls.userfields import UserField
from bitrix.client import Portal
from rules.model import Department, Person, Staff


@dataclass(frozen=True)
class StandingType:
    """A smart process as found, with its funnels by name, their stages by code, its user fields by code."""

    process: SmartProcess
    funnels: Mapping[str, Category] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Stage]] = field(default_factory=dict)
    """Funnel name to stage code (the part behind the colon) to stage."""
    fields: Mapping[str, UserField] = field(default_factory=dict)


@dataclass(frozen=True)
class StandingGroup:
    group: Group
    columns: Sequence[KanbanStage] = ()
    member_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Standing:
    types: Mapping[str, StandingType]
    """By the role of the blueprint's type."""
    groups: Mapping[str, StandingGroup]
    """By the code of the rulebook's department."""
    sources: Mapping[str, StandingSource]
    """By the code of the rulebook's funnel."""
    source_problems: tuple[str, ...]
    staff: Staff

    def entity_type_of(self, name: str) -> int | None:
        """The smart process behind a blueprint's role or a rulebook's funnel; ``None`` while it isn't there."""
        if name in self.types:
            return self.types[name].process.entity_type_id
        return self.sources[name].entity_type_id if name in self.sources else None


def field_name(process: SmartProcess, code: str) -> str:
    """``UF_CRM_{type id}_{code}``: the type's own id, not its entityTypeId (contract 5.5)."""
    return f"UF_CRM_{process.id}_{code}"


async def read_standing(portal: Portal, blueprint: Blueprint) -> Standing:
    """Read all of it; a dozen commands that travel in a few requests."""
    (sources, source_problems), staff, found, found_groups = await asyncio.gather(
        read_sources(portal, blueprint.sources),
        read_staff(portal),
        asyncio.gather(*(_read_type(portal, wanted) for wanted in blueprint.types)),
        asyncio.gather(*(_read_group(portal, wanted) for wanted in blueprint.groups)),
    )
    return Standing(
        types={wanted.role: one for wanted, one in zip(blueprint.types, found, strict=True) if one is not None},
        groups={w.department: one for w, one in zip(blueprint.groups, found_groups, strict=True) if one is not None},
        sources=sources,
        source_problems=source_problems,
        staff=staff,
    )


async def read_staff(portal: Portal) -> Staff:
    """Everybody who works or worked here, the company structure, and in whose name the service itself writes."""

    async def all_departments() -> dict[int, Department]:
        return {
            each.id: Department(each.id, each.name, each.parent_id, each.head_id)
            async for each in portal.every(departments.list_departments(), by="offset")
        }

    async def all_people() -> dict[int, Person]:
        return {
            each.id: Person(each.id, each.name, each.active, each.department_ids, each.time_zone)
            async for each in portal.every(users.list_users(), by="offset")
        }

    structure, people, service = await asyncio.gather(all_departments(), all_people(), portal.send(users.profile()))
    return Staff(people, structure, service_id=service.id)


async def _read_type(portal: Portal, wanted: WantedType) -> StandingType | None:
    listed = await portal.send(types.list_types({"title": wanted.title}))
    match = next((each for each in listed.rows if each.title == wanted.title), None)
    if match is None:
        return None
    process, funnels, fields = await asyncio.gather(
        portal.send(types.get_type(match.entity_type_id)),
        portal.send(categories.list_categories(match.entity_type_id)),
        _read_fields(portal, match),
    )
    stages = await asyncio.gather(*(_read_stages(portal, match.entity_type_id, each.id) for each in funnels))
    return StandingType(
        process=process,
        funnels={each.name: each for each in funnels},
        stages={each.name: found for each, found in zip(funnels, stages, strict=True)},
        fields=fields,
    )


async def _read_stages(portal: Portal, entity_type_id: int, category_id: int) -> dict[str, Stage]:
    entity = statuses.stage_entity_id(entity_type_id, category_id)
    found = await portal.send(statuses.list_statuses({"ENTITY_ID": entity}))
    return {stage.status_id.rpartition(":")[2]: stage for stage in found}


async def _read_fields(portal: Portal, process: SmartProcess) -> dict[str, UserField]:
    """Fields by code; enumerations are read once more, since lists don't carry their values (contract 5.5)."""
    prefix = field_name(process, "")
    listed = [
        each
        async for each in portal.every(userfields.list_userfields(f"CRM_{process.id}"), by="offset")
        if each.name.startswith(prefix)
    ]
    whole = await asyncio.gather(
        *(portal.send(userfields.get_userfield(each.id)) for each in listed if each.user_type == "enumeration")
    )
    with_values = {each.name: each for each in whole}
    return {each.name.removeprefix(prefix): with_values.get(each.name, each) for each in listed}


async def _read_group(portal: Portal, wanted: WantedGroup) -> StandingGroup | None:
    listed = await portal.send(groups.list_groups({"NAME": wanted.name}))
    group = next((each for each in listed.rows if each.name == wanted.name), None)
    if group is None:
        return None
    columns, members = await asyncio.gather(
        portal.send(kanban.list_kanban(group.id)),
        portal.send(groups.list_members(group.id)),
    )
    return StandingGroup(group, tuple(columns), frozenset(member.user_id for member in members))
