"""Forms the way PHP writes and reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.php import decode_query, encode


@pytest.mark.parametrize(
    ("form", "decoded"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("fields[TITLE]=x", {"fields": {"TITLE": "x"}}),
        ("fields%5BTITLE%5D=x%26y", {"fields": {"TITLE": "x&y"}}),
        ("select[]=ID&select[]=TITLE", {"select": ["ID", "TITLE"]}),
        (
            "fields[PHONE][0][VALUE]=1&fields[PHONE][1][VALUE]=2",
            {"fields": {"PHONE": [{"VALUE": "1"}, {"VALUE": "2"}]}},
        ),
        ("filter[>ID]=5", {"filter": {">ID": "5"}}),
        # not 0..n-1 in order: a map
        ("a[1]=x&a[2]=y", {"a": {"1": "x", "2": "y"}}),
        # an empty step appends after the largest number
        ("a[5]=x&a[]=y", {"a": {"5": "x", "6": "y"}}),
        # the last one wins, also over a value of another shape
        ("a=1&a=2", {"a": "2"}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        # a variable of PHP cannot contain these
        ("a.b=1&c d=2", {"a_b": "1", "c_d": "2"}),
        # unclosed: the bracket becomes part of the name
        ("a[b=1", {"a_b": "1"}),
        # what follows a closed step is dropped
        ("a[b]c=1", {"a": {"b": "1"}}),
        ("a", {"a": ""}),
        ("", {}),
        ("=1", {}),
    ],
)
def test_reading(form: str, decoded: object) -> None:
    assert decode_query(form) == decoded


@pytest.mark.parametrize(
    ("data", "form"),
    [
        ({"a": True, "b": False, "c": None}, "a=1&b=0&c="),
        ({"data": {"FIELDS": {"ID": 5}}}, "data%5BFIELDS%5D%5BID%5D=5"),
        ({"tags": ["x", "y"]}, "tags%5B0%5D=x&tags%5B1%5D=y"),
        # nothing is left of an empty list
        ({"a": [], "b": "1"}, "b=1"),
    ],
)
def test_writing(data: dict, form: str) -> None:
    assert encode(data) == form


def test_what_is_nested_too_deep_is_dropped() -> None:
    deep = "a" + "[b]" * 100
    assert decode_query(f"{deep}=1&c=2") == {"c": "2"}


names = st.text(alphabet="abcXYZ_019>!", min_size=1, max_size=6).filter(lambda name: not name.isdigit())
leaves = st.text(max_size=8)
trees = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.lists(below, min_size=1, max_size=3), st.dictionaries(names, below, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(names, trees, max_size=4))
def test_what_is_written_is_read_back(data: dict) -> None:
    assert decode_query(encode(data)) == data


@given(st.text())
def test_nonsense_is_read_somehow(text: str) -> None:
    assert isinstance(decode_query(text), dict)
