"""Every edition of the rulebook that the service ever started with, so that a case can keep the one it began with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import put_row
from app.storage.schema import rulebooks as table
from rules.rulebook import Rulebook, RulebookError, load
from rules.versions import differences

log = logging.getLogger(__name__)


class VersionReused(Exception):
    """The rulebook says something else than before under the same version; the text says what to do."""


class Rulebooks:
    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, book: Rulebook, text: str) -> Mapping[str, Rulebook]:
        """Store the present edition; answers all earlier ones, by version. Raises VersionReused.

        An edition that this release of the service can't read any more is as good as lost, which is said in the log.
        """
        known = await self._texts()
        earlier = {version: read for version, each in known.items() if (read := _read(version, each)) is not None}
        same = earlier.pop(book.version, None)
        if same is not None:
            changed = tuple(differences(same, book))
            if changed:
                raise VersionReused(
                    f"CAPA24_RULEBOOK: свод правил изменён, а версия прежняя — «{book.version}». Начатые разборы идут "
                    "по той редакции, с которой начались, поэтому у новой должно быть своё имя: смените version: и "
                    f"запустите снова. Изменено: {'; '.join(changed)}"
                )
        else:
            await self._store(book.version, text)
        return earlier

    async def _texts(self) -> Mapping[str, str]:
        wanted = sa.select(table.c.version, table.c.text).order_by(table.c.first_seen_at)
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        return {row.version: row.text for row in rows}

    async def _store(self, version: str, text: str) -> None:
        key, values = {"version": version}, {"text": text, "first_seen_at": self._clock().timestamp()}
        await self._database.write(lambda connection: put_row(connection, table, key, values))


def _read(version: str, text: str) -> Rulebook | None:
    try:
        return load(text, f"{version}.yaml")
    except RulebookError as error:
        log.warning("rulebook %s of the database can't be read any more: %s", version, error)
        return None
