"""Repeating the documentation's examples on the showcase, and what the answers do otherwise."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.coverage.built import Built, built_methods
from sandbox.coverage.facts import Facts, facts, file_of, read
from sandbox.coverage.shapes import MAYBE, Difference, Shape, alternatives, compare, json_type, shape_of
from tests.sandbox.conformity.recipes import recipe
from tests.sandbox.conformity.recipes.recipe import DOCUMENTED, IN_CAPITALS, Recipe
from tests.sandbox.conformity.showcase import Outcome, Showcase

RECORDED = ("type", "format")
"""What counts against an answer recorded somewhere else: which keys came depends on the request, which is not known."""


def examined() -> Iterator[tuple[Built, int]]:
    """Every documented example of success of every built method; number 0 stands for the recorded answers."""
    for built in built_methods():
        found = facts(built.name, built.version)
        if found is not None:
            yield from ((built, number) for number in range(1, len(found.answers) + 1))
            if found.recorded:
                yield built, 0


def differences(built: Built, number: int) -> list[Difference]:
    """Of one example. A method without a recipe, or one that refuses, is a difference too."""
    found = facts(built.name, built.version)
    assert found is not None
    followed = recipe(built.called, number or 1)
    if followed is None:
        return [Difference("result", "not repeated", "an example", "no recipe")]
    documented = found.recorded[0] if number == 0 else found.answers[number - 1]
    status, body = follow(Showcase(built.called), built, with_select(followed, documented))
    if status != 200:
        return [Difference("result", "refused", "an example", f"{status} {body.get('error')}")]
    if number == 0:
        came = compare(documented, shape_of({"result": body["result"]}))
        return [one for one in came if one.what in RECORDED]
    envelope = {key: value for key, value in body.items() if key not in ("time", "next")}
    return [one for one in compare(documented, shape_of(envelope), found.named) if counts(one, found, built)]


def counts(difference: Difference, found: Facts, built: Built) -> bool:
    """A key that other examples of the section show as null, as a list or ``false`` may be that; the last page has no
    ``next``."""
    key = difference.path.rpartition(".")[2].removesuffix("[]")
    kinds = kinds_in_section(file_of(built.name, built.version)).get(key, frozenset())
    if difference.what in ("null", "type") and kind_of(difference.answered) in kinds:
        return False
    return difference.path != "next"


def kind_of(described: str) -> str:
    """Of an answer in words: ``digits|null`` is null, ``[...]`` a list."""
    brackets = {"[": "list", "{": "map"}
    scalar = "null" if "null" in described.split("|") else json_type(described.partition("|")[0])
    return brackets.get(described[0], scalar)


def follow(show: Showcase, built: Built, followed: Recipe) -> Outcome:
    for name, params in followed.first:
        show.call(name, params, app=followed.app)
    by = show.names[followed.by] if followed.by else 1
    return show.send(built.called, followed.params, by=by, app=followed.app)


def with_select(followed: Recipe, documented: Shape) -> Recipe:
    keys = [key.removesuffix(MAYBE) for key in row_of(documented) if not key.startswith("<")]
    return replace(followed, params=put(followed.params, keys))


def put(value: Any, keys: list[str]) -> Any:
    if value == DOCUMENTED:
        return keys
    if value == IN_CAPITALS:
        return [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper() for key in keys]
    if isinstance(value, Mapping):
        return {name: put(inner, keys) for name, inner in value.items()}
    return [put(inner, keys) for inner in value] if isinstance(value, list | tuple) else value


def row_of(shape: Shape) -> dict[str, Shape]:
    """The innermost map of the result: that of one row, of one thing."""
    while True:
        inside = next((one for one in alternatives(shape) if isinstance(one, dict | list)), None)
        if isinstance(inside, list):
            shape = inside[0] if inside else {}
        elif isinstance(inside, dict) and "result" in inside:
            shape = inside["result"]
        elif isinstance(inside, dict) and len(inside) == 1:
            shape = next(iter(inside.values()))
        else:
            return inside or {}


@cache
def kinds_in_section(file: Path) -> Mapping[str, frozenset[str]]:
    """What the examples of a section show under each key: ``null``, ``string``, ``map``..."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for found in read(file).values():
        for shape in (*found.answers, *found.recorded):
            for key, inner in members(shape):
                kinds[key] |= {one for way in alternatives(inner) for one in kinds_of(way)}
    return {key: frozenset(found) for key, found in kinds.items()}


def members(shape: Shape) -> Iterator[tuple[str, Shape]]:
    """Every key anywhere inside, with what it holds."""
    for one in alternatives(shape):
        if isinstance(one, list):
            yield from (member for row in one for member in members(row))
        elif isinstance(one, dict):
            for key, inner in one.items():
                yield key.removesuffix(MAYBE), inner
                yield from members(inner)


def kinds_of(shape: Shape) -> set[str]:
    if isinstance(shape, str):
        return {json_type(one) for one in shape.split("|")}
    return {"list" if isinstance(shape, list) else "map"}
