"""``capa24 report | points``: what came of it all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from app.commands.terminal import out, run
from app.controller.case_record import as_record
from app.points_report import tables
from app.report import opened_between
from app.report_tables import report_tables
from app.settings import Settings
from app.wiring import service


def show_points(
    person: Annotated[str | None, typer.Option(help="Номер сотрудника или часть имени.")] = None,
    period: Annotated[str | None, typer.Option(help="Например, 2026-11, 2026-Q4 или 2026.")] = None,
) -> None:
    """Премиальные баллы: балансы сотрудников и записи, из которых они сложились."""
    run(lambda settings: _points(settings, person, period))


def report(
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="С какого дня, например 2026-11-01.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="По какой день.")] = None,
) -> None:
    """Отчёт: сколько процессов проанализировано, какие коррекции назначены, во что обошлись, как работают люди."""
    run(lambda settings: _report(settings, since, until))


async def _report(settings: Settings, since: datetime | None, until: datetime | None) -> None:
    async with service(settings) as running:
        every = [as_record(plain) for plain in await running.rows.records()]
    records = opened_between(every, since.date() if since else None, until.date() if until else None)
    if not records:
        out.print("За это время разборов нет.")
        return
    for table in report_tables(records):
        out.print(table)


async def _points(settings: Settings, person: str | None, period: str | None) -> None:
    async with service(settings) as running:
        entries = await running.desk.ledger.entries(person=person, period=period)
    if not entries:
        out.print("Записей о баллах нет.")
    for table in tables(entries):
        out.print(table)
