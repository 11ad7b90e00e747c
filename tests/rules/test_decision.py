"""A decision is made of the commands that are really there."""

from __future__ import annotations

from rules.decision import NOTHING, CompleteTask, do


def test_what_is_absent_is_no_command() -> None:
    decision = do((None, CompleteTask(1), None), because=["причина"])
    assert decision.commands == (CompleteTask(1),)
    assert decision.because == ("причина",)


def test_nothing_is_nothing() -> None:
    assert do((), because=()) == NOTHING
