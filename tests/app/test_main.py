"""The command ``capa24`` at the terminal: refusals that say what to do, and nothing secret in them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.demo.processes import COMMAND
from sandbox.running import running_sandbox

SECRET = "t0psecret"


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CAPA24_")}
    return subprocess.run(
        [str(COMMAND), *arguments],
        cwd=folder,
        env={**environment, **{f"CAPA24_{name}": value for name, value in settings.items()}},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "settings", "says"),
    [
        # nothing is configured: which variable, with an example
        (("serve",), {}, "CAPA24_PORTALS__MAIN__WEBHOOK=https://"),
        # not an address of a webhook
        (("serve",), {"PORTALS__MAIN__WEBHOOK": "example"}, "CAPA24_PORTALS__MAIN__WEBHOOK"),
        # nobody listens there
        (("provision",), {"PORTALS__MAIN__WEBHOOK": f"http://127.0.0.1:9/rest/1/{SECRET}/"}, "Портал не отвечает"),
        # the rulebook isn't there
        (
            ("provision",),
            {"PORTALS__MAIN__WEBHOOK": f"http://127.0.0.1:9/rest/1/{SECRET}/", "RULEBOOK": "none.yaml"},
            "none.yaml",
        ),
        # not a key
        (("explain", "foo:1"), {"PORTALS__MAIN__WEBHOOK": f"http://127.0.0.1:9/rest/1/{SECRET}/"}, "case:24"),
        # a portal that isn't configured
        (("explain", "case:other:1"), {"PORTALS__MAIN__WEBHOOK": f"http://127.0.0.1:9/rest/1/{SECRET}/"}, "other"),
    ],
)
def test_a_refusal_names_the_cause_and_the_way_out(
    tmp_path: Path, arguments: tuple[str, ...], settings: Mapping[str, str], says: str
) -> None:
    ended = run(tmp_path, *arguments, **settings)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr


def test_a_dead_webhook_is_named_without_its_secret(tmp_path: Path) -> None:
    with running_sandbox("trading-company") as box:
        ended = run(tmp_path, "provision", PORTALS__MAIN__WEBHOOK=f"{box.portal}/rest/1/{SECRET}/")
    assert ended.returncode == 1
    assert "Портал не принял вебхук" in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr


def test_a_rulebook_that_names_unknown_things_of_the_portal_is_told_which(tmp_path: Path) -> None:
    with running_sandbox("empty") as box:
        ended = run(tmp_path, "provision", "--plan", PORTALS__MAIN__WEBHOOK=box.webhook)
    assert ended.returncode == 1
    assert "«Отдел контроля качества»" in ended.stderr
    assert "«Оптовые продажи»" in ended.stderr


def test_provisioning_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    with running_sandbox("trading-company") as box:
        first = run(tmp_path, "provision", PORTALS__MAIN__WEBHOOK=box.webhook)
        second = run(tmp_path, "provision", PORTALS__MAIN__WEBHOOK=box.webhook)
        planned = run(tmp_path, "provision", "--plan", PORTALS__MAIN__WEBHOOK=box.webhook)
    assert first.returncode == 0, first.stderr
    assert "создать смарт-процесс «Анализ и коррекции»" in first.stdout
    assert "уже готов" in second.stdout
    assert "делать нечего" in planned.stdout
