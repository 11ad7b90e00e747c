"""Writes down what people changed on the portal since the last look, so that the record doesn't depend on what they
change later (R26)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from app.keys import CaseKey
from app.record.changes import Change, as_body, changes
from app.record.observation import Observation, after, as_json, from_json, observe
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.observations import Observations
from bitrix.calls.tasks import TaskStatus, task_history
from bitrix.errors import Refused
from rules import later_edits
from rules.decision import Command
from rules.model import Stage, UserId

NOTHING_SEEN = Observation()
"""Before the first look, or when our database was lost: everything that stands on the portal is news then."""


class Witness:
    """One comparison a look; nothing is written while nothing changes."""

    def __init__(self, database: Database, journal: Journal, observations: Observations) -> None:
        self._database = database
        self._journal = journal
        self._observations = observations

    async def look(self, key: CaseKey, seen: CaseObservation, connection: Connection) -> Observation:
        """The differences go to the journal as ``observed``; answers what is kept from now on. Raises BitrixError."""
        stored = await self._observations.last(key.portal, str(key))
        before = _read(stored)
        now = _next(before, seen)
        kept = as_json(now)
        if kept == stored:
            return now
        found = await _with_witnesses(changes(before, now, seen.case, seen.book), connection)
        body = as_body(found)
        if any(change.kind == "card" for change in found):
            body["card_changed_by"] = _person(seen.item.updated_by, seen)

        def write(transaction: sa.Connection) -> None:
            if found:
                self._journal.append_in(transaction, key.portal, str(key), "observed", body)
            self._observations.keep_in(transaction, key.portal, str(key), kept)

        await self._database.write(write)
        return now

    async def stage_of(self, key: CaseKey) -> Stage | None:
        """Where the case stood, or was being moved to, when it was seen last."""
        seen = _read(await self._observations.last(key.portal, str(key)))
        return seen.moving_to or seen.stage

    async def preview(self, key: CaseKey, seen: CaseObservation) -> Observation:
        """What a look would keep. Reads only."""
        return _next(_read(await self._observations.last(key.portal, str(key))), seen)

    async def done(self, key: CaseKey, seen: Observation, command: Command, entry: Mapping[str, Any]) -> Observation:
        """A command was carried out: its entry and what the next look should see, in one transaction."""
        expected = after(seen, command)

        def write(transaction: sa.Connection) -> None:
            self._journal.append_in(transaction, key.portal, str(key), "command", entry)
            if expected is not seen:
                self._observations.keep_in(transaction, key.portal, str(key), as_json(expected))

        await self._database.write(write)
        return expected


def _next(before: Observation, seen: CaseObservation) -> Observation:
    settled = later_edits.settled(seen.case, seen.book, before.settled)
    return replace(observe(seen.case, before), settled=settled)


def _read(stored: Mapping[str, Any] | None) -> Observation:
    try:
        return NOTHING_SEEN if stored is None else from_json(stored)
    except ValidationError:  # another release kept other things: as good as lost
        return NOTHING_SEEN


async def _with_witnesses(found: Sequence[Change], connection: Connection) -> tuple[Change, ...]:
    """Who put a closed task back to work is told by the task's own history alone; it happens seldom."""
    return tuple(await asyncio.gather(*(_with_witness(change, connection) for change in found)))


async def _with_witness(change: Change, connection: Connection) -> Change:
    if change.kind != "reopened" or change.task_id is None:
        return change
    person = await _who_reopened(change.task_id, connection)
    if person is None:
        return change
    staff = await connection.staff()
    return Change(change.kind, f"{change.text}, {staff.name_of(person)}", {**change.data, "by": person})


async def _who_reopened(task_id: int, connection: Connection) -> UserId | None:
    try:
        history = await connection.portal.send(task_history(task_id))
    except Refused:
        return None
    left = (each for each in reversed(history) if each.field == "STATUS" and _status(each.old) == TaskStatus.COMPLETED)
    return next((each.user_id for each in left), None)


def _status(value: object) -> int | None:
    return int(value) if isinstance(value, (int, str)) and str(value).lstrip("-").isdecimal() else None


def _person(person: UserId | None, seen: CaseObservation) -> dict[str, Any] | None:
    return None if person is None else {"id": person, "name": seen.case.staff.name_of(person)}
