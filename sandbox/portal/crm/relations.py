"""Which types of objects are parents of which. Source: user-defined-object-types/crm-type-add.md, ``relations``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Relation:
    """Items of ``parent`` become parents of items of ``child``, which get a field ``parentId{parent}``."""

    parent: int
    child: int
    children_list: bool = False
    """Whether the parent's card lists its children."""
    predefined: bool = False
    """Comes with a setting (client fields), cannot be changed and makes no ``parentId`` field."""


class Relations:
    def __init__(self) -> None:
        self._relations: dict[tuple[int, int], Relation] = {}

    def parents_of(self, child: int) -> list[Relation]:
        return [relation for relation in self._relations.values() if relation.child == child]

    def children_of(self, parent: int) -> list[Relation]:
        return [relation for relation in self._relations.values() if relation.parent == parent]

    def replace(self, entity_type_id: int, wanted: Iterable[Relation]) -> None:
        """Custom relations of a type are overwritten as a whole; predefined ones stay (crm-type-update.md)."""
        kept = {
            pair: relation
            for pair, relation in self._relations.items()
            if relation.predefined or entity_type_id not in pair
        }
        for relation in wanted:
            kept.setdefault((relation.parent, relation.child), relation)
        self._relations = kept

    def set_client(self, entity_type_id: int, *, enabled: bool) -> None:
        """The setting "client" ties a smart process to contacts and companies."""
        for parent in (3, 4):
            known = self._relations.get((parent, entity_type_id))
            if enabled and (known is None or not known.predefined):
                shown = known is None or known.children_list
                self._relations[parent, entity_type_id] = Relation(parent, entity_type_id, shown, predefined=True)
            elif not enabled and known is not None and known.predefined:
                del self._relations[parent, entity_type_id]

    def forget(self, entity_type_id: int) -> None:
        """Everything about a deleted type."""
        self._relations = {pair: known for pair, known in self._relations.items() if entity_type_id not in pair}
