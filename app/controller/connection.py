"""One portal as the controller sees it: its client, its layout, its staff read now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeVar

from app.provision.layout import Layout
from app.provision.standing import read_staff
from bitrix.call import Call, Page
from bitrix.client import Portal
from bitrix.refs import DEAL, LEAD, ItemRef
from rules.model import Staff

T = TypeVar("T")
Row = TypeVar("Row")


class Sender(Protocol):
    """What looks need of a REST client."""

    async def send(self, call: Call[T]) -> T: ...

    def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = ...) -> AsyncIterator[Row]: ...


class Fenced:
    """A client that makes sure before each write that its look still holds the key.

    A worker that was frozen past its lease stops here, instead of writing beside its successor (design section 2.2).
    """

    def __init__(self, portal: Sender, hold: Callable[[], Awaitable[None]]) -> None:
        self._portal = portal
        self._hold = hold

    async def send(self, call: Call[T]) -> T:
        if call.writes:
            await self._hold()
        return await self._portal.send(call)

    def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = "offset") -> AsyncIterator[Row]:
        return self._portal.every(call, by=by)


class StaffRoom:
    """Who works on a portal, at most ``fresh_for`` old: Bitrix24 has no event for changes of people or departments."""

    def __init__(self, portal: Portal, clock: Callable[[], datetime], fresh_for: timedelta) -> None:
        self._portal = portal
        self._clock = clock
        self._fresh_for = fresh_for
        self._known: tuple[datetime, Staff] | None = None
        self._reading = asyncio.Lock()

    async def staff(self) -> Staff:
        async with self._reading:
            now = self._clock()
            if self._known is None or now - self._known[0] > self._fresh_for:
                self._known = (now, await read_staff(self._portal))
            return self._known[1]


async def _no_fence() -> None:
    """A connection outside of a look writes unchecked: there is nobody to run into."""


class Connection:
    """A value that is passed along; one deployment has as many as it has portals (design section 7)."""

    def __init__(
        self,
        name: str,
        address: str,
        portal: Sender,
        layout: Layout,
        staff: Callable[[], Awaitable[Staff]],
        hold: Callable[[], Awaitable[None]] = _no_fence,
    ) -> None:
        self.name = name
        self.address = address
        self.layout = layout
        self.staff = staff
        self._unfenced = portal
        self._hold = hold
        self.portal: Sender = Fenced(portal, hold)

    def under(self, hold: Callable[[], Awaitable[None]]) -> Connection:
        """The same portal for one look, whose writes stop when ``hold`` raises."""
        return Connection(self.name, self.address, self._unfenced, self.layout, self.staff, hold)

    async def send_together(self, calls: Sequence[Call[T]]) -> list[T]:
        """These writes in one request, in their order. When one failed, all have ended before its error is raised."""
        await self._hold()
        answers = await asyncio.gather(*(self._unfenced.send(call) for call in calls), return_exceptions=True)
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
