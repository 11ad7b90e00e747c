"""The portal, the spreadsheets and the control plane behind one address."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import secrets
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.portal.portal import Portal
from sandbox.portal.rest import load_methods
from sandbox.portal.web import RestEntrance

ADMINISTRATOR = 1


class Host:
    """What lives as long as the process: the current portal, the address, the administrator's webhook."""

    def __init__(self, *, limits: str = "off") -> None:
        load_methods()
        self._limits = limits
        self._secret = secrets.token_hex(8)
        self._address = "http://127.0.0.1"
        self._delivering: asyncio.Task[None] | None = None
        self.portal = self._new_portal()

    @property
    def addresses(self) -> dict[str, str]:
        """What ``capa24 sandbox`` prints."""
        return {
            "portal": self._address,
            "webhook": f"{self._address}/rest/{ADMINISTRATOR}/{self._secret}/",
            "sheets": f"{self._address}/sheets",
            "control": f"{self._address}/_sandbox",
        }

    def listens_at(self, address: str) -> None:
        self._address = self.portal.address = address

    @contextlib.asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Outgoing events leave while this is open."""
        self._delivering = asyncio.create_task(self.portal.events.run())
        try:
            yield
        finally:
            await self._stop_delivering()

    async def _stop_delivering(self) -> None:
        if self._delivering is not None:
            self._delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._delivering

    def _new_portal(self) -> Portal:
        portal = Portal(limits=self._limits)
        portal.address = self._address
        portal.access.create(ADMINISTRATOR, secret=self._secret)
        return portal


class Entrances:
    """Sends each request to the part of the sandbox its path names; doubled slashes are tolerated."""

    def __init__(self, rest: ASGIApp, others: ASGIApp) -> None:
        self._rest = rest
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = next((step for step in scope.get("path", "").split("/") if step), "")
        await (self._rest if first == "rest" else self._others)(scope, receive, send)


def create_app(host: Host) -> Starlette:
    """The ASGI application; its lifespan delivers events."""
    others = Router()
    if importlib.util.find_spec("sandbox.sheets.server") is not None:
        sheets = importlib.import_module("sandbox.sheets.server")
        others.mount("/sheets", sheets.create_app())
    entrances = Entrances(RestEntrance(lambda: host.portal, lambda method: None), others)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with host.delivering():
            yield

    return Starlette(routes=[Mount("/", entrances)], lifespan=lifespan)


class CuttableConnection(H11Protocol):
    """Lets the application drop the connection without a word, as a broken network does (faults ``cut_*``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        served = self.app

        async def cuttable(scope: Scope, receive: Receive, send: Send) -> None:
            scope["sandbox.cut"] = transport.abort
            await served(scope, receive, send)

        self.app = cuttable


def create_server(app: Starlette, host: str, port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=CuttableConnection,
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
