"""Bonus points (S37): what the verdict grants, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules import points
from rules.model import Stage
from tests.builders import BOOK, MANAGER, reached


@pytest.mark.parametrize(
    ("verdict", "responsible", "granted"),
    [
        ("correct", MANAGER, 10),
        ("improvable", MANAGER, 0),
        ("partly_correct", MANAGER, 0),
        # nobody to grant them to
        ("correct", None, 0),
        # not judged, or by a verdict that has left the rulebook
        (None, MANAGER, 0),
        ("abolished", MANAGER, 0),
    ],
)
def test_the_verdict_grants_points(verdict: str | None, responsible: int | None, granted: float) -> None:
    case = replace(reached(Stage.SUCCESS, verdict="correct"), verdict=verdict, responsible_id=responsible)
    assert points.deserved(case, BOOK) == granted


@pytest.mark.parametrize(
    ("verdict", "on_the_card", "sentence"),
    [
        ("correct", None, "Мария Продавцова: начислено баллов: 10."),
        # the card says so already (a crash after it was written): said all the same
        ("correct", 10.0, "Мария Продавцова: начислено баллов: 10."),
        ("partly_correct", None, ""),
        ("partly_correct", 0.0, ""),
        # R25: taken back
        ("partly_correct", 10.0, "Начисленные раньше баллы (10) сняты: вердикт изменён."),
    ],
)
def test_what_is_said_about_points(verdict: str, on_the_card: float | None, sentence: str) -> None:
    assert points.sentence(reached(Stage.SUCCESS, verdict=verdict, points=on_the_card), BOOK) == sentence
