"""What a person sees in a browser."""

from __future__ import annotations

import re

import httpx
import pytest

from sandbox.sheets.desk import Desk
from sandbox.sheets.server import create_app
from tests.sandbox.sheets.conftest import Api

DATA = [["Кто", "Часы", "Доля"], ["Анна <b>", 4, 0.8], ["Борис", 1, 1.0]]


def source(column: int) -> dict[str, object]:
    area = {
        "sheetId": 0,
        "startRowIndex": 0,
        "endRowIndex": 9,
        "startColumnIndex": column,
        "endColumnIndex": column + 1,
    }
    return {"sourceRange": {"sources": [area]}}


PARETO = {
    "title": "Парето",
    "basicChart": {
        "chartType": "COMBO",
        "headerCount": 1,
        "domains": [{"domain": source(0)}],
        "series": [
            {"series": source(1), "type": "COLUMN", "targetAxis": "LEFT_AXIS"},
            {"series": source(2), "type": "LINE", "targetAxis": "RIGHT_AXIS"},
        ],
    },
}
PIE = {"title": "Доли", "pieChart": {"domain": source(0), "series": source(1)}}
OTHER = {"title": "Карта", "treemapChart": {}}


def chart(spec: object) -> dict[str, object]:
    return {"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": {"anchorCell": {"sheetId": 0}}}}}}


async def page_of(desk: Desk, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(desk)), base_url="http://desk") as client:
        return await client.get(path)


async def test_cells_are_shown_as_text(api: Api) -> None:
    api.put("A1", DATA)
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
    assert "<td>Анна &lt;b&gt;</td><td class=number>4</td>" in page


async def test_tabs_open_sheets(api: Api) -> None:
    api.batch({"addSheet": {"properties": {"sheetId": 7, "title": "Отчёт"}}})
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet?gid=7")).text
    assert '<a href="?gid=7" class=open>Отчёт</a>' in page
    assert "Лист пуст" in page


async def test_charts_are_drawn_from_the_cells(api: Api) -> None:
    api.put("A1", DATA)
    api.batch(chart(PARETO), chart(PIE), chart(OTHER))
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
    pareto, pie, other = re.findall("<svg.*?</svg>", page)
    heights = [float(one) for one in re.findall(r'<rect [^>]*height="([\d.]+)" fill="[^"]*"><title>', pareto)]
    assert heights[0] == pytest.approx(4 * heights[1])
    assert pareto.count("<polyline") == 1
    assert "Анна &lt;b&gt;: 4 (80%)" in pie
    assert "не рисуется" in other


async def test_pivot_tables_are_worked_out(api: Api) -> None:
    api.put("A1", DATA)
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2}
    total = {"sourceColumnOffset": 1, "summarizeFunction": "SUM", "name": "Всего"}
    cell = {"pivotTable": {"source": area, "values": [total]}}
    start = {"sheetId": 0, "rowIndex": 5}
    api.batch({"updateCells": {"start": start, "rows": [{"values": [cell]}], "fields": "pivotTable"}})
    assert "Всего" in (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text


async def test_the_list_of_spreadsheets(api: Api) -> None:
    assert 'href="spreadsheets/d/the-spreadsheet">Book' in (await page_of(api.desk, "/")).text


async def test_no_such_spreadsheet() -> None:
    assert (await page_of(Desk(), "/spreadsheets/d/nobody")).status_code == 404


async def test_charts_over_nothing_are_empty_frames(api: Api) -> None:
    api.batch(chart(PARETO), chart(PIE))
    page = await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")
    assert page.status_code == 200
    assert page.text.count("<svg") == 2
