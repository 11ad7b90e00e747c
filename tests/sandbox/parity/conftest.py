"""A sandbox for clients written by others. They get nothing but what a user of theirs could give them: addresses, keys,
and the environment that tells any program which certificates to trust and through which proxy to go."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.running import RunningSandbox, running_sandbox


@dataclass
class Desk:
    """The sandbox from the side of the one who prepares it."""

    box: RunningSandbox
    http: httpx.Client

    def control(self, command: str, body: object = None):
        answer = self.http.post(f"{self.box.control}/{command}", json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def call(self, method: str, **params: object):
        answer = self.http.post(self.box.webhook + method, json=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def deals(self, count: int) -> None:
        """So many deals, titled 1, 2, 3..."""
        for first in range(1, count + 1, 50):
            numbers = range(first, min(first + 50, count + 1))
            self.call("batch", cmd={f"d{one}": f"crm.deal.add?fields[TITLE]={one}" for one in numbers})

    def fill_the_bucket(self) -> None:
        """From now on one more request is one too many."""
        self.control("limits", {"plan": "cloud"})
        while self.http.post(self.box.webhook + "server.time").status_code == 200:
            pass

    def requests(self, method: str) -> int:
        """How often this method was called."""
        records = self.http.get(f"{self.box.control}/journal", params={"kind": "request"}).json()["records"]
        return sum(record["method"] == method for record in records)


@contextmanager
def desk_on(box: RunningSandbox) -> Iterator[Desk]:
    trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=box.ca) if box.ca else True
    with httpx.Client(trust_env=False, verify=trust) as http:
        yield Desk(box, http)


@pytest.fixture(scope="session")
def plain_box() -> Iterator[RunningSandbox]:
    with running_sandbox() as box:
        yield box


@pytest.fixture(scope="session")
def https_box() -> Iterator[RunningSandbox]:
    with running_sandbox(tls=True) as box:
        yield box


@pytest.fixture
def desk(plain_box: RunningSandbox) -> Iterator[Desk]:
    """Behind http; every test starts with an empty portal without limits."""
    with desk_on(plain_box) as desk:
        desk.control("reset")
        desk.control("limits", {"plan": "off"})
        yield desk


@pytest.fixture
def secure_desk(https_box: RunningSandbox) -> Iterator[Desk]:
    """The same behind https."""
    with desk_on(https_box) as desk:
        desk.control("reset")
        desk.control("limits", {"plan": "off"})
        yield desk


@dataclass
class Signpost:
    """A proxy that leads every https address to the sandbox, as a hosts file would: some clients have the vendor's
    addresses built in, or accept only addresses that look like them."""

    address: str
    asked: list[str] = field(default_factory=list)
    """Hosts, in the order of connections."""


@pytest.fixture(scope="session")
def signpost(https_box: RunningSandbox) -> Iterator[Signpost]:
    sandbox = ("127.0.0.1", urlsplit(https_box.portal).port)
    post = Signpost("")

    class Way(BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(4096)
            post.asked.append(head.split()[1].decode().partition(":")[0])
            with socket.create_connection(sandbox) as there:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                lead(self.request, there)

    class Post(ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A side that hangs up is no news."""

    with Post(("127.0.0.1", 0), Way) as server:
        post.address = f"http://127.0.0.1:{server.server_address[1]}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield post
        server.shutdown()


def lead(here: socket.socket, there: socket.socket) -> None:
    """Carry bytes both ways until one side has no more."""
    ways = {here: there, there: here}
    while True:
        for side in select.select(list(ways), [], [])[0]:
            data = side.recv(65536)
            if not data:
                return
            ways[side].sendall(data)


@pytest.fixture
def trusting(https_box: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Tell programs that read the environment whom to trust."""

    def trust() -> None:
        assert https_box.ca is not None
        for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(variable, https_box.ca)

    return trust
