"""Journeys: a provisioned portal and the service, as processes or threads of their own, spoken to over real HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.connecting import connect, now, open_portal
from app.controller.observe import observe_case
from app.settings import SHIPPED_RULEBOOK, PortalSettings
from app.wiring import read_rulebook
from rules.decide import decide
from rules.decision import Decision
from sandbox.demo.office import Office
from sandbox.demo.people import Company, until
from sandbox.demo.service import Service, install
from sandbox.running import RunningSandbox, running_sandbox
from tests.terminal import Forked


@dataclass
class Desk:
    """Sandbox, service and people of one module of journeys."""

    office: Office
    service: Service
    box: RunningSandbox

    def decision_about(self, case: int) -> Decision:
        """What the service would do now. Reads only."""
        return asyncio.run(self._decide(case))

    async def _decide(self, case: int) -> Decision:
        book = read_rulebook(SHIPPED_RULEBOOK)
        settings = PortalSettings(webhook=self.box.webhook, burst=1000, requests_per_second=1000)  # type: ignore[arg-type]
        async with open_portal(settings) as portal:
            seen = await observe_case(case, await connect("main", portal, settings, book), book)
        assert seen is not None
        return decide(seen.case, book, now())


def assert_nothing_doubled(office: Office) -> None:
    """One case each round of an item, one task each slot."""
    cases = office.cases.items()
    assert max(Counter(case["xmlId"] for case in cases).values()) == 1
    for case in cases:
        slots = Counter(task["xmlId"] for task in office.tasks(case["id"]))
        assert max(slots.values()) == 1, slots


@contextmanager
def running_desk(folder: Path, *, sweep_every: float = 600) -> Iterator[Desk]:
    """Everything up and provisioned; the sweep is rare, so that what happens was told by events."""
    knobs = {
        "PORTALS__MAIN__LONGEST_REQUEST": "2",
        "PORTALS__MAIN__STAFF_FRESH_FOR": "0",  # a second opinion reads everything anew, so the service has to as well
        "SWEEP_EVERY": str(sweep_every),
        "SETTLE": "0.05",
    }
    with running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        service = install(company, box.webhook, folder, knobs, Forked)
        try:
            service.start()
            yield Desk(Office(company), service, box)
        finally:
            service.program.stop()
            company.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def office(desk: Desk) -> Office:
    return desk.office


@pytest.fixture
def nothing_left_to_do(desk: Desk) -> Callable[[int], None]:
    """The law of the house: once the service has done its part, looks at an unchanged portal ask for nothing."""

    def check(case: int) -> None:
        until(lambda: desk.decision_about(case).commands == () or None, "сервис закончит")
        assert desk.decision_about(case).commands == ()

    return check
