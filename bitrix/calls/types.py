"""Definitions of smart processes (``crm.type.*``, scope ``crm``; the caller must administer the CRM).

Two numbers name a smart process: ``id`` (small; user fields belong to ``CRM_{id}``) and ``entityTypeId``
(everything else). Mixing them up is the usual mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bitrix.call import JSON, Call, Keyset, Page, given
from bitrix.readers import Row, one, page
from bitrix.tidy import as_bool, as_datetime, as_int, as_list, as_map, as_text

_TASK_BINDING = "TASKS_TASK|UF_CRM_TASK"
_USED_IN_FIELDS = "isUseInUserfieldEnabled"


@dataclass(frozen=True)
class SmartProcess:
    """Relations and the task binding come with one type; a list leaves them empty."""

    id: int
    entity_type_id: int
    title: str
    flags: Mapping[str, bool] = field(default_factory=dict)
    """The switches by the vendor's names: ``isStagesEnabled``, ``isCategoriesEnabled`` ..."""
    created_at: datetime | None = None
    parent_ids: tuple[int, ...] = ()
    """entityTypeId of each type whose items are parents of these items (they get ``parentId{that type}``)."""
    child_ids: tuple[int, ...] = ()
    task_binding: bool = False
    """Whether a task can be bound to an item through UF_CRM_TASK; without it such a binding is dropped silently."""


def list_types(where: Mapping[str, JSON] | None = None, start: int | None = None) -> Call[Page[SmartProcess]]:
    """Source: api-reference/crm/universal/user-defined-object-types/crm-type-list.md."""
    return Call(
        "crm.type.list",
        given(filter=where, start=start),
        read=page(_read, under="types"),
        # start=-1: unverified for this method
        keyset=Keyset("id", order={"order": {"id": "ASC"}}, id_of=_id_of, rows=("types",)),
    )


def get_type(entity_type_id: int) -> Call[SmartProcess]:
    """Source: api-reference/crm/universal/user-defined-object-types/crm-type-get-by-entity-type-id.md."""
    return Call("crm.type.getByEntityTypeId", {"entityTypeId": entity_type_id}, read=one(_read, under="type"))


def add_type(
    *,
    title: str,
    entity_type_id: int | None = None,
    flags: Mapping[str, bool] | None = None,
    parents: Sequence[int] = (),
    children: Sequence[int] = (),
    task_binding: bool = False,
) -> Call[SmartProcess]:
    """``entity_type_id`` may be chosen out of 128..192 and the even numbers from 1030; the portal picks one otherwise.

    Nothing prevents a second process with the same title: look before adding.
    Source: api-reference/crm/universal/user-defined-object-types/crm-type-add.md.
    """
    fields = {
        **given(entityTypeId=entity_type_id),
        **_fields(title, flags, parents or None, children or None, task_binding or None),
    }
    return Call("crm.type.add", {"fields": fields}, read=one(_read, under="type"), writes=True)


def update_type(
    id: int,  # noqa: A002  the vendor's word
    *,
    title: str | None = None,
    flags: Mapping[str, bool] | None = None,
    parents: Sequence[int] | None = None,
    children: Sequence[int] | None = None,
    task_binding: bool | None = None,
) -> Call[SmartProcess]:
    """``id`` is the small one. None leaves a thing alone; an empty sequence removes all relations of that side.

    Give both sides when either changes: whether the portal keeps a side that is not sent is unverified.
    Source: api-reference/crm/universal/user-defined-object-types/crm-type-update.md.
    """
    return Call(
        "crm.type.update",
        {"id": id, "fields": _fields(title, flags, parents, children, task_binding)},
        read=one(_read, under="type"),
        writes=True,
    )


def _fields(
    title: str | None,
    flags: Mapping[str, bool] | None,
    parents: Sequence[int] | None,
    children: Sequence[int] | None,
    task_binding: bool | None,
) -> dict[str, JSON]:
    """Switches are written Y/N, relations and linked fields "true"/"false": the portal takes only these."""
    fields: dict[str, JSON] = given(title=title)
    fields |= {name: "Y" if on else "N" for name, on in (flags or {}).items()}
    if parents is not None or children is not None:
        sides = {"parent": parents, "child": children}
        fields["relations"] = {side: _relations(types) for side, types in sides.items() if types is not None}
    if task_binding is not None:
        fields["linkedUserFields"] = {_TASK_BINDING: "true" if task_binding else "false"}
        if task_binding:
            # The linked field alone is not enough (tutorials/tasks/how-to-connect-task-to-spa.md).
            fields[_USED_IN_FIELDS] = "Y"
    return fields


def _relations(entity_type_ids: Sequence[int]) -> list[JSON]:
    return [{"entityTypeId": one_id, "isChildrenListEnabled": "true"} for one_id in entity_type_ids]


def _read(row: Row) -> SmartProcess:
    relations = as_map(row.get("relations"), "relations")
    linked = as_map(row.get("linkedUserFields"), "linkedUserFields")
    return SmartProcess(
        id=as_int(row.get("id"), "id"),
        entity_type_id=as_int(row.get("entityTypeId"), "entityTypeId"),
        title=as_text(row.get("title"), "title"),
        flags={name: as_bool(value, name) for name, value in row.items() if name.startswith("is")},
        created_at=as_datetime(row.get("createdTime"), "createdTime"),
        parent_ids=_related(relations.get("parent")),
        child_ids=_related(relations.get("child")),
        task_binding=as_bool(linked.get(_TASK_BINDING), _TASK_BINDING),
    )


def _related(value: JSON) -> tuple[int, ...]:
    rows = (as_map(row, "relations") for row in as_list(value, "relations"))
    return tuple(as_int(row.get("entityTypeId"), "relations.entityTypeId") for row in rows)


def _id_of(process: SmartProcess) -> int:
    return process.id
