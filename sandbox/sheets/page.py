"""The spreadsheets as a person sees them in a browser: tabs, cells, pivot tables, charts. Read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.sheets import charts
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.chart_data import css_colour
from sandbox.sheets.desk import Desk
from sandbox.sheets.formulas import FormulaError
from sandbox.sheets.ranges import Area, Box, column_name
from sandbox.sheets.schema import JsonObject
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

ROWS_A_PAGE = 200
_STYLE = Path(__file__).with_name("page.css").read_text("utf-8")
_SCRIPT = Path(__file__).with_name("page.js").read_text("utf-8")


def index(desk: Desk) -> str:
    """All spreadsheets of the desk."""
    items = "".join(
        f'<li><a href="spreadsheets/d/{escape(book.id)}"><b>{escape(book.properties["title"])}</b>'
        f"<span>{_sheets_counted(book)} · {escape(book.properties['locale'])} · изменена "
        f"{escape(desk.files[book.id].modified[:16].replace('T', ' '))}</span></a></li>"
        for book in desk.spreadsheets.values()
    )
    body = f"<ul class=books>{items}</ul>" if items else "<p class=empty>Таблиц ещё нет.</p>"
    return _page("Таблицы на столе", "Google Sheets API на этой машине", f"<main>{body}</main>", "", home=".")


def _sheets_counted(book: Spreadsheet) -> str:
    count = len(book.sheets)
    few = 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14
    word = "лист" if count % 10 == 1 and count % 100 != 11 else "листа" if few else "листов"
    return f"{count} {word}"


def spreadsheet(book: Spreadsheet, sheet_id: int | None, *, first: int = 0, version: str = "") -> str:
    """One sheet of it, the first unless ``sheet_id`` names another, from the row ``first`` on."""
    visible = [sheet for sheet in book.sheets if not sheet.properties.get("hidden")]
    chosen = (book.find_sheet(sheet_id) if sheet_id is not None else None) or visible[0]
    tabs = "".join(
        f'<a href="?gid={sheet.id}"{" class=open" if sheet is chosen else ""}>'
        f"{_tab_colour(sheet)}{escape(sheet.title)}</a>"
        for sheet in visible
    )
    calculation = Calculation(book)
    specs = [chart["spec"] for chart in chosen.objects.get("charts", ())]
    drawn = "".join(
        f'<figure class="{name}">{charts.draw(calculation, spec, size)}</figure>'
        for spec in specs
        for name, size in (("wide", charts.WIDE), ("narrow", charts.NARROW))
    )
    above = f'<div class="charts">{drawn}</div>' if drawn else ""
    table = _Table(calculation, chosen, first)
    body = above + ("" if drawn and not table.box.right else table.drawn()) + _about(calculation, chosen)
    return _page(
        book.properties["title"],
        f"{_sheets_counted(book)} · {book.properties['locale']} · {book.properties['timeZone']}",
        f"<nav>{tabs}</nav><main>{body}</main>",
        version,
        home="../..",
    )


def _tab_colour(sheet: Sheet) -> str:
    rgb = sheet.properties.get("tabColorStyle", {}).get("rgbColor") or sheet.properties.get("tabColor")
    return f'<i style="background:{css_colour(rgb)}"></i>' if rgb else ""


class _Table:
    def __init__(self, calculation: Calculation, sheet: Sheet, first: int) -> None:
        self.calculation = calculation
        self.sheet = sheet
        self.spread = calculation.spread(sheet)
        self.looks = calculation.looks(sheet)
        self.box = _filled(calculation, sheet)
        frozen = sheet.properties.get("gridProperties", {})
        self.frozen_rows = min(frozen.get("frozenRowCount", 0), self.box.bottom)
        self.frozen_columns = min(frozen.get("frozenColumnCount", 0), self.box.right)
        hidden = self.looks.hidden_by_filter() | _hidden(sheet.grid.dimensions["ROWS"])
        shown = [row for row in range(self.frozen_rows, self.box.bottom) if row not in hidden]
        self.first = min(first, max(0, len(shown) - 1))
        self.count = len(shown)
        self.rows = [*range(self.frozen_rows), *shown[self.first : self.first + ROWS_A_PAGE]]
        self.columns = [
            column for column in range(self.box.right) if column not in _hidden(sheet.grid.dimensions["COLUMNS"])
        ]
        self.widths = [self._width(column) for column in self.columns]
        self.covered, self.spans = _merged(sheet, self.rows, self.columns)
        self.bands = list(_bands(sheet))

    def drawn(self) -> str:
        if not self.box.right:
            return '<p class="empty">Лист пуст.</p>'
        sizes = "".join(f'<col style="width:{width}px">' for width in [46, *self.widths])
        heads = "".join(f"<th>{column_name(column)}</th>" for column in self.columns)
        lefts = [46 + sum(self.widths[:at]) for at in range(len(self.widths))]
        rows = "".join(self._row(row, lefts) for row in self.rows)
        table = (
            f"<table><colgroup>{sizes}</colgroup><thead><tr><th></th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )
        return f'<div class="grid">{table}</div>{self._pager()}'

    def _width(self, column: int) -> int:
        """As set, or else as wide as the texts of this page need, within limits."""
        own = self.sheet.grid.dimensions["COLUMNS"].get(column, {}).get("pixelSize")
        if own:
            return min(int(own), 420)
        texts = (self.calculation.shown(self.sheet, row, column) for row in self.rows[:60])
        longest = max((len(line) for text in texts for line in text.split("\n")), default=0)
        return min(280, max(64, 20 + round(longest * 8.6)))

    def _row(self, row: int, lefts: list[int]) -> str:
        frozen = row < self.frozen_rows
        names = [*(["frozen"] if frozen else []), *(["edge"] if row == self.frozen_rows - 1 else [])]
        top = f"top:{25 + 27 * row}px;" if frozen else ""
        cells, free = "", 0
        for at, column in enumerate(self.columns):
            if at < free or (row, column) in self.covered:
                continue
            free = at + self._reach(row, at)
            spans = self.spans.get((row, column)) or (f" colspan={free - at}" if free > at + 1 else "")
            cells += self._cell(row, column, lefts[at], top, spans)
        start = f' class="{" ".join(names)}"' if names else ""
        return (
            f'<tr{start}><th style="{top}">{row + 1}</th>{cells}</tr>'
            if frozen
            else (f"<tr{start}><th>{row + 1}</th>{cells}</tr>")
        )

    def _reach(self, row: int, at: int) -> int:
        """How many columns the text takes: what does not fit runs over blank cells to the right."""
        column = self.columns[at]
        value = self.calculation.value(self.sheet, row, column)
        look = (self.sheet.grid.cell(row, column) or {}).get("userEnteredFormat", {})
        stays = look.get("wrapStrategy") in {"WRAP", "CLIP"} or look.get("horizontalAlignment", "LEFT") != "LEFT"
        if not isinstance(value, str) or stays or (row, column) in self.spans:
            return 1
        size = look.get("textFormat", {}).get("fontSize", 10)
        missing = 12 + len(value) * 0.9 * size - self.widths[at]
        end = self.frozen_columns if column < self.frozen_columns else len(self.columns)
        reach = 1
        while missing > 0 and at + reach < end and self._is_blank(row, self.columns[at + reach]):
            missing -= self.widths[at + reach]
            reach += 1
        return reach

    def _is_blank(self, row: int, column: int) -> bool:
        taken = (row, column) in self.covered or (row, column) in self.spans
        return not taken and self.calculation.value(self.sheet, row, column) in (None, "")

    def _cell(self, row: int, column: int, left: int, top: str, spans: str) -> str:
        value = self.calculation.value(self.sheet, row, column)
        cell = self.sheet.grid.cell(row, column) or {}
        text = self.calculation.shown(self.sheet, row, column)
        look: JsonObject = {**cell.get("userEnteredFormat", {}), **self.looks.format_of(row, column)}
        names = []
        if isinstance(value, bool):
            names.append("bool")
            if cell.get("dataValidation", {}).get("condition", {}).get("type") == "BOOLEAN":
                text = "☑" if value else "☐"
        elif isinstance(value, int | float):
            names.append("number")
        elif isinstance(value, FormulaError):
            names.append("error")
        if (row, column) in self.spread.headings:
            names.append("heading")
        if look.get("wrapStrategy") == "WRAP":
            names.append("wrap")
        if "note" in cell:
            names.append("note")
        style = top + _css(look, self._band(row, column))
        if column < self.frozen_columns:
            names += ["frozen", *(["edge"] if column == self.frozen_columns - 1 else [])]
            style += f"left:{left}px;"
        told = cell.get("note") or (text if len(text) > 24 else "")
        attributes = [
            f' class="{" ".join(names)}"' if len(names) > 1 else f" class={names[0]}" if names else "",
            f' style="{escape(style, quote=True)}"' if style else "",
            f' title="{escape(told, quote=True)}"' if told else "",
            spans,
        ]
        return f"<td{''.join(attributes)}>{_linked(escape(text), look)}</td>"

    def _band(self, row: int, column: int) -> str:
        for box, colours in self.bands:
            if box.top <= row < box.bottom and box.left <= column < box.right:
                return colours[0] if row == box.top else colours[1 + (row - box.top - 1) % 2]
        return ""

    def _pager(self) -> str:
        if self.count <= ROWS_A_PAGE:
            return ""
        last = min(self.first + ROWS_A_PAGE, self.count)
        links = []
        if self.first:
            links.append(f'<a href="?gid={self.sheet.id}&from={max(0, self.first - ROWS_A_PAGE)}">← раньше</a>')
        if last < self.count:
            links.append(f'<a href="?gid={self.sheet.id}&from={last}">дальше →</a>')
        return f'<p class="pager">Строки {self.first + 1}–{last} из {self.count}. {" · ".join(links)}</p>'


def _hidden(dimensions: Mapping[int, Mapping[str, Any]]) -> set[int]:
    return {index for index, one in dimensions.items() if one.get("hiddenByUser")}


def _filled(calculation: Calculation, sheet: Sheet) -> Box:
    """From the first cell to the last one that shows something."""
    grid = sheet.grid
    spread = calculation.spread(sheet).values
    bottom = grid.last_filled_row(grid.whole, lambda cell: "userEnteredValue" in cell)
    right = max((column for _, column, cell in grid.cells(grid.whole) if "userEnteredValue" in cell), default=-1)
    return Box(
        0, max([bottom, *(row for row, _ in spread)]) + 1, 0, max([right, *(column for _, column in spread)]) + 1
    )


def _merged(
    sheet: Sheet, rows: list[int], columns: list[int]
) -> tuple[set[tuple[int, int]], dict[tuple[int, int], str]]:
    """Cells that lie under a merge, and the spans of the cells that show it."""
    covered: set[tuple[int, int]] = set()
    spans = {}
    for merge in sheet.objects.get("merges", ()):
        box = Area.of(merge).within(sheet.grid.row_count, sheet.grid.column_count)
        down = [row for row in rows if box.top <= row < box.bottom]
        across = [column for column in columns if box.left <= column < box.right]
        if down and across:
            covered |= {(row, column) for row in down for column in across} - {(down[0], across[0])}
            spans[down[0], across[0]] = f" rowspan={len(down)} colspan={len(across)}"
    return covered, spans


def _bands(sheet: Sheet) -> Iterator[tuple[Box, tuple[str, str, str]]]:
    """Rectangles with alternating colours: of the heading, of odd rows, of even rows."""
    grid = sheet.grid
    plain = ("#356854", "#ffffff", "#f6f8f9")
    for name, properties in (("bandedRanges", "rowProperties"), ("tables", "rowsProperties")):
        for one in sheet.objects.get(name, ()):
            given = one.get(properties, {})
            colours = [
                css_colour(rgb) if (rgb := given.get(f"{part}ColorStyle", {}).get("rgbColor")) else ""
                for part in ("header", "firstBand", "secondBand")
            ]
            if name == "tables":
                colours = [own or default for own, default in zip(colours, plain, strict=True)]
            box = Area.of(one["range"]).within(grid.row_count, grid.column_count)
            yield box, (colours[0] or colours[1], colours[1], colours[2])


_ALIGNED = {"LEFT": "left", "CENTER": "center", "RIGHT": "right"}
_VERTICAL = {"TOP": "top", "MIDDLE": "middle", "BOTTOM": "bottom"}


def _css(look: Mapping[str, Any], band: str) -> str:
    """A CellFormat as far as CSS says it simply."""
    text = look.get("textFormat", {})
    background = look.get("backgroundColorStyle", {}).get("rgbColor") or look.get("backgroundColor")
    colour = text.get("foregroundColorStyle", {}).get("rgbColor") or text.get("foregroundColor")
    drawn = band if background is None else css_colour(background)
    lines = [name for name, asked in (("underline", "underline"), ("line-through", "strikethrough")) if text.get(asked)]
    parts = {
        "background": drawn,
        "color": css_colour(colour) if colour is not None else "#fff" if drawn == "#356854" else "",
        "font-weight": "600" if text.get("bold") else "",
        "font-style": "italic" if text.get("italic") else "",
        "font-size": f"{text['fontSize'] * 1.33:.0f}px" if "fontSize" in text else "",
        "text-decoration": " ".join(lines),
        "text-align": _ALIGNED.get(look.get("horizontalAlignment", ""), ""),
        "vertical-align": _VERTICAL.get(look.get("verticalAlignment", ""), ""),
    }
    return "".join(f"{name}:{value};" for name, value in parts.items() if value)


def _linked(text: str, look: Mapping[str, Any]) -> str:
    uri = look.get("textFormat", {}).get("link", {}).get("uri", "")
    target = uri or text
    if urlsplit(target).scheme not in {"http", "https", "mailto"} or " " in target:
        return text
    return f'<a href="{escape(uri, quote=True) if uri else text}" rel="noopener noreferrer">{text}</a>'


def _about(calculation: Calculation, sheet: Sheet) -> str:
    """What is on the sheet without being seen: protections, names, filters."""
    grid = sheet.grid
    lines = []
    for one in sheet.objects.get("protectedRanges", ()):
        box = Area.of(one.get("range", {})).within(grid.row_count, grid.column_count)
        lines.append(f"Защищено {box.a1(sheet.title)}: {one.get('description', 'без описания')}")
    for one in calculation.book.named_ranges:
        if one["range"].get("sheetId", 0) == sheet.id:
            box = Area.of(one["range"]).within(grid.row_count, grid.column_count)
            lines.append(f"Имя {one['name']}: {box.a1(sheet.title)}")
    if "basicFilter" in sheet.objects:
        hidden = len(calculation.looks(sheet).hidden_by_filter())
        box = Area.of(sheet.objects["basicFilter"]["range"]).within(grid.row_count, grid.column_count)
        lines.append(f"Фильтр на {box.a1(sheet.title)}, скрыто строк: {hidden}")
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>Ещё на листе</summary><ul>{items}</ul></details>"


def _page(title: str, about: str, body: str, version: str, *, home: str) -> str:
    return (
        '<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body data-version="{escape(version, quote=True)}">'
        f'<header><a class="logo" href="{home}/" title="Все таблицы">▦</a><div><h1>{escape(title)}</h1>'
        f"<p>{escape(about)}</p></div></header>{body}"
        f"{f'<script>{_SCRIPT}</script>' if version else ''}</body></html>"
    )
