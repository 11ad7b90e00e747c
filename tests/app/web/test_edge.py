"""Around everything that answers: headers, and strangers who keep coming."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI, Response

from app.web.application import create_app
from app.web.edge import Edge
from app.web.strangers import REMEMBERED, Strangers, network_of
from tests.app.web.conftest import SECRET, an_event

MOST = 5
EVERY = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def edge(reception, seconds) -> Edge:
    async def report() -> dict[str, str]:
        return {"status": "ok"}

    app = create_app(reception, report)

    @app.pages.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    return Edge(app, Strangers(MOST, seconds))


def client(edge: Edge, address: str = "203.0.113.7", scheme: str = "http") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(edge, client=(address, 1234), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://capa24.test")


async def send(http: httpx.AsyncClient, body: bytes, path: str = "/bitrix/events") -> httpx.Response:
    return await http.post(path, content=body, headers={"content-type": "application/x-www-form-urlencoded"})


# --- headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/.env", 404),
        ("GET", "/bitrix/events", 404),
        ("DELETE", "/health", 405),
        ("POST", "/bitrix/events", 415),
        ("POST", f"/bitrix/robot/main/{SECRET}", 415),
        ("OPTIONS", "/health", 405),
        ("GET", "/broken", 500),
    ],
)
async def test_every_answer_has_the_headers(edge, method, path, status, web):
    async with client(edge) as http:
        answer = await http.request(method, path, content=b"x", headers={"content-type": "text/plain"})
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in EVERY} == EVERY
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


async def test_an_acknowledged_event_has_them_too(edge, web):
    async with client(edge) as http:
        answer = await send(http, an_event())
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (204, "nosniff")


async def test_over_https_the_browser_is_told_to_stay_there(edge, web):
    async with client(edge, scheme="https") as http:
        assert "max-age" in (await http.get("/health")).headers["strict-transport-security"]


async def test_what_an_answer_says_itself_stays(seconds):
    app = FastAPI()

    @app.get("/page")
    async def page() -> Response:
        return Response("x", headers={"Content-Security-Policy": "own", "Cache-Control": "public"})

    async with client(Edge(app, Strangers(MOST, seconds))) as http:
        answer = await http.get("/page")
    assert (answer.headers["content-security-policy"], answer.headers["cache-control"]) == ("own", "public")
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- strangers


async def test_who_was_refused_too_often_is_told_to_stop_and_not_logged(edge, web, caplog):
    async with client(edge) as http:
        answers = [await send(http, an_event(token=f"gu3ss-{number}")) for number in range(2 * MOST)]
    assert [answer.status_code for answer in answers] == [403] * MOST + [429] * MOST
    assert (answers[-1].json()["error"], answers[-1].headers["retry-after"]) == ("too_many_refusals", "60")
    assert caplog.text.count("event refused") == MOST


@pytest.mark.parametrize("path", ["/bitrix/robot/main/gu3ss", "/bitrix/robot/stranger/gu3ss"])
async def test_guessed_secrets_of_robots_are_counted_too(edge, web, path):
    async with client(edge) as http:
        answers = [await send(http, an_event(), path) for _ in range(MOST + 1)]
    assert answers[-1].status_code == 429


async def test_nonsense_fills_no_log_either(edge, web, caplog):
    async with client(edge) as http:
        answers = [await send(http, b"nonsense") for _ in range(2 * MOST)]
    assert [answer.status_code for answer in answers] == [400] * MOST + [429] * MOST
    assert caplog.text.count("event refused") == MOST


async def test_a_valid_token_is_never_shut_out(edge, web):
    """Portals of one cloud share their addresses with everybody else's, and an event that is refused is lost."""
    async with client(edge) as http:
        for _ in range(3 * MOST):
            await send(http, an_event(token="wrong"))
        assert (await send(http, an_event())).status_code == 204


async def test_others_are_told_why_as_ever(edge, web):
    async with client(edge) as http:
        for _ in range(3 * MOST):
            await send(http, an_event(token="wrong"))
    async with client(edge, address="198.51.100.1") as http:
        assert (await send(http, an_event(token="wrong"))).json()["error"] == "wrong_token"


async def test_after_a_pause_the_reason_is_told_again(edge, web, seconds):
    async with client(edge) as http:
        for _ in range(MOST):
            await send(http, an_event(token="wrong"))
        seconds.now += 60
        assert (await send(http, an_event(token="wrong"))).status_code == 403


def test_an_address_may_be_refused_so_often_a_minute(seconds):
    strangers = Strangers(MOST, seconds)
    for _ in range(MOST):
        assert not strangers.is_over_limit("192.0.2.1")
        strangers.refused("192.0.2.1")
    assert strangers.is_over_limit("192.0.2.1")
    seconds.now += 60 / MOST
    assert not strangers.is_over_limit("192.0.2.1")


def test_a_million_addresses_take_the_room_of_ten_thousand(seconds):
    strangers = Strangers(MOST, seconds)
    for number in range(3 * REMEMBERED):
        strangers.refused(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(strangers) == REMEMBERED


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_caller_has_one_ipv4_address_and_many_of_ipv6(address, network):
    assert network_of(address) == network
