"""``capa24 provision | doctor | settings``: connecting a portal."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.markup import escape

from app.commands.terminal import PortalName, advice, out, portal_named, run
from app.connecting import now, open_portal
from app.doctor import report as diagnosis
from app.doctor.examination import examine
from app.doctor.findings import Finding, findings, unreachable
from app.health import silence_of
from app.provision.blueprint import blueprint_of
from app.provision.build import build
from app.provision.plan import plan
from app.provision.standing import read_standing
from app.settings import Settings, env_example
from app.wiring import read_rulebook, service
from bitrix.errors import BitrixError


def provision(
    only_plan: Annotated[bool, typer.Option("--plan", help="Только показать, что будет сделано.")] = False,
    portal: PortalName = None,
) -> None:
    """Подготовить портал: смарт-процессы, воронки, стадии, поля, группы с канбаном. Повторный запуск безвреден."""
    run(lambda settings: _provision(settings, portal, only_plan))


def doctor(
    portal: PortalName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Напечатать JSON.")] = False,
) -> None:
    """Проверить подключение: права, структуру, события, часы. Ничего не меняет; с ошибками кончается кодом 1."""
    run(lambda settings: _doctor(settings, portal, as_json))


def show_settings() -> None:
    """Напечатать .env.example: все настройки с пояснениями."""
    sys.stdout.write(env_example())


async def _provision(settings: Settings, portal_name: str | None, only_plan: bool) -> None:
    book = read_rulebook(settings.rulebook)
    blueprint = blueprint_of(book)
    name = portal_named(settings, portal_name)
    async with open_portal(settings.portals[name]) as portal:
        if only_plan:
            steps = plan(blueprint, await read_standing(portal, blueprint))
            for number, step in enumerate(steps, 1):
                out.print(f"{number:3}. {escape(str(step))}")
            out.print(f"Портал «{name}»: шагов {len(steps)}." if steps else f"Портал «{name}» готов, делать нечего.")
            return
        taken = await build(portal, blueprint, lambda step: out.print(f"  [green]✓[/] {escape(str(step))}"))
    out.print(f"Портал «{name}» подготовлен, шагов: {taken}." if taken else f"Портал «{name}» уже готов.")


async def _doctor(settings: Settings, portal_name: str | None, printed_as_json: bool) -> None:
    names = [portal_named(settings, portal_name)] if portal_name else sorted(settings.portals)
    async with service(settings) as running:
        blueprint = blueprint_of(running.book)
        found: dict[str, list[Finding]] = {}
        for name in names:
            async with open_portal(settings.portals[name]) as portal:
                try:
                    silence = await silence_of(running, name)
                    seen = await examine(name, settings.portals[name], portal, blueprint, running.inbox, now, silence)
                    found[name] = list(findings(seen, blueprint, running.book))
                except BitrixError as error:
                    found[name] = [unreachable(name, str(error), advice(error))]
    if printed_as_json:
        sys.stdout.write(json.dumps(diagnosis.as_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        diagnosis.show(found, out)
    if not diagnosis.healthy(found):
        raise typer.Exit(1)
