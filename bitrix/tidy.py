"""Untidy answers made tidy, once: every reader of an answer goes through these and nothing untidy travels further.

The same number comes as ``7``, ``"7"`` or ``""``, an empty map as ``[]``, a flag as ``"Y"``, ``"1"`` or ``true``,
an absent value as ``null``, ``false``, ``0`` or an empty string, depending on the module. Each function names what
it takes for empty, and raises `Untidy` with the place and the value on nonsense.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from bitrix.call import JSON

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_TRUE = frozenset({"Y", "1", "TRUE"})
_FALSE = frozenset({"N", "0", "FALSE", ""})


class Untidy(ValueError):
    """A value is nothing its field may hold. The client turns it into `bitrix.errors.Gibberish`."""


def as_int(value: JSON, where: str = "value") -> int:
    """A whole number, written as one or as text; empty values are nonsense here."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    raise _untidy(value, where, "a whole number")


def as_int_or_none(value: JSON, where: str = "value") -> int | None:
    """Like `as_int`, and nothing for null, false and empty text. Zero stays zero (the first deal funnel is 0)."""
    return None if _is_empty(value) else as_int(value, where)


def as_id(value: JSON, where: str = "value") -> int | None:
    """An id, or nothing: 0, "0", null, false and empty text mean that nothing is referred to."""
    return as_int_or_none(value, where) or None


def as_ids(value: JSON, where: str = "value") -> tuple[int, ...]:
    """Ids of a multiple field, in their order; a lone id counts as one, empty entries are left out."""
    found = (as_id(one, where) for one in _as_many(value))
    return tuple(one for one in found if one is not None)


def as_text(value: JSON, where: str = "value") -> str:
    """Text; null and false become empty text, a number becomes its digits."""
    if value is None or value is False:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _untidy(value, where, "text")


def as_texts(value: JSON, where: str = "value") -> tuple[str, ...]:
    """Texts of a multiple field, in their order; a lone text counts as one, empty entries are left out."""
    found = (as_text(one, where) for one in _as_many(value))
    return tuple(one for one in found if one)


def as_number(value: JSON, where: str = "value") -> float | None:
    """A number, or nothing for null, false and empty text. A decimal comma is nonsense."""
    if _is_empty(value):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
    raise _untidy(value, where, "a number")


def as_bool(value: JSON, where: str = "value") -> bool:
    """A flag: Y/N, 1/0, true/false in any spelling; null and empty text are no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().upper() if isinstance(value, str | int) else "?"
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise _untidy(value, where, "a yes or no")


def as_date(value: JSON, where: str = "value") -> date | None:
    """A day, or nothing when empty.

    A day comes back as midnight UTC drawn in the offset of the server: ``2026-01-15T03:00:00+03:00`` is the 15th.
    So the date is taken after the conversion to UTC (api-reference/crm/universal/crm-item-get.md, samples).
    """
    if _is_empty(value):
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            if len(text) == len("2026-01-15"):
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC).date()
        except (ValueError, OverflowError):
            pass
    raise _untidy(value, where, "a date")


def as_datetime(value: JSON, where: str = "value") -> datetime | None:
    """A moment with its offset, or nothing when empty. Without an offset it is nonsense: nobody knows when it is."""
    if _is_empty(value):
        return None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
    raise _untidy(value, where, "a date and time with an offset")


def as_map(value: JSON, where: str = "value") -> dict[str, JSON]:
    """A map; PHP writes an empty one as ``[]``, and null or false stand for it too."""
    if isinstance(value, Mapping):
        return dict(value)
    if _is_empty(value) or value == []:
        return {}
    raise _untidy(value, where, "a map")


def as_list(value: JSON, where: str = "value") -> list[JSON]:
    """A list; PHP writes one with holes as a map, whose values are taken in their order. Null and false are empty."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    if _is_empty(value):
        return []
    raise _untidy(value, where, "a list")


def _is_empty(value: JSON) -> bool:
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def _as_many(value: JSON) -> list[JSON]:
    if isinstance(value, Mapping | list | tuple):
        return as_list(value)
    return [] if _is_empty(value) else [value]


def _untidy(value: JSON, where: str, wanted: str) -> Untidy:
    shown = repr(value)
    return Untidy(f"{where} is not {wanted}: {shown if len(shown) <= 60 else shown[:57] + '...'}")
