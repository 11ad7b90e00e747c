"""Filters, sorting and paging of the CRM's lists: items, stage history, types.

Prefixes and the nesting with ``logic`` are those of api-reference/crm/universal/crm-item-list.md. A field the list does
not know is an error here (``INVALID_ARG_VALUE``), unlike in other sections of the portal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from sandbox.portal.crm.values import Comparable, Scalar, Stored, ValueType
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_object, as_text, is_array
from sandbox.portal.php import JSON

Row = TypeVar("Row")
Test: TypeAlias = Callable[[Row], bool]

PREFIXES = ("!=%", "!%=", "!@", "!%", "!=", "=%", "%=", ">=", "<=", "@", "%", "=", "!", ">", "<")
"""Longest first."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """Something a list can be filtered and sorted by."""

    key: str
    """Under which name an index would know it."""
    values: ValueType
    get: Callable[[Row], Stored]

    def keys_of(self, row: Row) -> tuple[Comparable, ...]:
        """What the row has here, as filters compare it: nothing when it is empty, several of a multiple field."""
        kept = self.get(row)
        if kept is None or kept == "":
            return ()
        if isinstance(kept, tuple):
            return tuple(self.values.key(one) for one in kept)
        return (self.values.key(kept),)


@dataclass(frozen=True)
class Condition:
    """One entry of a filter, for those who look for an index. ``operator`` is ``=`` for equality and ``@``."""

    column: Column[Any]
    operator: str
    wanted: tuple[Comparable, ...]
    wants_empty: bool = False
    """What is not filled matches too."""
    negated: bool = False

    @property
    def key(self) -> str:
        return self.column.key


@dataclass(frozen=True)
class Filter(Generic[Row]):
    """``matches`` decides about a row. The rest says the same so that an index can understand it: one condition, or
    parts of which all (or any) must match, or neither, when only a look at the row can tell."""

    matches: Test[Row]
    condition: Condition | None = None
    parts: tuple[Filter[Row], ...] = ()
    any_of: bool = False
    empty: bool = False
    """Nothing is asked: every row matches."""

    @property
    def required(self) -> Iterator[Condition]:
        """Conditions that every matching row fulfils; those of a negation are not among them."""
        if self.condition is not None and not self.condition.negated:
            yield self.condition
        if not self.any_of or len(self.parts) == 1:
            for part in self.parts:
                yield from part.required

    @property
    def choices(self) -> Iterator[Filter[Row]]:
        """Parts "one of these" of which every matching row fulfils one: rights are such a part."""
        if self.any_of and len(self.parts) > 1:
            yield self
        else:
            for part in self.parts:
                yield from part.choices


def compile_filter(sent: Mapping[str, JSON], columns: Mapping[str, Column[Row]]) -> Filter[Row]:
    """Raises ``INVALID_ARG_VALUE`` for an unknown field and for a value its type cannot be compared with."""
    return _group(sent, columns)


def both(one: Filter[Row], other: Filter[Row]) -> Filter[Row]:
    """What matches the two."""
    if one.empty or other.empty:
        return other if one.empty else one
    return Filter(lambda row: one.matches(row) and other.matches(row), parts=(one, other))


def _group(sent: Mapping[str, JSON], columns: Mapping[str, Column[Row]]) -> Filter[Row]:
    parts: list[Filter[Row]] = []
    any_of = False
    for name, value in sent.items():
        if name.lower() == "logic":
            any_of = (as_text(value) or "").upper() == "OR"
        elif name.isdigit():
            nested = as_object(value)
            if nested is None:
                raise not_allowed("filter", name)
            parts.append(_group(nested, columns))
        else:
            parts.append(_condition(name, value, columns))
    tests = [part.matches for part in parts]
    if not tests:
        return Filter(lambda row: True, empty=True)
    if len(tests) == 1:
        return parts[0]
    if any_of:
        return Filter(lambda row: any(test(row) for test in tests), parts=tuple(parts), any_of=True)
    return Filter(lambda row: all(test(row) for test in tests), parts=tuple(parts))


def _condition(name: str, value: JSON, columns: Mapping[str, Column[Row]]) -> Filter[Row]:
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")
    field = name[len(prefix) :]
    column = columns.get(field)
    if column is None:
        raise not_allowed("filter", field)
    negated, operator = prefix.startswith("!"), prefix.removeprefix("!").replace("%=", "=%")
    try:
        test, condition = _test(column, operator, value)
    except ValueError:
        raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{field}' has invalid value") from None
    if negated:
        return Filter(lambda row: not test(row), replace(condition, negated=True) if condition else None)
    return Filter(test, condition)


def _test(column: Column[Row], operator: str, value: JSON) -> tuple[Test[Row], Condition | None]:
    if operator in ("", "=", "@"):
        return _equality(column, value)
    if operator == "%":
        text = (as_text(value) or "").casefold()
        return _on_texts(column, lambda kept: text in kept), None
    if operator == "=%":
        pattern = re.compile(like((as_text(value) or "").casefold()), re.DOTALL)
        return _on_texts(column, lambda kept: pattern.fullmatch(kept) is not None), None
    return _comparison(column, operator, value)


def _equality(column: Column[Row], value: JSON) -> tuple[Test[Row], Condition]:
    """A list means "one of". ``null`` and an empty string look for what is not filled."""
    sent: Sequence[JSON] = list(_elements(value)) if is_array(value) else [value]
    wanted = frozenset(column.values.wanted(one) for one in sent if one is not None and one != "")
    wants_empty = any(one is None or one == "" for one in sent)

    def test(row: Row) -> bool:
        kept = column.keys_of(row)
        return any(one in wanted for one in kept) if kept else wants_empty

    return test, Condition(column, "=", tuple(wanted), wants_empty)


def _comparison(column: Column[Row], operator: str, value: JSON) -> tuple[Test[Row], Condition]:
    limit = column.values.wanted(value)
    holds = COMPARISONS[operator]

    def test(row: Row) -> bool:
        return any(holds(one, limit) for one in column.keys_of(row))

    return test, Condition(column, operator, (limit,))


COMPARISONS: Mapping[str, Callable[..., bool]] = {
    ">": lambda kept, limit: kept > limit,
    ">=": lambda kept, limit: kept >= limit,
    "<": lambda kept, limit: kept < limit,
    "<=": lambda kept, limit: kept <= limit,
}


def _on_texts(column: Column[Row], holds: Callable[[str], bool]) -> Test[Row]:
    get = column.get

    def test(row: Row) -> bool:
        kept = get(row)
        many: tuple[Scalar, ...] = kept if isinstance(kept, tuple) else () if kept is None else (kept,)
        return any(holds(str(one).casefold()) for one in many)

    return test


def _elements(value: JSON) -> Iterable[JSON]:
    return (as_object(value) or {}).values()


def like(mask: str) -> str:
    """A LIKE mask as a regular expression."""
    return "".join({"%": ".*", "_": "."}.get(character) or re.escape(character) for character in mask)


def sort_rows(rows: Iterable[Row], order: Sequence[tuple[str, str]], columns: Mapping[str, Column[Row]]) -> list[Row]:
    """Empty values come first in ascending order, as in the portal's database. Equal rows keep their order."""
    ordered = list(rows)
    for name, direction in reversed(check_order(order, columns)):
        column = columns[name]
        ordered.sort(key=_sort_key(column), reverse=direction == "DESC")
    return ordered


def check_order(order: Sequence[tuple[str, str]], columns: Mapping[str, Column[Row]]) -> list[tuple[str, str]]:
    """Raises ``INVALID_ARG_VALUE`` for a field the list cannot be sorted by, and for a strange direction."""
    for name, direction in order:
        if name not in columns:
            raise not_allowed("order", name)
        if direction not in ("ASC", "DESC"):
            raise RestError(
                "INVALID_ARG_VALUE",
                f"Invalid order: allowed sort directions are `ASC, DESC`. But got '{direction}' for field '{name}'",
            )
    return list(order)


def _sort_key(column: Column[Row]) -> Callable[[Row], tuple[bool, Comparable]]:
    def sort_key(row: Row) -> tuple[bool, Comparable]:
        kept = column.keys_of(row)
        return (True, kept[0]) if kept else (False, 0)

    return sort_key


def not_allowed(where: str, field: str) -> RestError:
    return RestError("INVALID_ARG_VALUE", f"Invalid {where}: field '{field}' is not allowed in {where}")
