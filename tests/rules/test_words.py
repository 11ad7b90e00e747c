"""Numbers and nouns as people read them."""

from __future__ import annotations

import pytest

from rules.words import counted


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 задач"), (1, "1 задача"), (2, "2 задачи"), (5, "5 задач"), (11, "11 задач"), (12, "12 задач"),
        (21, "21 задача"), (104, "104 задачи"), (111, "111 задач"), (3.0, "3 задачи"), (8.5, "8,5 задачи"),
    ],
)  # fmt: skip
def test_the_noun_follows_its_number(value, words):
    assert counted(value, "задача", "задачи", "задач") == words
