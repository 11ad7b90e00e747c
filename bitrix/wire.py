"""The wire format of old PHP: nested parameters as flat text, both ways. Pure.

Requests are JSON (see `bitrix.client`); this text appears inside batch commands, and in what the portal posts to us.
Source: settings/how-to-call-rest-api/data-encoding.md, settings/how-to-call-rest-api/batch.md.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias, cast
from urllib.parse import quote, unquote_to_bytes

from bitrix.call import JSON

Form: TypeAlias = str | dict[str, "Form"]
"""A decoded form: texts, and maps of them. PHP lists are maps whose keys are ``0``, ``1``, ``2``."""

MOST_VALUES = 1000
"""PHP's ``max_input_vars``: what comes behind that many values is dropped without a word, so it is never sent."""
_DEEPEST = 16
_LONGEST_NAME = 500
_OFTEN_THE_SAME = 150
"""Bytes; what is longer is seldom seen twice."""

_NAME = re.compile(r"(?P<base>[^\[\]]+)(?P<path>(?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_REFERENCE = quote("$result[", safe="")


class Unsayable(ValueError):
    """The text of a command has no words for these parameters; a JSON body has."""


class BadForm(ValueError):
    """The body is not a form a portal would send."""


def plain(value: JSON, where: str = "params") -> JSON:
    """The same value in plain lists and maps, fit for a JSON body.

    Raises `TypeError` and `ValueError` naming the place of what JSON cannot hold: a date object, a NaN.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one, f"{where}.{key}") for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, f"{where}[{index}]") for index, one in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} is not a number that JSON can hold: {value}")
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{where} is not text that UTF-8 can hold") from None
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{where} is a {type(value).__name__}: write it as text or number first")


def command(method: str, params: Mapping[str, JSON] | Sequence[JSON]) -> str:
    """One command of a batch: ``crm.item.get?entityTypeId=2&id=42``. Positions become ``0=...&1=...``.

    Raises `Unsayable`.
    """
    text = encode(params)
    return f"{method}?{text}" if text else method


def mentions_result(encoded: str) -> bool:
    """Whether an encoded command holds ``$result[``, which the portal replaces by the answer of another command."""
    return _REFERENCE in encoded


def encode(params: Mapping[str, JSON] | Sequence[JSON]) -> str:
    """Nested parameters as ``fields[TITLE]=x&select[0]=ID``, percent-encoded UTF-8; true is 1, false is 0.

    Raises `Unsayable` for null and for an empty list or map below the top: this format can only leave them out,
    which means something else. And for more than `MOST_VALUES` values.
    """
    pairs = [
        f"{_quoted_name(name)}={quote(value, safe='')}"
        for key, one in _entries(params)
        for name, value in _flat(key, one)
    ]
    if len(pairs) > MOST_VALUES:
        raise Unsayable(f"{len(pairs)} values; PHP reads {MOST_VALUES}")
    return "&".join(pairs)


def decode_form(body: bytes) -> dict[str, Form]:
    """The maps behind ``data[FIELDS][ID]=7&auth[domain]=x``.

    Raises `BadForm` for what no portal sends: a name twice, broken brackets, deep nesting, thousands of values,
    bytes that are not UTF-8. The caller bounds the length of the body.
    """
    parts = body.split(b"&", MOST_VALUES + 1)
    if len(parts) > MOST_VALUES:
        raise BadForm(f"more than {MOST_VALUES} values")
    form: dict[str, Form] = {}
    for part in parts:
        if part.strip():
            way, last, value = _place_seen_before(part) if len(part) <= _OFTEN_THE_SAME else _place(part)
            node = _walk(form, way) if way else form
            name = last or str(len(node))
            if name in node:
                raise BadForm(f"twice: {_shown((*way, last))}")
            node[name] = value
    return form


@lru_cache(maxsize=4096)
def _quoted_name(name: str) -> str:
    """The same names come again and again; their values do not."""
    return quote(name, safe="")


def _entries(value: Mapping[str, JSON] | Sequence[JSON]) -> Iterator[tuple[str, JSON]]:
    if isinstance(value, Mapping):
        yield from value.items()
    else:
        yield from ((str(index), one) for index, one in enumerate(value))


def _flat(name: str, value: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping | list | tuple):
        if not value:
            raise Unsayable(f"{name} is empty")
        for key, one in _entries(value):
            yield from _flat(f"{name}[{key}]", one)
    elif value is None:
        raise Unsayable(f"{name} is null")
    elif isinstance(value, bool):
        yield name, "1" if value else "0"
    else:
        yield name, str(cast("int | float | str", value))


def _text(raw: bytes) -> str:
    plain = unquote_to_bytes(raw.replace(b"+", b" ")) if b"%" in raw or b"+" in raw else raw
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        raise BadForm("not UTF-8") from None
    if "\0" in text:
        raise BadForm("a zero byte")
    return text


def _place(part: bytes) -> tuple[tuple[str, ...], str, str]:
    """The way to a map, the name in it, the value there."""
    name, _, value = part.partition(b"=")
    *way, last = _path(name)
    return tuple(way), last, _text(value)


_place_seen_before = lru_cache(maxsize=4096)(_place)
"""A portal writes its own address and tokens in every event."""


@lru_cache(maxsize=1024)
def _path(raw: bytes) -> tuple[str, ...]:
    """``data[FIELDS][ID]`` as its steps. Portals write the same few names in every event."""
    name = _text(raw)
    shown = name[:40]
    match = _NAME.fullmatch(name) if len(name) <= _LONGEST_NAME else None
    if match is None:
        raise BadForm(f"not the name of a value: {shown!r}")
    path = (match["base"], *_STEP.findall(match["path"]))
    if len(path) > _DEEPEST:
        raise BadForm(f"nested deeper than {_DEEPEST}: {shown!r}")
    return path


def _walk(form: dict[str, Form], way: tuple[str, ...]) -> dict[str, Form]:
    """The map there, which is made if need be."""
    node = form
    for step in way:
        name = step or str(len(node))
        inner = node.get(name)
        if inner is None:
            inner = node[name] = {}
        elif isinstance(inner, str):
            raise BadForm(f"both a value and a map: {_shown(way)}")
        node = inner
    return node


def _shown(path: tuple[str, ...]) -> str:
    return repr((path[0] + "".join(f"[{step}]" for step in path[1:]))[:40])
