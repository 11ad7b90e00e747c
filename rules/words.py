"""Numbers and nouns as Russian writes them, for every text that people read."""

from __future__ import annotations


def decimal(value: float) -> str:
    """``8,5``: whole numbers without a fraction, a comma before it."""
    return f"{value:g}".replace(".", ",")


def counted(value: float, one: str, few: str, many: str) -> str:
    """``2 задачи``; a fraction has one of something: ``8,5 часа``."""
    return f"{decimal(value)} {form(int(value), one, few, many) if value == int(value) else few}"


def form(count: int, one: str, few: str, many: str) -> str:
    """The form of a noun behind a number: 1 задача, 2 задачи, 5 задач."""
    if count % 100 in range(11, 15):
        return many
    return one if count % 10 == 1 else few if count % 10 in (2, 3, 4) else many
