"""The portal, the spreadsheets and the control plane behind one address."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox import control, scenarios
from sandbox.cards import app as cards
from sandbox.certificate import Certificate
from sandbox.portal.access import InboundWebhook
from sandbox.portal.oauth_web import OAuthEntrance, concerns_authorisation
from sandbox.portal.portal import Portal
from sandbox.portal.rest import load_methods
from sandbox.portal.rest3 import registry
from sandbox.portal.rest3.entrance import Rest3Entrance
from sandbox.portal.seed import plant
from sandbox.portal.web import RestEntrance
from sandbox.sheets import server as sheets_server
from sandbox.sheets.desk import Desk

ADMINISTRATOR = 1
GRACE = 1
"""Seconds that open connections get when the server stops."""


class Host:
    """What lives as long as the process: the address, the administrator's webhook, the current portal and spreadsheets.

    Raises ``UnknownScenario`` and, for limits, ``ValueError``. ``certificate`` is set when it answers by https.
    """

    def __init__(self, scenario: str = "empty", *, limits: str = "off", certificate: Certificate | None = None) -> None:
        load_methods()
        registry.load_methods()
        self.certificate = certificate
        self._limits = limits
        self._secret = secrets.token_hex(8)
        self._address = "http://127.0.0.1"
        self._delivering: asyncio.Task[None] | None = None
        self.sheets = Desk()
        self.portal = self._new_portal(scenario)

    @property
    def addresses(self) -> dict[str, str]:
        """What ``capa24 sandbox`` prints; ``page`` is for a browser, ``ca`` is the authority to trust with https."""
        addresses = {
            "portal": self._address,
            "webhook": f"{self._address}/rest/{ADMINISTRATOR}/{self._secret}/",
            "sheets": f"{self._address}/sheets",
            "control": f"{self._address}/_sandbox",
            "page": f"{self._address}/",
        }
        return {**addresses, "ca": str(self.certificate.authority)} if self.certificate else addresses

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "http"

    def listens_at(self, address: str) -> None:
        self._address = self.portal.address = address

    def webhook_address(self, webhook: InboundWebhook) -> str:
        return f"{self._address}/rest/{webhook.user_id}/{webhook.secret}/"

    def advance(self, seconds: float) -> None:
        """The time of everything on the desk."""
        self.portal.clock.advance(seconds)
        self.sheets.clock_offset += seconds

    async def reset(self, scenario: str) -> None:
        """A new portal and empty spreadsheets. The addresses stay, the administrator's webhook with them; other
        webhooks, inbound and outgoing, are gone."""
        portal = self._new_portal(scenario)
        running = self._delivering is not None
        await self.stop_delivering()
        self.portal = portal
        self.sheets.reset()
        if running:
            self.start_delivering()

    def start_delivering(self) -> None:
        """Outgoing events leave from now on."""
        self._delivering = asyncio.create_task(self.portal.event_queue.run())

    async def stop_delivering(self) -> None:
        if self._delivering is not None:
            self._delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._delivering
            self._delivering = None

    def _new_portal(self, scenario: str) -> Portal:
        description = scenarios.load(scenario)
        portal = Portal(limits=self._limits)
        portal.address = self._address
        portal.access.create(ADMINISTRATOR, secret=self._secret)
        plant(portal, description)
        return portal


class Entrances:
    """Sends each request to the part of the sandbox its path names; doubled slashes are tolerated."""

    def __init__(self, rest: ASGIApp, rest3: ASGIApp, oauth: ASGIApp, others: ASGIApp) -> None:
        self._rest = rest
        self._rest3 = rest3
        self._oauth = oauth
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entrance(scope)(scope, receive, send)

    def _entrance(self, scope: Scope) -> ASGIApp:
        path, host = scope["path"], Headers(scope=scope).get("host", "")
        if concerns_authorisation(host, path):
            return self._oauth
        steps = [step for step in path.split("/") if step][:2]
        if steps == ["rest", "api"]:
            return self._rest3
        return self._rest if steps[:1] == ["rest"] else self._others


def create_app(host: Host) -> Starlette:
    """The ASGI application; its lifespan delivers events."""
    others = Router(default=cards.create_app(lambda: host.portal))
    others.mount("/sheets", sheets_server.create_app(host.sheets))
    others.mount("/_sandbox", control.create_router(host))
    portal = lambda: host.portal
    entrances = Entrances(RestEntrance(portal), Rest3Entrance(portal), OAuthEntrance(portal), others)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        host.start_delivering()
        try:
            yield
        finally:
            await host.stop_delivering()

    return Starlette(routes=[Mount("/", entrances)], lifespan=lifespan)


class CuttableConnection(H11Protocol):
    """Lets the application drop the connection without a word, as a broken network does (faults ``cut_*``)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        served = self.app

        async def cuttable(
            scope: Scope, receive: Callable[[], Awaitable[object]], send: Callable[[object], Awaitable[None]]
        ) -> None:
            scope["sandbox.cut"] = transport.abort
            await served(scope, receive, send)

        self.app = cuttable


class Server(uvicorn.Server):
    """Leaves signals to whoever runs it: in a thread there are none, and the command ends with 0 after SIGTERM."""

    def __init__(self, config: uvicorn.Config, when_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_started = when_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop_on_signals(self) -> None:
        """Inside the event loop of the main thread."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)

    def stop(self) -> None:
        self.should_exit = True


def create_server(app: Starlette, when_started: Callable[[], None], certificate: Certificate | None = None) -> Server:
    config = uvicorn.Config(
        app,
        http=CuttableConnection,
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=certificate.chain if certificate else None,
    )
    return Server(config, when_started)


def listen(host: str, port: int, scheme: str = "http") -> tuple[socket.socket, str]:
    """A listening socket and the address it answers at; port 0 picks a free one. Raises ``OSError``.

    The protocol is named, or asyncio would not turn Nagle's algorithm off and every answer would take 40 ms.
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return listening, f"{scheme}://{shown}:{listening.getsockname()[1]}"
