"""``capa24 serve``: the service itself; ``web`` and ``work``: its two halves, as many processes of each as needed."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

import uvicorn
import uvloop

from app.commands.terminal import run
from app.dashboard.routes import dashboard_routes
from app.health import health_of
from app.service import Service
from app.settings import Settings
from app.web.application import create_app
from app.web.edge import Edge
from app.web.patience import patient_for
from app.web.strangers import Strangers
from app.wiring import dashboard_of, reception_of, service

TURN_OF_A_THREAD = 0.001
"""Seconds. Python gives a busy thread five thousandths of one before another gets its turn; a commit needs several
turns, and whoever brought an event waits for it."""
MOST_CONNECTIONS = 1000
"""More callers than that at a time are told to come later (503) before anything of theirs is read."""


def serve() -> None:
    """Принимать события и вести разборы (веб и обработка в одном процессе)."""
    sys.setswitchinterval(TURN_OF_A_THREAD)
    run(_serve, uvloop.new_event_loop)


def web() -> None:
    """Только принимать события; обработку ведут процессы work с той же базой."""
    sys.setswitchinterval(TURN_OF_A_THREAD)
    run(_web, uvloop.new_event_loop)


def work() -> None:
    """Только вести разборы; таких процессов с одной базой PostgreSQL может быть сколько угодно."""
    run(_work, uvloop.new_event_loop)


async def _serve(settings: Settings) -> None:
    async with service(settings) as running:
        await _until_one_ends(running.run(), _answer(running))


async def _web(settings: Settings) -> None:
    async with service(settings) as running:
        await _until_one_ends(running.take_in(), _answer(running))


async def _work(settings: Settings) -> None:
    async with service(settings) as running:
        stopped = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, stopped.set)
        await _until_one_ends(running.work(), stopped.wait())


async def _answer(running: Service) -> None:
    """HTTP, until a signal says stop."""
    config = http_of(running)
    gc.collect()
    gc.freeze()  # what was made until now stays: looking through it again and again is what makes answers late
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True  # whoever is being answered gets the answer
        await serving


def http_of(running: Service) -> uvicorn.Config:
    """The web side as it is served, with all that guards it."""
    settings = running.settings
    app = create_app(reception_of(running), partial(health_of, running), dashboard_routes(dashboard_of(running)))
    return uvicorn.Config(
        Edge(app, Strangers(settings.refusals_a_minute, time.monotonic)),
        settings.host,
        settings.port,
        http=patient_for(settings.patience.total_seconds()),
        ws="none",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        log_level="warning",
        access_log=False,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
    )


async def _until_one_ends(background: Coroutine[Any, Any, object], foreground: Coroutine[Any, Any, object]) -> None:
    """The foreground ends by itself when it was asked to; the background only by an error, which is raised."""
    behind, before = asyncio.create_task(background), asyncio.create_task(foreground)
    done, _ = await asyncio.wait((behind, before), return_when=asyncio.FIRST_COMPLETED)
    for task in (before, behind):
        if task not in done:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    for task in done:
        task.result()
