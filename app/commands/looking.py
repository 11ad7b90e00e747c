"""``capa24 once | explain``: one look at one key."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.commands.terminal import only_portal, out, portal_named, run
from app.connecting import connect, now
from app.controller.observe import observe_case, observe_source
from app.controller.reconcile import as_json, decide_case
from app.keys import CaseKey, MeasureKey, SourceKey, parse_key
from app.settings import Settings
from app.wiring import service
from rules.decision import Decision
from rules.intake import decide_source
from rules.model import STAGE_TITLES, SourceRef


def once(key: Annotated[str, typer.Argument(help="case:24, deal:42, lead:7 или полный ключ")]) -> None:
    """Один взгляд на ключ: прочитать портал, решить, выполнить."""
    run(lambda settings: _once(settings, key))


def explain(key: Annotated[str, typer.Argument(help="case:24, deal:42, lead:7 или полный ключ")]) -> None:
    """Что видно на портале, что было бы сделано и почему. Ничего не меняет."""
    run(lambda settings: _explain(settings, key))


async def _once(settings: Settings, text: str) -> None:
    async with service(settings) as running:
        key = parse_key(text, only_portal(settings))
        async with running.open_portal(portal_named(settings, key.portal)) as portal:
            running.connections[key.portal] = await connect(
                key.portal, portal, settings.portals[key.portal], running.book, running.desk.earlier.values()
            )
            outcome = await running.worker.look_now(key)
        if outcome is None:
            out.print("Ключ сейчас обрабатывает работающий сервис: его журнал покажет capa24 journal")
            return
        _show(Decision(outcome.commands, outcome.look_again_at, outcome.because), "Сделано")


async def _explain(settings: Settings, text: str) -> None:
    key = parse_key(text, only_portal(settings))
    name = portal_named(settings, key.portal)
    async with service(settings) as running, running.open_portal(name) as portal:
        book, earlier = running.book, running.desk.earlier
        connection = await connect(name, portal, settings.portals[name], book, earlier.values())
        match key:
            case SourceKey():
                source = await observe_source(SourceRef(key.entity_type_id, key.id), connection, book)
                if source is None:
                    out.print("Такого элемента на портале нет.")
                    return
                rounds = ", ".join(map(str, sorted(source.rounds_with_case))) or "ни одного"
                out.print(
                    f"[bold]{escape(source.title)}[/]: воронка {source.funnel or 'не описана'}, "
                    f"завершений {len(source.closings)}, разборы есть для: {rounds}"
                )
                _show(decide_source(source, book, connection.layout.case.created_at), "Было бы сделано")
            case CaseKey():
                seen = await observe_case(key.id, connection, book, earlier)
                if seen is None:
                    out.print("Такого разбора на портале нет.")
                    return
                _show_case(
                    seen.case.title,
                    STAGE_TITLES[seen.case.stage],
                    [(t.slot, t.title, t.closed) for t in seen.case.tasks],
                )
                kept = await running.desk.witness.preview(key, seen)
                _show(decide_case(seen, kept, now()), "Было бы сделано")
            case MeasureKey():
                out.print("Ключ меры ведёт к её разбору: спросите о нём (case:…).")


def _show_case(title: str, stage: str, tasks: list[tuple[str, str, bool]]) -> None:
    out.print(f"[bold]{escape(title)}[/], стадия «{stage}»")
    table = Table("Слот", "Задача", "Состояние")
    for slot, name, closed in tasks:
        table.add_row(slot, escape(name), "завершена" if closed else "открыта")
    if tasks:
        out.print(table)


def _show(decision: Decision, heading: str) -> None:
    for reason in decision.because:
        out.print(f"  потому что: {escape(reason)}")
    if not decision.commands:
        out.print(f"{heading}: ничего")
    for each in decision.commands:
        told = as_json(each)
        name = told.pop("do")
        details = ", ".join(f"{field}={value}" for field, value in told.items() if value not in (None, [], {}, ""))
        out.print(f"{heading}: [cyan]{name}[/] {escape(details)[:400]}")
    if decision.look_again_at is not None:
        out.print(f"Следующий взгляд: {decision.look_again_at:%d.%m.%Y %H:%M:%S}")
