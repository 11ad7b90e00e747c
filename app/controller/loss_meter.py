"""How many changes no event told of, by the event that should have: the loss rate of a portal's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.controller.watches import Change
from app.storage.event_losses import EventLosses, Tally
from bitrix.refs import Ref

MOST_CLOCK_DIFFERENCE = timedelta(minutes=10)
"""Between the portal and us: its events are looked up by when we received them."""

NEVER = datetime.min.replace(tzinfo=UTC)


async def count_losses(portal: str, settled: Sequence[Change], losses: EventLosses, now: datetime) -> None:
    """``settled``: changes whose events should have come by now."""
    if settled:
        earliest = min(each.at for each in settled)
        told = await losses.told_since(portal, earliest - MOST_CLOCK_DIFFERENCE)
        await losses.add(portal, tally(settled, told), now)


def tally(changes: Iterable[Change], told: Mapping[Ref, datetime]) -> Mapping[str, Tally]:
    """By the name of the event. ``told``: when the portal last sent an event about a thing, by its own clock.

    An event from before the change tells of an earlier one. Of several changes of one thing only the last is known.
    """
    counted: dict[str, Tally] = {}
    for change in changes:
        untold = told.get(change.subject, NEVER) < change.at
        counted[change.event] = counted.get(change.event, Tally()) + Tally(1, int(untold))
    return counted


@dataclass(frozen=True)
class Silence:
    """A portal changes and no event comes."""

    since: datetime | None
    """When the last event came; ``None``: never."""
    changes: int
    """How many were found meanwhile."""


FEW = 3
"""So many changes may go untold by chance; more of them, and nothing else told, is silence."""


def silence(last_event: datetime | None, changes: int, now: datetime, patience: timedelta) -> Silence | None:
    """``changes``: those of the last ``patience``. A portal where nobody works is quiet, not silent."""
    if changes < FEW or (last_event is not None and now - last_event < patience):
        return None
    return Silence(last_event, changes)
