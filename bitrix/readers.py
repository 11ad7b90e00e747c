"""From an answer to tidy values: the shapes in which ``result`` comes.

Each module of the portal wraps its rows differently: bare, under ``items``, under ``task``, as a map by id.
The functions here make the readers that calls carry.
"""

from collections.abc import Callable
from typing import TypeVar

from bitrix.call import JSON, Answer, Page
from bitrix.tidy import as_bool, as_int, as_list, as_map

T = TypeVar("T")

Row = dict[str, JSON]
ReadRow = Callable[[Row], T]


def one(read: ReadRow[T], *, under: str | None = None) -> Callable[[Answer], T]:
    """A single object, bare or under a key."""
    return lambda answer: read(as_map(_inner(answer, under), under or "result"))


def many(read: ReadRow[T], *, under: str | None = None) -> Callable[[Answer], tuple[T, ...]]:
    """A list that comes whole, bare or under a key; a map by id counts as the list of its values."""
    return lambda answer: _rows(read, answer, under)


def page(read: ReadRow[T], *, under: str | None = None) -> Callable[[Answer], Page[T]]:
    """One page of a list, bare or under a key."""
    return lambda answer: Page(_rows(read, answer, under), answer.total, answer.next)


def new_id(answer: Answer) -> int:
    """The bare id of what was made."""
    return as_int(answer.result, "result")


def yes_or_no(answer: Answer) -> bool:
    return as_bool(answer.result, "result")


def nothing(answer: Answer) -> None:
    """Success is the only news: ``true``, ``null`` or ``[]``, depending on the method."""


def _inner(answer: Answer, under: str | None) -> JSON:
    return answer.result if under is None else as_map(answer.result, "result").get(under)


def _rows(read: ReadRow[T], answer: Answer, under: str | None) -> tuple[T, ...]:
    where = under or "result"
    return tuple(read(as_map(row, where)) for row in as_list(_inner(answer, under), where))
