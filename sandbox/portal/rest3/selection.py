"""``select`` of REST 3.0: fields of the object, and fields of related objects through a dot (rest-v3.md, "Связи между
объектами")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import Entity, Field, Viewer, shown
from sandbox.portal.rest3.refusals import invalid_select, unknown_property

DEEPEST = 8
"""Dots in a name. A portal names no limit (unverified); a path without end has to stop somewhere."""


@dataclass(frozen=True)
class Selection:
    """Names of an object's fields; for its related objects, what of them."""

    own: frozenset[str]
    related: dict[str, Selection]


def read_select(entity: Entity[Any], said: JSON, default: Sequence[str] = ()) -> Selection:
    """``default`` is what the method shows without ``select``; the base set of the object unless given."""
    base = tuple(default) or entity.base or entity.plain
    if said is None:
        return Selection(frozenset(base), {})
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise invalid_select(said)
    if not all(isinstance(name, str) for name in said):
        raise invalid_select(said)
    names = [name for name in said if isinstance(name, str)]
    selection = choose(entity, [name.split(".") for name in names])
    # Related fields alone come with the base set around them (the sample of tasks-task-get-rest-v3.md).
    if all("." in name for name in names):
        return Selection(selection.own | frozenset(base), selection.related)
    return selection


def choose(entity: Entity[Any], paths: list[list[str]]) -> Selection:
    own = frozenset(path[0] for path in paths if len(path) == 1)
    for name in sorted(own):
        if entity.get(name) is None and not entity.drops_unknown:
            raise unknown_property(entity.name, name)
    deeper: dict[str, list[list[str]]] = {}
    for path in paths:
        if len(path) > DEEPEST:
            raise invalid_select(".".join(path))
        if len(path) > 1:
            deeper.setdefault(path[0], []).append(path[1:])
    related = {}
    for name, rest in deeper.items():
        one = entity.get(name)
        if one is None or one.related is None:
            raise unknown_property(entity.name, name)
        related[name] = choose(refusing(one.related()), rest)
    return Selection(own, related)


def refusing(entity: Entity[Any]) -> Entity[Any]:
    """An unknown field of a related object is an error even where one's own is not."""
    return Entity(entity.name, entity.module, entity.fields, entity.base) if entity.drops_unknown else entity


def project(entity: Entity[Any], selection: Selection, viewer: Viewer, row: object) -> dict[str, JSON]:
    """The chosen fields in the entity's own order."""
    answer: dict[str, JSON] = {}
    for one in entity.fields:
        if one.name in selection.own or one.name in selection.related:
            answer[one.name] = value_of(one, selection.related.get(one.name), viewer, row)
    return answer


def value_of(one: Field[Any], within: Selection | None, viewer: Viewer, row: object) -> JSON:
    found = one.read(viewer, row)
    if one.related is None:
        return shown(found)
    entity = one.related()
    chosen = within or Selection(frozenset(entity.plain), {})
    if one.many:
        return [project(entity, chosen, viewer, each) for each in found]
    return None if found is None else project(entity, chosen, viewer, found)
