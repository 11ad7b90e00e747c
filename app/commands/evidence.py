"""``capa24 journal | record | left-out``: what was seen, decided and done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.commands.terminal import only_portal, out, portal_named, run
from app.connecting import connect, now
from app.controller.beginning import portal_key
from app.keys import BadKey, CaseKey, Key, parse_key
from app.record import dossier, page, sections, terminal
from app.service import Service
from app.settings import Settings, SettingsError
from app.wiring import service


def journal(
    key: Annotated[str | None, typer.Argument(help="case:24, deal:42, lead:7 или полный ключ")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Проверить, что в журнале ничего не изменено.")] = False,
    kept: Annotated[str | None, typer.Option(help="С --verify: хэш записи, сохранённый раньше.")] = None,
) -> None:
    """Что сервис видел, решил и сделал по ключу; с --verify — цел ли весь журнал."""
    if key is None and not verify:
        raise typer.BadParameter("укажите ключ, например case:24, или --verify")
    run(lambda settings: _journal(settings, key, verify, kept))


def record(
    key: Annotated[str, typer.Argument(help="case:24 или полный ключ")],
    html: Annotated[Path | None, typer.Option("--html", help="Записать документ в этот файл.")] = None,
    data: Annotated[Path | None, typer.Option("--json", help="Записать данные в этот файл.")] = None,
) -> None:
    """Запись об одном разборе, R1-R28: документ для аудитора и данные. Портал не меняется."""
    run(lambda settings: _record(settings, key, html, data))


def left_out(
    each: Annotated[bool, typer.Option("--list", help="Показать каждый элемент.")] = False,
) -> None:
    """Завершённая работа, у которой разбора нет, и почему: по воронкам и причинам."""
    run(lambda settings: _left_out(settings, each))


async def _journal(settings: Settings, text: str | None, verify: bool, kept: str | None) -> None:
    async with service(settings) as running:
        if text is not None:
            await _print_journal(running, parse_key(text, only_portal(settings)))
        if not verify:
            return
        chain = await running.journal.verify(kept)
    for line in terminal.chain_sentences(chain):
        out.print(line, soft_wrap=True)
    if not terminal.is_sound(chain):
        raise typer.Exit(1)


async def _print_journal(running: Service, key: Key) -> None:
    entries = await running.journal.read(str(key))
    if not entries:
        out.print("В журнале об этом ключе ничего нет.")
    of_portal = await running.journal.read(portal_key(key.portal))
    for line in terminal.journal_lines(sorted([*of_portal, *entries], key=lambda entry: entry.at), running.book):
        out.print(line, soft_wrap=True)


async def _record(settings: Settings, text: str, html: Path | None, data: Path | None) -> None:
    key = parse_key(text, only_portal(settings))
    if not isinstance(key, CaseKey):
        raise BadKey("запись составляется о разборе: укажите его ключ, например case:24")
    name = portal_named(settings, key.portal)
    async with service(settings) as running, running.open_portal(name) as portal:
        earlier = running.desk.earlier
        connection = await connect(name, portal, settings.portals[name], running.book, earlier.values())
        found = await dossier.gather(
            key, connection, running.book, earlier, running.journal, running.desk.ledger, now()
        )
    if found is None:
        out.print("Такого разбора на портале нет.")
        raise typer.Exit(1)
    groups = sections.record(found)
    if html is not None:
        _save(html, page.as_html(found, groups))
    if data is not None:
        _save(data, json.dumps(page.as_data(found, groups), ensure_ascii=False, indent=2) + "\n")
    if html is None and data is None:
        for line in terminal.record_lines(groups):
            out.print(line, soft_wrap=True)


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"файл {file} не записывается ({error.strerror})") from None
    out.print(f"Записано: {escape(str(file))}", soft_wrap=True)


async def _left_out(settings: Settings, each: bool) -> None:
    async with service(settings) as running:
        titles = {funnel.code: funnel.title for funnel in running.book.funnels}
        counted = await running.desk.left_out.by_reason()
        listed = await running.desk.left_out.every() if each else []
    if not counted:
        out.print("Разбор есть у всей завершённой работы наблюдаемых воронок.")
        return
    out.print(terminal.left_out_list(listed, titles) if each else terminal.left_out_table(counted, titles))
    out.print(f"Всего без разбора: {sum(one.items for one in counted)}.")
