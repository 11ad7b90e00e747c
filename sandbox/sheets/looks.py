"""What depends on the values of a sheet without being one: conditional formats, and the rows a filter hides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.sheets.conditions import Judge
from sandbox.sheets.formulas import Value
from sandbox.sheets.ranges import Area, Box
from sandbox.sheets.schema import JsonObject


class Looks:
    """Of one sheet, worked out when asked for.

    ``judge(rows, columns)`` judges a cell that far from the first cell of a rule's first range, for which its formulas
    are written.
    """

    def __init__(
        self,
        objects: Mapping[str, Any],
        size: tuple[int, int],
        *,
        value: Callable[[int, int], Value],
        shown: Callable[[int, int], str],
        judge: Callable[[int, int], Judge],
    ) -> None:
        self._value = value
        self._shown = shown
        self._judge = judge
        self._rules = [
            (rule, [Area.of(one).within(*size) for one in rule.get("ranges", ())])
            for rule in objects.get("conditionalFormats", ())
        ]
        self._filter: JsonObject = objects.get("basicFilter", {})
        self._size = size
        self._scales: dict[int, _Scale] = {}

    def format_of(self, row: int, column: int) -> JsonObject:
        """CellFormat that conditional formats give the cell; the first rule that holds decides each property."""
        result: JsonObject = {}
        for at, (rule, boxes) in enumerate(self._rules):
            if not any(_inside(box, row, column) for box in boxes):
                continue
            if "gradientRule" in rule:
                colour = self._scale(at).colour(self._value(row, column))
                shown = {"backgroundColor": colour, "backgroundColorStyle": {"rgbColor": colour}}
                found = {} if colour is None else shown
            else:
                found = rule.get("booleanRule", {})
                first = boxes[0]
                judge = self._judge(row - first.top, column - first.left)
                condition = found.get("condition", {})
                holds = judge.holds(condition, self._value(row, column), self._shown(row, column))
                found = found.get("format", {}) if holds else {}
            result = {**found, **result}
        return result

    def _scale(self, at: int) -> _Scale:
        if at not in self._scales:
            rule, boxes = self._rules[at]
            numbers = [self._value(row, column) for box in boxes for row, column in _cells(box)]
            self._scales[at] = _Scale(
                rule["gradientRule"],
                sorted(float(one) for one in numbers if isinstance(one, int | float) and not isinstance(one, bool)),
            )
        return self._scales[at]

    def hidden_by_filter(self) -> set[int]:
        """Rows below the heading that the basic filter does not let through."""
        criteria = {
            spec.get("columnIndex", 0): spec.get("filterCriteria", {}) for spec in self._filter.get("filterSpecs", ())
        }
        if not criteria:
            return set()
        box = Area.of(self._filter.get("range", {})).within(*self._size)
        return {
            row
            for row in range(box.top + 1, box.bottom)
            if not all(self._passes(row, column, one) for column, one in criteria.items())
        }

    def _passes(self, row: int, column: int, criteria: Mapping[str, Any]) -> bool:
        shown = self._shown(row, column)
        if shown in criteria.get("hiddenValues", ()):
            return False
        condition = criteria.get("condition")
        return not condition or self._judge(0, 0).holds(condition, self._value(row, column), shown)


class _Scale:
    """The colours between two or three points."""

    def __init__(self, rule: Mapping[str, Any], numbers: list[float]) -> None:
        points = [rule[name] for name in ("minpoint", "midpoint", "maxpoint") if name in rule]
        placed = [(_place(point, numbers), _colour(point)) for point in points]
        self._stops = [(place, colour) for place, colour in placed if place is not None]

    def colour(self, value: Value) -> JsonObject | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not self._stops:
            return None
        if value <= self._stops[0][0]:
            return self._stops[0][1]
        for (low, before), (high, after) in zip(self._stops, self._stops[1:], strict=False):
            if value <= high:
                part = (value - low) / (high - low)
                names = ("red", "green", "blue")
                return {name: before.get(name, 0) * (1 - part) + after.get(name, 0) * part for name in names}
        return self._stops[-1][1]


def _place(point: Mapping[str, Any], numbers: list[float]) -> float | None:
    if not numbers:
        return None
    low, high = numbers[0], numbers[-1]
    try:
        number = float(str(point.get("value", "0")).replace(",", "."))
    except ValueError:
        return None
    match point.get("type"):
        case "MIN":
            return low
        case "MAX":
            return high
        case "PERCENT":
            return low + (high - low) * number / 100
        case "PERCENTILE":
            return numbers[min(len(numbers) - 1, int(number / 100 * (len(numbers) - 1) + 0.5))]
    return number


def _colour(point: Mapping[str, Any]) -> JsonObject:
    found: JsonObject = point.get("colorStyle", {}).get("rgbColor") or point.get("color", {})
    return found


def _inside(box: Box, row: int, column: int) -> bool:
    return box.top <= row < box.bottom and box.left <= column < box.right


def _cells(box: Box) -> Iterable[tuple[int, int]]:
    return ((row, column) for row in range(box.top, box.bottom) for column in range(box.left, box.right))
