"""How each documented example is repeated on the showcase: method -> the request, one table a section.

``$name`` is something of ``showcase.py``. A method with several examples may have one recipe each: ``method #2``
repeats the second. ``DOCUMENTED`` as ``select`` stands for the keys the example shows; ``IN_CAPITALS`` for the same
keys where requests are written ``RESPONSIBLE_ID`` and answers ``responsibleId``. REST 3.0 is ``v3:tasks.task.get``.
"""

from __future__ import annotations

from tests.sandbox.conformity.recipes import (
    activities,
    chats,
    company,
    crm,
    drive,
    portal,
    requisites,
    rest3,
    tasks,
    telephony,
)
from tests.sandbox.conformity.recipes.recipe import Recipe, Recipes

SECTIONS: tuple[Recipes, ...] = (
    activities.RECIPES,
    chats.RECIPES,
    company.RECIPES,
    crm.RECIPES,
    drive.RECIPES,
    portal.RECIPES,
    requisites.RECIPES,
    rest3.RECIPES,
    tasks.RECIPES,
    telephony.RECIPES,
)
RECIPES: Recipes = {name: one for section in SECTIONS for name, one in section.items()}


def recipe(method: str, number: int) -> Recipe | None:
    """That of the example with this number, counted from 1, else that of the method."""
    found = RECIPES.get(f"{method} #{number}", RECIPES.get(method))
    return found if isinstance(found, Recipe) or found is None else Recipe(found)
