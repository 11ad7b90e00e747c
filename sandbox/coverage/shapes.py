"""The shape of a JSON answer: its keys and the types of its values, without the values.

    {"id": "8017", "group": [], "creator": {"name": "..."}}   becomes   {"id": "digits", "group": [], "creator": {...}}

A shape is JSON itself: a map of keys, a list with the shape of its rows (or empty), or the name of a type. Types that
came together are joined: ``digits|null``. A key that only some rows have ends in ``?``. Values that can be a list here
and a map there (PHP writes an empty map as ``[]``) are ``{"|": [one, other]}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

JSON: TypeAlias = bool | int | float | str | Sequence["JSON"] | Mapping[str, "JSON"] | None
Shape: TypeAlias = str | list["Shape"] | dict[str, "Shape"]

FORMATS = {
    "empty": re.compile(r""),
    "flag": re.compile(r"[YN]"),
    "digits": re.compile(r"-?\d+(\.\d+)?"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:?\d\d|Z)"),
    "moment": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?"),
    "dotted": re.compile(r"\d\d\.\d\d\.\d{4}( \d\d:\d\d(:\d\d)?)?"),
}
"""What a text can be besides any ``string``: numbers and flags in quotes, and moments in four spellings."""

STRINGS = frozenset(FORMATS) | {"string"}

USER_FIELD = "<user field>"
FOLDED_KEYS = (
    (re.compile(r"\d+"), "<number>"),
    (re.compile(r"UF_(CRM|AUTO|USR|TASK)_.*\d.*|UF_CRM_[A-Z_]+"), USER_FIELD),
    (re.compile(r"ufCrm.*\d.*|ufAuto\d+|ufUsr\d*.*"), USER_FIELD),
    (re.compile(r"parentId\d+|PARENT_ID_\d+"), "<parent>"),
)
"""Keys that name a thing of one portal. What is under them is compared when both sides have such a thing."""
NEVER_FOLDED = frozenset({"ufCrmTask", "UF_CRM_TASK", "UF_CRM_CAL_EVENT"})

EITHER = "|"
MAYBE = "?"


def shape_of(value: JSON) -> Shape:
    """Reduce a decoded JSON value to its shape."""
    if isinstance(value, Mapping):
        folded: dict[str, Shape] = {}
        translated = is_translated(value)
        for key, inner in value.items():
            name = "<language>" if translated else fold(key)
            folded[name] = merge(folded[name], shape_of(inner)) if name in folded else shape_of(inner)
        return folded
    if isinstance(value, str):
        return format_of(value)
    if isinstance(value, Sequence):
        rows: Shape | None = None
        for row in value:
            rows = shape_of(row) if rows is None else merge(rows, shape_of(row))
        return [] if rows is None else [rows]
    return "null" if value is None else "bool" if isinstance(value, bool) else "number"


def is_translated(value: Mapping[str, JSON]) -> bool:
    """A text in several languages; a portal has all or some of them."""
    two_letters = all(len(key) == 2 and key.isalpha() for key in value)
    return two_letters and (len(value) > 1 or bool({"ru", "en"} & set(value)))


def fold(key: str) -> str:
    if key in NEVER_FOLDED:
        return key
    return next((name for pattern, name in FOLDED_KEYS if pattern.fullmatch(key)), key)


def format_of(text: str) -> str:
    return next((name for name, pattern in FORMATS.items() if pattern.fullmatch(text)), "string")


def merge(one: Shape, other: Shape) -> Shape:
    """The shape of values of which some look like ``one``, some like ``other``."""
    if one == other:
        return one
    if isinstance(one, str) and isinstance(other, str):
        return "|".join(sorted({*one.split("|"), *other.split("|")}))
    if isinstance(one, list) and isinstance(other, list):
        rows = [*one, *other]
        return [merge(rows[0], rows[1])] if len(rows) == 2 else rows
    if isinstance(one, dict) and isinstance(other, dict) and EITHER not in one and EITHER not in other:
        return merge_maps(one, other)
    return merge_alternatives([*alternatives(one), *alternatives(other)])


def merge_maps(one: dict[str, Shape], other: dict[str, Shape]) -> dict[str, Shape]:
    left, right = plain_keys(one), plain_keys(other)
    merged: dict[str, Shape] = {}
    for name in dict.fromkeys((*left, *right)):
        always = (name in one and name in other) or name.startswith("<")
        both = merge(left[name], right[name]) if name in left and name in right else None
        merged[name if always else name + MAYBE] = both if both is not None else left.get(name, right.get(name, "null"))
    return merged


def plain_keys(shape: dict[str, Shape]) -> dict[str, Shape]:
    return {key.removesuffix(MAYBE): inner for key, inner in shape.items()}


def merge_alternatives(found: list[Shape]) -> Shape:
    """One alternative of a kind: a map, a list, a scalar."""
    kinds: dict[type, Shape] = {}
    for shape in found:
        kinds[type(shape)] = merge(kinds[type(shape)], shape) if type(shape) in kinds else shape
    return {EITHER: [kinds[kind] for kind in (str, list, dict) if kind in kinds]}


def alternatives(shape: Shape) -> list[Shape]:
    if isinstance(shape, dict) and EITHER in shape:
        inside = shape[EITHER]
        return inside if isinstance(inside, list) else [inside]
    return [shape]


@dataclass(frozen=True)
class Difference:
    """``path`` reads ``result.tasks[].group``; ``what`` is a word of ``KINDS``."""

    path: str
    what: str
    documented: str
    answered: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what} (documented {self.documented}, answered {self.answered})"


KINDS = {
    "missing": "a documented key is not there",
    "sometimes missing": "a documented key is in some rows only",
    "undocumented": "a key the page does not name",
    "type": "another type of JSON",
    "format": "a text of another form: numbers, flags or moments",
    "null": "nothing, where the example has a value",
    "nothing inside": "an empty list or map, where the example has rows or keys",
}


def compare(documented: Shape, answered: Shape, named: frozenset[str] = frozenset()) -> list[Difference]:
    """What ``answered`` does otherwise than ``documented``. ``named`` are keys the page names outside of the example:
    having them is no difference."""
    return list(differences(documented, answered, named, ""))


def differences(documented: Shape, answered: Shape, named: frozenset[str], path: str) -> Iterator[Difference]:
    for one in alternatives(answered):
        found = [list(differences_of_one(allowed, one, named, path)) for allowed in alternatives(documented)]
        # an empty list says less against an example than a value of another type
        yield from min(found, key=lambda each: (len(each), all(one.what != "nothing inside" for one in each)))


def differences_of_one(documented: Shape, answered: Shape, named: frozenset[str], path: str) -> Iterator[Difference]:
    match documented, answered:
        case str(), str():
            yield from scalar_differences(documented, answered, path)
        case (str(), _) if documented == "null":
            return  # the example has nothing there, so any type may come
        case list(), list():
            if documented and answered:
                yield from differences(documented[0], answered[0], named, path + "[]")
            elif documented:
                yield Difference(path, "nothing inside", describe(documented), "[]")
        case dict(), dict():
            yield from map_differences(documented, answered, named, path)
        case dict(), []:
            if documented:
                yield Difference(path, "nothing inside", describe(documented), "[]")
        case [], dict():
            return  # PHP writes an empty map as a list
        case _, "null":
            yield Difference(path, "null", describe(documented), "null")
        case _:
            yield Difference(path, "type", describe(documented), describe(answered))


def scalar_differences(documented: str, answered: str, path: str) -> Iterator[Difference]:
    allowed, came = set(documented.split("|")), set(answered.split("|"))
    if allowed == {"null"}:
        return
    if "null" in came - allowed:
        yield Difference(path, "null", documented, answered)
    came -= {"null"}
    if {json_type(one) for one in came} - {json_type(one) for one in allowed}:
        yield Difference(path, "type", documented, answered)
        return
    texts = allowed & STRINGS
    if texts and not texts & {"string", "empty"} and came & STRINGS - texts - {"empty"}:
        yield Difference(path, "format", documented, answered)


def json_type(scalar: str) -> str:
    return "string" if scalar in STRINGS else scalar


def map_differences(
    documented: dict[str, Shape], answered: dict[str, Shape], named: frozenset[str], path: str
) -> Iterator[Difference]:
    if not documented:
        return
    expected, came = plain_keys(documented), plain_keys(answered)
    for key, shape in expected.items():
        place = f"{path}.{key}" if path else key
        optional = key not in documented or key.startswith("<")
        if key in came:
            if key not in answered and not optional:
                yield Difference(place, "sometimes missing", describe(shape), "only in some rows")
            # what is in a user field depends on its kind
            yield from () if key == USER_FIELD else differences(shape, came[key], named, place)
        elif not optional:
            yield Difference(place, "missing", describe(shape), "nothing")
    for key, shape in came.items():
        if key not in expected and key not in named and not key.startswith("<"):
            yield Difference(f"{path}.{key}" if path else key, "undocumented", "nothing", describe(shape))


def describe(shape: Shape) -> str:
    if isinstance(shape, str):
        return shape
    if isinstance(shape, list):
        return f"[{describe(shape[0])}]" if shape else "[]"
    return "{...}" if shape else "{}"
