"""A desk with one spreadsheet, addressed the way HTTP addresses it but without a server in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.sheets import methods
from sandbox.sheets.desk import Desk
from sandbox.sheets.schema import read
from sandbox.sheets.spreadsheet import Spreadsheet

BOOK = "the-spreadsheet"


class Api:
    """Calls methods of the Sheets API on one spreadsheet; raises SheetsError where HTTP would answer it."""

    def __init__(self, locale: str = "en_US") -> None:
        self.desk = Desk()
        self.desk.create_with_sheet("Book", spreadsheet_id=BOOK, locale=locale)

    @property
    def book(self) -> Spreadsheet:
        return self.desk.spreadsheets[BOOK]

    def call(self, verb: str, path: str = "", body: object = None, **query: str | Sequence[str]) -> dict[str, Any]:
        found = methods.find(verb, f"/v4/spreadsheets/{BOOK}{path}")
        assert found, f"no method for {verb} {path}"
        method, parts = found
        listed = {name: [value] if isinstance(value, str) else list(value) for name, value in query.items()}
        answer = methods.perform(self.desk, method, parts, listed, body)
        read(method.answer, answer)  # no field that Google does not have, no value of another type
        return answer

    def batch(self, *requests: Mapping[str, Any], **rest: Any) -> dict[str, Any]:
        return self.call("POST", ":batchUpdate", {"requests": list(requests), **rest})

    def values(self, a1: str, **query: str) -> list[list[object]]:
        found: list[list[object]] = self.call("GET", f"/values/{quote(a1, safe='')}", **query).get("values", [])
        return found

    def put(self, a1: str, values: object, option: str = "RAW", **query: str) -> dict[str, Any]:
        path = f"/values/{quote(a1, safe='')}"
        return self.call("PUT", path, {"values": values}, valueInputOption=option, **query)

    def append(self, a1: str, values: object, **query: str) -> dict[str, Any]:
        query = {"valueInputOption": "RAW", **query}
        return self.call("POST", f"/values/{quote(a1, safe='')}:append", {"values": values}, **query)

    def get(self, **query: str | Sequence[str]) -> dict[str, Any]:
        return self.call("GET", **query)

    def cell(self, a1: str, fields: str = "userEnteredValue") -> dict[str, Any]:
        """CellData of one cell, ``{}`` when it is empty."""
        answer = self.get(ranges=a1, fields=f"sheets.data.rowData.values({fields})")
        rows = answer["sheets"][0]["data"][0].get("rowData", [{}])
        found: dict[str, Any] = next(iter(rows[0].get("values", [{}])))
        return found


@pytest.fixture
def api() -> Api:
    return Api()
