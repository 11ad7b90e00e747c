"""``crm.item.*``: leads, deals, contacts, companies and smart processes. ``api-reference/crm/universal/``."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.filters import compile_filter
from sandbox.portal.crm.kinds import SYSTEM_KINDS, Schema, show_item
from sandbox.portal.crm.legacy.contact_points import read_points
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_list, as_object
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, rest_method

DOCS = "api-reference/crm/universal/"
BIGGEST_IMPORT = 20


@rest_method("crm.item.add", scope="crm", docs=DOCS + "crm-item-add.md")
def add_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    fields, original = params.require_object("fields"), wants_original_names(params)
    item = portal.crm.saving.add(schema, fields, caller.user_id, original=original)
    return {"item": show_item(item, schema, schema.fields, original=original)}


@rest_method("crm.item.import", scope="crm", docs=DOCS + "import/crm-item-import.md")
def import_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    fields = params.require_object("fields")
    return import_one(portal, caller, schema, fields, original=wants_original_names(params))


@rest_method("crm.item.batchImport", scope="crm", docs=DOCS + "import/crm-item-batch-import.md")
def import_items(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Each item on its own: an error stands where its item would."""
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    sent, original = as_list(params.require("data")), wants_original_names(params)
    if len(sent) > BIGGEST_IMPORT:
        raise RestError(
            "MAX_IMPORT_BATCH_SIZE_EXCEEDED", f"Вы не можете импортировать больше {BIGGEST_IMPORT} элементов"
        )
    results: list[JSON] = []
    for fields in sent:
        try:
            results.append(import_one(portal, caller, schema, as_object(fields) or {}, original=original))
        except RestError as refusal:
            results.append(dict(refusal.as_json()))
    return {"items": results}


def import_one(
    portal: Portal, caller: Caller, schema: Schema, fields: Mapping[str, JSON], *, original: bool
) -> dict[str, JSON]:
    """Contact points may be sent the older way too: ``PHONE: [{VALUE, VALUE_TYPE}]``."""
    points = read_points(fields) if schema.find("fm", original=True) else []
    sent = {**fields, "fm": [*as_list(fields.get("fm")), *points]} if points else fields
    return {"item": {"id": portal.crm.saving.import_item(schema, sent, caller.user_id, original=original).id}}


@rest_method("crm.item.update", scope="crm", docs=DOCS + "crm-item-update.md")
def update_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Unknown fields are ignored; an update that changes nothing is not saved and raises no event."""
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    item = portal.crm.require_item(schema.kind.entity_type_id, params.require_int("id"))
    fields, original = params.require_object("fields"), wants_original_names(params)
    portal.crm.saving.update(schema, item, fields, caller.user_id, original=original)
    return {"item": show_item(item, schema, schema.fields, original=original)}


@rest_method("crm.item.get", scope="crm", docs=DOCS + "crm-item-get.md")
def get_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    item = portal.crm.require_item(schema.kind.entity_type_id, params.require_int("id"))
    return {"item": show_item(item, schema, schema.fields, original=wants_original_names(params))}


@rest_method("crm.item.list", scope="crm", docs=DOCS + "crm-item-list.md")
def list_items(portal: Portal, caller: Caller, params: Params) -> Answer:
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    original = wants_original_names(params)
    columns = schema.columns(original=original)
    wanted = compile_filter(params.filter(), columns)
    found = portal.crm.find(schema, wanted, params.order(), columns, params.start(), PAGE)
    whole, chosen = choose(schema, params.select(), original=original)
    rows = [show_item(item, schema, chosen, original=original, whole=whole) for item in found.items]
    return Answer({"items": rows}, found.total or 0, found.next)


@rest_method("crm.item.delete", scope="crm", docs=DOCS + "crm-item-delete.md")
def delete_item(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    item = portal.crm.require_item(kind.entity_type_id, params.require_int("id"))
    portal.crm.saving.delete(kind, item, caller.user_id)
    return []


@rest_method("crm.item.fields", scope="crm", docs=DOCS + "crm-item-fields.md")
def item_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``contacts`` is told of where ``contactIds`` is, and never comes in an item."""
    schema = portal.crm.schema(params.require_int("entityTypeId"))
    original = wants_original_names(params)
    described = {
        schema.output_name(field, original=original): describe_field(portal, schema, field)
        for field in schema.fields
        if not field.hidden
    }
    if "contactIds" in described:
        described["contacts"] = describe("crm_contact", "CONTACTS", "CONTACTS", multiple=True)
    return {"fields": described}


@rest_method("crm.enum.ownertype", scope="crm", docs="api-reference/crm/auxiliary/enum/crm-enum-owner-type.md")
def owner_types(portal: Portal, caller: Caller, params: Params) -> JSON:
    built: list[JSON] = [
        {"ID": kind.entity_type_id, "NAME": kind.title, "SYMBOL_CODE": kind.symbol, "SYMBOL_CODE_SHORT": kind.short}
        for kind in portal.crm.kinds()
    ]
    system = len(SYSTEM_KINDS)
    return built[:system] + OTHER_OWNER_TYPES + built[system:]


OTHER_OWNER_TYPES: list[JSON] = [
    {"ID": 5, "NAME": "Счёт (старая версия)", "SYMBOL_CODE": "INVOICE", "SYMBOL_CODE_SHORT": "I"},
    {"ID": 8, "NAME": "Реквизиты", "SYMBOL_CODE": "REQUISITE", "SYMBOL_CODE_SHORT": "RQ"},
    {"ID": 36, "NAME": "Документ", "SYMBOL_CODE": "SMART_DOCUMENT", "SYMBOL_CODE_SHORT": "DO"},
    {"ID": 39, "NAME": "Документ компании", "SYMBOL_CODE": "SMART_B2E_DOC", "SYMBOL_CODE_SHORT": "SBD"},
]
"""Types a portal always lists; this sandbox keeps no items of them."""


def wants_original_names(params: Params) -> bool:
    """``useOriginalUfNames`` (crm 25.0.0 and later): user fields under their own names, both ways."""
    return params.flag("useOriginalUfNames")


def choose(schema: Schema, select: list[str], *, original: bool) -> tuple[bool, tuple[Field, ...]]:
    """The fields to show, and whether that is the whole item. ``id`` always comes (inferred from the page's answers);
    unknown names are skipped (unverified); ``fm`` comes with ``*`` only."""
    if not select or "*" in select:
        return True, schema.fields
    wanted = {"id"}
    for name in select:
        field = schema.find(name, original=original)
        if field is not None and field.name != "fm":
            wanted.add(field.name)
    return "entityTypeId" in select, tuple(field for field in schema.fields if field.name in wanted)


def describe_field(portal: Portal, schema: Schema, field: Field) -> JSON:
    """One field in the answer of ``crm.item.fields``."""
    shown = describe(
        field.type,
        field.title,
        field.upper,
        required=field.required or field.name == "opened",
        read_only=field.read_only,
        immutable=field.immutable,
        multiple=field.multiple,
        dynamic=field.dynamic,
    )
    if field.name in ("stageId", "previousStageId"):
        shown["statusType"] = stage_dictionary(portal, schema)
    elif field.status_type:
        shown["statusType"] = field.status_type
    if field.settings:
        shown["settings"] = field.settings
    if field.options:
        shown["items"] = [{"ID": str(number), "VALUE": value} for number, value in field.options.items()]
    if field.name == "contactId":
        shown["isDeprecated"] = True
    return shown


def stage_dictionary(portal: Portal, schema: Schema) -> str:
    """Stages of the default funnel: the answer is about a type, not about an item."""
    kind = schema.kind
    return kind.stage_dictionary(portal.crm.funnels.default(kind).id if kind.has_funnels else 0)


def require_crm_admin(caller: Caller) -> None:
    """The right to change settings of the CRM, which only administrators have here."""
    if not caller.admin:
        raise RestError("ACCESS_DENIED", "Доступ запрещен")
