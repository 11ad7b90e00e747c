"""What a recipe is: one request to repeat, and what it wants beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

DOCUMENTED = "every key of the example"
IN_CAPITALS = "every key of the example, in capitals"


@dataclass(frozen=True)
class Recipe:
    """``by`` is a name of the showcase; ``app``: with the token of an application; ``first``: calls made before."""

    params: Any = field(default_factory=dict)
    by: str | None = None
    app: bool = False
    first: tuple[tuple[str, Any], ...] = ()


Recipes: TypeAlias = Mapping[str, "Recipe | Mapping[str, Any] | list[Any]"]
"""Parameters alone are enough for most methods."""


def by_application(params: Any = None, *first: tuple[str, Any]) -> Recipe:
    return Recipe({} if params is None else params, app=True, first=first)
