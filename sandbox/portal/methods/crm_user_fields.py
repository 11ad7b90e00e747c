"""``crm.deal.userfield.*`` (leads, contacts, companies, quotes too) and ``crm.userfield.*``.

Source: api-reference/crm/deals/user-defined-fields/, api-reference/crm/universal/user-defined-fields/. The fields are
those of ``userfieldconfig.*``; here their names begin with ``UF_CRM_`` whatever the object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from sandbox.portal.crm.filters import PREFIXES, Column, compile_filter, sort_rows
from sandbox.portal.crm.legacy.declarations import ENTITIES, Entity
from sandbox.portal.crm.user_fields import LONGEST_NAME, Option, UserField
from sandbox.portal.crm.values import INTEGER, TEXT, USER_TYPES
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.methods.userfields import announce, yes_no
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, rest_method

DOCS = "api-reference/crm/universal/user-defined-fields/"
FOLDERS = {
    "deal": "user-defined-fields/crm-deal-userfield-",
    "lead": "userfield/crm-lead-userfield-",
    "contact": "userfield/crm-contact-userfield-",
    "company": "userfields/crm-company-userfield-",
    "quote": "user-field/crm-quote-user-field-",
}
LANGUAGES = (
    "ar", "br", "de", "en", "fr", "hi", "id", "in", "it", "ja", "kz", "la", "ms", "pl", "ru", "sc", "tc", "th", "tr",
    "ua", "vn",
)  # fmt: skip
LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL", "ERROR_MESSAGE", "HELP_MESSAGE")
SAFE_NAME = re.compile(r"[A-Z0-9_]+")
COMMON = {
    "XML_ID": "xmlId", "SORT": "sort", "MULTIPLE": "multiple", "MANDATORY": "mandatory", "SHOW_FILTER": "showFilter",
    "EDIT_IN_LIST": "editInList", "IS_SEARCHABLE": "isSearchable", "SETTINGS": "settings",
}  # fmt: skip
"""What the two families of methods call the same."""


def add(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    """Lower-case letters of the name become upper-case ones; the prefix is put there when it is missing."""
    require_settings_right(caller)
    sent = require_fields(params)
    type_, code = as_text(sent.get("USER_TYPE_ID")) or "", as_text(sent.get("FIELD_NAME")) or ""
    if not type_:
        raise RestError("", "The 'USER_TYPE_ID' field is not found.")
    if not code:
        raise RestError("", "The 'FIELD_NAME' field is not found.")
    name = full_name(code)
    if len(name) > LONGEST_NAME:
        raise RestError("ERROR_CORE", f"Имя поля слишком длинное (больше {LONGEST_NAME}-ти символов).")
    if not SAFE_NAME.fullmatch(name):
        raise RestError("ERROR_CORE", "Имя поля содержит недопустимые символы. Допустимыми являются: A-Z, 0-9 и _.")
    if type_ not in USER_TYPES:
        raise RestError("ERROR_CORE", "Указан неверный пользовательский тип.")
    elements = [element_of(one) for one in as_list(sent.get("LIST"))]
    check_unique([], elements)
    entity_id = portal.crm.kind(entity.entity_type_id).user_field_entity
    field = portal.crm.user_fields.create(entity_id, name, type_, {**common_of(sent), "enum": elements})
    set_labels(field, {name: label_of(sent, name) for name in LABELS})
    saved(portal, "ADD", field)
    if field.type == "enumeration":
        announce(portal, "SETENUMVALUES", field)
    return field.id


def update(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    require_settings_right(caller)
    field, sent = find(entity, portal, params), require_fields(params)
    elements = [element_of(one) for one in as_list(sent.get("LIST"))]
    check_unique(field.options, elements)
    changes = {**common_of(sent), "userTypeId": field.type, **({"enum": elements} if "LIST" in sent else {})}
    touched = portal.crm.user_fields.update(field, changes)
    set_labels(field, {name: sent[name] for name in LABELS if name in sent})
    saved(portal, "UPDATE", field)
    if touched:
        announce(portal, "SETENUMVALUES", field)
    return True


def get(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    field = find(entity, portal, params)
    labels: dict[str, JSON] = {
        name: {language: label_in(field, name, language) or "" for language in LANGUAGES} for name in LABELS
    }
    return {**show(field), **labels, **show_options(field)}


def list_(entity: Entity, portal: Portal, caller: Caller, params: Params) -> Answer:
    """All of them on one page. Labels come when the filter names a language."""
    sent = optional_array(params, "FILTER")
    language = as_text(sent.pop("LANG", None))
    wanted = compile_filter({name: value for name, value in sent.items() if bare(name) in COLUMNS}, COLUMNS)
    optional_array(params, "ORDER")
    order = [(name, way) for name, way in params.order("ORDER") if name in COLUMNS and way in ("ASC", "DESC")]
    own = portal.crm.user_fields.of(portal.crm.kind(entity.entity_type_id).user_field_entity)
    rows: list[JSON] = []
    for field in sort_rows((one for one in own if wanted.matches(one)), order, COLUMNS):
        labels: dict[str, JSON] = {name: label_in(field, name, language) or None for name in LABELS} if language else {}
        rows.append({**show(field), **labels, **show_options(field)})
    return Answer(rows, total=len(rows))


def delete(entity: Entity, portal: Portal, caller: Caller, params: Params) -> JSON:
    require_settings_right(caller)
    field = find(entity, portal, params)
    portal.crm.drop_user_field(field)
    saved(portal, "DELETE", field)
    return True


Action: TypeAlias = "Callable[[Entity, Portal, Caller, Params], Answer | JSON]"
ACTIONS: Mapping[str, Action] = {"add": add, "get": get, "list": list_, "update": update, "delete": delete}


def register(entity: Entity, name: str, action: Action) -> None:
    docs = f"{entity.docs}{FOLDERS[entity.word]}{name}.md"

    @rest_method(f"crm.{entity.word}.userfield.{name}", scope="crm", docs=docs)
    def call(portal: Portal, caller: Caller, params: Params) -> Answer | JSON:
        return action(entity, portal, caller, params.upper())


for each in ENTITIES:
    for name, action in ACTIONS.items():
        register(each, name, action)


@rest_method("crm.userfield.types", scope="crm", docs=DOCS + "crm-userfield-types.md")
def types(portal: Portal, caller: Caller, params: Params) -> JSON:
    return [{"ID": code, "title": title} for code, title in TYPES]


@rest_method("crm.userfield.fields", scope="crm", docs=DOCS + "crm-userfield-fields.md")
def fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {name: {"type": type_, "title": title, **more} for name, type_, title, more in FIELDS}


@rest_method("crm.userfield.enumeration.fields", scope="crm", docs=DOCS + "crm-userfield-enumeration-fields.md")
def enumeration_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": {"type": "int", "title": "Ид", "isReadOnly": True},
        "SORT": {"type": "int", "title": "Сортировка"},
        "VALUE": {"type": "string", "title": "Значение"},
        "DEF": {"type": "string", "title": "Значение по умолчанию"},
        "DEL": {"type": "string", "title": "Флаг удаления элемента"},
    }


TYPES = (
    ("string", "Строка"),
    ("integer", "Целое число"),
    ("double", "Число"),
    ("boolean", "Да/Нет"),
    ("enumeration", "Список"),
    ("datetime", "Дата/Время"),
    ("date", "Дата"),
    ("money", "Деньги"),
    ("url", "Ссылка"),
    ("address", "Адрес Google карты"),
    ("file", "Файл"),
    ("employee", "Привязка к пользователю"),
    ("crm_status", "Привязка к справочникам CRM"),
    ("iblock_section", "Привязка к разделам инф. блоков"),
    ("iblock_element", "Привязка к элементам инфоблоков"),
    ("crm", "Привязка к элементам CRM"),
)
READ_ONLY: dict[str, JSON] = {"isReadOnly": True}
IMMUTABLE: dict[str, JSON] = {"isImmutable": True}
FIELDS: tuple[tuple[str, str, str, dict[str, JSON]], ...] = (
    ("ID", "int", "Ид", READ_ONLY),
    ("ENTITY_ID", "string", "Объект", IMMUTABLE),
    ("FIELD_NAME", "string", "Код", IMMUTABLE),
    ("USER_TYPE_ID", "string", "Тип данных", IMMUTABLE),
    ("XML_ID", "string", "Внешний Ид (XML ID)", {}),
    ("SORT", "int", "Сортировка", {}),
    ("MULTIPLE", "char", "Множественное", {}),
    ("MANDATORY", "char", "Обязательное", {}),
    ("SHOW_FILTER", "char", "Показывать в фильтре списка", {}),
    ("SHOW_IN_LIST", "char", "Показывать в списке", {}),
    ("EDIT_IN_LIST", "char", "Разрешать редактирование пользователем", {}),
    ("IS_SEARCHABLE", "char", "Значения поля участвуют в поиске", {}),
    ("EDIT_FORM_LABEL", "string", "Подпись в форме редактирования", {}),
    ("LIST_COLUMN_LABEL", "string", "Заголовок в списке", {}),
    ("LIST_FILTER_LABEL", "string", "Подпись фильтра в списке", {}),
    ("ERROR_MESSAGE", "string", "Сообщение об ошибке", {}),
    ("HELP_MESSAGE", "string", "Помощь", {}),
    ("LIST", "uf_enum_element", "Элементы списка", {"isMultiple": True}),
    ("SETTINGS", "object", "Дополнительные настройки (зависят от типа)", {}),
)


# Requests


def require_settings_right(caller: Caller) -> None:
    if not caller.admin:
        raise RestError("", "Access denied.", status=403)


def find(entity: Entity, portal: Portal, params: Params) -> UserField:
    """The field of this object with this id; raises ``ERROR_NOT_FOUND``."""
    number = as_int(params.get("ID"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    field = portal.crm.user_fields.get(number)
    if field is None or field.entity_id != portal.crm.kind(entity.entity_type_id).user_field_entity:
        raise RestError("ERROR_NOT_FOUND", f"The entity with ID '{number}' is not found")
    return field


def require_fields(params: Params) -> dict[str, JSON]:
    sent = as_object(params.get("FIELDS"))
    if sent is None:
        raise RestError("", "Parameter 'fields' must be array.")
    return sent


def optional_array(params: Params, name: str) -> dict[str, JSON]:
    sent = as_object(params.get(name) or {})
    if sent is None:
        raise RestError("", f"Parameter '{name.lower()}' must be array.")
    return sent


def full_name(code: str) -> str:
    """``note``, ``UF_NOTE`` and ``UF_CRM_NOTE`` are all ``UF_CRM_NOTE``."""
    bare_code = code.upper().removeprefix("UF_CRM_").removeprefix("UF_")
    return f"UF_CRM_{bare_code}"


def common_of(sent: Mapping[str, JSON]) -> dict[str, JSON]:
    """The keys ``userfieldconfig.*`` has too, under its names."""
    return {newer: sent[older] for older, newer in COMMON.items() if older in sent}


def element_of(sent: JSON) -> dict[str, JSON]:
    element = as_object(sent) or {}
    newer = {"ID": "id", "VALUE": "value", "DEF": "def", "SORT": "sort", "XML_ID": "xmlId", "DEL": "del"}
    return {newer[name]: value for name, value in element.items() if name in newer}


def check_unique(known: list[Option], elements: list[dict[str, JSON]]) -> None:
    """Raises ``ERROR_CORE`` when two elements of an enumeration would have one external id."""
    changed = {as_int(element.get("id")) for element in elements}
    taken = {option.xml_id for option in known if option.id not in changed}
    for element in elements:
        xml_id = as_text(element.get("xmlId"))
        if not xml_id or as_flag(element.get("del")):
            continue
        if xml_id in taken:
            raise RestError("ERROR_CORE", f"Элемент списка со значением XML_ID={xml_id} уже существует.")
        taken.add(xml_id)


# Labels


def label_of(sent: Mapping[str, JSON], name: str) -> JSON:
    """``LABEL`` stands for every label that was not sent, and for the languages of a map that were not."""
    common, own = as_text(sent.get("LABEL")), as_object(sent.get(name))
    if own is not None:
        return {language: own.get(language, common) for language in LANGUAGES}
    text = as_text(sent.get(name))
    return common if text is None else text


def set_labels(field: UserField, labels: Mapping[str, JSON]) -> None:
    """A label is overwritten as a whole; a text is meant for every language."""
    for name, sent in labels.items():
        texts, text = as_object(sent), as_text(sent)
        label = {language: text if texts is None else as_text(texts.get(language)) for language in LANGUAGES}
        if name == "EDIT_FORM_LABEL":
            field.label = label
        elif name == "HELP_MESSAGE":
            field.help = label
        else:
            field.older_labels[name] = label


def label_in(field: UserField, name: str, language: str) -> str | None:
    if name == "EDIT_FORM_LABEL":
        return field.label.get(language)
    return field.help.get(language) if name == "HELP_MESSAGE" else field.older_labels.get(name, {}).get(language)


# Answers


def show(field: UserField) -> dict[str, JSON]:
    return {
        "ID": str(field.id),
        "ENTITY_ID": field.entity_id,
        "FIELD_NAME": field.name,
        "USER_TYPE_ID": field.type,
        "XML_ID": field.xml_id,
        "SORT": str(field.sort),
        "MULTIPLE": yes_no(field.multiple),
        "MANDATORY": yes_no(field.mandatory),
        "SHOW_FILTER": field.show_filter,
        "SHOW_IN_LIST": yes_no(field.show_in_list),
        "EDIT_IN_LIST": yes_no(field.edit_in_list),
        "IS_SEARCHABLE": yes_no(field.searchable),
        "SETTINGS": field.settings or [],
    }


def show_options(field: UserField) -> dict[str, JSON]:
    """``LIST``, which only enumerations have."""
    if field.type != "enumeration":
        return {}
    return {
        "LIST": [
            {
                "ID": str(option.id),
                "SORT": str(option.sort),
                "VALUE": option.value,
                "DEF": yes_no(option.default),
                "XML_ID": option.xml_id,
            }
            for option in field.options
        ]
    }


def bare(name: str) -> str:
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    return name[len(prefix) :]


COLUMNS: dict[str, Column[UserField]] = {
    "ID": Column("ID", INTEGER, lambda field: field.id),
    "FIELD_NAME": Column("FIELD_NAME", TEXT, lambda field: field.name),
    "USER_TYPE_ID": Column("USER_TYPE_ID", TEXT, lambda field: field.type),
    "XML_ID": Column("XML_ID", TEXT, lambda field: field.xml_id),
    "SORT": Column("SORT", INTEGER, lambda field: field.sort),
    "MULTIPLE": Column("MULTIPLE", TEXT, lambda field: yes_no(field.multiple)),
    "MANDATORY": Column("MANDATORY", TEXT, lambda field: yes_no(field.mandatory)),
    "SHOW_FILTER": Column("SHOW_FILTER", TEXT, lambda field: field.show_filter),
    "SHOW_IN_LIST": Column("SHOW_IN_LIST", TEXT, lambda field: yes_no(field.show_in_list)),
    "EDIT_IN_LIST": Column("EDIT_IN_LIST", TEXT, lambda field: yes_no(field.edit_in_list)),
    "IS_SEARCHABLE": Column("IS_SEARCHABLE", TEXT, lambda field: yes_no(field.searchable)),
}


# What follows


def saved(portal: Portal, what: str, field: UserField) -> None:
    portal.crm.configured()
    announce(portal, what, field)
