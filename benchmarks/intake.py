"""How many events a second are acknowledged, stored and on the disk, beside a bare FastAPI that stores nothing?

All are one process of uvicorn with uvloop and httptools, over 32 connections, one after the other and again in rounds;
each number is the median of the rounds, each ratio that of one round, so that a slow moment of the machine hits both.
``--million`` sends a million events to the service on SQLite and looks at its memory instead.
"""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from fastapi import FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.answers import Answer
from benchmarks.load import Measured, ask, asked_by, settings_for
from tests import postgres

ROOT = Path(__file__).parents[1]
SECONDS = 5
ROUNDS = 3
MILLION = 1_000_000

PEERS = {
    "starlette": "bare Starlette, stores nothing",
    "fastapi": "bare FastAPI, stores nothing (`Response(status_code=204)`)",
    "fastapi-json": "bare FastAPI, stores nothing (returns a dict)",
    "one-transaction": "FastAPI, SQLite, one transaction an event",
}
OURS = {"sqlite": "**capa24 web, SQLite**", "postgresql": "**capa24 web, PostgreSQL 18**"}


def peer(kind: str, folder: Path) -> Any:
    """The simplest program of its kind; it reads the body and looks no further."""

    async def nothing(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    async def nothing_as_json(request: Request) -> dict[str, bool]:
        await request.body()
        return {"ok": True}

    if kind == "starlette":
        return Starlette(routes=[Route("/bitrix/events", nothing, methods=["POST"])])
    app = FastAPI()
    if kind == "one-transaction":
        handler: Any = one_transaction_an_event(folder)
    else:
        handler = nothing_as_json if kind == "fastapi-json" else nothing
    app.post("/bitrix/events")(handler)
    return app


def one_transaction_an_event(folder: Path) -> Any:
    """What one writes first: a row and a commit, as durable as ours."""
    database = sqlite3.connect(folder / "plain.db", isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE events (id INTEGER PRIMARY KEY, body BLOB, received_at REAL)",
    ):
        database.execute(statement)

    async def store(request: Request) -> Response:
        database.execute("INSERT INTO events (body, received_at) VALUES (?, ?)", (await request.body(), time.time()))
        return Response(status_code=204)

    return store


def serve_peer(kind: str, port: int, folder: Path) -> None:
    uvicorn.run(peer(kind, folder), port=port, log_level="warning", access_log=False)


@contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[psutil.Process]:
    program = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})})
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield psutil.Process(program.pid)
    finally:
        program.terminate()
        program.wait(20)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def of_peer(kind: str) -> Measured:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.intake", "--peer", kind, "--port", str(port), "--folder"]
    with tempfile.TemporaryDirectory(dir=ROOT) as folder, running([*command, folder], port):
        ask(port, 1)
        return ask(port, SECONDS)


@contextmanager
def receiving(database: str, folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    port = free_port()
    with running([sys.executable, "-m", "app", "web"], port, settings_for(folder, database, port)) as program:
        yield program, port


def of_ours(database: str, folder: Path) -> Measured:
    with receiving(database, folder) as (_, port):
        ask(port, 1)
        return ask(port, SECONDS)


def compare() -> None:
    measured: dict[str, list[Measured]] = {name: [] for name in (*PEERS, *OURS)}
    with postgres.running(durable=True) as server:
        for number in range(ROUNDS):
            with tempfile.TemporaryDirectory(dir=ROOT) as folder:
                for kind in PEERS:
                    measured[kind].append(of_peer(kind))
                file = f"sqlite:///{folder}/round{number}.db"
                measured["sqlite"].append(of_ours(file, Path(folder)))
                measured["postgresql"].append(of_ours(server.new_database(), Path(folder)))
    answer = Answer(
        Path(__file__),
        "Intake of events",
        __doc__ or "",
        ("what answers", "events a second", "p99, ms", "to bare FastAPI", "p99 to bare FastAPI", "refused"),
        notes=[
            f'Asked by {asked_by()}; {ROUNDS} rounds of {SECONDS} s. "Bare FastAPI" of the ratios is the quicker one,'
            " which returns a ready `Response`. On the disk means: `fsync` before the answer (SQLite"
            " `synchronous=FULL`, PostgreSQL `synchronous_commit=on`).",
        ],
    )
    bare = measured["fastapi"]
    for name, title in {**PEERS, **OURS}.items():
        rounds = measured[name]
        answer.rows.append((
            title,
            f"{statistics.median(each.a_second for each in rounds):,.0f}",
            f"{statistics.median(each.p99 for each in rounds):.1f}",
            f"{statistics.median(a.a_second / b.a_second for a, b in zip(rounds, bare, strict=True)):.2f}",
            f"{statistics.median(a.p99 / b.p99 for a, b in zip(rounds, bare, strict=True)):.2f}",
            str(sum(each.refused for each in rounds)),
        ))  # fmt: skip
    answer.tell()


def memory() -> None:
    """Resident memory while a million events come in."""
    answer = Answer(
        Path(__file__),
        "Memory of the intake",
        "Does the receiving process grow while a million events come in?",
        ("events taken in", "resident memory, MB", "refused"),
        arguments=" --million",
    )
    with (
        tempfile.TemporaryDirectory(dir=ROOT) as folder,
        receiving(f"sqlite:///{folder}/million.db", Path(folder)) as (program, port),
    ):
        taken, shown, refused = 0, 0, 0
        while taken < MILLION:
            measured = ask(port, 5)
            taken, refused = taken + measured.requests, refused + measured.refused
            if taken - shown >= MILLION / 10 or taken >= MILLION:
                shown = taken
                answer.rows.append((f"{taken:,}", f"{program.memory_info().rss / 1e6:.0f}", f"{refused}"))
    answer.tell()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peer")
    arguments.add_argument("--port", type=int)
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--million", action="store_true")
    given = arguments.parse_args()
    if given.peer:
        serve_peer(given.peer, given.port, given.folder)
    elif given.million:
        memory()
    else:
        compare()


if __name__ == "__main__":
    main()
