"""The same report as a local XLSX: overview with charts, tables, and the sheets of rows. For people without Google.

The whole file is written anew each time, beside the old one, and put in its place in one step: a reader sees the old
report or the new one. Text is written as text, so nothing in it can become a formula.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.chart import Chart as XlsxChart
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sheets_sync.charts import COLOURS
from sheets_sync.columns import Kind, Value
from sheets_sync.record import CaseRecord
from sheets_sync.rows import serial
from sheets_sync.summary import COUNT, HOURS, MONTH, NUMBER, Block, Figure, Look, Summary
from sheets_sync.tables import TABLES, AnyTable

OVERVIEW, PIVOTS, NUMBERS = "Обзор", "Сводные", "Показатели"
LONGEST_TEXT = 32_767
"""Characters in one cell of an XLSX."""
MOST_LINKS = 65_530
"""Of one sheet; the rest stay text."""
LONGEST_LINK = 2_079

_INK, _MUTED, _LINE, _CARD, _HEAD = "#1F2937", "#6B7280", "#D1D5DB", "#F3F6FA", "#DCE6F1"
_CARDS_A_ROW, _CARD_COLUMNS, _CHART_ROWS = 5, 4, 17
_WIDTH = _CARDS_A_ROW * _CARD_COLUMNS


def write_workbook(
    file: Path, records: Sequence[CaseRecord], summary: Summary, zone: tzinfo, tables: Sequence[AnyTable] = TABLES
) -> None:
    """Replaces ``file``. Raises OSError, and then leaves the old file as it was."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".tmp", dir=file.parent)
    os.close(handle)
    written = Path(name)
    try:
        _write(written, records, summary, zone, tables)
        written.chmod(0o644)
        _put_in_place(written, file)
    finally:
        with suppress(FileNotFoundError):
            written.unlink()


def _put_in_place(written: Path, file: Path) -> None:
    """After a power cut there is the old file or the new one, whole."""
    with written.open("rb") as content:
        os.fsync(content.fileno())
    written.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass
class _Book:
    """The workbook under way, and the formats made so far: Excel wants one object a look."""

    book: Workbook
    zone: tzinfo
    formats: dict[tuple[tuple[str, Any], ...], Format]

    def format(self, **look: Any) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": "Calibri", "font_color": _INK, **look})
        return self.formats[key]


def _write(
    file: Path, records: Sequence[CaseRecord], summary: Summary, zone: tzinfo, tables: Sequence[AnyTable]
) -> None:
    with xlsxwriter.Workbook(str(file), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Корректирующие действия", "comments": "Файл заполняет capa24"})
        made = _Book(book, zone, {})
        overview, pivots, numbers = (book.add_worksheet(name) for name in (OVERVIEW, PIVOTS, NUMBERS))
        places = _blocks(made, numbers, summary.blocks)
        places |= _pivots(made, pivots, summary.pivots)
        _overview(made, overview, summary, places)
        for table in tables:
            _rows(made, book.add_worksheet(table.title), table, records)
        overview.activate()


# --- Overview --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """Where a block's numbers stand, without its headings."""

    sheet: str
    top: int
    rows: int


def _overview(made: _Book, sheet: Worksheet, summary: Summary, places: Mapping[Block, _Place]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.set_column(0, _WIDTH - 1, 9.3)
    sheet.set_row(0, 34)
    title = made.format(bold=True, font_size=20)
    sheet.merge_range(0, 0, 0, _WIDTH - 1, "Корректирующие действия: отчёт отдела качества", title)
    at = summary.made_at.astimezone(made.zone)
    note = f"Составлено {at:%d.%m.%Y %H:%M}. Файл перезаписывается сервисом capa24: свои пометки храните отдельно."
    sheet.merge_range(1, 0, 1, _WIDTH - 1, note, made.format(font_size=10, font_color=_MUTED))
    row = 3
    for index, figure in enumerate(summary.figures):
        if index and index % _CARDS_A_ROW == 0:
            row += 3
        _card(made, sheet, row, index % _CARDS_A_ROW * _CARD_COLUMNS, figure)
    row += 4
    left = 0
    for block in (block for block in (*summary.blocks, *summary.pivots) if block.chart is not None):
        wide = block.chart is not None and block.chart.look is Look.PARETO  # its names are long
        if left and wide:
            row, left = row + _CHART_ROWS, 0
        chart = _chart(made, block, places[block])
        if chart is None:
            empty = made.format(font_color=_MUTED, italic=True)
            sheet.merge_range(row, left, row, left + 8, f"{block.title}: данных пока нет", empty)
        else:
            chart.set_size({"width": 1380 if wide else 686, "height": 325})
            sheet.insert_chart(row, left, chart, {"object_position": 2, "x_offset": 2, "y_offset": 4})
        left = 0 if wide or left else _WIDTH // 2
        row += 0 if left else _CHART_ROWS
    sheet.set_footer("&L&8capa24&R&8&P из &N")


def _card(made: _Book, sheet: Worksheet, row: int, column: int, figure: Figure) -> None:
    last = column + _CARD_COLUMNS - 1
    label = made.format(font_size=10, font_color=_MUTED, bg_color=_CARD, indent=1, top=1, top_color=_LINE)
    value = made.format(
        font_size=18, bold=True, bg_color=_CARD, indent=1, align="left", num_format=figure.pattern, bottom=1,
        bottom_color=_LINE,
    )  # fmt: skip
    sheet.set_row(row + 1, 26)
    sheet.merge_range(row, column, row, last, figure.title, label)
    sheet.merge_range(row + 1, column, row + 1, last, "нет данных", value)
    if figure.value is not None:
        sheet.write_number(row + 1, column, figure.value, value)


def _chart(made: _Book, block: Block, place: _Place) -> XlsxChart | None:
    """``None`` when there is nothing to draw."""
    chart = block.chart
    if chart is None or not place.rows or not chart.series:
        return None
    options: dict[Look, dict[str, str]] = {
        Look.COLUMNS: {"type": "column"},
        Look.STACKED: {"type": "column", "subtype": "stacked"},
        Look.SHARES: {"type": "column", "subtype": "percent_stacked"},
        Look.BARS: {"type": "bar"},
        Look.LINES: {"type": "line"},
        Look.PARETO: {"type": "column"},
    }
    drawn = made.book.add_chart(options[chart.look])
    pareto = chart.look is Look.PARETO
    for number, column in enumerate(chart.series[:1] if pareto else chart.series):
        drawn.add_series(_series(block, place, column, COLOURS[number % len(COLOURS)], chart.look))
    if pareto:
        line = made.book.add_chart({"type": "line"})
        line.add_series({**_series(block, place, chart.series[1], COLOURS[3], Look.LINES), "y2_axis": True})
        line.set_y2_axis({"num_format": "0%", "min": 0, "max": 1, "num_font": _small(), "line": {"none": True}})
        drawn.combine(line)
    drawn.set_title({"name": chart.title, "overlay": False, "name_font": {"size": 13, "bold": True, "color": _INK}})
    lying, months = chart.look is Look.BARS, block.patterns[0] == MONTH
    names: dict[str, Any] = {"num_font": _small(), "line": {"color": _LINE}, "major_tick_mark": "none"}
    if months:
        names |= {"num_format": MONTH, "text_axis": True}
    if lying:
        names |= {"reverse": True, "crossing": "max", "major_gridlines": {"visible": False}}
    numbers: dict[str, Any] = {
        "num_font": _small(),
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E5E7EB", "width": 0.75}},
        "name": chart.axis,
        "name_font": {"size": 9, "bold": False, "color": _MUTED},
    }
    if chart.look is Look.SHARES:
        numbers["num_format"] = "0%"
    drawn.set_x_axis(numbers if lying else names)
    drawn.set_y_axis(names if lying else numbers)
    drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom", "font": _small()})
    drawn.set_chartarea({"border": {"color": _LINE}})
    drawn.show_blanks_as("span")
    return drawn


def _series(block: Block, place: _Place, column: int, colour: str, look: Look) -> dict[str, Any]:
    last = place.top + place.rows - 1
    series: dict[str, Any] = {
        "name": [place.sheet, place.top - 1, column],
        "categories": [place.sheet, place.top, 0, last, 0],
        "values": [place.sheet, place.top, column, last, column],
    }
    if look is Look.LINES:
        marker = {"type": "circle", "size": 6, "fill": {"color": colour}, "border": {"color": "#FFFFFF"}}
        return series | {"line": {"color": colour, "width": 2.25}, "marker": marker}
    return series | {"fill": {"color": colour}, "gap": 60}


def _small() -> dict[str, Any]:
    return {"size": 9, "color": _MUTED}


# --- Tables of numbers -----------------------------------------------------------------------------------------------


def _blocks(made: _Book, sheet: Worksheet, blocks: Iterable[Block]) -> dict[Block, _Place]:
    """One below the other, each under its title and the question it answers."""
    places: dict[Block, _Place] = {}
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 12, 17)
    row = 0
    for block in blocks:
        _heading(made, sheet, row, block)
        sheet.set_row(row + 2, 32)
        for column, text in enumerate(block.headings):
            pattern = block.patterns[column] if column else None
            sheet.write_string(row + 2, column, text, made.format(**_header(pattern), border=1, border_color=_LINE))
        for offset, line in enumerate(block.rows, row + 3):
            for column, value in enumerate(line):
                _cell(made, sheet, offset, column, value, block.patterns[column], border=1, border_color=_LINE)
        places[block] = _Place(sheet.get_name(), row + 3, len(block.rows))
        row += len(block.rows) + 5
    return places


def _pivots(made: _Book, sheet: Worksheet, blocks: Iterable[Block]) -> dict[Block, _Place]:
    """Tables that can be sorted and filtered, with a row of totals where a sum means something."""
    places: dict[Block, _Place] = {}
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 12, 19)
    row = 0
    for number, block in enumerate(blocks):
        _heading(made, sheet, row, block)
        top, height = row + 3, max(len(block.rows), 1)
        last = len(block.headings) - 1
        sheet.set_row(row + 2, 32)
        columns = [_table_column(made, block, index) for index in range(len(block.headings))]
        sheet.add_table(
            row + 2, 0, top + height, last,
            {"name": f"capa24_{number}", "columns": columns, "style": "Table Style Light 1", "banded_rows": False,
             "total_row": True},
        )  # fmt: skip
        for offset, line in enumerate(block.rows, top):
            for column, value in enumerate(line):
                _cell(made, sheet, offset, column, value, block.patterns[column], bottom=4, bottom_color=_LINE)
        places[block] = _Place(sheet.get_name(), top, len(block.rows))
        row += height + 6
    return places


def _table_column(made: _Book, block: Block, index: int) -> dict[str, Any]:
    pattern = block.patterns[index]
    column: dict[str, Any] = {
        "header": block.headings[index],
        "header_format": made.format(**_header(pattern)),
    }
    if index == 0:
        return column | {"total_string": "Всего"}
    if pattern not in {COUNT, HOURS, NUMBER} or _is_mean(block.headings[index]):
        return column  # a sum of means and shares says nothing
    total = sum(value for line in block.rows if isinstance(value := line[index], int | float))
    look = made.format(num_format=pattern, bold=True)
    return column | {"total_function": "sum", "total_value": total, "format": look}


def _is_mean(heading: str) -> bool:
    return "средн" in heading or "довлетворённость" in heading


def _header(pattern: str | None) -> dict[str, Any]:
    """Over numbers the heading stands where they do."""
    look = {"bold": True, "bg_color": _HEAD, "text_wrap": True, "valign": "vcenter"}
    return look | ({"align": "right"} if pattern else {})


def _heading(made: _Book, sheet: Worksheet, row: int, block: Block) -> None:
    sheet.write_string(row, 0, block.title, made.format(bold=True, font_size=14))
    sheet.write_string(row + 1, 0, block.question, made.format(font_size=10, font_color=_MUTED))


def _cell(made: _Book, sheet: Worksheet, row: int, column: int, value: Value, pattern: str | None, **look: Any) -> None:
    aligned = {"align": "left"} if column == 0 else {}
    shown = made.format(**look, **aligned, **({"num_format": pattern} if pattern else {"text_wrap": True}))
    if value is None:
        sheet.write_blank(row, column, None, shown)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:LONGEST_TEXT], shown)
    elif isinstance(value, datetime | date):
        sheet.write_number(row, column, serial(value, made.zone), shown)
    else:
        sheet.write_number(row, column, float(value), shown)


# --- Rows ------------------------------------------------------------------------------------------------------------


def _rows(made: _Book, sheet: Worksheet, table: AnyTable, records: Sequence[CaseRecord]) -> None:
    header = made.format(bold=True, bg_color=_HEAD, text_wrap=True, valign="vcenter", border=1, border_color=_LINE)
    looks = []
    for index, column in enumerate(table.columns):
        pattern = column.number_format
        look = made.format(valign="top", **({"num_format": pattern} if pattern else {}))
        looks.append(look)
        sheet.set_column(index, index, column.width / 7, look)
        sheet.write_string(0, index, column.heading, header)
    sheet.set_row(0, 48)
    sheet.freeze_panes(1, 1)
    count = links = 0
    for record in records:
        for line in table.rows(record, made.zone):
            count += 1
            for index, (column, cell) in enumerate(zip(table.columns, line.cells, strict=True)):
                value = next(iter(cell.values()), None)
                if column.link and isinstance(value, str) and links < MOST_LINKS and len(value) <= LONGEST_LINK:
                    sheet.write_url(count, index, value, None, "открыть")
                    links += 1
                else:
                    _row_cell(sheet, count, index, value, looks[index])
    sheet.autofilter(0, 0, max(count, 1), len(table.columns) - 1)
    if any(column.kind is Kind.TEXT for column in table.columns):
        sheet.ignore_errors({"number_stored_as_text": f"A1:A{max(count, 1) + 1}"})


def _row_cell(sheet: Worksheet, row: int, column: int, value: Any, look: Format) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, look)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:LONGEST_TEXT], look)
    elif value is not None:
        sheet.write_number(row, column, value, look)
