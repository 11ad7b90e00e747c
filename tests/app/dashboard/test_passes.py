"""Passes: only what we signed for this purpose, unchanged and in time, says who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.dashboard.passes import Bearer, PassRefused, read, sign

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SECRET = "s3cret-of-this-dashboard"
SOMEBODY = Bearer("main", 8, NOW + timedelta(days=35))
PASS = sign(SOMEBODY, "link", SECRET)


def test_what_was_signed_is_read_until_it_expires() -> None:
    assert read(PASS, "link", SECRET, NOW) == SOMEBODY
    assert read(PASS, "link", SECRET, SOMEBODY.until - timedelta(seconds=1)) == SOMEBODY
    with pytest.raises(PassRefused):
        read(PASS, "link", SECRET, SOMEBODY.until)


def test_a_pass_is_good_for_its_purpose_and_its_secret_only() -> None:
    with pytest.raises(PassRefused):
        read(PASS, "session", SECRET, NOW)
    with pytest.raises(PassRefused):
        read(PASS, "link", SECRET + "!", NOW)


@settings(deadline=None)
@given(at=st.integers(0, len(PASS) - 1), character=st.characters(codec="utf-8"))
def test_another_character_anywhere_is_refused(at: int, character: str) -> None:
    changed = PASS[:at] + character + PASS[at + 1 :]
    if changed == PASS:
        assert read(changed, "link", SECRET, NOW) == SOMEBODY
        return
    with pytest.raises(PassRefused):
        read(changed, "link", SECRET, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        PASS[:-1],
        PASS + "A",
        PASS.split(".", maxsplit=1)[0],
        "." + PASS.split(".")[1],
        "A" * 5000,
        "я.я",
        PASS + ".",
    ],
)
def test_anything_else_is_refused_without_a_word(text: str) -> None:
    with pytest.raises(PassRefused) as refused:
        read(text, "link", SECRET, NOW)
    assert str(refused.value) == ""


@settings(deadline=None)
@given(st.text(max_size=30), st.integers(0, 2**53), st.integers(1, 10**6))
def test_whoever_it_is_the_pass_fits_an_address(portal: str, person: int, seconds: int) -> None:
    bearer = Bearer(portal, person, NOW + timedelta(seconds=seconds))
    text = sign(bearer, "session", SECRET)
    assert read(text, "session", SECRET, NOW) == bearer
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
