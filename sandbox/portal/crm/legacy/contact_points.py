"""``PHONE``, ``EMAIL`` and their like: the older way to say and to see what ``crm.item.*`` keeps in ``fm``.

Source: api-reference/crm/data-types.md (crm_multifield), crm-contact-update.md. An element with ``ID`` changes a
contact point, with ``DELETE: "Y"`` or an empty value deletes it; without ``ID`` it is a new one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.filters import Column
from sandbox.portal.crm.legacy.declarations import CONTACT_POINT_TITLES
from sandbox.portal.crm.values import CONTACT_POINT, Comparable, ContactPoint, Scalar, Stored
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.php import JSON

EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")
EMAIL_TITLES = {"WORK": "Рабочий e-mail", "HOME": "Частный e-mail", "MAILING": "E-mail для рассылок"}


def read_points(sent: Mapping[str, JSON]) -> list[JSON]:
    """All contact points among the fields of a request, as ``fm`` takes them. Raises ``ERROR_CORE`` for an address that
    is none."""
    return [
        point
        for type_id in CONTACT_POINT_TITLES
        if type_id in sent
        for element in as_list(sent[type_id])
        if (point := read_point(type_id, as_object(element))) is not None
    ]


def read_point(type_id: str, element: Mapping[str, JSON] | None) -> JSON:
    if element is None:
        return None
    number, value = as_int(element.get("ID")) or 0, as_text(element.get("VALUE")) or ""
    if as_flag(element.get("DELETE")):
        value = ""
    if not number and not value:
        return None
    value_type = as_text(element.get("VALUE_TYPE")) or "WORK"
    if type_id == "EMAIL" and value and not EMAIL.fullmatch(value.strip()):
        title = EMAIL_TITLES.get(value_type, "E-mail")
        raise RestError("ERROR_CORE", f"Поле «{title}» содержит некорректный адрес")
    return {"id": number, "typeId": type_id, "valueType": value_type, "value": value}


def points_of(item: Item, type_id: str) -> list[ContactPoint]:
    return [point for point in all_points(item) if point.type_id == type_id]


def all_points(item: Item) -> list[ContactPoint]:
    stored: Stored = item.values.get("fm")
    return [point for point in stored if isinstance(point, ContactPoint)] if isinstance(stored, tuple) else []


def show_points(item: Item, type_id: str) -> list[JSON]:
    return [
        {"ID": str(point.id), "VALUE_TYPE": point.value_type, "VALUE": point.value, "TYPE_ID": point.type_id}
        for point in points_of(item, type_id)
    ]


def point_column(type_id: str) -> Column[Item]:
    """Filters know contact points by the exact value only (crm-contact-list.md). All types share one index."""
    return Column("fm", replace(CONTACT_POINT, wanted=partial(wanted_point, type_id), key=point_key), stored_points)


def wanted_point(type_id: str, value: JSON) -> Comparable:
    return f"{type_id}:{as_text(value) or ''}".casefold()


def point_key(stored: Scalar) -> Comparable:
    if not isinstance(stored, ContactPoint):
        raise TypeError(f"not a contact point: {stored!r}")
    return f"{stored.type_id}:{stored.value}".casefold()


def stored_points(item: Item) -> Stored:
    return item.values.get("fm")
