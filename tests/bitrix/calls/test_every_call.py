"""What holds for all of `bitrix.calls`: where it comes from is said."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

import bitrix.calls
from bitrix.call import Call

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


def test_there_are_calls() -> None:
    assert len(functions()) > 50


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.__name__)
def test_a_call_names_its_page(function: Callable[..., Any]) -> None:
    page = r"(?:Source: |api-reference/\S+\.md)"
    assert re.search(page, function.__doc__ or "") or function.__name__ == "add_options"
