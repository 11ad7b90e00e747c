"""Who is away now, as the calendars of the people who matter tell: heads of departments, the quality department.

Where the portal doesn't tell (the webhook has no scope ``calendar``), nobody is away: the log says so once, and
``/health`` as long as it is so.
What follows from absence: docs/decisions/0016-who-is-absent-gets-nothing-new.md.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bitrix.calls.calendar import ABSENT, list_accessibility
from bitrix.client import Portal
from bitrix.errors import Gibberish, Refused
from rules.model import Staff

log = logging.getLogger(__name__)

DAY = timedelta(days=1)


class Calendars:
    """One portal's; ``department`` is the quality department."""

    def __init__(self, portal: Portal, department: str) -> None:
        self._portal = portal
        self._department = department
        self.refusal: str | None = None
        """Why the portal doesn't tell who is absent, as of the last question."""

    async def absent(self, staff: Staff, now: datetime) -> frozenset[int]:
        """Of those who may be given something by the rules. One request; a refusal means nobody."""
        people = self._concerned(staff)
        if not people:
            return frozenset()
        # Which zone the days of the question are in isn't documented: a day more on both sides, then the exact moment.
        asked = list_accessibility(people, (now - DAY).date(), (now + DAY).date())
        try:
            calendars = await self._portal.send(asked)
        except (Refused, Gibberish) as error:
            if self.refusal is None:
                log.warning("absences are unknown, everybody counts as present: %s", error)
            self.refusal = f"отпуска не видны, все считаются на месте: {error}"
            return frozenset()
        self.refusal = None
        return frozenset(
            user
            for user, events in calendars.items()
            if any(event.accessibility == ABSENT and event.covers(now) for event in events)
        )

    def _concerned(self, staff: Staff) -> tuple[int, ...]:
        heads = {each.head_id for each in staff.departments.values() if each.head_id is not None}
        return tuple(
            sorted(person for person in heads | {*staff.members_of(self._department)} if staff.is_active(person))
        )
