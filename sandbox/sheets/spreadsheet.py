"""The state of one spreadsheet: sheets in order, named ranges, developer metadata.

Everything inside is replaced, never changed in place, except the lists and grids that ``copy`` duplicates: a batch runs
on a copy and the copy takes the place of the original only when every request went well.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.sheets import references
from sandbox.sheets.cells import Cell
from sandbox.sheets.errors import invalid
from sandbox.sheets.formats import serial
from sandbox.sheets.grid import Grid
from sandbox.sheets.ranges import Area, Box, Change, Dimension, Move, Shift, parse_cells, shifted, split_title
from sandbox.sheets.schema import JsonObject

ROBOT = "robot@capa24-sandbox.iam.gserviceaccount.com"
"""Who every caller is here, whatever the token."""

MOST_CELLS = 10_000_000
LONGEST_TITLE = 100
"""Characters of the name of a sheet; limit and text are general knowledge, unverified."""

_WHITE: JsonObject = {"red": 1, "green": 1, "blue": 1}
_DEFAULT_FORMAT: JsonObject = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}
_THEME_COLOURS: Mapping[str, JsonObject] = {
    "TEXT": {},
    "BACKGROUND": _WHITE,
    "ACCENT1": {"red": 0.25882354, "green": 0.52156866, "blue": 0.95686275},
    "ACCENT2": {"red": 0.91764706, "green": 0.2627451, "blue": 0.20784314},
    "ACCENT3": {"red": 0.9843137, "green": 0.7372549, "blue": 0.015686275},
    "ACCENT4": {"red": 0.20392157, "green": 0.65882355, "blue": 0.3254902},
    "ACCENT5": {"red": 1, "green": 0.42745098, "blue": 0.003921569},
    "ACCENT6": {"red": 0.27450982, "green": 0.7411765, "blue": 0.7764706},
    "LINK": {"red": 0.06666667, "green": 0.33333334, "blue": 0.8},
}


class Sheet:
    """One tab. ``properties`` is SheetProperties without index and grid size; ``objects`` holds what else Sheet JSON
    lists.
    """

    def __init__(self, properties: JsonObject, grid: Grid) -> None:
        self.properties = properties
        self.grid = grid
        self.objects: dict[str, Any] = {}
        """``merges``, ``protectedRanges``, ``basicFilter``, ``filterViews``, ``charts``, ``conditionalFormats``,
        ``bandedRanges``, ``rowGroups``, ``columnGroups``: JSON as the API shows it, every range with its sheetId."""

    @property
    def id(self) -> int:
        return int(self.properties["sheetId"])

    @property
    def title(self) -> str:
        return str(self.properties["title"])

    def copy(self) -> Sheet:
        twin = Sheet(dict(self.properties), self.grid.copy())
        twin.objects = {name: list(value) if isinstance(value, list) else value for name, value in self.objects.items()}
        return twin

    def listed(self, name: str) -> list[JsonObject]:
        """One of the lists in ``objects``, made when missing."""
        found: list[JsonObject] = self.objects.setdefault(name, [])
        return found

    def pivots(self) -> list[tuple[int, int, Cell]]:
        """Anchors of pivot tables."""
        return [found for found in self.grid.calculated() if "pivotTable" in found[2]]


class Spreadsheet:
    def __init__(
        self,
        spreadsheet_id: str,
        title: str,
        *,
        locale: str = "en_US",
        time_zone: str = "Etc/GMT",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.id = spreadsheet_id
        self.clock = clock
        self.properties: JsonObject = {
            "title": title,
            "locale": locale,
            "autoRecalc": "ON_CHANGE",
            "timeZone": time_zone,
            "defaultFormat": _DEFAULT_FORMAT,
            "spreadsheetTheme": {
                "primaryFontFamily": "Arial",
                "themeColors": [
                    {"colorType": name, "color": {"rgbColor": colour}} for name, colour in _THEME_COLOURS.items()
                ],
            },
        }
        self.sheets: list[Sheet] = []
        self.named_ranges: list[JsonObject] = []
        self.metadata: list[JsonObject] = []
        """DeveloperMetadata, wherever it is attached."""
        self.chance = random.Random(spreadsheet_id)

    def copy(self) -> Spreadsheet:
        twin = Spreadsheet.__new__(Spreadsheet)
        twin.id = self.id
        twin.properties = dict(self.properties)
        twin.sheets = [sheet.copy() for sheet in self.sheets]
        twin.named_ranges = list(self.named_ranges)
        twin.metadata = list(self.metadata)
        twin.chance = self.chance
        twin.clock = self.clock
        return twin

    def now(self) -> float:
        """The serial number of this moment in the spreadsheet's time zone: what NOW() shows."""
        zone = ZoneInfo(self.properties["timeZone"])
        return serial(datetime.fromtimestamp(self.clock(), UTC).astimezone(zone).replace(tzinfo=None))

    def check_time_zone(self) -> None:
        """Raises SheetsError 400 for a zone that does not exist (text unverified)."""
        try:
            ZoneInfo(self.properties["timeZone"])
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise invalid(f"Invalid time zone: {self.properties['timeZone']}") from None

    # Sheets

    def find_sheet(self, sheet_id: int) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.id == sheet_id), None)

    def grid_of(self, sheet_id: int) -> Sheet:
        """The sheet a range is on. Raises SheetsError 400 (recorded text)."""
        sheet = self.find_sheet(sheet_id)
        if sheet is None:
            raise invalid(f"No grid with id: {sheet_id}")
        return sheet

    def sheet(self, sheet_id: int) -> Sheet:
        """Raises SheetsError 400 (recorded text)."""
        sheet = self.find_sheet(sheet_id)
        if sheet is None:
            raise invalid(f"No sheet with id: {sheet_id}")
        return sheet

    def titled(self, title: str) -> Sheet | None:
        """Titles are compared without case."""
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == title.casefold()), None)

    def add_sheet(self, properties: Mapping[str, Any]) -> Sheet:
        """Raises SheetsError 400 when id or title is taken (title: recorded text; id: unverified text)."""
        wanted = dict(properties)
        index = wanted.pop("index", None)
        if "sheetId" not in wanted:
            wanted["sheetId"] = self.new_id({sheet.id for sheet in self.sheets})
        if wanted["sheetId"] < 0:
            raise invalid("Sheet id must be non-negative.")
        if self.find_sheet(wanted["sheetId"]):
            raise invalid(f"Sheet with id {wanted['sheetId']} already exists.")
        wanted["title"] = wanted.get("title") or self._free_title()
        self.check_title(wanted["title"])
        wanted.setdefault("sheetType", "GRID")
        size = dict(wanted.pop("gridProperties", {}))
        grid = Grid(size.pop("rowCount", 1000), size.pop("columnCount", 26))
        sheet = Sheet({**wanted, **({"gridProperties": size} if size else {})}, grid)
        self.sheets.insert(len(self.sheets) if index is None else min(index, len(self.sheets)), sheet)
        self.check_frozen(sheet)
        self.check_size()
        return sheet

    def check_title(self, title: str, *, besides: Sheet | None = None) -> None:
        if len(title) > LONGEST_TITLE:
            raise invalid(f"The sheet name cannot be greater than {LONGEST_TITLE} characters.")
        other = self.titled(title)
        if other is not None and other is not besides:
            raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')

    def check_size(self) -> None:
        """Empty cells count as well. The text is quoted in pygsheets #589."""
        if sum(sheet.grid.row_count * sheet.grid.column_count for sheet in self.sheets) > MOST_CELLS:
            raise invalid(
                f"This action would increase the number of cells in the workbook above the limit of {MOST_CELLS} cells."
            )

    def check_frozen(self, sheet: Sheet) -> None:
        """All rows, or all columns, cannot be frozen (the text is unverified)."""
        if sheet.grid.row_count < 1 or sheet.grid.column_count < 1:
            raise invalid("rowCount and columnCount must be greater than 0.")
        frozen = sheet.properties.get("gridProperties", {})
        if frozen.get("frozenRowCount", 0) >= sheet.grid.row_count:
            raise invalid("You can't freeze all visible rows on the sheet.")
        if frozen.get("frozenColumnCount", 0) >= sheet.grid.column_count:
            raise invalid("You can't freeze all visible columns on the sheet.")

    def _free_title(self) -> str:
        number = len(self.sheets) + 1
        while self.titled(f"Sheet{number}"):
            number += 1
        return f"Sheet{number}"

    def new_id(self, taken: set[int]) -> int:
        while True:
            chosen = self.chance.randrange(1, 2**31)
            if chosen not in taken:
                return chosen

    # Ranges

    def area(self, a1: str) -> Area:
        """An A1 range, a sheet title or the name of a range. Raises SheetsError 400 (recorded text)."""
        title, cells = split_title(a1)
        if title is None:
            return self._untitled(cells, a1)
        sheet = self.titled(title)
        if sheet is None:
            raise invalid(f"Unable to parse range: {a1}")
        if not cells:
            return Area(sheet.id)
        area = parse_cells(cells, sheet.id) or self._named(cells)
        if area is None:
            raise invalid(f"Unable to parse range: {a1}")
        return area

    def _untitled(self, text: str, a1: str) -> Area:
        first = next((sheet for sheet in self.sheets if not sheet.properties.get("hidden")), self.sheets[0])
        area = parse_cells(text, first.id) or self._named(text)
        if area is None and (sheet := self.titled(text)):
            area = Area(sheet.id)
        if area is None:
            raise invalid(f"Unable to parse range: {a1}")
        return area

    def _named(self, name: str) -> Area | None:
        found = next((one for one in self.named_ranges if one["name"].casefold() == name.casefold()), None)
        return Area.of(found["range"]) if found else None

    def box(self, area: Area) -> tuple[Sheet, Box]:
        """The area clipped to its grid. Raises SheetsError 400 when it starts outside (recorded text)."""
        sheet = self.grid_of(area.sheet_id)
        grid = sheet.grid
        if (area.top or 0) >= grid.row_count or (area.left or 0) >= grid.column_count:
            raise self.beyond_grid(sheet, area)
        return sheet, area.within(grid.row_count, grid.column_count)

    def beyond_grid(self, sheet: Sheet, area: Area) -> Exception:
        grid = sheet.grid
        top, left = area.top or 0, area.left or 0
        shown = Box(
            top, area.bottom or max(top + 1, grid.row_count), left, area.right or max(left + 1, grid.column_count)
        )
        return invalid(
            f"Range ({shown.a1(sheet.title)}) exceeds grid limits. "
            f"Max rows: {grid.row_count}, max columns: {grid.column_count}"
        )

    def check_editable(self, sheet: Sheet, box: Box) -> None:
        """Ranges somebody else protected. The text is quoted in node-google-spreadsheet #20."""
        for protection in sheet.objects.get("protectedRanges", ()):
            guarded = Area.of(protection.get("range", {})).within(sheet.grid.row_count, sheet.grid.column_count)
            if not protection.get("requestingUserCanEdit", True) and guarded.overlaps(box):
                raise invalid(
                    "You are trying to edit a protected cell or object. "
                    "Please contact the spreadsheet owner to remove protection if you need to edit."
                )

    # Rows and columns

    def shift(self, sheet: Sheet, dimension: Dimension, at: int, count: int) -> None:
        """Insert (count > 0) or delete rows or columns, and everything that refers to them follows."""
        shift = Shift(sheet.id, dimension, at, count)
        sheet.grid.shift(shift)
        self._follow(shift)
        name = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
        grid_properties = dict(sheet.properties.get("gridProperties", {}))
        if grid_properties.get(name, 0) > at:
            frozen = shift.index(grid_properties.pop(name), end=True)
            sheet.properties["gridProperties"] = {**grid_properties, **({name: frozen} if frozen else {})}
        self.check_size()

    def move(self, sheet: Sheet, move: Move) -> None:
        """Rows or columns change places, and everything that refers to them follows."""
        size = sheet.grid.size(move.dimension)
        sheet.grid.order(move.dimension, sorted(range(size), key=move.index))
        self._follow(move)

    def _follow(self, shift: Change) -> None:
        for sheet in self.sheets:
            for name, value in list(sheet.objects.items()):
                moved = shifted(value, shift)
                if name != "basicFilter":
                    moved = [one for one in moved if _still_somewhere(one)]
                elif moved.get("range") is None:
                    del sheet.objects[name]
                    continue
                sheet.objects[name] = moved
            for row, column, cell in sheet.pivots():
                sheet.grid.put(row, column, {**cell, "pivotTable": shifted(cell["pivotTable"], shift)})
            self._follow_in_formulas(sheet, shift)
        self.named_ranges = [one for one in shifted(self.named_ranges, shift) if one["range"] is not None]
        self.metadata = [one for one in shifted(self.metadata, shift) if _still_somewhere(one["location"])]

    def _follow_in_formulas(self, sheet: Sheet, shift: Change) -> None:
        for row, column, cell in sheet.grid.calculated():
            formula = cell.get("userEnteredValue", {}).get("formulaValue")
            if formula is None:
                continue
            after = references.shifted(formula, shift, lambda title: self._names(title, sheet, shift.sheet_id))
            if after != formula:
                sheet.grid.put(row, column, {**cell, "userEnteredValue": {"formulaValue": after}})

    def _names(self, title: str | None, home: Sheet, sheet_id: int) -> bool:
        named = home if title is None else self.titled(title)
        return named is not None and named.id == sheet_id


def _still_somewhere(value: Mapping[str, Any]) -> bool:
    return all(value[name] is not None for name in ("range", "dimensionRange") if name in value)
