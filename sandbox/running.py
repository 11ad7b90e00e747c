"""A sandbox for the time of a ``with`` block, for tests and demonstrations.

    with running_sandbox("trading-company") as box:
        httpx.post(box.webhook + "crm.item.list", json={"entityTypeId": 2})

Runs in a thread of its own on a free port; everything is closed at the end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.server import Host, create_app, create_server, listen

PATIENCE = 20.0
"""Seconds to start, and to stop."""


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
    home = Host(scenario, limits=limits)
    with serving(home, host):
        yield RunningSandbox(**home.addresses)


@contextmanager
def serving(home: Host, host: str = "127.0.0.1") -> Iterator[None]:
    """Serve this one; whoever made it keeps a hand on its state."""
    listening, address = listen(host, 0)
    with listening:
        home.listens_at(address)
        started = threading.Event()
        server = create_server(create_app(home), started.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="sandbox", daemon=True)
        thread.start()
        try:
            if not started.wait(PATIENCE):
                raise RuntimeError("the sandbox did not start; its log says why")
            yield
        finally:
            server.stop()
            thread.join(PATIENCE)
