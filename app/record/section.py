"""The parts a record is made of: numbered sections with facts and tables, or the reason why there is no data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fact:
    name: str
    text: str


@dataclass(frozen=True)
class Table:
    """``rows`` have as many cells as ``columns``; an empty cell says nothing."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Section:
    """One number of the requirements (R1-R28)."""

    number: str
    title: str
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    no_data: str = ""
    """Why there is nothing; empty when there is something."""


@dataclass(frozen=True)
class Group:
    title: str
    sections: tuple[Section, ...]


def section(
    number: str, title: str, facts: Sequence[tuple[str, str]] = (), tables: Sequence[Table] = (), *, otherwise: str
) -> Section:
    """What of this is filled; when nothing is, ``otherwise`` says why."""
    filled = tuple(Fact(name, text) for name, text in facts if text)
    with_rows = tuple(table for table in tables if table.rows)
    empty = not filled and not with_rows
    return Section(number, title, filled, with_rows, otherwise if empty else "")


def as_json(section: Section) -> dict[str, Any]:
    """For programs: the same, tables as lists of objects."""
    return {
        "title": section.title,
        "facts": {fact.name: fact.text for fact in section.facts},
        "tables": [
            {"title": table.title, "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows]}
            for table in section.tables
        ],
        "no_data": section.no_data or None,
    }
