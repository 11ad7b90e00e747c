"""Queues of offline events: what changed since an application last asked (api-reference/events/offline-events.md).

A queue belongs to an application and, when it bound the event with one, to its ``auth_connector``. It keeps not a
history but one record per event with the same data, with the time of the last repetition. A record reserved under a
``process_id`` is out of the way: the same event again makes a new one.

That a record is known by a hash of 32 characters, that one of an error goes back into the queue, and what merges with
what, is as the vendor's module ``rest`` (``EventOfflineTable``) and the newer pages of the documentation have it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TypeAlias

from sandbox.portal.clock import Clock, iso
from sandbox.portal.php import JSON

KEPT_RESERVED = timedelta(days=30)
"""A package nobody confirmed is forgotten after this time."""

UNRESERVED = ""


@dataclass(frozen=True)
class OfflineEvent:
    """One record. ``process_id`` is empty until ``event.offline.get`` with ``clear=0`` reserves it."""

    id: int
    application_id: int
    connector: str
    message_id: str
    event: str
    data: Mapping[str, JSON]
    user_id: int
    """Who did it; 0 when nobody did, like an agent."""
    at: datetime
    process_id: str = UNRESERVED
    error: bool = False

    def as_json(self) -> dict[str, JSON]:
        """The members both ``get`` and ``list`` show. Everything is a string. An event without data has ``false``."""
        return {
            "ID": str(self.id),
            "TIMESTAMP_X": iso(self.at),
            "EVENT_NAME": self.event,
            "EVENT_DATA": self.data or False,
            "EVENT_ADDITIONAL": {"user_id": str(self.user_id)},
            "MESSAGE_ID": self.message_id,
        }


Test: TypeAlias = Callable[[OfflineEvent], bool]


class OfflineEvents:
    """All queues of a portal."""

    def __init__(self, clock: Clock, chance: Random) -> None:
        self._clock = clock
        self._chance = chance
        self._made = 0
        self._records: dict[int, OfflineEvent] = {}
        self._unreserved: dict[tuple[int, str, str], int] = {}

    def put(self, application_id: int, connector: str, event: str, data: Mapping[str, JSON], user_id: int) -> None:
        """Note that it happened; a repetition only renews the record that still waits."""
        message_id = message_id_of(event, data)
        key = (application_id, connector, message_id)
        known = self._unreserved.get(key)
        if known is not None:
            self._records[known] = replace(self._records[known], at=self._clock.now(), user_id=user_id)
            return
        self._made += 1
        self._records[self._made] = OfflineEvent(
            self._made, application_id, connector, message_id, event, data, user_id, self._clock.now()
        )
        self._unreserved[key] = self._made

    def of(self, application_id: int, connector: str) -> list[OfflineEvent]:
        """The whole queue, reserved records included, by id."""
        self._forget_abandoned()
        return [
            record
            for record in self._records.values()
            if record.application_id == application_id and record.connector == connector
        ]

    def reserve(self, records: Iterable[OfflineEvent]) -> str:
        """Take them out of everybody else's way. Answers the ``process_id``."""
        process_id = "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=32))
        for record in records:
            self._unreserved.pop(key_of(record), None)
            self._records[record.id] = replace(record, process_id=process_id)
        return process_id

    def remove(self, records: Iterable[OfflineEvent]) -> None:
        for record in list(records):
            self._records.pop(record.id, None)
            if self._unreserved.get(key_of(record)) == record.id:
                del self._unreserved[key_of(record)]

    def mark_wrong(self, application_id: int, connector: str, process_id: str, messages: Collection[str]) -> None:
        """Records of a package go back into the queue as erroneous ones, which are only given to those who ask for
        them. Other records with the same ``MESSAGE_ID`` are dropped: the erroneous one stands for them."""
        mine = [record for record in self.of(application_id, connector) if record.message_id in messages]
        for record in mine:
            if record.error:
                continue
            self.remove([record])
            if record.process_id == process_id:
                self._records[record.id] = replace(record, process_id=UNRESERVED, error=True)
                self._unreserved[key_of(record)] = record.id

    def forget(self, application_id: int) -> None:
        """The application is gone."""
        self.remove([record for record in self._records.values() if record.application_id == application_id])

    def _forget_abandoned(self) -> None:
        limit = self._clock.now() - KEPT_RESERVED
        self.remove([record for record in self._records.values() if record.process_id and record.at < limit])


def key_of(record: OfflineEvent) -> tuple[int, str, str]:
    return record.application_id, record.connector, record.message_id


def message_id_of(event: str, data: Mapping[str, JSON]) -> str:
    """The same event with the same data is the same message; a key, nothing secret."""
    text = f"{event}|{json.dumps(data, sort_keys=True, default=str)}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
