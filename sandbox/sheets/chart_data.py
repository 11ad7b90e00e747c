"""What a chart shows: the cells behind a ChartSpec, read at the moment somebody looks.

So a chart over a pivot table follows the data below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.sheets.calculation import Calculation
from sandbox.sheets.formats import shown
from sandbox.sheets.formulas import FormulaError
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject

COLOURS = ("#4285f4", "#ea4335", "#fbbc04", "#34a853", "#ff6d01", "#46bdc6", "#7baaf7", "#f07b72", "#fcd04f", "#71c287")


@dataclass(frozen=True)
class Point:
    text: str
    """As the cell shows it."""
    value: float | None
    """None where the cell holds no number."""


@dataclass(frozen=True)
class Series:
    name: str
    kind: str
    """BasicChartType: COLUMN, BAR, LINE, AREA, STEPPED_AREA, SCATTER."""
    points: tuple[Point, ...]
    on_right: bool
    colour: str


@dataclass(frozen=True)
class Axis:
    title: str = ""
    low: float | None = None
    """Explicit ends of the view window."""
    high: float | None = None
    number_format: JsonObject | None = None


@dataclass(frozen=True)
class BasicChart:
    kind: str
    labels: tuple[Point, ...]
    series: tuple[Series, ...]
    stacked: str
    """NOT_STACKED, STACKED, PERCENT_STACKED."""
    legend: bool
    bottom: Axis
    left: Axis
    right: Axis


@dataclass(frozen=True)
class PieChart:
    slices: tuple[tuple[str, float], ...]
    hole: float


def basic(calculation: Calculation, chart: Mapping[str, Any]) -> BasicChart:
    reader = _Reader(calculation)
    domains = [reader.cells(one.get("domain", {})) for one in chart.get("domains", ())]
    columns = [reader.cells(one.get("series", {})) for one in chart.get("series", ())]
    header = chart.get("headerCount")
    header = _guessed_header(columns) if header is None else max(0, header)
    kind = chart.get("chartType", "COLUMN")
    labels = list(domains[0][header:]) if domains else []
    rows = max([len(labels), *(len(column) - header for column in columns)], default=0)
    while rows and not _at(labels, rows - 1).text and all(_at(c, header + rows - 1).value is None for c in columns):
        rows -= 1
    series = []
    for index, (one, cells) in enumerate(zip(chart.get("series", ()), columns, strict=True)):
        own = one.get("type", "LINE" if kind == "COMBO" else kind)
        series.append(
            Series(
                name=" ".join(cell.text for cell in cells[:header]) or f"Ряд {index + 1}",
                kind=own,
                points=tuple(_at(cells, header + row) for row in range(rows)),
                on_right=one.get("targetAxis") == "RIGHT_AXIS",
                colour=_colour(one) or COLOURS[index % len(COLOURS)],
            )
        )
    across = kind == "BAR"
    axes = {one.get("position"): _axis(one) for one in chart.get("axis", ())}
    values = [reader.format_of(one.get("series", {}), header) for one in chart.get("series", ())]
    on_left = next((f for one, f in zip(series, values, strict=True) if not one.on_right), None)
    on_right = next((f for one, f in zip(series, values, strict=True) if one.on_right), None)
    bottom, left = axes.get("BOTTOM_AXIS", Axis()), axes.get("LEFT_AXIS", Axis())
    right = axes.get("RIGHT_AXIS", Axis())
    return BasicChart(
        kind=kind,
        labels=tuple(_at(labels, row) for row in range(rows)),
        series=tuple(series),
        stacked=chart.get("stackedType", "NOT_STACKED"),
        legend=chart.get("legendPosition") != "NO_LEGEND" and bool(series),
        bottom=_formatted(bottom, on_left) if across else bottom,
        left=left if across else _formatted(left, on_left),
        right=_formatted(right, on_right),
    )


def pie(calculation: Calculation, chart: Mapping[str, Any]) -> PieChart:
    """Ranges of a pie have no header count: a row without a number is a heading."""
    reader = _Reader(calculation)
    pairs = zip(reader.cells(chart.get("domain", {})), reader.cells(chart.get("series", {})), strict=False)
    slices = tuple((label.text, part.value) for label, part in pairs if part.value is not None and part.value > 0)
    return PieChart(slices, chart.get("pieHole", 0))


def written(value: float, axis: Axis, calculation: Calculation) -> str:
    """A number the way its axis writes it."""
    return shown(round(value, 10), dict(axis.number_format) if axis.number_format else None, calculation.place)


class _Reader:
    def __init__(self, calculation: Calculation) -> None:
        self.calculation = calculation

    def cells(self, data: Mapping[str, Any]) -> list[Point]:
        """The cells of a ChartData in order, those of hidden rows left out."""
        points = []
        for source in data.get("sourceRange", {}).get("sources", ()):
            sheet = self.calculation.book.find_sheet(source.get("sheetId", 0))
            if sheet is None:
                continue
            box = Area.of(source).within(sheet.grid.row_count, sheet.grid.column_count)
            spread = self.calculation.spread(sheet).values
            last = max([sheet.grid.last_filled_row(box), *(row for row, _ in spread), box.top - 1])
            for row in range(box.top, min(box.bottom, last + 1)):
                if sheet.grid.dimensions["ROWS"].get(row, {}).get("hiddenByUser"):
                    continue
                for column in range(box.left, box.right):
                    value = self.calculation.value(sheet, row, column)
                    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
                    text = "" if isinstance(value, FormulaError) else self.calculation.shown(sheet, row, column)
                    points.append(Point(text, None if number is None else float(number)))
        return points

    def format_of(self, data: Mapping[str, Any], header: int) -> JsonObject | None:
        """The number format of the first cell below the heading."""
        source = next(iter(data.get("sourceRange", {}).get("sources", ())), None)
        sheet = self.calculation.book.find_sheet(source.get("sheetId", 0)) if source else None
        if source is None or sheet is None:
            return None
        row, column = source.get("startRowIndex", 0) + header, source.get("startColumnIndex", 0)
        return self.calculation.number_format(sheet, row, column, sheet.grid.cell(row, column))


def _guessed_header(columns: Sequence[Sequence[Point]]) -> int:
    """Without a header count: a first row of texts over numbers is a heading."""
    first = [column[0] for column in columns if column]
    return int(bool(first) and all(point.value is None and point.text for point in first))


def _at(points: Sequence[Point], index: int) -> Point:
    return points[index] if index < len(points) else Point("", None)


def _axis(one: Mapping[str, Any]) -> Axis:
    window = one.get("viewWindowOptions", {})
    return Axis(one.get("title", ""), window.get("viewWindowMin"), window.get("viewWindowMax"))


def _formatted(axis: Axis, number_format: JsonObject | None) -> Axis:
    return Axis(axis.title, axis.low, axis.high, number_format)


def _colour(one: Mapping[str, Any]) -> str | None:
    rgb = one.get("colorStyle", {}).get("rgbColor") or one.get("color")
    return css_colour(rgb) if rgb else None


def css_colour(rgb: Mapping[str, float]) -> str:
    parts = (round(255 * min(1.0, max(0.0, rgb.get(name, 0)))) for name in ("red", "green", "blue"))
    return "#" + "".join(f"{part:02x}" for part in parts)
