"""``/health`` of a process that only receives events: whether the work is done is known by the others' sweeps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from app.connecting import now
from app.controller.resync import CHANGES
from app.controller.watches import Place
from app.health import MISSED_SWEEPS, health_of
from app.settings import Settings
from app.wiring import service

PORTAL = {"webhook": "http://127.0.0.1:9/rest/1/t0psecret/"}
EVERY = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (None, "degraded"),  # nobody has swept yet
        (EVERY, "ok"),
        ((MISSED_SWEEPS + 1) * EVERY, "degraded"),  # whoever worked is gone
    ],
)
async def test_the_half_that_receives_is_well_while_the_other_half_sweeps(tmp_path: Path, age, status):
    settings = Settings(_env_file=None, database=f"sqlite:///{tmp_path}/capa24.db", portals={"main": PORTAL})
    async with service(settings) as running:
        if age is not None:
            await running.sweeping.cursors.set("main", CHANGES, Place(now() - age).written())
        told = await health_of(running)
    assert told["status"] == status
    assert told["portals"]["main"]["connected"] is (status == "ok")
    assert (told["portals"]["main"]["last_sweep"] is None) is (age is None)
