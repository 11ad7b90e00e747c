"""From markers in the tests to a table: number, capability, tests, state.

A test names what it proves with ``@pytest.mark.requirement("S37", "R25")``. The markers are read from the source text,
so the table doesn't depend on which tests are run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent.parent
CAPABILITIES = Path(__file__).with_name("capabilities.txt")
TABLE = TESTS.parent / "docs" / "requirements.md"
MARKER = "requirement"
SHOWN = 4
"""Tests named in a row; the others are counted."""


@dataclass(frozen=True)
class Proof:
    """One test and the requirements it names."""

    file: str
    test: str
    numbers: tuple[str, ...]


def capabilities() -> Mapping[str, str]:
    """Requirement number to what it asks for, in the order of the list."""
    lines = CAPABILITIES.read_text(encoding="utf-8").splitlines()
    parted = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {number: text for number, _, text in parted}


def proofs() -> tuple[Proof, ...]:
    """Every marked test below ``tests``."""
    found: list[Proof] = []
    for file in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                numbers = tuple(number for each in node.decorator_list for number in _numbers(each))
                if numbers:
                    name = file.relative_to(TESTS.parent).as_posix()
                    found.append(Proof(name, node.name, numbers))
    return tuple(found)


def _numbers(decorator: ast.expr) -> Iterator[str]:
    """The numbers in ``@pytest.mark.requirement(...)``; nothing for another decorator."""
    if not (isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == f"pytest.mark.{MARKER}"):
        return
    for argument in decorator.args:
        yield ast.literal_eval(argument)


def as_markdown() -> str:
    """The page docs/requirements.md."""
    by_number: dict[str, list[Proof]] = {number: [] for number in capabilities()}
    for proof in proofs():
        for number in proof.numbers:
            by_number[number].append(proof)
    proven = sum(1 for found in by_number.values() if found)
    lines = [
        "# Requirements and the tests that prove them",
        "",
        "Written by `.venv/bin/python -m tests.requirements` from the markers in the tests; don't edit. `S` numbers",
        "are the capabilities of the case study, `R` numbers the data that a corrective-action record retains (ISO",
        "9001, clause 10.2). Run a proof with `.venv/bin/python -m pytest -k <test>`.",
        "",
        f"Proven: {proven} of {len(by_number)}.",
        "",
        "| No. | Capability | Test | State |",
        "| --- | --- | --- | --- |",
    ]
    for number, capability in capabilities().items():
        found = by_number[number]
        lines.append(f"| {number} | {_cell(capability)} | {_tests(found)} | {'works' if found else 'not yet'} |")
    return "\n".join(lines) + "\n"


def _tests(found: list[Proof]) -> str:
    shown = [f"[{proof.test}](../{proof.file})" for proof in found[:SHOWN]]
    more = len(found) - SHOWN
    return "<br>".join(shown) + (f"<br>and {more} more" if more > 0 else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
