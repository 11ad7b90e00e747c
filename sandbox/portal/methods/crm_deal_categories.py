"""``crm.dealcategory.*``: funnels of deals before ``crm.category.*``. ``api-reference/crm/outdated/category-old/``.

The default funnel is not among them; ``crm.dealcategory.default.get`` tells of it. The pages show no answers of ``get``
and ``list``: keys are those of ``crm.dealcategory.fields`` in the SDKs, numbers are strings as in its neighbours
(unverified).
"""

from __future__ import annotations

from sandbox.portal.clock import iso
from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import PREFIXES, Column, compile_filter, sort_rows
from sandbox.portal.crm.funnels import Funnel
from sandbox.portal.crm.kinds import DEAL, Kind
from sandbox.portal.crm.values import INTEGER, TEXT
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_object, as_text
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/outdated/category-old/crm-deal-category-"


@rest_method("crm.dealcategory.list", scope="crm", docs=DOCS + "list.md")
def list_categories(portal: Portal, caller: Caller, params: Params) -> Answer:
    sent = params.upper()
    known = {name: value for name, value in sent.filter("FILTER").items() if bare(name) in COLUMNS}
    wanted = compile_filter(known, COLUMNS)
    order = [(name, way) for name, way in sent.order("ORDER") if name in COLUMNS and way in ("ASC", "DESC")]
    found = [funnel for funnel in portal.crm.funnels.of(deals(portal)) if funnel.id and wanted.matches(funnel)]
    names = sent.select("SELECT")
    rows: list[JSON] = []
    for funnel in sort_rows(found, order, COLUMNS):
        shown = show(funnel)
        rows.append({name: value for name, value in shown.items() if not names or "*" in names or name in names})
    return page(rows, sent.start("START"))


@rest_method("crm.dealcategory.get", scope="crm", docs=DOCS + "get.md")
def get_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    return show(require_funnel(portal, params.upper()))


@rest_method("crm.dealcategory.add", scope="crm", docs=DOCS + "add.md")
def add_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_settings_right(caller)
    fields = require_fields(params.upper())
    sort = as_int(fields.get("SORT"))
    name = as_text(fields.get("NAME")) or ""
    return portal.crm.funnels.add(deals(portal), name, sort=500 if sort is None else sort).id


@rest_method("crm.dealcategory.update", scope="crm", docs=DOCS + "update.md")
def update_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_settings_right(caller)
    funnel, fields = require_funnel(portal, params.upper()), require_fields(params.upper())
    portal.crm.funnels.update(
        deals(portal), funnel, name=as_text(fields.get("NAME")), sort=as_int(fields.get("SORT")), is_default=None
    )
    return True


@rest_method("crm.dealcategory.delete", scope="crm", docs=DOCS + "delete.md")
def delete_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Raises code ``0`` while it has deals, like ``crm.category.delete``."""
    require_settings_right(caller)
    funnel = require_funnel(portal, params.upper())
    has_items = bool(portal.crm.items(DEAL).with_value("categoryId", funnel.id))
    portal.crm.funnels.delete(deals(portal), funnel, has_items=has_items)
    return True


@rest_method("crm.dealcategory.fields", scope="crm", docs=DOCS + "fields.md")
def category_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return {
        "ID": describe("integer", "ID", read_only=True),
        "CREATED_DATE": describe("datetime", "Дата создания", read_only=True),
        "NAME": describe("string", "Название", required=True),
        "IS_LOCKED": describe("char", "Заблокировано", read_only=True),
        "SORT": describe("integer", "Сортировка"),
    }


@rest_method("crm.dealcategory.default.get", scope="crm", docs=DOCS + "default-get.md")
def default_category(portal: Portal, caller: Caller, params: Params) -> JSON:
    default = portal.crm.funnels.default(deals(portal))
    return {"ID": default.id, "NAME": default.name}


@rest_method("crm.dealcategory.default.set", scope="crm", docs=DOCS + "default-set.md")
def rename_default(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Its name is all that can be set."""
    require_settings_right(caller)
    sent, kind = params.upper(), deals(portal)
    name = as_text(sent.get("NAME")) or as_text((as_object(sent.get("FIELDS")) or {}).get("NAME"))
    portal.crm.funnels.update(kind, portal.crm.funnels.default(kind), name=name, sort=None, is_default=None)
    return True


@rest_method("crm.dealcategory.stage.list", scope="crm", docs=DOCS + "stage-list.md")
def list_stages(portal: Portal, caller: Caller, params: Params) -> JSON:
    """No id means the default funnel; a funnel that does not exist has no stages. As recorded: ``SORT`` is a number
    (``crm_dealcategory_stage_list`` of leshchenko1979/fast_bitrix24)."""
    kind, number = deals(portal), as_int(params.upper().get("ID")) or 0
    entries = portal.crm.statuses.of(kind.stage_dictionary(number))
    return [{"NAME": one.name, "SORT": one.sort, "STATUS_ID": one.status_id} for one in entries]


@rest_method("crm.dealcategory.status", scope="crm", docs=DOCS + "status.md")
def stage_dictionary(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The ``ENTITY_ID`` of the stages."""
    return deals(portal).stage_dictionary(require_funnel(portal, params.upper()).id)


def deals(portal: Portal) -> Kind:
    return portal.crm.kind(DEAL)


def require_funnel(portal: Portal, params: Params) -> Funnel:
    number = as_int(params.get("ID"))
    if number is None or number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    funnel = portal.crm.funnels.get(deals(portal), number)
    if funnel is None:
        raise RestError("", "Not found")
    return funnel


def require_fields(params: Params) -> dict[str, JSON]:
    fields = as_object(params.get("FIELDS"))
    if fields is None:
        raise RestError("", "Parameter 'fields' must be array.")
    return fields


def require_settings_right(caller: Caller) -> None:
    if not caller.admin:
        raise RestError("", "Access denied.")


def show(funnel: Funnel) -> dict[str, JSON]:
    return {
        "ID": str(funnel.id),
        "CREATED_DATE": iso(funnel.created) if funnel.created else "",
        "NAME": funnel.name,
        "IS_LOCKED": "N",
        "SORT": str(funnel.sort),
    }


def bare(name: str) -> str:
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    return name[len(prefix) :]


COLUMNS: dict[str, Column[Funnel]] = {
    "ID": Column("ID", INTEGER, lambda funnel: funnel.id),
    "NAME": Column("NAME", TEXT, lambda funnel: funnel.name),
    "SORT": Column("SORT", INTEGER, lambda funnel: funnel.sort),
    "IS_LOCKED": Column("IS_LOCKED", TEXT, lambda funnel: "N"),
}
