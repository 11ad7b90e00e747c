"""Long lists: every row exactly once by growing id, with the fewest requests, whatever happens meanwhile."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bitrix.batching import MOST_COMMANDS
from bitrix.call import PAGE_SIZE, Call, Page
from bitrix.calls.departments import list_departments
from bitrix.calls.items import Item, list_items
from bitrix.calls.stage_history import list_stage_history
from bitrix.calls.tasks import list_tasks
from bitrix.calls.types import list_types
from bitrix.calls.userfields import list_userfields
from bitrix.calls.users import list_users
from bitrix.client import Portal
from bitrix.errors import AccessLost, BitrixError, Gibberish, Refused, Unreachable
from bitrix.export import LONGEST_BATCH
from bitrix.refs import DEAL
from tests.bitrix.clockwork import Clockwork
from tests.bitrix.echo_portal import WEBHOOK
from tests.bitrix.list_portal import ListPortal, Unresolved

DEALS = list_items(DEAL)


def client(transport: httpx.AsyncBaseTransport) -> Portal:
    clock = Clockwork()
    return Portal(WEBHOOK, transport=transport, clock=clock, sleep=clock.sleep, attempts=3)


async def read(transport: httpx.AsyncBaseTransport, call: Call[Page[Item]] = DEALS, *, after: int = 0) -> list[int]:
    async with client(transport) as portal:
        return [item.ref.id async for item in portal.export(call, after=after)]


def fewest_requests(rows: int) -> int:
    """Of who reads fifty pages a request and does not know beforehand how many there are."""
    pages = rows // PAGE_SIZE + 1
    return -(-pages // MOST_COMMANDS)


IDS = st.integers(0, 6_000).flatmap(
    lambda count: st.integers(1, 3).map(lambda step: list(range(step, count * step + 1, step)))
)


@settings(max_examples=40, deadline=None)
@given(ids=IDS, unresolved=st.sampled_from(Unresolved))
def test_every_row_comes_once_with_the_fewest_requests(ids: list[int], unresolved: Unresolved) -> None:
    portal = ListPortal(ids, unresolved=unresolved)
    assert asyncio.run(read(portal)) == ids
    # one more than the fewest, because the first page travels alone
    assert len(portal.requests) <= fewest_requests(len(ids)) + 1


@pytest.mark.parametrize("rows", [0, 1, 49, 50, 51, 2549, 2550, 2551, 100_000])
def test_a_long_list_costs_a_tenth_more_at_most(rows: int) -> None:
    portal = ListPortal(range(1, rows + 1))
    assert len(asyncio.run(read(portal))) == rows
    if rows < PAGE_SIZE:
        assert portal.requests == [1]
    if rows == 100_000:
        assert len(portal.requests) <= 1.1 * fewest_requests(rows)


@settings(max_examples=100, deadline=None)
@given(
    ids=st.sets(st.integers(1, 2_000), max_size=1_000),
    coming=st.lists(st.integers(1, 2_500), max_size=40),
    going=st.lists(st.integers(1, 2_500), max_size=40),
    fates=st.lists(
        st.sampled_from([None, None, None, None, "INTERNAL_SERVER_ERROR", "QUERY_LIMIT_EXCEEDED"]), max_size=40
    ),
    unresolved=st.sampled_from(Unresolved),
)
def test_rows_that_stay_come_once_whatever_comes_goes_or_fails(
    ids: set[int], coming: list[int], going: list[int], fates: list[str | None], unresolved: Unresolved
) -> None:
    stays = ids - set(going)
    ever = ids | set(coming)

    def meanwhile(portal: ListPortal) -> None:
        if coming:
            portal.ids.add(coming.pop())
        if going:
            portal.ids.discard(going.pop())

    portal = ListPortal(ids, unresolved=unresolved, fates=fates, meanwhile=meanwhile)

    async def read_on() -> list[int]:
        """After an error the same export goes on."""
        found: list[int] = []
        async with client(portal) as bitrix:
            export = bitrix.export(DEALS)
            while True:
                try:
                    found.extend([item.ref.id async for item in export])
                except Unreachable:
                    raise
                except BitrixError:
                    continue
                return found

    found = asyncio.run(read_on())
    assert found == sorted(set(found))
    assert stays <= set(found) <= ever


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(0, 4_000),
    slowness=st.lists(st.floats(0.01, 20), min_size=1, max_size=8),
)
def test_heavy_pages_share_no_request_that_lasts_too_long(rows: int, slowness: list[float]) -> None:
    """However unevenly the pages weigh: nothing is lost, and a request that broke is not asked for again as it was."""
    portal = ListPortal(range(1, rows + 1), seconds=lambda above: slowness[above // 1_000 % len(slowness)])
    assert asyncio.run(read(portal)) == list(range(1, rows + 1))
    assert portal.broken <= 6  # fifty pages are halved to one


async def test_a_batch_is_as_long_as_the_pages_before_it_allow() -> None:
    portal = ListPortal(range(1, 3_001), seconds=lambda above: 2.0)
    await read(portal)
    assert portal.requests[0] == 1
    assert set(portal.requests[1:]) == {LONGEST_BATCH / 2.0}


async def test_a_page_that_fails_in_the_middle_costs_only_what_comes_after_it() -> None:
    portal = ListPortal(range(1, 501), fates=[None, None, None, "INTERNAL_SERVER_ERROR"])
    assert await read(portal) == list(range(1, 501))
    assert portal.requests == [1, MOST_COMMANDS, MOST_COMMANDS]


async def test_a_list_that_does_not_resolve_references_is_read_page_by_page() -> None:
    class NoReferences(ListPortal):
        def _resolve(self, above: str, before: dict[str, Any]) -> int | Unresolved:
            return self.unresolved if above.startswith("$") else int(above)

    portal = NoReferences(range(1, 301))
    assert await read(portal) == list(range(1, 301))
    assert portal.requests == [1, MOST_COMMANDS, 1, 1, 1, 1, 1]


async def test_reading_goes_on_after_an_id() -> None:
    portal = ListPortal(range(1, 101))
    assert await read(portal, after=40) == list(range(41, 101))
    assert await read(portal, list_items(DEAL, where={">id": 90})) == list(range(91, 101))
    assert await read(portal, list_items(DEAL, where={">id": 90}), after=95) == list(range(96, 101))


async def test_progress_is_told_and_another_export_goes_on_from_there() -> None:
    transport = ListPortal(range(1, 1_001))
    async with client(transport) as portal:
        export = portal.export(DEALS)
        assert (export.rows, export.reached) == (0, 0)
        async with aclosing(export):
            first = [await anext(export) for _ in range(130)]
        assert (export.rows, export.reached) == (130, 130)
        rest = [item async for item in portal.export(DEALS, after=export.reached)]
    assert [item.ref.id for item in [*first, *rest]] == list(range(1, 1_001))


async def test_one_request_is_ahead_of_who_uses_the_rows_and_no_more() -> None:
    transport = ListPortal(range(1, 20_001))
    async with client(transport) as portal:
        export = portal.export(DEALS)
        await anext(export)
        for _ in range(100):
            await asyncio.sleep(0)
        assert transport.requests == [1, MOST_COMMANDS]
        for _ in range(PAGE_SIZE):
            await anext(export)
        for _ in range(100):
            await asyncio.sleep(0)
        assert transport.requests == [1, MOST_COMMANDS, MOST_COMMANDS]


async def test_who_stops_reading_leaves_nothing_behind() -> None:
    transport = ListPortal(range(1, 20_001))
    async with client(transport) as portal:
        async with aclosing(portal.export(DEALS)) as rows:
            async for item in rows:
                if item.ref.id == 60:
                    break
        assert rows.reached == 60
    assert len(asyncio.all_tasks()) == 1


async def test_who_is_cancelled_may_go_on_later() -> None:
    transport = ListPortal(range(1, 201))
    async with client(transport) as portal:
        export = portal.export(DEALS)
        waiting = asyncio.ensure_future(anext(export))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert [item.ref.id async for item in export] == list(range(1, 201))


async def test_an_error_is_told_and_reading_goes_on_where_it_stopped() -> None:
    transport = ListPortal(range(1, 201), fates=[None, *["ACCESS_DENIED"] * 51])
    async with client(transport) as portal:
        export = portal.export(DEALS)
        first = [await anext(export) for _ in range(PAGE_SIZE)]
        with pytest.raises(Refused):
            await anext(export)
        rest = [item async for item in export]
    assert [item.ref.id for item in [*first, *rest]] == list(range(1, 201))


async def test_a_lost_access_is_told_at_once() -> None:
    transport = ListPortal(range(1, 201), fates=[None, *["NO_AUTH_FOUND"] * 60])
    with pytest.raises(AccessLost):
        await read(transport)
    assert transport.requests == [1, MOST_COMMANDS, 1]


async def test_a_condition_a_batch_has_no_words_for_is_read_page_by_page() -> None:
    transport = ListPortal(range(1, 161))
    call = list_items(DEAL, where={"UF_CRM_X": None})
    assert await read(transport, call) == list(range(1, 161))
    assert transport.requests == [1, 1, 1, 1]


async def test_words_that_look_like_a_reference_stay_words() -> None:
    transport = ListPortal(range(1, 101))
    call = list_items(DEAL, where={"title": "$result[c0][items][0][title]"})
    assert await read(transport, call) == list(range(1, 101))
    assert transport.requests == [1, 1, 1]


async def test_long_conditions_share_no_batch_that_grows_too_large() -> None:
    transport = ListPortal(range(1, 2_501))
    call = list_items(DEAL, where={"title": "x" * 50_000})
    assert await read(transport, call) == list(range(1, 2_501))
    assert max(transport.requests) == 9


class Careless(httpx.AsyncBaseTransport):
    """A list that answers with the same rows, whatever it is asked."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        page = {"items": [{"id": number} for number in self.ids]}
        if not request.url.path.endswith("/batch"):
            return httpx.Response(200, json={"result": page})
        commands = json.loads(request.content)["cmd"]
        return httpx.Response(200, json={"result": {"result": dict.fromkeys(commands, page)}})


@pytest.mark.parametrize("ids", [[*range(1, 51)], [*range(50, 0, -1)], [7] * 50])
async def test_a_list_that_ignores_filter_or_order_does_not_run_for_ever(ids: list[int]) -> None:
    with pytest.raises(Gibberish, match="by growing id"):
        await read(Careless(ids))


async def test_a_list_without_an_order_by_id_says_so() -> None:
    async with client(ListPortal([])) as portal:
        with pytest.raises(ValueError, match=r"department\.get cannot be read by id"):
            portal.export(list_departments())
        with pytest.raises(ValueError, match=r"department\.get cannot be read by id"):
            [row async for row in portal.every(list_departments(), by="id")]
        with pytest.raises(ValueError, match=r"department\.get cannot be read by id"):
            await portal.pick(list_departments(), [1])


# Some rows of a list


class Shelf(httpx.AsyncBaseTransport):
    """Answers with those of its rows that are asked for by id."""

    def __init__(self, ids: set[int]) -> None:
        self.ids = ids
        self.requests: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if not request.url.path.endswith("/batch"):
            self.requests.append(1)
            return httpx.Response(200, json={"result": self._page(body["filter"]["@id"])})
        self.requests.append(len(body["cmd"]))
        found = {key: self._page(self._asked(text)) for key, text in body["cmd"].items()}
        return httpx.Response(200, json={"result": {"result": found}})

    @staticmethod
    def _asked(text: str) -> list[int]:
        query = parse_qs(text.partition("?")[2])
        return [int(values[0]) for name, values in query.items() if name.startswith("filter[@id]")]

    def _page(self, asked: list[int]) -> dict[str, Any]:
        assert len(asked) <= PAGE_SIZE
        return {"items": [{"id": number} for number in asked if number in self.ids]}


@given(ids=st.sets(st.integers(1, 3_000), max_size=400), wanted=st.lists(st.integers(1, 3_000), max_size=400))
@settings(max_examples=30, deadline=None)
def test_rows_are_picked_by_their_ids(ids: set[int], wanted: list[int]) -> None:
    shelf = Shelf(ids)

    async def pick() -> dict[int, Item]:
        async with client(shelf) as portal:
            return await portal.pick(list_items(DEAL, select=["id"]), wanted)

    found = asyncio.run(pick())
    assert set(found) == ids & set(wanted)
    assert all(item.ref.id == number for number, item in found.items())
    assert len(shelf.requests) == (1 if wanted else 0)


async def test_a_thousand_rows_are_one_request_and_ten_thousand_are_four() -> None:
    shelf = Shelf(set(range(1, 10_001)))
    async with client(shelf) as portal:
        assert len(await portal.pick(DEALS, range(1, 1_001))) == 1_000
        assert shelf.requests == [20]
        assert len(await portal.pick(DEALS, range(1, 10_001))) == 10_000
    assert shelf.requests == [20, 50, 50, 50, 50]


async def test_who_cannot_be_picked_hears_why() -> None:
    transport = ListPortal([], fates=["NO_AUTH_FOUND"] * 9)
    async with client(transport) as portal:
        with pytest.raises(AccessLost):
            await portal.pick(list_items(DEAL, where={">id": 0}), [1])


ROWS: list[tuple[Callable[[], Call[Page[Any]]], str, str]] = [
    (lambda: list_items(DEAL), "$result[c3][items][49][id]", "filter"),
    (lambda: list_tasks(where={}), "$result[c3][tasks][49][id]", "filter"),
    (lambda: list_users(), "$result[c3][49][ID]", "FILTER"),
    (lambda: list_stage_history(DEAL, where={}), "$result[c3][items][49][ID]", "filter"),
    (lambda: list_types(), "$result[c3][types][49][id]", "filter"),
    (lambda: list_userfields("CRM_7"), "$result[c3][fields][49][id]", "filter"),
]


@pytest.mark.parametrize(("make", "reference", "filter_name"), ROWS)
def test_each_list_knows_where_its_rows_stand(
    make: Callable[[], Call[Page[Any]]], reference: str, filter_name: str
) -> None:
    call = make()
    assert call.keyset is not None
    assert call.keyset.last_of(3) == reference
    page = call.keyset.above(call, 7)
    assert isinstance(page.params, dict)
    assert page.params["start"] == -1
    assert page.params[filter_name][f">{call.keyset.field}"] == 7
