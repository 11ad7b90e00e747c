"""PHP does not tell ``5`` from ``"5"`` nor a list from a map with the keys 0..n-1. Neither do the portal's methods.

Readers of single values, used on parameters and on what is nested in them. Each answers ``None`` when the value cannot
be read as what is asked: what that means (an error, a default, silence) is the method's business.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from sandbox.portal.php import JSON

TRUE_WORDS = frozenset({"y", "1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"n", "0", "false", "no", "off", ""})


def as_int(value: JSON) -> int | None:
    """``5``, ``"5"``, ``" 5"``, ``5.0``; not ``"5abc"``."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) < 32:
        try:
            return int(value)
        except ValueError:
            return None
    return None


def as_number(value: JSON) -> float | None:
    """A finite number; a decimal comma is not accepted."""
    if not isinstance(value, (int, float, str)) or (isinstance(value, str) and len(value) > 64):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_text(value: JSON) -> str | None:
    """A scalar as PHP would print it; ``None`` for lists, maps and null."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    return None


def as_flag(value: JSON) -> bool | None:
    """``Y``/``N``, ``1``/``0``, ``true``/``false`` in any of their spellings."""
    if isinstance(value, bool):
        return value
    text = as_text(value)
    if text is None:
        return None
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    return False if word in FALSE_WORDS else None


def as_list(value: JSON) -> list[JSON]:
    """A list, the values of a map in order, a lone scalar as one element, nothing for null and ``""``."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [] if value is None or value == "" else [value]


def as_object(value: JSON) -> dict[str, JSON] | None:
    """A map, or a list as the map 0..n-1 that PHP takes it for."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {str(index): element for index, element in enumerate(value)}
    return None


def is_array(value: JSON) -> bool:
    """What PHP calls an array: a list or a map."""
    return isinstance(value, (Mapping, Sequence)) and not isinstance(value, str)
