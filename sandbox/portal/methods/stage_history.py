"""``crm.stagehistory.list``. ``api-reference/crm/crm-stage-history-list.md``.

The page shows numbers, recorded answers of real portals show strings (contract 5.4). The page is followed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.clock import iso
from sandbox.portal.crm.filters import Column, compile_filter
from sandbox.portal.crm.kinds import DEAL, LEAD
from sandbox.portal.crm.stage_history import OF_FUNNELS, OF_LEADS, Record
from sandbox.portal.errors import RestError
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, rest_method

OLD_INVOICE = 5
"""Invoices of the older kind, of which this portal has none."""


@rest_method("crm.stagehistory.list", scope="crm", docs="api-reference/crm/crm-stage-history-list.md")
def list_stage_history(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Any user from inside the company sees the history of every item. Quotes have none, although they have stages."""
    portal.crm.rights.require_insider(caller.user_id)
    entity_type_id = params.require_int("entityTypeId")
    if not has_history(portal, entity_type_id):
        name = portal.crm.kind(entity_type_id).symbol if portal.crm.exists(entity_type_id) else entity_type_id
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{name}` is not supported")
    columns = OF_LEADS if entity_type_id in (LEAD, OLD_INVOICE) else OF_FUNNELS
    wanted = compile_filter(params.filter(), columns)
    found = portal.crm.history.of(entity_type_id).search(wanted, params.order(), columns, params.start(), PAGE)
    chosen = [name for name in columns if name in params.select()] or list(columns)
    return Answer({"items": [show(record, columns, chosen) for record in found.items]}, found.total or 0, found.next)


def has_history(portal: Portal, entity_type_id: int) -> bool:
    """Leads, deals, invoices and smart processes with stages."""
    if entity_type_id == OLD_INVOICE:
        return True
    kind = portal.crm.kind(entity_type_id) if portal.crm.exists(entity_type_id) else None
    return kind is not None and kind.has_stages and (kind.dynamic or entity_type_id in (LEAD, DEAL))


def show(record: Record, columns: Mapping[str, Column[Record]], chosen: list[str]) -> dict[str, JSON]:
    shown: dict[str, JSON] = {}
    for name in chosen:
        value = columns[name].get(record)
        shown[name] = iso(record.created) if name == "CREATED_TIME" else columns[name].values.show(value)  # type: ignore[arg-type]
    return shown
