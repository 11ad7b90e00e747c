"""Making a method refuse, and whether it does so in a documented way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from sandbox.coverage.built import Built
from sandbox.coverage.facts import Facts, Refusal, facts
from tests.sandbox.conformity.examples import follow, with_select
from tests.sandbox.conformity.provocations import PROVOCATIONS
from tests.sandbox.conformity.recipes import recipe
from tests.sandbox.conformity.recipes.recipe import Recipe
from tests.sandbox.conformity.showcase import Showcase

NOBODY = 99999999

EVERYWHERE = frozenset(
    {
        # the framework of the newer modules: a parameter is missing or of another type
        "100",
        # _includes/system-errors.md, error-codes.md
        "ACCESS_DENIED", "INVALID_CREDENTIALS", "NO_AUTH_FOUND", "expired_token", "insufficient_scope",
        # the documented refusal of methods for applications only (api-reference/widgets/placement-bind.md)
        "WRONG_AUTH_TYPE",
        # api-reference/rest-v3.md and its chapters on select, filter, order and pagination
        *(
            f"BITRIX_REST_V3_EXCEPTION_{one}EXCEPTION"
            for one in (
                "ACCESSDENIED", "ENTITYNOTFOUND", "INSUFFICIENTSCOPE", "INVALIDFILTER", "INVALIDORDER",
                "INVALIDPAGINATION", "INVALIDSELECT", "UNKNOWNDTOPROPERTY", "UNKNOWNFILTEROPERATOR",
                "VALIDATION_REQUESTVALIDATION",
            )
        ),
    }
)  # fmt: skip
"""Codes that any method may answer with, whether its page names them or not."""
ELSEWHERE = frozenset({"INVALID_CREDENTIALS", "NO_AUTH_FOUND", "expired_token", "insufficient_scope"})
"""Codes given before a method is reached; what leads to them is examined with the protocol."""


@cache
def provoked(built: Built) -> Mapping[str, Refusal | None]:
    """What each provocation of this method leads to; ``None`` is a success. One showcase is enough until a call changed
    something on it."""
    outcomes: dict[str, Refusal | None] = {}
    show = Showcase(built.called)
    for what, mistaken in mistakes(built):
        before = len(show.portal.journal.read(0, "change"))
        outcomes[what] = outcome(show, built, mistaken)
        if mistaken.first or len(show.portal.journal.read(0, "change")) != before:
            show = Showcase(built.called)
    return outcomes


def outcome(show: Showcase, built: Built, mistaken: Recipe) -> Refusal | None:
    status, body = follow(show, built, mistaken)
    error = body.get("error")
    if error is None:
        return None
    return Refusal(status, str(error["code"] if isinstance(error, dict) else error))


def mistakes(built: Built) -> Iterator[tuple[str, Recipe]]:
    """The recipe with one thing wrong, by a stranger, or through a webhook though it is for applications."""
    found, good = facts(built.name, built.version), recipe(built.called, 1)
    for number, explicit in enumerate(PROVOCATIONS.get(built.called, ()), start=1):
        yield f"provocation {number}", explicit if isinstance(explicit, Recipe) else Recipe(explicit)
    if good is None or found is None:
        return
    good = with_select(good, found.answers[0]) if found.answers else good
    yield "by a stranger", replace(good, by="outsider")
    if good.app:
        yield "through a webhook", replace(good, app=False, first=())
    if isinstance(good.params, list):
        yield "without parameters", replace(good, params=[])
        if good.params:
            yield "unknown id", replace(good, params=[NOBODY, *good.params[1:]])
    else:
        for what, changes in wrong_params(good.params, found):
            yield what, replace(good, params={**good.params, **changes})


def wrong_params(params: Mapping[str, Any], found: Facts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Changes to make: a parameter left out, of another type, of nothing that exists."""
    for name, value in params.items():
        required = name in found.parameters and found.parameters[name].required is not False
        if required:
            yield f"without {name}", {name: None}
        if is_id(name, value):
            yield f"unknown {name}", {name: NOBODY}
            yield f"{name} is no number", {name: "abc"}
        elif required and isinstance(value, str):
            yield f"{name} of nothing", {name: "nothing-like-it"}
        if isinstance(value, dict):
            yield f"{name} is no object", {name: "abc"}
            yield f"empty {name}", {name: {}}
            for inner, one in value.items():
                yield f"empty {name}.{inner}", {name: {**value, inner: ""}}
                if is_id(inner, one):
                    yield f"unknown {name}.{inner}", {name: {**value, inner: NOBODY}}
    for name in found.parameters:
        if name.lower() in NONSENSE:
            yield f"nonsense in {name}", {name: NONSENSE[name.lower()]}


NONSENSE: Mapping[str, Any] = {
    "filter": {"nothingLikeIt": 1},
    "order": {"nothingLikeIt": "sideways"},
    "select": ["nothingLikeIt"],
    "pagination": {"page": -1, "limit": "many"},
}


def is_id(name: str, value: Any) -> bool:
    by_name = isinstance(value, str) and value.startswith("$")
    return by_name or (isinstance(value, int) and name.lower().endswith("id"))


def undocumented(found: Facts, outcomes: Mapping[str, Refusal | None]) -> Iterator[tuple[str, Refusal]]:
    """Refusals whose code the page doesn't name, or names with another status."""
    known = {*found.refusals, *found.refusal_examples}
    for what, refusal in outcomes.items():
        if refusal is not None and refusal.code not in EVERYWHERE and not any(is_like(one, refusal) for one in known):
            yield what, refusal


def is_like(documented: Refusal, came: Refusal) -> bool:
    same_code = documented.code.casefold() == came.code.casefold()
    return same_code and documented.status in (None, came.status)


def unreached(found: Facts, outcomes: Mapping[str, Refusal | None]) -> Iterator[Refusal]:
    """Documented examples of refusals that no provocation led to."""
    for example in found.refusal_examples:
        came = any(refusal is not None and is_like(example, refusal) for refusal in outcomes.values())
        if not came and example.code not in ELSEWHERE:
            yield example
