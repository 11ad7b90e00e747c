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
    pareto, pie, other = re.findall('<figure class="wide">(<svg.*?</svg>)', page)
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
    assert 'href="spreadsheets/d/the-spreadsheet"><b>Book</b>' in (await page_of(api.desk, "/")).text


async def test_no_such_spreadsheet() -> None:
    assert (await page_of(Desk(), "/spreadsheets/d/nobody")).status_code == 404


async def test_charts_over_nothing_are_empty_frames(api: Api) -> None:
    api.batch(chart(PARETO), chart(PIE))
    page = await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")
    assert page.status_code == 200
    assert page.text.count('class="wide"') == 2


STACKED = {
    "title": "Вместе",
    "basicChart": {
        "chartType": "COLUMN",
        "stackedType": "STACKED",
        "headerCount": 1,
        "domains": [{"domain": source(0)}],
        "series": [{"series": source(1)}, {"series": source(1)}],
    },
}


async def test_stacked_columns_stand_on_each_other(api: Api) -> None:
    api.put("A1", DATA)
    api.batch(chart(STACKED))
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
    (drawn,) = re.findall('<figure class="wide">(<svg.*?</svg>)', page)
    bars = re.findall(r'y="([\d.]+)" width="[\d.]+" height="([\d.]+)" fill="[^"]*"><title>Анна', drawn)
    (low, height), (high, _) = [(float(y), float(tall)) for y, tall in bars]
    assert high + height == pytest.approx(low, abs=0.2)


async def test_bars_lie_and_a_ring_has_a_hole(api: Api) -> None:
    api.put("A1", DATA)
    across = {"basicChart": {**STACKED["basicChart"], "chartType": "BAR", "stackedType": "NOT_STACKED"}}  # type: ignore[dict-item]
    ring = {"pieChart": {**PIE["pieChart"], "pieHole": 0.5}}  # type: ignore[dict-item]
    api.batch(chart(across), chart(ring))
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
    lying, round_one = re.findall('<figure class="wide">(<svg.*?</svg>)', page)
    widths = [
        float(one) for one in re.findall(r'<rect [^>]*width="([\d.]+)" height="[\d.]+" fill="[^"]*"><title>', lying)
    ]
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.01)
    assert "<circle" in round_one


async def test_looks_of_cells(api: Api) -> None:
    api.put("A1", [["Ссылка", True, "=1/0"], ["https://example.com/?a=1&b=2", "javascript:alert(1)"]], "USER_ENTERED")
    red = {"userEnteredFormat": {"backgroundColorStyle": {"rgbColor": {"red": 1}}, "textFormat": {"bold": True}}}
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    note = {"updateCells": {"start": {"sheetId": 0}, "rows": [{"values": [{"note": 'см. "там"'}]}], "fields": "note"}}
    merge = {"mergeCells": {"range": {"sheetId": 0, "startRowIndex": 2, "endRowIndex": 4, "endColumnIndex": 2}}}
    api.put("A3", [["вместе"], [], ["ниже"]])
    fields = "userEnteredFormat(backgroundColorStyle,textFormat.bold)"
    api.batch({"repeatCell": {"range": area, "cell": red, "fields": fields}}, note, merge)
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
    assert '<td class=note style="background:#ff0000;font-weight:600;" title="см. &quot;там&quot;">Ссылка</td>' in page
    assert "<td class=bool>TRUE</td><td class=error>#DIV/0!</td>" in page
    assert '<a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer">' in page
    assert 'href="javascript' not in page
    assert "<td rowspan=2 colspan=2>вместе</td>" in page


async def test_a_long_text_runs_over_blank_cells(api: Api) -> None:
    long = "Сколько разборов начато и закрыто за месяц"
    api.put("A1", [[long, None, None, None, 1], [long, "занято"]])
    width = {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 5}}
    api.batch({"updateDimensionProperties": {**width, "properties": {"pixelSize": 100}, "fields": "pixelSize"}})
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
    assert f'<td title="{long}" colspan=4>{long}</td><td class=number>1</td>' in page
    assert f'<td title="{long}">{long}</td><td>занято</td>' in page


async def test_many_rows_are_shown_by_pages(api: Api) -> None:
    api.put("A1", [["Заголовок"], *([row] for row in range(1, 500))])
    frozen = {
        "properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 1}},
        "fields": "gridProperties.frozenRowCount",
    }
    api.batch({"updateSheetProperties": frozen})
    page = (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet?from=200")).text
    assert "Заголовок" in page
    assert "<td class=number>201</td>" in page
    assert "<td class=number>200</td>" not in page
    assert "Строки 201–400 из 499" in page
    assert 'href="?gid=0&from=400"' in page


async def test_what_is_on_the_sheet_unseen(api: Api) -> None:
    area = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1}
    api.batch({"addProtectedRange": {"protectedRange": {"range": area, "description": "Шапка <b>"}}})
    assert "Защищено Sheet1!A1:Z1: Шапка &lt;b&gt;" in (await page_of(api.desk, "/spreadsheets/d/the-spreadsheet")).text
