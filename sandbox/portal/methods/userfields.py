"""``userfieldconfig.*``. ``api-reference/crm/universal/userfieldconfig/``.

Needs two scopes, its own and that of the module. Refusals have an empty code, numbers come as strings.
"""

from __future__ import annotations

from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.user_fields import LANGUAGES, TYPE_TITLES, UserField, refusal
from sandbox.portal.crm.values import INTEGER, TEXT
from sandbox.portal.loose import as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/universal/userfieldconfig/"
WITH_OWN_EVENTS = frozenset({"LEAD", "DEAL", "CONTACT", "COMPANY", "QUOTE"})
LANGUAGE_FIELDS = ("editFormLabel", "listColumnLabel", "listFilterLabel", "errorMessage", "helpMessage")


@rest_method("userfieldconfig.add", scope="userfieldconfig", docs=DOCS + "userfieldconfig-add.md")
def add_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_module(caller, params)
    sent = params.require_object("field")
    entity_id = as_text(sent.get("entityId")) or ""
    if not caller.admin:
        raise refusal("Access denied")
    if portal.crm.kind_with_fields_of(entity_id) is None:
        raise refusal("Вы не можете создавать пользовательские поля")
    field = portal.crm.user_fields.add(entity_id, sent)
    portal.crm.configured()
    announce(portal, "ADD", field)
    if field.type == "enumeration":
        announce(portal, "SETENUMVALUES", field)
    return {"field": show_with_options(field)}


@rest_method("userfieldconfig.update", scope="userfieldconfig", docs=DOCS + "userfieldconfig-update.md")
def update_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_module(caller, params)
    field = portal.crm.user_fields.get(params.require_int("id"))
    if field is None or not caller.admin:
        raise refusal("Вы не можете изменить настройки пользовательского поля")
    touched_options = portal.crm.user_fields.update(field, params.require_object("field"))
    portal.crm.configured()
    announce(portal, "UPDATE", field)
    if touched_options:
        announce(portal, "SETENUMVALUES", field)
    return {"field": show_with_options(field)}


@rest_method("userfieldconfig.get", scope="userfieldconfig", docs=DOCS + "userfieldconfig-get.md")
def get_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_module(caller, params)
    field = portal.crm.user_fields.get(params.require_int("id"))
    if field is None or not may_read(portal, field.entity_id):
        raise refusal("Вы не можете просматривать настройки пользовательских полей")
    return {"field": show_with_options(field)}


@rest_method("userfieldconfig.list", scope="userfieldconfig", docs=DOCS + "userfieldconfig-list.md")
def list_user_fields(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Without the elements of enumerations. ``entityId`` is missing from the page's table of filters and works in its
    tutorial; here it works. Labels come when ``select`` names a language."""
    require_module(caller, params)
    wanted = compile_filter(params.filter(), COLUMNS)
    matching = [field for field in portal.crm.user_fields.all() if wanted.matches(field)]
    found = [field for field in matching if may_read(portal, field.entity_id)]
    if matching and not found:
        raise refusal("Вы не можете просматривать настройки пользовательских полей")
    ordered = sort_rows(found, params.order() or [("sort", "ASC"), ("id", "ASC")], COLUMNS)
    select = params.optional_object("select")
    language = as_text(select.get("language"))
    names = [text for text in (as_text(value) for key, value in select.items() if key != "language") if text]
    rows: list[JSON] = [show_chosen(field, names, language) for field in ordered]
    return page(rows, params.start(), wrap=lambda fields: {"fields": fields})


@rest_method("userfieldconfig.delete", scope="userfieldconfig", docs=DOCS + "userfieldconfig-delete.md")
def delete_user_field(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_module(caller, params)
    field = portal.crm.user_fields.get(params.require_int("id"))
    if field is None or not caller.admin:
        raise refusal("Вы не можете удалить пользовательское поле")
    portal.crm.drop_user_field(field)
    announce(portal, "DELETE", field)
    return None


@rest_method("userfieldconfig.getTypes", scope="userfieldconfig", docs=DOCS + "userfieldconfig-get-types.md")
def user_field_types(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_module(caller, params)
    return {"types": {code: {"userTypeId": code, "description": title} for code, title in TYPE_TITLES.items()}}


def require_module(caller: Caller, params: Params) -> None:
    """Only the CRM's user fields are configured this way here."""
    module = params.require_text("moduleId")
    if module != "crm":
        raise refusal("No settings for UserFieldAccess")
    if module not in caller.scopes:
        raise refusal(f"The current method required more scopes. ({module})")


def may_read(portal: Portal, entity_id: str) -> bool:
    """Whoever may read items in some funnel may know their fields."""
    kind = portal.crm.kind_with_fields_of(entity_id)
    return kind is not None and portal.crm.may_read_some(kind)


def announce(portal: Portal, what: str, field: UserField) -> None:
    """Leads, deals, contacts, companies and quotes have events of their own; smart processes and new invoices share
    those of types (deals/user-defined-fields/events/, universal/userfieldconfig/events/)."""
    portal.changed(f"crm.userfield.{what.lower()}", id=field.id, entity_id=field.entity_id, name=field.name)
    symbol = field.entity_id.removeprefix("CRM_")
    portal.emit(
        f"ONCRM{symbol if symbol in WITH_OWN_EVENTS else 'TYPE'}USERFIELD{what}",
        {"FIELDS": {"ID": str(field.id), "ENTITY_ID": field.entity_id, "FIELD_NAME": field.name}},
    )


def show_field(field: UserField) -> dict[str, JSON]:
    return {
        "id": str(field.id),
        "entityId": field.entity_id,
        "fieldName": field.name,
        "userTypeId": field.type,
        "xmlId": field.xml_id,
        "sort": str(field.sort),
        "multiple": yes_no(field.multiple),
        "mandatory": yes_no(field.mandatory),
        "showFilter": field.show_filter,
        "showInList": yes_no(field.show_in_list),
        "editInList": yes_no(field.edit_in_list),
        "isSearchable": yes_no(field.searchable),
        "settings": field.settings or [],
        "languageId": {language: language for language in LANGUAGES},
        "editFormLabel": field.label,
        "listColumnLabel": dict.fromkeys(LANGUAGES),
        "listFilterLabel": dict.fromkeys(LANGUAGES),
        "errorMessage": dict.fromkeys(LANGUAGES),
        "helpMessage": field.help,
    }


def show_with_options(field: UserField) -> dict[str, JSON]:
    shown = show_field(field)
    if field.type == "enumeration":
        shown["enum"] = [
            {
                "id": str(option.id),
                "userFieldId": str(field.id),
                "value": option.value,
                "def": yes_no(option.default),
                "sort": str(option.sort),
                "xmlId": option.xml_id,
            }
            for option in field.options
        ]
    return shown


def show_chosen(field: UserField, names: list[str], language: str | None) -> dict[str, JSON]:
    """Everything but labels for ``*`` or no names; labels in one language when it is named."""
    shown = show_field(field)
    plain = {name: value for name, value in shown.items() if name not in (*LANGUAGE_FIELDS, "languageId")}
    chosen = plain if not names or "*" in names else {name: plain[name] for name in names if name in plain}
    if language:
        chosen["languageId"] = {language: language}
        chosen["editFormLabel"] = {language: field.label.get(language)} if field.label.get(language) else None
        for name in LANGUAGE_FIELDS[1:-1]:
            chosen[name] = None
        chosen["helpMessage"] = {language: field.help.get(language)} if field.help.get(language) else None
    return chosen


def yes_no(flag: bool) -> str:
    return "Y" if flag else "N"


COLUMNS: dict[str, Column[UserField]] = {
    "id": Column("id", INTEGER, lambda field: field.id),
    "entityId": Column("entityId", TEXT, lambda field: field.entity_id),
    "fieldName": Column("fieldName", TEXT, lambda field: field.name),
    "userTypeId": Column("userTypeId", TEXT, lambda field: field.type),
    "xmlId": Column("xmlId", TEXT, lambda field: field.xml_id),
    "sort": Column("sort", INTEGER, lambda field: field.sort),
    "multiple": Column("multiple", TEXT, lambda field: yes_no(field.multiple)),
    "mandatory": Column("mandatory", TEXT, lambda field: yes_no(field.mandatory)),
    "showFilter": Column("showFilter", TEXT, lambda field: field.show_filter),
    "showInList": Column("showInList", TEXT, lambda field: yes_no(field.show_in_list)),
    "editInList": Column("editInList", TEXT, lambda field: yes_no(field.edit_in_list)),
    "isSearchable": Column("isSearchable", TEXT, lambda field: yes_no(field.searchable)),
}
