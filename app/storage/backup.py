"""A copy of the database while the service runs; a copied file alone would miss what is still in the log beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa


class NotCopied(Exception):
    """The text says what to do instead."""


def back_up(url: str, file: Path) -> None:
    """A whole SQLite database into a new file, as it was at one moment. Raises NotCopied."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database is None:
        raise NotCopied("копию базы PostgreSQL делает pg_dump --format=custom, возвращает pg_restore (operate.ru.md)")
    if not Path(parsed.database).exists():
        raise NotCopied(f"базы {parsed.database} нет")
    if file.exists():
        raise NotCopied(f"файл {file} уже есть; укажите новый")
    try:
        with closing(sqlite3.connect(parsed.database)) as source, closing(sqlite3.connect(file)) as copy:
            source.backup(copy, pages=1000)
    except (sqlite3.Error, OSError) as error:
        file.unlink(missing_ok=True)
        raise NotCopied(f"копия не сделана: {error}") from error
