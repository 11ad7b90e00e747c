"""What the commands share: the two streams, the settings, refusals in words, which portal is meant."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from app.keys import BadKey
from app.provision.build import DoesNotHold
from app.provision.layout import NotProvisioned
from app.provision.plan import NotOnPortal
from app.settings import Settings, SettingsError, load_settings, require_portals
from app.storage.backup import NotCopied
from app.storage.database import DatabaseError
from app.storage.rulebooks import VersionReused
from bitrix.errors import AccessLost, BitrixError, OutcomeUnknown, TryLater
from rules.rulebook import RulebookError

out = Console()
err = Console(stderr=True)


EXPLAINED = (
    BadKey,
    BitrixError,
    DatabaseError,
    DoesNotHold,
    NotCopied,
    NotOnPortal,
    NotProvisioned,
    RulebookError,
    SettingsError,
    VersionReused,
)
"""Errors whose text is written for the person at the terminal; everything else is a bug and shows its traceback."""


PortalName = Annotated[str | None, typer.Option("--portal", help="Имя портала; нужно, когда их несколько.")]


def run(
    work: Callable[[Settings], Coroutine[Any, Any, None]],
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    try:
        settings = require_portals(load_settings())
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
        if settings.log_level.upper() != "DEBUG":
            for talkative in ("httpx", "alembic"):  # a line a request drowns the decisions
                logging.getLogger(talkative).setLevel(logging.WARNING)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(work(settings))
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


def only_portal(settings: Settings) -> str | None:
    return next(iter(settings.portals)) if len(settings.portals) == 1 else None


def portal_named(settings: Settings, name: str | None) -> str:
    chosen = name or only_portal(settings)
    if chosen is None or chosen not in settings.portals:
        known = ", ".join(sorted(settings.portals))
        raise SettingsError(
            f"портала «{name}» нет в настройках; есть: {known}" if name else f"укажите --portal: {known}"
        )
    return chosen
