"""The spreadsheets as a person sees them in a browser: tabs, cells, pivot tables and charts. Read only."""

from __future__ import annotations

from html import escape

from sandbox.sheets import charts
from sandbox.sheets.calculation import Calculation
from sandbox.sheets.desk import Desk
from sandbox.sheets.ranges import Box, column_name
from sandbox.sheets.spreadsheet import Sheet, Spreadsheet

MOST_ROWS = 500
_STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 0; color: #202124; }
header { padding: 12px 16px; border-bottom: 1px solid #dadce0; } h1 { font-size: 18px; margin: 0; }
nav a { display: inline-block; padding: 8px 14px; text-decoration: none; color: #444; }
nav a.open { border-bottom: 3px solid #188038; color: #188038; font-weight: 600; }
main { overflow: auto; padding: 8px 16px 32px; }
table { border-collapse: collapse; } td, th { border: 1px solid #e2e3e3; padding: 3px 8px; vertical-align: top; }
td { white-space: pre-wrap; max-width: 320px; min-width: 40px; } td.number { text-align: right; }
th { background: #f8f9fa; color: #5f6368; font-weight: 400; } tr.frozen td { background: #eef3f8; font-weight: 600; }
svg { display: block; margin: 16px 0; border: 1px solid #e2e3e3; background: #fff; } p { color: #5f6368; }
"""


def index(desk: Desk) -> str:
    """All spreadsheets of the desk."""
    items = "".join(
        f'<li><a href="spreadsheets/d/{escape(book.id)}">{escape(book.properties["title"])}</a></li>'
        for book in desk.spreadsheets.values()
    )
    return _page("Таблицы на столе", f"<main><ul>{items or '<p>Таблиц ещё нет.</p>'}</ul></main>")


def spreadsheet(book: Spreadsheet, sheet_id: int | None) -> str:
    """One sheet of it, the first unless ``sheet_id`` names another."""
    chosen = (book.find_sheet(sheet_id) if sheet_id is not None else None) or book.sheets[0]
    tabs = "".join(
        f'<a href="?gid={sheet.id}"{" class=open" if sheet is chosen else ""}>{escape(sheet.title)}</a>'
        for sheet in book.sheets
        if not sheet.properties.get("hidden")
    )
    calculation = Calculation(book)
    drawn = "".join(charts.draw(calculation, chart["spec"]) for chart in chosen.objects.get("charts", ()))
    title = book.properties["title"]
    return _page(title, f"<nav>{tabs}</nav><main>{_table(calculation, chosen)}{drawn}</main>")


def _table(calculation: Calculation, sheet: Sheet) -> str:
    box = _filled(calculation, sheet)
    frozen = sheet.properties.get("gridProperties", {}).get("frozenRowCount", 0)
    heads = "".join(f"<th>{column_name(column)}</th>" for column in range(box.right))
    rows = []
    for row in range(min(box.bottom, MOST_ROWS)):
        cells = "".join(_cell(calculation, sheet, row, column) for column in range(box.right))
        rows.append(f"<tr{' class=frozen' if row < frozen else ''}><th>{row + 1}</th>{cells}</tr>")
    more = f"<p>Показаны первые {MOST_ROWS} строк из {box.bottom}.</p>" if box.bottom > MOST_ROWS else ""
    return f"<table><tr><th></th>{heads}</tr>{''.join(rows)}</table>{more}" if box.right else "<p>Лист пуст.</p>"


def _cell(calculation: Calculation, sheet: Sheet, row: int, column: int) -> str:
    value = calculation.value(sheet, row, column)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"<td{' class=number' if number else ''}>{escape(calculation.shown(sheet, row, column))}</td>"


def _filled(calculation: Calculation, sheet: Sheet) -> Box:
    """From the first cell to the last one that shows something."""
    entered = [(row, column) for row, column, cell in sheet.grid.cells(sheet.grid.whole) if "userEnteredValue" in cell]
    shown = [*entered, *calculation.spread(sheet).values]
    return Box(
        0, max((row for row, _ in shown), default=-1) + 1, 0, max((column for _, column in shown), default=-1) + 1
    )


def _page(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><header><h1>{escape(title)}</h1></header>{body}</body></html>"
    )
