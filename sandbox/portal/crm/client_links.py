"""Which contacts and companies an item is bound to.

A field keeps the ids (``contactIds``, ``companyIds``), the first of them being the primary link that ``contactId`` and
``companyId`` repeat. A contact and its company are one link seen from two ends: what is saved at one is seen at the
other. Source: api-reference/crm/{deals,leads,companies}/*contact*/, api-reference/crm/contacts/company/.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.kinds import COMPANY, CONTACT, Schema
from sandbox.portal.crm.values import Scalar, Stored

if TYPE_CHECKING:
    from sandbox.portal.crm.section import Crm

PRIMARY = {"contactIds": "contactId", "companyIds": "companyId"}
OTHER_END = {CONTACT: ("companyIds", COMPANY, "contactIds"), COMPANY: ("contactIds", CONTACT, "companyIds")}
"""Own field, type at the other end, field there."""


def complete(schema: Schema, values: dict[str, Stored]) -> None:
    """Make the list and its first say the same, whichever was sent; the list wins."""
    for many, one in PRIMARY.items():
        if schema.find(many, original=True) is None:
            continue
        if many in values:
            links = values[many]
            values[one] = links[0] if isinstance(links, tuple) and links else None
        elif one in values:
            link = values[one]
            values[many] = (link,) if isinstance(link, int) and link else ()


class ClientLinks:
    """What follows from a change of links, and the numbers links are sorted by."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._sorts: dict[tuple[int, int, str], dict[int, int]] = {}

    def follow(self, entity_type_id: int, item: Item, before: Mapping[str, Stored]) -> None:
        """A contact or company was saved: its other ends get or lose it, without being updated (unverified)."""
        if entity_type_id not in OTHER_END:
            return
        own, other_type, theirs = OTHER_END[entity_type_id]
        was, now = as_links(before.get(own)), as_links(item.values.get(own))
        for number in {*was, *now}:
            if (number in was) != (number in now):
                self._set(other_type, number, theirs, item.id, there=number in now)

    def forget(self, entity_type_id: int, item: Item) -> None:
        """A contact or company was deleted: nothing is bound to it any more."""
        field = {CONTACT: "contactIds", COMPANY: "companyIds"}.get(entity_type_id)
        if field is None:
            return
        for kind in self._crm.kinds():
            items = self._crm.items(kind.entity_type_id)
            for number in items.with_value(field, item.id):
                self._set(kind.entity_type_id, number, field, item.id, there=False)
            if entity_type_id == COMPANY and kind.entity_type_id != CONTACT:
                for number in items.with_value("companyId", item.id):
                    bound = items.get(number)
                    if bound is not None:
                        items.change(bound, {"companyId": None})

    def sort_of(self, entity_type_id: int, item: Item, field: str, link: int) -> int:
        """10, 20, 30... in the order of the links, unless somebody said otherwise."""
        given = self._sorts.get((entity_type_id, item.id, field), {}).get(link)
        return (as_links(item.values.get(field)).index(link) + 1) * 10 if given is None else given

    def set_sorts(self, entity_type_id: int, item: Item, field: str, sorts: Mapping[int, int]) -> None:
        self._sorts[entity_type_id, item.id, field] = dict(sorts)

    def _set(self, entity_type_id: int, number: int, field: str, link: int, *, there: bool) -> None:
        items = self._crm.items(entity_type_id)
        item = items.get(number)
        if item is None:
            return
        links = tuple(one for one in as_links(item.values.get(field)) if one != link) + ((link,) if there else ())
        values: dict[str, Stored] = {field: links}
        complete(self._crm.schema(entity_type_id), values)
        items.change(item, values)


def as_links(stored: Stored) -> tuple[int, ...]:
    many: tuple[Scalar, ...] = stored if isinstance(stored, tuple) else ()
    return tuple(one for one in many if isinstance(one, int))
