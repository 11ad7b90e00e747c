"""Rows on their way to the spreadsheet: what should stand there, and which version of it was seen to arrive.

What is kept for ``sheets_sync.flush``: a record and its version for each case, and for each spreadsheet the version
delivered, the rows that Google refused, the next token and the place of the table. Another spreadsheet gets all rows.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningInsert

from app.storage import case_facts
from app.storage.database import Database
from app.storage.dialects import Insert, later, put_row, upsert
from app.storage.schema import mirror_deliveries as deliveries
from app.storage.schema import mirror_rows as rows
from app.storage.schema import mirror_sheets as sheets

CLOCKS_DIFFER = 60.0
"""Seconds that the clocks of two machines may differ; who holds a spreadsheet for longer took it by a clock that was
put back since."""


@dataclass(frozen=True)
class WaitingRow:
    portal: str
    key: str
    version: int
    record: Mapping[str, Any]


@dataclass(frozen=True)
class SheetState:
    """Where the next flush goes on: its token, and what it wants to know again (hints, ``None`` at first)."""

    next_token: int = 1
    place: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ParkedRow:
    """A row that Google does not take as it is; a new version of it is tried again."""

    portal: str
    key: str
    error: str


class MirrorRows:
    """The rows of one report: of the portals named, of all when none are."""

    def __init__(self, database: Database, spreadsheet: str = "", portals: Collection[str] = ()) -> None:
        self._database = database
        self._spreadsheet = spreadsheet
        self._ours = rows.c.portal.in_(sorted(portals)) if portals else sa.true()

    async def put(self, portal: str, key: str, record: Mapping[str, Any]) -> bool:
        """The row as it should stand in the sheet. True: it differs from what was put before, a new version waits."""
        plain = json.loads(json.dumps(dict(record)))

        def put(connection: sa.Connection) -> bool:
            if connection.execute(_RECORD, {"of_portal": portal, "of_key": key}).scalar() == plain:
                return False
            row = {"portal": portal, "key": key, "record": plain, "version": 1}
            connection.execute(_next_version(connection.dialect.name), row)
            case_facts.put_in(connection, portal, key, plain)
            return True

        return await self._database.write(put)

    async def waiting(self, limit: int) -> list[WaitingRow]:
        """Rows whose latest version has not arrived and was not refused."""
        late = (
            sa.select(rows.c.portal, rows.c.key, rows.c.version, rows.c.record)
            .select_from(self._with_delivery())
            .where(_is_late(), self._ours)
            .order_by(rows.c.portal, rows.c.key)
            .limit(limit)
        )
        found = await self._database.read(lambda connection: connection.execute(late).all())
        return [WaitingRow(row.portal, row.key, row.version, row.record) for row in found]

    async def records(self) -> list[Mapping[str, Any]]:
        """What stands in every row, by portal and key; delivered or not."""
        every = sa.select(rows.c.record).where(self._ours).order_by(rows.c.portal, rows.c.key)
        return list(await self._database.read(lambda connection: connection.execute(every).scalars().all()))

    async def each(self, page: int = 500) -> AsyncIterator[Mapping[str, Any]]:
        """The same, a page at a time: never more than one of them in memory."""
        after = ("", "")
        while True:
            next_page = (
                sa.select(rows.c.portal, rows.c.key, rows.c.record)
                .where(self._ours, sa.tuple_(rows.c.portal, rows.c.key) > sa.tuple_(*map(sa.literal, after)))
                .order_by(rows.c.portal, rows.c.key)
                .limit(page)
            )
            found = await self._database.read(partial(_all, next_page))
            for row in found:
                yield row.record
            if len(found) < page:
                return
            after = (found[-1].portal, found[-1].key)

    async def arrived(self) -> list[Mapping[str, Any]]:
        """What should stand in the spreadsheet: the records whose latest version was seen to arrive."""
        there = (
            sa.select(rows.c.record)
            .select_from(self._with_delivery())
            .where(rows.c.version == deliveries.c.version, self._ours)
            .order_by(rows.c.portal, rows.c.key)
        )
        return list(await self._database.read(lambda connection: connection.execute(there).scalars().all()))

    async def edition(self) -> tuple[int, int]:
        """Changes whenever a record does: how many there are, and how many versions of them there have been."""
        counted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(rows.c.version), 0)).where(self._ours)
        number, versions = await self._database.read(lambda connection: connection.execute(counted).one())
        return int(number), int(versions)

    async def outdated(self, edition: int) -> list[tuple[str, int]]:
        """Portal and number of the cases whose record was made by an earlier edition, the latest first."""
        made_by = sa.func.coalesce(rows.c.record["edition"].as_integer(), 1)
        case_id = rows.c.record["case_id"].as_integer().label("case_id")
        earlier = sa.select(rows.c.portal, case_id).where(made_by < edition).order_by(rows.c.portal, case_id.desc())
        found = await self._database.read(lambda connection: connection.execute(earlier).all())
        return [(row.portal, row.case_id) for row in found]

    async def count_waiting(self) -> int:
        late = sa.select(sa.func.count()).select_from(self._with_delivery()).where(_is_late(), self._ours)
        return int(await self._database.read(lambda connection: connection.execute(late).scalar_one()))

    async def parked(self) -> list[ParkedRow]:
        """What Google refused and nobody has changed since."""
        refused = (
            sa.select(rows.c.portal, rows.c.key, deliveries.c.error)
            .select_from(self._with_delivery())
            .where(deliveries.c.refused_version == rows.c.version, self._ours)
            .order_by(rows.c.portal, rows.c.key)
        )
        found = await self._database.read(lambda connection: connection.execute(refused).all())
        return [ParkedRow(row.portal, row.key, row.error) for row in found]

    async def unpark(self, key: str | None = None) -> int:
        """Offer Google these refused rows once more, or all of them; how many there are."""
        refused = [deliveries.c.spreadsheet == self._spreadsheet, deliveries.c.refused_version.is_not(None)]
        if key is not None:
            refused.append(deliveries.c.key == key)
        again = sa.update(deliveries).where(*refused).values(refused_version=None, error=None)
        return await self._database.write(lambda connection: connection.execute(again).rowcount)

    async def state(self) -> SheetState:
        known = sa.select(sheets.c.next_token, sheets.c.place).where(sheets.c.spreadsheet == self._spreadsheet)
        row = await self._database.read(lambda connection: connection.execute(known).one_or_none())
        return SheetState() if row is None else SheetState(row.next_token, row.place)

    async def hold(self, holder: str, now: datetime, until: datetime) -> bool:
        """Take or keep the right to write to the spreadsheet; False while another process has it."""
        row = {"spreadsheet": self._spreadsheet, "next_token": 1, "holder": holder, "held_until": until.timestamp()}

        def hold(connection: sa.Connection) -> bool:
            taken = connection.execute(_hold(connection.dialect.name), {**row, "now": now.timestamp()})
            return taken.first() is not None

        return await self._database.write(hold)

    async def let_go(self, holder: str | None = None) -> None:
        """Another process need not wait until the lease ends; ``None`` is whoever has it, known to be dead."""
        held = sa.true() if holder is None else sheets.c.holder == holder
        here = sheets.c.spreadsheet == self._spreadsheet
        free = sa.update(sheets).where(here, held).values(holder=None, held_until=None)
        await self._database.write(lambda connection: connection.execute(free))

    async def send_again(self, keys: Collection[str], *, all_of_them: bool = False) -> None:
        """These rows, or all, wait again, although they had arrived."""
        which = sa.true() if all_of_them else deliveries.c.key.in_(sorted(keys))
        if keys or all_of_them:
            await self._database.write(lambda connection: self._again(connection, which))

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
            row = {"spreadsheet": self._spreadsheet, "next_token": state.next_token, "place": _plain(state.place)}
            connection.execute(_go_on(connection.dialect.name), row)

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
        key = {"spreadsheet": self._spreadsheet, "portal": row.portal, "key": row.key}
        put_row(connection, deliveries, key, what)


_RECORD = sa.select(rows.c.record).where(
    rows.c.portal == sa.bindparam("of_portal"), rows.c.key == sa.bindparam("of_key")
)


@cache
def _next_version(dialect: str) -> Insert:
    new = upsert(dialect, rows)
    return new.on_conflict_do_update(
        index_elements=["portal", "key"], set_={"record": new.excluded.record, "version": rows.c.version + 1}
    )


@cache
def _hold(dialect: str) -> ReturningInsert[tuple[str]]:
    """The row of a spreadsheet that is free ``now`` or held by the same already, if it is."""
    new = upsert(dialect, sheets)
    ended = sheets.c.held_until <= sa.bindparam("now", type_=sa.Float)
    put_back = sheets.c.held_until > new.excluded.held_until + CLOCKS_DIFFER
    return new.on_conflict_do_update(
        index_elements=["spreadsheet"],
        set_={"holder": new.excluded.holder, "held_until": new.excluded.held_until},
        where=sa.or_(sheets.c.holder.is_(None), sheets.c.holder == new.excluded.holder, ended, put_back),
    ).returning(sheets.c.holder)


@cache
def _go_on(dialect: str) -> Insert:
    new = upsert(dialect, sheets)
    return new.on_conflict_do_update(
        index_elements=["spreadsheet"],
        set_={
            # a worker that slept past its lease comes back with an old number
            "next_token": later(sheets.c.next_token, new.excluded.next_token),
            "place": new.excluded.place,
        },
    )


def _all(query: sa.Select[Any], connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    return connection.execute(query).all()


def _is_late() -> sa.ColumnElement[bool]:
    return sa.and_(
        rows.c.version > sa.func.coalesce(deliveries.c.version, 0),
        rows.c.version != sa.func.coalesce(deliveries.c.refused_version, 0),
    )


def _plain(place: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if place is None else dict(place)
