"""``capa24 export``: the report as files, without Google and without the portal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from app.commands.terminal import out, run
from app.controller.case_record import as_record
from app.controller.report_numbers import numbers_of
from app.service import Service
from app.settings import Settings, SettingsError
from app.storage.mirror_rows import MirrorRows
from app.wiring import service
from sheets_sync.delimited import write_csv
from sheets_sync.record import CaseRecord
from sheets_sync.tables import CASES, MEASURES, VIOLATIONS, AnyTable
from sheets_sync.workbook import write_workbook


class SheetName(StrEnum):
    CASES = "cases"
    VIOLATIONS = "violations"
    MEASURES = "measures"


SHEETS: dict[SheetName, AnyTable] = {
    SheetName.CASES: CASES,
    SheetName.VIOLATIONS: VIOLATIONS,
    SheetName.MEASURES: MEASURES,
}


def export(
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Записать книгу: обзор, сводные, строки.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Записать строки одного листа в CSV.")] = None,
    sheet: Annotated[
        SheetName, typer.Option("--sheet", help="Что писать в CSV: разборы, нарушения или меры.")
    ] = SheetName.CASES,
    portal: Annotated[str | None, typer.Option("--portal", help="Только разборы этого портала.")] = None,
) -> None:
    """Выгрузить отчёт в файл: XLSX с диаграммами или CSV. Берётся из базы сервиса, портал не нужен."""
    if xlsx is None and csv is None:
        raise typer.BadParameter("укажите, что выгрузить: --xlsx ФАЙЛ или --csv ФАЙЛ")
    run(lambda settings: _export(settings, xlsx, csv, SHEETS[sheet], portal))


async def _export(settings: Settings, xlsx: Path | None, csv: Path | None, table: AnyTable, portal: str | None) -> None:
    zone = ZoneInfo(settings.sheets.time_zone)
    async with service(settings) as running:
        rows = MirrorRows(running.database, portals=(portal,) if portal is not None else ())
        try:
            if xlsx is not None:
                count = await _workbook(running, rows, xlsx, zone, portal)
                out.print(f"Записано: {escape(str(xlsx))}, разборов: {count}.", soft_wrap=True)
            if csv is not None:
                with csv.open("w", encoding="utf-8", newline="") as file:
                    count = await write_csv(_records(rows), table, zone, file)
                out.print(f"Записано: {escape(str(csv))}, строк листа «{table.title}»: {count}.", soft_wrap=True)
        except OSError as error:
            raise SettingsError(f"файл {error.filename or xlsx or csv} не записывается ({error.strerror})") from None


async def _workbook(running: Service, rows: MirrorRows, file: Path, zone: ZoneInfo, portal: str | None) -> int:
    titles = {funnel.code: funnel.title for funnel in running.book.funnels}
    stored, left_out = await rows.records(), await running.desk.left_out.by_reason()
    portals = (portal,) if portal is not None else ()
    records, summary = numbers_of(stored, left_out, titles, portals, running.surroundings.clock(), zone)
    write_workbook(file, records, summary, zone)
    return len(records)


async def _records(rows: MirrorRows) -> AsyncIterator[CaseRecord]:
    async for stored in rows.each():
        yield as_record(stored)
