"""The programs of the demonstration, each a process of its own: the sandbox and the service."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

COMMAND = Path(sys.executable).parent / "capa24"
PATIENCE = 60.0
"""Seconds a program has to answer after its start."""


class DidNotStart(Exception):
    """A program of the demonstration doesn't answer; the text holds the end of what it printed."""


@dataclass(frozen=True)
class Addresses:
    """What ``capa24 sandbox`` prints."""

    portal: str
    webhook: str
    sheets: str
    control: str


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@dataclass
class Program:
    """A running ``capa24 …``; its output goes to a file."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    output: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        with self.output.open("ab") as printed:
            self.process = self._popen(printed)

    def _popen(self, printed: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own command
            [str(COMMAND), *self.arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        """As a power cut would: no chance to tidy up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """As an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait_for(self, answer: Callable[[], bool], what: str) -> None:
        """Until ``answer`` is true. Raises DidNotStart."""
        deadline = time.monotonic() + PATIENCE
        while not answer():
            if self.process is not None and self.process.poll() is not None:
                raise DidNotStart(f"{what}: программа завершилась.\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{what}: нет ответа за {PATIENCE:g} с.\n{self.last_words()}")
            time.sleep(0.1)

    def last_words(self) -> str:
        return "\n".join(self.output.read_text(errors="replace").splitlines()[-15:])


def start_sandbox(folder: Path, scenario: str) -> tuple[Program, Addresses]:
    """The portal and the spreadsheets on a free port."""
    program = Program(("sandbox", "--port", "0", "--scenario", scenario), {}, folder, folder / "sandbox.log")
    program.start()
    program.wait_for(lambda: _addresses(program.output) is not None, "песочница")
    addresses = _addresses(program.output)
    if addresses is None:
        raise DidNotStart(program.last_words())
    return program, addresses


def _addresses(output: Path) -> Addresses | None:
    for line in output.read_text(errors="replace").splitlines():
        if line.startswith("{") and line.endswith("}"):
            told = json.loads(line)
            return Addresses(told["portal"], told["webhook"], told["sheets"], told["control"])
    return None


def answers(address: str) -> bool:
    """Does a health endpoint say that all is well?"""
    try:
        return httpx.get(address, timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
