"""BooleanCondition: what pivot filters, basic filters and conditional formats ask of a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.sheets import formats
from sandbox.sheets.formats import Locale
from sandbox.sheets.formulas import Value

Calculate = Callable[[str], Value]
"""The value of a formula that a condition compares with or asks."""

_RELATIVE_DAYS = {
    "PAST_YEAR": -365,
    "PAST_MONTH": -30,
    "PAST_WEEK": -7,
    "YESTERDAY": -1,
    "TODAY": 0,
    "TOMORROW": 1,
}
"""RelativeDate; a year and a month are counted as 365 and 30 days (unverified)."""


class Judge:
    """Tells whether values meet conditions. ``today`` is a serial number without a fraction."""

    def __init__(self, place: Locale, today: int, calculate: Calculate) -> None:
        self._place = place
        self._today = today
        self._calculate = calculate

    def holds(self, condition: Mapping[str, Any], value: Value, shown: str) -> bool:
        """``shown`` is the text the cell shows, which is what conditions on text look at."""
        kind = condition.get("type", "")
        operands = [self._operand(one) for one in condition.get("values", ())]
        if kind in {"BLANK", "NOT_BLANK"}:
            return (value in (None, "")) is (kind == "BLANK")
        if kind == "CUSTOM_FORMULA":
            return bool(operands and operands[0] not in (False, None, "", 0))
        if kind == "BOOLEAN":
            return isinstance(value, bool) if not operands else value in operands
        if kind == "ONE_OF_LIST":
            return shown in {_text(one) for one in operands}
        if len(operands) < _needed(kind):
            return False
        if kind.startswith("TEXT_"):
            return _TEXT[kind](shown.casefold(), [_text(one).casefold() for one in operands])
        if kind == "DATE_IS_VALID":
            return _is_number(value)
        test = _NUMBERS.get(kind.partition("_")[2])
        if test is None or not _is_number(value) or not all(_is_number(one) for one in operands):
            return False
        day = kind.startswith("DATE_")
        numbers = [float(int(one)) if day else float(one) for one in (value, *operands) if isinstance(one, int | float)]
        return test(numbers[0], numbers[1:])

    def _operand(self, condition_value: Mapping[str, Any]) -> Value:
        if "relativeDate" in condition_value:
            return self._today + _RELATIVE_DAYS.get(condition_value["relativeDate"], 0)
        text = condition_value.get("userEnteredValue", "")
        if text.startswith("="):
            return self._calculate(text)
        meant, _ = formats.understood(text, self._place)
        return meant if isinstance(meant, int | float | bool) else text


def is_known(condition: Mapping[str, Any]) -> bool:
    """Whether ``Judge`` can tell. Ranges of allowed values and filter expressions it cannot."""
    kind = condition.get("type", "")
    plain = {"BLANK", "NOT_BLANK", "CUSTOM_FORMULA", "BOOLEAN", "ONE_OF_LIST", "DATE_IS_VALID"}
    return kind in plain | _TEXT.keys() or (
        kind.startswith(("NUMBER_", "DATE_")) and kind.partition("_")[2] in _NUMBERS
    )


def _needed(kind: str) -> int:
    """How many values the condition compares with."""
    if kind in {"TEXT_IS_EMAIL", "TEXT_IS_URL", "DATE_IS_VALID"}:
        return 0
    return 2 if kind.endswith("BETWEEN") else 1


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    return formats.plain(value) if isinstance(value, int | float) else value or ""


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_NUMBERS: Mapping[str, Callable[[float, Sequence[float]], bool]] = {
    "GREATER": lambda value, other: value > other[0],
    "GREATER_THAN_EQ": lambda value, other: value >= other[0],
    "LESS": lambda value, other: value < other[0],
    "LESS_THAN_EQ": lambda value, other: value <= other[0],
    "EQ": lambda value, other: value == other[0],
    "NOT_EQ": lambda value, other: value != other[0],
    "BETWEEN": lambda value, other: other[0] <= value <= other[1],
    "NOT_BETWEEN": lambda value, other: not other[0] <= value <= other[1],
    "BEFORE": lambda value, other: value < other[0],
    "AFTER": lambda value, other: value > other[0],
    "ON_OR_BEFORE": lambda value, other: value <= other[0],
    "ON_OR_AFTER": lambda value, other: value >= other[0],
}
_TEXT: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
    "TEXT_EQ": lambda text, other: text == other[0],
    "TEXT_NOT_EQ": lambda text, other: text != other[0],
    "TEXT_CONTAINS": lambda text, other: other[0] in text,
    "TEXT_NOT_CONTAINS": lambda text, other: other[0] not in text,
    "TEXT_STARTS_WITH": lambda text, other: text.startswith(other[0]),
    "TEXT_ENDS_WITH": lambda text, other: text.endswith(other[0]),
    "TEXT_IS_EMAIL": lambda text, _: re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", text) is not None,
    "TEXT_IS_URL": lambda text, _: re.fullmatch(r"(https?|ftp)://\S+|mailto:\S+|www\.\S+", text) is not None,
}
