"""The customer's own funnels that the rulebook watches: where they are on the portal. Never created by the service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.provision.blueprint import WantedSource
from bitrix.calls import categories, statuses, types
from bitrix.client import Portal
from bitrix.refs import DEAL, LEAD


@dataclass(frozen=True)
class StandingSource:
    """``category_id`` is None where items of every funnel are watched: leads, and a smart process without a name."""

    entity_type_id: int
    category_id: int | None
    triggers: Mapping[str, str] = field(default_factory=dict)
    """Stage id to title, of the stages that the rulebook names."""


class NotThere(Exception):
    """The portal has no such process, funnel or stage; the text says what there is."""


async def read_sources(
    portal: Portal, wanted: Sequence[WantedSource]
) -> tuple[Mapping[str, StandingSource], tuple[str, ...]]:
    """By the rulebook's funnel code, and a sentence for each that isn't there."""
    found = await asyncio.gather(*(_read(portal, each) for each in wanted), return_exceptions=True)
    sources: dict[str, StandingSource] = {}
    problems: list[str] = []
    for each, one in zip(wanted, found, strict=True):
        if isinstance(one, StandingSource):
            sources[each.code] = one
        elif isinstance(one, NotThere):
            problems.append(str(one))
        else:
            raise one
    return sources, tuple(problems)


async def _read(portal: Portal, wanted: WantedSource) -> StandingSource:
    entity_type_id = await _entity_type_id(portal, wanted)
    category_id = await _category_id(portal, entity_type_id, wanted.funnel)
    triggers = await _triggers(portal, entity_type_id, category_id, wanted) if wanted.stages else {}
    return StandingSource(entity_type_id, category_id, triggers)


async def _entity_type_id(portal: Portal, wanted: WantedSource) -> int:
    match wanted.kind:
        case "deal":
            return DEAL
        case "lead":
            return LEAD
        case "smart_process":
            titles = {each.title: each.entity_type_id async for each in portal.every(types.list_types(), by="offset")}
            if wanted.process not in titles:
                raise NotThere(f"смарт-процесса «{wanted.process}» нет на портале; есть: {_listed(titles)}")
            return titles[wanted.process]


async def _category_id(portal: Portal, entity_type_id: int, funnel: str | None) -> int | None:
    if funnel is None:
        return None
    names = {each.name: each.id for each in await portal.send(categories.list_categories(entity_type_id))}
    if funnel not in names:
        of_what = "воронки сделок" if entity_type_id == DEAL else "воронки смарт-процесса"
        raise NotThere(f"{of_what} «{funnel}» нет на портале; есть: {_listed(names)}")
    return names[funnel]


async def _triggers(
    portal: Portal, entity_type_id: int, category_id: int | None, wanted: WantedSource
) -> Mapping[str, str]:
    """Stages by their titles; without a funnel's name, those of every funnel of the process."""
    ids: Sequence[int | None] = (category_id,)
    if category_id is None and entity_type_id != LEAD:
        ids = [each.id for each in await portal.send(categories.list_categories(entity_type_id))]
    entities = [statuses.stage_entity_id(entity_type_id, each) for each in ids]
    found = await asyncio.gather(*(portal.send(statuses.list_statuses({"ENTITY_ID": entity})) for entity in entities))
    stages = [stage for funnel in found for stage in funnel]
    titles = {stage.name for stage in stages}
    for title in wanted.stages:
        if title not in titles:
            raise NotThere(f"стадии «{title}» нет в воронке «{wanted.title}»; есть: {_listed(titles)}")
    return {stage.status_id: stage.name for stage in stages if stage.name in wanted.stages}


def _listed(names: Mapping[str, int] | set[str]) -> str:
    return ", ".join(sorted(names)) or "ничего"
