"""Which group of a pivot table a value falls into, and in what order groups stand (PivotGroupRule)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from sandbox.sheets.formats import Locale, moment, plain
from sandbox.sheets.formulas import Value

Rank = tuple[int, float, str]


class Grouping:
    """One row or column group: from a value of the source to the label it is shown under."""

    def __init__(self, group: Mapping[str, Any], place: Locale) -> None:
        self.definition = group
        self.column = int(group.get("sourceColumnOffset", 0))
        self._ranks: dict[Value, Rank] = {}
        self._group = _rule(group.get("groupRule", {}), place)

    @property
    def descending(self) -> bool:
        return self.definition.get("sortOrder") == "DESCENDING"

    def label(self, value: Value) -> Value:
        found = self._group(value) if self._group else None
        label, rank = (value, None) if found is None else found
        self._ranks.setdefault(label, rank_of(label) if rank is None else (0, rank, ""))
        return label

    def rank(self, label: Value) -> Rank:
        return self._ranks[label]


def rank_of(value: Value) -> Rank:
    """Numbers, then texts, then booleans, blanks last."""
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return (1, 0.0, value.casefold()) if value else (3, 0.0, "")


_Group = Callable[[Value], tuple[Value, float | None] | None]
"""Label and place of the group, no place where labels sort by themselves; None for a value the rule leaves alone."""


def _rule(rule: Mapping[str, Any], place: Locale) -> _Group | None:
    if "dateTimeRule" in rule:
        bucket = _DATES[rule["dateTimeRule"].get("type", "")]
        return lambda value: bucket(value, place) if _is_number(value) else None
    if "histogramRule" in rule:
        return _histogram(rule["histogramRule"])
    if "manualRule" in rule:
        named = {
            next(iter(item.values()), None): group.get("groupName", {}).get("stringValue", "")
            for group in rule["manualRule"].get("groups", ())
            for item in group.get("items", ())
        }
        return lambda value: (named[value], None) if value in named else None
    return None


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _histogram(rule: Mapping[str, Any]) -> _Group:
    """``< 25``, ``25-45``, ``> 65``. Without a start, buckets begin at multiples of the interval (unverified)."""
    interval, start, end = rule["interval"], rule.get("start"), rule.get("end")

    def bucket(value: Value) -> tuple[Value, float | None] | None:
        if not _is_number(value):
            return None
        if start is not None and value < start:
            return f"< {plain(start)}", -math.inf
        if end is not None and value > end:
            return f"> {plain(end)}", math.inf
        base = start or 0
        low = base + math.floor((value - base) / interval) * interval
        if end is not None and value == end and low > base:
            low -= interval
        high = low + interval if end is None else min(low + interval, end)
        return f"{plain(low)}-{plain(high)}", low

    return bucket


def _month(number: float, place: Locale) -> str:
    return place.months[moment(number).month - 1]


_Bucket = Callable[[float, Locale], tuple[Value, float | None]]


def _counted(part: Callable[[float], int]) -> _Bucket:
    return lambda number, _: (part(number), None)


_DATES: Mapping[str, _Bucket] = {
    "SECOND": _counted(lambda number: moment(number).second),
    "MINUTE": _counted(lambda number: moment(number).minute),
    "HOUR": _counted(lambda number: moment(number).hour),
    "HOUR_MINUTE": lambda number, _: (f"{moment(number):%H:%M}", None),
    "HOUR_MINUTE_AMPM": lambda number, _: (
        f"{moment(number).hour % 12 or 12}:{moment(number):%M %p}",
        moment(number).hour * 60 + moment(number).minute,
    ),
    "DAY_OF_WEEK": lambda number, place: (
        place.days[moment(number).weekday()],
        moment(number).isoweekday() % 7,
    ),
    "DAY_OF_YEAR": _counted(lambda number: moment(number).timetuple().tm_yday),
    "DAY_OF_MONTH": _counted(lambda number: moment(number).day),
    "DAY_MONTH": lambda number, place: (
        f"{moment(number).day}-{_month(number, place)}",
        moment(number).month * 100 + moment(number).day,
    ),
    "MONTH": lambda number, place: (_month(number, place), moment(number).month),
    "QUARTER": lambda number, _: (f"Q{(moment(number).month + 2) // 3}", None),
    "YEAR": _counted(lambda number: moment(number).year),
    "YEAR_MONTH": lambda number, place: (
        f"{moment(number).year}-{_month(number, place)}",
        moment(number).year * 100 + moment(number).month,
    ),
    "YEAR_QUARTER": lambda number, _: (f"{moment(number).year} Q{(moment(number).month + 2) // 3}", None),
    "YEAR_MONTH_DAY": lambda number, _: (f"{moment(number):%Y-%m-%d}", None),
}
DATE_GROUPS = frozenset(_DATES)
