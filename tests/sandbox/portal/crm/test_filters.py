"""Filters of CRM lists, without a portal: api-reference/crm/universal/crm-item-list.md."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.values import DATE, DIGIT_FLAG, FLAG, INTEGER, MOMENT, NUMBER, TEXT
from sandbox.portal.errors import RestError

COLUMNS = {
    "id": Column("id", INTEGER, lambda row: row.get("id")),
    "title": Column("title", TEXT, lambda row: row.get("title")),
    "amount": Column("amount", NUMBER, lambda row: row.get("amount")),
    "opened": Column("opened", FLAG, lambda row: row.get("opened", False)),
    "UF_OK": Column("UF_OK", DIGIT_FLAG, lambda row: row.get("UF_OK", False)),
    "begin": Column("begin", DATE, lambda row: row.get("begin")),
    "created": Column("created", MOMENT, lambda row: row.get("created")),
    "observers": Column("observers", INTEGER, lambda row: row.get("observers", ())),
}
ROWS = [
    {"id": 1, "title": "Молоко", "amount": 10, "opened": True, "observers": (1, 2), "begin": date(2026, 1, 15)},
    {"id": 2, "title": "Хлеб и молоко", "amount": 20.5, "UF_OK": True, "observers": (3,)},
    {"id": 3, "title": "", "created": datetime.fromisoformat("2026-01-15T10:00:00+03:00")},
]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({}, [1, 2, 3]),
        ({"id": 2}, [2]),
        ({"id": "2"}, [2]),
        ({"=id": 2}, [2]),
        ({"id": [1, "3"]}, [1, 3]),
        ({"@id": [1, 3]}, [1, 3]),
        ({"@id": {"0": 1, "1": 3}}, [1, 3]),
        ({"!@id": [1, 3]}, [2]),
        ({"!id": 2}, [1, 3]),
        ({"!=id": 2}, [1, 3]),
        ({">id": 1}, [2, 3]),
        ({">=id": 2, "<id": 3}, [2]),
        ({"<=id": 1}, [1]),
        # text is compared without regard to case
        ({"title": "МОЛОКО"}, [1]),
        ({"%title": "молок"}, [1, 2]),
        ({"!%title": "хлеб"}, [1, 3]),
        ({"=%title": "мол%"}, [1]),
        ({"%=title": "%молоко"}, [1, 2]),
        ({"=%title": "_олоко"}, [1]),
        ({"!=%title": "мол%"}, [2, 3]),
        ({"!%=title": "мол%"}, [2, 3]),
        # empty and not empty
        ({"title": ""}, [3]),
        ({"!=title": ""}, [1, 2]),
        ({"amount": None}, [3]),
        ({"!amount": None}, [1, 2]),
        ({"amount": [None, 10]}, [1, 3]),
        # nothing is greater or smaller than what is not there
        ({">amount": 0}, [1, 2]),
        ({"<amount": 100}, [1, 2]),
        ({"opened": "Y"}, [1]),
        ({"opened": "N"}, [2, 3]),
        ({"UF_OK": 1}, [2]),
        ({"UF_OK": "0"}, [1, 3]),
        ({"observers": 2}, [1]),
        ({"!observers": 2}, [2, 3]),
        ({">=begin": "2026-01-15"}, [1]),
        ({">begin": "2026-01-15"}, []),
        ({"begin": "2026-01-15T03:00:00+03:00"}, [1]),
        ({">=created": "2026-01-15T08:00:00+01:00"}, [3]),
        ({">created": "2026-01-15T10:00:00+03:00"}, []),
        # logic
        ({"0": {"logic": "OR", "0": {"id": 1}, "1": {"id": 3}}}, [1, 3]),
        ({"logic": "OR", "id": 1, "title": ""}, [1, 3]),
        ({"0": {"logic": "OR", "0": {"id": 1, "title": "нет"}, "1": {">id": 1}}, "!id": 3}, [2]),
        ({"0": [{"id": 1}, {"title": "молоко"}]}, [1]),
        ({"0": {"logic": "AND", "0": {"id": 1}, "1": {"id": 2}}}, []),
    ],
)
def test_what_is_found(sent: dict, found: list[int]) -> None:
    wanted = compile_filter(sent, COLUMNS)
    assert [row["id"] for row in ROWS if wanted.matches(row)] == found


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"nope": 1}, "field 'nope' is not allowed in filter"),
        ({"!%nope": 1}, "field 'nope' is not allowed in filter"),
        ({"0": {"logic": "OR", "0": {"nope": 1}}}, "field 'nope' is not allowed in filter"),
        ({"0": 5}, "field '0' is not allowed in filter"),
        ({"id": "many"}, "field 'id' has invalid value"),
        ({">created": "yesterday"}, "field 'created' has invalid value"),
        # user fields of type boolean know 1 and 0 only
        ({"UF_OK": "Y"}, "field 'UF_OK' has invalid value"),
    ],
)
def test_what_is_refused(sent: dict, words: str) -> None:
    with pytest.raises(RestError) as refused:
        compile_filter(sent, COLUMNS)
    assert refused.value.code == "INVALID_ARG_VALUE"
    assert words in refused.value.description


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ([], [1, 2, 3]),
        ([("id", "DESC")], [3, 2, 1]),
        # what is empty comes first
        ([("amount", "ASC")], [3, 1, 2]),
        ([("amount", "DESC")], [2, 1, 3]),
        ([("opened", "DESC"), ("id", "DESC")], [1, 3, 2]),
    ],
)
def test_order(order: list[tuple[str, str]], ids: list[int]) -> None:
    assert [row["id"] for row in sort_rows(ROWS, order, COLUMNS)] == ids


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ([("nope", "ASC")], "field 'nope' is not allowed in order"),
        ([("id", "UP")], "allowed sort directions are `ASC, DESC`. But got 'UP' for field 'id'"),
    ],
)
def test_bad_order(order: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(RestError, match="INVALID_ARG_VALUE") as refused:
        sort_rows(ROWS, order, COLUMNS)
    assert words in refused.value.description


numbers = st.one_of(st.none(), st.integers(-5, 5))


@given(st.lists(numbers, max_size=8), st.integers(-5, 5), st.sampled_from(["", "!", ">", "<", ">=", "<=", "@", "!@"]))
def test_a_prefix_and_its_negation_share_the_rows(values: list[int | None], limit: int, prefix: str) -> None:
    """Whatever does not match ``=`` matches ``!=``, empty values included."""
    columns = {"n": Column("n", INTEGER, lambda row: row)}
    matches = compile_filter({f"{prefix}n": limit}, columns).matches
    if prefix in ("", "@"):
        other = compile_filter({f"!{prefix}n": limit}, columns).matches
        assert all(matches(value) != other(value) for value in values)
    else:
        assert all(isinstance(matches(value), bool) for value in values)
