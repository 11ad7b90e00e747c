"""``capa24 stuck | retry``: what the service can't get past, and another try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.commands.terminal import only_portal, out, run
from app.keys import BadKey, parse_key
from app.settings import Settings
from app.storage.dirty_keys import Failing
from app.storage.mirror_rows import ParkedRow
from app.wiring import service

LONGEST_ERROR = 300


def stuck() -> None:
    """На чём сервис застрял: ключи, взгляд на которые не удаётся, и строки, которых не принимает Google."""
    run(_stuck)


def retry(
    key: Annotated[str | None, typer.Argument(help="Ключ или строка, как их назвал capa24 stuck.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Все ключи и строки.")] = False,
) -> None:
    """Попробовать снова, когда причина устранена: работающий сервис возьмётся за несколько секунд."""
    if (key is None) != every:
        raise typer.BadParameter("укажите ключ, например case:24, или --all")
    run(lambda settings: _retry(settings, key))


async def _stuck(settings: Settings) -> None:
    async with service(settings) as running:
        failing = await running.dirty.failing()
        seen = {each.key: each.good_at or await running.journal.last_good(each.key) for each in failing}
        rows = await running.refused_rows()
    if not failing and not rows:
        out.print("Сервис ни на чём не застрял.")
    if failing:
        out.print(_keys(failing, seen))
    if rows:
        out.print(_rows(rows))


async def _retry(settings: Settings, text: str | None) -> None:
    async with service(settings) as running:
        if text is None:
            keys, rows = await running.dirty.retry(), await running.offer_rows_again()
        else:
            rows = await running.offer_rows_again(text)
            try:
                keys = await running.dirty.retry(parse_key(text, only_portal(settings)))
            except BadKey:
                if not rows:
                    raise
                keys = 0
    if not keys and not rows:
        out.print("Среди застрявших такого нет." if text else "Сервис ни на чём не застрял.")
        raise typer.Exit(1 if text else 0)
    out.print(f"Снова в работе: ключей {keys}, строк {rows}. Чем кончится, скажет capa24 stuck")


def _keys(failing: Sequence[Failing], seen: Mapping[str, datetime | None]) -> Table:
    table = Table("Ключ", "Попыток", "Не удаётся с", "Последний удачный взгляд", "Снова", "Ошибка")
    for each in failing:
        state = "[red]отложен[/] до " if each.parked_at is not None else ""
        error = escape(each.error[:LONGEST_ERROR])
        since, good = _when(each.since), _when(seen[each.key])
        table.add_row(escape(each.key), str(each.attempts), since, good, state + _when(each.due_at), error)
    return table


def _rows(rows: Sequence[ParkedRow]) -> Table:
    table = Table("Строка", "Почему её не принимает Google")
    for row in rows:
        table.add_row(escape(row.key), escape(row.error[:LONGEST_ERROR]))
    return table


def _when(at: datetime | None) -> str:
    return f"{at.astimezone():%d.%m.%Y %H:%M}" if at is not None else "неизвестно"
