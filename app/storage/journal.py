"""What the service saw, decided and did, in order; nothing in it is ever changed (R26).

Each entry carries the hash of the one before it, so an entry that is altered, taken out or slipped in breaks the chain
at that place. Cutting off the newest entries, or writing everything anew, leaves a whole chain: against that an auditor
keeps a hash (``Anchor``) elsewhere, and asks whether it is still there. What is older than it has to be kept goes from
the beginning on (`app.storage.retention`), and an entry of the kind ``pruned`` says what the rest leans on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import one_at_a_time
from app.storage.schema import journal as table

START = ""
"""What the first entry of a database names as the hash before it."""
PAGE = 1000
PRUNED = "pruned"
"""The kind, and the key, of the entry that stands for those that were too old."""


@dataclass(frozen=True)
class Entry:
    at: datetime
    portal: str
    key: str
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Anchor:
    """The newest entry: its number and hash."""

    id: int
    hash: str


@dataclass(frozen=True)
class Break:
    """The first entry at which the chain is broken."""

    id: int
    at: datetime
    key: str
    altered: bool
    """Its own content is not what it was; otherwise what stood before it is gone, or is not what it was."""


@dataclass(frozen=True)
class Pruned:
    """The last of the entries that were too old to be kept."""

    through: int
    at: datetime
    hash: str
    entries: int
    """How many went with it, in one portion."""


@dataclass(frozen=True)
class Chain:
    """What a walk along all entries found."""

    entries: int
    newest: Anchor | None
    broken: Break | None
    holds: bool | None = None
    """Is the hash that was asked for one of an entry? ``None`` when none was asked for."""
    begins_after: Pruned | None = None


class Journal:
    """Kinds of entries: observed, decision, command, edited_later, error, found_by_sweep, hand_edit; of a portal
    as a whole: began, rebuilt. ``key`` is the text of a key, bodies plain data."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def write(self, portal: str, key: str, kind: str, body: Mapping[str, Any]) -> None:
        await self._database.write_in_turn(lambda connection: self.append_in(connection, portal, key, kind, body))

    async def write_changed(self, portal: str, key: str, kind: str, body: Mapping[str, Any]) -> bool:
        """Written unless the key's last entry of this kind says the same: waiting is written down once."""
        plain = _plain(body)

        def append(connection: sa.Connection) -> bool:
            if connection.execute(_LAST, {"of_key": key, "of_kind": kind}).scalar() == plain:
                return False
            self.append_in(connection, portal, key, kind, plain)
            return True

        return await self._database.write_in_turn(append)

    def append_in(self, connection: sa.Connection, portal: str, key: str, kind: str, body: Mapping[str, Any]) -> None:
        """Inside somebody else's writing transaction."""
        one_at_a_time(connection, table.name)
        previous = connection.execute(_NEWEST).scalar() or START
        entry = {"at": self._clock().timestamp(), "portal": portal, "key": key, "kind": kind, "body": _plain(body)}
        connection.execute(_APPEND, {**entry, "previous": previous, "hash": link(entry, previous)})

    async def read(self, key: str) -> list[Entry]:
        """All entries about a key, oldest first."""
        rows = await self._database.read(
            lambda connection: connection.execute(sa.select(table).where(table.c.key == key).order_by(table.c.id)).all()
        )
        return [Entry(_moment(row.at), row.portal, row.key, row.kind, row.body) for row in rows]

    async def last_good(self, key: str) -> datetime | None:
        """When a look at the key last left an entry other than of its failing."""
        newest = sa.select(sa.func.max(table.c.at)).where(table.c.key == key, table.c.kind != "error")
        found = await self._database.read(lambda connection: connection.execute(newest).scalar())
        return None if found is None else _moment(found)

    async def count(self, kind: str) -> int:
        counted = sa.select(sa.func.count()).where(table.c.kind == kind)
        return int(await self._database.read(lambda connection: connection.execute(counted).scalar_one()))

    async def count_between(self, portal: str, kind: str, since: datetime, until: datetime) -> int:
        """Entries of a portal from one moment to before another."""
        here = (table.c.kind == kind, table.c.portal == portal)
        when = (table.c.at >= since.timestamp(), table.c.at < until.timestamp())
        counted = sa.select(sa.func.count()).where(*here, *when)
        return int(await self._database.read(lambda connection: connection.execute(counted).scalar_one()))

    async def verify(self, kept: str | None = None) -> Chain:
        """Every entry against the one before it, up to the first that doesn't fit. ``kept``: a hash noted earlier.

        The first may lean on an entry that was too old, if the journal says so itself.
        """
        walked = _Walk(kept)
        while walked.broken is None and (page := await self._page(walked.reached)):
            for row in page:
                if not walked.step(row):
                    break
        return walked.chain()

    async def _page(self, after: int) -> list[Any]:
        wanted = sa.select(table).where(table.c.id > after).order_by(table.c.id).limit(PAGE)
        return await self._database.read(lambda connection: list(connection.execute(wanted).all()))


_LAST = (
    sa.select(table.c.body)
    .where(table.c.key == sa.bindparam("of_key"), table.c.kind == sa.bindparam("of_kind"))
    .order_by(table.c.id.desc())
    .limit(1)
)
_NEWEST = sa.select(table.c.hash).order_by(table.c.id.desc()).limit(1)
_APPEND = sa.insert(table)


class _Walk:
    """Along all entries, oldest first."""

    def __init__(self, kept: str | None) -> None:
        self._kept = kept
        self._found = False
        self._entries = 0
        self._newest: Anchor | None = None
        self._first: Any = None
        self._pruned: Pruned | None = None
        self.broken: Break | None = None

    @property
    def reached(self) -> int:
        return self._newest.id if self._newest is not None else 0

    def step(self, row: Any) -> bool:
        """False: here the chain is broken."""
        self._first = self._first or row
        altered = row.hash != link(row._mapping, row.previous)
        leans_on = self._newest.hash if self._newest is not None else row.previous
        if altered or row.previous != leans_on:
            self.broken = _break_at(row, altered=altered)
            return False
        if row.kind == PRUNED:
            self._pruned = _pruned(row.body)
        self._entries, self._newest = self._entries + 1, Anchor(row.id, row.hash)
        self._found = self._found or row.hash == self._kept
        return True

    def chain(self) -> Chain:
        begins_after = None
        if self.broken is None and self._first is not None and self._first.previous != START:
            begins_after = self._pruned
            if begins_after is None or begins_after.hash != self._first.previous:
                self.broken, begins_after = _break_at(self._first, altered=False), None
        found = self._found or (begins_after is not None and begins_after.hash == self._kept)
        return Chain(
            0
            if begins_after is None and self.broken is not None and self.broken.id == self._first.id
            else self._entries,
            self._newest,
            self.broken,
            None if self._kept is None else found,
            begins_after,
        )


def _break_at(row: Any, *, altered: bool) -> Break:
    return Break(row.id, _moment(row.at), row.key, altered)


def _pruned(body: Mapping[str, Any]) -> Pruned:
    return Pruned(body["through"], _moment(body["at"]), body["hash"], body["entries"])


def link(entry: Mapping[str, Any], previous: str) -> str:
    """The hash of an entry: SHA-256 of its canonical JSON, in which the hash before it stands too."""
    content = {name: entry[name] for name in ("at", "portal", "key", "kind", "body")}
    text = json.dumps({**content, "previous": previous}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """As it will be read back, so that the hash is taken of what is stored."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(body)))
    return plain


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
