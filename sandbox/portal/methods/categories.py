"""``crm.category.*``: funnels. ``api-reference/crm/universal/category/``."""

from __future__ import annotations

from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.funnels import Funnel
from sandbox.portal.crm.kinds import DEAL
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
    return {"category": show_category(funnel)}


@rest_method("crm.category.list", scope="crm", docs=DOCS + "crm-category-list.md")
def list_categories(portal: Portal, caller: Caller, params: Params) -> Answer:
    """All of them in one answer (a recording shows 52 without ``next``)."""
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    funnels = portal.crm.funnels.of(kind)
    return Answer({"categories": [show_category(funnel) for funnel in funnels]}, total=len(funnels))


@rest_method("crm.category.get", scope="crm", docs=DOCS + "crm-category-get.md")
def get_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    return {"category": show_category(portal.crm.funnels.require(kind, params.require_int("id")))}


@rest_method("crm.category.delete", scope="crm", docs=DOCS + "crm-category-delete.md")
def delete_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    funnel = portal.crm.funnels.require(kind, params.require_int("id"))
    require_crm_admin(caller)
    has_items = any(item.values.get("categoryId") == funnel.id for item in portal.crm.items(kind.entity_type_id))
    portal.crm.funnels.delete(kind, funnel, has_items=has_items)
    return None


@rest_method("crm.category.fields", scope="crm", docs=DOCS + "crm-category-fields.md")
def category_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    kind = portal.crm.kind(params.require_int("entityTypeId"))
    portal.crm.funnels.of(kind)
    deals = kind.entity_type_id == DEAL
    return {
        "fields": {
            "id": describe("integer", "ID", "ID", read_only=True),
            "name": describe("string", "NAME", "NAME"),
            "sort": describe("integer", "SORT", "SORT"),
            "entityTypeId": describe("integer", "ENTITY_TYPE_ID", "ENTITY_TYPE_ID", read_only=True, required=True),
            "isDefault": describe("boolean", "IS_DEFAULT", "IS_DEFAULT", read_only=deals),
        }
    }


def show_category(funnel: Funnel) -> dict[str, JSON]:
    shown: dict[str, JSON] = {
        "id": funnel.id,
        "name": funnel.name,
        "sort": funnel.sort,
        "entityTypeId": funnel.entity_type_id,
        "isDefault": "Y" if funnel.is_default else "N",
    }
    if funnel.entity_type_id == DEAL and not funnel.is_default:
        shown |= {"originId": "", "originatorId": ""}
    return shown
