"""Digital workplaces (``automatedsolution``): which smart processes are shown outside the CRM, and together.

Source: api-reference/crm/automated-solution/.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.portal.errors import RestError


@dataclass
class Workplace:
    id: int
    title: str
    type_ids: list[int] = field(default_factory=list)
    """Ids of definitions, not their ``entityTypeId``."""


class Workplaces:
    def __init__(self) -> None:
        self._workplaces: dict[int, Workplace] = {}
        self._last_id = 0

    def all(self) -> list[Workplace]:
        return list(self._workplaces.values())

    def require(self, number: int) -> Workplace:
        """Raises ``NOT_FOUND``."""
        known = self._workplaces.get(number)
        if known is None:
            raise RestError("NOT_FOUND", "Цифровое рабочее место с таким id не найдено")
        return known

    def add(self, title: str, type_ids: Iterable[int]) -> Workplace:
        self._last_id += 1
        workplace = self._workplaces[self._last_id] = Workplace(self._last_id, title)
        self.settle(workplace, type_ids)
        return workplace

    def settle(self, workplace: Workplace, type_ids: Iterable[int]) -> None:
        """The full new set; a smart process leaves the workplace it was in."""
        wanted = list(dict.fromkeys(type_ids))
        for other in self._workplaces.values():
            other.type_ids = [number for number in other.type_ids if number not in wanted]
        workplace.type_ids = wanted

    def delete(self, workplace: Workplace) -> None:
        """Raises ``HAS_BOUND_TYPES``."""
        if workplace.type_ids:
            raise RestError(
                "HAS_BOUND_TYPES",
                "Не можем удалить рабочее место, в котором есть смарт-процессы. Перенесите их в другое рабочее место",
            )
        del self._workplaces[workplace.id]

    def forget_type(self, type_id: int) -> None:
        for workplace in self._workplaces.values():
            workplace.type_ids = [number for number in workplace.type_ids if number != type_id]
