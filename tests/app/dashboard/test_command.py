"""``capa24 dashboard`` at the terminal: a link for one person, or what keeps them from getting one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.dashboard.passes import read
from sandbox.running import RunningSandbox, running_sandbox
from tests.app.dashboard.conftest import SECRET
from tests.terminal import portal_at, run


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox("trading-company") as running:
        yield running


def test_a_link_is_printed_with_what_it_shows(tmp_path: Path, box: RunningSandbox) -> None:
    settings = {"SECRET": SECRET, "PUBLIC_URL": "https://capa24.test", **portal_at(box.webhook)}
    ended = run(tmp_path, "dashboard", "семёнова", "--days", "7", **settings)
    assert ended.returncode == 0, ended.stderr
    assert "Татьяна Семёнова" in ended.stdout
    assert "увидит: всю компанию. Ссылка действует 7 дн." in ended.stdout
    link = ended.stdout.splitlines()[-1]
    assert link.startswith("https://capa24.test/dashboard/enter/")
    now = datetime.now(UTC)
    bearer = read(link.rpartition("/")[2], "link", SECRET, now + timedelta(days=6, hours=23))
    assert bearer.portal == "main"
    assert f"(№{bearer.person})" in ended.stdout
    assert bearer.until <= now + timedelta(days=7)


@pytest.mark.parametrize(
    ("person", "settings", "says"),
    [
        ("Семёнова", {}, "CAPA24_SECRET"),
        ("Никто", {"SECRET": SECRET}, "сотрудника «Никто» на портале нет"),
        ("31337", {"SECRET": SECRET}, "сотрудника «31337» на портале нет"),
        ("ов", {"SECRET": SECRET}, "подходят несколько сотрудников"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, box: RunningSandbox, person: str, settings: dict[str, str], says: str
) -> None:
    ended = run(tmp_path, "dashboard", person, **portal_at(box.webhook), **settings)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "/dashboard/enter/" not in ended.stdout
