"""What the cells of a spreadsheet come to: formulas calculated, pivot tables spread out, numbers shown as text.

One ``Calculation`` serves one answer; it remembers what it has worked out and is thrown away after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.sheets import formats, formulas, masks
from sandbox.sheets.cells import Cell
from sandbox.sheets.conditions import Judge
from sandbox.sheets.errors import SheetsError
from sandbox.sheets.formulas import FormulaError, Value
from sandbox.sheets.looks import Looks
from sandbox.sheets.pivots import Source, Spread, complete, read_columns, spread
from sandbox.sheets.ranges import Area, parse_cells
from sandbox.sheets.references import moved
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
        self._looks: dict[int, Looks] = {}

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

    def rendered(self, sheet: Sheet, row: int, columns: range, option: str, dates: str) -> list[object]:
        """One row of a value range: ``option`` is ValueRenderOption, ``dates`` DateTimeRenderOption; "" for nothing."""
        cells = sheet.grid.row(row)
        spread = self.spread(sheet).values
        found: list[object] = []
        for column in columns:
            cell = cells.get(column)
            entered = cell.get("userEnteredValue") if cell else None
            if entered and "stringValue" in entered:  # most cells of most sheets
                found.append(entered["stringValue"])
            elif entered or (row, column) in spread:
                found.append(self._rendered(sheet, row, column, cell, option, dates))
            else:
                found.append("")
        return found

    def _rendered(self, sheet: Sheet, row: int, column: int, cell: Cell | None, option: str, dates: str) -> object:
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

    def as_cell_data(self, sheet: Sheet, row: int, column: int, mask: masks.Tree) -> JsonObject:
        """CellData with the calculated fields filled in, as far as the mask wants them."""
        cell = sheet.grid.cell(row, column)
        data: JsonObject = dict(cell or {})
        value = self.value_of(sheet, row, column, cell)
        if value is None and not cell:
            return data
        if "pivotTable" in data:
            data["pivotTable"] = complete(data["pivotTable"])
        if value is not None and masks.wants(mask, "effectiveValue"):
            data["effectiveValue"] = _extended(value)
        number_format = self.number_format(sheet, row, column, cell)
        if value is not None and masks.wants(mask, "formattedValue"):
            data["formattedValue"] = self._shown(value, number_format)
        if masks.wants(mask, "effectiveFormat"):
            data["effectiveFormat"] = self.effective_format(sheet, row, column)
        return data

    def effective_format(self, sheet: Sheet, row: int, column: int) -> JsonObject:
        """The format of the spreadsheet, what the kind of value brings, the cell's own, conditional formats on top."""
        cell = sheet.grid.cell(row, column) or {}
        value = self.value_of(sheet, row, column, cell)
        number_format = self.number_format(sheet, row, column, cell)
        aligned: JsonObject = {"horizontalAlignment": _ALIGNMENT.get(type(value), "RIGHT")} if value is not None else {}
        layers = [
            self.book.properties["defaultFormat"],
            aligned,
            {"numberFormat": number_format} if number_format else {},
            cell.get("userEnteredFormat", {}),
            self.looks(sheet).format_of(row, column),
        ]
        whole: JsonObject = {}
        for layer in layers:
            whole = _laid_over(whole, layer)
        return {**whole, "hyperlinkDisplayType": whole.get("hyperlinkDisplayType", "PLAIN_TEXT")}

    def looks(self, sheet: Sheet) -> Looks:
        """What conditional formats and filters make of the sheet."""
        if sheet.id not in self._looks:
            self._looks[sheet.id] = Looks(
                sheet.objects,
                (sheet.grid.row_count, sheet.grid.column_count),
                value=lambda row, column: self._value_or_nothing(sheet, row, column),
                shown=lambda row, column: self.shown(sheet, row, column),
                judge=lambda rows, columns: self.judge(sheet, rows, columns),
            )
        return self._looks[sheet.id]

    def judge(self, sheet: Sheet, rows: int = 0, columns: int = 0) -> Judge:
        """For conditions on that sheet; their formulas are written for a cell so many rows and columns before."""

        def calculate(formula: str) -> Value:
            try:
                return formulas.calculate(moved(formula, rows, columns), _References(self, sheet))
            except FormulaError:
                return None

        return Judge(self.place, int(self.book.now()), calculate)

    def _value_or_nothing(self, sheet: Sheet, row: int, column: int) -> Value:
        value = self.value(sheet, row, column)
        return None if isinstance(value, FormulaError) else value

    def spread(self, sheet: Sheet) -> Spread:
        """The cells that the sheet's pivot tables fill."""
        if sheet.id not in self._spreads:
            self._spreads[sheet.id] = Spread()  # a pivot table that reads its own output sees nothing
            result = Spread()
            for row, column, cell in sheet.pivots():
                pivot = cell["pivotTable"]
                if (source := self._pivot_source(pivot)) is not None:
                    result.add(spread(pivot, source, self.place, self.judge(sheet)), row, column)
            self._spreads[sheet.id] = result
        return self._spreads[sheet.id]

    def _pivot_source(self, pivot: Mapping[str, Any]) -> Source | None:
        area = Area.of(pivot.get("source", {}))
        sheet = self.book.find_sheet(area.sheet_id)
        if sheet is None:
            return None
        box = area.within(sheet.grid.row_count, sheet.grid.column_count)
        if not box.height or not box.width:
            return None
        last = max(sheet.grid.last_filled_row(box), *(row for row, _ in self.spread(sheet).values), box.top)
        columns = range(box.left, box.right)
        used = read_columns(pivot)
        headings = [self._value_or_nothing(sheet, box.top, column) for column in columns]
        records = [
            [
                self._value_or_nothing(sheet, row, column) if used is None or column - box.left in used else None
                for column in columns
            ]
            for row in range(box.top + 1, last + 1)
        ]
        if last + 1 < box.bottom:  # all the blank rows of the range are one blank group
            records.append([None] * box.width)
        kinds = [
            self.number_format(sheet, box.top + 1, column, sheet.grid.cell(box.top + 1, column)) for column in columns
        ]
        return Source(headings, records, kinds)

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
            except RecursionError:
                self._formulas[key] = FormulaError("ERROR", "A chain of formulas too long for this sandbox.")
            finally:
                self._running.discard(key)
        return self._formulas[key]

    def _shown(self, value: Value | FormulaError, number_format: Mapping[str, str] | None) -> str:
        if isinstance(value, FormulaError):
            return formulas.SHOWN.get(value.kind, "#ERROR!")
        if isinstance(value, bool):
            return self.place.true if value else self.place.false
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

    def now(self) -> float:
        return self.calculation.book.now()

    def values(self, reference: str) -> Iterable[Value]:
        book = self.calculation.book
        here = parse_cells(reference, self.home.id)
        try:
            sheet, box = book.box(here or book.area(reference))
        except SheetsError:
            if "!" in reference or here:
                raise FormulaError("REF", "Reference does not exist.") from None
            raise FormulaError("NAME", f"Unknown range name: '{reference.upper()}'.") from None
        for row in range(box.top, box.bottom):
            for column in range(box.left, box.right):
                value = self.calculation.value(sheet, row, column)
                if isinstance(value, FormulaError):
                    raise value
                yield value


_ALIGNMENT = {str: "LEFT", bool: "CENTER", FormulaError: "CENTER"}


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> JsonObject:
    result = dict(below)
    for name, value in above.items():
        under = result.get(name)
        whole = name.endswith(("Color", "ColorStyle", "numberFormat"))
        result[name] = _laid_over(under, value) if isinstance(under, dict) and not whole else value
    return result


def _extended(value: Value | FormulaError) -> JsonObject:
    if isinstance(value, FormulaError):
        return {"errorValue": {"type": value.kind, "message": str(value)}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    return {"stringValue": value or ""}
