"""The kanban of a funnel and the list of a type of objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from sandbox.cards import addresses, page
from sandbox.cards.addresses import Link
from sandbox.cards.visit import Row, Visit, read_rows
from sandbox.cards.wording import Wording
from sandbox.portal.crm.funnels import Funnel
from sandbox.portal.crm.kinds import SYSTEM_KINDS, Kind
from sandbox.portal.crm.statuses import PROCESS, Status
from sandbox.portal.loose import as_int, as_number, as_text
from sandbox.portal.php import JSON

TILES = 20
"""In a column; a portal loads as many at first. The rest is a click away, in the list."""


@dataclass(frozen=True)
class Tile:
    id: int
    title: str
    href: str
    amount: str
    about: tuple[Link, ...]
    """The client, the items it belongs to."""
    person: int
    moment: JSON
    late: bool = False
    chip: tuple[str, str] = ("", "")
    """Words and class of what state it is in."""


@dataclass(frozen=True)
class Column:
    id: str
    """Of the stage."""
    title: str
    color: str
    final: bool
    total: int
    amount: str
    """Of all items together; empty when not all are shown."""
    tiles: tuple[Tile, ...]
    more: str = ""
    """Where the rest is listed."""
    add: str = ""


def kind_of(visit: Visit) -> Kind:
    """The type of objects a path names; raises ``NOT_FOUND``."""
    section, number = visit.request.path_params.get("section"), visit.request.path_params.get("type")
    if number is not None:
        return visit.portal.crm.kind(int(number))
    known = next((kind for kind, name in addresses.SECTIONS.items() if name == section), 0)
    if known not in SYSTEM_KINDS:
        raise page.absent("Такого раздела в CRM нет")
    return visit.portal.crm.kind(known)


def funnel_of(visit: Visit, kind: Kind) -> Funnel | None:
    """The one of the path, else the default one; ``None`` for types without funnels."""
    if not kind.has_funnels:
        return None
    wanted = visit.request.path_params.get("funnel")
    funnels = visit.portal.crm.funnels
    return funnels.default(kind) if wanted is None else funnels.require(kind, int(wanted))


def stages_of(visit: Visit, kind: Kind, funnel_id: int) -> list[Status]:
    return visit.portal.crm.statuses.of(kind.stage_dictionary(funnel_id)) if kind.has_stages else []


def show_section(visit: Visit) -> Response:
    kind = kind_of(visit)
    funnel = funnel_of(visit, kind)
    return RedirectResponse(addresses.board(kind, funnel.id if funnel else 0), 303)


def show_board(visit: Visit) -> Response:
    kind = kind_of(visit)
    funnel = funnel_of(visit, kind)
    funnel_id = funnel.id if funnel else 0
    if not kind.has_stages:
        return RedirectResponse(addresses.listing(kind, funnel_id), 303)
    stages = stages_of(visit, kind, funnel_id)
    return page.render(
        visit,
        "board.html",
        page.KIND_TITLES.get(kind.entity_type_id, kind.title),
        funnels=funnel_links(visit, kind, addresses.board),
        funnel=funnel,
        columns=[column(visit, kind, funnel, stage, first=stage is stages[0]) for stage in stages],
        add=addresses.item(kind, 0) + (f"?categoryId={funnel_id}" if funnel else ""),
        listing=addresses.listing(kind, funnel_id),
        board="",
    )


def move_on_board(visit: Visit) -> str:
    """Sends ``item`` to ``column``."""
    kind = kind_of(visit)
    stage = visit.form.text("column")
    asked: Row = {"entityTypeId": kind.entity_type_id, "id": visit.form.number("item"), "fields": {"stageId": stage}}
    visit.call("crm.item.update", asked)
    return visit.path


def column(visit: Visit, kind: Kind, funnel: Funnel | None, stage: Status, *, first: bool) -> Column:
    where: Row = {"stageId": stage.status_id, **({"categoryId": funnel.id} if funnel else {})}
    answer = visit.answer(
        "crm.item.list",
        {
            "entityTypeId": kind.entity_type_id,
            "filter": where,
            "order": {"id": "DESC"},
            "select": tile_fields(visit, kind),
        },
    )
    rows, total = read_rows(answer.result, "items"), answer.total or 0
    complete = total == len(rows)
    amount = sum(as_number(row.get("opportunity")) or 0.0 for row in rows)
    listed = f"{addresses.listing(kind, funnel.id if funnel else 0)}?stage={stage.status_id}"
    add = f"{addresses.item(kind, 0)}?stageId={stage.status_id}" + (f"&categoryId={funnel.id}" if funnel else "")
    return Column(
        id=stage.status_id,
        title=stage.name,
        color=Wording(visit.portal).color(stage.color),
        final=stage.semantics != PROCESS,
        total=total,
        amount=Wording(visit.portal).amount(amount, rows[0].get("currencyId")) if complete and amount else "",
        tiles=tuple(tile(visit, kind, row) for row in rows[:TILES]),
        more=listed if total > TILES else "",
        add=add if first else "",
    )


def tile_fields(visit: Visit, kind: Kind) -> list[JSON]:
    """Everything a tile may show; what a type has not is passed over by the method."""
    return [
        *("id", "title", "name", "lastName", "opportunity", "currencyId", "assignedById", "createdTime"),
        *("companyId", "contactId", *parents(visit, kind)),
    ]


def parents(visit: Visit, kind: Kind) -> dict[str, int]:
    """Type of the parent by the name of the field that holds its id."""
    relations = visit.portal.crm.relations.parents_of(kind.entity_type_id)
    return {f"parentId{one.parent}": one.parent for one in relations if not one.predefined}


def tile(visit: Visit, kind: Kind, row: Row) -> Tile:
    number = as_int(row["id"]) or 0
    return Tile(
        id=number,
        title=addresses.title_of(kind, number, dict(row)),
        href=addresses.item(kind, number),
        amount=Wording(visit.portal).amount(row["opportunity"], row.get("currencyId"))
        if row.get("opportunity")
        else "",
        about=tuple(belongs_to(visit, kind, row)),
        person=as_int(row.get("assignedById")) or 0,
        moment=row.get("createdTime"),
    )


def belongs_to(visit: Visit, kind: Kind, row: Row) -> list[Link]:
    targets = {"companyId": 4, "contactId": 3, **parents(visit, kind)}
    return [
        addresses.of_item(visit.portal, target, number)
        for name, target in targets.items()
        if (number := as_int(row.get(name)) or 0)
    ]


def funnel_links(visit: Visit, kind: Kind, path: Callable[[Kind, int], str]) -> list[tuple[int, Link]]:
    """Links to every funnel, by its id; nothing for types without funnels."""
    if not kind.has_funnels:
        return []
    return [(one.id, Link(one.name, path(kind, one.id))) for one in visit.portal.crm.funnels.of(kind)]


def show_list(visit: Visit) -> Response:
    """Fifty at a time, the newest first."""
    kind = kind_of(visit)
    funnel = funnel_of(visit, kind)
    stages = {stage.status_id: stage for stage in stages_of(visit, kind, funnel.id if funnel else 0)}
    stage = visit.query.text("stage")
    where: Row = {**({"categoryId": funnel.id} if funnel else {}), **({"stageId": stage} if stage else {})}
    start = max(visit.query.number("start"), 0)
    answer = visit.answer(
        "crm.item.list",
        {
            "entityTypeId": kind.entity_type_id,
            "filter": where,
            "order": {"id": "DESC"},
            "select": [*tile_fields(visit, kind), "stageId", "phone", "email"],
            "start": start,
        },
    )
    rows = [
        (tile(visit, kind, row), stages.get(as_text(row.get("stageId")) or ""), row)
        for row in read_rows(answer.result, "items")
    ]
    funnel_id = funnel.id if funnel else 0
    return page.render(
        visit,
        "list.html",
        page.KIND_TITLES.get(kind.entity_type_id, kind.title),
        funnels=funnel_links(visit, kind, addresses.listing),
        funnel=funnel,
        rows=rows,
        stages=stages,
        stage=stages.get(stage),
        total=answer.total or 0,
        start=start,
        next=answer.next,
        add=addresses.item(kind, 0) + (f"?categoryId={funnel_id}" if funnel else ""),
        board=addresses.board(kind, funnel_id) if kind.has_stages else "",
        listing="",
    )
