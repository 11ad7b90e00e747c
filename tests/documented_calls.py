"""A call of ours against the vendor's description of the method: names, types, what is required.

The facts are those of ``sandbox/coverage/documented`` (pages and machine-readable descriptions of the documentation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bitrix.call import Call
from sandbox.coverage.facts import Facts, Parameter, facts, index

OPERATORS = re.compile(r"^(?:!=%|!%=|!@|!%|!=|=%|%=|<=|>=|><|!|=|%|@|<|>)+")
USER_FIELD = re.compile(r"UF_[A-Z0-9_]+")
PARENT = re.compile(r"parentId\d+")
TABS = {1: "Лид", 2: "Сделка", 3: "Контакт", 4: "Компания", 7: "Предложение", 31: "Счет"}
SMART_PROCESS = "Смарт-процесс"
MADE_OF_FIELDS = ("fields", "field", "FIELDS", "ARFIELDS")

SLIPS: Mapping[tuple[str, str], str] = {
    # examples of the page send maps
    ("user.get", "FILTER"): "object",
    # a list in the example of the page, which calls both "object"
    ("crm.stagehistory.list", "select"): "array",
    # a map with FORCED in every example of the page
    ("crm.status.delete", "params"): "object",
    # "one id or a list" (the table says so in words)
    ("sonet_group.user.add", "USER_ID"): "any",
}
"""Types that a page gives wrongly, and what is meant."""

ALSO_NAMED: Mapping[str, frozenset[str]] = {
    # tutorials/crm/how-to-add-crm-objects/how-to-add-user-field-to-spa.md filters by it
    "userfieldconfig.list": frozenset({"entityId"}),
    # api-reference/tasks/tasks-task-list.md names it in prose: STATUS without what is only a hint
    "tasks.task.list": frozenset({"REAL_STATUS"}),
}
"""Names inside filters and fields that are documented on another page than the method's, or outside of its tables."""


def mistakes(call: Call[Any]) -> list[str]:
    """What the documentation would object to; empty for a right call."""
    entry = index().get((call.method.lower(), 2))
    if entry is None:
        return [f"{call.method} is not documented"]
    found = facts(call.method)
    assert found is not None, f"the facts of {call.method} are not gathered"
    spelling = [] if entry.method == call.method else [f"{call.method} is written {entry.method}"]
    if isinstance(call.params, Mapping):
        return spelling + list(named_mistakes(call.method, call.params, found))
    return spelling + list(positional_mistakes(call.method, call.params, found))


def positional_mistakes(method: str, sent: Sequence[Any], found: Facts) -> Iterator[str]:
    described = list(found.parameters.items())
    if len(sent) > len(described):
        yield f"{method}: {len(sent)} values for {len(described)} parameters"
    for number, (name, parameter) in enumerate(described):
        if number < len(sent):
            yield from value_mistakes(method, name, parameter, sent[number], found, sent)
        elif parameter.required:
            yield f"{method}: {name} is missing"


def named_mistakes(method: str, sent: Mapping[str, Any], found: Facts) -> Iterator[str]:
    for name, parameter in found.parameters.items():
        if parameter.required and sent.get(name) is None:
            yield f"{method}: {name} is missing"
    for name, value in sent.items():
        described = found.parameters.get(name)
        if described is None:
            yield f"{method}: there is no parameter {name}"
        else:
            yield from value_mistakes(method, name, described, value, found, sent)


def value_mistakes(method: str, name: str, described: Parameter, value: Any, found: Facts, sent: Any) -> Iterator[str]:
    wanted = SLIPS.get((method, name), described.type)
    if not is_of(wanted, value):
        yield f"{method}: {name} wants {wanted}, not {value!r}"
        return
    role = name.lower()
    if name in MADE_OF_FIELDS:
        types = fields_of(method, described, found, sent)
        for inner, one in value.items():
            if not is_known(inner, types or found.named, method):
                yield f"{method}: {name} has no {inner}"
            elif inner in types and not is_of(types[inner], one):
                yield f"{method}: {name}.{inner} wants {types[inner]}, not {one!r}"
    elif role in ("filter", "order", "select") and not isinstance(value, str):
        names = value if isinstance(value, Mapping) and role != "select" else select_names(value)
        for inner in names:
            bare = OPERATORS.sub("", inner)
            if not is_known(bare, {*described.members, *found.named}, method):
                yield f"{method}: nothing to {role} by: {inner}"
        if role == "order":
            yield from (f"{method}: order {one!r}" for one in value.values() if str(one).upper() not in ("ASC", "DESC"))


def select_names(value: Any) -> list[str]:
    """``userfieldconfig.list`` takes a map whose numbered values are names, beside ``language``."""
    values = [one for key, one in value.items() if key.isdecimal()] if isinstance(value, Mapping) else value
    return [one for one in values if one not in ("*", "UF_*")]


def fields_of(method: str, described: Parameter, found: Facts, sent: Any) -> Mapping[str, str]:
    """Names and types: those of the type of CRM object where the page tells them apart."""
    if found.fields_of:
        return found.fields_of[TABS.get(sent["entityTypeId"], SMART_PROCESS)]
    return described.members


def is_known(name: str, names: Any, method: str) -> bool:
    """Tasks are asked with ``RESPONSIBLE_ID`` and answer with ``responsibleId``: one name."""
    if USER_FIELD.fullmatch(name) or PARENT.fullmatch(name):
        return True
    known = {*names, *ALSO_NAMED.get(method, ())}
    return name in known or (method.startswith("tasks.") and plain(name) in {plain(one) for one in known})


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def is_of(wanted: str, value: Any) -> bool:
    """Whether a value is of a documented type. The documentation calls maps and lists by either name."""
    check = CHECKS.get(wanted)
    return value is None or check is None or check(value)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_moment(value: Any) -> bool:
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$", value) is not None


CHECKS = {
    "integer": lambda value: is_number(value) and not isinstance(value, float),
    "user": lambda value: is_number(value),
    "number": is_number,
    "double": is_number,
    "string": lambda value: isinstance(value, str),
    "text": lambda value: isinstance(value, str),
    "crm_status": lambda value: isinstance(value, str),
    "char": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool) or value in ("Y", "N", "true", "false", 0, 1),
    "array": lambda value: isinstance(value, (Sequence, Mapping)) and not isinstance(value, str),
    "object": lambda value: isinstance(value, (Sequence, Mapping)) and not isinstance(value, str),
    "datetime": is_moment,
    "date": lambda value: isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) is not None,
}
"""Types not listed may hold anything."""
