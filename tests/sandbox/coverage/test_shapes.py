"""Answers reduced to shapes, and what counts as a difference between two."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.coverage.shapes import compare, merge, shape_of

NAMES = st.sampled_from(["id", "title", "group", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (8017, "number"),
        (0.5, "number"),
        (True, "bool"),
        (None, "null"),
        ("", "empty"),
        ("8017", "digits"),
        ("100.50", "digits"),
        ("Y", "flag"),
        ("2026-01-15", "date"),
        ("2026-01-15T12:00:00+03:00", "datetime"),
        ("2026-01-15 12:00:00", "moment"),
        ("15.01.2026 12:00", "dotted"),
        ("Поставка", "string"),
        ([], []),
        ([1, "1"], ["digits|number"]),
        ([{"a": 1}, {"a": 2, "b": 3}], [{"a": "number", "b?": "number"}]),
        ([[], {"a": 1}], [{"|": [[], {"a": "number"}]}]),
        # keys that are ids, user fields, parents and languages are folded
        ({"5": {"ID": "5"}, "6": {"ID": "x"}}, {"<number>": {"ID": "digits|string"}}),
        ({"UF_CRM_7_KIND": 1, "UF_CRM_TASK": []}, {"<user field>": "number", "UF_CRM_TASK": []}),
        ({"parentId1030": None}, {"<parent>": "null"}),
        ({"ru": "Вид", "en": "Kind"}, {"<language>": "string"}),
        ({"id": 1}, {"id": "number"}),
    ],
)
def test_a_value_has_a_shape(value, shape):
    assert shape_of(value) == shape


@pytest.mark.parametrize(
    ("documented", "answered", "found"),
    [
        ({"id": "1"}, {"id": "2"}, []),
        ({"id": "1"}, {"id": 2}, ["id: type"]),
        ({"id": "1"}, {"id": "x"}, ["id: format"]),
        ({"title": "x"}, {"title": "1"}, []),  # any text is a title
        ({"id": "1"}, {}, ["id: missing"]),
        ({}, {"id": 1}, []),  # an empty map in an example says nothing about its keys
        ({"a": 1}, {"a": 1, "b": 2}, ["b: undocumented"]),
        ({"a": 1}, {"a": 1, "named": 2}, []),
        ({"at": "2026-01-15"}, {"at": "2026-01-15T12:00:00+03:00"}, ["at: format"]),
        ({"at": "2026-01-15"}, {"at": ""}, []),
        ({"at": "2026-01-15"}, {"at": None}, ["at: null"]),
        ({"at": None}, {"at": {"any": "thing"}}, []),
        ({"rows": [{"a": 1}]}, {"rows": []}, ["rows: nothing inside"]),
        ({"rows": []}, {"rows": [{"a": 1}]}, []),
        ({"rows": [{"a": 1}]}, {"rows": [{"a": 1}, {}]}, ["rows[].a: sometimes missing"]),
        ({"rows": [{"a": 1}, {}]}, {"rows": [{}]}, []),
        ({"map": {"a": 1}}, {"map": []}, ["map: nothing inside"]),
        ({"map": []}, {"map": {"a": 1}}, []),  # PHP writes an empty map as a list
        ({"map": {"a": 1}}, {"map": [1]}, ["map: type"]),
        ({"5": {"a": 1}}, {"7": {"a": "x"}}, ["<number>.a: type"]),
        ({"UF_CRM_1": 1}, {"UF_CRM_2": "x"}, []),
    ],
)
def test_differences(documented, answered, found):
    differences = compare(shape_of(documented), shape_of(answered), frozenset({"named"}))
    assert [f"{one.path}: {one.what}" for one in differences] == found


@given(VALUES)
def test_an_answer_like_the_example_is_no_difference(value):
    assert compare(shape_of(value), shape_of(value)) == []


@given(VALUES, VALUES)
@example(one=[[]], other=[False, [None]])
def test_both_ways_of_answering_are_documented_by_two_examples(one, other):
    """A shape doesn't remember that a list was empty in one of them."""
    both = merge(shape_of([one]), shape_of([other]))
    differences = [*compare(both, shape_of([one])), *compare(both, shape_of([other]))]
    assert [difference for difference in differences if difference.what != "nothing inside"] == []
