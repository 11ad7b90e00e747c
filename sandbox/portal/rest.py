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
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sandbox.portal.errors import RestError
from sandbox.portal.params import Params
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.access import Application
    from sandbox.portal.portal import Portal

__all__ = ["JSON", "METHODS", "PAGE", "Answer", "Caller", "Method", "Params", "RestError", "cut", "page", "rest_method"]

Row = TypeVar("Row")

PAGE = 50
"""Rows on a page of nearly every list method (contract 1.5)."""


@dataclass(frozen=True)
class Caller:
    """On whose behalf a call is made, and what it may touch."""

    user_id: int
    admin: bool
    scopes: frozenset[str]
    webhook_id: int
    application: Application | None = None
    """Set when the call came with the token of an application; ``app_only`` methods want it."""

    @property
    def source(self) -> str:
        """Whose operating time a call costs: the webhook's or, whatever the token, the application's."""
        return f"application {self.application.id}" if self.application else f"webhook {self.webhook_id}"


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


def cut(rows: Sequence[Row], start: int, size: int = PAGE) -> tuple[Sequence[Row], int, int | None]:
    """The rows of one page, the ``total`` and the ``next`` of the answer.

    ``start=-1`` gives the first page, total 0 and no ``next`` (contract 1.5).
    """
    if start < 0:
        return rows[:size], 0, None
    end = start + size
    return rows[start:end], len(rows), end if end < len(rows) else None


def page(
    rows: Sequence[JSON], start: int, *, size: int = PAGE, wrap: Callable[[Sequence[JSON]], JSON] | None = None
) -> Answer:
    """One page of rows ready to be shown; ``wrap`` puts them where the method wants them:
    ``wrap=lambda rows: {"tasks": rows}``."""
    shown, total, following = cut(rows, start, size)
    return Answer(wrap(shown) if wrap else shown, total, following)
