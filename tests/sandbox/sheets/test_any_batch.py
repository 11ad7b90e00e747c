"""Whatever Google's schema allows is applied or refused by name, and what it leaves behind can be read."""

from __future__ import annotations

import contextlib
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.sheets import page
from sandbox.sheets.errors import SheetsError
from sandbox.sheets.requests import HANDLERS
from sandbox.sheets.schema import SHAPES, UNIONS
from tests.sandbox.sheets.conftest import Api

DEEPEST = 7
TEXTS = ("x", "Sheet1", "A1:B2", "5", "=A1+1", "=SUM(A1:B3)", "=IF(", "", "en_US", "Etc/GMT")
NUMBERS = {"int32": (0, 0, 1, 2, 3, 5, 20, 2000, -1), "double": (0, 1, 0.5, 10, -3.2)}
SCALARS = (1, "x", None, True, "=A1+1", "01.02.2026")
MASKS = ("*", "userEnteredValue", "userEnteredFormat", "pivotTable", "range", "title", "spec", "name", "properties")


def something(kind: Any, depth: int, chance: Random) -> Any:
    """A value of that kind of the schema."""
    if isinstance(kind, list):
        return [something(kind[0], depth + 1, chance) for _ in range(chance.choice([0, 1, 1, 2]))]
    if isinstance(kind, dict):
        return {str(chance.randrange(3)): something(kind["*"], depth + 1, chance)}
    if kind in SHAPES:
        return a_message(kind, depth, chance)
    if kind.startswith("enum "):
        return chance.choice(kind.split()[1:])
    if kind == "boolean":
        return chance.random() < 0.5
    if kind in {"int32", "double", "float"}:
        return chance.choice(NUMBERS["int32" if kind == "int32" else "double"])
    return chance.choice({"fieldmask": MASKS, "any": SCALARS}.get(kind, TEXTS))


def a_message(shape: str, depth: int, chance: Random) -> dict[str, Any]:
    if depth > DEEPEST:
        return {}
    likely = 0.75 if depth < 4 else 0.4
    made = {
        name: something(kind, depth + 1, chance) for name, kind in SHAPES[shape].items() if chance.random() < likely
    }
    if shape in UNIONS:
        for extra in [name for name in made if name in UNIONS[shape][1]][1:]:
            del made[extra]
    return made


@settings(max_examples=60)
@given(st.integers(0, 2**32).map(Random))  # a number each: drawn choice by choice, the smallest batch is a huge one
def test_any_batch_is_applied_or_refused_and_can_be_read(chance: Random) -> None:
    api = Api(chance.choice(["en_US", "ru_RU"]))
    api.batch({"updateSheetProperties": {
        "properties": {"sheetId": 0, "gridProperties": {"rowCount": 60}}, "fields": "gridProperties.rowCount",
    }})  # fmt: skip
    api.put("A1", [["a", "b", "c"], [1, 2, "x"], [4, 5, "y"], ["=A2", "=SUM(A1:A3)", True]], "USER_ENTERED")
    for kind in chance.sample(sorted(HANDLERS), 12):
        with contextlib.suppress(SheetsError):
            api.batch({kind: something(SHAPES["Request"][kind], 0, chance)})
    shown = api.get(ranges=["A1:AB30"], includeGridData="true")
    assert shown["sheets"][0]["data"]
    assert api.call("GET", "/values/A1:Z50")["range"]
    for sheet in api.book.sheets:
        assert "</html>" in page.spreadsheet(api.book, sheet.id)
