"""``fields`` of methods that create and change: what is there, of the right type, and meant to be written.

Pages differ in whom they blame: the request (tasks) or the object in it (results and messages of tasks).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import Entity, WrongType
from sandbox.portal.rest3.refusals import (
    Refusal,
    invalid_object,
    invalid_request,
    lacks_attribute,
    missing,
    mistyped,
    unknown_property,
)


@dataclass(frozen=True)
class Complaints:
    missing: Callable[[Iterable[str]], Refusal]
    closed: Callable[[str, str], Refusal]
    """About a field that is not to be written: names of the entity and of the field."""


OF_REQUEST = Complaints(
    missing=lambda names: invalid_request(*(missing(name) for name in names)),
    closed=lambda entity, name: invalid_request(lacks_attribute(entity, name, "Editable")),
)
OF_OBJECT = Complaints(
    missing=lambda names: invalid_object(*((name, f'Не заполнено обязательное поле "{name}"') for name in names)),
    closed=lambda entity, name: invalid_object((name, f"Поле `{name}` не доступно к заполнению")),
)


def read_fields(entity: Entity[Any], said: Mapping[str, JSON], group: str, complaints: Complaints) -> dict[str, Any]:
    """Understood values by name, ``None`` for null. ``group`` is the kind of request: ``add``, ``update``."""
    absent = [one.name for one in entity.fields if group in one.required and said.get(one.name) is None]
    if absent:
        raise complaints.missing(absent)
    values: dict[str, Any] = {}
    for name, value in said.items():
        one = entity.get(name)
        if one is None:
            raise unknown_property(entity.name, name)
        if not one.editable and group not in one.required:
            raise complaints.closed(entity.name, name)
        try:
            values[name] = None if value is None else one.kind.read(value)
        except WrongType:
            raise invalid_request(mistyped(name, one.kind.complained)) from None
    return values
