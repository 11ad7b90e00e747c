"""When items entered their stages (``crm.stagehistory.list``, scope ``crm``): the facts behind every duration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from bitrix.call import JSON, Call, Keyset, Page, Together, given
from bitrix.readers import Row, page
from bitrix.refs import ItemRef
from bitrix.tidy import Untidy, as_datetime, as_int, as_int_or_none, as_text


class Entry(IntEnum):
    """Kinds of entries: ``TYPE_ID``. 4 is not documented."""

    CREATED = 1
    MOVED = 2
    FINISHED = 3
    CHANGED_FUNNEL = 5


@dataclass(frozen=True)
class StageEntry:
    """An item entered a stage. Who moved it is not told; it left when its next entry begins."""

    id: int
    type_id: int
    owner_id: int
    """The item."""
    entered_at: datetime
    category_id: int | None
    stage_id: str
    semantics: str
    """P, S or F."""


def history_of(item: ItemRef) -> Call[Page[StageEntry]]:
    """The entries of one item, oldest first. Source: api-reference/crm/crm-stage-history-list.md."""
    return replace(
        list_stage_history(item.entity_type_id, where={"OWNER_ID": item.id}),
        together=Together(
            ("crm.stagehistory.list", item.entity_type_id),
            (item.id,),
            ask=lambda owners: list_stage_history(item.entity_type_id, where={"@OWNER_ID": list(owners)}),
            row_field="OWNER_ID",
        ),
    )


def list_stage_history(
    entity_type_id: int,
    *,
    where: Mapping[str, JSON],
    order: Mapping[str, str] | None = None,
    start: int | None = None,
    select: Sequence[str] | None = None,
) -> Call[Page[StageEntry]]:
    """Oldest first unless ordered otherwise. ``{">ID": n}`` reads on from an entry, ``{"OWNER_ID": 42}`` is one item's.

    Leads spell two columns differently (STATUS_ID, STATUS_SEMANTIC_ID) in filters too. ``select`` must name every
    column that `StageEntry` holds; all of them come without it.
    Source: api-reference/crm/crm-stage-history-list.md.
    """
    return Call(
        "crm.stagehistory.list",
        {
            "entityTypeId": entity_type_id,
            "order": {"ID": "ASC"} if order is None else dict(order),
            **given(filter=where, start=start, select=select),
        },
        read=page(_read, under="items"),
        # start=-1: unverified for this method
        keyset=Keyset("ID", order={"order": {"ID": "ASC"}}, id_of=_id_of, rows=("items",), row_id="ID"),
    )


def _read(row: Row) -> StageEntry:
    entered_at = as_datetime(row.get("CREATED_TIME"), "CREATED_TIME")
    if entered_at is None:
        raise Untidy("CREATED_TIME is empty")
    return StageEntry(
        id=as_int(row.get("ID"), "ID"),
        type_id=as_int(row.get("TYPE_ID"), "TYPE_ID"),
        owner_id=as_int(row.get("OWNER_ID"), "OWNER_ID"),
        entered_at=entered_at,
        category_id=as_int_or_none(row.get("CATEGORY_ID"), "CATEGORY_ID"),
        stage_id=as_text(row.get("STAGE_ID", row.get("STATUS_ID")), "STAGE_ID"),
        semantics=as_text(row.get("STAGE_SEMANTIC_ID", row.get("STATUS_SEMANTIC_ID")), "STAGE_SEMANTIC_ID"),
    )


def _id_of(entry: StageEntry) -> int:
    return entry.id
