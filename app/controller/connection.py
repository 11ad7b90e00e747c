"""One portal as the controller sees it: its client, its layout, its staff read now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias, TypeVar

from app.controller.absences import Calendars
from app.provision.layout import Layout
from app.provision.standing import read_staff
from bitrix.call import Call, Page
from bitrix.client import LONGEST_PAUSE, Portal
from bitrix.errors import TooLate
from bitrix.refs import DEAL, LEAD, ItemRef
from rules.model import PastCase, Staff

T = TypeVar("T")
Row = TypeVar("Row")


class Sender(Protocol):
    """What looks need of a REST client."""

    async def send(self, call: Call[T]) -> T: ...

    def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = ...) -> AsyncIterator[Row]: ...


class Ways(Sender, Protocol):
    """A client whose callers take turns (``bitrix.lanes``)."""

    def lane(self, name: str) -> Sender: ...

    def background(self, name: str = ..., *, patience: float = ...) -> Sender: ...


class Archive(Protocol):
    """The cases of a funnel, by its code, read now and then."""

    @property
    def fresh_for(self) -> timedelta: ...

    async def of_funnel(self, funnel: str) -> Sequence[PastCase]: ...

    def forget(self, funnel: str) -> None: ...


Hold: TypeAlias = Callable[[], Awaitable[float | None]]
"""Makes sure of the right to write, or raises. Answers until when it lasts for a call that has not left by then, by the
clock of the event loop; ``None``: for ever."""


class Fenced:
    """A client that makes sure before each write that its look still holds the key.

    A worker that was frozen past its lease stops here, instead of writing beside its successor (design section 2.2).
    Frozen, or kept waiting by the portal's limits, between the check and the request, it is stopped by the client: a
    write that has not left in time is checked anew.
    """

    def __init__(self, portal: Sender, hold: Hold) -> None:
        self._portal = portal
        self._hold = hold

    async def send(self, call: Call[T]) -> T:
        return await self.send_held(call, await self._hold()) if call.writes else await self._portal.send(call)

    async def send_held(self, call: Call[T], leaves_by: float | None) -> T:
        """A write under a hold that was just made sure of."""
        while True:
            try:
                return await self._portal.send(replace(call, leaves_by=leaves_by))
            except TooLate:
                leaves_by = await self._hold()

    def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = "offset") -> AsyncIterator[Row]:
        return self._portal.every(call, by=by)


class StaffRoom:
    """Who works on a portal and who is away, at most ``fresh_for`` old: Bitrix24 has no event for changes of people or
    departments."""

    def __init__(
        self, portal: Portal, clock: Callable[[], datetime], fresh_for: timedelta, calendars: Calendars
    ) -> None:
        self._portal = portal
        self._calendars = calendars
        self._clock = clock
        self._fresh_for = fresh_for
        self._known: tuple[datetime, Staff] | None = None
        self._reading = asyncio.Lock()

    def remarks(self) -> tuple[str, ...]:
        """What the operator should know of the reading of people."""
        return () if self._calendars.refusal is None else (self._calendars.refusal,)

    async def staff(self) -> Staff:
        async with self._reading:
            now = self._clock()
            if self._known is None or now - self._known[0] > self._fresh_for:
                staff = await read_staff(self._portal)
                self._known = (now, replace(staff, absent=await self._calendars.absent(staff, now)))
            return self._known[1]


def _no_remarks() -> tuple[str, ...]:
    return ()


async def _no_fence() -> float | None:
    """A connection outside of a look writes unchecked: there is nobody to run into."""
    return None


class Connection:
    """A value that is passed along; one deployment has as many as it has portals (design section 7)."""

    def __init__(
        self,
        name: str,
        address: str,
        portal: Ways,
        layout: Layout,
        staff: Callable[[], Awaitable[Staff]],
        archive: Archive,
        hold: Hold = _no_fence,
        way: Sender | None = None,
        remarks: Callable[[], tuple[str, ...]] = _no_remarks,
    ) -> None:
        self.name = name
        self.address = address
        self.layout = layout
        self.staff = staff
        self.archive = archive
        self.remarks = remarks
        self._ways = portal
        self._unfenced = way or portal
        self._hold = hold
        self._fenced = Fenced(self._unfenced, hold)
        self.portal: Sender = self._fenced

    def under(self, hold: Hold, lane: str = "") -> Connection:
        """The same portal for one look, whose writes stop when ``hold`` raises. Looks take turns: one with many calls
        delays no other."""
        return self._by(self._ways.lane(lane), hold)

    def behind(self, hold: Hold, lane: str = "") -> Connection:
        """The same portal for one look that nobody waits for: it lets the other looks go first. It has a lease, which
        a pause of some minutes would outlive."""
        return self._by(self._ways.background(lane, patience=LONGEST_PAUSE), hold)

    def in_background(self) -> Connection:
        """The same portal for work that lets the looks go first."""
        return self._by(self._ways.background(), self._hold)

    def _by(self, way: Sender, hold: Hold) -> Connection:
        return Connection(self.name, self.address, self._ways, self.layout, self.staff, self.archive, hold, way)

    async def make_sure(self) -> None:
        """Raises what ``hold`` raises: what a look has read is not noted when somebody else, who has read later, holds
        the key by now."""
        await self._hold()

    async def send_together(self, calls: Sequence[Call[T]]) -> list[T]:
        """These writes in one request, in their order. When one failed, all have ended before its error is raised."""
        until = await self._hold()
        sent = (self._fenced.send_held(call, until) for call in calls)
        answers = await asyncio.gather(*sent, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if not isinstance(answer, BaseException)]

    async def every(self, call: Call[Page[Row]]) -> tuple[Row, ...]:
        """All rows of a list; one call when they fit one page."""
        return tuple([row async for row in self.portal.every(call, by="offset")])

    def card_url(self, ref: ItemRef) -> str:
        """Where people open the item; the path of a smart process's card is unverified."""
        section = {LEAD: "lead", DEAL: "deal"}.get(ref.entity_type_id, f"type/{ref.entity_type_id}")
        return f"{self.address}/crm/{section}/details/{ref.id}/"
