"""Section ``portal.calendars``: events in people's calendars, as far as ``calendar.accessibility.get`` tells of them.

They are put there by the control plane: the methods that write events, meetings, sections and repetition are not
simulated. Times are shown in the zone of the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

ACCESSIBILITIES = ("busy", "absent", "quest", "free")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class CalendarEvent:
    """``ends`` of an event of whole days is the beginning of its last day."""

    id: int
    user_id: int
    name: str
    begins: datetime
    ends: datetime
    whole_days: bool
    accessibility: str

    @property
    def over_at(self) -> datetime:
        return self.ends + DAY if self.whole_days else self.ends


class Calendars:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._events: list[CalendarEvent] = []

    def add(
        self, user_id: int, begins: datetime, ends: datetime, *, name: str, accessibility: str, whole_days: bool
    ) -> CalendarEvent:
        """Raises ``ValueError`` for an event that ends before it begins, or an accessibility that there isn't."""
        if ends < begins:
            raise ValueError("an event ends before it begins")
        if accessibility not in ACCESSIBILITIES:
            raise ValueError(f"accessibility must be one of {', '.join(ACCESSIBILITIES)}")
        zone = self._portal.work_days.zone(user_id)
        begins, ends = begins.astimezone(zone), ends.astimezone(zone)
        if whole_days:
            begins, ends = (each.replace(hour=0, minute=0, second=0, microsecond=0) for each in (begins, ends))
        number = self._portal.next_id("calendar event")
        event = CalendarEvent(number, user_id, name, begins, ends, whole_days, accessibility)
        self._events.append(event)
        self._portal.changed("calendar.add", id=event.id, user=user_id)
        return event

    def remove(self, user_id: int) -> None:
        """Everything in this person's calendar."""
        self._events = [event for event in self._events if event.user_id != user_id]
        self._portal.changed("calendar.clear", user=user_id)

    def between(self, user_id: int, begin: datetime, end: datetime) -> Iterator[CalendarEvent]:
        """Events of this person that touch the period, earliest first."""
        ordered = sorted(self._events, key=lambda event: (event.begins, event.id))
        yield from (
            event for event in ordered if event.user_id == user_id and event.begins < end and event.over_at > begin
        )
