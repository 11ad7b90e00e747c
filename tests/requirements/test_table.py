"""The table of requirements says what the tests say."""

from __future__ import annotations

from tests.requirements.table import TABLE, as_markdown, capabilities, proofs


def test_every_number_named_by_a_test_is_a_requirement() -> None:
    named = {number: proof for proof in proofs() for number in proof.numbers}
    unknown = {number: proof.test for number, proof in named.items() if number not in capabilities()}
    assert unknown == {}


def test_all_requirements_are_listed_once() -> None:
    assert list(capabilities()) == [f"S{number}" for number in range(1, 92)] + [f"R{number}" for number in range(1, 29)]


def test_the_table_in_the_documentation_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == as_markdown(), "run: .venv/bin/python -m tests.requirements"
