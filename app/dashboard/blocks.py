"""What the screen is built of: tiles, charts with the table of their numbers, sections. Plain data, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Tone = Literal["good", "bad", "flat"]
"""What a change means to the reader: better, worse, neither."""


@dataclass(frozen=True)
class Change:
    """Against the period before: ``+3 п.п.``, and the number it is compared with."""

    text: str
    before: str
    tone: Tone = "flat"


@dataclass(frozen=True)
class Tile:
    """One number that stands for many."""

    title: str
    value: str
    unit: str = ""
    hint: str = ""
    change: Change | None = None
    course: tuple[float | None, ...] = ()
    """The same number over the period, drawn small."""
    address: str | None = None

    @property
    def line(self) -> str:
        """``course`` as points of an SVG polyline, 100 wide and 28 high."""
        known = [value for value in self.course if value is not None]
        if len(known) < 2:
            return ""
        low, high = min(known), max(known)
        height = (high - low) or 1.0
        step = 100 / (len(self.course) - 1)
        points = [(at * step, value) for at, value in enumerate(self.course) if value is not None]
        return " ".join(f"{x:.1f},{26 - 24 * (value - low) / height:.1f}" for x, value in points)


@dataclass(frozen=True)
class Series:
    """Values in the order of the chart's labels; ``None`` where there is nothing to tell."""

    title: str
    values: tuple[float | None, ...]
    color: str
    addresses: tuple[str | None, ...] = ()
    """Where a click on a value leads."""


@dataclass(frozen=True)
class Chart:
    """``columns`` stand upright over time and are stacked, ``bars`` lie and have long names, ``lines`` join values."""

    kind: Literal["columns", "bars", "lines"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    digits: int = 0
    lowest: float | None = None
    """Where the axis begins unless a value is lower; by default at zero."""
    highest: float | None = None
    """Where the axis ends; by default where the values do."""

    def as_json(self) -> str:
        """What the browser draws from."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)


@dataclass(frozen=True)
class Cell:
    """``share`` of 1 is drawn as a bar beside the text; ``depth`` moves it to the right, under what it belongs to."""

    text: str
    address: str | None = None
    share: float | None = None
    note: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Table:
    """The first column names the row; all others are numbers."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A chart and the numbers behind it; either may be missing."""

    title: str
    note: str = ""
    chart: Chart | None = None
    table: Table | None = None
    tiles: tuple[Tile, ...] = ()
    empty: str = ""
    """What to say, and to do, when there is nothing to show."""
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """One question of the head, the answer in a sentence, and what it is seen from."""

    anchor: str
    title: str
    answer: str
    figures: Sequence[Figure] = ()
