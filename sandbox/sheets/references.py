"""References inside formulas: how they follow rows and columns that appear or go, and cells that are copied."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.sheets.formulas import TOKEN
from sandbox.sheets.ranges import Change, column_index, column_name, split_title

_END = re.compile(r"(\$?)([A-Za-z]{0,3})(\$?)(\d*)")
LOST = "#REF!"


def shifted(formula: str, shift: Change, is_on_sheet: Callable[[str | None], bool]) -> str:
    """The formula after an insertion, a deletion or a move.

    ``is_on_sheet`` tells whether a title (None: the formula's own sheet) is the sheet where that happened.
    """

    def follow(reference: str) -> str:
        title, cells = split_title(reference)
        if not is_on_sheet(title):
            return reference
        first, last = _ends(cells)
        at = "row" if shift.dimension == "ROWS" else "column"
        start, end = getattr(first, at), getattr(last, at)
        if start is None or end is None:
            return reference
        span = shift.span(start, end + 1)
        if span is None:
            return LOST
        if span == (start, end + 1):
            return reference
        moved = _End(**{**vars(first), at: span[0]}), _End(**{**vars(last), at: span[1] - 1})
        return _written(reference, cells, moved)

    return _each_reference(formula, follow)


def moved(formula: str, rows: int, columns: int) -> str:
    """The formula copied that many cells away: what has no ``$`` moves along."""

    if not rows and not columns:
        return formula

    def move(reference: str) -> str:
        _, cells = split_title(reference)
        ends = tuple(end.moved(rows, columns) for end in _ends(cells))
        if any((end.row or 0) < 0 or (end.column or 0) < 0 for end in ends):
            return LOST
        return _written(reference, cells, ends)

    return _each_reference(formula, move)


class _End:
    """One corner of a reference; ``row`` or ``column`` is None where it names none."""

    def __init__(self, column: int | None, row: int | None, column_sign: str, row_sign: str) -> None:
        self.column, self.row, self.column_sign, self.row_sign = column, row, column_sign, row_sign

    def moved(self, rows: int, columns: int) -> _End:
        column = self.column if self.column is None or self.column_sign else self.column + columns
        row = self.row if self.row is None or self.row_sign else self.row + rows
        return _End(column, row, self.column_sign, self.row_sign)

    def __str__(self) -> str:
        column = "" if self.column is None else self.column_sign + column_name(self.column)
        return column + ("" if self.row is None else f"{self.row_sign}{self.row + 1}")


def _ends(cells: str) -> tuple[_End, _End]:
    first, _, last = cells.partition(":")
    return _end(first), _end(last or first)


def _end(text: str) -> _End:
    match = _END.fullmatch(text)
    if match is None:
        raise ValueError(f"not a reference: {text}")
    sign, column, row_sign, row = match.groups()
    return _End(column_index(column) if column else None, int(row) - 1 if row else None, sign, row_sign)


def _written(reference: str, cells: str, ends: tuple[_End, ...]) -> str:
    prefix = reference.removesuffix(cells)
    return prefix + (f"{ends[0]}:{ends[1]}" if ":" in cells else str(ends[0]))


def _each_reference(formula: str, change: Callable[[str], str]) -> str:
    """What the calculator would read as a reference is changed, all else kept to the letter."""
    out, position = [], 0
    while match := TOKEN.match(formula, position):
        text = match["ref"]
        if text and text != LOST:
            out.append(formula[position : match.start("ref")] + change(text))
        else:
            out.append(match[0])
        position = match.end()
    return "".join(out) + formula[position:]
