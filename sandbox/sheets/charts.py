"""Charts drawn as SVG: columns, bars, lines, areas, stacks, combinations with a second axis, pies and rings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from sandbox.sheets import chart_data
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.chart_data import COLOURS, Axis, BasicChart, PieChart, Series
from sandbox.sheets.formats import plain


class Size(NamedTuple):
    """In the units of the drawing, where small text is 12 high."""

    width: int
    height: int


WIDE, NARROW = Size(720, 420), Size(420, 360)
_GREY, _GRID = "#5f6368", "#e3e6ea"
_LETTER = 6.9
"""Pixels a letter of the small text takes, about."""


def draw(calculation: Calculation, spec: Mapping[str, Any], size: Size = WIDE) -> str:
    """The chart as an SVG element. What is not drawn says so in its place."""
    if "basicChart" in spec:
        body = _Basic(calculation, chart_data.basic(calculation, spec["basicChart"]), size).drawn()
    elif "pieChart" in spec:
        body = "".join(_pie(chart_data.pie(calculation, spec["pieChart"]), size))
    else:
        body = _text(size.width / 2, size.height / 2, "Диаграмма этого вида хранится, но не рисуется", anchor="middle")
    title = _text(24, 32, _cut(spec.get("title", ""), size.width // 10), size=17, colour="#202124")
    subtitle = _text(24, 50, spec.get("subtitle", ""), size=12)
    label = escape(spec.get("title", "Диаграмма"), quote=True)
    return (
        f'<svg viewBox="0 0 {size.width} {size.height}" role="img" aria-label="{label}">{title}{subtitle}{body}</svg>'
    )


class _Scale:
    """From values to pixels, with round numbers for ticks."""

    def __init__(self, values: Iterable[float], axis: Axis, start: float, end: float) -> None:
        found = [0.0, *values]
        low = min(found) if axis.low is None else axis.low
        high = max(found) if axis.high is None else axis.high
        if high <= low:
            high = low + 1
        step = _round_step((high - low) / 5)
        self.low = math.floor(low / step + 1e-9) * step if axis.low is None else low
        self.high = math.ceil(high / step - 1e-9) * step if axis.high is None else high
        self.ticks = [self.low + step * at for at in range(int((self.high - self.low) / step + 1e-6) + 1)]
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self._start + (self._end - self._start) * part


def _round_step(step: float) -> float:
    size = 10.0 ** math.floor(math.log10(step))
    return next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= step - 1e-12)


class _Basic:
    def __init__(self, calculation: Calculation, chart: BasicChart, size: Size) -> None:
        self.calculation = calculation
        self.size = size
        self.chart = chart
        self.across = chart.kind == "BAR"
        self.count = max(1, len(chart.labels))
        self.stacks = chart.stacked != "NOT_STACKED"
        self.series = [_share(chart.series, one) for one in chart.series] if self._in_percent else list(chart.series)
        longest = max((len(point.text) for point in chart.labels), default=0)
        has_right = any(one.on_right for one in chart.series)
        self.left = (
            28 + (min(size.width * 0.24, longest * _LETTER) if self.across else 46) + 16 * bool(chart.left.title)
        )
        self.right = size.width - (70 + 16 * bool(chart.right.title) if has_right and not self.across else 28)
        self.top = 92 if chart.legend else 64
        slot = (self.right - self.left) / self.count
        self.turned = not self.across and longest * _LETTER > slot - 4
        below = 18 if self.across or not self.turned else min(110, 22 + longest * _LETTER * 0.64)
        self.bottom = size.height - 22 - below - 20 * bool(chart.bottom.title)
        ends = (self.left, self.right) if self.across else (self.bottom, self.top)
        self.main = _Scale(self._reach(on_right=False), self._main_axis, *ends)
        self.second = _Scale(self._reach(on_right=True), chart.right, *ends) if has_right else self.main

    @property
    def _in_percent(self) -> bool:
        return self.chart.stacked == "PERCENT_STACKED"

    @property
    def _main_axis(self) -> Axis:
        axis = self.chart.bottom if self.across else self.chart.left
        return Axis(axis.title, 0, 1, {"type": "PERCENT", "pattern": "0%"}) if self._in_percent else axis

    def _reach(self, *, on_right: bool) -> Iterator[float]:
        """The values an axis has to show, stacks summed up."""
        series = [one for one in self.series if one.on_right is on_right]
        for one in series:
            yield from (point.value for point in one.points if point.value is not None)
        if self.stacks:
            for index in range(self.count):
                values = [_value(one, index) or 0 for one in series if one.kind != "LINE"]
                yield sum(value for value in values if value > 0)
                yield sum(value for value in values if value < 0)

    def drawn(self) -> str:
        return "".join([*self._grid(), *self._labels(), *self._shapes(), *self._legend(), *self._titles()])

    def _grid(self) -> Iterator[str]:
        for tick in self.main.ticks:
            at, text = self.main.at(tick), chart_data.written(tick, self._main_axis, self.calculation)
            if self.across:
                yield _line(at, self.top, at, self.bottom)
                yield _text(at, self.bottom + 18, text, anchor="middle")
            else:
                yield _line(self.left, at, self.right, at)
                yield _text(self.left - 8, at + 4, text, anchor="end")
        if self.second is not self.main and not self.across:
            for tick in self.second.ticks:
                text = chart_data.written(tick, self.chart.right, self.calculation)
                yield _text(self.right + 8, self.second.at(tick) + 4, text)

    def _labels(self) -> Iterator[str]:
        every = 1
        if not self.across:
            room = 15 if self.turned else 1
            every = max(1, math.ceil(room * self.count / (self.right - self.left)))
        for index, point in enumerate(self.chart.labels):
            if index % every:
                continue
            at = self._middle(index)
            if self.across:
                yield _text(self.left - 8, at + 4, _cut(point.text, int((self.left - 26) / _LETTER)), anchor="end")
            elif self.turned:
                turn = f'transform="rotate(-40 {at:.1f} {self.bottom + 14:.1f})"'
                yield _text(at, self.bottom + 14, _cut(point.text, 24), anchor="end", extra=turn)
            else:
                yield _text(at, self.bottom + 18, point.text, anchor="middle")

    def _middle(self, index: int) -> float:
        start, end = (self.top, self.bottom) if self.across else (self.left, self.right)
        return start + (end - start) * (index + 0.5) / self.count

    def _shapes(self) -> Iterator[str]:
        bars = [one for one in self.series if one.kind in {"COLUMN", "BAR"}]
        grounds = [0.0] * self.count, [0.0] * self.count
        for one in sorted(self.series, key=lambda one: one.kind in {"LINE", "SCATTER"}):
            scale = self.second if one.on_right else self.main
            if one.kind in {"COLUMN", "BAR"}:
                yield from self._bars(one, scale, 0 if self.stacks else bars.index(one), len(bars), grounds)
            elif one.kind in {"AREA", "STEPPED_AREA"}:
                yield self._area(one, scale, grounds)
            else:
                yield self._points(one, scale)

    def _bars(
        self, one: Series, scale: _Scale, place: int, count: int, grounds: tuple[list[float], list[float]]
    ) -> Iterator[str]:
        side = (self.bottom - self.top if self.across else self.right - self.left) / self.count
        width = min(64.0, side * 0.72 / (1 if self.stacks else count))
        offset = -width * (1 if self.stacks else count) / 2 + width * place
        for index, point in enumerate(one.points):
            if point.value is None:
                continue
            ground = grounds[point.value < 0]
            base = ground[index] if self.stacks else max(scale.low, 0.0)
            top = base + point.value if self.stacks else point.value
            ground[index] = top
            near, far = sorted((scale.at(base), scale.at(top)))
            at = self._middle(index) + offset
            box = (near, at, far - near, width * 0.94) if self.across else (at, near, width * 0.94, far - near)
            yield _rect(*box, one.colour, _told(one, self.chart.labels[index].text, point.text))

    def _area(self, one: Series, scale: _Scale, grounds: tuple[list[float], list[float]]) -> str:
        over, under = [], []
        for index, point in enumerate(one.points):
            base = grounds[0][index] if self.stacks else max(scale.low, 0.0)
            top = base + (point.value or 0) if self.stacks else point.value or 0
            grounds[0][index] = top
            over.append(f"{self._middle(index):.1f},{scale.at(top):.1f}")
            under.append(f"{self._middle(index):.1f},{scale.at(base):.1f}")
        return (
            f'<polygon points="{" ".join([*over, *reversed(under)])}" fill="{one.colour}" fill-opacity=".35"/>'
            f'<polyline points="{" ".join(over)}" fill="none" stroke="{one.colour}" stroke-width="2"/>'
        )

    def _points(self, one: Series, scale: _Scale) -> str:
        placed = [
            (self._middle(index), scale.at(point.value), index)
            for index, point in enumerate(one.points)
            if point.value is not None
        ]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in placed)
        dots = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{one.colour}">'
            f"{_told(one, self.chart.labels[index].text, one.points[index].text)}</circle>"
            for x, y, index in placed
        )
        line = (
            f'<polyline points="{way}" fill="none" stroke="{one.colour}" stroke-width="2.5" stroke-linejoin="round"/>'
        )
        return dots if one.kind == "SCATTER" else line + dots

    def _legend(self) -> Iterator[str]:
        if not self.chart.legend:
            return
        x, y = 24.0, 66.0
        for one in self.chart.series:
            name = _cut(one.name, 28)
            yield f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="11" height="11" rx="2" fill="{one.colour}"/>'
            yield _text(x + 17, y, name)
            x += 17 + len(name) * 6.8 + 22
            if x > self.size.width - 120:
                x, y = 24.0, y + 16

    def _titles(self) -> Iterator[str]:
        middle = (self.left + self.right) / 2
        yield _text(
            middle, self.size.height - 12, self.chart.bottom.title, anchor="middle", extra='font-style="italic"'
        )
        high = (self.top + self.bottom) / 2
        for x, title in ((18, self.chart.left.title), (self.size.width - 10, self.chart.right.title)):
            turn = f'font-style="italic" transform="rotate(-90 {x} {high:.1f})"'
            yield _text(x, high, title, anchor="middle", extra=turn)


def _value(one: Series, index: int) -> float | None:
    return one.points[index].value if index < len(one.points) else None


def _share(series: Sequence[Series], one: Series) -> Series:
    """The series as parts of the sum of all at each place."""
    points = []
    for index, point in enumerate(one.points):
        total = sum(abs(_value(other, index) or 0) for other in series)
        part = None if point.value is None or not total else point.value / total
        points.append(chart_data.Point(point.text, part))
    return Series(one.name, one.kind, tuple(points), one.on_right, one.colour)


def _pie(chart: PieChart, size: Size) -> Iterator[str]:
    total = sum(value for _, value in chart.slices)
    angle = -math.pi / 2
    radius = min(size.height * 0.36, size.width * 0.24)
    x, y, legend = size.width * 0.03 + radius + 16, size.height * 0.55, size.width * 0.08 + 2 * radius + 16
    for at, (label, value) in enumerate(chart.slices):
        colour = COLOURS[at % len(COLOURS)]
        turn = 2 * math.pi * value / total
        told = f"<title>{escape(label)}: {value / total:.1%}</title>"
        if len(chart.slices) == 1:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}">{told}</circle>'
        else:
            start = f"{x + radius * math.cos(angle):.1f} {y + radius * math.sin(angle):.1f}"
            end = f"{x + radius * math.cos(angle + turn):.1f} {y + radius * math.sin(angle + turn):.1f}"
            arc = f"M {x:.1f} {y:.1f} L {start} A {radius:.1f} {radius:.1f} 0 {int(turn > math.pi)} 1 {end} Z"
            yield f'<path d="{arc}" fill="{colour}" stroke="#fff" stroke-width="1.5">{told}</path>'
        if value / total > 0.05:
            reach = radius * (0.62 if not chart.hole else (1 + chart.hole) / 2)
            half = angle + turn / 2
            yield _text(
                x + reach * math.cos(half),
                y + reach * math.sin(half) + 4,
                f"{value / total:.0%}",
                anchor="middle",
                colour="#fff",
                size=13,
            )
        row = 92 + at * 24
        if row < size.height - 10:
            yield f'<rect x="{legend:.0f}" y="{row - 10}" width="12" height="12" rx="2" fill="{colour}"/>'
            room = int((size.width - legend - 20) / 7.4) - 12
            text = f"{_cut(label, room)}: {plain(value)} ({value / total:.0%})"
            yield _text(legend + 20, row, text, size=13)
        angle += turn
    if chart.hole and chart.slices:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * chart.hole:.1f}" fill="#fff"/>'


def _told(one: Series, label: str, text: str) -> str:
    """What the pointer sees over a shape."""
    return f"<title>{escape(label)} · {escape(one.name)}: {escape(text)}</title>"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _rect(x: float, y: float, width: float, height: float, colour: str, told: str) -> str:
    size = f'width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}">{told}</rect>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_GRID}"/>'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = _GREY, extra: str = ""
) -> str:
    if not text:
        return ""
    look = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}" {extra}'.rstrip()
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'
