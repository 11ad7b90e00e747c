"""``capa24 journal``, ``record`` and ``left-out`` at the terminal."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.health import health_of
from app.settings import SHIPPED_RULEBOOK, load_settings
from app.storage.database import Database
from app.storage.journal import Journal
from app.storage.left_out import LeftOut, LeftOutWork
from app.wiring import service
from sandbox.running import RunningSandbox, running_sandbox
from tests.app.conftest import MONDAY
from tests.terminal import portal_at, run

NOWHERE = "http://127.0.0.1:9/rest/1/t0psecret/"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"PORTALS__MAIN__WEBHOOK": NOWHERE, "DATABASE": f"sqlite:///{tmp_path}/capa24.db"}


@pytest.fixture
def filled(tmp_path: Path, settings: dict[str, str]) -> Path:
    """A database with three entries about a case, and two deals that were left out."""

    async def fill() -> None:
        database = await Database.open(settings["DATABASE"])
        journal = Journal(database, lambda: MONDAY)
        for number in range(3):
            body = {"do": "Tell", "mark": f"m{number}", "text": f"Сообщение [{number}]", "to": [7], "because": ["срок"]}
            await journal.write("main", "case:main:24", "command", body)
        work = LeftOutWork(database)
        for number in (42, 43):
            await work.put(LeftOut("main", f"deal:{number}#1", "retail", "не попал в выборку", MONDAY))
        await database.close()

    asyncio.run(fill())
    return tmp_path


@pytest.mark.requirement("R26")
def test_the_journal_is_told_in_sentences_and_its_chain_is_checked(filled, settings):
    told = run(filled, "journal", "case:24", "--verify", **settings)
    assert told.returncode == 0, told.stderr
    assert "Сделано сервисом" in told.stdout
    assert "сообщить (сотрудник №7): Сообщение [2]" in told.stdout
    assert "Цепочка цела, записей: 3. Последняя — №3, хэш " in told.stdout


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("update journal set body = json_set(body, '$.text', 'иначе') where id = 2", "на записи №2"),
        ("delete from journal where id = 2", "на записи №3"),
    ],
)
def test_a_broken_chain_ends_with_1_and_names_the_entry(filled, settings, tampering, says):
    with sqlite3.connect(filled / "capa24.db") as database:
        database.execute(tampering)
    database.close()
    told = run(filled, "journal", "--verify", **settings)
    assert told.returncode == 1
    assert "Цепочка нарушена" in told.stdout
    assert says in told.stdout
    assert "Traceback" not in told.stderr


def test_a_hash_kept_by_an_auditor_is_looked_for(filled, settings):
    with sqlite3.connect(filled / "capa24.db") as database:
        (newest,) = database.execute("select hash from journal where id = 3").fetchone()
        kept = run(filled, "journal", "--verify", "--kept", newest, **settings)
        database.execute("delete from journal where id = 3")
    database.close()
    assert (kept.returncode, "на месте" in kept.stdout) == (0, True)
    cut = run(filled, "journal", "--verify", "--kept", newest, **settings)
    assert cut.returncode == 1
    assert "Записи с указанным хэшем нет" in cut.stdout


def test_a_journal_of_nothing_in_particular_asks_for_a_key(filled, settings):
    asked = run(filled, "journal", **settings)
    assert asked.returncode == 2
    assert "--verify" in asked.stderr


@pytest.mark.requirement("S81")
def test_what_was_left_out_is_counted_and_listed(filled, settings):
    counted = run(filled, "left-out", **settings)
    assert counted.returncode == 0, counted.stderr
    told = " ".join(re.sub(r"[│┃]", " ", counted.stdout).split())  # the table wraps its cells
    assert re.search(r"не попал в .*2 02\.11\.2026", told)
    assert "Всего без разбора: 2." in told
    listed = run(filled, "left-out", "--list", **settings)
    assert "deal:42#1" in listed.stdout
    assert "deal:43#1" in listed.stdout


def test_nothing_left_out_is_said(tmp_path, settings):
    assert "Разбор есть у всей завершённой работы" in run(tmp_path, "left-out", **settings).stdout


async def test_health_counts_what_was_left_out(filled, settings, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(f"CAPA24_{name}", value)
    async with service(load_settings()) as running:
        assert (await health_of(running))["left_out"] == {"retail": 2}


def test_a_rulebook_that_changed_under_its_version_is_refused_with_what_to_do(filled, settings):
    book = filled / "book.yaml"
    text = SHIPPED_RULEBOOK.read_text(encoding="utf-8")
    book.write_text(text, encoding="utf-8")
    assert run(filled, "left-out", **settings, RULEBOOK=str(book)).returncode == 0
    book.write_text(text.replace("Прослушать звонки по сделке", "Прослушать все звонки"), encoding="utf-8")
    refused = run(filled, "left-out", **settings, RULEBOOK=str(book))
    assert refused.returncode == 1
    assert "смените version:" in refused.stderr
    assert "протокол" in refused.stderr
    assert "Traceback" not in refused.stderr


# --- On a portal -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox("trading-company") as running:
        yield running


def ask(box: RunningSandbox, method: str, **params: Any) -> Any:
    answer = httpx.post(f"{box.webhook}{method}", json=params)
    answer.raise_for_status()
    return answer.json()["result"]


def win_a_deal(box: RunningSandbox) -> int:
    funnels = ask(box, "crm.category.list", entityTypeId=2)["categories"]
    retail = next(each["id"] for each in funnels if each["name"] == "Розничные продажи")
    won = f"C{retail}:WON" if retail else "WON"
    fields = {"title": "Насосы", "categoryId": retail, "assignedById": 1}
    number = ask(box, "crm.item.add", entityTypeId=2, fields=fields)["item"]["id"]
    ask(box, "crm.item.update", entityTypeId=2, id=number, fields={"stageId": won})
    return number


def test_a_case_is_explained_and_recorded(tmp_path: Path, box: RunningSandbox):
    settings = portal_at(box.webhook)
    assert run(tmp_path, "provision", **settings).returncode == 0
    number = win_a_deal(box)
    created = run(tmp_path, "once", f"deal:{number}", **settings)
    assert created.returncode == 0, created.stderr
    types = ask(box, "crm.type.list")["types"]
    cases = next(each["entityTypeId"] for each in types if each["title"] == "Анализ и коррекции")
    items = ask(box, "crm.item.list", entityTypeId=cases)["items"]
    key = f"case:{items[0]['id']}"

    explained = run(tmp_path, "explain", key, **settings)
    assert explained.returncode == 0, explained.stderr
    assert "потому что: опрос не завершён" in explained.stdout
    assert run(tmp_path, "once", key, **settings).returncode == 0

    shown = run(tmp_path, "record", key, **settings)
    assert shown.returncode == 0, shown.stderr
    assert "R28" in shown.stdout
    assert "нет данных — разбор ещё не дошёл до стадии" in shown.stdout
    written = run(tmp_path, "record", key, "--html", "a.html", "--json", "a.json", **settings)
    assert written.returncode == 0, written.stderr
    assert "Насосы" in (tmp_path / "a.html").read_text(encoding="utf-8")
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data["record"]["R2"]["facts"]["Название"] == "Насосы"
    assert run(tmp_path, "record", "deal:1", **settings).returncode == 1
    assert "не записывается" in run(tmp_path, "record", key, "--html", "no/where.html", **settings).stderr
