"""Pivot tables: from a definition (PivotTable JSON) and the rows of its source to the cells it fills.

The layout follows the pictures in the API reference (PivotGroup.label, PivotGroup.repeatHeadings, DateTimeRule). What a
group's ``showTotals`` adds is read as: the sum over that group inside its parent, so "Grand Total" for the outermost
one (unverified for groups inside groups).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.sheets import formats
from sandbox.sheets.errors import not_built
from sandbox.sheets.formulas import Value, numbers
from sandbox.sheets.schema import JsonObject

Record = Sequence[Value]
Rows = Sequence[Record]

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_PERCENT: JsonObject = {"type": "PERCENT", "pattern": "0.00%"}


@dataclass
class Spread:
    """Values and number formats by (row, column)."""

    values: dict[tuple[int, int], Value] = field(default_factory=dict)
    formats: dict[tuple[int, int], JsonObject] = field(default_factory=dict)

    def add(self, other: Spread, row: int, column: int) -> None:
        self.values.update({(row + r, column + c): value for (r, c), value in other.values.items()})
        self.formats.update({(row + r, column + c): value for (r, c), value in other.formats.items()})


def check(pivot: Mapping[str, Any]) -> None:
    """Raises SheetsError 501 for what ``spread`` cannot work out."""
    if "dataSourceId" in pivot:
        raise not_built("A pivot table over a data source")
    for group in (*pivot.get("rows", ()), *pivot.get("columns", ())):
        rule = group.get("groupRule", {})
        if "histogramRule" in rule or "manualRule" in rule:
            raise not_built("PivotGroupRule other than dateTimeRule")
        if rule and rule["dateTimeRule"].get("type") not in _DATE_GROUPS:
            raise not_built(f"DateTimeRule {rule['dateTimeRule'].get('type')}")
    for value in pivot.get("values", ()):
        if "formula" in value or value.get("summarizeFunction") not in _SUMMARIES:
            raise not_built(f"PivotValue with {value.get('summarizeFunction', 'a formula')}")
    for criteria in _filters(pivot).values():
        condition = criteria.get("condition")
        if condition and condition.get("type") not in _CONDITIONS:
            raise not_built(f"Pivot filter condition {condition.get('type')}")


def spread(pivot: Mapping[str, Any], rows: Rows, kinds: Sequence[JsonObject | None]) -> Spread:
    """The cells of the pivot table, its anchor at (0, 0).

    ``rows`` start with the headings; ``kinds`` are number formats.
    """
    if not rows:
        return Spread()
    return _Table(pivot, rows, kinds).cells()


@dataclass(frozen=True)
class _Line:
    """One row (or column) of the result: its labels, one per group, and the records it stands for."""

    labels: tuple[Value, ...]
    keys: tuple[Value, ...]
    """The group keys that select the records; fewer than groups for a total."""
    total: bool = False


class _Table:
    def __init__(self, pivot: Mapping[str, Any], rows: Rows, kinds: Sequence[JsonObject | None]) -> None:
        self.headings = rows[0]
        self.kinds = kinds
        self.values: Sequence[Mapping[str, Any]] = pivot.get("values", ())
        self.row_groups: Sequence[Mapping[str, Any]] = pivot.get("rows", ())
        self.column_groups: Sequence[Mapping[str, Any]] = pivot.get("columns", ())
        self.vertical = pivot.get("valueLayout") == "VERTICAL" and len(self.values) > 1
        shown = _filters(pivot)
        self.records = [row for row in rows[1:] if all(_passes(row[at], one) for at, one in shown.items())]

    def cells(self) -> Spread:
        lines = self._lines(self.row_groups, self.column_groups, ())
        across = self._lines(self.column_groups, self.row_groups, ())
        spread = Spread()
        top = self._headings(spread, across)
        left = len(self.row_groups) + self.vertical
        per_column = 1 if self.vertical else max(1, len(self.values))
        shown: tuple[Value, ...] = ()
        row = top
        for line in lines:
            labels = self._without_repeats(line, shown)
            shown = line.labels
            for value_index in range(len(self.values)) if self.vertical else [None]:
                for column, label in enumerate(labels):
                    spread.values[row, column] = label
                    if (kind := self._label_kind(column)) and not line.total:
                        spread.formats[row, column] = kind
                if value_index is not None:
                    spread.values[row, left - 1] = self._value_name(value_index)
                for position, other in enumerate(across):
                    wanted = range(len(self.values)) if value_index is None else [value_index]
                    for offset, index in enumerate(wanted):
                        at = row, left + position * per_column + offset
                        self._put(spread, at, index, line.keys, other.keys)
                row += 1
        spread.values = {at: value for at, value in spread.values.items() if value is not None}
        return spread

    def _headings(self, spread: Spread, across: list[_Line]) -> int:
        """Fills the rows above the first line; answers how many there are."""
        groups = len(self.column_groups)
        left = len(self.row_groups) + self.vertical
        many = len(self.values) > 1 and not self.vertical
        height = groups + (1 if many or not groups else 0) + (1 if groups else 0)
        last = height - 1
        for column, group in enumerate(self.row_groups):
            spread.values[last, column] = self._label(group)
        if groups:
            if len(self.values) == 1:
                spread.values[0, 0] = self._value_name(0)
            for level, group in enumerate(self.column_groups):
                spread.values[0, left + level] = self._label(group)
            per_column = len(self.values) if many else 1
            shown: tuple[Value, ...] = ()
            for position, line in enumerate(across):
                for level, label in enumerate(self._without_repeats(line, shown)):
                    spread.values[1 + level, left + position * per_column] = label
                shown = line.labels
        if many or not groups:
            names = [self._value_name(index) for index in range(len(self.values))] if not self.vertical else []
            for position in range(len(across)):
                for offset, name in enumerate(names):
                    spread.values[last, left + position * len(names) + offset] = name
        return height

    def _lines(
        self, groups: Sequence[Mapping[str, Any]], opposite: Sequence[Mapping[str, Any]], keys: tuple[Value, ...]
    ) -> list[_Line]:
        """All lines of one side, in order, totals after what they sum up."""
        level = len(keys)
        if level == len(groups):
            return [_Line(keys, keys)]
        group = groups[level]
        lines: list[_Line] = []
        for key in self._sorted_keys(groups, opposite, keys):
            lines += self._lines(groups, opposite, (*keys, key))
        if group.get("showTotals") and lines:
            name = f"{_text(keys[-1])} Total" if keys else "Grand Total"
            lines.append(_Line((*keys[:-1], name) if keys else (name,), keys, total=True))
        return lines

    def _sorted_keys(
        self, groups: Sequence[Mapping[str, Any]], opposite: Sequence[Mapping[str, Any]], keys: tuple[Value, ...]
    ) -> list[Value]:
        level = len(keys)
        group = groups[level]
        records = self._matching(groups, keys, self.records)
        found = list(dict.fromkeys(self._key(group, record) for record in records))
        order: Callable[[Value], Any] = lambda key: _rank(key, group)
        if (bucket := group.get("valueBucket")) is not None and self.values:
            buckets = tuple(_bucket_value(one) for one in bucket.get("buckets", ()))
            chosen = self._matching(opposite, buckets, records)
            index = bucket.get("valuesIndex", 0)
            order = lambda key: _rank(self._summary(index, self._matching(groups, (*keys, key), chosen)), {})
        found.sort(key=order, reverse=group.get("sortOrder") == "DESCENDING")
        limit = group.get("groupLimit", {}).get("countLimit")
        return found[:limit] if limit else found

    def _matching(self, groups: Sequence[Mapping[str, Any]], keys: tuple[Value, ...], records: Rows) -> list[Record]:
        return [
            record
            for record in records
            if all(self._key(group, record) == key for group, key in zip(groups, keys, strict=False))
        ]

    def _key(self, group: Mapping[str, Any], record: Record) -> Value:
        value = record[_column(group)]
        rule = group.get("groupRule")
        if rule and isinstance(value, int | float) and not isinstance(value, bool):
            return _DATE_GROUPS[rule["dateTimeRule"]["type"]](value)
        return value

    def _put(
        self, spread: Spread, at: tuple[int, int], index: int, rows: tuple[Value, ...], columns: tuple[Value, ...]
    ) -> None:
        in_row = self._matching(self.row_groups, rows, self.records)
        both = self._matching(self.column_groups, columns, in_row)
        value = self._summary(index, both) if both else None
        kind = self._value_kind(index)
        share_of = self.values[index].get("calculatedDisplayType", "")
        if share_of.startswith("PERCENT_OF") and value is not None:
            whole = {
                "PERCENT_OF_ROW_TOTAL": in_row,
                "PERCENT_OF_COLUMN_TOTAL": self._matching(self.column_groups, columns, self.records),
            }.get(share_of, self.records)
            total = self._summary(index, whole)
            value = (
                value / total if isinstance(value, int | float) and isinstance(total, int | float) and total else None
            )
            kind = _PERCENT
        spread.values[at] = value
        if kind and value is not None:
            spread.formats[at] = kind

    def _summary(self, index: int, records: Rows) -> Value:
        value = self.values[index]
        column = [record[_column(value)] for record in records]
        summarize = _SUMMARIES[value["summarizeFunction"]]
        return summarize([one for one in column if one not in (None, "")])

    def _label(self, group: Mapping[str, Any]) -> Value:
        own: str | None = group.get("label")
        return own or self.headings[_column(group)]

    def _label_kind(self, column: int) -> JsonObject | None:
        if column >= len(self.row_groups) or "groupRule" in self.row_groups[column]:
            return None
        return self.kinds[_column(self.row_groups[column])]

    def _value_name(self, index: int) -> str:
        value = self.values[index]
        heading = self.headings[_column(value)]
        return str(value.get("name") or f"{value['summarizeFunction']} of {_text(heading)}")

    def _value_kind(self, index: int) -> JsonObject | None:
        value = self.values[index]
        if value["summarizeFunction"].startswith("COUNT"):
            return None
        return self.kinds[_column(value)]

    def _without_repeats(self, line: _Line, shown: tuple[Value, ...]) -> tuple[Value, ...]:
        """A heading is not repeated below itself, unless its group asks for it."""
        if line.total:
            return line.labels
        labels: list[Value] = []
        for level, label in enumerate(line.labels):
            same = line.labels[: level + 1] == shown[: level + 1] and level < len(line.labels) - 1
            repeat = level < len(self.row_groups) and self.row_groups[level].get("repeatHeadings")
            labels.append(None if same and not repeat else label)
        return tuple(labels)


def _column(definition: Mapping[str, Any]) -> int:
    """Which column of the source a group or a value is about."""
    return int(definition.get("sourceColumnOffset", 0))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return formats.plain(value) if isinstance(value, int | float) else value or ""


def _rank(key: Value, group: Mapping[str, Any]) -> tuple[int, float, str]:
    """Numbers, then texts, then booleans, blanks last."""
    kind = group.get("groupRule", {}).get("dateTimeRule", {}).get("type", "")
    if isinstance(key, str) and kind:
        return 0, _date_rank(key), key
    if isinstance(key, bool):
        return 2, float(key), ""
    if isinstance(key, int | float):
        return 0, float(key), ""
    return (1, 0.0, key.casefold()) if key else (3, 0.0, "")


def _date_rank(label: str) -> float:
    """``2017-Jan`` before ``2017-Feb``, whatever the alphabet says."""
    parts = label.split("-")
    rank = 0.0
    for part in parts:
        if part in _MONTHS:
            number = float(_MONTHS.index(part) + 1)
        elif part in _DAYS:
            number = float(_DAYS.index(part))
        else:
            number = float(part.removeprefix("Q"))
        rank = rank * 100 + number
    return rank


def _bucket_value(extended: Mapping[str, Any]) -> Value:
    value: Value = next(iter(extended.values()), None)
    return value


def _stdev(function: Callable[[list[float]], float], fewest: int) -> Callable[[list[Value]], Value]:
    return lambda values: function(found) if len(found := numbers(values)) >= fewest else None


_SUMMARIES: dict[str, Callable[[list[Value]], Value]] = {
    "SUM": lambda values: sum(numbers(values)),
    "COUNTA": len,
    "COUNT": lambda values: len(numbers(values)),
    "COUNTUNIQUE": lambda values: len(set(values)),
    "AVERAGE": lambda values: statistics.fmean(found) if (found := numbers(values)) else None,
    "MAX": lambda values: max(numbers(values), default=None),
    "MIN": lambda values: min(numbers(values), default=None),
    "MEDIAN": lambda values: statistics.median(found) if (found := numbers(values)) else None,
    "PRODUCT": lambda values: math.prod(numbers(values)),
    "STDEV": _stdev(statistics.stdev, 2),
    "STDEVP": _stdev(statistics.pstdev, 1),
    "VAR": _stdev(statistics.variance, 2),
    "VARP": _stdev(statistics.pvariance, 1),
}

_DATE_GROUPS: dict[str, Callable[[float], Value]] = {
    "YEAR": lambda number: formats.moment(number).year,
    "MONTH": lambda number: _MONTHS[formats.moment(number).month - 1],
    "QUARTER": lambda number: f"Q{(formats.moment(number).month + 2) // 3}",
    "DAY_OF_MONTH": lambda number: formats.moment(number).day,
    "DAY_OF_WEEK": lambda number: _DAYS[formats.moment(number).isoweekday() % 7],
    "HOUR": lambda number: formats.moment(number).hour,
    "YEAR_MONTH": lambda number: f"{(at := formats.moment(number)).year}-{_MONTHS[at.month - 1]}",
    "YEAR_QUARTER": lambda number: f"{(at := formats.moment(number)).year}-Q{(at.month + 2) // 3}",
    "YEAR_MONTH_DAY": lambda number: f"{(at := formats.moment(number)).year}-{_MONTHS[at.month - 1]}-{at.day:02d}",
}


def _filters(pivot: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Column offset -> criteria; ``filterSpecs`` go before the deprecated ``criteria``."""
    if specs := pivot.get("filterSpecs"):
        return {spec.get("columnOffsetIndex", 0): spec.get("filterCriteria", {}) for spec in specs}
    return {int(offset): criteria for offset, criteria in pivot.get("criteria", {}).items()}


def _passes(value: Value, criteria: Mapping[str, Any]) -> bool:
    condition = criteria.get("condition")
    if condition:
        wanted = [one.get("userEnteredValue", "") for one in condition.get("values", ())]
        if not _CONDITIONS[condition["type"]](value, wanted):
            return False
    if criteria.get("visibleByDefault") or (condition and "visibleValues" not in criteria):
        return True
    return _text(value) in criteria.get("visibleValues", ())


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _compares(test: Callable[[float, float], bool]) -> Callable[[Value, list[str]], bool]:
    return lambda value, wanted: (
        isinstance(value, int | float) and not isinstance(value, bool) and test(value, _number(wanted[0]))
    )


_CONDITIONS: dict[str, Callable[[Value, list[str]], bool]] = {
    "NOT_BLANK": lambda value, _: value not in (None, ""),
    "BLANK": lambda value, _: value in (None, ""),
    "NUMBER_GREATER": _compares(lambda a, b: a > b),
    "NUMBER_GREATER_THAN_EQ": _compares(lambda a, b: a >= b),
    "NUMBER_LESS": _compares(lambda a, b: a < b),
    "NUMBER_LESS_THAN_EQ": _compares(lambda a, b: a <= b),
    "NUMBER_EQ": _compares(lambda a, b: a == b),
    "NUMBER_NOT_EQ": _compares(lambda a, b: a != b),
    "TEXT_EQ": lambda value, wanted: _text(value).casefold() == wanted[0].casefold(),
    "TEXT_CONTAINS": lambda value, wanted: wanted[0].casefold() in _text(value).casefold(),
    "TEXT_NOT_CONTAINS": lambda value, wanted: wanted[0].casefold() not in _text(value).casefold(),
}
