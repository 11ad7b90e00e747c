"""A sandbox for the time of a ``with`` block, for tests and demonstrations.

    with running_sandbox("trading-company") as box:
        httpx.post(box.webhook + "crm.item.list", json={"entityTypeId": 2})

Runs in a thread of its own on a free port; everything is closed at the end.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sandbox.certificate import certificate_for
from sandbox.server import Host, create_app, create_server, listen

PATIENCE = 60.0
"""Seconds to start, and to stop."""


@dataclass(frozen=True)
class RunningSandbox:
    """Addresses as ``capa24 sandbox`` prints them: ``webhook`` and ``page`` end with a slash, the others do not."""

    portal: str
    webhook: str
    sheets: str
    control: str
    page: str
    ca: str | None = None
    """Path of the certificate to trust; ``None`` without https."""


@contextmanager
def running_sandbox(
    scenario: str = "empty", limits: str = "off", host: str = "127.0.0.1", *, tls: bool = False
) -> Iterator[RunningSandbox]:
    """Start a sandbox and wait until it answers; raises ``RuntimeError`` when it does not."""
    with ExitStack() as cleaning:
        certificate = cleaning.enter_context(certificate_for(host)) if tls else None
        home = Host(scenario, limits=limits, certificate=certificate)
        cleaning.enter_context(serving(home, host))
        yield RunningSandbox(**home.addresses)


@contextmanager
def serving(home: Host, host: str = "127.0.0.1") -> Iterator[None]:
    """Serve this one; whoever made it keeps a hand on its state."""
    listening, address = listen(host, 0, home.scheme)
    with listening:
        home.listens_at(address)
        started = threading.Event()
        server = create_server(create_app(home), started.set, home.certificate)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="sandbox", daemon=True)
        thread.start()
        try:
            if not started.wait(PATIENCE):
                raise RuntimeError("the sandbox did not start; its log says why")
            yield
        finally:
            server.stop()
            thread.join(PATIENCE)
