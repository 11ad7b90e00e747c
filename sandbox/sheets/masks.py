"""Field masks: ``a.b(c,d),e/f`` as a tree, selection for answers, merging for requests.

In an answer's mask (``?fields=``) dots, slashes and brackets may be mixed; a name alone means all that is below it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.sheets.errors import invalid
from sandbox.sheets.schema import SHAPES, JsonObject, camel

Tree = dict[str, Any]
"""name -> what is wanted below it; an empty tree wants everything. ``*`` stands for any name."""

_TOKEN = re.compile(r"[(),./]|[^(),./\s]+")


def parse(mask: str, *, root: str | None = None) -> Tree:
    """Raises SheetsError 400 for a mask that does not parse, or names a field that the message ``root`` lacks."""
    tokens = [token for token in _TOKEN.findall(mask) if token not in {".", "/"}]
    if not tokens or tokens.count("(") != tokens.count(")"):
        raise invalid(f"Invalid field selection {mask}")
    tree, rest = _parse_list(tokens)
    if rest or not tree:
        raise invalid(f"Invalid field selection {mask}")
    if root is not None:
        _check(tree, root, ())
    return tree


def _parse_list(tokens: list[str]) -> tuple[Tree, list[str]]:
    tree: Tree = {}
    while tokens:
        node = tree
        while tokens and tokens[0] not in "(),":
            name, *tokens = tokens
            node = node.setdefault(camel(name), {})
        if tokens and tokens[0] == "(":
            below, tokens = _parse_list(tokens[1:])
            _merge(node, below)
            tokens = tokens[1:]  # the closing bracket
        if not tokens or tokens[0] == ")":
            break
        tokens = tokens[1:]  # a comma
    return tree, tokens


def _merge(into: Tree, other: Tree) -> None:
    for name, below in other.items():
        _merge(into.setdefault(name, {}), below)


def _check(tree: Tree, shape: str, path: tuple[str, ...]) -> None:
    for name, below in tree.items():
        kind = SHAPES[shape].get(name)
        here = (*path, name)
        if name == "*":
            continue
        if kind is None:
            where = ".".join(here)
            text = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{where}'."
            raise invalid(
                "Request contains an invalid argument.",
                [
                    {
                        "@type": "type.googleapis.com/google.rpc.BadRequest",
                        "fieldViolations": [{"field": where, "description": text}],
                    }
                ],
            )
        inner = kind[0] if isinstance(kind, list) else kind
        if isinstance(inner, str) and inner in SHAPES:
            _check(below, inner, here)


def select(tree: Tree, value: JsonObject) -> JsonObject:
    """The part of ``value`` the mask names. Objects left empty stay, as ``{}``, so that lists keep their positions."""
    if not tree:
        return value
    if "*" in tree:
        return {name: _select_below(tree["*"], below) for name, below in value.items()}
    return {name: _select_below(tree[name], below) for name, below in value.items() if name in tree}


def _select_below(tree: Tree, value: Any) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_select_below(tree, item) for item in value]
    return select(tree, value) if isinstance(value, dict) else value


def wants(tree: Tree, *path: str) -> bool:
    """Whether anything at or below ``path`` was asked for."""
    for name in path:
        if not tree:
            return True
        if name not in tree and "*" not in tree:
            return False
        tree = tree[name] if name in tree else tree["*"]
    return True


def for_update(mask: str | None) -> Tree:
    """The mask inside a request. Raises SheetsError 400 when nothing is listed."""
    if not mask or not mask.strip():
        raise invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    tree = parse(mask)
    return {} if "*" in tree else tree


def merged(tree: Tree, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """``old`` with the fields the mask names taken from ``new``; a named field that ``new`` lacks is cleared."""
    if not tree:
        return dict(new)
    result = dict(old)
    for name, below in tree.items():
        if not below or isinstance(new.get(name, old.get(name)), list):  # lists are written whole
            if name in new:
                result[name] = new[name]
            else:
                result.pop(name, None)
        else:
            inside = merged(below, result.get(name) or {}, new.get(name) or {})
            if inside:
                result[name] = inside
            else:
                result.pop(name, None)
    return result
