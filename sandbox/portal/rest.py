"""What a REST method is: a function over the portal's state, registered under its documented name.

    @rest_method("crm.item.get", scope="crm", docs="api-reference/crm/universal/crm-item-get.md")
    def get_item(portal: Portal, caller: Caller, params: Params) -> Answer | JSON: ...

How a request becomes a call and an answer becomes HTTP is in ``web.py``; what is common to all methods in
``dispatch.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sandbox.portal.errors import RestError
from sandbox.portal.params import Params
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

__all__ = ["JSON", "METHODS", "PAGE", "Answer", "Caller", "Method", "Params", "RestError", "page", "rest_method"]

PAGE = 50
"""Rows on a page of nearly every list method (contract 1.5)."""


@dataclass(frozen=True)
class Caller:
    """On whose behalf a call is made, and what it may touch."""

    user_id: int
    admin: bool
    scopes: frozenset[str]
    webhook_id: int


@dataclass(frozen=True)
class Answer:
    """A result of a list method, with the members that stand beside ``result``."""

    result: JSON
    total: int | None = None
    next: int | None = None


Handler: TypeAlias = "Callable[[Portal, Caller, Params], Answer | JSON]"


@dataclass(frozen=True)
class Method:
    """``scope`` names the permissions, any one of which is enough; empty means the base scope everyone has."""

    name: str
    scope: tuple[str, ...]
    docs: str
    app_only: bool
    batchable: bool
    handler: Handler


METHODS: dict[str, Method] = {}
"""Built methods under their lower-case names."""


def rest_method(
    name: str, *, scope: str | tuple[str, ...] = (), docs: str, app_only: bool = False, batchable: bool = True
) -> Callable[[Handler], Handler]:
    """Register a function as a REST method. ``docs`` is the page of the vendor's documentation it follows."""
    scopes = (scope,) if isinstance(scope, str) else scope

    def register(handler: Handler) -> Handler:
        known = METHODS.get(name.lower())
        if known is not None and known.handler is not handler:
            raise RuntimeError(f"{name} is registered twice: {known.handler.__module__} and {handler.__module__}")
        METHODS[name.lower()] = Method(name, scopes, docs, app_only, batchable, handler)
        return handler

    return register


def load_methods() -> None:
    """Import every module of ``sandbox.portal.methods``."""
    package = importlib.import_module("sandbox.portal.methods")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def page(
    rows: Sequence[JSON], start: int, *, size: int = PAGE, wrap: Callable[[Sequence[JSON]], JSON] | None = None
) -> Answer:
    """One page of a fully known list. ``start=-1`` gives the first page, total 0 and no ``next`` (contract 1.5).

    ``wrap`` puts the rows where the method wants them: ``wrap=lambda rows: {"tasks": rows}``.
    """
    first = max(start, 0)
    shown = rows[first : first + size]
    result: JSON = wrap(shown) if wrap else shown
    if start < 0:
        return Answer(result, total=0)
    end = first + size
    return Answer(result, total=len(rows), next=end if end < len(rows) else None)
