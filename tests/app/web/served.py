"""The web side of the service as it is served: over a socket, with its guards, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from app.commands.serving import http_of
from app.settings import Settings
from app.wiring import service

PATIENCE = 60.0
"""Seconds to start."""


class Announced(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, up: threading.Event) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self._up.set()

    @property
    def address(self) -> tuple[str, int]:
        address: tuple[str, int] = self.servers[0].sockets[0].getsockname()
        return address


@contextmanager
def served(folder: Path, **knobs: object) -> Iterator[tuple[str, int]]:
    """The address it answers at. There is no portal behind it."""
    portal = {
        "webhook": "http://127.0.0.1:9/rest/1/t0psecret/",
        "application_tokens": ["t0ken-of-the-webhook"],
        "robot_secret": "s3cret-of-the-robot",
    }
    defaults = {
        "database": f"sqlite:///{folder}/capa24.db",
        "host": "127.0.0.1",
        "port": 0,
        "portals": {"main": portal},
    }
    settings = Settings(_env_file=None, **{**defaults, **knobs})  # type: ignore[call-arg, arg-type]
    up = threading.Event()
    servers: list[Announced] = []

    async def serve() -> None:
        async with service(settings) as running:
            background = asyncio.create_task(running.take_in())
            servers.append(Announced(http_of(running), up))
            await servers[0].serve()
            background.cancel()
            with suppress(asyncio.CancelledError):
                await background

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    if not up.wait(PATIENCE):
        raise RuntimeError("the service did not start")
    try:
        yield servers[0].address
    finally:
        servers[0].should_exit = True
        thread.join(PATIENCE)
