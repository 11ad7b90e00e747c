"""How many changes no event told of; and a portal that changes without telling."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from app.controller.loss_meter import FEW, Silence, count_losses, silence, tally
from app.controller.resync import SweepDesk, sweep
from app.controller.watches import OVERLAP, Change
from app.storage.cursors import Cursors
from app.storage.dirty_keys import DirtyKeys
from app.storage.event_losses import EventLosses, Tally
from app.storage.schema import events
from bitrix.refs import DEAL, ItemRef, TaskRef
from tests.app.conftest import MONDAY
from tests.app.controller.trading_day import DEAL_42, win_deal

SECOND = timedelta(seconds=1)
TWO_HOURS = timedelta(hours=2)


def a_change(at: datetime = MONDAY, number: int = 42) -> Change:
    return Change(ItemRef(DEAL, number), at, "ONCRMDEALUPDATE", None)


@pytest.mark.parametrize(
    ("told", "untold"),
    [
        ({}, 1),  # no event at all
        ({DEAL_42: MONDAY}, 0),  # told within the second
        ({DEAL_42: MONDAY + 60 * SECOND}, 0),  # told late
        ({DEAL_42: MONDAY - SECOND}, 1),  # that event was about an earlier change
        ({ItemRef(DEAL, 41): MONDAY, TaskRef(42): MONDAY}, 1),  # told of something else
    ],
)
def test_a_change_is_untold_when_no_event_came_since(told, untold):
    assert tally([a_change()], told) == {"ONCRMDEALUPDATE": Tally(1, untold)}


def test_changes_are_counted_by_the_event_that_should_have_told():
    task = Change(TaskRef(7), MONDAY, "ONTASKUPDATE", None)
    assert tally([a_change(), a_change(number=43), task], {DEAL_42: MONDAY}) == {
        "ONCRMDEALUPDATE": Tally(2, 1),
        "ONTASKUPDATE": Tally(1, 1),
    }


@pytest.mark.parametrize(
    ("last", "changes", "is_silent"),
    [
        (None, FEW, True),  # never said a word
        (MONDAY - TWO_HOURS, FEW, True),
        (MONDAY - TWO_HOURS + SECOND, 100, False),  # spoke just now
        (MONDAY - timedelta(days=3), 0, False),  # a weekend: nobody works
        (MONDAY - timedelta(days=3), FEW - 1, False),  # may be chance
    ],
)
def test_silence_is_changes_without_a_word(last, changes, is_silent):
    expected = Silence(last, changes) if is_silent else None
    assert silence(last, changes, MONDAY, TWO_HOURS) == expected


async def tell(database, ref: ItemRef, at: datetime, *, portal: str = "shop", body: bytes | None = None) -> None:
    form = {"event": "ONCRMDEALUPDATE", "data": {"FIELDS": {"ID": str(ref.id)}}, "ts": str(int(at.timestamp()))}
    row = {
        "portal": portal,
        "name": "ONCRMDEALUPDATE",
        "body": body if body is not None else json.dumps(form).encode(),
        "received_at": (at + 2 * SECOND).timestamp(),
    }
    await database.write(lambda connection: connection.execute(events.insert().values(**row)))


async def test_each_change_is_counted_once_and_only_when_its_event_had_time(connection, portal, book, database, clock):
    """A sweep every minute, events for every second deal, some of them late."""
    losses = EventLosses(database)
    desk = SweepDesk(book, Cursors(database), DirtyKeys(database, clock), timedelta(days=1))
    await sweep(connection, desk, clock())
    for number in range(1, 21):
        clock.forward(minutes=1)
        win_deal(portal, ItemRef(DEAL, number))
        if number % 2:
            await tell(database, ItemRef(DEAL, number), clock() + 3 * SECOND * (number % 20))
        swept = await sweep(connection, desk, clock())
        await count_losses("shop", swept.settled, losses, clock())
    counted = (await losses.by_event(MONDAY - TWO_HOURS))["shop"]
    assert sum(each.changes for each in counted.values()) < 20
    clock.forward(hours=1)
    await count_losses("shop", (await sweep(connection, desk, clock())).settled, losses, clock())
    counted = (await losses.by_event(MONDAY - TWO_HOURS))["shop"]
    assert sum(each.changes for each in counted.values()) == 20
    assert sum(each.untold for each in counted.values()) == 10
    assert OVERLAP > 60 * SECOND
