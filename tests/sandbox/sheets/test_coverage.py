"""The page about what is built says what is built."""

from __future__ import annotations

from sandbox.sheets.coverage import PAGE, written


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == written(), "run: python -m sandbox.sheets.coverage"
