"""The sandbox in a process of its own, with the limits of a cloud portal; programs that ask it, each in another; and
what the sandbox can do at best.

It answers by https, since one of the neighbours speaks nothing else. The certificate is told to all of them through the
environment.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from benchmarks.limits import A_SECOND, BURST

LONG = 120.0
NEIGHBOURS = ("bitrix.client", "fast_bitrix24", "b24pysdk")


@dataclass(frozen=True)
class Box:
    webhook: str
    control: str
    ca: str

    @property
    def domain(self) -> str:
        return urlsplit(self.webhook).netloc

    @property
    def token(self) -> str:
        """``1/secret``, as some clients want it."""
        return urlsplit(self.webhook).path.removeprefix("/rest/").rstrip("/")

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    def http(self) -> httpx.Client:
        return httpx.Client(verify=self.trust, trust_env=False, timeout=LONG)

    def do(self, command: str, body: object = None) -> Any:
        with self.http() as http:
            answer = http.post(f"{self.control}/{command}", json={} if body is None else body)
            answer.raise_for_status()
            return answer.json()

    def journal(self, after: int) -> list[dict[str, Any]]:
        """The REST calls since then, those inside a batch too."""
        with self.http() as http:
            answer = http.get(f"{self.control}/journal", params={"after": after, "kind": "request"})
        records: list[dict[str, Any]] = answer.json()["records"]
        return records

    def last_record(self) -> int:
        with self.http() as http:
            return int(http.get(f"{self.control}/journal", params={"after": 1 << 60}).json()["last"])


@contextmanager
def a_box() -> Iterator[Box]:
    started = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--limits", "cloud", "--tls"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert started.stdout is not None  # noqa: S101
        addresses = json.loads(started.stdout.readline())
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            os.environ[variable] = addresses["ca"]
        yield Box(addresses["webhook"], addresses["control"], addresses["ca"])
    finally:
        started.terminate()
        started.wait()


Run = Callable[[Box], int]
"""A program to measure. Answers how many things it did."""


@dataclass(frozen=True)
class Measured:
    done: int
    calls: list[dict[str, Any]]
    """What the portal was asked for, as its journal has it."""
    seconds: float
    cpu: float
    """Seconds of the program itself, without the portal."""
    memory: int
    """What it held at most, in bytes, beyond what it began with."""
    gave_up: str = ""
    """Its error, when it did not come to its end."""

    @property
    def requests(self) -> int:
        return sum(not call["batched"] for call in self.calls)


def measure(box: Box, run: Run) -> Measured:
    """In a process of its own, beginning with an empty bucket."""
    box.do("limits", {"plan": "cloud"})
    last = box.last_record()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        done, seconds, cpu, memory, gave_up = pool.apply(_run, (run, box))
    return Measured(done, box.journal(last), seconds, cpu, memory, gave_up)


def _run(run: Run, box: Box) -> tuple[int, float, float, int, str]:
    for name in NEIGHBOURS:
        __import__(name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.perf_counter(), time.process_time()
    done, gave_up = 0, ""
    try:
        done = run(box)
    except Exception as error:  # noqa: BLE001  whatever the errors of a stranger are
        gave_up = str(error) or type(error).__name__
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return done, seconds, cpu, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, gave_up


def ceiling(box: Box, bodies: Iterable[Mapping[str, Any]]) -> float:
    """Seconds the sandbox takes for these batches without limits, one after the other, their answers unread."""
    box.do("limits", {"plan": "off"})
    with box.http() as http:
        began = time.perf_counter()
        for body in bodies:
            with http.stream("POST", f"{box.webhook}batch", json=body) as answer:
                for _ in answer.iter_raw():
                    pass
        return time.perf_counter() - began


def seconds_by_the_limits(requests: int) -> float:
    """How long so many requests last at least, from an empty bucket."""
    return max(0.0, (requests - BURST) / A_SECOND)
