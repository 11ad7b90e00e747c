"""The dashboard's pages over real HTTP, for browsers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from app.dashboard.routes import Dashboard, dashboard_routes
from app.storage.case_facts import CaseFacts
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.left_out import LeftOutWork
from app.web.application import create_app
from benchmarks.invented_company import PORTAL, Company
from rules.model import Staff
from rules.rulebook import Rulebook
from tests.app.dashboard.conftest import NOW, SECRET


@contextmanager
def serving(url: str, book: Rulebook, company: Company) -> Iterator[str]:
    """Over this database, in a thread: playwright has the loop of the caller's. Gives the address."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(lambda: None, log_level="critical", lifespan="off"))

    async def staff(portal: str) -> Staff:
        return company.staff

    async def report() -> dict[str, str]:
        return {"status": "ok"}

    async def serve() -> None:
        database = await Database.open(url)
        companies = {PORTAL: "example.bitrix24.ru"}
        stores = CaseFacts(database), LeftOutWork(database), Journal(database, lambda: NOW)
        dashboard = Dashboard(*stores, book, SECRET, staff, companies, lambda: NOW)
        server.config.app = create_app(None, report, dashboard_routes(dashboard))  # type: ignore[arg-type] # no events
        await server.serve([listener])
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
