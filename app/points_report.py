"""The ledger of points for people at the terminal: balances, and the entries behind them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from app.storage.points import Entry, balances
from rules.words import decimal


def tables(entries: Sequence[Entry]) -> tuple[Table, ...]:
    """Balances first; nothing when there are no entries."""
    return (_balances(entries), _entries(entries)) if entries else ()


def _balances(entries: Sequence[Entry]) -> Table:
    table = Table("Портал", "Сотрудник", "Баллы", title="Баланс")
    for balance in balances(entries):
        table.add_row(balance.portal, escape(f"{balance.name} (№{balance.person})"), _points(balance.amount))
    return table


def _entries(entries: Sequence[Entry]) -> Table:
    table = Table("Когда", "Период", "Сотрудник", "Баллы", "Разбор", "Основание", title="Записи")
    for entry in entries:
        table.add_row(
            f"{entry.at.astimezone():%d.%m.%Y}",
            entry.period,
            escape(entry.posting.name),
            f"{'+' if entry.posting.amount > 0 else ''}{_points(entry.posting.amount)}",
            f"№{entry.case.case_id} ({entry.case.key})",
            escape(entry.posting.rule),
        )
    return table


def _points(amount: float) -> str:
    return decimal(amount)
