"""A whole sandbox as a client sees it, and somebody who listens to its events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.portal import php
from sandbox.running import RunningSandbox, running_sandbox


@dataclass
class Box:
    """The addresses of a sandbox, with the calls tests make again and again. Every test starts with an empty portal."""

    addresses: RunningSandbox
    http: httpx.Client

    def send(self, method: str, params: object = None) -> httpx.Response:
        return self.http.post(self.addresses.webhook + method, json=params or {})

    def call(self, method: str, **params: object):
        """``result`` of a call that must succeed."""
        answer = self.send(method, params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def control(self, command: str, body: object = None):
        """Answer of a control command that must succeed."""
        answer = self.http.post(f"{self.addresses.control}/{command}", json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def journal(self, kind: str, after: int = 0) -> list[dict]:
        query = {"after": after, "kind": kind}
        return self.http.get(f"{self.addresses.control}/journal", params=query).json()["records"]

    def subscribe(self, listener: Listener, *events: str) -> dict:
        return self.control("outbound", {"url": listener.url, "events": list(events)})


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[RunningSandbox, httpx.Client]]:
    with running_sandbox() as addresses, httpx.Client(trust_env=False) as http:
        yield addresses, http


@pytest.fixture
def box(running: tuple[RunningSandbox, httpx.Client]) -> Box:
    box = Box(*running)
    box.control("reset")
    box.control("limits", {"plan": "off"})
    return box


@dataclass
class Listener:
    """A handler of events: keeps what it got, answers what it is told, and waits while it is told to."""

    url: str
    bodies: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    queries: list[dict] = field(default_factory=list)
    status: int = 200
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[dict]:
        """Decoded, in the order they came."""
        return [php.decode_query(body) for body in self.bodies]

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    def ids(self, name: str) -> list[str]:
        return [event["data"]["FIELDS"]["ID"] for event in self.events if event["event"] == name]


@pytest.fixture
def listen() -> Iterator[Callable[[], Listener]]:
    """Start a listener; all are closed at the end of the test."""
    servers: list[ThreadingHTTPServer] = []

    def start() -> Listener:
        listener = Listener("")
        listener.go_on.set()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                listener.go_on.wait(10)
                listener.bodies.append(body)
                listener.headers.append(dict(self.headers))
                listener.queries.append(php.decode_query(urlsplit(self.path).query))
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests have nothing to say on stderr."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        listener.url = f"http://127.0.0.1:{server.server_address[1]}/events"
        return listener

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
