"""The way to a portal: a client for it, and what is known of it once its layout has been read."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.controller.absences import Calendars
from app.controller.connection import Connection, StaffRoom
from app.controller.mirror import open_sheet
from app.controller.past_cases import CaseArchive
from app.controller.worker import IDLE
from app.provision.blueprint import Blueprint, blueprint_of
from app.provision.layout import Layout, layout_of
from app.provision.standing import read_standing
from app.settings import PortalSettings, SheetsSettings
from bitrix.client import Portal
from bitrix.pacing import Pace as RequestPace
from rules.rulebook import Rulebook
from rules.versions import retired
from sheets_sync.gateway import Gateway


def now() -> datetime:
    """The service's clock, in the machine's own time zone: people read these times."""
    return datetime.now(UTC).astimezone()


def open_portal(settings: PortalSettings, pace: RequestPace | None = None) -> Portal:
    return Portal(
        settings.webhook.get_secret_value(),
        pace=pace,
        capacity=settings.burst,
        drain_per_second=settings.requests_per_second,
        timeout=settings.longest_request.total_seconds(),
    )


async def read_layout(portal: Portal, book: Rulebook, earlier: Iterable[Rulebook]) -> Layout:
    """Raises BitrixError, NotProvisioned or NotOnPortal."""
    blueprint: Blueprint = blueprint_of(book)
    return layout_of(book, blueprint, await read_standing(portal, blueprint), retired(book, earlier))


@dataclass(frozen=True)
class Surroundings:
    """What lies outside of the process: the time, and the way to a portal. A simulation brings its own."""

    clock: Callable[[], datetime] = now
    timestamp: Callable[[], float] = time.time
    """The same clock for what happens thousands of times a second: a time zone costs more than all else about it."""
    timer: Callable[[], float] = time.monotonic
    """Seconds by a clock that nobody sets."""
    open_portal: Callable[[PortalSettings, RequestPace | None], Portal] = open_portal
    read_layout: Callable[[Portal, Rulebook, Iterable[Rulebook]], Awaitable[Layout]] = read_layout
    open_sheet: Callable[[SheetsSettings], Gateway] = open_sheet
    idle: timedelta = IDLE


async def connect(
    name: str,
    portal: Portal,
    settings: PortalSettings,
    book: Rulebook,
    earlier: Iterable[Rulebook] = (),
    around: Surroundings = Surroundings(),
) -> Connection:
    """Read the portal's layout. Raises BitrixError, NotProvisioned or NotOnPortal."""
    layout = await around.read_layout(portal, book, earlier)
    scheme = settings.webhook.get_secret_value().split(":", 1)[0]
    staff_room = StaffRoom(portal, around.clock, settings.staff_fresh_for, Calendars(portal, book.quality.department))
    archive = CaseArchive(portal, layout, around.clock, settings.staff_fresh_for, reach_of(book))
    address = f"{scheme}://{settings.host}"
    return Connection(name, address, portal, layout, staff_room.staff, archive, remarks=staff_room.remarks)


def reach_of(book: Rulebook) -> timedelta:
    """How far back cases are compared: a year, or what the effectiveness check needs."""
    needed = book.effectiveness.after_days + 2 * book.effectiveness.window_days
    return timedelta(days=max(365, needed))
