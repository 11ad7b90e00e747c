"""``capa24 dashboard``: a link to the dashboard for one person."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape

from app.commands.terminal import PortalName, out, portal_named, run
from app.connecting import now, open_portal
from app.dashboard.digest import LINK_FOR
from app.dashboard.scope import Scope, scope_of
from app.provision.standing import read_staff
from app.settings import Settings, SettingsError
from app.wiring import links_of, read_rulebook
from rules.model import Person, Staff

MOST_NAMED = 10


def dashboard(
    person: Annotated[str, typer.Argument(help="Номер сотрудника в Битрикс24 или часть имени.")],
    portal: PortalName = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="Сколько дней действует ссылка.")] = LINK_FOR.days,
) -> None:
    """Ссылка на панель качества для одного сотрудника. Он увидит своё, руководитель — свой отдел, ОКК — всё."""
    run(lambda settings: _dashboard(settings, person, portal, days))


async def _dashboard(settings: Settings, text: str, portal_name: str | None, days: int) -> None:
    links = links_of(settings)
    if links is None:
        raise SettingsError(
            "CAPA24_SECRET: не задан, поэтому панель выключена. Впишите длинную случайную строку "
            "(openssl rand -hex 32) и перезапустите сервис"
        )
    name = portal_named(settings, portal_name)
    book = read_rulebook(settings.rulebook)
    async with open_portal(settings.portals[name]) as portal:
        staff = await read_staff(portal)
    person = _found(text, staff)
    scope = scope_of(person.id, staff, book.quality.department)
    if scope is None:
        raise SettingsError(f"{person.name} не работает на портале «{name}»: панель ему не открыть")
    out.print(f"{escape(person.name)} (№{person.id}) увидит: {_sees(scope)}. Ссылка действует {days} дн.:")
    out.print(links.link(name, person.id, now() + timedelta(days=days)), soft_wrap=True, highlight=False)


def _found(text: str, staff: Staff) -> Person:
    """Raises SettingsError when nobody or several are meant."""
    if text.isascii() and text.isdigit():
        match = [staff.people[int(text)]] if int(text) in staff.people else []
    else:
        match = [each for each in staff.people.values() if text.casefold() in each.name.casefold()]
    if len(match) == 1:
        return match[0]
    if not match:
        raise SettingsError(f"сотрудника «{text}» на портале нет")
    named = ", ".join(f"{each.name} (№{each.id})" for each in match[:MOST_NAMED])
    raise SettingsError(f"подходят несколько сотрудников, укажите номер: {named}")


def _sees(scope: Scope) -> str:
    if scope.whole:
        return "всю компанию"
    return "свои разборы" if scope.is_personal else "свои подразделения"
