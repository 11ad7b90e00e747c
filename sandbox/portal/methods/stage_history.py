"""``crm.stagehistory.list``. ``api-reference/crm/crm-stage-history-list.md``.

The page shows numbers, recorded answers of real portals show strings (contract 5.4). The page is followed.
"""

from __future__ import annotations

from sandbox.portal.clock import iso
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.kinds import LEAD
from sandbox.portal.crm.stage_history import Record
from sandbox.portal.crm.values import INTEGER, MOMENT, TEXT
from sandbox.portal.errors import RestError
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, cut, rest_method

COMMON: dict[str, Column[Record]] = {
    "ID": Column("ID", INTEGER, lambda record: record.id),
    "TYPE_ID": Column("TYPE_ID", INTEGER, lambda record: record.type),
    "OWNER_ID": Column("OWNER_ID", INTEGER, lambda record: record.item_id),
    "CREATED_TIME": Column("CREATED_TIME", MOMENT, lambda record: record.created),
}
OF_FUNNELS: dict[str, Column[Record]] = {
    **COMMON,
    "CATEGORY_ID": Column("CATEGORY_ID", INTEGER, lambda record: record.funnel_id),
    "STAGE_SEMANTIC_ID": Column("STAGE_SEMANTIC_ID", TEXT, lambda record: record.semantics),
    "STAGE_ID": Column("STAGE_ID", TEXT, lambda record: record.stage_id),
}
OF_LEADS: dict[str, Column[Record]] = {
    **COMMON,
    "STATUS_SEMANTIC_ID": Column("STATUS_SEMANTIC_ID", TEXT, lambda record: record.semantics),
    "STATUS_ID": Column("STATUS_ID", TEXT, lambda record: record.stage_id),
}


@rest_method("crm.stagehistory.list", scope="crm", docs="api-reference/crm/crm-stage-history-list.md")
def list_stage_history(portal: Portal, caller: Caller, params: Params) -> Answer:
    entity_type_id = params.require_int("entityTypeId")
    kind = portal.crm.kind(entity_type_id) if portal.crm.exists(entity_type_id) else None
    if kind is None or not kind.has_stages:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Entity type `{entity_type_id}` is not supported")
    columns = OF_LEADS if entity_type_id == LEAD else OF_FUNNELS
    wanted = compile_filter(params.filter(), columns)
    candidates = portal.crm.history.candidates(entity_type_id, wanted.required)
    matching = candidates if wanted.empty else [record for record in candidates if wanted.matches(record)]
    ordered = sort_rows(matching, params.order(), columns)
    chosen = [name for name in columns if name in params.select()] or list(columns)
    shown, total, following = cut(ordered, params.start())
    return Answer({"items": [show(record, columns, chosen) for record in shown]}, total, following)


def show(record: Record, columns: dict[str, Column[Record]], chosen: list[str]) -> dict[str, JSON]:
    shown: dict[str, JSON] = {}
    for name in chosen:
        value = columns[name].get(record)
        shown[name] = iso(record.created) if name == "CREATED_TIME" else columns[name].values.show(value)  # type: ignore[arg-type]
    return shown
