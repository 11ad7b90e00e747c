"""A spreadsheet on this machine, over real HTTP, for the tests of the mirror."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import uvicorn

from sandbox.sheets.desk import Desk
from sandbox.sheets.faults import Fault
from sandbox.sheets.server import create_app
from sandbox.sheets.spreadsheet import Spreadsheet
from sheets_sync.gateway import Gateway

BOOK = "the-spreadsheet"


@dataclass
class Google:
    """The server's address and the state behind it."""

    base: str
    desk: Desk

    @property
    def book(self) -> Spreadsheet:
        return self.desk.spreadsheets[BOOK]

    def fail(self, kind: str, on: str = "*", *, skip: int = 0, times: int = 1) -> None:
        self.desk.faults.waiting.append(Fault(kind, on, skip, times))

    @property
    def called(self) -> list[str]:
        """Names of the API methods called so far."""
        return [entry["method"].removeprefix("spreadsheets.") for entry in self.desk.journal]


@contextmanager
def serve(desk: Desk) -> Iterator[str]:
    """The desk on a free port of this machine; gives the base address."""
    server = uvicorn.Server(uvicorn.Config(create_app(desk), log_level="critical", lifespan="off"))
    # asyncio switches Nagle's delays off (40 ms an answer) only for sockets that name their protocol
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[str, Desk]]:
    desk = Desk()
    with serve(desk) as base:
        yield base, desk


@pytest.fixture
def google(_server: tuple[str, Desk]) -> Google:
    """An empty Google with one spreadsheet, shared with the robot, as a person in Russia makes it."""
    base, desk = _server
    desk.reset()
    desk.create_with_sheet("Качество", spreadsheet_id=BOOK, locale="ru_RU")
    return Google(base, desk)


@pytest.fixture
def gateway(google: Google) -> Iterator[Gateway]:
    opened = Gateway(BOOK, base=google.base)
    yield opened
    opened.close()
