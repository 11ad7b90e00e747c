"""Every documented example of a built method, repeated: the same keys, the same types, or a difference with a reason.

A difference that is not in ``sandbox/coverage/differences.yaml`` fails here, and so does one there that is no more.
"""

from __future__ import annotations

from functools import cache

import pytest

from sandbox.coverage.built import Built, built_methods
from sandbox.coverage.facts import facts, index
from sandbox.coverage.known import Known, known_differences
from sandbox.coverage.shapes import Difference
from tests.sandbox.conformity.examples import differences, examined

EXAMPLES = list(examined())


@cache
def found(built: Built, number: int) -> tuple[Difference, ...]:
    return tuple(differences(built, number))


def known(built: Built, difference: Difference) -> list[Known]:
    name = built.called
    return [one for one in known_differences()["answers"] if one.covers(name, difference.path, difference.what)]


@pytest.mark.parametrize(("built", "number"), EXAMPLES, ids=lambda value: getattr(value, "called", value))
def test_an_example_is_answered_as_documented(built: Built, number: int) -> None:
    unlisted = [str(one) for one in found(built, number) if not known(built, one)]
    assert unlisted == []


def test_no_difference_is_listed_that_is_no_more() -> None:
    happened = {
        pattern
        for built, number in EXAMPLES
        for difference in found(built, number)
        for one in known(built, difference)
        for pattern in one.patterns_of(built.called, difference.path)
    }
    assert [
        pattern for one in known_differences()["answers"] for pattern in one.patterns if pattern not in happened
    ] == []


@pytest.mark.parametrize("built", built_methods(), ids=lambda built: built.called)
def test_a_built_method_follows_its_page(built: Built) -> None:
    entry = index().get(built.key)
    if any(one.concerns(built.called) for one in known_differences()["pages"]):
        assert entry is None
        return
    assert entry is not None, "no such method in the documentation, or its facts are old: see documented/README.md"
    assert entry.page == built.docs
    assert facts(*built.key) is not None, "facts of this section are missing: see documented/README.md"
