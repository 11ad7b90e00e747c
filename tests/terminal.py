"""``capa24`` at the terminal, as a process of its own.

A command takes far less time than the start of Python with everything it imports. So one server process has imported
it all, and forks for each command.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from sandbox.demo.processes import COMMAND, Program

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["app.__main__", "sandbox.__main__", "sandbox.demo.__main__"])


def portal_at(webhook: str) -> dict[str, str]:
    """Settings for a portal of which nobody has to spare the limits."""
    settings = {"WEBHOOK": webhook, "BURST": "1000", "REQUESTS_PER_SECOND": "1000"}
    return {f"PORTALS__MAIN__{name}": value for name, value in settings.items()}


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command in this folder, with these settings (without CAPA24_) and no others."""
    with TemporaryDirectory() as place:
        printed, complaints = Path(place) / "stdout", Path(place) / "stderr"
        process = _forked(arguments, folder, _environment(settings), printed, complaints)
        process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(arguments, process.exitcode, printed.read_text(), complaints.read_text())


class Forked(Program):
    """A program of the demonstration that is begun in less time."""

    def _popen(self, printed: IO[bytes]) -> ForkedProcess:  # type: ignore[override]
        environment = {**os.environ, **self.environment}
        return ForkedProcess(_forked(self.arguments, self.folder, environment, self.output, self.output))


class ForkedProcess:
    """What is asked of a ``Popen``."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("capa24", timeout or 0.0)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, number: signal.Signals) -> None:
        if self._process.is_alive() and self.pid is not None:
            os.kill(self.pid, number)


def run_as_installed(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The same, started anew: how wide the terminal is, is asked at the start."""
    return subprocess.run(
        [str(COMMAND), *arguments],
        cwd=folder,
        env=_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CAPA24_")}
    environment["TZ"] = "UTC"  # days are printed as they are where the terminal stands
    return environment | {f"CAPA24_{name}": value for name, value in settings.items()}


def _forked(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], printed: Path, complaints: Path
) -> BaseProcess:
    process = PROCESSES.Process(target=_command, args=(arguments, folder, environment, printed, complaints))
    process.start()
    return process


def _command(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], printed: Path, complaints: Path
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    for stream, file in ((1, printed), (2, complaints)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    sys.argv = ["capa24", *arguments]
    from app.__main__ import main

    main()
