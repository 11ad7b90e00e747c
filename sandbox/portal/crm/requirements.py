"""Fields that must be filled once an item reaches a stage.

People tick this in the card of a real portal, there is no REST for it (contract 5.6); here ``POST
/_sandbox/stage_required`` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.portal.crm.statuses import PROCESS, SUCCESS, Status


@dataclass(frozen=True)
class Requirement:
    """``field`` is a name of ``Field.name``. With ``onward`` it is wanted on the stage and on those behind it up to
    success; failed stages want it only when they are named (both unverified)."""

    entity_type_id: int
    dictionary: str
    stage_id: str
    field: str
    onward: bool


class Requirements:
    def __init__(self) -> None:
        self._requirements: list[Requirement] = []

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._requirements)

    def add(self, requirement: Requirement) -> None:
        if requirement not in self._requirements:
            self._requirements.append(requirement)

    def clear(self) -> None:
        self._requirements.clear()

    def fields_wanted(self, stages: list[Status], stage_id: str) -> set[str]:
        """``stages`` are all of one funnel, in the order a person sees them."""
        places = {status.status_id: place for place, status in enumerate(stages)}
        here = places.get(stage_id)
        if here is None:
            return set()
        reached, dictionary = stages[here], stages[here].entity_id
        return {
            wanted.field
            for wanted in self._requirements
            if wanted.dictionary == dictionary
            and (
                wanted.stage_id == stage_id
                or (
                    wanted.onward
                    and reached.semantics in (PROCESS, SUCCESS)
                    and wanted.stage_id in places
                    and places[wanted.stage_id] < here
                )
            )
        }
