"""The ledger of bonus points (S76, R25): entries are appended and never changed.

A copy in words of what the cards say: at each look the sum of a case's entries is compared with the case, and the
difference is appended. So it is there again after our database was lost, and nothing is booked twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from app.storage.database import Database
from app.storage.dialects import one_at_a_time
from app.storage.schema import points_entries as table

TAKEN_OUT = "начисление отменено: правило больше не действует"


@dataclass(frozen=True)
class Posting:
    """What a case has for one person, by one rule. ``name`` is the person's as of now."""

    person: int
    name: str
    amount: float
    rule: str


@dataclass(frozen=True)
class BookedCase:
    """Whose postings these are: ``key`` is the round, ``deal:42#1``."""

    portal: str
    case_id: int
    key: str


@dataclass(frozen=True)
class Entry:
    case: BookedCase
    posting: Posting
    at: datetime
    period: str


@dataclass(frozen=True)
class Balance:
    portal: str
    person: int
    name: str
    amount: float


class PointsLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def settle(self, case: BookedCase, wanted: Sequence[Posting], at: datetime, period: str) -> None:
        """Append what the case's entries lack of these postings. One caller a case at a time (its lease)."""
        if not _lacking(await self._database.read(lambda connection: _standing(connection, case)), wanted):
            return

        def append(connection: sa.Connection) -> None:
            one_at_a_time(connection, table.name)
            for posting in _lacking(_standing(connection, case), wanted):
                values = {"portal": case.portal, "case_id": case.case_id, "round_key": case.key, "period": period}
                connection.execute(sa.insert(table).values(**values, **vars(posting), at=at.timestamp()))

        await self._database.write(append)

    async def entries(self, *, person: str | None = None, period: str | None = None) -> list[Entry]:
        """Oldest first. ``person``: a number, or a part of the name; ``period`` as the entries name it."""
        wanted = sa.select(table).order_by(table.c.at, table.c.id)
        if period is not None:
            wanted = wanted.where(table.c.period == period)
        if person is not None and person.isdigit():
            wanted = wanted.where(table.c.person == int(person))
        rows = await self._database.read(lambda connection: connection.execute(wanted).all())
        found = [_entry(row) for row in rows]
        if person is None or person.isdigit():
            return found
        return [entry for entry in found if person.casefold() in entry.posting.name.casefold()]

    async def is_empty_of(self, case: BookedCase) -> bool:
        """Was nothing ever booked for this case?"""
        return not await self._database.read(lambda connection: _standing(connection, case))


def balances(entries: Iterable[Entry]) -> list[Balance]:
    """By person, under the latest name, the highest first."""
    sums: dict[tuple[str, int], float] = defaultdict(float)
    names: dict[tuple[str, int], str] = {}
    for entry in entries:
        who = entry.case.portal, entry.posting.person
        sums[who] += entry.posting.amount
        names[who] = entry.posting.name
    found = [Balance(portal, person, names[portal, person], amount) for (portal, person), amount in sums.items()]
    return sorted(found, key=lambda balance: (-balance.amount, balance.name))


def _standing(connection: sa.Connection, case: BookedCase) -> Mapping[int, Posting]:
    """The sum of a case's entries by person."""
    here = (table.c.portal == case.portal, table.c.round_key == case.key)
    rows = connection.execute(sa.select(table).where(*here).order_by(table.c.id)).all()
    found: dict[int, Posting] = {}
    for row in rows:
        before = found[row.person].amount if row.person in found else 0.0
        found[row.person] = Posting(row.person, row.name, before + row.amount, row.rule)
    return found


def _lacking(standing: Mapping[int, Posting], wanted: Sequence[Posting]) -> list[Posting]:
    """For a new case its postings; for a known one the difference by person."""
    if not standing:
        return [posting for posting in wanted if posting.amount]
    postings: dict[int, list[Posting]] = {person: [] for person in standing}
    for posting in wanted:
        postings.setdefault(posting.person, []).append(posting)
    lacking = []
    for person, theirs in postings.items():
        there = standing[person].amount if person in standing else 0.0
        difference = round(sum(posting.amount for posting in theirs) - there, 2)
        if difference:
            name = theirs[-1].name if theirs else standing[person].name
            rule = "; ".join(posting.rule for posting in theirs) or TAKEN_OUT
            lacking.append(Posting(person, name, difference, rule))
    return lacking


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    return Entry(
        BookedCase(row.portal, row.case_id, row.round_key),
        Posting(row.person, row.name, row.amount, row.rule),
        datetime.fromtimestamp(row.at, UTC),
        row.period,
    )
