"""The card of a CRM item: stages, fields, what belongs to it, its tasks and its timeline.

The same page with the number 0 makes a new item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from sandbox.cards import addresses, board, fields, page, timeline, widgets
from sandbox.cards.fields import FieldView
from sandbox.cards.tasks import STATUSES
from sandbox.cards.visit import Row, Visit, read_rows
from sandbox.cards.wording import Wording
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.kinds import Kind, Schema
from sandbox.portal.crm.statuses import PROCESS, Status
from sandbox.portal.loose import as_int, as_object

FIRST = (
    "title",
    "lastName",
    "name",
    "secondName",
    "opportunity",
    "currencyId",
    "companyId",
    "contactIds",
    "assignedById",
)
"""What the card begins with."""
BACKGROUND = frozenset({
    "xmlId", "createdTime", "createdBy", "updatedTime", "updatedBy", "movedTime", "movedBy", "dateClosed", "opened",
    "originatorId", "originId", "originVersion", "webformId", "utmSource", "utmMedium", "utmCampaign", "utmContent",
    "utmTerm", "isRecurring", "isManualOpportunity", "export", "isMyCompany", "isReturnCustomer", "taxValue", "quoteId",
})  # fmt: skip
"""Kept apart, folded, and not entered here."""
ELSEWHERE = frozenset({"id", "stageId", "previousStageId", "stageSemanticId", "contactId", "isNew", "closed", "phone",
                       "email", "isRepeatedApproach"})  # fmt: skip
"""Shown in another way, or not at all."""


@dataclass(frozen=True)
class Step:
    """A stage in the bar at the top."""

    id: str
    title: str
    color: str
    state: str
    """``passed``, ``current`` or ``ahead``."""
    semantics: str


@dataclass(frozen=True)
class Section:
    """Fields under one heading. ``name`` is what ``?edit=`` opens."""

    name: str
    title: str
    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class Children:
    title: str
    tiles: tuple[board.Tile, ...]
    add: str


def show_card(visit: Visit) -> Response:
    kind, number = board.kind_of(visit), visit.number("number")
    if not number:
        return show_new(visit, kind)
    item = read(visit, kind, number)
    schema = visit.portal.crm.schema(kind.entity_type_id)
    funnel = visit.portal.crm.funnels.get(kind, as_int(item.get("categoryId")) or 0) if kind.has_funnels else None
    steps = stage_bar(visit, kind, item)
    return page.render(
        visit,
        "card.html",
        addresses.title_of(kind, number, dict(item)),
        kind=kind,
        number=number,
        back=addresses.board(kind, funnel.id if funnel else 0),
        funnel=funnel,
        steps=[step for step in steps if step.semantics == PROCESS],
        ends=[step for step in steps if step.semantics != PROCESS],
        current=next((step for step in steps if step.state == "current"), None),
        sections=sections(visit, schema, item, editing=visit.query.text("edit")),
        background=[
            shown
            for field in schema.fields
            if field.name in BACKGROUND and (shown := fields.view(visit, field, item)).shown
        ],
        editing=visit.query.text("edit"),
        contact_points=contact_points(item),
        children=children(visit, kind, number),
        tasks=timeline.bound_tasks(visit, kind, number),
        statuses=STATUSES,
        new_task=f"{addresses.new_task(visit.person.id)}?UF_CRM_TASK={kind.short}_{number}",
        planned=timeline.planned(visit, kind, number),
        entries=timeline.entries(visit, kind, number, item),
        tabs=widgets.tabs(visit, widgets.card_tab(kind)),
        frame=widgets.opened(visit, widgets.card_tab(kind), {"ID": str(number)}),
        assigned=as_int(item.get("assignedById")) or 0,
    )


def read(visit: Visit, kind: Kind, number: int) -> Row:
    asked: Row = {"entityTypeId": kind.entity_type_id, "id": number, "useOriginalUfNames": "Y"}
    return as_object((as_object(visit.call("crm.item.get", asked)) or {}).get("item")) or {}


def stage_bar(visit: Visit, kind: Kind, item: Row) -> list[Step]:
    """An item that came to an end has passed everything and stands on the end it came to."""
    stages = board.stages_of(visit, kind, as_int(item.get("categoryId")) or 0)
    place = next((at for at, stage in enumerate(stages) if stage.status_id == item.get("stageId")), -1)
    ended = place >= 0 and stages[place].semantics != PROCESS

    def state(at: int, stage: Status) -> str:
        if at == place:
            return "current"
        return "passed" if stage.semantics == PROCESS and (ended or at < place) else "ahead"

    say = Wording(visit.portal)
    return [
        Step(stage.status_id, stage.name, say.color(stage.color), state(at, stage), stage.semantics)
        for at, stage in enumerate(stages)
    ]


def sections(visit: Visit, schema: Schema, item: Row, editing: str) -> list[Section]:
    """Reading, system fields without a value are left out, as on a portal."""
    found = [
        ("main", "О карточке", ordered(field for field in schema.fields if is_main(schema.kind, field))),
        ("own", "Поля", [field for field in schema.fields if field.dynamic]),
        ("links", "Связи", [field for field in schema.fields if is_parent(field)]),
    ]
    made = []
    for name, heading, group in found:
        views = [
            fields.view(visit, field, item, editing=editing == name)
            for field in group
            if fields.can_be_entered(field) or editing != name
        ]
        shown = tuple(one for one in views if one.shown or name != "main" or editing == name)
        if group:
            made.append(Section(name, heading, shown))
    return made


def is_main(kind: Kind, field: Field) -> bool:
    """What people fill in, of the fields every portal has."""
    return not (
        (field.type == "crm_category" and not kind.has_funnels)
        or field.dynamic
        or field.disabled
        or field.hidden
        or field.read_only
        or is_parent(field)
        or field.name in BACKGROUND
        or field.name in ELSEWHERE
    )


def is_parent(field: Field) -> bool:
    return field.type == "crm_entity"


def ordered(group: Iterable[Field]) -> list[Field]:
    return sorted(group, key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))


def contact_points(item: Row) -> list[Row]:
    """Phones and addresses of a lead, contact or company."""
    return read_rows(item.get("fm"))


def children(visit: Visit, kind: Kind, number: int) -> list[Children]:
    """Items of other types that have this one for a parent."""
    found = []
    for relation in visit.portal.crm.relations.children_of(kind.entity_type_id):
        if relation.predefined or not visit.portal.crm.exists(relation.child):
            continue
        child = visit.portal.crm.kind(relation.child)
        name = f"parentId{kind.entity_type_id}"
        asked: Row = {
            "entityTypeId": relation.child,
            "filter": {name: number},
            "select": [*board.tile_fields(visit, child), "stageId", "categoryId"],
        }
        rows = visit.rows("crm.item.list", asked, "items")
        add = f"{addresses.item(child, 0)}?{name}={number}"
        found.append(Children(child.title, tuple(board.tile(visit, child, row) for row in rows), add))
    return found


# Actions


def move(visit: Visit) -> str:
    return update(visit, {"stageId": visit.form.text("stage")})


def save(visit: Visit) -> str:
    """The fields of one section."""
    schema = visit.portal.crm.schema(board.kind_of(visit).entity_type_id)
    sent = fields.changed(visit.form, schema.fields)
    return update(visit, sent) if sent else visit.request.url.path


def update(visit: Visit, sent: Row) -> str:
    kind, number = board.kind_of(visit), visit.number("number")
    asked: Row = {"entityTypeId": kind.entity_type_id, "id": number, "fields": sent, "useOriginalUfNames": "Y"}
    visit.call("crm.item.update", asked)
    return visit.request.url.path


def delete(visit: Visit) -> str:
    kind, number = board.kind_of(visit), visit.number("number")
    visit.call("crm.item.delete", {"entityTypeId": kind.entity_type_id, "id": number})
    return addresses.section(kind)


def create(visit: Visit) -> str:
    """A child leads back to the card it was made from."""
    kind = board.kind_of(visit)
    schema = visit.portal.crm.schema(kind.entity_type_id)
    sent = {**given(visit, schema), **fields.changed(visit.form, schema.fields)}
    answer = visit.call(
        "crm.item.add", {"entityTypeId": kind.entity_type_id, "fields": sent, "useOriginalUfNames": "Y"}
    )
    for name, parent in board.parents(visit, kind).items():
        if visit.query.number(name):
            return addresses.item(visit.portal.crm.kind(parent), visit.query.number(name))
    item = as_object((as_object(answer) or {}).get("item")) or {}
    return addresses.item(kind, as_int(item["id"]) or 0)


ACTIONS: dict[str, page.Act] = {"move": move, "save": save, **timeline.ACTIONS, "delete": delete, "create": create}


# A new item


def show_new(visit: Visit, kind: Kind) -> Response:
    schema = visit.portal.crm.schema(kind.entity_type_id)
    values: Row = {"entityTypeId": kind.entity_type_id, "assignedById": visit.person.id, **given(visit, schema)}
    groups = {
        "О карточке": ordered(field for field in schema.fields if is_main(kind, field) or is_parent(field)),
        "Поля": [field for field in schema.fields if field.dynamic],
    }
    return page.render(
        visit,
        "new.html",
        f"{kind.title}: создать",
        back=addresses.section(kind),
        sections=[
            Section(
                "",
                heading,
                tuple(fields.view(visit, one, values, editing=True) for one in group if fields.can_be_entered(one)),
            )
            for heading, group in groups.items()
            if group
        ],
    )


def given(visit: Visit, schema: Schema) -> Row:
    """Values that stand in the address, under the names of fields: the stage, the funnel, the parent."""
    found: Row = {}
    for field in schema.fields:
        value = visit.query.text(field.name)
        if value and fields.can_be_entered(field):
            found[field.name] = [value] if field.multiple else value
    return found
