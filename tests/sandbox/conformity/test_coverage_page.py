"""``sandbox/COVERAGE.md`` says what is true now."""

from __future__ import annotations

from sandbox.coverage.built import built_methods
from sandbox.coverage.facts import index
from sandbox.coverage.known import known_differences
from sandbox.coverage.page import PAGE, coverage_page
from sandbox.portal.dispatch import documented_methods


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == coverage_page(), "run: python -m sandbox.coverage page"


def test_every_documented_method_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in documented_methods().values() if name not in text] == []
    assert [entry.method for entry in index().values() if entry.method not in text] == []


def test_differences_are_about_methods_that_exist() -> None:
    names = [one.called for one in built_methods()]
    known = [one for section in ("answers", "refusals") for one in known_differences()[section]]
    assert [one.methods for one in known if not any(one.concerns(name) for name in names)] == []
