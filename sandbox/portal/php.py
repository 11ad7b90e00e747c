"""The way PHP writes nested data into a form, and reads it back: ``fields[PHONE][0][VALUE]=1``.

Source: settings/how-to-call-rest-api/data-encoding.md, and PHP's own ``parse_str`` and ``http_build_query``.
Nothing here raises: what PHP cannot read it drops, and so do we.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What a request can carry and an answer can say."""

MAX_NESTING = 64
"""``max_input_nesting_level``: PHP drops a variable that is nested deeper."""

Tree: TypeAlias = "dict[str, str | Tree]"


def decode_query(text: str) -> dict[str, JSON]:
    """Read an urlencoded form or query string. Bytes that are not UTF-8 become U+FFFD."""
    return decode_pairs(parse_qsl(text, keep_blank_values=True, errors="replace"))


def decode_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, JSON]:
    """Build the nested structure from flat names. A map with the keys 0..n-1 in order comes back as a list."""
    root: Tree = {}
    for name, value in pairs:
        path = _path(name)
        if path and len(path) <= MAX_NESTING:
            _store(root, path, value)
    return {key: _tidy(value) for key, value in root.items()}


def encode(data: Mapping[str, JSON]) -> str:
    """Write nested data as a form. ``True``, ``False`` and ``None`` become ``1``, ``0`` and an empty string;
    an empty map or list leaves no trace, as in PHP."""
    return urlencode(list(_flatten(data)))


def _path(name: str) -> list[str]:
    """``a[b][]`` -> ``["a", "b", ""]``; an empty last step means "append"."""
    name = name.lstrip(" ")
    bracket = name.find("[", 1) if name.startswith("[") else name.find("[")
    if bracket < 0:
        return [_top_name(name)] if name else []
    steps = [_top_name(name[:bracket])]
    rest = name[bracket:]
    while rest.startswith("["):
        end = rest.find("]")
        if end < 0:
            if len(steps) == 1:
                return [_top_name(name)]
            break
        steps.append(rest[1:end])
        rest = rest[end + 1 :]
    return steps


def _top_name(name: str) -> str:
    """A variable of PHP cannot contain these; inside brackets everything is allowed."""
    return name.replace(" ", "_").replace(".", "_").replace("[", "_")


def _store(root: Tree, path: list[str], value: str) -> None:
    here = root
    for step in path[:-1]:
        key = step if step or here is root else _next_index(here)
        below = here.get(key)
        if not isinstance(below, dict):
            below = here[key] = {}
        here = below
    last = path[-1]
    here[last if last or len(path) == 1 else _next_index(here)] = value


def _next_index(tree: Tree) -> str:
    return str(max((int(key) for key in tree if _is_index(key)), default=-1) + 1)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and (key == "0" or key[0] != "0") and len(key) < 18


def _tidy(value: str | Tree) -> JSON:
    if isinstance(value, str):
        return value
    tidied = {key: _tidy(below) for key, below in value.items()}
    if all(key == str(index) for index, key in enumerate(tidied)):
        return list(tidied.values())
    return tidied


def _flatten(data: JSON, prefix: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _flatten(value, f"{prefix}[{key}]" if prefix else key)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for index, value in enumerate(data):
            yield from _flatten(value, f"{prefix}[{index}]")
    elif data is None:
        yield prefix, ""
    elif isinstance(data, bool):
        yield prefix, "1" if data else "0"
    else:
        yield prefix, str(data)
