"""Reads of one kind become one list call, and each gets what it would have got alone."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitrix.batching import ASK_ALONE, AskAlone, Command, Outcome, Parcel, pack
from bitrix.call import JSON, PAGE_SIZE, Answer, Call, Together
from bitrix.calls.items import Item, children_of, get_item, items_named
from bitrix.calls.stage_history import history_of
from bitrix.errors import classify
from bitrix.refs import DEAL, ItemRef
from bitrix.together import FEW, Crowds

CASE, MEASURE = 1030, 1032


def row(number: int, **fields: JSON) -> dict[str, JSON]:
    return {"id": number, "title": f"№{number}", "stageId": "NEW", **fields}


async def told(calls: Sequence[Call[Any]], outcome: Outcome, crowds: Crowds | None = None) -> list[Outcome | AskAlone]:
    """What each of them hears when the call they became has this outcome."""
    parcels: list[Parcel] = [pack(call) for call in calls]
    Command(parcels).settle(outcome, crowds or Crowds())
    return [await parcel.promise for parcel in parcels]


async def read_together(calls: Sequence[Call[Any]], outcome: Answer) -> list[Any]:
    parts = await told(calls, outcome)
    return [call.read(part) if isinstance(part, Answer) else part for call, part in zip(calls, parts, strict=True)]


async def words(calls: Sequence[Call[Any]]) -> tuple[str, JSON]:
    command = Command([pack(call) for call in calls])
    return command.method, command.params


async def test_items_are_asked_for_by_their_ids() -> None:
    deals = [get_item(ItemRef(DEAL, number)) for number in (7, 5, 7)]
    assert await words(deals) == (
        "crm.item.list",
        {
            "entityTypeId": DEAL,
            "useOriginalUfNames": "Y",
            "filter": {"@id": [5, 7]},
            "order": {"id": "ASC"},
            "start": -1,
        },
    )
    found: list[Item] = await read_together(deals, Answer({"items": [row(5), row(7)]}))
    assert [item.ref.id for item in found] == [7, 5, 7]


async def test_a_call_that_waits_for_nobody_travels_as_it_is() -> None:
    method, params = await words([get_item(ItemRef(DEAL, 7))])
    assert method == "crm.item.get"
    assert params == {"entityTypeId": DEAL, "id": 7, "useOriginalUfNames": "Y"}


async def test_what_the_list_does_not_show_is_asked_for_alone() -> None:
    """The portal itself then says whether it is gone or hidden."""
    deals = [get_item(ItemRef(DEAL, number)) for number in (5, 6)]
    first, second = await told(deals, Answer({"items": [row(5)]}))
    assert isinstance(first, Answer)
    assert second is ASK_ALONE


@pytest.mark.parametrize(
    ("calls", "rows", "owned"),
    [
        (
            [history_of(ItemRef(DEAL, number)) for number in (1, 2, 3)],
            # ids come as text from a real portal
            [{"ID": "8", "TYPE_ID": "1", "OWNER_ID": "1", "CREATED_TIME": "2026-01-15T12:00:00+03:00"},
             {"ID": "9", "TYPE_ID": "3", "OWNER_ID": "3", "CREATED_TIME": "2026-01-15T12:00:00+03:00"},
             {"ID": "10", "TYPE_ID": "3", "OWNER_ID": "1", "CREATED_TIME": "2026-01-15T12:00:00+03:00"}],
            [[8, 10], [], [9]],
        ),
        (
            [children_of(ItemRef(CASE, number), MEASURE) for number in (1, 2)],
            [row(50, parentId1030=2), row(51, parentId1030=2)],
            [[], [50, 51]],
        ),
        (
            [items_named(CASE, names, select=()) for names in (["deal:1#1", "deal:1#2"], ["deal:2#1"])],
            [row(5, xmlId="deal:1#2"), row(6, xmlId="deal:2#1")],
            [[5], [6]],
        ),
    ],
)  # fmt: skip
async def test_rows_go_to_who_asked_for_them(calls: list[Call[Any]], rows: list[JSON], owned: list[list[int]]) -> None:
    pages = await read_together(calls, Answer({"items": rows}, total=len(rows)))
    assert [[getattr(one, "ref", one).id for one in page] for page in pages] == owned
    assert all(page.next is None for page in pages)


async def test_a_page_that_has_no_room_for_all_rows_answers_nobody() -> None:
    histories = [history_of(ItemRef(DEAL, number)) for number in range(FEW)]
    crowds = Crowds()
    full = [{"ID": number, "OWNER_ID": 1} for number in range(PAGE_SIZE)]
    assert await told(histories, Answer({"items": full}, next=PAGE_SIZE), crowds) == [ASK_ALONE] * FEW
    together = histories[0].together
    assert together is not None
    assert crowds.most(together) == FEW // 2


@given(st.lists(st.integers(0, 60), max_size=30))
def test_as_many_are_asked_together_as_a_page_has_room_for(rows_each_time: list[int]) -> None:
    together = Together("kind", (1,), ask=lambda values: get_item(ItemRef(DEAL, 1)), row_field="id")
    crowds = Crowds()
    for rows in rows_each_time:
        asked = crowds.most(together)
        crowds.told(together, asked, rows)
        assert 1 <= crowds.most(together) <= PAGE_SIZE
        if rows >= PAGE_SIZE:
            assert crowds.most(together) <= max(1, asked // 2)


@pytest.mark.parametrize(
    ("status", "code", "alone"),
    [
        (400, "ACCESS_DENIED", True),
        (400, "INVALID_ARG_VALUE", True),
        (429, "OPERATION_TIME_LIMIT", True),
        # these befall the whole request: asking fifty times alone would not help
        (503, "QUERY_LIMIT_EXCEEDED", False),
        (500, "INTERNAL_SERVER_ERROR", False),
        (401, "NO_AUTH_FOUND", False),
    ],
)
async def test_an_error_of_the_list_alone_is_nobodys(status: int, code: str, alone: bool) -> None:
    deals = [get_item(ItemRef(DEAL, number)) for number in (5, 6)]
    ends = await told(deals, lambda call: classify(call, status, code, ""))
    assert [end is ASK_ALONE for end in ends] == [alone, alone]


async def test_a_list_that_is_no_list_answers_nobody() -> None:
    deals = [get_item(ItemRef(DEAL, number)) for number in (5, 6)]
    assert await told(deals, Answer({"items": "none"})) == [ASK_ALONE, ASK_ALONE]


def test_another_page_of_a_call_is_nobodys_but_its_own() -> None:
    assert history_of(ItemRef(DEAL, 1)).with_params({"start": 50}).together is None
