"""The service as somebody who installs it sees it: environment, ``capa24 provision``, ``capa24 serve``, ``/health``."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox.demo.people import Company
from sandbox.demo.processes import DidNotStart, Program, answers, free_port

EVENTS = (
    "ONCRMDEALADD",
    "ONCRMDEALUPDATE",
    "ONCRMLEADADD",
    "ONCRMLEADUPDATE",
    "ONCRMDYNAMICITEMADD",
    "ONCRMDYNAMICITEMUPDATE",
    "ONCRMDYNAMICITEMDELETE",
    "ONTASKADD",
    "ONTASKUPDATE",
    "ONTASKDELETE",
)
"""What an integrator ticks in the outgoing webhook."""


@dataclass(frozen=True)
class Service:
    """An installed service: a program that can be started, killed and asked how it is."""

    program: Program
    environment: Mapping[str, str]
    address: str
    token: str
    """The application token of its outgoing webhook."""
    steps: str
    """What ``capa24 provision`` said last."""

    def start(self) -> None:
        self.program.start()
        self.program.wait_for(lambda: answers(f"{self.address}/health"), "capa24 serve")

    def kill(self) -> None:
        self.program.kill()

    def health(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = httpx.get(f"{self.address}/health", timeout=10, trust_env=False).json()
        return told


def install(
    company: Company, webhook: str, folder: Path, knobs: Mapping[str, str], program: type[Program] = Program
) -> Service:
    """Outgoing webhook, environment, provisioned portal; not started yet. ``knobs`` are further settings, without
    the prefix CAPA24_; ``program`` is how its commands are begun. Raises DidNotStart when the portal can't be
    provisioned."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    outgoing = company.control("outbound", {"url": f"{address}/bitrix/events", "events": list(EVENTS)})
    settings = {
        "DATABASE": f"sqlite:///{folder}/capa24.db",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": address,
        "SECRET": secrets.token_hex(32),
        "DIGEST": "off",  # a story that is told on the first of a month is the same story
        "PORTALS__MAIN__WEBHOOK": webhook,
        "PORTALS__MAIN__APPLICATION_TOKENS": json.dumps([outgoing["application_token"]]),
        "PORTALS__MAIN__BURST": "1000",
        "PORTALS__MAIN__REQUESTS_PER_SECOND": "1000",
        **knobs,
    }
    environment = {f"CAPA24_{name}": value for name, value in settings.items()}
    provision = program(("provision",), environment, folder, folder / "provision.log")
    provision.start()
    if provision.process is None or provision.process.wait() != 0:
        raise DidNotStart(f"capa24 provision\n{provision.last_words()}")
    serve = program(("serve",), environment, folder, folder / "service.log")
    said = provision.last_words().splitlines()
    return Service(serve, environment, address, outgoing["application_token"], said[-1] if said else "")
