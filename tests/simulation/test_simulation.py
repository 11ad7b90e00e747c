"""Three hundred seeds, and the simulation's own promises: the same seed is the same story, and a lot happens in it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from app.keys import CaseKey
from tests import postgres
from tests.simulation import company
from tests.simulation.company import PORTAL, outside_of_time
from tests.simulation.mutations import CHANGED, MUTATIONS, Mutation, made
from tests.simulation.run import UNTIL_NOTICED, Result, Run, simulate
from tests.simulation.weather import LEASE, Weather

SEEDS, AT_A_TIME = 300, 20
"""Of `make test`; `make simulate` runs any number."""
ON_POSTGRESQL = 20
"""Seeds that differ from those on SQLite."""


@pytest.fixture(autouse=True)
def few_collections() -> Iterator[None]:
    """A collection walks over all that the runs before have left; once for several is enough."""
    company.on_the_way()
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def told(result: Result) -> str:
    database = "--database postgresql " if company.disk().is_shared else ""
    again = f"python -m tests.simulation {database}show {result.seed}"
    return "\n".join([f"seed {result.seed}: {again}", *result.broken, *result.story])


@pytest.mark.requirement("S57", "S81")
@pytest.mark.parametrize("first", range(1, SEEDS, AT_A_TIME))
def test_whatever_happens_nothing_is_lost_doubled_or_let_past(first: int) -> None:
    for seed in range(first, first + AT_A_TIME):
        result = simulate(seed)
        assert not result.broken, told(result)


@pytest.fixture
def on_postgresql() -> Iterator[None]:
    before = company.DATABASE
    with postgres.running() as server:
        company.DATABASE = server.new_database()
        yield
        company.disk().close()
    company.DATABASE = before


@pytest.mark.usefixtures("on_postgresql")
def test_nor_on_postgresql() -> None:
    for seed in range(SEEDS + 1, SEEDS + 1 + ON_POSTGRESQL):
        result = simulate(seed)
        assert not result.broken, told(result)


def test_who_begins_anew_after_a_clock_was_put_back_takes_nothing_over() -> None:
    """It was alone when it was started; it need not be any more (seed 701032)."""
    calm = Weather(Random(0), told_by="event", calm=True)
    run = Run(company.on_the_way()[1].copy(), Random(0), calm)
    try:
        run.start()
        run.start()
        run.settle()
        outside_of_time(run.queue.mark([CaseKey(PORTAL, 1)]))
        (held,) = outside_of_time(run.queue.claim("the other one", timedelta(seconds=LEASE), 1))
        run.set_clock(-3600.0)
        run.world.run(run.world.now + UNTIL_NOTICED)
        assert outside_of_time(run.queue.extend(held, timedelta(seconds=LEASE)))
    finally:
        run.close()


@pytest.mark.parametrize("seconds", [5.0, 9.9, 10.0, 10.1, 15.0, 25.0])
def test_whoever_begins_anew_can_be_told_to_stop(seconds: float) -> None:
    run = Run(company.on_the_way()[1].copy(), Random(0), Weather(Random(0), told_by="event", calm=True))
    try:
        main = run.start().main
        run.settle()
        run.set_clock(-3600.0)
        run.world.run(run.world.now + seconds)
        main.cancel()
        run.world.run(run.world.now + LEASE)
        assert main.cancelled()
    finally:
        run.close()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_can_be_made_and_is_taken_back(mutation: Mutation) -> None:
    """Whoever renames a part of the service hears of it here, not when the table is made again."""
    parts = [(where, dict(vars(where))) for where in CHANGED]
    with made(mutation):
        assert any(dict(vars(where)) != before for where, before in parts)
    assert all(dict(vars(where)) == before for where, before in parts)


def test_a_seed_is_a_story_that_can_be_told_again() -> None:
    first, second = simulate(11), simulate(11)
    assert first.story == second.story
    assert simulate(12).story != first.story


def test_the_story_does_not_depend_on_the_order_of_sets() -> None:
    """Another process hashes texts differently."""
    stories = {
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "show", "11"],
            env={**os.environ, "PYTHONHASHSEED": number, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for number in ("1", "2")
    }
    assert len(stories) == 1
