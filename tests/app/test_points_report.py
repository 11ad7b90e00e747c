"""``capa24 points``: balances, and the entries behind them (S76, R25)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from app.points_report import tables
from app.storage.points import BookedCase, Entry, Posting
from tests.terminal import run

MONDAY = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CASE = BookedCase("main", 24, "deal:42#1")


def an_entry(amount: float, rule: str, person: int = 31, name: str = "Мария Продавцова") -> Entry:
    return Entry(CASE, Posting(person, name, amount, rule), MONDAY, "2026-11")


@pytest.mark.requirement("S76", "R25")
def test_balances_stand_above_the_entries_they_come_from() -> None:
    entries = [an_entry(10, "вердикт «Абсолютно корректный»"), an_entry(-2.5, "исправлено на карточке разбора")]
    console = Console(record=True, width=160, file=None)
    with console.capture() as shown:
        for table in tables(entries):
            console.print(table)
    text = shown.get()
    assert "Мария Продавцова (№31)" in text
    assert text.index("7,5") < text.index("+10") < text.index("-2,5")
    assert "№24 (deal:42#1)" in text
    assert "вердикт «Абсолютно корректный»" in text


def test_a_name_is_text_and_not_markup() -> None:
    console = Console(record=True, width=160)
    with console.capture() as shown:
        for table in tables([an_entry(1, "[bold]правило[/]", name="[red]Иван")]):
            console.print(table)
    assert "[red]Иван" in shown.get()
    assert "[bold]правило[/]" in shown.get()


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    ended = run(tmp_path, "points", PORTALS__MAIN__WEBHOOK="http://127.0.0.1:9/rest/1/secret/")
    assert (ended.returncode, ended.stdout.strip()) == (0, "Записей о баллах нет.")
