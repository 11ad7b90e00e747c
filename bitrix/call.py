"""A call is a value before it is a request: which method, which parameters, how to read the answer.

Nothing here sends anything; `bitrix.client.Portal` does. The functions that make calls live in `bitrix.calls`.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None
"""What fits into a request or comes in an answer. Answers hold plain ``list`` and ``dict`` only."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Row_co = TypeVar("Row_co", covariant=True)

FIRST_PAGE = 0
UNCOUNTED = -1
"""``start=-1`` asks for a page without counting the rest: ``total`` comes as 0 and ``next`` not at all."""
PAGE_SIZE = 50


@dataclass(frozen=True)
class Answer:
    """The part of a success that readers need; in a batch, the part that belongs to one command."""

    result: JSON
    total: int | None = None
    next: int | None = None
    seconds: float | None = None
    """How long the portal was busy with it (``time.duration``)."""


@dataclass(frozen=True)
class Page(Generic[Row_co]):
    """One page of a list. ``total`` and ``next`` are absent where the method does not count or page."""

    rows: tuple[Row_co, ...]
    total: int | None = None
    next: int | None = None

    def __iter__(self) -> Iterator[Row_co]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Keyset:
    """How a list method is read by growing id, page after page, without counting.

    Source: settings/performance/huge-data.md. Such a method sorts by id and filters ``>id`` while ``start`` is -1.
    """

    field: str
    """The id as the filter of this method spells it: ``id`` or ``ID``."""

    order: Mapping[str, JSON]
    """The parameters that sort by id, growing; they replace those of the call."""

    id_of: Callable[[Any], int]
    """The id of one tidied row."""

    filter: str = "filter"
    """The name of the filter parameter: ``filter`` or ``FILTER``."""

    rows: tuple[str, ...] = ()
    """Where the rows stand in ``result``: under ``items``, or bare."""

    row_id: str = "id"
    """The id as a row of the answer spells it, which for tasks is not how the filter does."""

    one_of: str = "@"
    """The operator for one of several ids."""

    def above(self, call: "Call[T]", reached: JSON) -> "Call[T]":
        """The page of the list whose ids are greater; ``reached`` may be a reference (`last_of`)."""
        return self._where(call, f">{self.field}", reached)

    def among(self, call: "Call[T]", ids: Sequence[int]) -> "Call[T]":
        """Those of the list that have these ids, a page at most."""
        return self._where(call, f"{self.one_of}{self.field}", list(ids))

    def last_of(self, index: int) -> str:
        """A reference to the last id of the full page that command ``index`` of a batch returns."""
        return result_of(index, *self.rows, PAGE_SIZE - 1, self.row_id)

    def _where(self, call: "Call[T]", condition: str, value: JSON) -> "Call[T]":
        where = call.params.get(self.filter) if isinstance(call.params, Mapping) else None
        conditions: Mapping[str, JSON] = where if isinstance(where, Mapping) else {}
        changes: dict[str, JSON] = {self.filter: {**conditions, condition: value}, "start": UNCOUNTED}
        return call.with_params({**self.order, **changes})


@dataclass(frozen=True)
class Together:
    """How calls of one kind that wait at the same moment become one list call (`bitrix.together`).

    Each asks for the rows in which a field has one of its ``values``; together they ask for the rows that have any.
    """

    kind: Hashable
    """Calls of one kind differ in nothing but their values."""
    values: tuple[int | str, ...]
    ask: Callable[[Sequence[int | str]], "Call[Any]"]
    """The list call for many values."""
    row_field: str
    """Where a row of the list has the value."""
    rows: str = "items"
    """Under which name the rows stand in ``result``."""
    one_as: str | None = None
    """The name under which a call by id wants its only row; None: the call wants a list, which may be empty."""


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One REST request not yet sent: plain data, plus the reader of its answer.

    ``params`` is a sequence for the old ``task.*`` methods, which ignore names and count positions
    (settings/how-to-call-rest-api/data-encoding.md). ``read`` raises `ValueError` on an answer it cannot tidy.
    """

    method: str
    params: Mapping[str, JSON] | Sequence[JSON] = field(default_factory=dict)
    read: Callable[[Answer], T_co] = field(kw_only=True)
    writes: bool = field(default=False, kw_only=True)
    """True when it changes the portal: it is never sent again while the outcome of the first time is unknown."""
    batchable: bool = field(default=True, kw_only=True)
    """False for methods the portal refuses in a batch; they travel alone."""
    leaves_by: float | None = field(default=None, kw_only=True, compare=False, repr=False)
    """By the clock of the event loop (which no change of the machine's time moves): later than that it is not sent any
    more but fails with `TooLate`. For who may write for a while only."""
    keyset: Keyset | None = field(default=None, kw_only=True)
    """Set by list calls that can be read by growing id."""
    together: Together | None = field(default=None, kw_only=True)
    """Set by reads that may become one with others of their kind."""

    def with_params(self, changes: Mapping[str, JSON]) -> "Call[T_co]":
        """The same call with some named parameters replaced or added.

        Raises `TypeError` when the method counts positions instead of names.
        """
        if not isinstance(self.params, Mapping):
            raise TypeError(f"{self.method} takes its parameters by position, there are no names to replace")
        return replace(self, params={**self.params, **changes}, together=None)


def given(**params: JSON) -> dict[str, JSON]:
    """The parameters that were given: None and empty lists and maps, which mean "no wish" in a list call, are left out.

    Left out rather than sent empty, because the text of a batch command has no empty list or map (see `bitrix.wire`).
    """
    return {name: value for name, value in params.items() if value is not None and value != [] and value != {}}


def result_of(index: int, *path: str | int) -> str:
    """A reference, for the parameters of an explicit batch, to the answer of an earlier command of the same batch.

    ``result_of(0, "item", "id")`` is the id of the item that command 0 returned; a list needs the number of the row.
    The portal puts the value in (settings/how-to-call-rest-api/batch.md). What it puts in when the referenced
    command failed is not documented.
    """
    return f"$result[{command_key(index)}]" + "".join(f"[{step}]" for step in path)


def command_key(index: int) -> str:
    """The name of a command in a batch. Never a bare number: PHP would answer with lists, and errors lose their key."""
    return f"c{index}"
