"""What comes in is checked where it comes in."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.sheets_sync.builders import a_record


@pytest.mark.parametrize("key", ["deal:42#1", "lead:7#12", "item:1090:12#2", "portal.ru/deal:1#1"])
def test_keys_that_can_be_found_again(key: str) -> None:
    assert a_record(key=key).key == key


@pytest.mark.parametrize("key", ["", "42", "deal:42", "deal 42#1", "=deal:42#1\n", "итого", "deal:42#", "deal:4 2#1"])
def test_a_key_that_users_might_have_typed_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="deal:42#1"):
        a_record(key=key)


@pytest.mark.parametrize("name", ["started_at", "finalised_at"])
def test_a_naive_moment_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} of deal:1#1 has no time zone"):
        a_record(**{name: datetime(2026, 1, 1)})  # noqa: DTZ001
