"""What events told, and the count of what they didn't, on both databases."""

from __future__ import annotations

from datetime import timedelta

from app.storage.event_losses import EventLosses, Tally
from tests.app.conftest import MONDAY
from tests.app.controller.test_loss_meter import tell
from tests.app.controller.trading_day import DEAL_42

MINUTE = timedelta(minutes=1)
TWO_HOURS = timedelta(hours=2)


async def test_the_last_word_about_each_thing_is_what_counts(database):
    losses = EventLosses(database)
    for minutes in (3, 1, 2):
        await tell(database, DEAL_42, MONDAY + timedelta(minutes=minutes))
    await tell(database, DEAL_42, MONDAY + timedelta(hours=1), portal="another")
    await tell(database, DEAL_42, MONDAY, body=b"not json")
    assert await losses.told_since("shop", MONDAY) == {DEAL_42: MONDAY + timedelta(minutes=3)}
    assert await losses.told_since("shop", MONDAY + timedelta(hours=1)) == {}


async def test_counts_add_up_by_the_hour_and_are_forgotten_after_a_month(database):
    losses = EventLosses(database)
    await losses.add("shop", {"ONTASKUPDATE": Tally(3, 1)}, MONDAY)
    await losses.add("shop", {"ONTASKUPDATE": Tally(2, 0), "ONCRMDEALUPDATE": Tally(1, 1)}, MONDAY + MINUTE)
    await losses.add("shop", {"ONTASKUPDATE": Tally(5, 5)}, MONDAY + TWO_HOURS)
    everything = MONDAY - TWO_HOURS
    assert await losses.by_event(everything) == {"shop": {"ONCRMDEALUPDATE": Tally(1, 1), "ONTASKUPDATE": Tally(10, 6)}}
    assert await losses.by_event(MONDAY + TWO_HOURS) == {"shop": {"ONTASKUPDATE": Tally(5, 5)}}
    await losses.add("shop", {"ONTASKUPDATE": Tally(1, 0)}, MONDAY + timedelta(days=32))
    assert await losses.by_event(everything) == {"shop": {"ONTASKUPDATE": Tally(1, 0)}}
