"""An application's right to call: renewed when its hour is over, once for everybody, and never lost on the way."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from bitrix.call import JSON, Answer, Call
from bitrix.client import Portal
from bitrix.dispatch import RENEWALS
from bitrix.errors import AccessLost, BitrixError, Gibberish, Loss, ScopeMissing, TokenExpired, TryLater, Unreachable
from bitrix.oauth import VENDORS_SERVERS, WAITS_AFTER_REFUSAL, Application, Authorization, AuthorizationServer
from bitrix.tokens import MemoryTokens, Tokens
from tests.bitrix.clockwork import Clockwork

SECRET = "cl13nts3cr3t"
APPLICATION = Application("local.1", SECRET)
FIRST = Tokens(
    member_id="m",
    access_token="access0",
    refresh_token="refresh0",
    client_endpoint="https://example.bitrix24.ru/rest/",
    server_endpoint="https://oauth.bitrix24.tech/rest/",
)


def result_in(answer: Answer) -> JSON:
    return answer.result


def a_read(number: int = 0) -> Call[JSON]:
    return Call("user.current", {"id": number}, read=result_in)


def a_write(number: int = 0) -> Call[JSON]:
    return Call("crm.item.add", {"id": number}, read=result_in, writes=True)


class Vendor(httpx.AsyncBaseTransport):
    """A portal and its authorisation server. ``good`` is the only access token that works; a refresh makes the next
    pair and forgets the old one at once, which is the worst that could be."""

    def __init__(self, good: str = "access0", refreshable: str = "refresh0") -> None:
        self.good = good
        self.refreshable = refreshable
        self.host = "example.bitrix24.ru"
        self.renewals = 0
        self.requests: list[httpx.Request] = []
        self.applied: list[int] = []
        self.refusal: httpx.Response | Exception | None = None
        self.member_id = "m"
        self.always_expired = False
        self.slowness = 3

    def expire(self) -> None:
        self.good = "nobody has this one yet"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for _ in range(self.slowness):
            await asyncio.sleep(0)
        return self._token(request) if request.url.path == "/oauth/token/" else self._rest(request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        assert (asked["client_id"], asked["client_secret"]) == ("local.1", SECRET)
        if self.refusal is not None:
            if isinstance(self.refusal, Exception):
                raise self.refusal
            return self.refusal
        if asked.get("refresh_token") != self.refreshable and "code" not in asked:
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.renewals += 1
        self.good, self.refreshable = f"access{self.renewals}", f"refresh{self.renewals}"
        return httpx.Response(
            200,
            json={
                "access_token": self.good,
                "refresh_token": self.refreshable,
                "client_endpoint": f"https://{self.host}/rest/",
                "server_endpoint": "https://oauth.bitrix24.tech/rest/",
                "member_id": self.member_id,
                "scope": "crm",
                "user_id": 1,
            },
        )

    def _rest(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != self.host:
            return httpx.Response(302, headers={"location": f"https://{self.host}{request.url.path}"})
        body = json.loads(request.content)
        token = body.pop("auth", None) if isinstance(body, dict) else parse_qs(request.url.query.decode())["auth"][0]
        if token != self.good or self.always_expired:
            return httpx.Response(401, json={"error": "expired_token", "error_description": f"{token} has expired"})
        if not request.url.path.endswith("/batch"):
            return httpx.Response(200, json={"result": body, "time": {}})
        numbers = {key: int(text.rpartition("=")[2]) for key, text in body["cmd"].items()}
        self.applied += numbers.values()
        return httpx.Response(200, json={"result": {"result": numbers}, "time": {}})


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def store() -> MemoryTokens:
    return MemoryTokens(FIRST)


async def open_portal(vendor: Vendor, store: MemoryTokens, **settings: Any) -> Portal:
    clock = Clockwork()
    access = await Authorization.of(APPLICATION, store, "m", transport=vendor)
    return Portal(access, transport=vendor, clock=clock, sleep=clock.sleep, **{"attempts": 2, **settings})


@pytest.fixture
async def portal(vendor: Vendor, store: MemoryTokens) -> AsyncIterator[Portal]:
    async with await open_portal(vendor, store) as portal:
        yield portal


# Calling


async def test_the_token_travels_beside_the_parameters_and_stays_out_of_sight(portal: Portal, vendor: Vendor) -> None:
    assert await portal.send(a_read(7)) == {"id": 7}
    assert str(vendor.requests[0].url) == "https://example.bitrix24.ru/rest/user.current"
    assert json.loads(vendor.requests[0].content) == {"id": 7, "auth": "access0"}
    assert repr(portal) == "Portal(https://example.bitrix24.ru/rest/ (application, m))"


async def test_positions_have_no_room_for_a_token(
    portal: Portal, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "httpx")
    call: Call[JSON] = Call("task.checklistitem.complete", [12, 34], read=result_in, writes=True)
    assert await portal.send(call) == [12, 34]
    assert vendor.requests[0].url.query == b"auth=access0"
    assert "access0" not in caplog.text


# The hour is over


async def test_an_expired_token_is_renewed_and_the_call_repeated(
    portal: Portal, vendor: Vendor, store: MemoryTokens
) -> None:
    vendor.expire()
    assert await portal.send(a_write(7)) == {"id": 7}
    assert vendor.renewals == 1
    saved = await store.load("m")
    assert saved is not None
    assert (saved.access_token, saved.refresh_token) == ("access1", "refresh1")
    assert [request.url.path for request in vendor.requests] == [
        "/rest/crm.item.add",
        "/oauth/token/",
        "/rest/crm.item.add",
    ]


async def test_a_token_is_never_renewed_before_the_portal_asks_for_it(portal: Portal, vendor: Vendor) -> None:
    for _ in range(20):
        await portal.send(a_read())
    assert vendor.renewals == 0


async def test_one_renewal_serves_everybody(vendor: Vendor, store: MemoryTokens) -> None:
    vendor.expire()
    async with await open_portal(vendor, store) as portal:
        lanes = [portal.lane(str(number)) for number in range(10)]
        calls = [Call("m", [number], read=result_in, writes=True, batchable=False) for number in range(40)]
        ends = await asyncio.gather(
            *(lanes[number % 10].send(call) for number, call in enumerate(calls)),
            *(portal.send(a_write(number)) for number in range(100)),
        )
    assert ends == [*([number] for number in range(40)), *range(100)]
    assert sorted(vendor.applied) == list(range(100))
    assert vendor.renewals == 1


async def test_a_second_request_takes_a_second_place_in_the_bucket(vendor: Vendor, store: MemoryTokens) -> None:
    clock = Clockwork()
    access = await Authorization.of(APPLICATION, store, "m", transport=vendor)
    async with Portal(access, transport=vendor, clock=clock, sleep=clock.sleep, capacity=1) as portal:
        vendor.expire()
        await portal.send(a_read())
    assert clock.slept == [0.5]


class SlowStore(MemoryTokens):
    """Writes down in which order things happen, and can be out of reach."""

    def __init__(self, *tokens: Tokens) -> None:
        super().__init__(*tokens)
        self.fails = 0
        self.saved: list[str] = []
        self.slowness = 0

    async def save(self, tokens: Tokens) -> None:
        for _ in range(self.slowness):
            await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise TryLater("tokens", detail="the database is out of reach")
        self.saved.append(tokens.access_token)
        await super().save(tokens)


async def test_a_new_pair_is_saved_before_it_is_used(vendor: Vendor) -> None:
    store = SlowStore(FIRST)
    store.slowness = 50
    vendor.expire()
    async with await open_portal(vendor, store) as portal:
        calling = asyncio.ensure_future(portal.send(a_read()))
        for _ in range(40):
            await asyncio.sleep(0)
        assert (vendor.renewals, store.saved) == (1, [])
        late = asyncio.ensure_future(portal.lane("late").send(a_read()))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(vendor.requests) == 2  # the call, its renewal, and nobody with a token that is not saved
        await asyncio.gather(calling, late)
    assert store.saved == ["access1"]


async def test_a_pair_that_could_not_be_saved_is_kept_until_it_can(vendor: Vendor) -> None:
    store = SlowStore(FIRST)
    store.fails = 1
    vendor.expire()
    async with await open_portal(vendor, store) as portal:
        assert await portal.send(a_write(7)) == {"id": 7}
    assert store.saved == ["access1"]
    assert vendor.renewals == 1


async def test_a_store_that_stays_away_is_told_and_nothing_was_applied(vendor: Vendor) -> None:
    store = SlowStore(FIRST)
    store.fails = 10
    vendor.expire()
    async with await open_portal(vendor, store) as portal:
        with pytest.raises(TryLater, match="out of reach") as failure:
            await portal.send(a_write(7))
        assert failure.value.method == "crm.item.add"
        store.fails = 0
        assert await portal.send(a_write(8)) == {"id": 8}
    assert vendor.renewals == 1


@pytest.mark.parametrize("turns", range(14))
async def test_who_gives_up_or_closes_loses_no_pair(vendor: Vendor, turns: int) -> None:
    """Whenever it happens: the pair that the vendor knows is the pair that the store knows."""
    store = SlowStore(FIRST)
    store.slowness = 3
    vendor.expire()
    portal = await open_portal(vendor, store)
    calling = asyncio.ensure_future(portal.send(a_read()))
    for _ in range(turns):
        await asyncio.sleep(0)
    calling.cancel()
    await portal.close()
    await asyncio.gather(calling, return_exceptions=True)
    saved = await store.load("m")
    assert saved is not None
    assert saved.refresh_token == vendor.refreshable


async def test_another_process_was_quicker(vendor: Vendor, store: MemoryTokens) -> None:
    async with await open_portal(vendor, store) as one, await open_portal(vendor, store) as other:
        vendor.expire()
        assert await asyncio.gather(one.send(a_read(1)), other.send(a_read(2))) == [{"id": 1}, {"id": 2}]
        assert vendor.renewals == 1


async def test_another_process_was_quicker_but_that_is_long_ago(vendor: Vendor, store: MemoryTokens) -> None:
    """Who was idle meanwhile finds a pair in the store that has expired as well (seed 22, with tokens)."""
    async with await open_portal(vendor, store) as one, await open_portal(vendor, store) as idle:
        vendor.expire()
        await one.send(a_read(1))
        vendor.expire()
        assert await idle.send(a_write(2)) == {"id": 2}
    assert vendor.renewals == 2


# What only people can mend


REFUSALS = [
    # settings/oauth/error-codes.md, b24pysdk/errors/oauth.py
    (400, "invalid_grant", Loss.GRANT),
    (400, "invalid_client", Loss.APPLICATION),
    (200, "wrong_client", Loss.APPLICATION),
    (401, "NOT_INSTALLED", Loss.APPLICATION),
    (403, "invalid_scope", Loss.APPLICATION),
    (401, "PAYMENT_REQUIRED", Loss.PAYMENT),
    (403, "user_access_error", Loss.NOT_ADMITTED),
]


@pytest.mark.parametrize(("status", "code", "loss"), REFUSALS)
async def test_a_renewal_that_is_refused_is_not_asked_for_again(
    portal: Portal, vendor: Vendor, store: MemoryTokens, status: int, code: str, loss: Loss
) -> None:
    vendor.expire()
    vendor.refusal = httpx.Response(status, json={"error": code})
    for _ in range(3):
        with pytest.raises(AccessLost) as lost:
            await portal.send(a_write())
        assert lost.value.loss is loss
        assert lost.value.method == "crm.item.add"
    assert sum(request.url.path == "/oauth/token/" for request in vendor.requests) == 1
    # it is installed anew: the store has other tokens
    vendor.good = "access9"
    await store.save(replace(FIRST, access_token="access9", refresh_token="refresh9"))
    assert await portal.send(a_write(5)) == {"id": 5}


async def test_what_people_mended_is_found_a_while_later(vendor: Vendor, store: MemoryTokens) -> None:
    """An invoice was paid, a block was lifted: the store tells nothing of that."""
    clock = Clockwork()
    access = Authorization(AuthorizationServer(APPLICATION, vendor), store, FIRST, clock)
    async with Portal(access, transport=vendor, clock=clock, sleep=clock.sleep, attempts=2) as portal:
        vendor.expire()
        vendor.refusal = httpx.Response(503, json={"error": "OVERLOAD_LIMIT"})
        with pytest.raises(AccessLost):
            await portal.send(a_write())
        vendor.refusal = None
        await clock.sleep(WAITS_AFTER_REFUSAL - 1)
        with pytest.raises(AccessLost):
            await portal.send(a_write())
        await clock.sleep(1)
        assert await portal.send(a_write(5)) == {"id": 5}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.Response(502, html="<h1>Bad Gateway</h1>"),
        httpx.Response(500, json={"error": "INTERNAL_SERVER_ERROR"}),
    ],
)
async def test_an_authorisation_server_that_is_away_is_tried_later(portal: Portal, vendor: Vendor, answer: Any) -> None:
    vendor.expire()
    vendor.refusal = answer
    with pytest.raises(TryLater):
        await portal.send(a_write())
    vendor.refusal = None
    assert await portal.send(a_write(5)) == {"id": 5}


@pytest.mark.parametrize("answer", [httpx.Response(200, json={}), httpx.Response(200, html="<h1>hello</h1>")])
async def test_an_answer_without_tokens_is_gibberish(portal: Portal, vendor: Vendor, answer: httpx.Response) -> None:
    vendor.expire()
    vendor.refusal = answer
    with pytest.raises(Gibberish):
        await portal.send(a_write())


async def test_tokens_of_another_portal_are_not_taken(portal: Portal, vendor: Vendor, store: MemoryTokens) -> None:
    vendor.expire()
    vendor.member_id = "somebody else"
    with pytest.raises(Gibberish, match="another portal"):
        await portal.send(a_read())
    assert await store.load("m") == FIRST
    assert await store.load("somebody else") is None


async def test_a_missing_scope_is_no_lost_access(portal: Portal, vendor: Vendor) -> None:
    vendor.expire()
    vendor.refusal = httpx.Response(403, json={"error": "insufficient_scope"})
    with pytest.raises(ScopeMissing):
        await portal.send(a_read())


async def test_a_token_that_is_expired_again_at_once_is_told(portal: Portal, vendor: Vendor) -> None:
    """No circle of renewals."""
    vendor.always_expired = True
    with pytest.raises(TokenExpired):
        await portal.send(a_read())
    assert vendor.renewals == RENEWALS


async def test_an_application_that_was_never_installed_there() -> None:
    with pytest.raises(AccessLost) as lost:
        await Authorization.of(APPLICATION, MemoryTokens(), "m")
    assert lost.value.loss is Loss.GRANT


# Addresses


async def test_a_renamed_portal_is_followed_and_its_new_address_kept(
    portal: Portal, vendor: Vendor, store: MemoryTokens
) -> None:
    vendor.host = "renamed.bitrix24.ru"
    assert await portal.send(a_write(7)) == {"id": 7}
    assert await portal.send(a_write(8)) == {"id": 8}
    assert [request.url.host for request in vendor.requests] == ["example.bitrix24.ru", *["renamed.bitrix24.ru"] * 2]
    assert [request.method for request in vendor.requests] == ["POST"] * 3
    vendor.expire()
    await portal.send(a_write(9))
    saved = await store.load("m")
    assert saved is not None
    assert saved.client_endpoint == "https://renamed.bitrix24.ru/rest/"


@pytest.mark.parametrize(
    "location", ["http://renamed.bitrix24.ru/rest/user.current", "https://renamed.bitrix24.ru/other/", "//[", ""]
)
async def test_a_token_is_not_carried_elsewhere(store: MemoryTokens, location: str) -> None:
    access = await Authorization.of(APPLICATION, store, "m")
    assert not access.move(location)
    assert access.host == "example.bitrix24.ru"


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("https://oauth.bitrix24.tech/rest/", "oauth.bitrix24.tech"),
        ("https://oauth.bitrix.info/rest/", "oauth.bitrix.info"),
        ("", VENDORS_SERVERS[0]),
        ("https://oauth.bitrix24.tech.example.com/rest/", VENDORS_SERVERS[0]),
        ("https://example.com/rest/", VENDORS_SERVERS[0]),
        ("ftp://oauth.bitrix.info/rest/", VENDORS_SERVERS[0]),
    ],
)
async def test_the_secret_goes_to_servers_we_know(vendor: Vendor, named: str, asked: str) -> None:
    await AuthorizationServer(APPLICATION, vendor).refresh(replace(FIRST, server_endpoint=named))
    assert vendor.requests[0].url.host == asked
    assert vendor.requests[0].url.scheme == "https"


async def test_the_first_tokens_come_for_a_code(vendor: Vendor) -> None:
    tokens = await AuthorizationServer(APPLICATION, vendor).exchange("c0de", "oauth.bitrix.info")
    assert (tokens.member_id, tokens.access_token) == ("m", "access1")
    asked = vendor.requests[0].url
    assert (asked.host, asked.params["code"], asked.params["grant_type"]) == (
        "oauth.bitrix.info",
        "c0de",
        "authorization_code",
    )


# Secrets


async def test_no_secret_is_in_an_error_or_a_log(
    portal: Portal, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vendor.expire()
    vendor.refusal = httpx.ReadTimeout(f"https://oauth.bitrix24.tech/?client_secret={SECRET}")
    with pytest.raises(Unreachable) as failure:
        await portal.send(a_read())
    vendor.refusal = httpx.Response(400, json={"error": "invalid_grant", "error_description": "no"})
    with pytest.raises(AccessLost) as lost:
        await portal.send(a_read())
    told = "".join([*traceback.format_exception(failure.value), *traceback.format_exception(lost.value)])
    for secret in (SECRET, "access0", "refresh0"):
        assert secret not in told + caplog.text + repr(portal) + repr(APPLICATION)
    assert "client_secret=***" in caplog.text


def test_an_error_can_be_told_about_another_call() -> None:
    error = AccessLost("a", code="invalid_grant", status=400, detail="x")
    twin = error.about("b")
    assert (twin.method, twin.code, twin.status, twin.detail, type(twin)) == (
        "b",
        "invalid_grant",
        400,
        "x",
        AccessLost,
    )
    assert error.method == "a"
    assert isinstance(twin, BitrixError)
