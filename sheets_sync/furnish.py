"""Pivots, numbers and charts in the spreadsheet: made where they are missing, brought up to date, otherwise left alone.

Three sheets with fixed ids: «Обзор» (figures and charts), «Сводные» (pivots of the spreadsheet itself), «Показатели»
(the numbers behind the charts). Costs three reads, and one write when something is to be done. What users change about
a pivot or chart of ours stays until its source changes; what they delete comes back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from sheets_sync.charts import chart_spec, position, rgb
from sheets_sync.columns import Value
from sheets_sync.edits import free_title
from sheets_sync.gateway import Gateway
from sheets_sync.layout import Layout, Place, Seen
from sheets_sync.look import NOWHERE, find_tables
from sheets_sync.pivots import PIVOTS, Pivot, anchors, pivot_table
from sheets_sync.rows import clean, serial
from sheets_sync.summary import Block, Look, Summary
from sheets_sync.tables import AnyTable

JsonObject = dict[str, Any]

OVERVIEW, PIVOT_SHEET, NUMBERS = 2_400_105, 2_400_106, 2_400_107
FIRST_CHART = 2_400_200
TITLES = {OVERVIEW: "Обзор", PIVOT_SHEET: "Сводные", NUMBERS: "Показатели"}

SLOT = 20
"""Rows that a block of numbers has to itself, so that a longer one does not move the next from under its chart."""
_NEW_ROWS = 400
_NUMBERS_WIDTH = 16
_PIVOT_ROW = 3
_FIGURES_A_ROW, _FIGURE_COLUMNS = 5, 2
_CHART_ROWS, _CHART_COLUMNS = 17, 5
_HALF, _WHOLE, _HEIGHT = 690, 1390, 340


@dataclass(frozen=True)
class Memory:
    """What was made last: a fingerprint each, to be handed in again."""

    numbers: str = ""
    pivots: str = ""
    charts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Furnished:
    memory: Memory
    made: tuple[str, ...] = ()
    """What was missing and is there again, in Russian."""
    wrote: bool = False


@dataclass(frozen=True)
class _Standing:
    titles: Mapping[int, str]
    charts: frozenset[int]
    pivots: frozenset[int]
    """Columns of our row of anchors that hold a pivot."""


def furnish(
    summary: Summary,
    *,
    sheet: Gateway,
    zone: tzinfo,
    places: Mapping[int, Place] = NOWHERE,
    memory: Memory = Memory(),
    pivots: Sequence[Pivot] = PIVOTS,
) -> Furnished:
    """Blocks. Raises what the gateway raises; does nothing before the sheets of rows are there and complete."""
    found = find_tables(sheet, places)
    if found.missing or any(layout.missing or layout.insert_header for _, layout in found.tables.values()):
        return Furnished(memory)
    standing = _standing(sheet)
    wanted = _wanted_pivots(pivots, summary, found.tables)
    specs = dict(_chart_specs(summary))
    now = Memory(
        numbers=_fingerprint([summary.figures, summary.blocks, summary.pivots]),
        pivots=_fingerprint({column: table for column, (_, table) in wanted.items()}),
        charts={id_: _fingerprint(spec) for id_, (_, spec, _) in specs.items()},
    )
    new_sheets = [id_ for id_ in TITLES if id_ not in standing.titles]
    requests: list[JsonObject] = [*_new_sheets(new_sheets, standing)]
    made = [f"Лист «{TITLES[id_]}» создан." for id_ in new_sheets]
    if now.numbers != memory.numbers or {OVERVIEW, NUMBERS} & set(new_sheets):
        requests += [*_numbers(summary, zone), *_overview(summary, zone)]
    gone = [pivot.title for column, (pivot, _) in wanted.items() if column not in standing.pivots]
    if gone or now.pivots != memory.pivots:
        requests += _pivot_requests(wanted)
        made += [f"Сводная «{title}» построена." for title in gone]
    for id_, (title, spec, where) in specs.items():
        if id_ not in standing.charts:
            requests.append({"addChart": {"chart": {"chartId": id_, "spec": spec, "position": where}}})
            made.append(f"Диаграмма «{title}» построена.")
        elif now.charts[id_] != memory.charts.get(id_):
            requests.append({"updateChartSpec": {"chartId": id_, "spec": spec}})
    if not requests:
        return Furnished(now)
    sheet.batch_update(requests, fields="spreadsheetId")
    return Furnished(now, tuple(made), wrote=True)


def _standing(sheet: Gateway) -> _Standing:
    sheets = sheet.furniture()
    titles = {one["properties"].get("sheetId", 0): one["properties"]["title"] for one in sheets}
    charts = frozenset(chart["chartId"] for one in sheets for chart in one.get("charts", ()))
    pivots: frozenset[int] = frozenset()
    if PIVOT_SHEET in titles:
        quoted = "'" + titles[PIVOT_SHEET].replace("'", "''") + "'"
        cells = sheet.pivots_in(f"{quoted}!{_PIVOT_ROW + 1}:{_PIVOT_ROW + 1}")
        pivots = frozenset(column for column, cell in enumerate(cells) if "pivotTable" in cell)
    return _Standing(titles, charts, pivots)


def _new_sheets(wanted: Sequence[int], standing: _Standing) -> Iterator[JsonObject]:
    taken = set(standing.titles.values())
    for id_ in wanted:
        title = free_title(TITLES[id_], taken)
        grid = {"rowCount": _NEW_ROWS, "columnCount": 60 if id_ == PIVOT_SHEET else _NUMBERS_WIDTH}
        if id_ == PIVOT_SHEET:
            grid["frozenRowCount"] = 2
        properties = {
            "sheetId": id_,
            "title": title,
            "index": list(TITLES).index(id_),
            "gridProperties": {**grid, "hideGridlines": id_ == OVERVIEW},
        }
        yield {"addSheet": {"properties": properties}}
        if id_ == OVERVIEW:
            yield _width(id_, 0, _NUMBERS_WIDTH, 138)
        elif id_ == NUMBERS:
            yield _width(id_, 0, 1, 260)
            yield _width(id_, 1, _NUMBERS_WIDTH, 130)


def _width(sheet_id: int, first: int, end: int, pixels: int) -> JsonObject:
    where = {"sheetId": sheet_id, "dimension": "COLUMNS", "startIndex": first, "endIndex": end}
    return {"updateDimensionProperties": {"range": where, "properties": {"pixelSize": pixels}, "fields": "pixelSize"}}


# --- Numbers ---------------------------------------------------------------------------------------------------------


def _numbers(summary: Summary, zone: tzinfo) -> list[JsonObject]:
    """All blocks in one request that also clears what stood there before."""
    blocks = (*summary.blocks, *_drawn_pivots(summary))
    lines: list[list[JsonObject]] = []
    for number, block in enumerate(blocks):
        lines += [[] for _ in range(number * SLOT - len(lines))]
        lines.append([_text(block.title, bold=True, size=14)])
        lines.append([_text(block.question, muted=True)])
        lines.append([_text(heading, bold=True, fill="#DCE6F1") for heading in block.headings])
        lines += [
            [_cell(value, pattern, zone) for value, pattern in zip(line, block.patterns, strict=True)]
            for line in block.rows
        ]
    height = max(SLOT * (len(blocks) + 2), len(lines))  # the last block may have been longer
    properties = {"sheetId": NUMBERS, "gridProperties": {"rowCount": max(height, _NEW_ROWS)}}
    room = {"updateSheetProperties": {"properties": properties, "fields": "gridProperties.rowCount"}}
    return [room, _written(NUMBERS, lines, height, _NUMBERS_WIDTH)]


def _drawn_pivots(summary: Summary) -> tuple[Block, ...]:
    """Tables that people pivot by themselves and of which a chart is drawn as well."""
    return tuple(block for block in summary.pivots if block.chart is not None)


def _overview(summary: Summary, zone: tzinfo) -> list[JsonObject]:
    """Title and figures: a label above each number."""
    at = summary.made_at.astimezone(zone)
    lines = [
        [_text("Корректирующие действия: отчёт отдела качества", bold=True, size=18)],
        [_text(f"Числа на {at:%d.%m.%Y %H:%M}. Заполняет capa24; строки — на листах справа.", muted=True)],
        [],
    ]
    for first in range(0, len(summary.figures), _FIGURES_A_ROW):
        labels: list[JsonObject] = []
        values: list[JsonObject] = []
        for figure in summary.figures[first : first + _FIGURES_A_ROW]:
            empty = "нет данных" if figure.value is None else None
            labels += [_text(figure.title, muted=True), {}]
            values += [_cell(empty or figure.value, figure.pattern, zone, bold=True, size=16), {}]
        lines += [labels, values]
    return [_written(OVERVIEW, lines, _charts_begin(summary), _NUMBERS_WIDTH)]


def _charts_begin(summary: Summary) -> int:
    return 4 + 2 * -(-len(summary.figures) // _FIGURES_A_ROW)


def _written(sheet_id: int, lines: Sequence[Sequence[JsonObject]], height: int, width: int) -> JsonObject:
    rows = [{"values": [*line, *({} for _ in range(width - len(line)))]} for line in lines]
    rows += [{"values": [{} for _ in range(width)]} for _ in range(height - len(lines))]
    start = {"sheetId": sheet_id, "rowIndex": 0, "columnIndex": 0}
    return {"updateCells": {"start": start, "fields": "userEnteredValue,userEnteredFormat", "rows": rows}}


def _text(text: str, *, bold: bool = False, size: int = 10, muted: bool = False, fill: str | None = None) -> JsonObject:
    return _look({"stringValue": clean(text)}, bold=bold, size=size, muted=muted, fill=fill)


def _cell(value: Value, pattern: str | None, zone: tzinfo, *, bold: bool = False, size: int = 10) -> JsonObject:
    if value is None:
        return {}
    if isinstance(value, str):
        return _text(value, bold=bold, size=size)
    number = serial(value, zone) if isinstance(value, date | datetime) else float(value)
    kind = "DATE" if isinstance(value, date | datetime) else "PERCENT" if pattern and "%" in pattern else "NUMBER"
    return _look({"numberValue": number}, bold=bold, size=size, number={"type": kind, "pattern": pattern or "0"})


def _look(
    value: JsonObject,
    *,
    bold: bool = False,
    size: int = 10,
    muted: bool = False,
    fill: str | None = None,
    number: JsonObject | None = None,
) -> JsonObject:
    text: JsonObject = {"bold": bold, "fontSize": size}
    if muted:
        text["foregroundColorStyle"] = rgb("#6B7280")
    look: JsonObject = {"textFormat": text, "horizontalAlignment": "LEFT"}
    if fill:
        look |= {"backgroundColorStyle": rgb(fill), "wrapStrategy": "WRAP"}
    if number:
        look["numberFormat"] = number
    return {"userEnteredValue": value, "userEnteredFormat": look}


# --- Pivots ----------------------------------------------------------------------------------------------------------


def _wanted_pivots(
    pivots: Sequence[Pivot], summary: Summary, tables: Mapping[AnyTable, tuple[Seen, Layout]]
) -> dict[int, tuple[Pivot, JsonObject]]:
    """By the column of their anchor."""
    verdicts = len(summary.pivots[0].headings) - 3  # beside month, funnel and total
    at = anchors(pivots, max(verdicts, 4))
    return {at[pivot]: (pivot, pivot_table(pivot, *tables[pivot.table])) for pivot in pivots}


def _pivot_requests(wanted: Mapping[int, tuple[Pivot, JsonObject]]) -> list[JsonObject]:
    """The whole row of anchors is written, so that a pivot that stood elsewhere goes."""
    width = 60
    titles: list[JsonObject] = [{} for _ in range(width)]
    questions: list[JsonObject] = [{} for _ in range(width)]
    tables: list[JsonObject] = [{} for _ in range(width)]
    for column, (pivot, table) in wanted.items():
        titles[column] = _text(pivot.title, bold=True, size=14)
        questions[column] = _text(pivot.question, muted=True)
        tables[column] = {"pivotTable": table}
    start = {"sheetId": PIVOT_SHEET, "rowIndex": 0, "columnIndex": 0}
    anchor = {"sheetId": PIVOT_SHEET, "rowIndex": _PIVOT_ROW, "columnIndex": 0}
    headings = [{"values": titles}, {"values": questions}]
    return [
        {"updateCells": {"start": start, "fields": "userEnteredValue,userEnteredFormat", "rows": headings}},
        {"updateCells": {"start": anchor, "fields": "pivotTable", "rows": [{"values": tables}]}},
        *(_width(PIVOT_SHEET, column, column + 1, 190) for column in wanted),
    ]


# --- Charts ----------------------------------------------------------------------------------------------------------


def _chart_specs(summary: Summary) -> Iterator[tuple[int, tuple[str, JsonObject, JsonObject]]]:
    """Chart id -> title, spec, position. Two beside each other; a Pareto has a row to itself."""
    row, left = _charts_begin(summary), 0
    for number, block in enumerate((*summary.blocks, *_drawn_pivots(summary))):
        if block.chart is None:
            continue
        spec = chart_spec(block, NUMBERS, number * SLOT + 2)
        wide = block.chart.look is Look.PARETO
        if left and wide:
            row, left = row + _CHART_ROWS, 0
        if spec is not None:
            where = position(OVERVIEW, row, left, _WHOLE if wide else _HALF, _HEIGHT)
            yield FIRST_CHART + number, (block.chart.title, spec, where)
        left = 0 if wide or left else _CHART_COLUMNS
        row += 0 if left else _CHART_ROWS


def _fingerprint(thing: object) -> str:
    return hashlib.sha256(json.dumps(thing, default=repr, sort_keys=True).encode()).hexdigest()[:16]
