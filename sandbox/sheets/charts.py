"""Charts drawn as SVG: columns, bars, lines, areas, combinations with a second axis, pies. Plain, to be looked at.

The numbers come from the cells, so a chart over a pivot table follows the data below it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from sandbox.sheets.calculation import Calculation
from sandbox.sheets.formats import plain
from sandbox.sheets.ranges import Area

WIDTH, HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 56, 44, 64
_COLOURS = ("#4285f4", "#ea4335", "#fbbc04", "#34a853", "#ff6d01", "#46bdc6")


@dataclass(frozen=True)
class Series:
    name: str
    kind: str
    """BasicChartType: COLUMN, BAR, LINE, AREA."""
    values: tuple[float | None, ...]
    on_right: bool


def draw(calculation: Calculation, spec: Mapping[str, Any]) -> str:
    """The chart as an SVG element. What is not drawn says so in its place."""
    if "basicChart" in spec:
        body = _basic(calculation, spec["basicChart"])
    elif "pieChart" in spec:
        body = _pie(calculation, spec["pieChart"])
    else:
        body = _text(WIDTH / 2, HEIGHT / 2, "Диаграмма этого вида хранится, но не рисуется", anchor="middle")
    title = _text(WIDTH / 2, 22, spec.get("title", ""), anchor="middle", size=15)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">{title}{body}</svg>'


def _basic(calculation: Calculation, chart: Mapping[str, Any]) -> str:
    header = chart.get("headerCount", 0)
    kind = chart.get("chartType", "COLUMN")
    domains = chart.get("domains") or [{}]
    labels = [str(text) for text in _column(calculation, domains[0].get("domain", {}))[header:]]
    while labels and not labels[-1]:
        labels.pop()
    series = []
    for one in chart.get("series", ()):
        cells = _column(calculation, one.get("series", {}))
        name = str(cells[0]) if header and cells else ""
        numbers = tuple(_number(cell) for cell in cells[header : header + len(labels)])
        on_right = one.get("targetAxis") == "RIGHT_AXIS"
        series.append(Series(name, one.get("type", "LINE" if kind == "COMBO" else kind), numbers, on_right))
    return _axes(labels, series) + "".join(_drawn(at, series, len(labels)) for at in range(len(series)))


def _column(calculation: Calculation, data: Mapping[str, Any]) -> list[object]:
    """The cells of a ChartData, down its first source range."""
    source = next(iter(data.get("sourceRange", {}).get("sources", ())), None)
    sheet = calculation.book.find_sheet(source.get("sheetId", 0)) if source else None
    if source is None or sheet is None:
        return []
    box = Area.of(source).within(sheet.grid.row_count, sheet.grid.column_count)
    cells: list[object] = []
    for row in range(box.top, box.bottom):
        value = calculation.value(sheet, row, box.left)
        cells.append(value if isinstance(value, int | float) else calculation.shown(sheet, row, box.left))
    return cells


def _number(cell: object) -> float | None:
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None


def _top_of(series: Sequence[Series], *, on_right: bool) -> float:
    """A round number above everything on that axis."""
    most = max((value or 0 for one in series if one.on_right is on_right for value in one.values), default=0)
    if most <= 0:
        return 1.0
    step = float(10 ** math.floor(math.log10(most)))
    return math.ceil(most / step) * step


def _axes(labels: Sequence[str], series: Sequence[Series]) -> str:
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    lines = []
    for part in range(5):
        y = _TOP + height * (1 - part / 4)
        lines.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        lines.append(_text(_LEFT - 6, y + 4, plain(_top_of(series, on_right=False) * part / 4), anchor="end"))
        if any(one.on_right for one in series):
            top = _top_of(series, on_right=True)
            lines.append(_text(WIDTH - _RIGHT + 6, y + 4, f"{part / 4:.0%}" if top == 1 else plain(top * part / 4)))
    for at, label in enumerate(labels):
        x = _LEFT + width * (at + 0.5) / len(labels)
        lines.append(_text(x, HEIGHT - _BOTTOM + 16, label[:18], anchor="middle"))
    for at, one in enumerate(series):
        x = _LEFT + at * 150
        lines.append(f'<rect x="{x}" y="{HEIGHT - 20}" width="10" height="10" fill="{_COLOURS[at % len(_COLOURS)]}"/>')
        lines.append(_text(x + 14, HEIGHT - 11, one.name[:22]))
    return "".join(lines)


def _drawn(at: int, series: Sequence[Series], count: int) -> str:
    one = series[at]
    colour = _COLOURS[at % len(_COLOURS)]
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    top = _top_of(series, on_right=one.on_right)

    def y_of(value: float) -> float:
        return _TOP + height * (1 - max(0.0, value) / top)

    if one.kind in {"COLUMN", "BAR", "STEPPED_AREA"}:
        bars = [other for other in series if other.kind == one.kind]
        slot = width / max(1, count)
        bar = slot * 0.7 / len(bars)
        offset = slot * 0.15 + bar * bars.index(one)
        return "".join(
            f'<rect x="{_LEFT + slot * index + offset:.1f}" y="{y_of(value):.1f}" width="{bar:.1f}" '
            f'height="{_TOP + height - y_of(value):.1f}" fill="{colour}"><title>{plain(value)}</title></rect>'
            for index, value in enumerate(one.values)
            if value is not None
        )
    points = [
        f"{_LEFT + width * (index + 0.5) / count:.1f},{y_of(value):.1f}"
        for index, value in enumerate(one.values)
        if value is not None
    ]
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _pie(calculation: Calculation, chart: Mapping[str, Any]) -> str:
    """Ranges of a pie have no header count: a first row that holds no number is a heading."""
    cells = _column(calculation, chart.get("series", {}))
    labels = _column(calculation, chart.get("domain", {}))
    parts = [
        (str(label), value)
        for label, cell in zip(labels, cells, strict=False)
        if (value := _number(cell)) is not None and value > 0
    ]
    total = sum(value for _, value in parts)
    drawn, angle = [], -math.pi / 2
    x, y, radius = WIDTH * 0.35, HEIGHT * 0.55, HEIGHT * 0.36
    for at, (label, value) in enumerate(parts):
        colour = _COLOURS[at % len(_COLOURS)]
        turn = 2 * math.pi * value / total
        if len(parts) == 1:
            drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}"/>')
        else:
            start = f"{x + radius * math.cos(angle):.1f} {y + radius * math.sin(angle):.1f}"
            end = f"{x + radius * math.cos(angle + turn):.1f} {y + radius * math.sin(angle + turn):.1f}"
            arc = f"M {x:.1f} {y:.1f} L {start} A {radius:.1f} {radius:.1f} 0 {int(turn > math.pi)} 1 {end} Z"
            drawn.append(f'<path d="{arc}" fill="{colour}"/>')
        drawn.append(_text(WIDTH * 0.66, _TOP + 30 + at * 22, f"{label}: {plain(value)} ({value / total:.0%})"))
        drawn.append(f'<rect x="{WIDTH * 0.63:.0f}" y="{_TOP + 21 + at * 22}" width="10" height="10" fill="{colour}"/>')
        angle += turn
    return "".join(drawn)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 11) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
