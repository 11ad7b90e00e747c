"""What one process does for all: done once in its time, whoever asks first."""

import asyncio
from datetime import timedelta

from app.storage.turns import Turns

HOUR = timedelta(hours=1)


async def test_it_is_the_turn_of_one_until_it_is_to_be_done_again(database, other, clock):
    one, another = Turns(database, clock), Turns(other, clock)
    assert await one.take("sweep", HOUR) is None
    clock.forward(minutes=20)
    assert await another.take("sweep", HOUR) == timedelta(minutes=40)
    assert await one.take("sweep", HOUR) == timedelta(minutes=40)
    clock.forward(minutes=40)
    assert await another.take("sweep", HOUR) is None
    assert await one.take("sweep", HOUR) == HOUR


async def test_of_many_that_ask_at_once_one_does_it(database, other, clock):
    asked = [Turns(each, clock).take("sweep", HOUR) for _ in range(10) for each in (database, other)]
    assert (await asyncio.gather(*asked)).count(None) == 1


async def test_one_thing_does_not_wait_for_another(database, clock):
    turns = Turns(database, clock)
    assert await turns.take("sweep north", HOUR) is None
    assert await turns.take("sweep south", HOUR) is None


async def test_after_a_restart_of_the_only_process_everything_is_to_be_done(database, clock):
    turns = Turns(database, clock)
    await turns.take("sweep", HOUR)
    await turns.forget()
    assert await turns.take("sweep", HOUR) is None


async def test_a_term_that_was_shortened_holds_at_once(database, other, clock):
    await Turns(database, clock).take("sweep", 3 * HOUR)
    clock.forward(minutes=20)
    assert await Turns(other, clock).take("sweep", HOUR) == timedelta(minutes=40)
    clock.forward(minutes=40)
    assert await Turns(other, clock).take("sweep", HOUR) is None


async def test_a_turn_tells_that_the_clock_was_put_back(database, clock):
    turns = Turns(database, clock)
    assert await turns.ahead_by() == timedelta(0)
    await turns.take("sweep", HOUR)
    clock.forward(days=-1)
    assert await turns.ahead_by() == timedelta(days=1)
    await turns.clock_was_put_back()
    assert await turns.ahead_by() == timedelta(0), "told once"
    assert await turns.take("sweep", HOUR) == HOUR


async def test_a_clock_that_is_put_back_stops_nothing_for_long(database, clock):
    turns = Turns(database, clock)
    await turns.take("sweep", HOUR)
    clock.forward(minutes=-30)
    assert await turns.take("sweep", HOUR) == HOUR
    clock.forward(days=-30)
    assert await turns.take("sweep", HOUR) is None
