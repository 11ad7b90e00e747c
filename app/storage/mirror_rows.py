"""Rows on their way to the spreadsheet: what should stand there, and which version of it was seen to arrive.

What is kept for ``sheets_sync.flush``: a record and its version for each case, and for each spreadsheet the version
delivered, the rows that Google refused, the next token and the place of the table. Another spreadsheet gets all rows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import upsert
from app.storage.schema import mirror_deliveries as deliveries
from app.storage.schema import mirror_rows as rows
from app.storage.schema import mirror_sheets as sheets


@dataclass(frozen=True)
class WaitingRow:
    portal: str
    key: str
    version: int
    record: Mapping[str, Any]


@dataclass(frozen=True)
class SheetState:
    """Where the next flush goes on: its token, and where the table was seen (a hint, ``None`` at first)."""

    next_token: int = 1
    place: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ParkedRow:
    """A row that Google does not take as it is; a new version of it is tried again."""

    portal: str
    key: str
    error: str


class MirrorRows:
    def __init__(self, database: Database, spreadsheet: str = "") -> None:
        self._database = database
        self._spreadsheet = spreadsheet

    async def put(self, portal: str, key: str, record: Mapping[str, Any]) -> bool:
        """The row as it should stand in the sheet. True: it differs from what was put before, a new version waits."""
        plain = json.loads(json.dumps(dict(record)))

        def put(connection: sa.Connection) -> bool:
            present = connection.execute(
                sa.select(rows.c.record).where(rows.c.portal == portal, rows.c.key == key)
            ).scalar_one_or_none()
            if present == plain:
                return False
            new = upsert(connection, rows).values(portal=portal, key=key, record=plain, version=1)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=["portal", "key"],
                    set_={"record": new.excluded.record, "version": rows.c.version + 1},
                )
            )
            return True

        return await self._database.write(put)

    async def waiting(self, limit: int) -> list[WaitingRow]:
        """Rows whose latest version has not arrived and was not refused."""
        late = (
            sa.select(rows.c.portal, rows.c.key, rows.c.version, rows.c.record)
            .select_from(self._with_delivery())
            .where(_is_late())
            .order_by(rows.c.portal, rows.c.key)
            .limit(limit)
        )
        found = await self._database.read(lambda connection: connection.execute(late).all())
        return [WaitingRow(row.portal, row.key, row.version, row.record) for row in found]

    async def count_waiting(self) -> int:
        late = sa.select(sa.func.count()).select_from(self._with_delivery()).where(_is_late())
        return int(await self._database.read(lambda connection: connection.execute(late).scalar_one()))

    async def parked(self) -> list[ParkedRow]:
        """What Google refused and nobody has changed since."""
        refused = (
            sa.select(rows.c.portal, rows.c.key, deliveries.c.error)
            .select_from(self._with_delivery())
            .where(deliveries.c.refused_version == rows.c.version)
            .order_by(rows.c.portal, rows.c.key)
        )
        found = await self._database.read(lambda connection: connection.execute(refused).all())
        return [ParkedRow(row.portal, row.key, row.error) for row in found]

    async def state(self) -> SheetState:
        known = sa.select(sheets.c.next_token, sheets.c.place).where(sheets.c.spreadsheet == self._spreadsheet)
        row = await self._database.read(lambda connection: connection.execute(known).one_or_none())
        return SheetState() if row is None else SheetState(row.next_token, row.place)

    async def settle(
        self,
        sent: Sequence[WaitingRow],
        state: SheetState,
        *,
        delivered: Collection[str] = (),
        doubtful: Collection[str] = (),
        refused: Mapping[str, str] | None = None,
        all_dirty: bool = False,
    ) -> None:
        """What came out of one flush, in one transaction (the sets are those of ``sheets_sync.flush.Flushed``).

        What is written down is the version sent: a newer one put meanwhile keeps waiting.
        ``doubtful`` may name keys that were not sent; with ``all_dirty`` every row but the delivered ones waits again.
        """
        errors = refused or {}

        def settle(connection: sa.Connection) -> None:
            if all_dirty:
                self._again(connection, sa.true())
            elif doubtful:
                self._again(connection, deliveries.c.key.in_(sorted(doubtful)))
            self._deliver(connection, [row for row in sent if row.key in delivered])
            self._park(connection, [(row, errors[row.key]) for row in sent if row.key in errors])
            new = upsert(connection, sheets).values(
                spreadsheet=self._spreadsheet, next_token=state.next_token, place=_plain(state.place)
            )
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=["spreadsheet"],
                    set_={"next_token": new.excluded.next_token, "place": new.excluded.place},
                )
            )

        await self._database.write(settle)

    def _with_delivery(self) -> sa.Join:
        same = sa.and_(
            deliveries.c.spreadsheet == self._spreadsheet,
            deliveries.c.portal == rows.c.portal,
            deliveries.c.key == rows.c.key,
        )
        return sa.outerjoin(rows, deliveries, same)

    def _again(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
        of_this_sheet = sa.and_(deliveries.c.spreadsheet == self._spreadsheet, which)
        connection.execute(sa.delete(deliveries).where(of_this_sheet))

    def _deliver(self, connection: sa.Connection, sent: Iterable[WaitingRow]) -> None:
        for row in sent:
            self._write_down(connection, row, {"version": row.version, "refused_version": None, "error": None})

    def _park(self, connection: sa.Connection, refused: Iterable[tuple[WaitingRow, str]]) -> None:
        for row, error in refused:
            self._write_down(connection, row, {"version": 0, "refused_version": row.version, "error": error})

    def _write_down(self, connection: sa.Connection, row: WaitingRow, what: Mapping[str, Any]) -> None:
        new = upsert(connection, deliveries).values(
            spreadsheet=self._spreadsheet, portal=row.portal, key=row.key, **what
        )
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["spreadsheet", "portal", "key"], set_={name: new.excluded[name] for name in what}
            )
        )


def _is_late() -> sa.ColumnElement[bool]:
    return sa.and_(
        rows.c.version > sa.func.coalesce(deliveries.c.version, 0),
        rows.c.version != sa.func.coalesce(deliveries.c.refused_version, 0),
    )


def _plain(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if place is None else dict(place)
