"""``capa24 coverage``: the proof at the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from app.commands.terminal import PortalName, out, portal_named, run
from app.connecting import connect
from app.coverage.proof import REASON_TITLES, Coverage, FunnelCoverage, Missing
from app.coverage.reading import read_coverage
from app.settings import Settings
from app.wiring import service

LONGEST_WORDS = 160


def show_coverage(
    portal: PortalName = None,
    each: Annotated[bool, typer.Option("--list", help="Показать каждый элемент без разбора.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Только завершённое с этого дня, например 2026-11-01.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Напечатать JSON.")] = False,
) -> None:
    """Доказать охват: сколько завершено на портале, у скольких есть разбор, и почему его нет у остальных.

    Код 1, если свод правил требует разбора, а его нет, или у одного завершения их два.
    """
    run(lambda settings: _coverage(settings, portal, each, since, as_json))


async def _coverage(
    settings: Settings, portal_name: str | None, each: bool, since: datetime | None, printed_as_json: bool
) -> None:
    names = [portal_named(settings, portal_name)] if portal_name else sorted(settings.portals)
    found = [await _of_portal(settings, name, since) for name in names]
    if printed_as_json:
        sys.stdout.write(json.dumps([as_data(one) for one in found], ensure_ascii=False, indent=2) + "\n")
    else:
        for one in found:
            _show(one, each)
    if not all(one.proven for one in found):
        raise typer.Exit(1)


async def _of_portal(settings: Settings, name: str, since: datetime | None) -> Coverage:
    portal_settings = settings.portals[name]
    async with service(settings) as running, running.open_portal(name) as portal:
        connection = await connect(name, portal, portal_settings, running.book, running.desk.earlier.values())
        errors = {failing.key: failing.error for failing in await running.dirty.failing()}
        return await read_coverage(connection, running.book, errors, since.astimezone() if since else None)


def _show(found: Coverage, each: bool) -> None:
    table = Table("Воронка", "Завершено", "С разбором", "Без разбора", title=f"Портал «{escape(found.portal)}»")
    for funnel in found.funnels:
        table.add_row(escape(funnel.title), str(funnel.finished), str(funnel.with_case), str(len(funnel.missing)))
    out.print(table)
    if each:
        out.print(_listed(found.funnels))
    else:
        out.print(_by_reason(found.funnels))
    for key in found.doubled:
        out.print(f"[bold red]Два разбора у одного завершения:[/] {escape(key)}")
    gaps = sum(funnel.gaps for funnel in found.funnels)
    if found.proven:
        out.print("Охват доказан: у каждого завершения есть разбор или причина, по которой он не нужен.")
    elif gaps:
        out.print(
            f"[bold red]Без разбора, хотя он нужен: {gaps}.[/] Работающий сервис заведёт его при ближайшем взгляде."
        )


def _by_reason(funnels: Sequence[FunnelCoverage]) -> Table:
    table = Table("Воронка", "Почему без разбора", "Сколько")
    for funnel in funnels:
        for reason, number in sorted(funnel.by_reason().items()):
            table.add_row(escape(funnel.title), REASON_TITLES[reason], str(number))
    return table


def _listed(funnels: Sequence[FunnelCoverage]) -> Table:
    table = Table("Элемент", "Название", "Воронка", "Завершён", "Почему без разбора")
    for funnel in funnels:
        for one in funnel.missing:
            key = f"{one.finish.ref.kind}:{one.finish.ref.id}"
            when = f"{one.finish.at.astimezone():%d.%m.%Y %H:%M}"
            table.add_row(key, escape(one.title), escape(funnel.title), when, escape(one.words[:LONGEST_WORDS]))
    return table


def as_data(found: Coverage) -> Mapping[str, Any]:
    return {
        "portal": found.portal,
        "proven": found.proven,
        "doubled": list(found.doubled),
        "funnels": [
            {
                "code": funnel.code,
                "title": funnel.title,
                "finished": funnel.finished,
                "with_case": funnel.with_case,
                "missing": [_missing_as_data(one) for one in funnel.missing],
            }
            for funnel in found.funnels
        ],
    }


def _missing_as_data(one: Missing) -> Mapping[str, Any]:
    return {
        "item": f"{one.finish.ref.kind}:{one.finish.ref.id}",
        "title": one.title,
        "finished_at": one.finish.at.isoformat(),
        "reason": one.reason,
        "words": one.words,
    }
