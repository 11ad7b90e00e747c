"""What happened on the portal, numbered, for the tests and demonstrations that watch it.

Kinds: ``request`` (a REST call, also one inside a batch), ``event`` (a delivery or what became of it), ``change``
(of the state). Tokens never enter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime

from sandbox.portal.clock import iso
from sandbox.portal.php import JSON

KINDS = ("request", "event", "change")
KEPT = 50_000
"""Older records are forgotten, so that a long run does not fill the memory."""


class Journal:
    def __init__(self) -> None:
        self._records: deque[dict[str, JSON]] = deque(maxlen=KEPT)
        self._last = 0

    def write(self, kind: str, at: datetime, details: Mapping[str, JSON]) -> None:
        self._last += 1
        self._records.append({"number": self._last, "kind": kind, "at": iso(at), **details})

    def read(self, after: int = 0, kind: str | None = None) -> list[dict[str, JSON]]:
        """Records with a number above ``after``, oldest first."""
        skip = max(0, after - (self._last - len(self._records)))
        records = list(self._records)[skip:]
        return [record for record in records if kind is None or record["kind"] == kind]

    @property
    def last(self) -> int:
        """Number of the newest record; 0 when nothing happened yet."""
        return self._last
