"""``filter`` of REST 3.0: one grammar for every method that has the parameter (rest-v3.md, "Фильтрация").

    [["id", ">=", 17], {"logic": "or", "conditions": [["status", "open"], ["id", "in", [1, 2]]]}]

Beyond the page: ``negative`` groups and conditions as objects (b24jssdk, ``FilterV3``), and a lone condition in place
of the list (settings/how-to-call-rest-api/batch-v3.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import Entity, Field, Viewer, WrongType
from sandbox.portal.rest3.refusals import (
    invalid_filter,
    invalid_request,
    lacks_attribute,
    mistyped,
    unknown_operator,
    unknown_property,
)

DEEPEST = 20
"""Groups within groups; a portal names no limit (unverified)."""


def equal(value: Any, wanted: Any) -> bool:
    return bool(value == wanted)


def among(value: Any, wanted: Any) -> bool:
    return value in wanted


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": equal,
    "!=": lambda value, wanted: bool(value != wanted),
    ">": lambda value, wanted: value is not None and bool(value > wanted),
    ">=": lambda value, wanted: value is not None and bool(value >= wanted),
    "<": lambda value, wanted: value is not None and bool(value < wanted),
    "<=": lambda value, wanted: value is not None and bool(value <= wanted),
    "in": among,
    "between": lambda value, wanted: value is not None and bool(wanted[0] <= value <= wanted[1]),
}
"""What a row without the value does in an order is unverified; here it fits no range."""


@dataclass(frozen=True)
class Condition:
    field: Field[Any]
    operator: str
    wanted: Any

    def fits(self, viewer: Viewer, row: object) -> bool:
        return COMPARISONS[self.operator](self.field.read(viewer, row), self.wanted)


@dataclass(frozen=True)
class Group:
    parts: tuple[Part, ...]
    any_of: bool = False
    negative: bool = False

    def fits(self, viewer: Viewer, row: object) -> bool:
        found = (part.fits(viewer, row) for part in self.parts)
        return (any(found) if self.any_of else all(found)) != self.negative

    def required(self, name: str) -> Iterator[Condition]:
        """Conditions on this field that every fitting row meets: not those inside groups."""
        return (part for part in self.parts if isinstance(part, Condition) and part.field.name == name)


Part: TypeAlias = "Condition | Group"


def read_filter(entity: Entity[Any], said: JSON) -> Group:
    """Everything fits an absent or empty filter. Raises what the page lists under "Ошибки фильтра"."""
    if said is None:
        return Group(())
    if isinstance(said, Mapping) and "conditions" in said:
        return Group((read_group(entity, said, 1),))
    if not isinstance(said, Sequence) or isinstance(said, str):
        # the dialect of the older version, {">id": 5}, is refused too (b24jssdk #113)
        raise invalid_filter(said)
    if is_condition(said):
        return Group((read_condition(entity, said),))
    return Group(tuple(read_part(entity, part, 1) for part in said))


def read_part(entity: Entity[Any], said: JSON, depth: int) -> Part:
    if isinstance(said, Mapping):
        if "leftOperand" in said:
            return compared(entity, said, said["leftOperand"], said.get("operator", "="), said.get("rightOperand"))
        return read_group(entity, said, depth)
    if isinstance(said, Sequence) and is_condition(said):
        return read_condition(entity, said)
    raise invalid_filter(said)


def read_group(entity: Entity[Any], said: Mapping[str, JSON], depth: int) -> Group:
    logic, parts, negative = said.get("logic", "and"), said.get("conditions"), said.get("negative", False)
    if depth > DEEPEST or not isinstance(parts, Sequence) or isinstance(parts, str):
        raise invalid_filter(dict(said) if depth <= DEEPEST else "…")
    if logic not in ("and", "or") or not isinstance(negative, bool):
        raise invalid_filter(dict(said))
    return Group(tuple(read_part(entity, part, depth + 1) for part in parts), logic == "or", negative)


def is_condition(said: JSON) -> bool:
    return isinstance(said, Sequence) and not isinstance(said, str) and len(said) in (2, 3) and isinstance(said[0], str)


def read_condition(entity: Entity[Any], said: Sequence[JSON]) -> Condition:
    if len(said) == 3:
        return compared(entity, said, said[0], said[1], said[2])
    operator = "in" if isinstance(said[1], Sequence) and not isinstance(said[1], str) else "="
    return compared(entity, said, said[0], operator, said[1])


def compared(entity: Entity[Any], said: JSON, name: JSON, operator: JSON, value: JSON) -> Condition:
    if not isinstance(operator, str) or operator not in COMPARISONS:
        raise unknown_operator(operator)
    if not isinstance(name, str):
        raise invalid_filter(said)
    field = entity.get(name)
    if field is None:
        raise unknown_property(entity.name, name)
    if not field.filterable:
        raise invalid_request(lacks_attribute(entity.name, name, "Filterable"))
    return Condition(field, operator, read_wanted(field, operator, value, said))


def read_wanted(field: Field[Any], operator: str, value: JSON, said: JSON) -> Any:
    try:
        if operator not in ("in", "between"):
            return None if value is None and operator in ("=", "!=") else field.kind.read(value)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise invalid_filter(said)
        if operator == "between" and len(value) != 2:
            raise invalid_filter(said)
        return [field.kind.read(element) for element in value]
    except WrongType:
        raise invalid_request(mistyped(field.name, field.kind.complained)) from None
