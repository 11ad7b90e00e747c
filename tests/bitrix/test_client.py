"""What the client does with each thing a portal may answer."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from bitrix.call import JSON, Answer, Call, Keyset, Page, command_key, result_of
from bitrix.calls.departments import list_departments
from bitrix.calls.items import Item, add_item, get_item, list_items
from bitrix.client import LONGEST_PAUSE, Portal
from bitrix.errors import (
    REACTION,
    AccessLost,
    BitrixError,
    Gibberish,
    MethodPaused,
    NotFound,
    OutcomeUnknown,
    Refused,
    Throttled,
    TokenExpired,
    TryLater,
    Unreachable,
    classify,
)
from bitrix.refs import DEAL, ItemRef
from tests.bitrix.clockwork import Clockwork
from tests.bitrix.echo_portal import SECRET, WEBHOOK, EchoPortal

LIMITED = httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"})


def result_in(answer: Answer) -> JSON:
    return answer.result


def a_read(method: str = "user.current", **params: Any) -> Call[JSON]:
    return Call(method, params, read=result_in)


def a_write(method: str = "crm.item.add", **params: Any) -> Call[JSON]:
    return Call(method, params, read=result_in, writes=True)


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)


def batch_answer(
    result: Any = (), errors: Any = (), totals: Any = (), following: Any = (), times: Any = ()
) -> httpx.Response:
    sections = {
        "result": result or [],
        "result_error": errors or [],
        "result_total": totals or [],
        "result_next": following or [],
        "result_time": times or [],
    }
    return httpx.Response(200, json={"result": sections, "time": {}})


@pytest.fixture
def clock() -> Clockwork:
    return Clockwork()


@pytest.fixture
async def portal(clock: Clockwork) -> AsyncIterator[Portal]:
    async with Portal(WEBHOOK, clock=clock, sleep=clock.sleep, attempts=3) as portal:
        yield portal


@pytest.fixture
def web() -> Any:
    with respx.mock(base_url=WEBHOOK.rstrip("/")) as router:
        yield router


# Leaving


async def test_a_lone_call_leaves_plainly_and_at_once(portal: Portal, web: respx.Router, clock: Clockwork) -> None:
    route = web.post("/crm.item.get").respond(json={"result": {"item": {"id": 42, "title": "x"}}, "time": {}})
    item = await portal.send(get_item(ItemRef(DEAL, 42)))
    assert (item.ref, item.title) == (ItemRef(DEAL, 42), "x")
    request = route.calls.last.request
    assert body_of(request) == {"entityTypeId": 2, "id": 42, "useOriginalUfNames": "Y"}
    assert request.headers["content-type"] == "application/json"
    assert clock.slept == []


async def test_calls_of_one_moment_travel_together_and_part_at_home(portal: Portal, web: respx.Router) -> None:
    route = web.post("/batch").mock(
        return_value=batch_answer(
            {"c0": {"ID": "1"}, "c2": [7]},
            {"c1": {"error": "NOT_FOUND", "error_description": "Элемент не найден"}},
            {"c2": 1},
        )
    )
    first, second, third = await asyncio.gather(
        portal.send(a_read("user.current")),
        portal.send(a_read("crm.item.get", entityTypeId=2, id=5)),
        portal.send(a_write("crm.item.add", fields={"TITLE": "a&b"})),
        return_exceptions=True,
    )
    assert first == {"ID": "1"}
    assert isinstance(second, NotFound)
    assert second.method == "crm.item.get"
    assert third == [7]
    assert body_of(route.calls.last.request) == {
        "halt": 0,
        "cmd": {
            "c0": "user.current",
            "c1": "crm.item.get?entityTypeId=2&id=5",
            "c2": "crm.item.add?fields%5BTITLE%5D=a%26b",
        },
    }


async def test_what_waits_for_the_bucket_fills_the_next_batches(clock: Clockwork) -> None:
    desk = EchoPortal()
    async with Portal(WEBHOOK, transport=desk, capacity=1, clock=clock, sleep=clock.sleep) as portal:
        await asyncio.gather(*(portal.send(a_read("echo", id=number)) for number in range(120)))
    assert [len(methods) for methods in desk.requests] == [50, 50, 20]
    assert clock.slept == [0.5, 0.5]


async def test_a_late_call_joins_the_batch_that_waits(clock: Clockwork) -> None:
    desk = EchoPortal(slowness=[100])
    async with Portal(WEBHOOK, transport=desk, capacity=1, clock=clock, sleep=clock.sleep) as portal:
        first = asyncio.create_task(portal.send(a_read("echo", id=1)))
        await asyncio.sleep(0)
        second = asyncio.create_task(portal.send(a_read("echo", id=2)))
        await asyncio.sleep(0)
        third = asyncio.create_task(portal.send(a_read("echo", id=3)))
        await asyncio.gather(first, second, third)
    assert desk.requests == [["echo"], ["echo", "echo"]]


async def test_a_method_no_batch_allows_travels_alone(clock: Clockwork) -> None:
    desk = EchoPortal()
    alone: Call[JSON] = Call("file.get", {"id": 9}, read=result_in, batchable=False)
    async with Portal(WEBHOOK, transport=desk, clock=clock, sleep=clock.sleep) as portal:
        await asyncio.gather(portal.send(a_read("a", id=1)), portal.send(alone), portal.send(a_read("b", id=2)))
    assert sorted(desk.requests) == [["a", "b"], ["file.get"]]
    assert desk.batches == 1


@pytest.mark.parametrize(
    "fields",
    [
        # a batch could only leave these out, and the field would keep its value
        {"UF_CRM_7_X": None},
        {"observers": []},
        # somebody's words, which the portal would take for a reference
        {"comments": "see $result[c0][ID]"},
    ],
)
async def test_what_a_batch_cannot_say_travels_alone_as_it_is(
    portal: Portal, web: respx.Router, fields: dict[str, JSON]
) -> None:
    batch = web.post("/batch").mock(return_value=batch_answer({"c0": 1, "c1": 2}))
    plain = web.post("/crm.item.update").respond(json={"result": {"item": {"id": 1}}})
    await asyncio.gather(
        portal.send(a_read("a")), portal.send(a_write("crm.item.update", fields=fields)), portal.send(a_read("b"))
    )
    assert body_of(plain.calls.last.request) == {"fields": fields}
    assert list(body_of(batch.calls.last.request)["cmd"].values()) == ["a", "b"]


async def test_positions_stay_positions(portal: Portal, web: respx.Router) -> None:
    plain = web.post("/task.checklistitem.complete").respond(json={"result": True})
    call: Call[JSON] = Call("task.checklistitem.complete", [12, 34], read=result_in, writes=True)
    assert await portal.send(call) is True
    assert body_of(plain.calls.last.request) == [12, 34]
    batch = web.post("/batch").mock(return_value=batch_answer({"c0": True, "c1": True}))
    await asyncio.gather(portal.send(call), portal.send(call))
    assert body_of(batch.calls.last.request)["cmd"]["c0"] == "task.checklistitem.complete?0=12&1=34"


async def test_long_calls_share_no_batch_that_grows_too_large(clock: Clockwork) -> None:
    desk = EchoPortal()
    async with Portal(WEBHOOK, transport=desk, clock=clock, sleep=clock.sleep) as portal:
        await asyncio.gather(*(portal.send(a_write("echo", id=number, text="x" * 200_000)) for number in range(5)))
    assert sorted(len(methods) for methods in desk.requests) == [1, 2, 2]


async def test_parameters_json_cannot_hold_are_told_to_their_sender_alone(portal: Portal, web: respx.Router) -> None:
    web.post("/user.current").respond(json={"result": 1})
    bad, good = await asyncio.gather(
        portal.send(a_write("crm.item.add", fields={"DEADLINE": datetime(2026, 1, 1, tzinfo=UTC)})),
        portal.send(a_read("user.current")),
        return_exceptions=True,
    )
    assert isinstance(bad, TypeError)
    assert "fields.DEADLINE is a datetime" in str(bad)
    assert good == 1


# Answers to batches


async def test_a_null_result_may_be_left_out_of_a_batch(portal: Portal, web: respx.Router) -> None:
    web.post("/batch").mock(return_value=batch_answer({"c0": 1}, times={"c0": {}, "c1": {}}))
    first, second = await asyncio.gather(portal.send(a_read("a")), portal.send(a_read("b")))
    assert (first, second) == (1, None)


@pytest.mark.parametrize(
    "answer",
    [
        batch_answer({"c0": 1}),
        httpx.Response(200, json={"result": []}),
        httpx.Response(200, json={"result": "strange"}),
        httpx.Response(200, json={"result": {"result": [1, 2], "result_error": None}}),
    ],
)
async def test_a_command_without_an_answer_stays_open(
    portal: Portal, web: respx.Router, answer: httpx.Response
) -> None:
    web.post("/batch").mock(return_value=answer)
    ends = await asyncio.gather(
        portal.send(a_write("crm.item.add", a=1)), portal.send(a_write("crm.item.add")), return_exceptions=True
    )
    assert isinstance(ends[1], OutcomeUnknown)


async def test_pages_keep_their_counts_in_a_batch(portal: Portal, web: respx.Router) -> None:
    rows = {"items": [{"id": 1}]}
    web.post("/batch").mock(
        return_value=batch_answer({"c0": rows, "c1": rows}, totals={"c0": 120, "c1": 1}, following={"c0": 50})
    )
    first, second = await asyncio.gather(portal.send(list_items(2)), portal.send(list_items(1)))
    assert (first.total, first.next) == (120, 50)
    assert (second.total, second.next) == (1, None)


async def test_a_broken_batch_means_one_thing_for_reads_and_another_for_writes(
    portal: Portal, web: respx.Router
) -> None:
    web.post("/batch").mock(side_effect=httpx.ReadTimeout)
    web.post("/user.current").respond(json={"result": "read again"})
    ends = await asyncio.gather(
        portal.send(a_read("user.current")), portal.send(a_write("crm.item.add")), return_exceptions=True
    )
    assert ends[0] == "read again"
    assert isinstance(ends[1], OutcomeUnknown)


# Trying again


async def test_a_full_bucket_is_waited_for_and_believed(portal: Portal, web: respx.Router, clock: Clockwork) -> None:
    web.post("/crm.item.add").mock(side_effect=[LIMITED, httpx.Response(200, json={"result": 5})])
    assert await portal.send(a_write("crm.item.add")) == 5
    back_off, room = clock.slept
    assert 0 <= back_off <= 0.5
    # The portal's bucket is full although ours was empty: others fill it. It drains while we back off, and we count
    # on half of that.
    assert room == pytest.approx(1.0 - back_off, abs=0.02)


async def test_who_is_refused_again_and_again_hears_it(portal: Portal, web: respx.Router) -> None:
    route = web.post("/crm.item.add").mock(return_value=LIMITED)
    with pytest.raises(Throttled) as refusal:
        await portal.send(a_write("crm.item.add"))
    assert (refusal.value.method, refusal.value.code, refusal.value.status) == (
        "crm.item.add",
        "QUERY_LIMIT_EXCEEDED",
        503,
    )
    assert route.call_count == 3


REACTIONS: list[tuple[httpx.Response | Exception, type[BitrixError], type[BitrixError], int, int]] = [
    # answer, error of a read, error of a write, times a read and a write are sent
    (httpx.ConnectError("x"), Unreachable, Unreachable, 3, 3),
    (httpx.ConnectTimeout("x"), Unreachable, Unreachable, 3, 3),
    (httpx.PoolTimeout("x"), Unreachable, Unreachable, 3, 3),
    (httpx.ReadTimeout("x"), Unreachable, OutcomeUnknown, 3, 1),
    (httpx.WriteError("x"), Unreachable, OutcomeUnknown, 3, 1),
    (httpx.RemoteProtocolError("x"), Unreachable, OutcomeUnknown, 3, 1),
    (LIMITED, Throttled, Throttled, 3, 3),
    (httpx.Response(500, json={"error": "INTERNAL_SERVER_ERROR"}), TryLater, OutcomeUnknown, 3, 1),
    (httpx.Response(500, json={"error": "", "error_description": "?"}), TryLater, OutcomeUnknown, 3, 1),
    (httpx.Response(502, html="<h1>Bad Gateway</h1>"), Unreachable, OutcomeUnknown, 3, 1),
    (httpx.Response(503, json={"error": "OVERLOAD_LIMIT"}), AccessLost, AccessLost, 1, 1),
    (httpx.Response(401, json={"error": "NO_AUTH_FOUND"}), AccessLost, AccessLost, 1, 1),
    (httpx.Response(401, json={"error": "expired_token"}), TokenExpired, TokenExpired, 1, 1),
    (httpx.Response(401, html="<h1>Unauthorized</h1>"), AccessLost, AccessLost, 1, 1),
    (httpx.Response(400, json={"error": "ACCESS_DENIED"}), Refused, Refused, 1, 1),
    (httpx.Response(400, json={"error": 0, "error_description": "wrong task id"}), Refused, Refused, 1, 1),
    (httpx.Response(200, json={"error": "ERROR_ARGUMENT"}), Refused, Refused, 1, 1),
    (httpx.Response(200, html="<h1>maintenance</h1>"), Gibberish, OutcomeUnknown, 1, 1),
    (httpx.Response(200, json=[]), Gibberish, OutcomeUnknown, 1, 1),
    (httpx.Response(200, json={"time": {}}), Gibberish, OutcomeUnknown, 1, 1),
    (httpx.Response(200, content=b'{"result": "\xff"}'), Gibberish, OutcomeUnknown, 1, 1),
    (httpx.Response(200, content=b"[" * 100_000), Gibberish, OutcomeUnknown, 1, 1),
    (httpx.Response(403, html="<h1>blocked</h1>"), Gibberish, Gibberish, 1, 1),
    (httpx.Response(404, html="<h1>not here</h1>"), Gibberish, Gibberish, 1, 1),
    (httpx.Response(302, headers={"location": "https://www.bitrix24.ru/404/"}), Gibberish, Gibberish, 1, 1),
    (
        httpx.Response(400, json={"error": {"code": "BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION"}}),
        NotFound,
        NotFound,
        1,
        1,
    ),
]


@pytest.mark.parametrize(("answer", "for_read", "for_write", "reads", "writes"), REACTIONS)
async def test_every_answer_has_its_reaction(
    portal: Portal,
    web: respx.Router,
    answer: Any,
    for_read: type[BitrixError],
    for_write: type[BitrixError],
    reads: int,
    writes: int,
) -> None:
    meet: Callable[[respx.Route], respx.Route] = lambda route: (
        route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(return_value=answer)
    )
    read, write = meet(web.post("/user.current")), meet(web.post("/crm.item.add"))
    with pytest.raises(BitrixError) as of_read:
        await portal.send(a_read("user.current"))
    with pytest.raises(BitrixError) as of_write:
        await portal.send(a_write("crm.item.add"))
    assert (type(of_read.value), type(of_write.value)) == (for_read, for_write)
    assert (read.call_count, write.call_count) == (reads, writes)


ATTEMPTS = 3
"""Of the client in these tests."""
CODES = sorted(set(REACTION) - {"OPERATION_TIME_LIMIT"})
"""A paused method has tests of its own below: nothing else could be asked of it meanwhile."""


@pytest.mark.parametrize("call", [a_read("user.current"), a_write("crm.item.add")], ids=["read", "write"])
async def test_every_documented_code_has_its_reaction(portal: Portal, web: respx.Router, call: Call[JSON]) -> None:
    """Sent again while the portal surely did not apply it, and told as what `bitrix.errors` makes of it."""
    route = web.post(f"/{call.method}")
    met, wanted = {}, {}
    for code in CODES:
        route.respond(400, json={"error": code, "error_description": "why"})
        sent_before = route.call_count
        with pytest.raises(BitrixError) as told:
            await portal.send(call)
        met[code] = (type(told.value), told.value.code, route.call_count - sent_before)
        expected = classify(call, 400, code, "")
        wanted[code] = (type(expected), code, ATTEMPTS if isinstance(expected, TryLater) else 1)
    assert met == wanted


@pytest.mark.parametrize("call", [a_read("user.current"), a_write("crm.item.add")], ids=["read", "write"])
async def test_and_in_a_batch_it_concerns_its_command_alone(
    portal: Portal, web: respx.Router, call: Call[JSON]
) -> None:
    batch, alone = web.post("/batch"), web.post(f"/{call.method}")
    met, wanted = {}, {}
    for code in CODES:
        error = {"error": code, "error_description": "why"}
        batch.mock(return_value=batch_answer({command_key(1): "fine"}, {command_key(0): error}))
        alone.respond(400, json=error)
        sent_before = alone.call_count
        told, fine = await asyncio.gather(portal.send(call), portal.send(a_read("app.info")), return_exceptions=True)
        met[code] = (type(told), fine, alone.call_count - sent_before)
        expected = classify(call, 200, code, "")
        wanted[code] = (type(expected), "fine", ATTEMPTS - 1 if isinstance(expected, TryLater) else 0)
    assert met == wanted
    assert batch.call_count == len(CODES)


async def test_an_answer_of_another_shape_is_gibberish_with_its_place(portal: Portal, web: respx.Router) -> None:
    web.post("/crm.item.get").respond(json={"result": {"item": {"id": "abc"}}})
    with pytest.raises(Gibberish, match="id is not a whole number: 'abc'"):
        await portal.send(get_item(ItemRef(DEAL, 1)))


async def test_an_unknown_code_is_written_down(
    portal: Portal, web: respx.Router, caplog: pytest.LogCaptureFixture
) -> None:
    web.post("/crm.item.add").respond(400, json={"error": "SOME_NEW_CODE", "error_description": "?"})
    with pytest.raises(Refused):
        await portal.send(a_write("crm.item.add"))
    assert "unknown error code SOME_NEW_CODE (HTTP 400) is taken for Refused" in caplog.text


# A paused method


def paused() -> httpx.Response:
    return httpx.Response(429, json={"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked"})


def answered(clock: Clockwork, reset_in: float) -> httpx.Response:
    return httpx.Response(200, json={"result": 1, "time": {"operating": 1, "operating_reset_at": clock.now + reset_in}})


async def test_a_short_pause_is_waited_out(portal: Portal, web: respx.Router, clock: Clockwork) -> None:
    web.post("/crm.item.list").mock(side_effect=[answered(clock, 20), paused(), answered(clock, 600)])
    await portal.send(a_read("crm.item.list"))
    assert await portal.send(a_read("crm.item.list")) == 1
    assert clock.slept == [pytest.approx(20)]


async def test_a_long_pause_is_told_and_others_are_not_asked_again(
    portal: Portal, web: respx.Router, clock: Clockwork
) -> None:
    web.post("/user.current").respond(json={"result": "goes on"})
    route = web.post("/crm.item.list").mock(side_effect=[answered(clock, 300), paused(), answered(clock, 600)])
    await portal.send(a_read("crm.item.list"))
    expected = datetime.fromtimestamp(clock.now + 300, UTC)
    for _ in range(2):
        with pytest.raises(MethodPaused) as pause:
            await portal.send(a_read("crm.item.list"))
        assert pause.value.resumes_at == expected
    assert route.call_count == 2
    assert await portal.send(a_read("user.current")) == "goes on"
    clock.now += 301
    assert await portal.send(a_read("crm.item.list")) == 1


async def test_a_pause_in_a_batch_concerns_its_method_alone(
    portal: Portal, web: respx.Router, clock: Clockwork
) -> None:
    web.post("/batch").mock(
        side_effect=[
            batch_answer({"c0": 1, "c1": 2}, times={"c0": {"operating_reset_at": clock.now + 200}, "c1": {}}),
            batch_answer({"c1": 2}, {"c0": {"error": "OPERATION_TIME_LIMIT", "error_description": ""}}),
        ]
    )
    await asyncio.gather(portal.send(a_read("crm.item.list")), portal.send(a_read("user.current")))
    ends = await asyncio.gather(
        portal.send(a_read("crm.item.list")), portal.send(a_read("user.current")), return_exceptions=True
    )
    assert isinstance(ends[0], MethodPaused)
    assert ends[0].resumes_at == datetime.fromtimestamp(clock.now + 200, UTC)
    assert ends[1] == 2
    assert LONGEST_PAUSE < 200


# A portal that moved


async def test_a_renamed_portal_gets_the_same_post_at_its_new_host(portal: Portal) -> None:
    new = WEBHOOK.replace("example", "renamed")
    with respx.mock as web:
        old_route = web.post(f"{WEBHOOK}crm.item.add").respond(302, headers={"location": f"{new}crm.item.add"})
        new_route = web.post(f"{new}crm.item.add").respond(json={"result": 5})
        assert await portal.send(a_write("crm.item.add", fields={"TITLE": "x"})) == 5
        assert await portal.send(a_write("crm.item.add", fields={"TITLE": "y"})) == 5
    assert [call.request.method for call in new_route.calls] == ["POST", "POST"]
    assert body_of(new_route.calls[0].request) == {"fields": {"TITLE": "x"}}
    assert old_route.call_count == 1
    assert portal.host == "renamed.bitrix24.ru"


async def test_a_portal_that_moves_in_circles_is_left_in_the_end(portal: Portal, web: respx.Router) -> None:
    web.post("/user.current").respond(302, headers={"location": f"{WEBHOOK}user.current"})
    with pytest.raises(Gibberish):
        await portal.send(a_read("user.current"))


# Secrets


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "X", "error_description": f"see {WEBHOOK}crm.item.add"}),
        httpx.Response(500, html=f"<a href='{WEBHOOK}'>"),
        httpx.Response(302, headers={"location": f"https://elsewhere.example/{SECRET}"}),
        httpx.ConnectError(f"cannot reach {WEBHOOK}"),
        httpx.ReadTimeout(f"silence at {WEBHOOK}"),
    ],
)
async def test_the_secret_is_in_no_error_and_no_log(
    portal: Portal, web: respx.Router, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    route = web.post("/crm.item.add")
    route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(return_value=answer)
    with pytest.raises(BitrixError) as failure:
        await portal.send(a_write("crm.item.add"))
    told = "".join(traceback.format_exception(failure.value))
    assert SECRET not in told + repr(failure.value) + caplog.text + repr(portal)
    assert repr(portal) == "Portal(https://example.bitrix24.ru/rest/1/***/)"


async def test_what_httpx_logs_shows_the_method_and_no_secret(
    portal: Portal, web: respx.Router, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "httpx")
    web.post("/user.current").respond(json={"result": 1})
    await portal.send(a_read("user.current"))
    assert "/rest/1/***/user.current" in caplog.text
    assert SECRET not in caplog.text


# Explicit batches


async def test_commands_of_a_batch_refer_to_those_before(portal: Portal, web: respx.Router) -> None:
    route = web.post("/batch").mock(
        return_value=batch_answer(
            {"c0": {"item": {"id": 7, "title": "x"}}}, {"c1": {"error": "ERROR_CORE", "error_description": "нет"}}
        )
    )
    made, told = await portal.batch(
        [
            add_item(DEAL, {"title": "x"}),
            a_write("crm.timeline.comment.add", fields={"ENTITY_ID": result_of(0, "item", "id"), "COMMENT": "made"}),
        ]
    )
    assert isinstance(made, Item)
    assert made.ref == ItemRef(DEAL, 7)
    assert isinstance(told, Refused)
    query = body_of(route.calls.last.request)["cmd"]["c1"].partition("?")[2]
    assert parse_qs(query)["fields[ENTITY_ID]"] == ["$result[c0][item][id]"]


async def test_a_batch_nobody_ran_is_sent_again(portal: Portal, web: respx.Router) -> None:
    web.post("/batch").mock(side_effect=[LIMITED, batch_answer({"c0": 1})])
    assert await portal.batch([a_write("crm.item.add")]) == [1]


async def test_a_batch_nobody_ever_ran_is_an_error_for_each(portal: Portal, web: respx.Router) -> None:
    route = web.post("/batch").mock(return_value=LIMITED)
    ends = await portal.batch([a_write("crm.item.add"), a_read("user.current")])
    assert [(type(end), end.method) for end in ends if isinstance(end, BitrixError)] == [
        (Throttled, "crm.item.add"),
        (Throttled, "user.current"),
    ]
    assert route.call_count == 3


async def test_a_batch_that_may_have_run_is_not_sent_again(portal: Portal, web: respx.Router) -> None:
    route = web.post("/batch").mock(side_effect=httpx.ReadTimeout)
    write, read = await portal.batch([a_write("crm.item.add"), a_read("user.current")])
    assert isinstance(write, OutcomeUnknown)
    assert isinstance(read, Unreachable)
    assert route.call_count == 1


async def test_an_unreadable_answer_is_the_error_of_its_command(portal: Portal, web: respx.Router) -> None:
    web.post("/batch").mock(return_value=batch_answer({"c0": {"item": {}}, "c1": {"item": {"id": 2}}}))
    bad, good = await portal.batch([get_item(ItemRef(DEAL, 1)), get_item(ItemRef(DEAL, 2))])
    assert isinstance(bad, Gibberish)
    assert isinstance(good, Item)
    assert good.ref.id == 2


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        ([a_read()] * 51, "50 calls, not 51"),
        ([Call("file.get", read=result_in, batchable=False)], "not allowed in a batch"),
        ([a_write("crm.item.update", fields={"X": None})], r"fields\[X\] is null"),
    ],
)
async def test_what_cannot_be_a_batch_is_refused_before_it_leaves(
    portal: Portal, calls: list[Call[JSON]], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        await portal.batch(calls)


async def test_an_empty_batch_costs_nothing(portal: Portal) -> None:
    assert await portal.batch([]) == []


# Reading much


def rows(*ids: int) -> dict[str, Any]:
    return {"items": [{"id": number} for number in ids]}


async def test_every_row_page_by_page(portal: Portal, web: respx.Router) -> None:
    route = web.post("/crm.item.list").mock(
        side_effect=[
            httpx.Response(200, json={"result": rows(1, 2), "total": 3, "next": 50}),
            httpx.Response(200, json={"result": rows(3), "total": 3}),
        ]
    )
    found = [item.ref.id async for item in portal.every(list_items(DEAL, where={"title": "x"}))]
    assert found == [1, 2, 3]
    assert [body_of(call.request).get("start") for call in route.calls] == [None, 50]
    assert body_of(route.calls[1].request)["filter"] == {"title": "x"}


async def test_the_paging_parameter_keeps_the_spelling_of_its_method(portal: Portal, web: respx.Router) -> None:
    route = web.post("/department.get").mock(
        side_effect=[
            httpx.Response(200, json={"result": [{"ID": "1", "NAME": "a"}], "total": 51, "next": 50}),
            httpx.Response(200, json={"result": [{"ID": "2", "NAME": "b"}], "total": 51}),
        ]
    )
    assert [department.id async for department in portal.every(list_departments())] == [1, 2]
    assert [body_of(call.request)["START"] for call in route.calls] == [0, 50]


async def test_pages_that_stand_still_do_not_run_for_ever(portal: Portal, web: respx.Router) -> None:
    web.post("/crm.item.list").respond(json={"result": rows(1), "next": 50})
    with pytest.raises(Gibberish, match="does not grow"):
        [item async for item in portal.every(list_items(DEAL))]


def test_a_keyset_is_plain_data() -> None:
    keyset = Keyset("ID", order={}, id_of=int)
    assert (keyset.filter, keyset.id_of("7")) == ("filter", 7)
    page: Page[int] = Page((1, 2), 2)
    assert (list(page), len(page), page.next) == ([1, 2], 2, None)


# The end


async def test_a_closed_client_sends_nothing(clock: Clockwork) -> None:
    portal = Portal(WEBHOOK, transport=EchoPortal(), clock=clock, sleep=clock.sleep)
    await portal.close()
    with pytest.raises(RuntimeError, match="closed"):
        await portal.send(a_read("echo", id=1))


async def test_a_client_that_was_handed_in_stays_open(web: respx.Router) -> None:
    web.post("/user.current").respond(json={"result": 1})
    async with httpx.AsyncClient() as http:
        async with Portal(WEBHOOK, http=http) as portal:
            await portal.send(a_read("user.current"))
        assert not http.is_closed


class BrokenPace:
    def patience(self) -> float:
        return 0.0

    async def reserve(self) -> float:
        raise OSError("the shared bucket is out of reach")

    async def answered(self) -> None:
        raise OSError("the shared bucket is out of reach")

    async def overflowed(self) -> None:
        raise OSError("the shared bucket is out of reach")


async def test_who_waits_hears_of_a_pace_that_broke(clock: Clockwork, caplog: pytest.LogCaptureFixture) -> None:
    async with Portal(
        WEBHOOK, transport=EchoPortal(), pace=BrokenPace(), clock=clock, sleep=clock.sleep, attempts=2
    ) as portal:
        with pytest.raises(Unreachable, match="never left"):
            await portal.send(a_write("echo", id=1))
    assert "the shared bucket is out of reach" in caplog.text


# Real sockets


async def test_a_portal_nobody_listens_for_is_unreachable(clock: Clockwork) -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with Portal(
        f"http://127.0.0.1:{port}/rest/1/{SECRET}/", clock=clock, sleep=clock.sleep, attempts=2
    ) as portal:
        with pytest.raises(Unreachable, match=f"no connection to 127.0.0.1:{port}"):
            await portal.send(a_write("crm.item.add"))
    assert len(clock.slept) == 1


@pytest.mark.parametrize(
    "words", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", b"\x00\x01 nonsense\r\n\r\n"]
)
async def test_a_connection_that_breaks_leaves_a_write_open(clock: Clockwork, words: bytes) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Portal(f"http://127.0.0.1:{port}/rest/1/{SECRET}/", clock=clock, sleep=clock.sleep) as portal:
        with pytest.raises(OutcomeUnknown):
            await portal.send(a_write("crm.item.add"))
    assert clock.slept == []


async def test_a_portal_that_says_nothing_is_not_waited_for_for_ever(clock: Clockwork) -> None:
    silence = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silence.wait()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/rest/1/{SECRET}/"
    async with server, Portal(address, clock=clock, sleep=clock.sleep, timeout=0.5) as portal:
        with pytest.raises(OutcomeUnknown, match="waiting for"):
            await portal.send(a_write("crm.item.add"))
        silence.set()
