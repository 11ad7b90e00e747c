"""``crm.category.*``: funnels. ``api-reference/crm/universal/category/``."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.funnels import Funnel
from sandbox.portal.crm.kinds import DEAL, Kind
from sandbox.portal.crm.rights import READ
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_text
from sandbox.portal.methods.items import require_crm_admin
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, rest_method

DOCS = "api-reference/crm/universal/category/"


@rest_method("crm.category.add", scope="crm", docs=DOCS + "crm-category-add.md")
def add_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    """There is no check for duplicates, and none of ``isCategoriesEnabled`` (crm-category-add.md)."""
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    portal.crm.funnels.of(kind)
    require_crm_admin(caller)
    fields = params.require_object("fields")
    name = as_text(fields.get("name"))
    if name is None:
        raise RestError(0, "Field 'NAME' is required")
    sort = as_int(fields.get("sort"))
    default = kind.entity_type_id != DEAL and as_flag(fields.get("isDefault")) is True
    funnel = portal.crm.funnels.add(kind, name, sort=500 if sort is None else sort, is_default=default)
    set_origin(funnel, fields)
    return {"category": show_category(funnel)}


@rest_method("crm.category.update", scope="crm", docs=DOCS + "crm-category-update.md")
def update_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    funnel = portal.crm.funnels.require(kind, params.require_int("id"))
    require_crm_admin(caller)
    fields = params.require_object("fields")
    portal.crm.funnels.update(
        kind,
        funnel,
        name=as_text(fields.get("name")),
        sort=as_int(fields.get("sort")),
        is_default=as_flag(fields.get("isDefault")),
    )
    set_origin(funnel, fields)
    return {"category": show_category(funnel)}


@rest_method("crm.category.list", scope="crm", docs=DOCS + "crm-category-list.md")
def list_categories(portal: Portal, caller: Caller, params: Params) -> Answer:
    """All that may be read, in one answer (a recording shows 52 without ``next``)."""
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    funnels = [funnel for funnel in portal.crm.funnels.of(kind) if may_read(portal, caller, kind, funnel)]
    return Answer({"categories": [show_category(funnel) for funnel in funnels]}, total=len(funnels))


@rest_method("crm.category.get", scope="crm", docs=DOCS + "crm-category-get.md")
def get_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    funnel = portal.crm.funnels.require(kind, params.require_int("id"))
    if not may_read(portal, caller, kind, funnel):
        raise RestError("ACCESS_DENIED", "Доступ запрещен")
    return {"category": show_category(funnel)}


@rest_method("crm.category.delete", scope="crm", docs=DOCS + "crm-category-delete.md")
def delete_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    funnel = portal.crm.funnels.require(kind, params.require_int("id"))
    require_crm_admin(caller)
    items = portal.crm.items(kind.entity_type_id).with_value("categoryId", funnel.id)
    portal.crm.funnels.delete(kind, funnel, has_items=bool(items))
    return None


@rest_method("crm.category.fields", scope="crm", docs=DOCS + "crm-category-fields.md")
def category_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    portal.crm.funnels.of(kind)
    deals = kind.entity_type_id == DEAL
    fields = {
        "id": describe("integer", "ID", "ID", read_only=True),
        "name": describe("string", "NAME", "NAME"),
        "sort": describe("integer", "SORT", "SORT"),
        "entityTypeId": describe("integer", "ENTITY_TYPE_ID", "ENTITY_TYPE_ID", read_only=True, required=True),
        "isDefault": describe("boolean", "IS_DEFAULT", "IS_DEFAULT", read_only=deals),
    }
    if deals:
        fields["originId"] = describe("string", "ORIGIN_ID", "ORIGIN_ID")
        fields["originatorId"] = describe("string", "ORIGINATOR_ID", "ORIGINATOR_ID")
    return {"fields": fields}


def may_read(portal: Portal, caller: Caller, kind: Kind, funnel: Funnel) -> bool:
    return portal.crm.rights.may_somewhere(caller.user_id, READ, kind, funnel.id)


def set_origin(funnel: Funnel, fields: Mapping[str, JSON]) -> None:
    """Only funnels of deals come from somewhere."""
    if funnel.entity_type_id == DEAL:
        funnel.origin_id = as_text(fields.get("originId")) or funnel.origin_id
        funnel.originator_id = as_text(fields.get("originatorId")) or funnel.originator_id


def show_category(funnel: Funnel) -> dict[str, JSON]:
    shown: dict[str, JSON] = {
        "id": funnel.id,
        "name": funnel.name,
        "sort": funnel.sort,
        "entityTypeId": funnel.entity_type_id,
        "isDefault": "Y" if funnel.is_default else "N",
    }
    if funnel.entity_type_id == DEAL and not funnel.is_default:
        shown |= {"originId": funnel.origin_id, "originatorId": funnel.originator_id}
    return shown
