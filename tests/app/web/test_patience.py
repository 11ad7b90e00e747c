"""Callers who take their time, or talk too much: each is hung up on, the others are answered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from app.web.patience import MOST_HEADERS
from tests.app.web.conftest import TOKEN, an_event
from tests.app.web.served import served

PATIENCE = 0.3
LONG = 60.0
"""Seconds after which a test gives up: far more than the service waits."""
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
EVENT = an_event(domain="127.0.0.1:9")
WHOLE = b"POST /bitrix/events HTTP/1.1\r\nHost: x\r\n" + FORM + b"Content-Length: %d\r\n" % len(EVENT)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    with served(tmp_path_factory.mktemp("impatient"), patience=PATIENCE) as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Of a service that waits as long as one usually does: here nobody is to be late on a slow machine."""
    with served(tmp_path_factory.mktemp("patience"), trusted_proxies=["127.0.0.1"]) as found:
        yield found


def answer_to(address: tuple[str, int], *pieces: bytes) -> bytes:
    """All that comes until the service hangs up."""
    heard = b""
    with socket.create_connection(address, LONG) as caller, suppress(ConnectionError):  # it may hang up in the middle
        for piece in pieces:
            caller.sendall(piece)
        while data := caller.recv(65536):
            heard += data
    return heard


@pytest.mark.parametrize(
    "pieces",
    [
        (),  # says nothing at all
        (b"POST /bitrix/ev",),
        (b"POST /bitrix/events HTTP/1.1\r\nHost: x\r\n", b"X-Slow: 1"),
        (WHOLE + b"\r\n", EVENT[:10]),
        (
            b"POST /bitrix/events HTTP/1.1\r\nHost: x\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n",
            b"5\r\nevent\r\n",
        ),
    ],
    ids=["silent", "half a line", "half a header", "half a body", "an endless body"],
)
def test_who_takes_too_long_is_hung_up_on(impatient, pieces):
    assert answer_to(impatient, *pieces).startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_is_kept_is_not_late_between_its_requests(address):
    request = WHOLE + b"\r\n" + EVENT
    with socket.create_connection(address, LONG) as caller:
        for _ in range(3):
            caller.sendall(request)
            assert caller.recv(65536).startswith(b"HTTP/1.1 204 ")


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * MOST_HEADERS + b"\r\n\r\n",),
        (b"GET /" + b"x" * MOST_HEADERS + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n", *(b"X-%d: %s\r\n" % (n, b"x" * 1000) for n in range(60)), b"\r\n"),
    ],
    ids=["a long header", "a long path", "many headers"],
)
def test_headers_that_are_too_long_are_not_read(address, pieces):
    assert answer_to(address, *pieces)[:13] in (b"HTTP/1.1 431 ", b"")


@pytest.mark.parametrize("cut", range(-4, 2))
def test_a_large_body_is_not_taken_for_headers_wherever_the_pieces_are_cut(address, cut):
    body = EVENT + b"&x=" + b"y" * (2 * MOST_HEADERS)
    head = b"POST /bitrix/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + FORM
    head += b"Content-Length: %d\r\n\r\n" % len(body)
    place = len(head) + cut
    with socket.create_connection(address, LONG) as caller:
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        caller.sendall((head + body)[:place])
        caller.sendall((head + body)[place:])
        assert caller.recv(65536).startswith(b"HTTP/1.1 204 ")


def test_what_is_no_http_is_refused(address):
    assert answer_to(address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10).startswith(b"HTTP/1.1 400 ")


def test_behind_a_proxy_that_is_trusted_the_caller_is_whom_it_names(address):
    """Rightmost first: what stands further left is what the caller says of itself."""
    url = f"http://{address[0]}:{address[1]}/bitrix/events"
    form = {"content-type": "application/x-www-form-urlencoded"}

    def knock(chain: str, token: str) -> int:
        headers = {**form, "x-forwarded-for": chain}
        body = an_event(domain="127.0.0.1:9", token=token)
        return httpx.post(url, content=body, headers=headers, trust_env=False).status_code

    answers = [knock(f"10.0.0.{number}, 203.0.113.7", "wrong") for number in range(60)]
    assert answers[:30] == [403] * 30
    assert 429 in answers, "sixty in a few seconds, and thirty a minute are explained"
    assert knock("203.0.113.7, 198.51.100.2", "wrong") == 403
    assert knock("203.0.113.7", TOKEN) == 204
