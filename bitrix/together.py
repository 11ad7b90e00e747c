"""Many reads of one kind become one: fifty items by their ids are one page of a list, and a page is one command.

What a list call shows of each is the same as the call alone would: all fields when none are selected, "a structure like
the answer of crm.item.get" (dev.1c-bitrix.ru/rest_help, crm.item.list; api-reference/crm/universal/crm-item-list.md).
Where it differs, in what the caller may not see, and where a page has no room for all rows, the call is asked alone.
Pure; calls become one when their request leaves (`bitrix.lanes`), so a call that waits for nobody travels as it is.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bitrix.call import JSON, PAGE_SIZE, Answer, Call, Together
from bitrix.errors import BitrixError, MethodPaused, Refused
from bitrix.tidy import as_list, as_map

FEW = 8
"""Calls of an unknown kind that are asked together: nobody knows yet how many rows each has."""


@dataclass
class Crowds:
    """How many calls of each kind fit one page, as far as is known."""

    _most: dict[Hashable, int] = field(default_factory=dict)

    def most(self, together: Together) -> int:
        return PAGE_SIZE if together.one_as is not None else self._most.get(together.kind, FEW)

    def told(self, together: Together, calls: int, rows: int) -> None:
        """So many calls had so many rows; a page that is full left some out."""
        if rows >= PAGE_SIZE:
            self._most[together.kind] = max(1, calls // 2)
        elif rows <= PAGE_SIZE // 2 and calls >= self.most(together):
            self._most[together.kind] = min(PAGE_SIZE, 2 * calls)


def ask_together(shares: Sequence[Together]) -> Call[Any]:
    """One call for all of them, which are of one kind."""
    return shares[0].ask(sorted({value for share in shares for value in share.values}))


def rows_of(together: Together, answer: Answer) -> list[dict[str, JSON]]:
    """Raises `Untidy`."""
    rows = as_list(as_map(answer.result, "result").get(together.rows), together.rows)
    return [as_map(row, together.rows) for row in rows]


def parts(shares: Sequence[Together], rows: Sequence[dict[str, JSON]], answer: Answer) -> list[Answer | None]:
    """What the answer holds for each; None: it does not tell, ask alone."""
    found: dict[str, list[dict[str, JSON]]] = {}
    for row in rows:
        found.setdefault(str(row.get(shares[0].row_field)), []).append(row)
    whole = answer.next is None and len(rows) < PAGE_SIZE
    seconds = None if answer.seconds is None else answer.seconds / len(shares)
    return [_part(share, found, seconds, whole=whole) for share in shares]


def asked_alone_instead(error: BitrixError) -> bool:
    """Whether an error concerns the list call only, and tells nothing about those that became it."""
    return isinstance(error, Refused | MethodPaused)


def _part(
    share: Together, found: dict[str, list[dict[str, JSON]]], seconds: float | None, *, whole: bool
) -> Answer | None:
    own = [row for value in share.values for row in found.get(str(value), ())]
    if share.one_as is not None:
        return Answer({share.one_as: own[0]}, seconds=seconds) if len(own) == 1 else None
    return Answer({share.rows: own}, total=len(own), seconds=seconds) if whole else None
