"""Every built method, provoked: it refuses with a status and a code its page names, and as the page's example does."""

from __future__ import annotations

from functools import cache

import pytest

from sandbox.coverage.built import Built, built_methods
from sandbox.coverage.facts import Refusal, facts
from sandbox.coverage.known import Known, known_differences
from tests.sandbox.conformity.recipes import recipe
from tests.sandbox.conformity.refusals import provoked, undocumented, unreached

METHODS = [built for built in built_methods() if recipe(built.called, 1) is not None and facts(*built.key) is not None]


@cache
def found(built: Built) -> tuple[tuple[str, str], ...]:
    """Code and kind of every difference."""
    documented, outcomes = facts(*built.key), provoked(built)
    assert documented is not None
    return (
        *((refusal.code, f"undocumented: {what}") for what, refusal in undocumented(documented, outcomes)),
        *((refusal.code, "not reached") for refusal in unreached(documented, outcomes)),
    )


def known(built: Built, code: str, what: str) -> list[Known]:
    name = built.called
    return [one for one in known_differences()["refusals"] if one.covers(name, code, what)]


@pytest.mark.parametrize("built", METHODS, ids=lambda built: built.called)
def test_a_method_refuses_as_documented(built: Built) -> None:
    assert [(code, what) for code, what in found(built) if not known(built, code, what)] == []


@pytest.mark.parametrize("built", METHODS, ids=lambda built: built.called)
def test_nothing_breaks_a_method(built: Built) -> None:
    outcomes = provoked(built)
    broken = {what: one for what, one in outcomes.items() if isinstance(one, Refusal) and one.status == 500}
    assert broken == {}


def test_no_difference_is_listed_that_is_no_more() -> None:
    happened = {
        pattern
        for built in METHODS
        for code, what in found(built)
        for one in known(built, code, what)
        for pattern in one.patterns_of(built.called, code)
    }
    listed = [pattern for one in known_differences()["refusals"] for pattern in one.patterns]
    assert [pattern for pattern in listed if pattern not in happened] == []
