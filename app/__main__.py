"""The command ``capa24``. Every command explains its refusals and ends with 0 when it did what it was asked for."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
import uvicorn
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.controller.observe import observe_case, observe_source
from app.controller.reconcile import as_json
from app.keys import BadKey, CaseKey, Key, MeasureKey, SourceKey, parse_key
from app.provision.blueprint import blueprint_of
from app.provision.build import DoesNotHold, build
from app.provision.layout import NotProvisioned
from app.provision.plan import NotOnPortal, plan
from app.provision.standing import read_standing
from app.settings import Settings, SettingsError, env_example, load_settings, require_portals
from app.storage.database import DatabaseError
from app.web.application import create_app
from app.wiring import Service, connect, now, open_portal, read_rulebook, service
from bitrix.errors import AccessLost, BitrixError, OutcomeUnknown, TryLater
from rules.decide import decide
from rules.decision import Decision
from rules.intake import decide_source
from rules.model import STAGE_TITLES, SourceRef
from rules.rulebook import RulebookError

command = typer.Typer(no_args_is_help=True, add_completion=False, help="Корректирующие действия (CAPA) в Битрикс24.")
out = Console()
err = Console(stderr=True)

EXPLAINED = (
    BadKey,
    BitrixError,
    DatabaseError,
    DoesNotHold,
    NotOnPortal,
    NotProvisioned,
    RulebookError,
    SettingsError,
)
"""Errors whose text is written for the person at the terminal; everything else is a bug and shows its traceback."""

PortalName = Annotated[str | None, typer.Option("--portal", help="Имя портала; нужно, когда их несколько.")]


@command.command()
def serve() -> None:
    """Принимать события и вести разборы (веб и обработка в одном процессе)."""
    _run(_serve)


@command.command()
def provision(
    only_plan: Annotated[bool, typer.Option("--plan", help="Только показать, что будет сделано.")] = False,
    portal: PortalName = None,
) -> None:
    """Подготовить портал: смарт-процессы, воронки, стадии, поля, группы с канбаном. Повторный запуск безвреден."""
    _run(lambda settings: _provision(settings, portal, only_plan))


@command.command()
def once(key: Annotated[str, typer.Argument(help="case:24, deal:42, lead:7 или полный ключ")]) -> None:
    """Один взгляд на ключ: прочитать портал, решить, выполнить."""
    _run(lambda settings: _once(settings, key))


@command.command()
def explain(key: Annotated[str, typer.Argument(help="case:24, deal:42, lead:7 или полный ключ")]) -> None:
    """Что видно на портале, что было бы сделано и почему. Ничего не меняет."""
    _run(lambda settings: _explain(settings, key))


@command.command()
def journal(key: Annotated[str, typer.Argument(help="case:24, deal:42, lead:7 или полный ключ")]) -> None:
    """Что сервис видел, решил и сделал по ключу."""
    _run(lambda settings: _journal(settings, key))


@command.command("settings")
def show_settings() -> None:
    """Напечатать .env.example: все настройки с пояснениями."""
    sys.stdout.write(env_example())


def main() -> None:
    """The console command, with the commands that other packages offer."""
    for offered in entry_points(group="capa24.commands"):
        command.command(offered.name)(offered.load())
    command()


def _run(work: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    try:
        settings = require_portals(load_settings())
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
        if settings.log_level.upper() != "DEBUG":
            for talkative in ("httpx", "alembic"):  # a line a request drowns the decisions
                logging.getLogger(talkative).setLevel(logging.WARNING)
        asyncio.run(work(settings))
    except EXPLAINED as error:
        err.print(f"[bold red]Не получилось:[/] {escape(str(error))}", soft_wrap=True)
        if isinstance(error, BitrixError):
            err.print(advice(error), soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def advice(error: BitrixError) -> str:
    """What the person at the terminal can do about a portal's refusal."""
    if isinstance(error, AccessLost):
        return "Портал не принял вебхук: он удалён, изменён или просрочен. Создайте новый и впишите в CAPA24_PORTALS__…"
    if isinstance(error, TryLater):
        return "Портал не отвечает или перегружен: проверьте адрес вебхука и сеть, затем повторите."
    if error.code.lower() == "insufficient_scope":
        return "Вебхуку не хватает прав: отметьте недостающие в его настройках (docs/howto/connect.ru.md)."
    if isinstance(error, OutcomeUnknown):
        return "Портал не подтвердил запись. Повторите команду: она посмотрит, что уже сделано."
    return "Портал понял запрос и отказал: проверьте права владельца вебхука."


async def _serve(settings: Settings) -> None:
    async with service(settings) as running:
        app = create_app(running.reception(), running.report)
        server = uvicorn.Server(
            uvicorn.Config(app, settings.host, settings.port, log_level="warning", access_log=False, lifespan="off")
        )
        work = asyncio.create_task(running.run())
        web = asyncio.create_task(server.serve())
        done, _ = await asyncio.wait((work, web), return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await web
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        for task in done:
            task.result()


async def _provision(settings: Settings, portal_name: str | None, only_plan: bool) -> None:
    book = read_rulebook(settings.rulebook)
    blueprint = blueprint_of(book)
    name = _portal_named(settings, portal_name)
    async with open_portal(settings.portals[name]) as portal:
        if only_plan:
            steps = plan(blueprint, await read_standing(portal, blueprint))
            for number, step in enumerate(steps, 1):
                out.print(f"{number:3}. {escape(str(step))}")
            out.print(f"Портал «{name}»: шагов {len(steps)}." if steps else f"Портал «{name}» готов, делать нечего.")
            return
        taken = await build(portal, blueprint, lambda step: out.print(f"  [green]✓[/] {escape(str(step))}"))
    out.print(f"Портал «{name}» подготовлен, шагов: {taken}." if taken else f"Портал «{name}» уже готов.")


async def _once(settings: Settings, text: str) -> None:
    async with service(settings) as running:
        key = parse_key(text, _only_portal(settings))
        async with open_portal(settings.portals[_portal_named(settings, key.portal)]) as portal:
            running.connections[key.portal] = await connect(
                key.portal, portal, settings.portals[key.portal], running.book
            )
            outcome = await running.worker.look_now(key)
        if outcome is None:
            out.print("Ключ сейчас обрабатывает работающий сервис: его журнал покажет capa24 journal")
            return
        _show(Decision(outcome.commands, outcome.look_again_at, outcome.because), "Сделано")


async def _explain(settings: Settings, text: str) -> None:
    book = read_rulebook(settings.rulebook)
    key = parse_key(text, _only_portal(settings))
    name = _portal_named(settings, key.portal)
    async with open_portal(settings.portals[name]) as portal:
        connection = await connect(name, portal, settings.portals[name], book)
        match key:
            case SourceKey():
                source = await observe_source(SourceRef(key.entity_type_id, key.id), connection)
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
                seen = await observe_case(key.id, connection, book)
                if seen is None:
                    out.print("Такого разбора на портале нет.")
                    return
                _show_case(
                    seen.case.title,
                    STAGE_TITLES[seen.case.stage],
                    [(t.slot, t.title, t.closed) for t in seen.case.tasks],
                )
                _show(decide(seen.case, book, now()), "Было бы сделано")
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


async def _journal(settings: Settings, text: str) -> None:
    async with service(settings) as running:
        key: Key = parse_key(text, _only_portal(settings))
        await _print_journal(running, key)


async def _print_journal(running: Service, key: Key) -> None:
    entries = await running.journal.read(str(key))
    if not entries:
        out.print("В журнале об этом ключе ничего нет.")
    for entry in entries:
        out.print(f"{entry.at.astimezone():%d.%m.%Y %H:%M:%S} [cyan]{entry.kind}[/] {escape(str(dict(entry.body)))}")


def _only_portal(settings: Settings) -> str | None:
    return next(iter(settings.portals)) if len(settings.portals) == 1 else None


def _portal_named(settings: Settings, name: str | None) -> str:
    chosen = name or _only_portal(settings)
    if chosen is None or chosen not in settings.portals:
        known = ", ".join(sorted(settings.portals))
        raise SettingsError(
            f"портала «{name}» нет в настройках; есть: {known}" if name else f"укажите --portal: {known}"
        )
    return chosen


if __name__ == "__main__":
    main()
