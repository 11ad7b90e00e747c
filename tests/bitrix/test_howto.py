"""``docs/howto/client.md``: its programs work."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bitrix.calls.users import profile
from bitrix.client import Portal
from sandbox.running import RunningSandbox, running_sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/howto/client.md").read_text(encoding="utf-8")
PROGRAM, MISSING_METHOD, APPLICATION = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox() as box:
        yield box


def test_the_program_works(box: RunningSandbox) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, box.webhook],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    printed = [line.split(" ", 1) for line in done.stdout.splitlines()]
    assert [number for number, _ in printed] == [str(number) for number in range(1, 101)]
    # Two requests are under way at once, so which of them makes the first fifty deals is the portal's to say.
    assert sorted(title for _, title in printed) == sorted(f"Deal {number}" for number in range(100))


def test_its_lines_fit_on_a_screen() -> None:
    assert len(PROGRAM.strip().splitlines()) <= 25


async def test_a_missing_method_takes_three_lines(box: RunningSandbox) -> None:
    namespace: dict[str, Any] = {}
    exec(MISSING_METHOD, namespace)  # noqa: S102  it is ours
    async with Portal(box.webhook) as portal:
        currency = await portal.send(namespace["get_currency"]("RUB"))
    assert currency["CURRENCY"] == "RUB"


async def test_an_application_works(box: RunningSandbox) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        installed = (await http.post(f"{box.control}/applications", json={"title": "Моё"})).json()
    namespace: dict[str, Any] = {}
    exec(APPLICATION, namespace)  # noqa: S102  it is ours
    async with await namespace["open_portal"](installed["client_id"], installed["client_secret"], installed) as portal:
        assert portal.host == urlsplit(box.portal).netloc
        assert (await portal.send(profile())).id == 1
