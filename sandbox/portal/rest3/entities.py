"""What a method of REST 3.0 may be asked for: objects ("DTO" in the vendor's words), their fields and related objects.

A declaration is used for everything at once: ``select``, ``filter``, ``order``, ``fields``, the answer,
``*.field.list`` and the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sandbox.portal.clock import iso
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

Row = TypeVar("Row")


class WrongType(ValueError):
    """A value is not of the kind its field wants."""


@dataclass(frozen=True)
class Viewer:
    """Who is looking: values of some fields depend on it."""

    portal: Portal
    user_id: int


@dataclass(frozen=True)
class Kind:
    """``described`` is the type in ``*.field.list``, ``complained`` the one in complaints about a value."""

    described: str
    complained: str
    schema: Mapping[str, JSON]
    read: Callable[[JSON], Any]
    """Understands a value of a request, null aside; raises ``WrongType``."""


def read_int(value: JSON) -> int:
    """A number in quotes is not one: "make sure that the value is a number and not a string"
    (tasks-task-get-rest-v3)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise WrongType


def read_text(value: JSON) -> str:
    if isinstance(value, str):
        return value
    raise WrongType


def read_flag(value: JSON) -> bool:
    """``true`` and ``false``, and the ``Y`` and ``N`` that fields-rest-v3.md names for the same fields."""
    if isinstance(value, bool):
        return value
    if value in ("Y", "N"):
        return value == "Y"
    raise WrongType


def read_when(value: JSON) -> datetime:
    """ISO 8601; without an offset it is taken as the server's time (unverified)."""
    moment = read_moment(value) if isinstance(value, str) and value[4:5] == "-" else None
    if moment is None:
        raise WrongType
    return moment


def read_list(value: JSON) -> list[JSON]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    raise WrongType


def read_nothing(value: JSON) -> None:
    """Related objects are looked at, not written."""
    raise WrongType


INT = Kind("int", "int", {"type": "integer", "format": "int64"}, read_int)
TEXT = Kind("string", "string", {"type": "string"}, read_text)
FLAG = Kind("bool", "bool", {"type": "boolean"}, read_flag)
MOMENT = Kind("object", "DateTime", {"type": "string", "format": "date-time"}, read_when)
LIST = Kind("array", "array", {"type": "array"}, read_list)
OBJECT = Kind("object", "object", {"type": "object"}, read_nothing)


@dataclass(frozen=True)
class Field(Generic[Row]):
    name: str
    kind: Kind
    read: Callable[[Viewer, Row], Any]
    """The value to compare and to show; for a related object that object, or a list of them with ``many``."""
    filterable: bool = False
    sortable: bool = False
    editable: bool = False
    required: tuple[str, ...] = ()
    """Groups of requests it must be in: ``add``, ``update``."""
    title: str = ""
    description: str | None = None
    related: Callable[[], Entity[Any]] | None = None
    many: bool = False


@dataclass(frozen=True)
class Entity(Generic[Row]):
    """``name`` as complaints spell it (``TaskDto``), ``module`` as OpenAPI groups it."""

    name: str
    module: str
    fields: tuple[Field[Row], ...]
    base: tuple[str, ...] = ()
    """Shown when ``select`` names no field of the object itself; every unrelated field unless said."""
    drops_unknown: bool = False
    """Whether an unknown name in ``select`` goes unnoticed (tasks: rest-v3.md) or is refused (most pages)."""
    _by_name: dict[str, Field[Row]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._by_name.update((one.name, one) for one in self.fields)

    def get(self, name: str) -> Field[Row] | None:
        return self._by_name.get(name)

    @property
    def plain(self) -> tuple[str, ...]:
        """Names of the fields that are not related objects."""
        return tuple(one.name for one in self.fields if one.related is None)

    @property
    def schema_name(self) -> str:
        return f"bitrix.{self.module}.{self.name.lower()}"


def shown(value: Any) -> JSON:
    """A value as an answer has it."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, tuple):
        return [shown(element) for element in value]
    result: JSON = value
    return result


DESCRIPTION: Entity[Field[Any]] = Entity(
    "DtoFieldDto",
    "rest",
    (
        Field("name", TEXT, lambda _, one: one.name),
        Field("type", TEXT, lambda _, one: one.kind.described),
        Field("title", TEXT, lambda _, one: one.title or one.name),
        Field("description", TEXT, lambda _, one: one.description),
        Field("validationRules", LIST, lambda _, one: ()),
        Field("requiredGroups", LIST, lambda _, one: one.required or None),
        Field("filterable", FLAG, lambda _, one: one.filterable),
        Field("sortable", FLAG, lambda _, one: one.sortable),
        Field("editable", FLAG, lambda _, one: one.editable),
        Field("multiple", FLAG, lambda _, one: False),
        Field("elementType", TEXT, lambda _, one: None),
    ),
)
"""Fields described by fields: what ``*.field.list`` and ``*.field.get`` answer. Collections of related objects have
neither ``multiple`` nor ``elementType`` in the samples, so no field here has."""
