"""Filters of lists: ``{">=DEADLINE": "2026-01-15", "!STATUS": 5}`` becomes tests of values.

Which names and which prefixes a list knows is its own matter (every section of the portal knows others); what a prefix
means is said here once. Smart processes, deals and leads have a filter of their own, in ``crm``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Generic, TypeAlias, TypeVar

from sandbox.portal.loose import as_flag, as_int, as_list, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON

Row = TypeVar("Row")

Value: TypeAlias = "int | str | datetime | None"
Values: TypeAlias = "Value | frozenset[int] | frozenset[str]"
"""What a row holds under a name. A set holds when one of its members does; ``!`` wants that none does."""

Test: TypeAlias = Callable[[Values], bool]


class Kind(Enum):
    """How values of a name are read and compared."""

    NUMBER = auto()
    TEXT = auto()
    MASK = auto()
    """Text whose plain filter value may hold ``%`` and ``_``."""
    MOMENT = auto()
    FLAG = auto()


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A name a list can be filtered and sorted by."""

    kind: Kind
    read: Callable[[Row], Values]


@dataclass(frozen=True)
class Condition:
    """One entry of a filter. ``prefix`` and ``name`` as they were sent; ``test`` takes the value of a row."""

    name: str
    prefix: str
    wanted: tuple[Value, ...]
    test: Test


def read_conditions(
    sent: Mapping[str, JSON], columns: Mapping[str, Column[Row]], prefixes: Iterable[str]
) -> list[Condition]:
    """The entries whose name and prefix the list knows. Others are ignored: what a portal does with a name that is not
    documented is not documented either (unverified)."""
    by_length = sorted(prefixes, key=len, reverse=True)
    conditions = []
    for key, value in sent.items():
        prefix, name = split_key(key, by_length)
        column = columns.get(name)
        if column is not None:
            conditions.append(make_condition(name, prefix, column.kind, value))
    return conditions


def split_key(key: str, prefixes: Iterable[str]) -> tuple[str, str]:
    """``!=NAME`` -> ``("!=", "NAME")``; ``prefixes`` longest first."""
    for prefix in prefixes:
        if key.startswith(prefix):
            return prefix, key[len(prefix) :]
    return "", key


def make_condition(name: str, prefix: str, kind: Kind, value: JSON) -> Condition:
    wanted = tuple(read_value(kind, element) for element in as_list(value)) or (read_value(kind, None),)
    negated = prefix.startswith("!")
    test = TESTS[prefix.removeprefix("!")](kind, wanted)
    return Condition(name, prefix, wanted, _none(test) if negated else _any(test))


def read_value(kind: Kind, value: JSON) -> Value:
    """A filter value in the type of its column. Numbers that are none are 0, as in PHP."""
    if kind is Kind.NUMBER:
        return as_int(value) or 0
    if kind is Kind.MOMENT:
        return read_moment(value)
    if kind is Kind.FLAG:
        flag = as_flag(value)
        return None if flag is None else int(flag)
    return (as_text(value) or "").casefold()


def _equal(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    if kind is Kind.MASK and any("%" in text or "_" in text for text in wanted if isinstance(text, str)):
        return _mask(kind, wanted)
    plain = frozenset(wanted)
    return lambda value: value in plain


def _greater(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    return _compared(wanted, lambda value, limit: value > limit)


def _greater_or_equal(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    return _compared(wanted, lambda value, limit: value >= limit)


def _less(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    return _compared(wanted, lambda value, limit: value < limit)


def _less_or_equal(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    return _compared(wanted, lambda value, limit: value <= limit)


def _between(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    low = _compared(wanted[:1], lambda value, limit: value >= limit)
    high = _compared(wanted[-1:], lambda value, limit: value <= limit)
    return lambda value: low(value) and high(value)


def _substring(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    texts = [_as_text(text) for text in wanted]
    return lambda value: any(text in _as_text(value) for text in texts)


def _mask(kind: Kind, wanted: tuple[Value, ...]) -> Test:
    patterns = [re.compile(_like(_as_text(text)), re.DOTALL) for text in wanted]
    return lambda value: any(pattern.fullmatch(_as_text(value)) for pattern in patterns)


TESTS: Mapping[str, Callable[[Kind, tuple[Value, ...]], Test]] = {
    "": _equal,
    "=": _equal,
    "@": _equal,
    ">": _greater,
    ">=": _greater_or_equal,
    "<": _less,
    "<=": _less_or_equal,
    "><": _between,
    "%": _substring,
    "?": _substring,
    "=%": _mask,
    "%=": _mask,
}
"""The meaning of a prefix; ``!`` in front negates it (contract 1.5)."""


def _any(test: Test) -> Test:
    def holds(value: Values) -> bool:
        if isinstance(value, frozenset):
            return any(test(_folded(member)) for member in value)
        return test(_folded(value))

    return holds


def _none(test: Test) -> Test:
    holds = _any(test)
    return lambda value: not holds(value)


def _compared(limits: tuple[Value, ...], compare: Callable[..., bool]) -> Test:
    limit = limits[0]

    def holds(value: Values) -> bool:
        if value is None or limit is None or isinstance(value, frozenset):
            return False
        return type(value) is type(limit) and compare(value, limit)

    return holds


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _as_text(value: Values) -> str:
    return "" if value is None else str(value)


def _like(mask: str) -> str:
    """A LIKE mask as a regular expression: ``%`` is anything, ``_`` one character."""
    wild = {"%": ".*", "_": "."}
    return "".join(wild.get(character) or re.escape(character) for character in mask)
