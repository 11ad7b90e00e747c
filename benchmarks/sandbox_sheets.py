"""How long does the desk take for one answer, with 30,000 rows of 60 columns in a sheet?

Measured inside the process, from the parts of a request to its answer, without HTTP: the processor's time, the best of
a few. The two calls a careful mirror makes for a flush are the first two.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.sheets import methods, page
from sandbox.sheets.desk import Desk

ROWS, COLUMNS = 30_000, 60
ROUNDS = 3
BOOK = "big"
ANSWER = Path(__file__).with_suffix(".md")


class Big:
    """A spreadsheet of that size; keys in the first column, dates in the second."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.desk.create_with_sheet("Big", spreadsheet_id=BOOK, locale="ru_RU")
        self.chance = random.Random(7)
        self.token = 0
        size = {"rowCount": ROWS + 1, "columnCount": COLUMNS}
        self.batch(
            {
                "updateSheetProperties": {
                    "properties": {"sheetId": 0, "gridProperties": size},
                    "fields": "gridProperties(rowCount,columnCount)",
                }
            },
            {"addSheet": {"properties": {"sheetId": 12, "title": "Pivot"}}},
        )
        self.call("PUT", "/values/A1", {"values": [[f"Столбец {column}" for column in range(COLUMNS)]]}, RAW)
        for start in range(0, ROWS, 3000):
            rows = [self.row(key) for key in range(start, start + 3000)]
            self.call("PUT", f"/values/A{start + 2}", {"values": rows}, RAW)

    def row(self, key: int) -> list[object]:
        texts = ("Розница", "Опт", "Маркетплейсы", "Услуги")
        rest = [self.chance.choice(texts) if column % 2 else key * column % 97 for column in range(COLUMNS - 2)]
        return [str(key), 45_000 + key * 0.01, *rest]

    def call(self, verb: str, path: str, body: object = None, query: Mapping[str, Sequence[str]] | None = None) -> Any:
        found = methods.find(verb, f"/v4/spreadsheets/{BOOK}{path}")
        if found is None:
            raise LookupError(path)
        return methods.perform(self.desk, *found, query or {}, body)

    def batch(self, *requests: Mapping[str, Any]) -> Any:
        return self.call("POST", ":batchUpdate", {"requests": list(requests)})

    # The questions

    def keys_and_heading(self) -> None:
        filters = [
            {"gridRange": {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1}},
            {"gridRange": {"sheetId": 0, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}},
        ]
        body = {"dataFilters": filters, "valueRenderOption": "UNFORMATTED_VALUE"}
        self.call("POST", "/values:batchGetByDataFilter", body)

    def three_hundred_rows(self) -> None:
        self.token += 1
        where = {"spreadsheet": True}
        token = {"metadataId": self.token, "metadataKey": "f", "visibility": "DOCUMENT", "location": where}
        writes = [
            {
                "updateCells": {
                    "start": {"sheetId": 0, "rowIndex": key + 1, "columnIndex": 0},
                    "rows": [{"values": [_typed(value) for value in self.row(key)]}],
                    "fields": "userEnteredValue",
                }
            }
            for key in range(0, ROWS, ROWS // 300)
        ]
        body = {
            "requests": [{"createDeveloperMetadata": {"developerMetadata": token}}, *writes],
            "includeSpreadsheetInResponse": True,
            "responseRanges": ["A2:A"],
            "responseIncludeGridData": True,
        }
        shown = "replies,updatedSpreadsheet.sheets(properties.sheetId,data.rowData.values.effectiveValue)"
        self.call("POST", ":batchUpdate", body, {"fields": [shown]})

    def metadata_by_key(self) -> None:
        lookup = {"developerMetadataLookup": {"metadataKey": "f"}}
        self.call("POST", "/developerMetadata:search", {"dataFilters": [lookup]})

    def everything(self) -> None:
        self.call("GET", "/values/Sheet1")

    def one_more_row(self) -> None:
        self.call("POST", "/values/A1:append", {"values": [self.row(ROWS)]}, RAW)

    def row_in_the_middle(self) -> None:
        at = {"sheetId": 0, "dimension": "ROWS", "startIndex": 100, "endIndex": 101}
        self.batch({"insertDimension": {"range": at}})

    def column_in_the_middle(self) -> None:
        at = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 3, "endIndex": 4}
        self.batch({"insertDimension": {"range": at}})
        self.batch({"deleteDimension": {"range": at}})

    def sorted_by_date(self) -> None:
        specs = [{"dimensionIndex": 1, "sortOrder": self.chance.choice(["ASCENDING", "DESCENDING"])}]
        self.batch({"sortRange": {"range": {"sheetId": 0, "startRowIndex": 1}, "sortSpecs": specs}})

    def pivot_by_month(self) -> None:
        month = {"sourceColumnOffset": 1, "showTotals": True, "groupRule": {"dateTimeRule": {"type": "YEAR_MONTH"}}}
        pivot = {
            "source": {"sheetId": 0, "startRowIndex": 0, "startColumnIndex": 0, "endColumnIndex": COLUMNS},
            "rows": [month],
            "columns": [{"sourceColumnOffset": 3, "showTotals": True}],
            "values": [{"sourceColumnOffset": 6, "summarizeFunction": "SUM"}],
        }
        cell = {"pivotTable": pivot}
        self.batch({"updateCells": {"start": {"sheetId": 12}, "rows": [{"values": [cell]}], "fields": "pivotTable"}})
        self.call("GET", "/values/Pivot")

    def page_in_the_browser(self) -> None:
        page.spreadsheet(self.desk.spreadsheets[BOOK], 0)


RAW = {"valueInputOption": ["RAW"]}
QUESTIONS: Mapping[str, Callable[[Big], None]] = {
    "heading and key column by data filter": Big.keys_and_heading,
    "batchUpdate of 300 rows among them, key column in the answer": Big.three_hundred_rows,
    "metadata by key": Big.metadata_by_key,
    "all values": Big.everything,
    "append": Big.one_more_row,
    "a row inserted": Big.row_in_the_middle,
    "a column inserted and deleted": Big.column_in_the_middle,
    "sorted": Big.sorted_by_date,
    "pivot table by month, written and read": Big.pivot_by_month,
    "a page in the browser": Big.page_in_the_browser,
}


def _typed(value: object) -> dict[str, Any]:
    kind = "stringValue" if isinstance(value, str) else "numberValue"
    return {"userEnteredValue": {kind: value}}


def best(big: Big, question: Callable[[Big], None]) -> float:
    """Milliseconds of the processor."""
    found = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        question(big)
        found.append(time.process_time() - begin)
    return min(found) * 1000


def main() -> None:
    big = Big()
    table = Table("question", "ms")
    lines = []
    for name, question in QUESTIONS.items():
        took = best(big, question)
        table.add_row(name, f"{took:.0f}")
        lines.append(f"| {name} | {took:.0f} |")
    Console().print(table)
    title = "# Size of a spreadsheet on the desk\n\n"
    about = (
        f"Last answer of `.venv/bin/python -m benchmarks.sandbox_sheets`: {ROWS:,} rows of {COLUMNS} columns,\n"
        f"{ROWS * COLUMNS:,} cells; milliseconds of one processor core, the best of {ROUNDS}.\n\n"
    )
    head = "| question | ms |\n| --- | ---: |\n"
    ANSWER.write_text(title + about + head + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
