"""The command ``capa24`` at the terminal: refusals that say what to do, and nothing secret in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.running import running_sandbox
from tests.terminal import portal_at, run, run_as_installed

SECRET = "t0psecret"


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
        ended = run(tmp_path, "provision", "--plan", **portal_at(box.webhook))
    assert ended.returncode == 1
    assert "«Отдел контроля качества»" in ended.stderr
    assert "«Оптовые продажи»" in ended.stderr


def test_provisioning_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    with running_sandbox("trading-company") as box:
        first = run_as_installed(tmp_path, "provision", **portal_at(box.webhook))
        second = run(tmp_path, "provision", **portal_at(box.webhook))
        planned = run(tmp_path, "provision", "--plan", **portal_at(box.webhook))
    assert first.returncode == 0, first.stderr
    assert "создать смарт-процесс «Анализ и коррекции»" in first.stdout
    assert "уже готов" in second.stdout
    assert "делать нечего" in planned.stdout


def test_the_doctor_names_what_to_mend_and_ends_with_one(tmp_path: Path) -> None:
    """A portal that isn't prepared, and nobody to tell of events."""
    with running_sandbox("trading-company") as box:
        ended = run(tmp_path, "doctor", **portal_at(box.webhook))
        told = run(tmp_path, "doctor", "--json", **portal_at(box.webhook))
    assert (ended.returncode, told.returncode) == (1, 1), ended.stderr
    assert "✗ Портал: нужно: создать смарт-процесс «Анализ и коррекции»" in ended.stdout
    assert "→ capa24 provision" in ended.stdout
    assert "✓ Владелец вебхука" in ended.stdout
    assert "? Обязательный допуск" in ended.stdout
    wrong = {each["about"] for each in json.loads(told.stdout)["portals"]["main"] if each["state"] == "wrong"}
    assert wrong == {"Портал", "События"}


def test_the_doctor_says_when_a_portal_does_not_answer(tmp_path: Path) -> None:
    with running_sandbox("trading-company") as box:
        ended = run(tmp_path, "doctor", PORTALS__MAIN__WEBHOOK=f"{box.portal}/rest/1/{SECRET}/")
    assert ended.returncode == 1
    assert "✗ Связь: портал main не отвечает" in ended.stdout
    assert SECRET not in ended.stdout + ended.stderr
