"""Hundreds of thousands of items: found without looking at all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.crm.collection import Collection, Item
from sandbox.portal.crm.filters import Column, compile_filter, sort_rows
from sandbox.portal.crm.rows import WORTH_SORTING
from sandbox.portal.crm.values import INTEGER, TEXT

SIZE = 2 * WORTH_SORTING


class Watched:
    """Columns that count how many items somebody looked at."""

    def __init__(self) -> None:
        self.looked_at: set[int] = set()
        self.columns = {
            "id": Column("id", INTEGER, lambda item: self._seen(item).id),
            **{name: self._column(name, INTEGER) for name in ("parentId2", "number", "observers")},
            **{name: self._column(name, TEXT) for name in ("xmlId", "title")},
        }

    def _column(self, name: str, values) -> Column[Item]:
        return Column(name, values, lambda item: self._seen(item).values.get(name))

    def _seen(self, item: Item) -> Item:
        self.looked_at.add(item.id)
        return item


@pytest.fixture
def items() -> Collection:
    collection = Collection()
    for number in range(1, SIZE + 1):
        values = {"xmlId": f"deal:{number}", "parentId2": number // 10, "title": f"Сделка {number}"}
        collection.add(Item(number, {**values, "number": -number}))
    return collection


@pytest.mark.parametrize(
    ("sent", "order", "start", "found", "looks"),
    [
        ({"id": 500}, [], 0, [500], 0),
        ({"@id": [1, 2, 5000]}, [], 0, [1, 2], 0),
        ({"xmlId": "DEAL:7"}, [], 0, [7], 0),
        ({"parentId2": 3}, [], 0, list(range(30, 40)), 0),
        ({"parentId2": [3, 5], "title": "Сделка 31"}, [], 0, [31], 0),
        ({"!parentId2": 0, "<parentId2": 2}, [], 0, list(range(10, 20)), 0),
        ({"logic": "OR", "xmlId": "deal:8", "title": "сделка 9"}, [], 0, [8, 9], 0),
        ({">id": SIZE - 10}, [], 0, list(range(SIZE - 9, SIZE + 1)), 0),
        ({">id": 100, "<=id": 103}, [], 0, [101, 102, 103], 0),
        ({">=number": -3}, [], 0, [1, 2, 3], 0),
        ({}, [("number", "ASC")], 50, list(range(SIZE - 50, SIZE - 100, -1)), 0),
        ({">number": -1900}, [("number", "ASC")], 0, list(range(1899, 1849, -1)), 0),
        ({"<=number": -100}, [("number", "DESC")], 50, list(range(150, 200)), 0),
        ({"!number": -1}, [("number", "DESC")], 0, list(range(2, 52)), 0),
        # what only a look can tell is looked for among those an index leaves
        ({"parentId2": 3, "%title": "1"}, [], 0, [31], 10),
        # a page of an export looks at a page of items
        ({">id": 100}, [], -1, list(range(101, 151)), 50),
        ({">id": 25, "parentId2": 2}, [], -1, list(range(26, 30)), 4),
        # somebody who may see little exports the little there is
        (
            {">id": 100, "0": {"logic": "OR", "0": {"parentId2": 30}, "1": {"xmlId": "deal:9"}}},
            [],
            -1,
            [*range(300, 310)],
            10,
        ),
        # equal ones are put in order by the next field
        ({}, [("parentId2", "ASC"), ("number", "ASC")], 0, [*range(9, 0, -1), *range(19, 9, -1)], 60),
        # no index helps: everything has to be looked at
        ({"%title": "Сделка 31"}, [], 0, [31, *range(310, 320)], SIZE),
    ],
)
def test_only_what_may_match_is_looked_at(
    items: Collection, sent: dict, order: list, start: int, found: list, looks: int
) -> None:
    """The first question about a field makes its index; this is the second."""
    watched = Watched()
    wanted = compile_filter(sent, watched.columns)
    items.search(wanted, order, watched.columns, start, 50)
    watched.looked_at.clear()
    page = items.search(wanted, order, watched.columns, start, 50)
    assert [item.id for item in page.items][: len(found)] == found
    assert len(watched.looked_at) <= looks


def test_a_page_of_everything_looks_at_nothing(items: Collection) -> None:
    watched = Watched()
    page = items.search(compile_filter({}, watched.columns), [("id", "DESC")], watched.columns, 50, 50)
    assert [item.id for item in page.items] == list(range(SIZE - 50, SIZE - 100, -1))
    assert page.total == SIZE
    assert not watched.looked_at


def test_a_field_made_anew_with_another_type_has_another_index() -> None:
    items, texts = Collection(), {"UF_X": Column("UF_X", TEXT, lambda item: item.values.get("UF_X"))}
    items.add(Item(1, {"UF_X": "a"}))
    assert items.search(compile_filter({"UF_X": "a"}, texts), [], texts, 0, 50).total == 1
    items.change(next(iter(items)), {"UF_X": None})
    numbers = {"UF_X": Column("UF_X", INTEGER, lambda item: item.values.get("UF_X"))}
    items.change(next(iter(items)), {"UF_X": 5})
    assert items.search(compile_filter({">UF_X": 4}, numbers), [], numbers, 0, 50).total == 1


stories = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "change", "remove", "ask"]),
        st.integers(0, 9),
        st.sampled_from(["a", "b", "B", "", None]),
        st.sampled_from([None, 1, 2, 3]),
        st.lists(st.integers(1, 3), max_size=2).map(tuple),
    ),
    max_size=40,
)
conditions = st.one_of(
    st.tuples(st.sampled_from(["", "!", ">", "<=", "%", "!%"]), st.just("xmlId"), st.sampled_from(["a", "b"])),
    st.tuples(st.sampled_from(["", "!", "!@"]), st.just("xmlId"), st.just([None, "a"])),
    st.tuples(st.sampled_from(["", "!", ">", ">=", "<", "<="]), st.just("parentId2"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["", "!", ">"]), st.just("observers"), st.integers(1, 3)),
    st.tuples(st.sampled_from(["", "!", ">", "<="]), st.just("id"), st.integers(1, 12)),
).map(lambda one: {one[0] + one[1]: one[2]})
filters = st.one_of(
    st.just({}),
    conditions,
    st.tuples(st.sampled_from(["AND", "OR"]), conditions, conditions).map(
        lambda parts: {"logic": parts[0], "0": parts[1], "1": parts[2]}
    ),
)
orders = st.lists(
    st.tuples(st.sampled_from(["id", "xmlId", "parentId2", "observers"]), st.sampled_from(["ASC", "DESC"])),
    max_size=2,
)


@given(stories, filters, orders, st.sampled_from([0, WORTH_SORTING]))
def test_indexes_tell_the_truth(story: list, sent: dict, order: list, worth_sorting: int) -> None:
    """After any story of changes and questions, a search finds what a look at every item finds, in the same order."""
    items, columns = Collection(worth_sorting), Watched().columns
    wanted = compile_filter(sent, columns)
    for number, (what, place, text, parent, observers) in enumerate(story, start=1):
        known = list(items)
        values = {"xmlId": text, "parentId2": parent, "observers": observers}
        if what == "ask":
            items.search(wanted, order, columns, 0, 5)
        elif what == "add" or not known:
            items.add(Item(number, values))
        elif what == "change":
            items.change(known[place % len(known)], values)
        else:
            items.remove(known[place % len(known)])
    matching = [item for item in items if wanted.matches(item)]
    expected = [item.id for item in sort_rows(matching, order or [("id", "ASC")], columns)]
    found = items.search(wanted, order, columns, 0, 100)
    assert [item.id for item in found.items] == expected
    assert found.total == len(expected)
    second = items.search(wanted, order, columns, 2, 2)
    assert [item.id for item in second.items] == expected[2:4]
    uncounted = items.search(wanted, order, columns, -1, 100)
    assert [item.id for item in uncounted.items] == expected
    assert uncounted.total is None
