"""Everything a record is written from, gathered at one moment: the portal as it is, the journal as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.controller.connection import Connection
from app.controller.observe import CaseObservation, observe_case, observe_source
from app.controller.slots import mark_of
from app.keys import CaseKey, SourceKey
from app.storage.journal import Chain, Entry, Journal
from app.storage.points import Entry as PointsEntry
from app.storage.points import PointsLedger
from bitrix.calls.feed import readers_of_important
from bitrix.errors import Refused
from rules.model import Case, NewsReaders, PastCase, Source, Stage, Task, UserId
from rules.news import audience
from rules.rulebook import Rulebook
from rules.words import decimal


@dataclass(frozen=True)
class Note:
    """What the service wrote into the case's timeline, without its mark."""

    mark: str
    text: str
    at: datetime | None


@dataclass(frozen=True)
class Dossier:
    """One case. ``source`` is ``None`` when the item was deleted."""

    portal: str
    address: str
    card_url: str
    source_url: str
    seen: CaseObservation
    source: Source | None
    past: Sequence[PastCase]
    readers: NewsReaders | None
    entries: Sequence[Entry]
    """The journal about the case and about its source item, oldest first."""
    chain: Chain
    points: Sequence[PointsEntry]
    made_at: datetime

    @property
    def case(self) -> Case:
        return self.seen.case

    @property
    def book(self) -> Rulebook:
        return self.seen.book

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.book.calendar.time_zone)

    def name(self, person: UserId | None) -> str:
        """Empty for nobody."""
        return "" if person is None else self.case.staff.name_of(person)

    def names(self, people: Sequence[UserId]) -> str:
        return ", ".join(self.name(person) for person in people)

    def moment(self, at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(self.zone):%d.%m.%Y %H:%M}"

    def notes(self, *prefixes: str) -> tuple[Note, ...]:
        """The service's notes whose marks begin like this, oldest first."""
        found = []
        for comment in sorted(self.seen.comments, key=lambda each: each.id):
            mark = mark_of(comment.text)
            if mark is not None and mark.startswith(prefixes):
                found.append(Note(mark, comment.text.rpartition("\n\n")[0] or comment.text, comment.created_at))
        return tuple(found)

    def step(self, code: str) -> tuple[Task, ...]:
        """The tasks of a step of the finalization: one for each set of measures."""
        slots = (f"final:{code}", f"final:{code}:")
        return tuple(task for task in self.case.tasks if task.slot == slots[0] or task.slot.startswith(slots[1]))

    def has_reached(self, stage: Stage) -> bool:
        """Has it ever stood there or beyond? The short way to the end passes over the stages between."""
        there = (entry.stage for entry in self.case.entries if not entry.stage.is_final)
        return any(each.position >= stage.position for each in there)


def day(value: date | None) -> str:
    return "" if value is None else f"{value:%d.%m.%Y}"


def number(value: float | None) -> str:
    """As people here write it: «3,33»."""
    return "" if value is None else decimal(round(value, 2))


async def gather(
    key: CaseKey,
    connection: Connection,
    present: Rulebook,
    earlier: Mapping[str, Rulebook],
    journal: Journal,
    ledger: PointsLedger,
    now: datetime,
) -> Dossier | None:
    """``None`` when there is no such case. Raises BitrixError."""
    seen = await observe_case(key.id, connection, present, earlier)
    if seen is None:
        return None
    case = seen.case
    source, past, readers = await asyncio.gather(
        observe_source(case.source, connection, seen.book),
        connection.archive.of_funnel(case.funnel),
        _readers(seen, connection),
    )
    source_key = SourceKey(key.portal, case.source.entity_type_id, case.source.id)
    entries = [*await journal.read(str(source_key)), *await journal.read(str(key))]
    round_key = case.source.round_key(case.round)
    return Dossier(
        portal=key.portal,
        address=connection.address,
        card_url=connection.card_url(seen.item.ref),
        source_url=connection.card_url(seen.source.ref) if seen.source is not None else "",
        seen=seen,
        source=source,
        past=[each for each in past if each.id != case.id],
        readers=readers,
        entries=sorted(entries, key=lambda entry: entry.at),
        chain=await journal.verify(),
        points=[e for e in await ledger.entries() if (e.case.portal, e.case.key) == (key.portal, round_key)],
        made_at=now,
    )


async def _readers(seen: CaseObservation, connection: Connection) -> NewsReaders | None:
    """``None`` when the portal doesn't tell, e.g. of a post that was deleted."""
    post = seen.case.news_post_id
    if post is None:
        return None
    try:
        read = await connection.portal.send(readers_of_important(post))
    except Refused:
        return None
    return NewsReaders(asked=audience(seen.case, seen.book), read=frozenset(read))
