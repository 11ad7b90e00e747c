"""PHP's flat text of nested values, both ways."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.call import JSON, result_of
from bitrix.wire import MOST_VALUES, BadForm, Form, Unsayable, command, decode_form, encode, mentions_result, plain


@pytest.mark.parametrize(
    ("params", "pairs"),
    [
        ({"id": 42}, [("id", "42")]),
        ({"fields": {"TITLE": "a b&c=d"}}, [("fields[TITLE]", "a b&c=d")]),
        ({"select": ["ID", "TITLE"]}, [("select[0]", "ID"), ("select[1]", "TITLE")]),
        ({"filter": {">=ID": 5, "0": {"logic": "OR"}}}, [("filter[>=ID]", "5"), ("filter[0][logic]", "OR")]),
        # true and false as PHP writes them
        ({"isAdmin": True, "full": False}, [("isAdmin", "1"), ("full", "0")]),
        ({"sum": 1.5}, [("sum", "1.5")]),
        ({"name": "Иван+"}, [("name", "Иван+")]),
        ({"text": ""}, [("text", "")]),
        # positions instead of names
        ([12, {"TITLE": "x"}], [("0", "12"), ("1[TITLE]", "x")]),
    ],
)
def test_nested_parameters_become_flat_pairs(params: Any, pairs: list[tuple[str, str]]) -> None:
    assert parse_qsl(encode(params), keep_blank_values=True, strict_parsing=True) == pairs


def test_a_command_without_parameters_is_its_method() -> None:
    assert command("user.current", {}) == "user.current"
    assert command("crm.item.get", {"id": 1}) == "crm.item.get?id=1"


@pytest.mark.parametrize(
    "params",
    [
        # leaving them out would mean "leave this field alone" instead of "empty it"
        {"fields": {"UF_CRM_7_X": None}},
        {"fields": {"observers": []}},
        {"filter": {}},
        # PHP would drop the rest without a word
        {"ids": list(range(MOST_VALUES + 1))},
    ],
)
def test_what_the_text_cannot_say_is_not_said_differently(params: Any) -> None:
    with pytest.raises(Unsayable):
        encode(params)


def test_a_reference_is_seen_in_an_encoded_command() -> None:
    assert result_of(0, "item", "id") == "$result[c0][item][id]"
    assert mentions_result(encode({"id": result_of(0, "item", "id")}))
    assert not mentions_result(encode({"id": "$result"}))


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"event=A&data[FIELDS][ID]=7", {"event": "A", "data": {"FIELDS": {"ID": "7"}}}),
        (b"a%5Bb%5D=x+y%20z", {"a": {"b": "x y z"}}),
        (
            b"document_id[]=crm&document_id[]=C&document_id[]=DEAL_4",
            {"document_id": {"0": "crm", "1": "C", "2": "DEAL_4"}},
        ),
        (b"a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        (b"a=", {"a": ""}),
        (b"a", {"a": ""}),
        (b"&&a=1&", {"a": "1"}),
        (b"", {}),
        ("имя=да".encode(), {"имя": "да"}),
        (b"a=1%3D2=3", {"a": "1=2=3"}),
    ],
)
def test_a_form_becomes_maps(body: bytes, form: Form) -> None:
    assert decode_form(body) == form


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"a=1&a=2", "twice"),
        (b"a[b]=1&a[b]=2", "twice"),
        (b"a=1&a[b]=2", "both a value and a map"),
        (b"a[b]=1&a=2", "twice"),
        (b"=1", "name"),
        (b"a[b=1", "name"),
        (b"a]b[=1", "name"),
        (b"[a]=1", "name"),
        (b"a%ff=1", "UTF-8"),
        (b"a=%ff%fe", "UTF-8"),
        ("a=ж".encode("cp1251"), "UTF-8"),
        ("event=A".encode("utf-16"), "UTF-8|zero byte|name"),
        (b"a=%00", "zero byte"),
        (b"a" + b"[x]" * 50 + b"=1", "deeper"),
        (b"a" * 5000 + b"=1", "name"),
        (b"&".join(b"a%d=1" % i for i in range(MOST_VALUES + 1)), "more than"),
    ],
)
def test_what_no_portal_sends_is_refused_with_a_reason(body: bytes, why: str) -> None:
    with pytest.raises(BadForm, match=why):
        decode_form(body)


@given(st.binary(max_size=300) | st.text("a[]=&%01+", max_size=60).map(str.encode))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    try:
        assert isinstance(decode_form(body), dict)
    except BadForm as refusal:
        assert str(refusal)  # noqa: PT017


NAMES = st.text("abcXYZ_09>=!%@ жё", min_size=1, max_size=8)
SAYABLE: st.SearchStrategy[Any] = st.recursive(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, SAYABLE, max_size=4))
def test_what_is_encoded_is_decoded_as_it_was(params: dict[str, Any]) -> None:
    assert decode_form(encode(params).encode()) == params


def test_lists_come_back_as_numbered_maps() -> None:
    assert decode_form(encode({"a": ["x", ["y", "z"]]}).encode()) == {"a": {"0": "x", "1": {"0": "y", "1": "z"}}}


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"fields": {"DEADLINE": object()}}, r"params\.fields\.DEADLINE is a object"),
        ({"rows": [1, {2, 3}]}, r"params\.rows\[1\] is a set"),
        ([1, b"x"], r"params\[1\] is a bytes"),
    ],
)
def test_what_json_cannot_hold_is_named_by_its_place(params: Any, place: str) -> None:
    with pytest.raises(TypeError, match=place):
        plain(params)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_numbers_and_texts_without_a_spelling_are_refused(value: JSON) -> None:
    with pytest.raises(ValueError, match=r"params\.x is not"):
        plain({"x": value})
