"""``crm.automatedsolution.*``: digital workplaces. ``api-reference/crm/automated-solution/``."""

from __future__ import annotations

from sandbox.portal.crm.descriptions import describe
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.values import INTEGER, TEXT
from sandbox.portal.crm.workplaces import Workplace
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_text
from sandbox.portal.methods.items import require_crm_admin
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method

DOCS = "api-reference/crm/automated-solution/"


@rest_method("crm.automatedsolution.add", scope="crm", docs=DOCS + "crm-automated-solution-add.md")
def add_workplace(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_crm_admin(caller)
    fields = Params(params.require_object("fields"))
    workplace = portal.crm.workplaces.add(read_title(fields), read_types(portal, fields))
    portal.changed("crm.automatedsolution.add", id=workplace.id, by=caller.user_id)
    return {"automatedSolution": show(workplace)}


@rest_method("crm.automatedsolution.update", scope="crm", docs=DOCS + "crm-automated-solution-update.md")
def update_workplace(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``typeIds`` is the full new set when it is sent at all."""
    require_crm_admin(caller)
    workplace = portal.crm.workplaces.require(params.require_int("id"))
    fields = Params(params.require_object("fields"))
    if fields.has("title"):
        workplace.title = read_title(fields)
    if fields.has("typeIds"):
        portal.crm.workplaces.settle(workplace, read_types(portal, fields))
    portal.changed("crm.automatedsolution.update", id=workplace.id, by=caller.user_id)
    return {"automatedSolution": show(workplace)}


@rest_method("crm.automatedsolution.get", scope="crm", docs=DOCS + "crm-automated-solution-get.md")
def get_workplace(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_crm_admin(caller)
    return {"automatedSolution": show(portal.crm.workplaces.require(params.require_int("id")))}


@rest_method("crm.automatedsolution.list", scope="crm", docs=DOCS + "crm-automated-solution-list.md")
def list_workplaces(portal: Portal, caller: Caller, params: Params) -> Answer:
    require_crm_admin(caller)
    wanted = compile_filter(params.filter(), COLUMNS)
    found = (workplace for workplace in portal.crm.workplaces.all() if wanted.matches(workplace))
    rows: list[JSON] = [show(workplace) for workplace in sort_rows(found, params.order(), COLUMNS)]
    return page(rows, params.start(), wrap=lambda shown: {"automatedSolutions": shown})


@rest_method("crm.automatedsolution.delete", scope="crm", docs=DOCS + "crm-automated-solution-delete.md")
def delete_workplace(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_crm_admin(caller)
    workplace = portal.crm.workplaces.require(params.require_int("id"))
    portal.crm.workplaces.delete(workplace)
    portal.changed("crm.automatedsolution.delete", id=workplace.id, by=caller.user_id)
    return None


@rest_method("crm.automatedsolution.fields", scope="crm", docs=DOCS + "crm-automated-solution-fields.md")
def workplace_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Without ``fields`` around them, unlike those of ``crm.type.fields``."""
    require_crm_admin(caller)
    return {
        "id": describe("integer", "ID", "ID", read_only=True),
        "title": describe("string", "TITLE", "TITLE", required=True),
        "typeIds": describe("crm_dynamic_type", "TYPE_IDS", "TYPE_IDS", multiple=True),
    }


def read_title(fields: Params) -> str:
    title = as_text(fields.get("title")) or ""
    if not title.strip():
        raise RestError("BX_EMPTY_REQUIRED", "Не заполнено обязательное поле «Название»")
    return title


def read_types(portal: Portal, fields: Params) -> list[int]:
    """Ids of smart processes; those that are not there are passed over (unverified)."""
    known = {smart.id for smart in portal.crm.definitions.all()}
    return [number for number in fields.int_list("typeIds") if number in known]


def show(workplace: Workplace) -> dict[str, JSON]:
    return {"id": workplace.id, "title": workplace.title, "typeIds": [*workplace.type_ids]}


COLUMNS: dict[str, Column[Workplace]] = {
    "id": Column("id", INTEGER, lambda workplace: workplace.id),
    "title": Column("title", TEXT, lambda workplace: workplace.title),
}
