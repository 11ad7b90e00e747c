"""How people come to the dashboard inside Bitrix24, on the phone too: a notification at the beginning of the month.

It tells last month's numbers and has a link of the reader's own. Each person is told once a month; sent again, it
replaces itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from app.controller.connection import Connection
from app.dashboard import figures, words
from app.dashboard.answers import Reader, wanted
from app.dashboard.figures import added_up
from app.dashboard.passes import Bearer, sign
from app.dashboard.question import Period, Preset, Question
from app.dashboard.scope import scope_of
from app.storage.case_facts import CaseFacts, Sums
from app.storage.cursors import Cursors
from bitrix.calls.notifications import notify
from bitrix.errors import BitrixError, Refused
from rules.calendar import working_time
from rules.model import Staff
from rules.rulebook import Rulebook

log = logging.getLogger(__name__)

LINK_FOR = timedelta(days=35)
"""Until the next month's link is there."""
EVERY = timedelta(minutes=30)

Audience = Literal["off", "heads", "everyone"]


@dataclass(frozen=True)
class Links:
    """Makes the address under which one person enters. ``home`` is the service's public address."""

    home: str
    secret: str

    def link(self, portal: str, person: int, until: datetime) -> str:
        return f"{self.home}/dashboard/enter/{sign(Bearer(portal, person, until), 'link', self.secret)}"


class Digest:
    """Sends what is due, again and again, until cancelled."""

    def __init__(
        self,
        connections: Mapping[str, Connection],
        book: Rulebook,
        facts: CaseFacts,
        cursors: Cursors,
        links: Links,
        audience: Audience,
        clock: Callable[[], datetime],
    ) -> None:
        self._connections = connections
        self._book = book
        self._facts = facts
        self._cursors = cursors
        self._links = links
        self._audience = audience
        self._clock = clock

    async def run(self) -> None:
        while True:
            for connection in tuple(self._connections.values()):
                try:
                    await self.send(connection)
                except BitrixError as error:  # the rest is sent next time
                    log.warning("digest of %s: %s", connection.name, error)
            await asyncio.sleep(EVERY.total_seconds())

    async def send(self, connection: Connection) -> int:
        """Tell everybody on this portal who hasn't been told of the last month; how many were told. Raises
        BitrixError."""
        now = self._clock()
        month = month_due(now, self._book)
        if month is None or await self._cursors.get(connection.name, _all_told(month)) is not None:
            return 0
        staff = await connection.staff()
        told = 0
        for reader in readers(connection.name, staff, self._book, self._audience):
            name = f"{_all_told(month)}:{reader.person}"
            if await self._cursors.get(connection.name, name) is None and await self._tell(
                reader, month, connection, now
            ):
                await self._cursors.set(connection.name, name, now.isoformat())
                told += 1
        await self._cursors.set(connection.name, _all_told(month), now.isoformat())
        return told

    async def _tell(self, reader: Reader, month: Period, connection: Connection, now: datetime) -> bool:
        clean = [code for code, verdict in self._book.verdicts.items() if verdict.measures == "none"]
        question = Question(month, Preset.OWN)
        sums = added_up((await self._facts.sums(wanted(question, reader), clean)).values())
        if not sums.cases:
            return False
        link = self._links.link(reader.portal, reader.person, now + LINK_FOR)
        text = letter(sums, month, reader, link)
        try:
            await connection.portal.send(notify(reader.person, text, tag=f"capa24-{_all_told(month)}"))
        except Refused as error:
            log.warning("person %d of %s can't be notified: %s", reader.person, reader.portal, error)
        return True


def month_due(now: datetime, book: Rulebook) -> Period | None:
    """The month to tell of: from the first working morning of the next one, for a week."""
    time = working_time(book.calendar, Staff())
    today = now.astimezone(time.zone).date()
    first = today.replace(day=1)
    while not time.is_working(first):
        first += timedelta(days=1)
    begin = time.begin_of(first)
    if not begin <= now < begin + timedelta(days=7):
        return None
    ended = today.replace(day=1) - timedelta(days=1)
    return Period(ended.replace(day=1), ended)


def readers(portal: str, staff: Staff, book: Rulebook, audience: Audience) -> Iterator[Reader]:
    """Who is told: those who see more than themselves, or everybody who works there."""
    for person in sorted(staff.people):
        scope = scope_of(person, staff, book.quality.department)
        if scope is not None and person != staff.service_id and (audience == "everyone" or not scope.is_personal):
            yield Reader(portal, person, scope, staff)


def letter(sums: Sums, month: Period, reader: Reader, link: str) -> str:
    """BB codes, as notifications take them."""
    whose = "Ваши разборы" if reader.scope.is_personal else "Качество процессов"
    told = [
        f"разобрано {words.number(sums.analysed)} из {words.number(sums.cases)}",
        f"без замечаний {words.percent(figures.clean_share(sums))}",
        f"нарушений {words.number(sums.violations)}",
        f"мер назначено {words.number(sums.measures)}",
    ]
    if sums.rated:
        told.append(f"удовлетворённость {words.number(figures.satisfaction(sums))} из 100")
    if reader.scope.is_personal and sums.points:
        told.append(f"баллов {words.number(sums.points, 1)}")
    when = words.span(month.since, month.until)
    return (
        f"[B]{whose}, {when}[/B]\n{'; '.join(told)}.\n[URL={link}]Открыть панель качества[/URL] "
        f"(ссылка только для вас, действует {LINK_FOR.days} дней)"
    )


def _all_told(month: Period) -> str:
    return f"digest-{date.isoformat(month.since)[:7]}"
