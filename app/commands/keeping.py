"""``capa24 backup``: a copy of the service's memory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from app.commands.terminal import out, run
from app.settings import Settings
from app.storage.backup import back_up


def backup(file: Annotated[Path, typer.Argument(help="Новый файл для копии базы.")]) -> None:
    """Копия базы SQLite на ходу. Для PostgreSQL — pg_dump."""
    run(lambda settings: _backup(settings, file))


async def _backup(settings: Settings, file: Path) -> None:
    await asyncio.to_thread(back_up, settings.database, file)
    out.print(f"Копия базы: {escape(str(file))}", soft_wrap=True)
