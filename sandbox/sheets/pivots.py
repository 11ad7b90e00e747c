"""Pivot tables: from a definition (PivotTable JSON) and the rows of its source to the cells it fills.

The layout follows the pictures in the API reference (PivotGroup.label, PivotGroup.repeatHeadings, DateTimeRule). What a
group's ``showTotals`` adds is read as: the sum over that group inside its parent, so "Grand Total" for the outermost
one (unverified for groups inside groups). Whether Google translates "Grand Total" with the locale is unverified; here
it stays English, while months and days are translated as documented.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sandbox.sheets import formats, formulas
from sandbox.sheets.conditions import Judge, is_known
from sandbox.sheets.errors import invalid, not_built
from sandbox.sheets.formats import Locale
from sandbox.sheets.formulas import FormulaError, Value, numbers
from sandbox.sheets.pivot_groups import DATE_GROUPS, Grouping, rank_of
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject

Record = Sequence[Value]
Keys = tuple[Value, ...]

_PERCENT: JsonObject = {"type": "PERCENT", "pattern": "0.00%"}


@dataclass
class Spread:
    """Values and number formats by (row, column)."""

    values: dict[tuple[int, int], Value | FormulaError] = field(default_factory=dict)
    formats: dict[tuple[int, int], JsonObject] = field(default_factory=dict)
    headings: set[tuple[int, int]] = field(default_factory=set)
    """Cells that are headings or totals, which a spreadsheet shows in bold."""

    def add(self, other: Spread, row: int, column: int) -> None:
        self.values.update({(row + r, column + c): value for (r, c), value in other.values.items()})
        self.formats.update({(row + r, column + c): value for (r, c), value in other.formats.items()})
        self.headings.update((row + r, column + c) for r, c in other.headings)


@dataclass(frozen=True)
class Source:
    """What a pivot table reads: its heading row, the rows below, and a number format a column."""

    headings: Record
    records: Sequence[Record]
    kinds: Sequence[JsonObject | None]


def check(pivot: Mapping[str, Any]) -> None:
    """Raises SheetsError 501 for what ``spread`` cannot work out, 400 for what contradicts the reference."""
    if "dataSourceId" in pivot:
        raise not_built("A pivot table over a data source")
    Area.of(pivot.get("source", {}))
    for group in (*pivot.get("rows", ()), *pivot.get("columns", ())):
        rule = group.get("groupRule", {})
        if "dateTimeRule" in rule and rule["dateTimeRule"].get("type") not in DATE_GROUPS:
            raise invalid("No dateTimeRule type specified.")
        if "histogramRule" in rule and rule["histogramRule"].get("interval", 0) <= 0:
            raise invalid("HistogramRule.interval must be positive.")
    for value in pivot.get("values", ()):
        function = value.get("summarizeFunction")
        if "formula" in value and function not in {"SUM", "CUSTOM"}:
            raise invalid("A PivotValue with a formula is summarized by SUM or CUSTOM.")
        if "formula" not in value and function not in _SUMMARIES:
            raise invalid(f"A PivotValue cannot be summarized by {function}.")
    for criteria in _filters(pivot).values():
        condition = criteria.get("condition")
        if condition and (not is_known(condition) or _asks_formula(condition)):
            raise not_built(f"Pivot filter condition {condition.get('type')} with such values")


def _asks_formula(condition: Mapping[str, Any]) -> bool:
    return any(one.get("userEnteredValue", "").startswith("=") for one in condition.get("values", ()))


def read_columns(pivot: Mapping[str, Any]) -> set[int] | None:
    """The columns of the source that the table looks at; None for all, which a calculated field may name."""
    values = pivot.get("values", ())
    if any("formula" in value for value in values):
        return None
    described = (*pivot.get("rows", ()), *pivot.get("columns", ()), *values)
    return {_column(one) for one in described} | _filters(pivot).keys()


def complete(pivot: JsonObject) -> JsonObject:
    """The definition as answers show it: ``criteria`` and ``filterSpecs`` are both there (reference)."""
    filters = _filters(pivot)
    if not filters:
        return {name: value for name, value in pivot.items() if name not in {"criteria", "filterSpecs"}}
    return {
        **pivot,
        "criteria": {str(column): criteria for column, criteria in filters.items()},
        "filterSpecs": [
            {"columnOffsetIndex": column, "filterCriteria": criteria} for column, criteria in filters.items()
        ],
    }


def _filters(pivot: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Column offset -> criteria; ``filterSpecs`` go before the deprecated ``criteria``."""
    if specs := pivot.get("filterSpecs"):
        return {spec.get("columnOffsetIndex", 0): spec.get("filterCriteria", {}) for spec in specs}
    return {int(offset): criteria for offset, criteria in pivot.get("criteria", {}).items()}


def spread(pivot: Mapping[str, Any], source: Source, place: Locale, judge: Judge) -> Spread:
    """The cells of the pivot table, its anchor at (0, 0)."""
    return _Table(pivot, source, place, judge).cells()


@dataclass(frozen=True)
class _Line:
    """One row (or column) of the result: its labels, one per group, and the keys that select its records; fewer keys
    than groups for a total.
    """

    labels: Keys
    keys: Keys
    total: bool = False


class _Side:
    """The row groups, or the column groups, with the keys that occur below each key."""

    def __init__(self, groups: Sequence[Mapping[str, Any]], place: Locale) -> None:
        self.groups = [Grouping(group, place) for group in groups]
        self.below: dict[Keys, dict[Value, None]] = {}

    def keys_of(self, record: Record) -> Keys:
        keys = tuple(group.label(record[group.column]) for group in self.groups)
        for level, key in enumerate(keys):
            self.below.setdefault(keys[:level], {})[key] = None
        return keys


class _Table:
    def __init__(self, pivot: Mapping[str, Any], source: Source, place: Locale, judge: Judge) -> None:
        self.source = source
        self.place = place
        self.values: Sequence[Mapping[str, Any]] = pivot.get("values", ())
        self.rows = _Side(pivot.get("rows", ()), place)
        self.columns = _Side(pivot.get("columns", ()), place)
        self.vertical = pivot.get("valueLayout") == "VERTICAL" and len(self.values) > 1
        self.buckets: dict[tuple[Keys, Keys], list[Record]] = {}
        filters = _filters(pivot)
        for record in source.records:
            if all(_passes(record[column], one, judge) for column, one in filters.items()):
                down, across = self.rows.keys_of(record), self.columns.keys_of(record)
                for one in product(_prefixes(down), _prefixes(across)):
                    self.buckets.setdefault(one, []).append(record)

    def cells(self) -> Spread:
        spread = Spread()
        lines, across = self._lines(self.rows, ()), self._lines(self.columns, ())
        row = self._headings(spread, across)
        left = len(self.rows.groups) + self.vertical
        per_column = 1 if self.vertical else max(1, len(self.values))
        width = left + len(across) * per_column
        spread.headings.update(product(range(row), range(width)))
        shown: Keys = ()
        for line in lines:
            labels = self._without_repeats(self.rows, line, shown)
            shown = line.labels
            for value_index in range(len(self.values)) if self.vertical else [None]:
                for column, label in enumerate(labels):
                    self._put_label(spread, (row, column), self.rows, column, label, line)
                if value_index is not None:
                    spread.values[row, left - 1] = self._value_name(value_index)
                for position, other in enumerate(across):
                    wanted = range(len(self.values)) if value_index is None else [value_index]
                    for offset, index in enumerate(wanted):
                        at = row, left + position * per_column + offset
                        self._put(spread, at, index, line.keys, other.keys)
                if line.total:
                    spread.headings.update((row, column) for column in range(width))
                row += 1
        spread.values = {at: value for at, value in spread.values.items() if value is not None}
        return spread

    def _headings(self, spread: Spread, across: list[_Line]) -> int:
        """Fills the rows above the first line; answers how many there are."""
        groups = len(self.columns.groups)
        left = len(self.rows.groups) + self.vertical
        many = len(self.values) > 1 and not self.vertical
        height = groups + (1 if many or not groups else 0) + (1 if groups else 0)
        last = height - 1
        for column, group in enumerate(self.rows.groups):
            spread.values[last, column] = self._heading(group)
        if groups:
            if len(self.values) == 1:
                spread.values[0, 0] = self._value_name(0)
            for level, group in enumerate(self.columns.groups):
                spread.values[0, left + level] = self._heading(group)
            per_column = len(self.values) if many else 1
            shown: Keys = ()
            for position, line in enumerate(across):
                for level, label in enumerate(self._without_repeats(self.columns, line, shown)):
                    self._put_label(spread, (1 + level, left + position * per_column), self.columns, level, label, line)
                shown = line.labels
        if many or not groups:
            names = [self._value_name(index) for index in range(len(self.values))] if not self.vertical else []
            for position in range(len(across)):
                for offset, name in enumerate(names):
                    spread.values[last, left + position * len(names) + offset] = name
        return height

    def _lines(self, side: _Side, keys: Keys) -> list[_Line]:
        """All lines of one side, in order, totals after what they sum up."""
        level = len(keys)
        if level == len(side.groups):
            return [_Line(keys, keys)]
        group = side.groups[level]
        collapsed = {
            next(iter(one.get("value", {}).values()), None)
            for one in group.definition.get("valueMetadata", ())
            if one.get("collapsed")
        }
        lines: list[_Line] = []
        for key in self._sorted_keys(side, keys):
            if key in collapsed and level < len(side.groups) - 1:
                lines.append(_Line((*keys, key), (*keys, key)))
            else:
                lines += self._lines(side, (*keys, key))
        if group.definition.get("showTotals") and lines:
            name = f"{_text(keys[-1])} Total" if keys else "Grand Total"
            lines.append(_Line((*keys[:-1], name) if keys else (name,), keys, total=True))
        return lines

    def _sorted_keys(self, side: _Side, keys: Keys) -> list[Value]:
        group = side.groups[len(keys)]
        found = list(side.below.get(keys, ()))
        bucket = group.definition.get("valueBucket")
        if bucket is not None and self.values:
            opposite = tuple(next(iter(one.values()), None) for one in bucket.get("buckets", ()))
            index = bucket.get("valuesIndex", 0)

            def by_value(key: Value) -> tuple[int, float, str]:
                both = (*keys, key), opposite
                summary = self._summary(index, self._records(*(both if side is self.rows else both[::-1])))
                return rank_of(None if isinstance(summary, FormulaError) else summary)

            found.sort(key=by_value, reverse=group.descending)
        else:
            found.sort(key=group.rank, reverse=group.descending)
        limit = group.definition.get("groupLimit", {}).get("countLimit")
        return found[:limit] if limit else found

    def _records(self, rows: Keys, columns: Keys) -> Sequence[Record]:
        return self.buckets.get((rows, columns), ())

    def _put(self, spread: Spread, at: tuple[int, int], index: int, rows: Keys, columns: Keys) -> None:
        records = self._records(rows, columns)
        if not records:
            return
        value = self._summary(index, records)
        kind = self._value_kind(index)
        share_of = self.values[index].get("calculatedDisplayType", "")
        if share_of.startswith("PERCENT_OF"):
            whole = {
                "PERCENT_OF_ROW_TOTAL": self._records(rows, ()),
                "PERCENT_OF_COLUMN_TOTAL": self._records((), columns),
            }.get(share_of, self._records((), ()))
            total = self._summary(index, whole)
            has_share = isinstance(value, int | float) and isinstance(total, int | float) and total
            value = value / total if has_share else None  # type: ignore[operator]
            kind = _PERCENT
        spread.values[at] = value
        if kind and value is not None:
            spread.formats[at] = kind

    def _summary(self, index: int, records: Sequence[Record]) -> Value | FormulaError:
        value = self.values[index]
        if "formula" in value:
            try:
                return formulas.calculate(value["formula"], _Fields(self.source.headings, records, value))
            except FormulaError as error:
                return error
        column = [record[_column(value)] for record in records]
        return _SUMMARIES[value["summarizeFunction"]]([one for one in column if one not in (None, "")])

    def _heading(self, group: Grouping) -> Value:
        own: str | None = group.definition.get("label")
        return own or self.source.headings[group.column]

    def _put_label(
        self, spread: Spread, at: tuple[int, int], side: _Side, level: int, label: Value, line: _Line
    ) -> None:
        spread.values[at] = label
        if (
            not line.total
            and "groupRule" not in side.groups[level].definition
            and (kind := self.source.kinds[side.groups[level].column])
        ):
            spread.formats[at] = kind

    def _value_name(self, index: int) -> str:
        value = self.values[index]
        if "formula" in value:
            return str(value.get("name") or "Calculated Field 1")
        heading = self.source.headings[_column(value)]
        return str(value.get("name") or f"{value['summarizeFunction']} of {_text(heading)}")

    def _value_kind(self, index: int) -> JsonObject | None:
        value = self.values[index]
        if value["summarizeFunction"].startswith("COUNT") or "formula" in value:
            return None
        return self.source.kinds[_column(value)]

    def _without_repeats(self, side: _Side, line: _Line, shown: Keys) -> Keys:
        """A heading is not repeated below itself, unless its group asks for it."""
        if line.total:
            return line.labels
        labels: list[Value] = []
        for level, label in enumerate(line.labels):
            same = line.labels[: level + 1] == shown[: level + 1] and level < len(line.labels) - 1
            repeat = side is self.rows and side.groups[level].definition.get("repeatHeadings")
            labels.append(None if same and not repeat else label)
        return tuple(labels)


class _Fields:
    """A calculated field sees the columns of the source by their headings: SUM gives their sums, CUSTOM all values."""

    def __init__(self, headings: Record, records: Sequence[Record], value: Mapping[str, Any]) -> None:
        self._columns = {_text(heading).casefold(): column for column, heading in enumerate(headings)}
        self._records = records
        self._sums = value["summarizeFunction"] == "SUM"

    def values(self, reference: str) -> Iterable[Value]:
        name = reference.strip("'").replace("''", "'").casefold()
        if name not in self._columns:
            raise FormulaError("NAME", f"Unknown range name: '{reference.upper()}'.")
        return [record[self._columns[name]] for record in self._records]

    def value(self, reference: str) -> Value:
        found = self.values(reference)
        return sum(numbers(found)) if self._sums else next(iter(found), None)

    def now(self) -> float:
        raise FormulaError("ERROR", "A calculated field has no clock in this sandbox.")


def _prefixes(keys: Keys) -> list[Keys]:
    return [keys[:length] for length in range(len(keys) + 1)]


def _column(definition: Mapping[str, Any]) -> int:
    """Which column of the source a value is about."""
    return int(definition.get("sourceColumnOffset", 0))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return formats.plain(value) if isinstance(value, int | float) else value or ""


def _passes(value: Value, criteria: Mapping[str, Any], judge: Judge) -> bool:
    condition = criteria.get("condition")
    if condition and not judge.holds(condition, value, _text(value)):
        return False
    if criteria.get("visibleByDefault") or (condition and "visibleValues" not in criteria):
        return True
    return _text(value) in criteria.get("visibleValues", ())


def _stdev(function: Callable[[list[float]], float], fewest: int) -> Callable[[list[Value]], Value | FormulaError]:
    return lambda values: function(found) if len(found := numbers(values)) >= fewest else _DIVIDED_BY_ZERO


_DIVIDED_BY_ZERO = FormulaError("DIVIDE_BY_ZERO", "Function caused a divide by zero error.")
_SUMMARIES: dict[str, Callable[[list[Value]], Value | FormulaError]] = {
    "SUM": lambda values: sum(numbers(values)),
    "COUNTA": len,
    "COUNT": lambda values: len(numbers(values)),
    "COUNTUNIQUE": lambda values: len(set(values)),
    "AVERAGE": _stdev(statistics.fmean, 1),
    "MAX": lambda values: max(numbers(values), default=0),
    "MIN": lambda values: min(numbers(values), default=0),
    "MEDIAN": _stdev(statistics.median, 1),
    "PRODUCT": lambda values: math.prod(numbers(values)),
    "STDEV": _stdev(statistics.stdev, 2),
    "STDEVP": _stdev(statistics.pstdev, 1),
    "VAR": _stdev(statistics.variance, 2),
    "VARP": _stdev(statistics.pvariance, 1),
}
