"""HTTP in front of the portal: ``/rest/{user}/{secret}/{method}`` becomes a call, its outcome becomes an answer.

Bodies: JSON, form, multipart, query; names nested the way PHP nests them. A real portal refuses plain http
(``INVALID_REQUEST``); a sandbox on a desk has to allow it.
"""

from __future__ import annotations

import asyncio
import email.policy
import json
import logging
import math
from collections.abc import Callable, Mapping
from email.parser import BytesParser

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.portal import dispatch, php
from sandbox.portal.access import no_auth
from sandbox.portal.errors import RestError
from sandbox.portal.methods.batch import command_names
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params

log = logging.getLogger("sandbox")

MAX_BODY = 64 * 1024 * 1024
"""Bytes. The vendor names no limit; the web server in front of a portal has one (unverified)."""


class RestEntrance:
    """The ASGI application under ``/rest``. ``portal`` is asked for on every request, since a reset replaces it."""

    def __init__(self, portal: Callable[[], Portal]) -> None:
        self._portal = portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        portal = self._portal()
        try:
            response = await self._answer(portal, request)
        except ClientDisconnect:
            return
        except RestError as refusal:
            response = json_response(refusal.as_json(), refusal.status)
        if response is None:
            cut: Callable[[], None] = scope["sandbox.cut"]
            cut()
            await gone(receive)
        else:
            await response(scope, receive, send)

    async def _answer(self, portal: Portal, request: Request) -> Response | None:
        """``None`` means that a fault leaves the request without an answer."""
        address = read_address(request.url.path)
        portal.limits.admit(request.client.host if request.client else "unknown")
        body = await read_body(request)
        caller = identify(portal, address)
        params = read_params(request, body)
        fault = portal.faults.for_request(requested_methods(address.method, params))
        if fault is None:
            return call(portal, caller, address.method, params)
        portal.requested(method=address.method, user_id=caller.user_id, fault=fault.do)
        if fault.do in INSTEAD_OF_ANSWER:
            return INSTEAD_OF_ANSWER[fault.do]()
        if fault.do.endswith("_after"):
            call(portal, caller, address.method, params)
        if fault.do.startswith("timeout"):
            await wait_for_client_to_leave(request, fault.seconds)
        return None


def call(portal: Portal, caller: Caller, method: str, params: Params) -> Response:
    reply = dispatch.call(portal, caller, method, params)
    return json_response(reply.envelope(), reply.status)


def requested_methods(method: str, params: Params) -> list[str]:
    """The method of the address, and those a batch carries."""
    return [method, *command_names(params)] if method.lower() == "batch" else [method]


class Address:
    """What an address under ``/rest`` says: whose webhook, which method."""

    def __init__(self, user: str, secret: str, method: str) -> None:
        self.user = user
        self.secret = secret
        self.method = method


def read_address(path: str) -> Address:
    """Tolerates a trailing slash, doubled slashes and the suffix ``.json`` (contract 15).

    Raises 401 for an address without a webhook, 501 for REST 3.0 and for answers in XML.
    """
    steps = [step for step in path.split("/") if step]
    steps = steps[steps.index("rest") + 1 :]
    if steps[:1] == ["api"]:
        raise RestError("NOT_BUILT_IN_SANDBOX", "REST 3.0 (/rest/api/) is not built in this sandbox yet", status=501)
    if len(steps) < 3:
        raise no_auth()
    method = steps[2]
    if method.lower().endswith(".xml"):
        raise RestError("NOT_BUILT_IN_SANDBOX", f"{method}: answers in XML are not built, use .json", status=501)
    return Address(steps[0], steps[1], method.removesuffix(".json"))


def identify(portal: Portal, address: Address) -> Caller:
    """The owner of the webhook, with the rights they have at this moment."""
    webhook = portal.access.find(address.user, address.secret)
    if not portal.staff.is_active(webhook.user_id):
        raise no_auth()
    return Caller(webhook.user_id, portal.staff.is_admin(webhook.user_id), webhook.scopes, webhook.id)


async def read_body(request: Request) -> bytes:
    """The whole body; raises 413 for one that is too big, without reading it to the end."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise RestError("REQUEST_TOO_LARGE", f"The body is larger than {MAX_BODY} bytes", status=413)
        chunks.append(chunk)
    return b"".join(chunks)


def read_params(request: Request, body: bytes) -> Params:
    """Parameters of the address and of the body together; the body wins."""
    query = php.decode_query(request.url.query)
    sent = decode_body(request.headers.get("content-type", ""), body)
    if isinstance(sent, Mapping):
        return Params({**query, **sent})
    return Params({**query, **Params(sent).raw})


def decode_body(content_type: str, body: bytes) -> Mapping[str, JSON] | list[JSON]:
    """Like PHP, an unreadable body is an empty one. JSON is recognised by its header, and by its first character when
    the header is missing or says nothing useful."""
    if not body.strip():
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return php.decode_pairs(multipart_pairs(content_type, body))
    if kind in {"application/json", "text/json"} or (
        kind != "application/x-www-form-urlencoded" and body.lstrip()[:1] in b"{["
    ):
        return decode_json(body)
    return php.decode_query(body.decode("utf-8", "replace"))


def decode_json(body: bytes) -> Mapping[str, JSON] | list[JSON]:
    try:
        text = body.decode("utf-8", "replace").replace("\x00", "")
        decoded = json.loads(text, parse_float=finite, parse_constant=nothing)
    except (ValueError, RecursionError):
        return {}
    return decoded if isinstance(decoded, (dict, list)) else {}


def finite(number: str) -> float | None:
    """``1e999`` is no number one could answer with."""
    value = float(number)
    return value if math.isfinite(value) else None


def nothing(_: str) -> None:
    """``NaN`` and ``Infinity`` are not JSON."""


def multipart_pairs(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Named text parts. Files are not accepted by the methods this sandbox has: they take base64 inside fields."""
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body
    )
    pairs: list[tuple[str, str]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(content, bytes):
            pairs.append((name, content.decode("utf-8", "replace")))
    return pairs


def json_response(body: Mapping[str, JSON], status: int) -> Response:
    """Errors are JSON too. Text is escaped as PHP escapes it, so nobody depends on the encoding."""
    return Response(json.dumps(body), status, media_type="application/json; charset=utf-8")


def query_limit() -> Response:
    return json_response({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}, 503)


def operation_limit() -> Response:
    return json_response(
        {"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked due to operation time limit"}, 429
    )


def server_error() -> Response:
    return json_response({"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}, 500)


def html_page() -> Response:
    """What a proxy in front of the portal says when the portal is down."""
    return HTMLResponse("<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>", 502)


INSTEAD_OF_ANSWER: dict[str, Callable[[], Response]] = {
    "503": query_limit,
    "429": operation_limit,
    "500": server_error,
    "html": html_page,
}
"""Faults that answer, without the call being made."""


async def wait_for_client_to_leave(request: Request, seconds: float | None) -> None:
    """Until the client gives up, ``seconds`` at most."""
    try:
        await asyncio.wait_for(gone(request.receive), seconds)
    except TimeoutError:
        log.debug("the client is still there after %s s, the connection is dropped", seconds)


async def gone(receive: Receive) -> None:
    """Wait until the client is not there any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
