"""Writes COVERAGE.md: what of the Sheets API is built here. ``python -m sandbox.sheets.coverage``"""

from __future__ import annotations

import inspect
from pathlib import Path

from sandbox.sheets.faults import KINDS
from sandbox.sheets.methods import METHODS
from sandbox.sheets.requests import HANDLERS
from sandbox.sheets.schema import SHAPES

PAGE = Path(__file__).with_name("COVERAGE.md")
_WORDS = Path(__file__).with_name("coverage_words.md")


def written() -> str:
    """The page: what can be counted is counted here, the rest stands in ``coverage_words.md``."""
    return (
        _WORDS.read_text("utf-8")
        .replace("{methods}", _methods())
        .replace("{built}", _built())
        .replace("{missing}", ", ".join(f"`{kind}`" for kind in SHAPES["Request"] if kind not in HANDLERS))
        .replace("{count}", f"{len(HANDLERS)} of {len(SHAPES['Request'])}")
        .replace("{faults}", "\n".join(f"| `{kind}` | {what} |" for kind, what in KINDS.items()))
    )


def _methods() -> str:
    lines = []
    for method in METHODS:
        counted = "reads" if method.reads else "writes"
        lines.append(f"| `{method.name}` | {method.verb} | {counted} | {_note(method.run)} |")
    return "\n".join(lines)


def _built() -> str:
    return "\n".join(f"| `{kind}` | {_note(HANDLERS[kind])} |" for kind in SHAPES["Request"] if kind in HANDLERS)


def _note(function: object) -> str:
    """What its docstring adds to the reference."""
    return " ".join((inspect.getdoc(function) or "").split()).replace("``", "`").replace("|", "\\|")


def main() -> None:
    PAGE.write_text(written(), "utf-8")


if __name__ == "__main__":
    main()
