"""``capa24 rebuild``: the working state, made anew from the portal."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from rich.markup import escape

from app.commands.terminal import PortalName, out, portal_named, run
from app.connecting import connect, now
from app.controller.beginning import LOST, RECOVERED, begin, portal_key
from app.controller.resync import sweep
from app.service import Service
from app.settings import Settings
from app.wiring import service

SOON = timedelta(seconds=10)
"""A key due later than that waits for its own date, or keeps failing: nobody waits for it here."""
GLANCE = 0.2


def rebuild(portal: PortalName = None) -> None:
    """Восстановить рабочее состояние с портала, когда база потеряна или старая. Ничего не создаётся дважды."""
    run(lambda settings: _rebuild(settings, portal))


async def _rebuild(settings: Settings, portal_name: str | None) -> None:
    names = [portal_named(settings, portal_name)] if portal_name else sorted(settings.portals)
    async with service(settings) as running:
        if running.database.alone:
            await running.dirty.take_over(settings.longest_request())
        for name in names:
            await _rebuild_portal(name, running)
        failing = (await running.dirty.overview()).failing_count
    out.print(f"Восстановлено: {RECOVERED}.", soft_wrap=True)
    out.print("Чего нет на портале, того не восстановить:")
    for each in LOST:
        out.print(f"  • {each}", soft_wrap=True)
    if failing:
        out.print(f"[bold red]Не удаётся посмотреть на ключи: {failing}.[/] Какие и почему, скажет capa24 stuck")


async def _rebuild_portal(name: str, running: Service) -> None:
    settings, cursors = running.settings.portals[name], running.sweeping.cursors
    async with running.open_portal(name) as portal:
        connection = await connect(name, portal, settings, running.book, running.desk.earlier.values())
        if await cursors.any_of(name):
            because = ["рабочее состояние прочитано с портала заново по команде rebuild"]
            await running.journal.write(name, portal_key(name), "rebuilt", {"because": because})
            await cursors.forget(name)
        else:
            seconds = settings.longest_request.total_seconds()
            out.print(f"База о портале «{escape(name)}» ничего не знает. Если на нём есть разборы, ждём {seconds:g} с:")
            out.print("  запрос, отправленный перед потерей, портал может ещё выполнять.")
            await begin(connection, cursors, running.journal, settings.longest_request)
        running.connections[name] = connection
        found = await sweep(connection, replace(running.sweeping, pause=timedelta(0)), now())
        out.print(
            f"Портал «{escape(name)}»: разборов открытых {found.cases}, закрытых {found.sleepers}, завершённых "
            f"элементов без разбора {found.sources}.",
            soft_wrap=True,
        )
        await _work_off(running)


async def _work_off(running: Service) -> None:
    """Until no key is due soon."""
    work = asyncio.create_task(running.worker.run())
    try:
        with out.status("Смотрим") as status:
            while not work.done():
                queue, due = await running.dirty.overview(), await running.dirty.next_due_in()
                status.update(f"Осталось посмотреть: {queue.waiting}")
                if not queue.running and (due is None or due > SOON):
                    break
                await asyncio.sleep(GLANCE)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
