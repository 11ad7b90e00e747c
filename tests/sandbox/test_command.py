"""``python -m sandbox`` as a process, the way another project starts it."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_when_it_answers_and_stops_when_told(end):
    with start("--scenario", "trading-company", "--limits", "cloud") as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        assert addresses.keys() == {"portal", "webhook", "sheets", "control", "page"}
        assert addresses["webhook"].startswith(f"{addresses['portal']}/rest/1/")
        with httpx.Client(trust_env=False) as http:
            deals = http.post(addresses["webhook"] + "crm.item.list", json={"entityTypeId": 2}).json()
            limits = http.get(addresses["control"] + "/limits").json()
            sheets = http.get(addresses["sheets"] + "/v4/spreadsheets/none")
        process.send_signal(end)
        rest, errors = process.communicate(timeout=60)
    assert deals["total"] == 6
    assert limits["plan"] == "cloud"
    assert sheets.status_code == 404
    assert (process.returncode, rest, errors) == (0, "", "")


def test_with_https_it_says_whom_to_trust():
    with start("--tls") as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        with httpx.Client(verify=ssl.create_default_context(cafile=addresses["ca"]), trust_env=False) as http:
            answer = http.post(addresses["webhook"] + "server.time")
        process.terminate()
        process.communicate(timeout=60)
    assert addresses["portal"].startswith("https://127.0.0.1:")
    assert answer.status_code == 200
    assert not Path(addresses["ca"]).exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scenario", "zoo"), "there are: empty, trading-company"),
        (("--limits", "free"), "choose one of off, cloud, enterprise"),
    ],
)
def test_it_says_why_it_cannot_start(arguments, words):
    with start(*arguments) as process:
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert words in errors


def test_a_taken_port():
    with start() as first:
        assert first.stdout is not None
        port = json.loads(first.stdout.readline())["portal"].rsplit(":", 1)[1]
        with start("--port", port) as second:
            _, errors = second.communicate(timeout=60)
        first.terminate()
        first.communicate(timeout=60)
    assert second.returncode == 2
    assert "The sandbox cannot start" in errors


def test_it_stops_while_somebody_waits_for_an_answer():
    with start() as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        with httpx.Client(trust_env=False) as http:
            http.post(addresses["control"] + "/faults", json=[{"on": "rest", "do": "timeout_before"}])
            with pytest.raises(httpx.TimeoutException):
                http.post(addresses["webhook"] + "server.time", timeout=0.2)
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
