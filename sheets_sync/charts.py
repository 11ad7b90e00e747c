"""Charts of the spreadsheet, as JSON of the Sheets API: the same that the local workbook has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sheets_sync.summary import Block, Look

JsonObject = dict[str, Any]

COLOURS = ("#2F6DB5", "#58A55C", "#E8A33D", "#C9504B", "#7D6BB0", "#3FA7B5", "#8A8F98", "#B5762F")
_TYPES = {
    Look.COLUMNS: "COLUMN",
    Look.STACKED: "COLUMN",
    Look.SHARES: "COLUMN",
    Look.BARS: "BAR",
    Look.LINES: "LINE",
    Look.PARETO: "COMBO",
}
_STACKED = {Look.STACKED: "STACKED", Look.SHARES: "PERCENT_STACKED"}


def chart_spec(block: Block, sheet_id: int, header_row: int) -> JsonObject | None:
    """The spec for a block whose headings stand in ``header_row``; ``None`` when there is nothing to draw."""
    chart = block.chart
    if chart is None or not block.rows or not chart.series:
        return None
    lying = chart.look is Look.BARS
    axes = [{"position": "BOTTOM_AXIS" if lying else "LEFT_AXIS", "title": chart.axis}]
    if chart.look is Look.PARETO:
        whole = {"viewWindowMin": 0, "viewWindowMax": 1, "viewWindowMode": "EXPLICIT"}
        axes.append({"position": "RIGHT_AXIS", "viewWindowOptions": whole})  # type: ignore[dict-item]
    drawn = {
        "chartType": _TYPES[chart.look],
        "legendPosition": "NO_LEGEND" if len(chart.series) == 1 else "BOTTOM_LEGEND",
        "headerCount": 1,
        "axis": axes,
        "domains": [{"domain": _range(block, sheet_id, header_row, 0)}],
        "series": [_series(block, sheet_id, header_row, column, number) for number, column in enumerate(chart.series)],
        **({"stackedType": _STACKED[chart.look]} if chart.look in _STACKED else {}),
    }
    return {"title": chart.title, "hiddenDimensionStrategy": "SHOW_ALL", "basicChart": drawn}


def position(sheet_id: int, row: int, column: int, width: int, height: int) -> JsonObject:
    anchor = {"sheetId": sheet_id, "rowIndex": row, "columnIndex": column}
    return {"overlayPosition": {"anchorCell": anchor, "widthPixels": width, "heightPixels": height}}


def rgb(colour: str) -> JsonObject:
    """``#RRGGBB`` as a ColorStyle."""
    parts: Sequence[int] = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return {"rgbColor": dict(zip(("red", "green", "blue"), (round(part / 255, 4) for part in parts), strict=True))}


def _series(block: Block, sheet_id: int, header_row: int, column: int, number: int) -> JsonObject:
    look = block.chart.look if block.chart is not None else Look.COLUMNS
    share = look is Look.PARETO and number == 1
    kind = {"type": "LINE" if share else "COLUMN"} if look is Look.PARETO else {}
    target = "BOTTOM_AXIS" if look is Look.BARS else "RIGHT_AXIS" if share else "LEFT_AXIS"
    return {
        "series": _range(block, sheet_id, header_row, column),
        "targetAxis": target,
        "colorStyle": rgb(COLOURS[3] if share else COLOURS[number % len(COLOURS)]),
        **kind,
    }


def _range(block: Block, sheet_id: int, header_row: int, column: int) -> JsonObject:
    where = {
        "sheetId": sheet_id,
        "startRowIndex": header_row,
        "endRowIndex": header_row + 1 + len(block.rows),
        "startColumnIndex": column,
        "endColumnIndex": column + 1,
    }
    return {"sourceRange": {"sources": [where]}}
