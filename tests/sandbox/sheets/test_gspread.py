"""gspread, as its users use it, against the desk over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gspread
import pytest
from google.auth.credentials import AnonymousCredentials

from sandbox.sheets.desk import Desk
from tests.sheets_sync.conftest import serve


@pytest.fixture(scope="module")
def client() -> Iterator[gspread.Client]:
    with serve(Desk()) as base:

        class ToTheDesk(gspread.HTTPClient):
            def request(self, method: str, endpoint: str, *args: Any, **rest: Any) -> Any:
                for origin in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                    endpoint = endpoint.replace(origin, base)
                return super().request(method, endpoint, *args, **rest)

        opened = gspread.Client(AnonymousCredentials(), http_client=ToTheDesk)
        yield opened
        opened.http_client.session.close()


@pytest.fixture
def sheet(client: gspread.Client) -> gspread.Worksheet:
    return client.create("Качество").sheet1


def test_files(client: gspread.Client) -> None:
    made = client.create("Единственная")
    assert client.open_by_key(made.id).title == "Единственная"
    assert client.open("Единственная").id == made.id
    copied = client.copy(made.id, title="Копия")
    client.del_spreadsheet(made.id)
    assert [one.title for one in client.openall("Копия")] == [copied.title]
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("Единственная")


def test_sheets(sheet: gspread.Worksheet) -> None:
    book = sheet.spreadsheet
    added = book.add_worksheet("Отчёт", rows=5, cols=3, index=0)
    added.update_title("Итоги")
    assert [one.title for one in book.worksheets()] == ["Итоги", "Sheet1"]
    added.resize(rows=7)
    added.freeze(rows=1, cols=1)
    again = book.worksheet("Итоги")
    assert (again.row_count, again.frozen_row_count, again.frozen_col_count) == (7, 1, 1)
    book.reorder_worksheets([sheet, again])
    assert [one.title for one in book.worksheets()] == ["Sheet1", "Итоги"]
    again.hide()
    assert [one.title for one in book.worksheets(exclude_hidden=True)] == ["Sheet1"]
    book.duplicate_sheet(sheet.id, new_sheet_name="Копия листа")
    book.del_worksheet(again)
    assert {one.title for one in book.worksheets()} == {"Sheet1", "Копия листа"}
    book.update_title("Новое имя")
    book.update_locale("ru_RU")
    assert (book.title, book.locale) == ("Новое имя", "ru_RU")


def test_values(sheet: gspread.Worksheet) -> None:
    sheet.update([["Имя", "Часы"], ["Анна", 2.5], ["Борис", 3]], "A1")
    sheet.append_row(["Вера", "=1+1"], value_input_option=gspread.utils.ValueInputOption.user_entered)
    assert sheet.get_all_records() == [
        {"Имя": "Анна", "Часы": 2.5},
        {"Имя": "Борис", "Часы": 3},
        {"Имя": "Вера", "Часы": 2},
    ]
    assert sheet.col_values(1) == ["Имя", "Анна", "Борис", "Вера"]
    assert sheet.acell("B4", value_render_option=gspread.utils.ValueRenderOption.formula).value == "=1+1"
    found = sheet.find("Борис")
    assert found
    assert (found.row, found.col) == (3, 1)
    sheet.batch_update([{"range": "A2", "values": [["Аня"]]}, {"range": "B3", "values": [[4]]}])
    assert sheet.batch_get(["A2:B2", "B3"]) == [[["Аня", "2.5"]], [["4"]]]
    sheet.batch_clear(["A2:B2"])
    assert sheet.row_values(2) == []
    sheet.clear()
    assert sheet.get_all_values() == [[]]


def test_rows_and_columns(sheet: gspread.Worksheet) -> None:
    sheet.append_rows([["b"], ["a"], ["c"]])
    sheet.insert_row(["new"], index=2)
    assert sheet.col_values(1) == ["b", "new", "a", "c"]
    sheet.delete_rows(1)
    sheet.sort((1, "asc"), range="A1:A3")
    assert sheet.col_values(1) == ["a", "c", "new"]
    sheet.insert_cols([["left"]])
    assert sheet.row_values(1) == ["left", "a"]
    sheet.resize(rows=50)
    sheet.hide_rows(0, 1)
    assert sheet.spreadsheet.worksheet("Sheet1").row_count == 50


def test_looks(sheet: gspread.Worksheet) -> None:
    sheet.format("A1:B1", {"textFormat": {"bold": True}})
    sheet.merge_cells("A2:B2")
    sheet.set_basic_filter("A1:B9")
    sheet.insert_note("A1", "заметка")
    sheet.define_named_range("A1:B2", "Таблица")
    sheet.add_protected_range("A1:A1", warning_only=True, description="не трогать")
    metadata = sheet.spreadsheet.fetch_sheet_metadata()
    (shown,) = metadata["sheets"]
    assert {"merges", "basicFilter", "protectedRanges"} <= shown.keys()
    assert metadata["namedRanges"][0]["name"] == "Таблица"
    assert sheet.get_note("A1") == "заметка"
    sheet.update_note("A1", "")
    assert sheet.get_note("A1") == ""


def test_refusals(sheet: gspread.Worksheet, client: gspread.Client) -> None:
    with pytest.raises(gspread.exceptions.APIError, match="Unable to parse range"):
        sheet.spreadsheet.values_get("Nowhere!A1")
    with pytest.raises(gspread.exceptions.APIError, match="already exists"):
        sheet.spreadsheet.add_worksheet("Sheet1", 1, 1)
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key("nobody")
