"""Hundreds of thousands of items: found without looking at all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.crm.collection import Collection, Item
from sandbox.portal.crm.filters import Column, compile_filter
from sandbox.portal.crm.values import INTEGER, TEXT

SIZE = 1000


class Watched:
    """Columns that count how many items somebody looked at."""

    def __init__(self) -> None:
        self.looked_at: set[int] = set()
        self.columns = {
            "id": Column("id", INTEGER, lambda item: self._seen(item).id),
            "xmlId": Column("xmlId", TEXT, lambda item: self._seen(item).values.get("xmlId")),
            "parentId2": Column("parentId2", INTEGER, lambda item: self._seen(item).values.get("parentId2")),
            "title": Column("title", TEXT, lambda item: self._seen(item).values.get("title")),
        }

    def _seen(self, item: Item) -> Item:
        self.looked_at.add(item.id)
        return item


@pytest.fixture
def items() -> Collection:
    collection = Collection()
    for number in range(1, SIZE + 1):
        values = {"xmlId": f"deal:{number}", "parentId2": number // 10, "title": f"Сделка {number}"}
        collection.add(Item(number, values))
    return collection


@pytest.mark.parametrize(
    ("sent", "start", "found", "looks"),
    [
        ({"id": 500}, 0, [500], 1),
        ({"@id": [1, 2, 5000]}, 0, [1, 2], 2),
        ({"xmlId": "DEAL:7"}, 0, [7], 1),
        ({"parentId2": 3}, 0, list(range(30, 40)), 10),
        ({"parentId2": 3, "title": "Сделка 31"}, 0, [31], 10),
        ({">id": 990}, 0, list(range(991, 1001)), 10),
        # a page of an export looks at a page of items
        ({">id": 100}, -1, list(range(101, 151)), 50),
        ({">id": 100, "<=id": 103}, 0, [101, 102, 103], 3),
        # no index helps: everything has to be looked at
        ({"title": "Сделка 31"}, 0, [31], SIZE),
    ],
)
def test_only_what_may_match_is_looked_at(items: Collection, sent: dict, start: int, found: list, looks: int) -> None:
    watched = Watched()
    wanted = compile_filter(sent, watched.columns)
    page = items.search(wanted, [], watched.columns, start, 50)
    assert [item.id for item in page.items] == found
    assert len(watched.looked_at) == looks


def test_a_page_of_everything_looks_at_nothing(items: Collection) -> None:
    watched = Watched()
    page = items.search(compile_filter({}, watched.columns), [("id", "DESC")], watched.columns, 50, 50)
    assert [item.id for item in page.items] == list(range(950, 900, -1))
    assert page.total == SIZE
    assert not watched.looked_at


changes = st.lists(
    st.tuples(st.sampled_from(["add", "change", "remove"]), st.integers(0, 9), st.sampled_from(["a", "b", "B", None])),
    max_size=40,
)


@given(changes)
def test_indexes_tell_the_truth(story: list[tuple[str, int, str | None]]) -> None:
    """After any story of changes an indexed search finds what a look at every item finds."""
    items, watched = Collection(), Watched()
    for number, (what, place, value) in enumerate(story, start=1):
        known = list(items)
        if what == "add" or not known:
            items.add(Item(number, {"xmlId": value}))
        elif what == "change":
            items.change(known[place % len(known)], {"xmlId": value})
        else:
            items.remove(known[place % len(known)])
    for value in ("a", "b"):
        found = items.search(compile_filter({"xmlId": value}, watched.columns), [], watched.columns, 0, 100)
        assert {item.id for item in found.items} == {
            item.id for item in items if str(item.values.get("xmlId")).casefold() == value
        }
        assert found.total == len(found.items)
