"""``crm.type.*``: smart processes. ``api-reference/crm/universal/user-defined-object-types/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.portal.clock import iso
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.kinds import smart_kind
from sandbox.portal.crm.names import upper_name
from sandbox.portal.crm.relations import Relation
from sandbox.portal.crm.types import FLAGS, LINKED_USER_FIELDS, READ_ONLY_FLAGS, SmartProcess
from sandbox.portal.crm.values import FLAG, INTEGER, MOMENT, TEXT
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_text
from sandbox.portal.methods.items import require_crm_admin
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/universal/user-defined-object-types/"


@rest_method("crm.type.add", scope="crm", docs=DOCS + "crm-type-add.md")
def add_type(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_type_admin(portal, caller)
    fields = params.require_object("fields")
    title = as_text(fields.get("title")) or ""
    if not title.strip():
        raise RestError("100", "Could not find value for parameter {title}")
    wanted = fields.get("entityTypeId")
    number = as_int(wanted)
    if wanted not in (None, "") and number is None:
        raise RestError("INVALID_ARG_VALUE", "entityTypeId is out of allowed range")
    check_workplace(fields)
    smart = portal.crm.definitions.add(title, number, fields, caller.user_id)
    return {"type": show_type(portal, smart)}


@rest_method("crm.type.update", scope="crm", docs=DOCS + "crm-type-update.md")
def update_type(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_type_admin(portal, caller)
    smart = portal.crm.definitions.require(params.require_int("id"))
    fields = params.optional_object("fields")
    check_workplace(fields)
    portal.crm.definitions.update(smart, fields, caller.user_id)
    return {"type": show_type(portal, smart)}


@rest_method("crm.type.get", scope="crm", docs=DOCS + "crm-type-get.md")
def get_type(portal: Portal, caller: Caller, params: Params) -> JSON:
    smart = portal.crm.definitions.require(params.require_int("id"))
    require_type_reader(portal, caller, smart)
    return {"type": show_type(portal, smart)}


@rest_method("crm.type.getByEntityTypeId", scope="crm", docs=DOCS + "crm-type-get-by-entity-type-id.md")
def get_type_by_entity_type_id(portal: Portal, caller: Caller, params: Params) -> JSON:
    smart = portal.crm.definitions.get(params.require_int("entityTypeId"))
    if smart is None:
        raise RestError(0, "Смарт-процесс не найден")
    require_type_reader(portal, caller, smart)
    return {"type": show_type(portal, smart)}


@rest_method("crm.type.list", scope="crm", docs=DOCS + "crm-type-list.md")
def list_types(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Without relations and linked user fields."""
    require_type_admin(portal, caller)
    wanted = compile_filter(params.filter(), COLUMNS)
    found = (smart for smart in portal.crm.definitions.all() if wanted.matches(smart))
    rows: list[JSON] = [outline(smart) for smart in sort_rows(found, params.order(), COLUMNS)]
    return page(rows, params.start(), wrap=lambda types: {"types": types})


@rest_method("crm.type.delete", scope="crm", docs=DOCS + "crm-type-delete.md")
def delete_type(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Without an id the answer is ``null``, not an error."""
    require_type_admin(portal, caller)
    number = params.optional_int("id")
    if number is None:
        return None
    portal.crm.definitions.delete(portal.crm.definitions.require(number), caller.user_id)
    return []


@rest_method("crm.type.fields", scope="crm", docs=DOCS + "crm-type-fields.md")
def type_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.crm.rights.require_insider(caller.user_id)
    return {
        "fields": {
            "id": describe("integer", "ID", "ID", read_only=True),
            "title": describe("string", "Название", "TITLE", required=True),
            "code": describe("string", "Символьный код", "CODE"),
            "createdBy": describe("user", "Кем создан", "CREATED_BY", read_only=True),
            "entityTypeId": describe("integer", "Идентификатор типа", "ENTITY_TYPE_ID", required=True, immutable=True),
            "customSectionId": describe("integer", "Цифровое рабочее место", "CUSTOM_SECTION_ID", immutable=True),
            **{flag: describe("boolean", title, upper_name(flag)) for flag, title in FLAG_TITLES.items()},
            "createdTime": describe("datetime", "Дата создания", "CREATED_TIME"),
            "updatedTime": describe("datetime", "Дата изменения", "UPDATED_TIME"),
            "updatedBy": describe("user", "Кем изменён", "UPDATED_BY", read_only=True),
        }
    }


def require_type_admin(portal: Portal, caller: Caller) -> None:
    """Types are the business of the CRM's administrators, who work in the company."""
    portal.crm.rights.require_insider(caller.user_id)
    require_crm_admin(caller)


def require_type_reader(portal: Portal, caller: Caller, smart: SmartProcess) -> None:
    """Administrators, and whoever may read items of the type in some funnel."""
    portal.crm.rights.require_insider(caller.user_id)
    if not portal.crm.may_read_some(smart_kind(smart)):
        raise RestError("ACCESS_DENIED", "Доступ запрещен")


def check_workplace(fields: Mapping[str, JSON]) -> None:
    """``isExternal`` is out of use, but still wants to know where (crm-type-add.md)."""
    if as_flag(fields.get("isExternal")) and not as_int(fields.get("customSectionId")):
        raise RestError(0, "Выберите рабочее место, в котором будет находиться смарт-процесс")


FLAG_TITLES = {
    "isCategoriesEnabled": "Использовать в смарт-процессе свои воронки и туннели продаж",
    "isStagesEnabled": "Использовать в смарт-процессе свои стадии и канбан",
    "isBeginCloseDatesEnabled": 'Поля "Дата начала" и "Дата завершения"',
    "isClientEnabled": 'Поле "Клиент"',
    "isUseInUserfieldEnabled": "Использовать в пользовательском поле",
    "isLinkWithProductsEnabled": "Привязка товаров каталога",
    "isMycompanyEnabled": 'Поле "Реквизиты вашей компании"',
    "isDocumentsEnabled": "Печать документов",
    "isSourceEnabled": 'Поля "Источник" и "Дополнительно об источнике"',
    "isObserversEnabled": 'Поле "Наблюдатели"',
    "isRecyclebinEnabled": "Использовать корзину",
    "isAutomationEnabled": "Использовать в смарт-процессе роботы и триггеры",
    "isBizProcEnabled": "Использовать в смарт-процессе дизайнер бизнес-процессов",
    "isSetOpenPermissions": "Делать новые воронки доступными для всех",
}
"""As the portal's own pages call them."""


def outline(smart: SmartProcess) -> dict[str, JSON]:
    return {
        "id": smart.id,
        "title": smart.title,
        "code": smart.code,
        "createdBy": smart.created_by,
        "entityTypeId": smart.entity_type_id,
        "customSectionId": None,
        **{flag: "Y" if smart.has(flag) else "N" for flag in (*FLAGS, *READ_ONLY_FLAGS)},
        "createdTime": iso(smart.created),
        "updatedTime": iso(smart.updated),
        "updatedBy": smart.updated_by,
    }


def show_type(portal: Portal, smart: SmartProcess) -> dict[str, JSON]:
    relations = portal.crm.relations
    return {
        **outline(smart),
        "relations": {
            "parent": [show_relation(one, one.parent) for one in relations.parents_of(smart.entity_type_id)],
            "child": [show_relation(one, one.child) for one in relations.children_of(smart.entity_type_id)],
        },
        "linkedUserFields": {name: "Y" if smart.linked_user_fields.get(name) else "N" for name in LINKED_USER_FIELDS},
        "customSections": [],
    }


def show_relation(relation: Relation, other: int) -> JSON:
    """Here flags are ``Y`` and ``N`` again, whatever they were sent as."""
    return {
        "entityTypeId": other,
        "isChildrenListEnabled": "Y" if relation.children_list else "N",
        "isPredefined": "Y" if relation.predefined else "N",
    }


def flag_of(name: str) -> Callable[[SmartProcess], bool]:
    return lambda smart: smart.has(name)


COLUMNS: dict[str, Column[SmartProcess]] = {
    "id": Column("id", INTEGER, lambda smart: smart.id),
    "title": Column("title", TEXT, lambda smart: smart.title),
    "code": Column("code", TEXT, lambda smart: smart.code),
    "entityTypeId": Column("entityTypeId", INTEGER, lambda smart: smart.entity_type_id),
    "createdBy": Column("createdBy", INTEGER, lambda smart: smart.created_by),
    "updatedBy": Column("updatedBy", INTEGER, lambda smart: smart.updated_by),
    "createdTime": Column("createdTime", MOMENT, lambda smart: smart.created),
    "updatedTime": Column("updatedTime", MOMENT, lambda smart: smart.updated),
    **{flag: Column(flag, FLAG, flag_of(flag)) for flag in (*FLAGS, *READ_ONLY_FLAGS)},
}
