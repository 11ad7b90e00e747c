"""What the cells of a spreadsheet come to: formulas calculated, pivot tables spread out, numbers shown as text.

One ``Calculation`` serves one answer; it remembers what it has worked out and is thrown away after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.sheets import formats, formulas
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import SheetsError
from sandbox.sheets.formulas import FormulaError, Value
from sandbox.sheets.pivots import Spread, spread
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

_DATES = frozenset({"DATE", "TIME", "DATE_TIME"})


class Calculation:
    def __init__(self, book: Spreadsheet) -> None:
        self.book = book
        self.place = formats.locale(book.properties["locale"])
        self._formulas: dict[tuple[int, int, int], Value | FormulaError] = {}
        self._running: set[tuple[int, int, int]] = set()
        self._spreads: dict[int, Spread] = {}

    def value(self, sheet: Sheet, row: int, column: int) -> Value | FormulaError:
        """The calculated value; None for an empty cell."""
        return self.value_of(sheet, row, column, sheet.grid.cell(row, column))

    def value_of(self, sheet: Sheet, row: int, column: int, cell: Cell | None) -> Value | FormulaError:
        entered = (cell or {}).get("userEnteredValue")
        if entered is None:
            return self.spread(sheet).values.get((row, column))
        if "formulaValue" in entered:
            return self._formula(sheet, row, column, entered["formulaValue"])
        value: Value = next(iter(entered.values()), None)
        return value

    def number_format(self, sheet: Sheet, row: int, column: int, cell: Cell | None) -> JsonObject | None:
        own: JsonObject | None = (cell or {}).get("userEnteredFormat", {}).get("numberFormat")
        return own or self.spread(sheet).formats.get((row, column))

    def shown(self, sheet: Sheet, row: int, column: int) -> str:
        cell = sheet.grid.cell(row, column)
        return self._shown(self.value_of(sheet, row, column, cell), self.number_format(sheet, row, column, cell))

    def rendered(self, sheet: Sheet, row: int, column: int, option: str, dates: str) -> object:
        """One value for a value range:

        ``option`` is ValueRenderOption, ``dates`` DateTimeRenderOption; "" for nothing.
        """
        cell = sheet.grid.cell(row, column)
        entered = (cell or {}).get("userEnteredValue", {})
        if option == "FORMULA" and "formulaValue" in entered:
            return entered["formulaValue"]
        value = self.value_of(sheet, row, column, cell)
        if value is None:
            return ""
        number_format = self.number_format(sheet, row, column, cell)
        if option in {"UNFORMATTED_VALUE", "FORMULA"} and not isinstance(value, FormulaError):
            is_date = (number_format or {}).get("type") in _DATES and isinstance(value, int | float)
            if not (is_date and dates == "FORMATTED_STRING"):
                return int(value) if isinstance(value, float) and value.is_integer() else value
        return self._shown(value, number_format)

    def as_cell_data(self, sheet: Sheet, row: int, column: int) -> JsonObject:
        """CellData with the calculated fields filled in."""
        cell = sheet.grid.cell(row, column)
        data: JsonObject = dict(cell or {})
        value = self.value_of(sheet, row, column, cell)
        if value is None and not cell:
            return data
        number_format = self.number_format(sheet, row, column, cell)
        if value is not None:
            data["effectiveValue"] = _extended(value)
            data["formattedValue"] = self._shown(value, number_format)
        own = data.get("userEnteredFormat", {})
        spread_format = {"numberFormat": number_format} if number_format else {}
        data["effectiveFormat"] = {**self.book.properties["defaultFormat"], **spread_format, **own}
        return data

    def spread(self, sheet: Sheet) -> Spread:
        """The cells that the sheet's pivot tables fill."""
        if sheet.id not in self._spreads:
            self._spreads[sheet.id] = Spread()  # a pivot table that reads its own output sees nothing
            result = Spread()
            for row, column, cell in sheet.pivots():
                pivot = cell["pivotTable"]
                if (source := self._pivot_source(pivot)) is not None:
                    result.add(spread(pivot, *source), row, column)
            self._spreads[sheet.id] = result
        return self._spreads[sheet.id]

    def _pivot_source(self, pivot: Mapping[str, Any]) -> tuple[list[list[Value]], list[JsonObject | None]] | None:
        """The rows of the source range, heading included, and each column's number format."""
        area = Area.of(pivot.get("source", {}))
        sheet = self.book.find_sheet(area.sheet_id)
        if sheet is None:
            return None
        box = area.within(sheet.grid.row_count, sheet.grid.column_count)
        rows: list[list[Value]] = []
        for row in range(box.top, box.bottom):
            found = (self.value(sheet, row, column) for column in range(box.left, box.right))
            rows.append([None if isinstance(value, FormulaError) else value for value in found])
        kinds = [
            self.number_format(sheet, box.top + 1, column, sheet.grid.cell(box.top + 1, column))
            for column in range(box.left, box.right)
        ]
        return rows, kinds

    def _formula(self, sheet: Sheet, row: int, column: int, text: str) -> Value | FormulaError:
        key = (sheet.id, row, column)
        if key not in self._formulas:
            if key in self._running:
                return FormulaError("REF", "Circular dependency detected.")
            self._running.add(key)
            try:
                self._formulas[key] = formulas.calculate(text, _References(self, sheet))
            except FormulaError as error:
                self._formulas[key] = error
            finally:
                self._running.discard(key)
        return self._formulas[key]

    def _shown(self, value: Value | FormulaError, number_format: Mapping[str, str] | None) -> str:
        if isinstance(value, FormulaError):
            return formulas.SHOWN.get(value.kind, "#ERROR!")
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, int | float):
            return formats.shown(value, dict(number_format) if number_format else None, self.place)
        return value or ""


class _References:
    """Cells as the calculator sees them from one sheet."""

    def __init__(self, calculation: Calculation, home: Sheet) -> None:
        self.calculation = calculation
        self.home = home

    def value(self, reference: str) -> Value:
        return next(iter(self.values(reference)), None)

    def values(self, reference: str) -> Iterable[Value]:
        book = self.calculation.book
        text = reference if "!" in reference else f"'{self.home.title.replace(chr(39), chr(39) * 2)}'!{reference}"
        try:
            sheet, box = book.box(book.area(text))
        except SheetsError:
            raise FormulaError("REF", "Reference does not exist.") from None
        for row in range(box.top, box.bottom):
            for column in range(box.left, box.right):
                value = self.calculation.value(sheet, row, column)
                if isinstance(value, FormulaError):
                    raise value
                yield value


def _extended(value: Value | FormulaError) -> JsonObject:
    if isinstance(value, FormulaError):
        return {"errorValue": {"type": value.kind, "message": str(value)}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    return {"stringValue": value or ""}
