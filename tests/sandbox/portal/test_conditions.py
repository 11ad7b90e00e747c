from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.clock import SERVER_ZONE
from sandbox.portal.conditions import TESTS, Column, Kind, make_condition, read_conditions, split_key

JANUARY_15 = datetime(2026, 1, 15, 12, 0, tzinfo=SERVER_ZONE)

PREFIXES = ("!=%", "!%=", "=%", "%=", "!%", "!@", "!=", ">=", "<=", ">", "<", "@", "%", "=", "!", "><", "!><", "?")


@pytest.mark.parametrize(
    ("key", "prefix", "name"),
    [
        ("ID", "", "ID"),
        ("!ID", "!", "ID"),
        ("!=ID", "!=", "ID"),
        ("!=%NAME", "!=%", "NAME"),
        ("><ID", "><", "ID"),
        (">=ID", ">=", "ID"),
    ],
)
def test_the_longest_prefix_counts(key, prefix, name):
    assert split_key(key, sorted(PREFIXES, key=len, reverse=True)) == (prefix, name)


@pytest.mark.parametrize(
    ("prefix", "kind", "wanted", "holds_for", "not_for"),
    [
        ("", Kind.NUMBER, 5, [5], [4, 0]),
        ("", Kind.NUMBER, "5", [5], [4]),
        ("", Kind.NUMBER, [1, "2"], [1, 2], [3]),
        ("", Kind.NUMBER, "abc", [0], [5]),  # PHP takes it for 0
        ("", Kind.NUMBER, "", [0], [5]),
        ("", Kind.NUMBER, 5, [frozenset({5, 6})], [frozenset({6}), frozenset()]),
        ("!", Kind.NUMBER, 5, [4, frozenset({6}), frozenset()], [5, frozenset({5, 6})]),
        ("!@", Kind.NUMBER, [5, 6], [4], [5, 6]),
        (">", Kind.NUMBER, 5, [6], [5, 4]),
        (">=", Kind.NUMBER, 5, [5], [4]),
        ("<", Kind.NUMBER, 5, [4], [5]),
        ("<=", Kind.NUMBER, 5, [5], [6]),
        ("><", Kind.NUMBER, [5, 7], [5, 6, 7], [4, 8]),
        ("!><", Kind.NUMBER, [5, 7], [4, 8], [6]),
        ("", Kind.TEXT, "Опт", ["опт", "ОПТ"], ["оптом", ""]),
        ("", Kind.TEXT, "50%", ["50%"], ["500"]),  # no mask here
        ("", Kind.TEXT, "опт", [frozenset({"Опт", "розница"})], [frozenset()]),
        ("", Kind.MASK, "оп%", ["ОПТ", "оп"], ["топ"]),
        ("", Kind.MASK, "о_т", ["опт"], ["от"]),
        ("", Kind.MASK, "опт", ["опт"], ["оптом"]),
        ("%", Kind.TEXT, "пт", ["оптом"], ["розница", None]),
        ("!%", Kind.TEXT, "пт", ["розница"], ["оптом"]),
        ("=%", Kind.TEXT, "%ом", ["оптом"], ["омут"]),
        ("!=%", Kind.TEXT, "%ом", ["омут"], ["оптом"]),
        ("?", Kind.TEXT, "пт", ["оптом"], ["розница"]),
        ("", Kind.FLAG, "Y", [1], [0]),
        ("", Kind.FLAG, False, [0], [1]),
        (">=", Kind.MOMENT, "2026-01-15T09:00:00Z", [JANUARY_15], [JANUARY_15.replace(hour=11), None]),
        ("<", Kind.MOMENT, "2026-01-16", [JANUARY_15], [JANUARY_15.replace(day=16), None]),
        ("", Kind.MOMENT, "", [None], [JANUARY_15]),
        ("!", Kind.MOMENT, "", [JANUARY_15], [None]),
        (">", Kind.MOMENT, "завтра", [], [JANUARY_15, None]),  # an unreadable date selects nothing
    ],
)
def test_what_a_prefix_means(prefix, kind, wanted, holds_for, not_for):
    test = make_condition("NAME", prefix, kind, wanted).test

    assert [value for value in holds_for if not test(value)] == []
    assert [value for value in not_for if test(value)] == []


@dataclass
class Row:
    id: int


COLUMNS = {"ID": Column[Row](Kind.NUMBER, lambda row: row.id)}


def test_names_and_prefixes_nobody_knows_are_passed_over():
    conditions = read_conditions({"ID": 1, "XML_ID": "x", "@ID": [1], "logic": "OR"}, COLUMNS, ("!", ">"))

    assert [(condition.prefix, condition.name) for condition in conditions] == [("", "ID")]


WORDS = st.text("аЯz059%_-.: ", max_size=8)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    max_leaves=5,
)


@given(
    prefix=st.sampled_from([*TESTS, *(f"!{prefix}" for prefix in TESTS)]),
    kind=st.sampled_from(Kind),
    wanted=JSON_VALUES,
    value=st.none() | st.integers() | WORDS | st.frozensets(st.integers()) | st.just(JANUARY_15),
)
def test_whatever_a_client_sends_is_answered_and_not_is_the_opposite(prefix, kind, wanted, value):
    test = make_condition("NAME", prefix, kind, wanted).test
    opposite = prefix[1:] if prefix.startswith("!") else f"!{prefix}"

    assert test(value) is not make_condition("NAME", opposite, kind, wanted).test(value)
