"""A sandbox for the time of a ``with`` block, for tests and demonstrations.

    with running_sandbox("trading-company") as box:
        httpx.post(box.webhook + "crm.item.list", json={"entityTypeId": 2})

Runs in a thread of its own on a free port; everything is closed at the end.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.server import Host, create_app, create_server

START_TIMEOUT = 20.0


@dataclass(frozen=True)
class RunningSandbox:
    """Addresses as ``capa24 sandbox`` prints them: ``webhook`` ends with a slash, the others do not."""

    portal: str
    webhook: str
    sheets: str
    control: str


@contextmanager
def running_sandbox(scenario: str = "empty", limits: str = "off", host: str = "127.0.0.1") -> Iterator[RunningSandbox]:
    """Start a sandbox and wait until it answers; raises ``RuntimeError`` when it does not."""
    home = Host(limits=limits)
    with socket.create_server((host, 0)) as listening:
        port = listening.getsockname()[1]
        home.listens_at(f"http://{host}:{port}")
        server = create_server(create_app(home), host, port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="sandbox", daemon=True)
        thread.start()
        try:
            wait_until_started(server, thread)
            yield RunningSandbox(**home.addresses)
        finally:
            server.should_exit = True
            thread.join(START_TIMEOUT)


def wait_until_started(server: object, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(START_TIMEOUT / 0.005)):
        if getattr(server, "started", False):
            return
        if not thread.is_alive():
            break
        pause.wait(0.005)
    raise RuntimeError("the sandbox did not start; its log says why")
