"""What a method of REST 3.0 is: a function registered under its name, with what it takes and answers declared beside
it.

    @rest3_method("tasks.task.get", scope="tasks", docs="api-reference/tasks/tasks-task-get-rest-v3.md",
                  takes=(ID, select_of(TASK)), answers=item_of(TASK))
    def get_task(portal: Portal, caller: Caller, query: Query) -> JSON: ...

The declarations are there for the OpenAPI document; what is refused is decided by the function. A name may exist in the
older version too: the two have nothing in common but the state.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.portal.php import JSON
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.entities import Entity
from sandbox.portal.rest3.query import Query

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

Handler: TypeAlias = "Callable[[Portal, Caller, Query], JSON]"


@dataclass(frozen=True)
class Parameter:
    name: str
    schema: Mapping[str, JSON]
    required: bool = False


@dataclass(frozen=True)
class Method:
    name: str
    scope: str
    """Empty for the base scope everyone has."""
    docs: str
    writes: bool
    """It creates, changes or deletes: ``Idempotency-Key`` counts."""
    bare: bool
    """Its answer stands alone, without ``result`` and ``time``."""
    takes: tuple[Parameter, ...]
    answers: Mapping[str, JSON]
    entities: tuple[Entity[Any], ...]
    handler: Handler

    @property
    def module(self) -> str:
        """What OpenAPI groups by."""
        return self.name.split(".")[0] if "." in self.name else "rest"


METHODS: dict[str, Method] = {}
"""Built methods under their lower-case names."""

ANYTHING: Mapping[str, JSON] = {"type": "object"}


def rest3_method(
    name: str,
    *,
    docs: str,
    scope: str = "",
    writes: bool = False,
    bare: bool = False,
    takes: tuple[Parameter, ...] = (),
    answers: Mapping[str, JSON] = ANYTHING,
    entities: tuple[Entity[Any], ...] = (),
) -> Callable[[Handler], Handler]:
    """Register a function as a method. ``docs`` is the page it follows."""

    def register(handler: Handler) -> Handler:
        known = METHODS.get(name.lower())
        if known is not None and known.handler is not handler:
            raise RuntimeError(f"{name} is registered twice: {known.handler.__module__} and {handler.__module__}")
        METHODS[name.lower()] = Method(name, scope, docs, writes, bare, takes, answers, entities, handler)
        return handler

    return register


def load_methods() -> None:
    """Import every module of ``sandbox.portal.rest3.methods``."""
    package = importlib.import_module("sandbox.portal.rest3.methods")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


# Declarations of parameters and answers, in the words of OpenAPI

INTEGER: Mapping[str, JSON] = {"type": "integer"}
STRING: Mapping[str, JSON] = {"type": "string"}
BOOLEAN: Mapping[str, JSON] = {"type": "boolean"}
ARRAY: Mapping[str, JSON] = {"type": "array"}

ID = Parameter("id", INTEGER, required=True)
FILTER = Parameter("filter", {"type": "array", "example": [["id", ">=", 1], ["id", 1], ["id", "in", [1, 2, 3]]]})
PAGINATION = Parameter(
    "pagination", {"type": "object", "properties": dict.fromkeys(("page", "limit", "offset"), INTEGER)}
)
CURSOR = Parameter("cursor", {"type": "object", "properties": {"field": STRING, "order": STRING, "limit": INTEGER}})
DONE: Mapping[str, JSON] = {"type": "object", "properties": {"result": BOOLEAN}}


def select_of(entity: Entity[Any]) -> Parameter:
    return Parameter("select", {"type": "array", "items": STRING, "example": list(entity.plain)})


def order_of(entity: Entity[Any]) -> Parameter:
    names = [one.name for one in entity.fields if one.sortable]
    return Parameter(
        "order", {"type": "object", "properties": {name: {"type": "string", "example": "ASC"} for name in names}}
    )


def fields_of(entity: Entity[Any], group: str) -> Parameter:
    written = [one for one in entity.fields if one.editable or group in one.required]
    schema: dict[str, JSON] = {"type": "object", "properties": {one.name: dict(one.kind.schema) for one in written}}
    required = [one.name for one in written if group in one.required]
    return Parameter("fields", {**schema, "required": required} if required else schema, required=True)


def reference(entity: Entity[Any]) -> Mapping[str, JSON]:
    return {"$ref": f"#/components/schemas/{entity.schema_name}"}


def item_of(entity: Entity[Any]) -> Mapping[str, JSON]:
    return {"type": "object", "properties": {"item": reference(entity)}}


def items_of(entity: Entity[Any]) -> Mapping[str, JSON]:
    """A portal's own document calls the answer of a list an array of objects, though it is ``{"items": [...]}``; that
    is what is declared here."""
    return {"type": "object", "properties": {"items": {"type": "array", "items": reference(entity)}}}
