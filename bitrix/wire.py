"""PHP's way to write nested parameters into a query string or form, and to read them back.

``{"filter": {">ID": 5}, "select": ["ID"]}`` travels as ``filter[>ID]=5&select[0]=ID``, percent-encoded.
Source: settings/how-to-call-rest-api/data-encoding.md. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from bitrix.call import JSON

MOST_FIELDS = 2000
DEEPEST = 12

_KEY = re.compile(r"(?P<head>[^\[\]]+)(?P<rest>(?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


class BadForm(ValueError):
    """A body that is not a form PHP would write."""


def encode(params: Mapping[str, JSON] | Sequence[JSON]) -> str:
    """The query string of these parameters; a sequence counts positions from 0.

    True and false become 1 and 0, null and empty collections an empty value.
    """
    pairs = params.items() if isinstance(params, Mapping) else ((str(i), each) for i, each in enumerate(params))
    return urlencode([pair for name, value in pairs for pair in _flat(name, value)])


def command(method: str, params: Mapping[str, JSON] | Sequence[JSON]) -> str:
    """One command of a batch: ``crm.item.get?entityTypeId=2&id=42`` (settings/how-to-call-rest-api/batch.md)."""
    query = encode(params)
    return f"{method}?{query}" if query else method


def _flat(name: str, value: JSON) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(f"{name}[{key}]", each)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for index, each in enumerate(value):
            yield from _flat(f"{name}[{index}]", each)
    else:
        yield name, _scalar(value)


def _scalar(value: JSON) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, str | int | float) else ""


Form = dict[str, "str | Form"]
"""A decoded form: every value is text, every nesting a map (lists are maps with keys "0", "1", ...)."""


def decode_form(body: bytes) -> Form:
    """The nested values of an ``application/x-www-form-urlencoded`` body. Raises BadForm, and nothing else."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise BadForm("the body is not percent-encoded UTF-8") from None
    except ValueError as error:
        raise BadForm(f"the body is not a form: {str(error)[:80]}") from None
    form: Form = {}
    for name, value in pairs:
        _put(form, name, value)
    return form


def _put(form: Form, name: str, value: str) -> None:
    match = _KEY.fullmatch(name)
    if match is None:
        raise BadForm(f"a field name that PHP would not write: {name[:40]!r}")
    path = [match["head"], *_STEP.findall(match["rest"])]
    if len(path) > DEEPEST:
        raise BadForm(f"nested deeper than {DEEPEST} levels: {name[:40]!r}")
    place = form
    for step in path[:-1]:
        inner = place.setdefault(_named(step, place), {})
        if isinstance(inner, str):
            raise BadForm(f"{name[:40]!r} is both a value and a group")
        place = inner
    last = _named(path[-1], place)
    if last in place:
        raise BadForm(f"given twice: {name[:40]!r}")
    place[last] = value


def _named(step: str, place: Form) -> str:
    """``[]`` means the next number, as in PHP."""
    return step or str(len(place))
