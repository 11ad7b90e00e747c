"""What holds for all of `bitrix.calls`: where a call comes from is said, and it is what the documentation describes."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

import bitrix.calls
from bitrix.call import Call
from bitrix.calls.userfields import EnumValue, UserField
from bitrix.refs import DEAL, ItemRef
from sandbox.coverage.facts import index
from tests.documented_calls import mistakes

NAMES = [module.name for module in pkgutil.iter_modules(bitrix.calls.__path__)]


def functions() -> list[Callable[..., Any]]:
    modules = [importlib.import_module(f"bitrix.calls.{name}") for name in NAMES]
    return [
        function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_") and _makes_a_call(function)
    ]


def _makes_a_call(function: Callable[..., Any]) -> bool:
    return getattr(get_type_hints(function).get("return"), "__origin__", None) is Call


FUNCTIONS = pytest.mark.parametrize("function", functions(), ids=lambda function: function.__name__)


def test_there_are_calls() -> None:
    assert len(functions()) > 50


@FUNCTIONS
def test_a_call_names_its_page(function: Callable[..., Any]) -> None:
    pages = re.findall(r"(?:api-reference|settings)/\S+?\.md", function.__doc__ or "")
    assert [page for page in pages if page not in PAGES] == []
    methods = {call.method.lower() for call in samples(function)}
    described = {entry.method.lower() for entry in index().values() if entry.page in pages}
    assert methods <= described or function.__name__ == "add_options"


PAGES = {entry.page for entry in index().values()} | {
    "api-reference/tasks/fields.md",
    "api-reference/common/system/index.md",
}
"""Pages of methods, and those about several that calls refer to."""


@FUNCTIONS
def test_a_call_is_what_the_documentation_describes(function: Callable[..., Any]) -> None:
    """With every argument given, with as few as possible, and as the client reads it page by page."""
    assert [mistake for call in samples(function) for mistake in mistakes(call)] == []


def samples(function: Callable[..., Any]) -> Iterator[Call[Any]]:
    wanted = inspect.signature(function, eval_str=True).parameters
    everything = {name: sample(name, one.annotation, function) for name, one in wanted.items()}
    needed = {name: everything[name] for name, one in wanted.items() if one.default is inspect.Parameter.empty}
    for arguments in (everything, needed):
        call = function(**arguments)
        yield call
        if call.keyset is not None:
            yield call.keyset.above(call, 50)
            yield call.keyset.among(call, [50, 51])


def sample(name: str, annotation: Any, function: Callable[..., Any]) -> Any:
    """A value of the annotated type; ids, titles and moments as a caller would give them."""
    if name in ("where", "fields", "order", "select", "settings", "flags"):
        return MAPS[function.__module__.rpartition(".")[2]].get(name, {})
    kinds = [one for one in get_args(annotation) if one is not NoneType]
    if get_origin(annotation) is UnionType or get_origin(annotation) is type(int | None):
        return sample(name, kinds[0], function)
    if get_origin(annotation) is Literal:
        return kinds[0]
    if get_origin(annotation) is Sequence:
        inner = kinds[0]
        return [("code", "Значение")] if get_origin(inner) is tuple else [sample(name, inner, function)]
    return SAMPLES[annotation]


SAMPLES: Mapping[Any, Any] = {
    int: 7,
    str: "x",
    bool: True,
    datetime: datetime(2026, 1, 15, 12, 0, tzinfo=UTC),
    date: date(2026, 1, 15),
    ItemRef: ItemRef(DEAL, 7),
    UserField: UserField(7, "CRM_7", "UF_CRM_7_KIND", "enumeration", False, False, "", (EnumValue(8, "а", "a", 100),)),
}
MAPS: Mapping[str, Mapping[str, Any]] = {
    "groups": {"where": {"NAME": "Качество"}},
    "items": {
        "where": {">=updatedTime": "2026-01-15T12:00:00+03:00", "parentId2": 7, "@stageId": ["C6:WON"]},
        "fields": {"title": "Разбор", "stageId": "C6:WON", "UF_CRM_7_KIND": 8},
        "order": {"id": "ASC"},
        "select": ["id", "title", "stageId"],
    },
    "stage_history": {"where": {">ID": 7, "@TYPE_ID": [1, 3]}, "order": {"ID": "ASC"}, "select": ["ID", "STAGE_ID"]},
    "statuses": {"where": {"ENTITY_ID": "DEAL_STAGE"}},
    "tasks": {
        "where": {"!REAL_STATUS": 5, "UF_CRM_TASK": ["D_7"]},
        "fields": {"TITLE": "Разобрать", "RESPONSIBLE_ID": 7, "XML_ID": "capa24"},
        "order": {"ID": "asc"},
    },
    "timeline": {"order": {"ID": "ASC"}},
    "types": {"where": {"title": "Разбор"}, "flags": {"isStagesEnabled": True}},
    "userfields": {"settings": {"DISPLAY": "LIST"}},
    "users": {"where": {"ACTIVE": True, "UF_DEPARTMENT": 7}},
}
"""What callers put into the maps of each section."""
