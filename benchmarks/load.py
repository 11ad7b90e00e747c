"""Events under load: the body that portals send, and what answers them how quickly over 32 connections.

wrk asks where there is one; else a client of our own does, in raw sockets: it takes more of the machine from the
server, so its numbers are only to be compared with each other.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

CONNECTIONS = 32
KEYS = 1000
PATH = "/bitrix/events"
TOKEN = "51856fefc120afa4b628cc82d3935cce"  # noqa: S105 - of a portal that isn't there
DOMAIN = "intake.bitrix24.ru"


def event(deal: int | str) -> str:
    """As a portal writes it (contract: api-reference/events/index.md)."""
    return urlencode({
        "event": "ONCRMDEALUPDATE", "event_handler_id": "1067", "data[FIELDS][ID]": str(deal), "ts": "1793610000",
        "auth[domain]": DOMAIN, "auth[client_endpoint]": f"https://{DOMAIN}/rest/",
        "auth[server_endpoint]": "https://oauth.bitrix24.tech/rest/",
        "auth[member_id]": "a223c6b3710f85df22e9377d6c4f7553", "auth[application_token]": TOKEN,
    })  # fmt: skip


@dataclass(frozen=True)
class Measured:
    a_second: float
    p99: float
    """Milliseconds."""
    requests: int
    refused: int


def asked_by() -> str:
    return "wrk" if shutil.which("wrk") else "a client of our own (there is no wrk here)"


def ask(port: int, seconds: int) -> Measured:
    """Events about ``KEYS`` deals in turn, each connection one after the other."""
    return _wrk(port, seconds) if shutil.which("wrk") else asyncio.run(_own(port, seconds))


def _wrk(port: int, seconds: int) -> Measured:
    before, after = event("\0").split("%00")
    script = f"""
        local n = 0
        wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
        function request()
          n = n % {KEYS} + 1
          return wrk.format("POST", "{PATH}", nil, "{before}" .. n .. "{after}")
        end
        function done(summary, latency, requests)
          local bad = summary.errors.status + summary.errors.timeout + summary.errors.read + summary.errors.connect
          print("measured", summary.requests, summary.duration, latency:percentile(99), bad)
        end
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", file.name, f"http://127.0.0.1:{port}"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"measured\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", said)
    if found is None:
        raise RuntimeError(said)
    requests, microseconds, p99, refused = (float(each) for each in found.groups())
    return Measured(requests / microseconds * 1e6, p99 / 1000, int(requests), int(refused))


async def _own(port: int, seconds: int) -> Measured:
    bodies = [event(deal) for deal in range(1, KEYS + 1)]
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    asked = [f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode() for body in bodies]
    took: list[float] = []
    refused = 0
    until = time.perf_counter() + seconds

    async def connection(number: int) -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (begun := time.perf_counter()) < until:
            number = (number + 1) % KEYS
            writer.write(asked[number])
            answer = await reader.readuntil(b"\r\n\r\n")
            if found := re.search(rb"content-length: (\d+)", answer):
                await reader.readexactly(int(found[1]))
            refused += not answer.startswith(b"HTTP/1.1 2")
            took.append(time.perf_counter() - begun)
        writer.close()

    await asyncio.gather(*(connection(number * 31) for number in range(CONNECTIONS)))
    return Measured(len(took) / seconds, sorted(took)[len(took) * 99 // 100] * 1000, len(took), refused)


def settings_for(folder: Path, database: str, port: int) -> dict[str, str]:
    """Of a service that only receives; the portal is never asked anything."""
    settings = {
        "DATABASE": database,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PORTALS__MAIN__WEBHOOK": f"https://{DOMAIN}/rest/1/secret/",
        "PORTALS__MAIN__APPLICATION_TOKENS": TOKEN,
        "LOG_LEVEL": "ERROR",
    }
    return {**{f"CAPA24_{name}": value for name, value in settings.items()}, "PWD": str(folder)}
