"""Section ``portal.external_calls``: phone calls that an application of telephony registers and finishes.

Source: api-reference/telephony/. A finished call is a record of the statistics and an activity on the object it is
about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sandbox.portal.crm.timeline import Owner

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

OUTGOING = 1
TYPES = (1, 2, 3, 4, 5)


@dataclass
class ExternalCall:
    code: str
    """``externalCall.716f….1773130779``."""
    user_id: int
    phone: str
    type: int
    begun: datetime
    owner: Owner | None
    line: str = ""
    external_id: str | None = None
    statistics_id: int = 0
    """0 until it is finished."""
    record_id: int = 0

    @property
    def finished(self) -> bool:
        return self.statistics_id != 0


class ExternalCalls:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._calls: dict[str, ExternalCall] = {}

    def get(self, code: str) -> ExternalCall | None:
        return self._calls.get(code)

    def register(self, user_id: int, phone: str, type_: int, begun: datetime, owner: Owner | None) -> ExternalCall:
        now = int(self._portal.clock.now().timestamp())
        code = f"externalCall.{UUID(int=self._portal.chance.getrandbits(128)).hex}.{now}"
        call = ExternalCall(code, user_id, phone, type_, begun, owner)
        self._calls[code] = call
        self._portal.changed("external_call.register", call=code, user=user_id)
        return call

    def finish(self, call: ExternalCall) -> None:
        """A number of its own in the statistics. A call that is finished again keeps it (unverified)."""
        call.statistics_id = call.statistics_id or self._portal.next_id("call statistics")
        self._portal.changed("external_call.finish", call=call.code)
