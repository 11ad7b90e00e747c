"""``crm.status.*``: dictionaries and stages. ``api-reference/crm/status/``.

Numbers come as strings here, names in upper case, and most refusals have an empty code. Parameters are found under
their names in any case: b24phpsdk deletes by ``ID``, the pages by ``id``.
"""

from __future__ import annotations

from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.kinds import DEAL
from sandbox.portal.crm.statuses import FAILURE, PROCESS, SUCCESS, Dictionary, Status
from sandbox.portal.crm.values import INTEGER, TEXT
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_object, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, rest_method

DOCS = "api-reference/crm/status/"
WITH_EXTRA = frozenset({1, 2, 7})
"""Types of objects whose stages carry ``EXTRA``."""


@rest_method("crm.status.add", scope="crm", docs=DOCS + "crm-status-add.md")
def add_status(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_settings_right(caller)
    fields = as_object(params.lower().get("fields"))
    if fields is None:
        raise RestError("", "Parameter 'fields' must be array.")
    entity_id, code = as_text(fields.get("ENTITY_ID")) or "", as_text(fields.get("STATUS_ID")) or ""
    absent = [name for name, value in (("ENTITY_ID", entity_id), ("STATUS_ID", code)) if not value]
    if absent:
        raise RestError("", "\n".join(f"The field {name} is required." for name in absent))
    sort = as_int(fields.get("SORT"))
    status = portal.crm.statuses.add(
        entity_id,
        code,
        as_text(fields.get("NAME")) or "",
        sort=10 if sort is None else sort,
        color=as_text(fields.get("COLOR")) or "",
        semantics=read_semantics(fields.get("SEMANTICS")),
    )
    portal.changed("crm.status.add", id=status.id, entity_id=entity_id, status_id=status.status_id)
    return status.id


@rest_method("crm.status.update", scope="crm", docs=DOCS + "crm-status-update.md")
def update_status(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``SEMANTICS`` is not among what can be changed, and is ignored."""
    require_settings_right(caller)
    status = require_status(portal, params)
    fields = as_object(params.lower().get("fields")) or {}
    changed = portal.crm.statuses.update(
        status,
        name=as_text(fields.get("NAME")),
        sort=as_int(fields.get("SORT")),
        color=as_text(fields.get("COLOR")),
    )
    if changed:
        portal.changed("crm.status.update", id=status.id)
    return True


@rest_method("crm.status.delete", scope="crm", docs=DOCS + "crm-status-delete.md")
def delete_status(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_settings_right(caller)
    status = require_status(portal, params)
    flags = params.lower().optional_object("params")
    if in_use(portal, status):
        raise RestError("", "There are active items in this status.")
    portal.crm.statuses.delete(status, forced=as_flag(flags.get("FORCED")) is True)
    portal.changed("crm.status.delete", id=status.id)
    return True


@rest_method("crm.status.get", scope="crm", docs=DOCS + "crm-status-get.md")
def get_status(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_reader(portal, caller)
    return show_status(portal, require_status(portal, params))


@rest_method("crm.status.list", scope="crm", docs=DOCS + "crm-status-list.md")
def list_statuses(portal: Portal, caller: Caller, params: Params) -> Answer:
    """A bare list, all of it: the page names no parameter for paging. A name it does not know is an error
    (unverified)."""
    require_reader(portal, caller)
    sent = params.lower()
    wanted = compile_filter(sent.filter(), COLUMNS)
    found = [status for status in portal.crm.statuses.all() if wanted.matches(status)]
    rows = sort_rows(found, sent.order(), COLUMNS)
    return Answer([show_status(portal, status) for status in rows], total=len(rows))


@rest_method("crm.status.entity.types", scope="crm", docs=DOCS + "crm-status-entity-types.md")
def entity_types(portal: Portal, caller: Caller, params: Params) -> JSON:
    return [show_dictionary(portal, dictionary) for dictionary in portal.crm.statuses.dictionaries()]


@rest_method("crm.status.entity.items", scope="crm", docs=DOCS + "crm-status-entity-items.md")
def entity_items(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``SORT`` is a number here, unlike in ``crm.status.list``."""
    entity_id = params.lower().text("entityid")
    if portal.crm.statuses.dictionary(entity_id) is None:
        raise RestError("", "The parameter entityId is not defined or invalid.")
    entries = portal.crm.statuses.of(entity_id)
    return [{"NAME": status.name, "SORT": status.sort, "STATUS_ID": status.status_id} for status in entries]


@rest_method("crm.status.fields", scope="crm", docs=DOCS + "crm-status-fields.md")
def status_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": describe("integer", "ID", read_only=True),
        "ENTITY_ID": describe("string", "ID элемента сущности", required=True, immutable=True),
        "STATUS_ID": describe("string", "Статус", required=True, immutable=True),
        "SORT": describe("integer", "Сортировка"),
        "NAME": describe("string", "Название", required=True),
        "NAME_INIT": describe("string", "Название по умолчанию", read_only=True),
        "SYSTEM": describe("char", "Системный", read_only=True),
        "CATEGORY_ID": describe("integer", "CATEGORY_ID", immutable=True),
        "COLOR": describe("string", "COLOR"),
        "SEMANTICS": describe("char", "SEMANTICS", immutable=True),
        "EXTRA": describe("crm_status_extra", "Дополнительные поля"),
    }


def require_reader(portal: Portal, caller: Caller) -> None:
    """Whoever may read anything in the CRM."""
    if not any(portal.crm.may_read_some(kind) for kind in portal.crm.kinds()):
        raise RestError("", "Access denied.")


def require_settings_right(caller: Caller) -> None:
    if not caller.admin:
        raise RestError("", "Access denied.")


def require_status(portal: Portal, params: Params) -> Status:
    number = as_int(params.lower().get("id"))
    if number is None or number <= 0:
        raise RestError("", "Invalid identifier.")
    status = portal.crm.statuses.get(number)
    if status is None:
        raise RestError("", "Status is not found.")
    return status


def read_semantics(value: JSON) -> str:
    text = (as_text(value) or "").upper()
    return text if text in (SUCCESS, FAILURE) else PROCESS


def in_use(portal: Portal, status: Status) -> bool:
    """Whether items stand on this stage. Entries of other dictionaries can always be deleted (unverified)."""
    dictionary = portal.crm.statuses.dictionary(status.entity_id)
    if dictionary is None or dictionary.entity_type_id is None:
        return False
    return bool(portal.crm.items(dictionary.entity_type_id).with_value("stageId", status.status_id))


def show_status(portal: Portal, status: Status) -> dict[str, JSON]:
    shown: dict[str, JSON] = {
        "ID": str(status.id),
        "ENTITY_ID": status.entity_id,
        "STATUS_ID": status.status_id,
        "NAME": status.name,
        "NAME_INIT": status.name_init,
        "SORT": str(status.sort),
        "SYSTEM": "Y" if status.system else "N",
        "CATEGORY_ID": None if status.category_id is None else str(status.category_id),
        "COLOR": status.color,
        "SEMANTICS": None if status.semantics == PROCESS else status.semantics,
    }
    dictionary = portal.crm.statuses.dictionary(status.entity_id)
    if dictionary is not None and dictionary.entity_type_id in WITH_EXTRA:
        shown["EXTRA"] = {"SEMANTICS": semantics_word(portal, status), "COLOR": status.color}
    return shown


def semantics_word(portal: Portal, status: Status) -> str:
    """The first failed stage is a failure, those after it are apologies."""
    if status.semantics != FAILURE:
        return {PROCESS: "process", SUCCESS: "success"}[status.semantics]
    failed = [other for other in portal.crm.statuses.of(status.entity_id) if other.semantics == FAILURE]
    return "failure" if failed[0] is status else "apology"


def show_dictionary(portal: Portal, dictionary: Dictionary) -> dict[str, JSON]:
    shown: dict[str, JSON] = {"ID": dictionary.id, "NAME": dictionary.name}
    if not dictionary.has_stages:
        return shown
    if dictionary.entity_type_id == DEAL and dictionary.category_id:
        shown["PARENT_ID"] = "DEAL_STAGE"
    shown["SEMANTIC_INFO"] = semantic_info(portal, dictionary)
    if dictionary.prefix:
        shown["PREFIX"] = dictionary.prefix
    if dictionary.category_id is not None:
        shown["FIELD_ATTRIBUTE_SCOPE"] = f"category_{dictionary.category_id}" if dictionary.prefix else ""
    shown["ENTITY_TYPE_ID"] = dictionary.entity_type_id
    if dictionary.entity_type_id == DEAL:
        shown["CATEGORY_ID"] = str(dictionary.category_id) if dictionary.category_id else 0
    elif dictionary.category_id is not None:
        shown |= {"IS_ENABLED": True, "CATEGORY_ID": dictionary.category_id}
        kind = portal.crm.kind(dictionary.entity_type_id or 0)
        if kind.smart is not None:
            funnel = portal.crm.funnels.require(kind, dictionary.category_id)
            shown |= {
                "CATEGORY_NAME": funnel.name,
                "CATEGORY_SORT": funnel.sort,
                "IS_DEFAULT_CATEGORY": funnel.is_default,
            }
    return shown


def semantic_info(portal: Portal, dictionary: Dictionary) -> JSON:
    """Of smart processes and invoices an empty list."""
    if dictionary.entity_type_id not in WITH_EXTRA:
        return []
    entries = portal.crm.statuses.of(dictionary.id)

    def first(*semantics: str) -> str:
        return next((status.status_id for status in entries if status.semantics in semantics), "")

    return {
        "START_FIELD": first(PROCESS, SUCCESS, FAILURE),
        "FINAL_SUCCESS_FIELD": first(SUCCESS),
        "FINAL_UNSUCCESS_FIELD": first(FAILURE),
        "FINAL_SORT": 0,
    }


COLUMNS: dict[str, Column[Status]] = {
    "ID": Column("ID", INTEGER, lambda status: status.id),
    "ENTITY_ID": Column("ENTITY_ID", TEXT, lambda status: status.entity_id),
    "STATUS_ID": Column("STATUS_ID", TEXT, lambda status: status.status_id),
    "NAME": Column("NAME", TEXT, lambda status: status.name),
    "NAME_INIT": Column("NAME_INIT", TEXT, lambda status: status.name_init),
    "SORT": Column("SORT", INTEGER, lambda status: status.sort),
    "SYSTEM": Column("SYSTEM", TEXT, lambda status: "Y" if status.system else "N"),
    "CATEGORY_ID": Column("CATEGORY_ID", INTEGER, lambda status: status.category_id),
    "COLOR": Column("COLOR", TEXT, lambda status: status.color),
    "SEMANTICS": Column("SEMANTICS", TEXT, lambda status: None if status.semantics == PROCESS else status.semantics),
}
