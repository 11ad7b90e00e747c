"""``add``, ``get``, ``list``, ``update``, ``delete`` and ``fields`` of ``crm.deal.*``, ``crm.lead.*``,
``crm.contact.*``, ``crm.company.*`` and ``crm.quote.*``. ``api-reference/crm/{deals,leads,contacts,companies,quote}/``.

The vendor has stopped to develop them, integrations live on them. Names of parameters are read in any case, refusals
have an empty code; what the objects look like is in ``sandbox.portal.crm.legacy``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.kinds import DEAL
from sandbox.portal.crm.legacy.declarations import CONTACT_POINT_TITLES, ENTITIES, Entity
from sandbox.portal.crm.legacy.refusals import older_refusals
from sandbox.portal.crm.legacy.schemas import Named, older_schema
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_object
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import PAGE, Answer, Caller, Params, rest_method


def add(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    schema, sent = older_schema(portal.crm, entity), require_array(params, "FIELDS")
    optional_array(params, "PARAMS")
    with older_refusals():
        item = portal.crm.saving.add(schema.saved, schema.read(sent, new=True), caller.user_id, original=True)
    return item.id


def get(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    number = require_id(params)
    return older_schema(portal.crm, entity).show(find(entity, portal, number, "Not found"))


def update(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    """A deal sent to a stage of another funnel stays where it is, without a word (api-reference/crm/deals/index.md)."""
    number, sent = require_id(params), require_array(params, "FIELDS")
    optional_array(params, "PARAMS")
    item = find(entity, portal, number, entity.no_update)
    schema = older_schema(portal.crm, entity)
    fields = schema.read(sent, new=False)
    if entity.entity_type_id == DEAL and not is_stage_of(portal, item, fields.get("stageId")):
        fields.pop("stageId", None)
    with older_refusals():
        portal.crm.saving.update(schema.saved, item, fields, caller.user_id, original=True)
    return True


def delete(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    item = find(entity, portal, require_id(params), entity.no_delete[1], code=entity.no_delete[0])
    with older_refusals():
        portal.crm.saving.delete(portal.crm.kind(entity.entity_type_id), item, caller.user_id)
    return True


def list_(entity: Entity, portal: Portal, caller: Caller, params: Params) -> Answer:
    schema = older_schema(portal.crm, entity)
    wanted = schema.filter(optional_array(params, "FILTER"))
    optional_array(params, "ORDER")
    order = schema.order(params.order("ORDER"))
    found = portal.crm.find(schema.saved, wanted, order, schema.columns, params.start("START"), PAGE)
    names = schema.chosen(params.select("SELECT"))
    return Answer([schema.show_chosen(item, names) for item in found.items], found.total or 0, found.next)


def fields(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    schema = older_schema(portal.crm, entity)
    described: dict[str, JSON] = {
        name: describe_named(entity, one) for name, one in schema.fields.items() if one.old.described
    }
    for type_id in schema.points:
        described[type_id] = describe("crm_multifield", CONTACT_POINT_TITLES[type_id], multiple=True)
    return described


Action: TypeAlias = "Callable[[Entity, Portal, Caller, Params], Answer | JSON]"
ACTIONS: Mapping[str, Action] = {
    "add": add,
    "get": get,
    "list": list_,
    "update": update,
    "delete": delete,
    "fields": fields,
}


def register(entity: Entity, name: str, action: Action) -> None:
    @rest_method(f"crm.{entity.word}.{name}", scope="crm", docs=f"{entity.docs}crm-{entity.word}-{name}.md")
    def call(portal: Portal, caller: Caller, params: Params) -> Answer | JSON:
        return action(entity, portal, caller, params.upper())


for each in ENTITIES:
    for name, action in ACTIONS.items():
        register(each, name, action)


# Parameters


def require_id(params: Params) -> int:
    number = as_int(params.get("ID"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    return number


def require_array(params: Params, name: str) -> dict[str, JSON]:
    sent = as_object(params.get(name))
    if sent is None:
        raise RestError("", f"Parameter '{name.lower()}' must be array.")
    return sent


def optional_array(params: Params, name: str) -> dict[str, JSON]:
    return require_array(params, name) if params.get(name) not in (None, "") else {}


# Items


def find(entity: Entity, portal: Portal, number: int, absent: str, *, code: str = "") -> Item:
    """Raises the refusal of an object that does not exist, in the words of the method, or ``Access denied.``"""
    if portal.crm.items(entity.entity_type_id).get(number) is None:
        raise RestError(code, absent)
    with older_refusals():
        return portal.crm.require_item(entity.entity_type_id, number)


def is_stage_of(portal: Portal, item: Item, stage_id: JSON) -> bool:
    """Whether a stage belongs to the funnel the deal is in."""
    funnel = item.values.get("categoryId")
    dictionary = portal.crm.kind(DEAL).stage_dictionary(funnel if isinstance(funnel, int) else 0)
    return isinstance(stage_id, str) and portal.crm.statuses.find(dictionary, stage_id) is not None


# Descriptions


def describe_named(entity: Entity, one: Named) -> dict[str, JSON]:
    old, field = one.old, one.field
    described = describe(
        one.type,
        one.name if field.dynamic else field.title,
        required=old.required or field.required,
        read_only=field.read_only and not old.follows_stage,
        immutable=old.immutable,
        multiple=field.multiple,
        dynamic=field.dynamic,
    )
    if old.deprecated:
        described["isDeprecated"] = True
    if field.status_type and not field.dynamic:
        described["statusType"] = field.status_type
    if field.options:
        described["items"] = [{"ID": str(number), "VALUE": value} for number, value in field.options.items()]
    if field.dynamic:
        described |= dict.fromkeys(("listLabel", "formLabel", "filterLabel"), field.title)
        described["settings"] = dict(field.settings) or []
    elif field.settings and entity.describes_settings:
        described["settings"] = dict(field.settings)
    return described
