"""The event log of the portal (api-reference/event-log/index.md): what administrators look through for security.

Kept here: authorisations of REST, one an hour for each webhook or application, as the sample of main-eventlog-tail.md
has them. Addresses of requests are cut before the secret.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.portal.rest import Caller

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    severity: str
    audit_type: str
    module: str
    item: str
    address: str
    user_agent: str
    uri: str
    user_id: int
    description: str


class EventLog:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._entries: list[Entry] = []
        self._seen: set[tuple[str, int, str]] = set()

    def authorized(self, caller: Caller, *, address: str, user_agent: str) -> None:
        """A request of REST was let in."""
        now = self._portal.clock.now()
        application_id = caller.application.id if caller.application else 0
        hour = now.strftime("%Y-%m-%d %H")
        once = (caller.source, caller.user_id, hour)
        if once in self._seen:
            return
        self._seen.add(once)
        description = {
            "userId": caller.user_id,
            "method": "rest",
            "applicationType": "oauth" if application_id else "apauth",
            "applicationId": application_id or caller.webhook_id,
            "timePeriod": hour,
        }
        self._entries.append(
            Entry(
                id=self._portal.next_id("event_log"),
                at=now,
                severity="SECURITY",
                audit_type="USER_AUTHORIZE",
                module="rest",
                item=str(caller.user_id),
                address=address,
                user_agent=user_agent,
                uri="/rest/",
                user_id=caller.user_id,
                description=json.dumps(description, separators=(",", ":")),
            )
        )

    def all(self) -> list[Entry]:
        """By id."""
        return list(self._entries)

    def get(self, entry_id: int) -> Entry | None:
        place = bisect_left(self._entries, entry_id, key=lambda entry: entry.id)
        found = self._entries[place] if place < len(self._entries) else None
        return found if found is not None and found.id == entry_id else None
