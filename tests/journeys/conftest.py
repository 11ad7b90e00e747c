"""Journeys: a provisioned portal and the service, as processes or threads of their own, spoken to over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.controller.observe import observe_case
from app.settings import SHIPPED_RULEBOOK, PortalSettings
from app.wiring import connect, now, open_portal, read_rulebook
from rules.decide import decide
from rules.decision import Decision
from sandbox.demo.__main__ import EVENTS
from sandbox.demo.office import Office
from sandbox.demo.people import Company, until
from sandbox.demo.processes import Program, answers, free_port
from sandbox.running import RunningSandbox, running_sandbox

LONGEST_REQUEST = 2


@dataclass
class Desk:
    """Sandbox, service and people of one module of journeys."""

    office: Office
    service: Program
    address: str
    token: str
    box: RunningSandbox

    @property
    def health(self) -> dict[str, object]:
        told: dict[str, object] = httpx.get(f"{self.address}/health", trust_env=False).json()
        return told

    def start_service(self) -> None:
        self.service.start()
        self.service.wait_for(lambda: answers(f"{self.address}/health"), "capa24 serve")

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


@contextmanager
def running_desk(folder: Path, *, sweep_every: float = 600) -> Iterator[Desk]:
    """Everything up and provisioned; the sweep is rare, so that what happens was told by events."""
    with running_sandbox("trading-company") as box:
        company = Company(box.webhook, box.control)
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        webhook = company.control("outbound", {"url": f"{address}/bitrix/events", "events": list(EVENTS)})
        environment = {
            "CAPA24_DATABASE": f"sqlite:///{folder}/capa24.db",
            "CAPA24_HOST": "127.0.0.1",
            "CAPA24_PORT": str(port),
            "CAPA24_PORTALS__MAIN__WEBHOOK": box.webhook,
            "CAPA24_PORTALS__MAIN__APPLICATION_TOKENS": json.dumps([webhook["application_token"]]),
            "CAPA24_PORTALS__MAIN__LONGEST_REQUEST": str(LONGEST_REQUEST),
            "CAPA24_PORTALS__MAIN__BURST": "1000",
            "CAPA24_PORTALS__MAIN__REQUESTS_PER_SECOND": "1000",
            "CAPA24_SWEEP_EVERY": str(sweep_every),
            "CAPA24_SETTLE": "0.05",
        }
        provision = Program(("provision",), environment, folder, folder / "provision.log")
        provision.start()
        assert provision.process is not None
        assert provision.process.wait() == 0, provision.last_words()
        service = Program(("serve",), environment, folder, folder / "service.log")
        desk = Desk(Office(company), service, address, webhook["application_token"], box)
        try:
            desk.start_service()
            yield desk
        finally:
            service.stop()
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
