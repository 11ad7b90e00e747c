"""``capa24 rules check`` and ``show`` at the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import SHIPPED_RULEBOOK
from sandbox.running import running_sandbox
from tests.builders import SMALL_BOOK
from tests.terminal import portal_at, run, run_as_installed

SMALL = SMALL_BOOK.read_text(encoding="utf-8")
SHIPPED = SHIPPED_RULEBOOK.read_text(encoding="utf-8")


def test_a_sound_rulebook_is_counted_without_any_portal(tmp_path: Path) -> None:
    ended = run(tmp_path, "rules", "check")
    assert ended.returncode == 0, ended.stderr
    assert "Свод правил в порядке: trading-house.ru.yaml" in ended.stdout
    assert "воронок 4" in ended.stdout


def test_every_mistake_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(
        SMALL.replace("severity: critical", "severity: fatal").replace("points: 10", "points: -1"), encoding="utf-8"
    )
    ended = run(tmp_path, "rules", "check", "book.yaml")
    assert ended.returncode == 1
    places = [line for line in ended.stderr.splitlines() if line.startswith("book.yaml:")]
    assert len(places) == 2
    assert "ошибок в своде правил: 2" in ended.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.yaml", None, "файл none.yaml не читается"),
        ("cp1251.yaml", "version: Розница".encode("cp1251"), "сохраните его в UTF-8"),
        ("brackets.yaml", b"a: [bold red]x", "brackets.yaml:1"),
    ],
)
def test_a_file_that_is_no_rulebook_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ended = run(tmp_path, "rules", "check", name)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("columns", [80, 120])
def test_the_process_is_drawn_within_the_terminal(
    tmp_path: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    ended = run_as_installed(tmp_path, "rules", "show")
    assert ended.returncode == 0, ended.stderr
    assert max(len(line.rstrip()) for line in ended.stdout.splitlines()) <= columns
    assert "Недоволен → Чем клиент недоволен?" in ended.stdout


def test_the_diagram_is_printed_as_it_is(tmp_path: Path) -> None:
    ended = run(tmp_path, "rules", "show", "--mermaid")
    assert ended.stdout.startswith("flowchart TD\n")


def test_the_shipped_book_fits_the_trading_company(tmp_path: Path) -> None:
    with running_sandbox("trading-company") as box:
        ended = run(tmp_path, "rules", "check", "--portal", "main", **portal_at(box.webhook))
    assert ended.returncode == 0, ended.stderr
    assert "отделы, воронки, стадии и поля на месте" in ended.stdout


def test_what_the_portal_lacks_is_named_where_the_rulebook_asks_for_it(tmp_path: Path) -> None:
    book = (
        SHIPPED.replace("department: Отдел контроля качества", "department: Отдел чудес", 1)
        .replace("head_of: Маркетинг}", "head_of: Реклама}")
        .replace("funnel: Оптовые продажи}", "funnel: Опт}")
        .replace(
            "process: Сервисные заявки, funnel: Ремонт и обслуживание", "process: Сервисные заявки, funnel: Ремонт"
        )
        .replace(
            "source: {type: lead} ",
            "only_if: [{field: UF_CRM_NONE, words: заполнено}, {field: opportunity, at_least: 1, words: сумма}]\n"
            "    source: {type: lead} ",
        )
        .replace("final_stages: [success, fail]", "final_stages: [Отгружено]", 1)
        .replace("news_for: [Сервис]", "news_for: [Сервис, Склад]")
    )
    (tmp_path / "book.yaml").write_text(book, encoding="utf-8")
    lines = book.splitlines()
    with running_sandbox("trading-company") as box:
        ended = run(
            tmp_path, "rules", "check", "book.yaml", "--portal", "main", **portal_at(box.webhook)
        )  # fmt: skip
    assert ended.returncode == 1
    said = {}
    for line in ended.stderr.splitlines():
        if line.startswith("book.yaml:"):
            _, number, sentence = line.split(":", 2)
            said[sentence.strip()] = lines[int(number) - 1]
    expected = {
        "отдела «Отдел чудес» нет": "department: Отдел чудес",
        "отдела «Реклама» нет": "head_of: Реклама",
        "воронки сделок «Опт» нет на портале": "funnel: Опт",
        "воронки смарт-процесса «Ремонт» нет на портале": "funnel: Ремонт",
        "поля «UF_CRM_NONE» в карточке нет": "UF_CRM_NONE",
        "стадии «Отгружено» нет в воронке": "final_stages: [Отгружено]",
        "отдела «Склад» нет": "Склад",
    }
    for sentence, place in expected.items():
        found = [where for said_sentence, where in said.items() if said_sentence.startswith(sentence)]
        assert found, f"{sentence}: {ended.stderr}"
        assert place in found[0]
    assert len(said) == len(expected)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "портала «main» нет в настройках; есть: ни одного"),
        ({"PORTALS__MAIN__WEBHOOK": "http://127.0.0.1:9/rest/1/t0psecret/"}, "Не получилось"),
    ],
)
def test_a_portal_that_is_not_there_is_said(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    ended = run(tmp_path, "rules", "check", "--portal", "main", **settings)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "t0psecret" not in ended.stderr
