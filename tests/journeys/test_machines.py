"""Journeys on several machines: one process that takes events in and two that work, on one PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.office import DEAL, RETAIL, Office
from sandbox.demo.people import Company, until
from sandbox.demo.processes import answers
from sandbox.demo.service import install
from sandbox.running import running_sandbox
from tests import postgres
from tests.journeys.conftest import assert_nothing_doubled
from tests.terminal import Forked

KNOBS = {"PORTALS__MAIN__LONGEST_REQUEST": "2", "SWEEP_EVERY": "2", "SETTLE": "0.05"}
PATIENCE = 120.0
"""Seconds. Three processes that start at once on a busy machine take their time."""
MACHINES = {"web": "web", "work 1": "work", "work 2": "work"}


@dataclass
class Machines:
    office: Office
    programs: dict[str, Forked]

    def requests(self) -> int:
        """What the portal was asked and told so far."""
        last: int = self.office.company.control_get(f"journal?after={1 << 60}")["last"]
        return last


@contextmanager
def running_machines(folder: Path) -> Iterator[Machines]:
    with postgres.running() as server, running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        service = install(company, box.webhook, folder, {**KNOBS, "DATABASE": server.new_database()}, Forked)
        programs = {
            name: Forked((command,), service.environment, folder, folder / f"{name}.log")
            for name, command in MACHINES.items()
        }
        try:
            for program in programs.values():
                program.start()
            until(lambda: answers(f"{service.address}/health") or None, "сервис поднимется", PATIENCE)
            yield Machines(Office(company), programs)
        finally:
            for program in programs.values():
                program.stop()
            company.close()


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with running_machines(tmp_path_factory.mktemp("machines")) as running:
        yield running


def first_tasks(office: Office, deal: int) -> list[dict[str, Any]]:
    return [task for case in office.cases.items({f"parentId{DEAL}": deal}) for task in office.tasks(case["id"])]


def test_each_machine_killed_while_it_works_nothing_is_lost_or_twice(machines: Machines) -> None:
    """SIGKILL; an event that found nobody is found by the sweep, a dead worker's keys go to the other."""
    chance = random.Random(1)
    office = machines.office
    deals = []
    for name in chance.sample(sorted(machines.programs), len(machines.programs)):
        deals.append(office.won_deal(chance.choice(office.sellers), RETAIL, f"Пока падает {name}"))
        struck_at = machines.requests() + chance.randint(1, 20)
        until(lambda at=struck_at: machines.requests() >= at or None, "сервис возьмётся за дело")
        machines.programs[name].kill()
        deals.append(office.won_deal(chance.choice(office.sellers), RETAIL, f"Пока лежит {name}"))
        machines.programs[name].start()
    for deal in deals:
        until(lambda deal=deal: first_tasks(office, deal) or None, "появятся разбор и его задача", PATIENCE)
    names = [case["xmlId"] for case in office.cases.items()]
    assert [names.count(f"deal:{deal}#1") for deal in deals] == [1] * len(deals)
    assert_nothing_doubled(office)
