"""One portal as the controller sees it: its client, its layout, its staff read now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
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


class Connection:
    """A value that is passed along; one deployment has as many as it has portals (design section 7)."""

    def __init__(
        self, name: str, address: str, portal: Sender, layout: Layout, staff: Callable[[], Awaitable[Staff]]
    ) -> None:
        self.name = name
        self.address = address
        self.portal = portal
        self.layout = layout
        self.staff = staff

    def under(self, hold: Callable[[], Awaitable[None]]) -> Connection:
        """The same portal for one look, whose writes stop when ``hold`` raises."""
        return Connection(self.name, self.address, Fenced(self.portal, hold), self.layout, self.staff)

    async def every(self, call: Call[Page[Row]]) -> tuple[Row, ...]:
        """All rows of a list; one call when they fit one page."""
        return tuple([row async for row in self.portal.every(call, by="offset")])

    def card_url(self, ref: ItemRef) -> str:
        """Where people open the item; the path of a smart process's card is unverified."""
        section = {LEAD: "lead", DEAL: "deal"}.get(ref.entity_type_id, f"type/{ref.entity_type_id}")
        return f"{self.address}/crm/{section}/details/{ref.id}/"
