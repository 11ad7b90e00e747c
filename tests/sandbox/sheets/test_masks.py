"""Field masks of answers and of requests."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.sheets import masks
from sandbox.sheets.errors import SheetsError


@pytest.mark.parametrize(
    ("mask", "tree"),
    [
        ("replies", {"replies": {}}),
        ("a.b,a/c", {"a": {"b": {}, "c": {}}}),
        ("sheets(properties.title,data.rowData)", {"sheets": {"properties": {"title": {}}, "data": {"rowData": {}}}}),
        ("sheets.properties(sheetId, title)", {"sheets": {"properties": {"sheetId": {}, "title": {}}}}),
        ("a(b(c,d),e),f", {"a": {"b": {"c": {}, "d": {}}, "e": {}}, "f": {}}),
        ("grid_properties.row_count", {"gridProperties": {"rowCount": {}}}),
        ("*", {"*": {}}),
    ],
)  # fmt: skip
def test_parsing(mask: str, tree: masks.Tree) -> None:
    assert masks.parse(mask) == tree


@pytest.mark.parametrize("mask", ["a(b", "a)b", "()", ","])
def test_what_does_not_parse(mask: str) -> None:
    with pytest.raises(SheetsError) as refusal:
        masks.parse(mask)
    assert refusal.value.code == 400


def test_a_field_the_message_does_not_have_is_named() -> None:
    with pytest.raises(SheetsError) as refusal:
        masks.parse("sheets.colour", root="Spreadsheet")
    assert "sheets.colour" in str(refusal.value.details)


@pytest.mark.parametrize(
    ("mask", "selected"),
    [
        ("a", {"a": {"b": 1, "c": [{"d": 2}, {}]}}),
        ("a.b", {"a": {"b": 1}}),
        ("a.c.d", {"a": {"c": [{"d": 2}, {}]}}),  # lists keep their positions
        ("a.nothing", {"a": {}}),
        ("e", {}),
        ("*.b", {"a": {"b": 1}}),
    ],
)
def test_selecting(mask: str, selected: dict[str, Any]) -> None:
    assert masks.select(masks.parse(mask), {"a": {"b": 1, "c": [{"d": 2}, {}]}}) == selected


@pytest.mark.parametrize(
    ("mask", "new", "after"),
    [
        ("a", {"a": 9}, {"a": 9, "b": {"c": 2, "d": 3}}),
        ("a", {}, {"b": {"c": 2, "d": 3}}),  # named and not given: cleared
        ("b.c", {"b": {"c": 9}}, {"a": 1, "b": {"c": 9, "d": 3}}),
        ("b.c,b.d", {}, {"a": 1}),
        ("e.f", {"e": {"f": 5, "g": 6}}, {"a": 1, "b": {"c": 2, "d": 3}, "e": {"f": 5}}),
    ],
)
def test_merging(mask: str, new: dict[str, Any], after: dict[str, Any]) -> None:
    assert masks.merged(masks.parse(mask), {"a": 1, "b": {"c": 2, "d": 3}}, new) == after


def test_a_request_must_name_what_it_updates() -> None:
    with pytest.raises(SheetsError, match="At least one field must be listed in 'fields'"):
        masks.for_update("")
    assert masks.for_update("*") == {}
