"""``.env.example`` is printed from the settings; this keeps it so."""

from __future__ import annotations

from pathlib import Path

from app.settings import env_example

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def test_the_example_says_what_the_settings_say() -> None:
    assert EXAMPLE.read_text(encoding="utf-8") == env_example(), "run: capa24 settings > .env.example"
