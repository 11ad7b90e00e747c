"""The fields an object has now, as the older methods name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sandbox.portal.crm.collection import Item
from sandbox.portal.crm.fields import Field
from sandbox.portal.crm.filters import PREFIXES, Column, Filter, compile_filter
from sandbox.portal.crm.kinds import Schema, make_column
from sandbox.portal.crm.legacy.contact_points import point_column, read_points, show_points
from sandbox.portal.crm.legacy.declarations import CONTACT_POINT_TITLES, ENTITIES, Entity, Old
from sandbox.portal.crm.legacy.looks import show_in_list, show_whole
from sandbox.portal.crm.values import Comparable, read_digit_flag, read_int, read_number
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_number, as_object
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.crm.section import Crm

DESCRIBED_TYPES = {"boolean": "char", "text": "string"}
"""What a type was called before ``crm.item.*``; of user fields it is called the same."""


LOOSE: Mapping[Callable[[JSON], Comparable], Callable[[JSON], Comparable]] = {
    read_int: lambda value: as_int(value) or 0,
    read_number: lambda value: as_number(value) or 0,
    read_digit_flag: lambda value: int(as_flag(value) or False),
}
"""How the older filters read numbers: what is none is 0, as in PHP."""


@dataclass(frozen=True)
class Named:
    """A field of an item under its older name."""

    old: Old
    field: Field

    @property
    def name(self) -> str:
        return self.old.name

    @property
    def type(self) -> str:
        return self.field.type if self.field.dynamic else DESCRIBED_TYPES.get(self.field.type, self.field.type)


class OlderSchema:
    def __init__(self, entity: Entity, schema: Schema) -> None:
        self.entity = entity
        known = {one.upper: one for one in schema.fields} | {one.name: one for one in schema.fields}
        declared = [Named(old, make_field(old, known)) for old in entity.fields]
        added = [Named(Old(one.upper), one) for one in schema.fields if one.dynamic or one.name.startswith("parentId")]
        self.fields = {one.name: one for one in (*declared, *added)}
        own = tuple(one.field for one in declared if one.old.own)
        writable = {one.field.name: one.field for one in declared if not one.old.own}
        self.saved = Schema(schema.kind, (*(writable.get(one.name, one) for one in schema.fields), *own))
        """What ``Saving`` needs to know: the fields of ``crm.item.*`` and those that only the older methods have."""
        self.columns = {one.name: lenient(make_column(one.field)) for one in self.fields.values() if can_search(one)}
        self.points = tuple(CONTACT_POINT_TITLES) if entity.contact_points else ()
        self._point_columns = {type_id: point_column(type_id) for type_id in self.points}

    # Requests

    def read(self, sent: Mapping[str, JSON], *, new: bool) -> dict[str, JSON]:
        """The fields of a request under the names of ``crm.item.*``. Unknown ones are left out, and those that cannot
        be changed when the item is not new. Raises ``ERROR_CORE`` for an address of e-mail that is none."""
        fields: dict[str, JSON] = {}
        for name, value in sent.items():
            named = self.fields.get(name)
            if named is not None and (new or not named.old.immutable):
                fields[named.field.name] = read_value(named.field, value)
        if any(type_id in sent for type_id in self.points):
            fields["fm"] = read_points({name: value for name, value in sent.items() if name in self.points})
        return fields

    def filter(self, sent: Mapping[str, JSON]) -> Filter[Item]:
        """What the older lists do not know they pass over, ``logic`` included (the pages name no error for it). Raises
        the general error for a value that cannot be compared, such as a date that is none (unverified)."""
        columns = {**self.columns, **self._point_columns}
        known = {name: value for name, value in sent.items() if bare_name(name) in columns}
        try:
            return compile_filter(known, columns)
        except RestError:
            raise RestError("", "Failed to get list. General error.") from None

    def order(self, sent: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Any direction but ASC is DESC (unverified); fields it does not know are passed over."""
        known = ((name.upper(), "ASC" if way == "ASC" else "DESC") for name, way in sent)
        return [(name, way) for name, way in known if name in self.columns]

    # Answers

    def show(self, item: Item) -> dict[str, JSON]:
        """The whole object; contact points stand there only when there are some."""
        shown = {
            name: show_whole(one.field, item, self.entity.word) for name, one in self.fields.items() if one.old.shown
        }
        for type_id in self.points:
            points = show_points(item, type_id)
            if points:
                shown[type_id] = points
        return shown

    def show_chosen(self, item: Item, names: list[str]) -> dict[str, JSON]:
        """A row of a list: ``names`` as ``chosen`` answers them."""
        shown: dict[str, JSON] = {}
        for name in names:
            named = self.fields.get(name)
            if named is not None:
                shown[name] = show_in_list(named.field, item, self.entity.word)
            elif points := show_points(item, name):
                shown[name] = points
        return shown

    def chosen(self, select: list[str]) -> list[str]:
        """Names for ``select``: ``*`` is all but user fields, ``UF_*`` all user fields, nothing means both; contact
        points have to be named. ``ID`` always comes (crm-company-list.md, its example)."""
        visible = {name: one.field.dynamic for name, one in self.fields.items() if one.old.shown}
        wanted = set(select or ["*", "UF_*"]) | {"ID"}
        names = [name for name, added in visible.items() if name in wanted or ("UF_*" if added else "*") in wanted]
        return names + [type_id for type_id in self.points if type_id in wanted]


def older_schema(crm: Crm, entity: Entity) -> OlderSchema:
    """Made once for the fields as they are configured now."""
    schema = crm.schema(entity.entity_type_id)
    known = schema.derived.get(entity.word)
    if not isinstance(known, OlderSchema):
        known = schema.derived[entity.word] = OlderSchema(entity, schema)
    return known


def entity_of(word: str) -> Entity:
    return next(entity for entity in ENTITIES if entity.word == word)


def make_field(old: Old, known: Mapping[str, Field]) -> Field:
    """The field of ``crm.item.*`` with what the older methods say differently of it."""
    field = old.own or known[old.item or old.name]
    read_only = field.read_only if old.read_only is None else old.read_only
    return replace(field, title=old.title or field.title, read_only=read_only, empty=old.empty)


def read_value(field: Field, value: JSON) -> JSON:
    """A lone value of a multiple field is a list of one; ``{"remove": "Y"}`` takes a file away (unverified)."""
    if field.multiple:
        return as_list(value)
    sent = as_object(value) if field.type == "file" else None
    return "" if sent and as_flag(sent.get("remove")) else value


def can_search(named: Named) -> bool:
    """``CONTACT_IDS`` and its like cannot be asked for (crm-deal-list.md)."""
    return named.old.shown and not named.field.disabled and named.field.type not in ("file", "crm_multifield")


def lenient(column: Column[Item]) -> Column[Item]:
    loose = LOOSE.get(column.values.wanted)
    return column if loose is None else replace(column, values=replace(column.values, wanted=loose))


def bare_name(name: str) -> str:
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    return name[len(prefix) :]
