"""``crm.requisite.*``, ``crm.requisite.preset.*``, ``crm.requisite.bankdetail.*`` and ``crm.address.*``.

Source: api-reference/crm/requisites/. Rights are those of the contact or company behind; templates are an
administrator's. Not built: fields of templates, user fields, links with deals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.portal.clock import iso
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.legacy.refusals import older_refusals
from sandbox.portal.crm.legacy.schemas import bare_name
from sandbox.portal.crm.requisites import (
    ADDRESS_FIELDS,
    ADDRESS_OWNERS,
    BANK_FIELDS,
    COUNTRIES,
    OWNERS,
    REQUISITE,
    REQUISITE_FIELDS,
    TEMPLATE_FIELDS,
    AddressKey,
    Declared,
    Record,
    Records,
    Values,
)
from sandbox.portal.crm.rights import READ, UPDATE
from sandbox.portal.crm.values import INTEGER, MOMENT, TEXT
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_object, as_text
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/requisites/"
ADDRESS_TYPES = (1, 4, 6, 8, 9, 11)
IDENT_TYPES = "RQ_IDENT_TYPE_CO"
"""Dictionary of the kinds of papers; the only one the pages name."""


def invalid(name: str) -> RestError:
    return RestError("", f"{name} is not defined or invalid.")


def denied() -> RestError:
    return RestError("", "Access denied.")


# --- Rights: those of the contact or company behind ------------------------------------------------------------------


def require_owner(portal: Portal, values: Mapping[str, str | None], action: str) -> None:
    """Raises ``Access denied.``, for an owner that has been deleted too."""
    owner = (int(values["ENTITY_TYPE_ID"] or 0), int(values["ENTITY_ID"] or 0))
    if not portal.crm.may(owner, action):
        raise denied()


def require_requisite(portal: Portal, values: Mapping[str, str | None], action: str) -> None:
    """The same for what hangs on a requisite."""
    requisite = portal.crm.requisites.requisites.get(int(values["ENTITY_ID"] or 0))
    if requisite is None:
        raise denied()
    require_owner(portal, requisite.values, action)


def require_administrator(portal: Portal, values: Mapping[str, str | None], action: str) -> None:
    """Everybody may read templates."""
    if action != READ and not portal.staff.is_admin(portal.actor.user_id):
        raise denied()


# --- What a new record wants -----------------------------------------------------------------------------------------


def begin_template(portal: Portal, sent: Mapping[str, JSON]) -> Values:
    if as_int(sent.get("ENTITY_TYPE_ID")) != REQUISITE:
        raise RestError("", "ENTITY_TYPE_ID is not defined or invalid")
    return {}


def begin_requisite(portal: Portal, sent: Mapping[str, JSON]) -> Values:
    type_id, owner_id, template = (as_int(sent.get(each)) or 0 for each in ("ENTITY_TYPE_ID", "ENTITY_ID", "PRESET_ID"))
    if type_id not in OWNERS:
        raise invalid("ENTITY_TYPE_ID")
    if owner_id <= 0:
        raise invalid("ENTITY_ID")
    if portal.crm.requisites.templates.get(template) is None:
        raise invalid("PRESET_ID")
    if portal.crm.items(type_id).get(owner_id) is None:
        raise RestError("", "Entity not found.")
    return {}


def begin_bank_detail(portal: Portal, sent: Mapping[str, JSON]) -> Values:
    """The country is that of the requisite's template."""
    requisite = portal.crm.requisites.requisites.get(as_int(sent.get("ENTITY_ID")) or 0)
    if requisite is None:
        raise invalid("ENTITY_ID")
    template = portal.crm.requisites.templates.get(int(requisite.values["PRESET_ID"] or 0))
    return {"COUNTRY_ID": template.values["COUNTRY_ID"] if template is not None else None}


# --- Three families of methods that differ in little else ------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """``crm.{word}.*``."""

    word: str
    docs: str
    noun: str
    """As refusals call it."""
    fields: tuple[Declared, ...]
    records: Callable[[Portal], Records]
    begin: Callable[[Portal, Mapping[str, JSON]], Values]
    require: Callable[[Portal, Mapping[str, str | None], str], None]
    event: str = ""

    @property
    def columns(self) -> Mapping[str, Column[Values]]:
        return columns_of(self.fields)


FAMILIES = (
    Family(
        "requisite", "universal/crm-requisite", "Requisite", REQUISITE_FIELDS,
        lambda portal: portal.crm.requisites.requisites, begin_requisite, require_owner, "ONCRMREQUISITE",
    ),
    Family(
        "requisite.preset", "presets/crm-requisite-preset", "Preset", TEMPLATE_FIELDS,
        lambda portal: portal.crm.requisites.templates, begin_template, require_administrator,
    ),
    Family(
        "requisite.bankdetail", "bank-detail/crm-requisite-bank-detail", "RequisiteBankDetail", BANK_FIELDS,
        lambda portal: portal.crm.requisites.bank_details, begin_bank_detail, require_requisite, "ONCRMBANKDETAIL",
    ),
)  # fmt: skip


def add(family: Family, portal: Portal, caller: Caller, params: Params) -> JSON:
    sent = sent_fields(params)
    begun = family.begin(portal, sent)
    initial = {one.name: one.initial for one in family.fields if one.name != "ID"}
    values = {**initial, **begun, **written(family.fields, sent)}
    values |= {"DATE_CREATE": iso(portal.clock.now()), "CREATED_BY_ID": str(caller.user_id)}
    family.require(portal, values, UPDATE)
    record = family.records(portal).add(values)
    saved(family, portal, record, "ADD")
    return record.id


def update(family: Family, portal: Portal, caller: Caller, params: Params) -> JSON:
    """What a record belongs to doesn't change."""
    record = find(family, portal, params, UPDATE)
    changeable = [one for one in family.fields if not one.immutable]
    record.values |= written(changeable, sent_fields(params))
    record.values |= {"DATE_MODIFY": iso(portal.clock.now()), "MODIFY_BY_ID": str(caller.user_id)}
    saved(family, portal, record, "UPDATE")
    return True


def get(family: Family, portal: Portal, caller: Caller, params: Params) -> JSON:
    return dict(find(family, portal, params, READ).values)


def delete(family: Family, portal: Portal, caller: Caller, params: Params) -> JSON:
    record, requisites = find(family, portal, params, UPDATE), portal.crm.requisites
    if family.word == "requisite":
        requisites.delete_requisite(record)
    elif family.word == "requisite.preset" and any(
        one.values["PRESET_ID"] == str(record.id) for one in requisites.requisites
    ):
        raise RestError("", "Вы не можете удалить шаблон, так как по нему уже созданы реквизиты")
    else:
        family.records(portal).delete(record)
    saved(family, portal, record, "DELETE")
    return True


def list_records(family: Family, portal: Portal, caller: Caller, params: Params) -> Answer:
    """Those whose contact or company the caller may read."""
    rows = [record.values for record in family.records(portal) if readable(family, portal, record)]
    return listed(rows, family.columns, params)


def fields(family: Family, portal: Portal, caller: Caller, params: Params) -> JSON:
    return described(family.fields)


Handler: TypeAlias = Callable[[Family, Portal, Caller, Params], "Answer | JSON"]


def register(family: Family) -> None:
    handlers: Mapping[str, Handler] = {
        "add": add,
        "update": update,
        "get": get,
        "delete": delete,
        "list": list_records,
        "fields": fields,
    }
    for verb, handler in handlers.items():
        register_one(family, verb, handler)


def register_one(family: Family, verb: str, handler: Handler) -> None:
    @rest_method(f"crm.{family.word}.{verb}", scope="crm", docs=f"{DOCS}{family.docs}-{verb}.md")
    def method(portal: Portal, caller: Caller, params: Params) -> Answer | JSON:
        with older_refusals():
            return handler(family, portal, caller, params.upper())


for each in FAMILIES:
    register(each)


def find(family: Family, portal: Portal, params: Params, action: str) -> Record:
    number = as_int(params.get("ID")) or 0
    if number <= 0 and family.word != "requisite.preset":
        raise invalid("ID")
    record = family.records(portal).get(number)
    if record is None:
        raise RestError("", f"The {family.noun} with ID '{number}' is not found")
    family.require(portal, record.values, action)
    return record


def readable(family: Family, portal: Portal, record: Record) -> bool:
    try:
        family.require(portal, record.values, READ)
    except RestError:
        return False
    return True


def saved(family: Family, portal: Portal, record: Record, what: str) -> None:
    portal.changed(f"{family.word}.{what.lower()}", id=record.id)
    if family.event:
        portal.emit(f"{family.event}{what}", {"FIELDS": {"ID": str(record.id)}})


@rest_method("crm.requisite.preset.countries", scope="crm", docs=DOCS + "presets/crm-requisite-preset-countries.md")
def countries(portal: Portal, caller: Caller, params: Params) -> JSON:
    return [{"ID": number, "CODE": code, "TITLE": title} for number, code, title in COUNTRIES]


# --- Addresses -------------------------------------------------------------------------------------------------------


@rest_method("crm.address.add", scope="crm", docs=DOCS + "addresses/crm-address-add.md")
def add_address(portal: Portal, caller: Caller, params: Params) -> JSON:
    sent = sent_fields(params.upper())
    key = require_address_key(portal, sent)
    addresses = portal.crm.requisites.addresses
    if key in addresses:
        raise RestError("", "TypeAddress exists.")
    anchor_type, anchor = require_anchor(portal, key, UPDATE)
    blank: Values = {one.name: None for one in ADDRESS_FIELDS}
    names = {"TYPE_ID": str(key[0]), "ENTITY_TYPE_ID": str(key[1]), "ENTITY_ID": str(key[2])}
    anchors = {"ANCHOR_TYPE_ID": str(anchor_type), "ANCHOR_ID": str(anchor)}
    location = {"LOC_ADDR_ID": str(len(addresses) + 1)}
    addresses[key] = {**blank, **location, **written(ADDRESS_FIELDS, sent), **names, **anchors}
    address_changed(portal, addresses[key], "REGISTER")
    return True


@rest_method("crm.address.update", scope="crm", docs=DOCS + "addresses/crm-address-update.md")
def update_address(portal: Portal, caller: Caller, params: Params) -> JSON:
    sent = sent_fields(params.upper())
    values = find_address(portal, sent)
    values |= written([one for one in ADDRESS_FIELDS if not one.immutable], sent)
    address_changed(portal, values, "REGISTER")  # of a change the page knows no other event
    return True


@rest_method("crm.address.delete", scope="crm", docs=DOCS + "addresses/crm-address-delete.md")
def delete_address(portal: Portal, caller: Caller, params: Params) -> JSON:
    sent = sent_fields(params.upper())
    values = find_address(portal, sent)
    del portal.crm.requisites.addresses[require_address_key(portal, sent)]
    address_changed(portal, values, "UNREGISTER")
    return True


@rest_method("crm.address.list", scope="crm", docs=DOCS + "addresses/crm-address-list.md")
def list_addresses(portal: Portal, caller: Caller, params: Params) -> Answer:
    rows = [values for key, values in portal.crm.requisites.addresses.items() if may_read(portal, key)]
    with older_refusals():
        return listed(rows, columns_of(ADDRESS_FIELDS), params.upper())


@rest_method("crm.address.fields", scope="crm", docs=DOCS + "addresses/crm-address-fields.md")
def address_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return described(ADDRESS_FIELDS)


def require_address_key(portal: Portal, sent: Mapping[str, JSON]) -> AddressKey:
    type_id, owner_type, owner = (as_int(sent.get(one)) or 0 for one in ("TYPE_ID", "ENTITY_TYPE_ID", "ENTITY_ID"))
    if type_id not in ADDRESS_TYPES:
        raise invalid("TYPE_ID")
    if owner_type not in ADDRESS_OWNERS:
        raise invalid("ENTITY_TYPE_ID")
    if owner <= 0:
        raise invalid("ENTITY_ID")
    return type_id, owner_type, owner


def require_anchor(portal: Portal, key: AddressKey, action: str) -> tuple[int, int]:
    """The lead itself, or the contact or company of the requisite."""
    _, owner_type, owner = key
    anchor = (owner_type, owner)
    if owner_type == REQUISITE:
        requisite = portal.crm.requisites.requisites.get(owner)
        if requisite is None:
            raise invalid("ENTITY_ID")
        anchor = (int(requisite.values["ENTITY_TYPE_ID"] or 0), int(requisite.values["ENTITY_ID"] or 0))
    elif portal.crm.items(owner_type).get(owner) is None:
        raise invalid("ENTITY_ID")
    if not portal.crm.may(anchor, action):
        raise denied()
    return anchor


def find_address(portal: Portal, sent: Mapping[str, JSON]) -> Values:
    key = require_address_key(portal, sent)
    values = portal.crm.requisites.addresses.get(key)
    if values is None:
        raise RestError("", "TypeAddress not found.")
    require_anchor(portal, key, UPDATE)
    return values


def may_read(portal: Portal, key: AddressKey) -> bool:
    try:
        require_anchor(portal, key, READ)
    except RestError:
        return False
    return True


def address_changed(portal: Portal, values: Values, what: str) -> None:
    keys = ("TYPE_ID", "ENTITY_TYPE_ID", "ENTITY_ID", "ANCHOR_ID", "ANCHOR_TYPE_ID")
    portal.changed(f"address.{what.lower()}", owner=values["ENTITY_ID"])
    portal.emit(f"ONCRMADDRESS{what}", {"FIELDS": {name: values[name] for name in keys}})


# --- Fields, filters, lists ------------------------------------------------------------------------------------------


def sent_fields(params: Params) -> dict[str, JSON]:
    """Where values are sent; names in any case."""
    return {name.upper(): value for name, value in (as_object(params.get("FIELDS")) or {}).items()}


def written(declared: Sequence[Declared], sent: Mapping[str, JSON]) -> Values:
    """What may be written of what was sent, as it is kept. An empty text empties the field."""
    writable = {one.name for one in declared if not one.read_only}
    return {name: as_text(value) or None for name, value in sent.items() if name in writable}


def described(declared: Sequence[Declared]) -> dict[str, JSON]:
    shown: dict[str, JSON] = {}
    for one in declared:
        about = describe(one.type, one.title, required=one.required, read_only=one.read_only, immutable=one.immutable)
        shown[one.name] = {**about, "statusType": [IDENT_TYPES]} if one.type == "crm_status" else about
    return shown


def columns_of(declared: Sequence[Declared]) -> Mapping[str, Column[Values]]:
    kinds = {"integer": INTEGER, "user": INTEGER, "datetime": MOMENT}

    def column(name: str, type_: str) -> Column[Values]:
        kind = kinds.get(type_, TEXT)
        return Column(name, kind, lambda values: kind.read(values[name]) if values[name] else None)

    return {one.name: column(one.name, one.type) for one in declared}


def listed(rows: Sequence[Values], columns: Mapping[str, Column[Values]], params: Params) -> Answer:
    """What a list doesn't know it passes over, as the other older lists do: the pages name no error for it."""
    sent = {name.upper(): value for name, value in (as_object(params.get("FILTER")) or {}).items()}
    wanted = compile_filter({name: value for name, value in sent.items() if bare_name(name) in columns}, columns)
    ways = as_object(params.get("ORDER")) or {}
    order = [(name.upper(), "DESC" if as_text(way) in ("DESC", "desc") else "ASC") for name, way in ways.items()]
    found = sort_rows(
        [row for row in rows if wanted.matches(row)], [one for one in order if one[0] in columns], columns
    )
    names = [name.upper() for name in params.select("SELECT")]
    chosen = [name for name in names if name in columns] if names and "*" not in names else list(columns)
    shown: list[JSON] = [{name: row[name] for name in chosen} for row in found]
    return page(shown, params.start("START"))
