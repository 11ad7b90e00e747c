"""HTTP in front of the portal: ``/rest/{user}/{secret}/{method}`` becomes a call, its outcome becomes an answer.

What a request carries is read in ``bodies.py``, the call is made in ``dispatch.py``, how its answer looks is said in
``rendering.py``. A real portal refuses plain http (``INVALID_REQUEST``); a sandbox on a desk has to allow it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.portal import dispatch, faults
from sandbox.portal.access import authorization_error, invalid_credentials
from sandbox.portal.bodies import read_body, read_params
from sandbox.portal.errors import RestError
from sandbox.portal.limits import operation_time_limit, query_limit_exceeded
from sandbox.portal.loose import as_text
from sandbox.portal.methods.batch import command_names
from sandbox.portal.oauth import expired, invalid_token
from sandbox.portal.portal import Portal
from sandbox.portal.rendering import RENDERS, Render, json_response
from sandbox.portal.rest import Caller, Params

log = logging.getLogger("sandbox")

OPEN_TO_BROWSERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "origin, content-type, accept, authorization",
}
"""So that a page of another origin may call, as the JavaScript SDK does with a webhook (headers unverified)."""


@dataclass(frozen=True)
class Address:
    """What an address under ``/rest`` says. ``user`` and ``secret`` are empty without a webhook."""

    user: str
    secret: str
    method: str
    render: Render = json_response


class Asked(Protocol):
    """A request of either version that was let in."""

    @property
    def caller(self) -> Caller: ...
    @property
    def token(self) -> str: ...
    @property
    def address(self) -> Address: ...
    @property
    def methods(self) -> list[str]: ...
    def answer(self, portal: Portal) -> Response: ...


@dataclass(frozen=True)
class Request2:
    """A request of REST 2.0 that was let in."""

    caller: Caller
    token: str
    """Access token of an application; empty for a webhook."""
    address: Address
    params: Params

    def answer(self, portal: Portal) -> Response:
        reply = dispatch.call(portal, self.caller, self.address.method, self.params)
        return self.address.render(reply.envelope(), reply.status)

    @property
    def methods(self) -> list[str]:
        """The method of the address, and those a batch carries."""
        method = self.address.method
        return [method, *command_names(self.params)] if method.lower() == "batch" else [method]


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
        if response is None:
            cut: Callable[[], None] = scope["sandbox.cut"]
            cut()
            await gone(receive)
        else:
            response.headers.update(OPEN_TO_BROWSERS)
            await response(scope, receive, send)

    async def _answer(self, portal: Portal, request: Request) -> Response | None:
        """``None`` means that a fault leaves the request without an answer."""
        if request.method == "OPTIONS":
            return Response()
        if portal.names.is_former(host_of(request)):
            return redirect(portal.address, request)
        render: Render = json_response
        try:
            portal.limits.admit(request.client.host if request.client else "unknown")
            address = self._address(request)
            render = address.render
            asked = self._let_in(portal, request, address, await read_body(request))
            return await self._answer_or_fail(portal, request, asked)
        except RestError as refusal:
            return render(refusal.as_json(), refusal.status)

    def _address(self, request: Request) -> Address:
        return read_address(request.url.path)

    def _let_in(self, portal: Portal, request: Request, address: Address, body: bytes) -> Asked:
        params = read_params(request.url.query, request.headers.get("content-type", ""), body)
        return let_in(portal, address, bearer(request), params)

    async def _answer_or_fail(self, portal: Portal, request: Request, asked: Asked) -> Response | None:
        fault = portal.faults.for_request(asked.methods, spared=senseless_faults(portal, request, asked))
        if fault is None:
            return asked.answer(portal)
        portal.requested(method=asked.address.method, user_id=asked.caller.user_id, fault=fault.do)
        if fault.do in SYSTEM_ERRORS:
            raise SYSTEM_ERRORS[fault.do]()
        if fault.do in faults.CREDENTIALS:
            raise spoiled(portal, asked, fault.do)
        if fault.do in faults.MOVES:
            target = portal.names.other
            if fault.do == "rename":
                portal.names.rename(host_of(request))
            return redirect(target, request)
        if fault.do == "html":
            return bad_gateway()
        if fault.do.endswith("_after"):
            asked.answer(portal)
        if fault.do.startswith("timeout"):
            await wait_for_client_to_leave(request, fault.seconds)
        return None


def read_address(path: str) -> Address:
    """Tolerates a trailing slash, doubled slashes and the suffixes ``.json`` and ``.xml`` (contract 1.1).

    ``/rest/{method}`` is for tokens, ``/rest/{user}/{secret}/{method}`` for webhooks; anything else names no method.
    """
    steps = [step for step in path.split("/") if step]
    steps = steps[steps.index("rest") + 1 :]
    user, secret = steps[:2] if len(steps) > 1 and steps[0].isdecimal() else ("", "")
    method = "/".join(steps[2:] if user else steps)
    name, _, suffix = method.rpartition(".")
    if suffix.lower() in RENDERS:
        return Address(user, secret, name, RENDERS[suffix.lower()])
    return Address(user, secret, method)


def let_in(portal: Portal, address: Address, bearer: str, params: Params) -> Request2:
    """Who asks. Raises 401 for strangers; a name that does not exist is told even to them (b24pysdk pull request 3)."""
    try:
        if address.user:
            return Request2(webhook_caller(portal, address.user, address.secret), "", address, params)
        token = bearer or as_text(params.get("auth")) or ""
        # Methods that take their parameters by position would count the token among them.
        others = Params({name: value for name, value in params.raw.items() if name != "auth"})
        return Request2(application_caller(portal, token), token, address, others)
    except RestError:
        if not dispatch.exists(address.method):
            raise dispatch.not_found() from None
        raise


def bearer(request: Request) -> str:
    """A token in the header, which is undocumented and which portals take nevertheless (b24jssdk pull request 491)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def webhook_caller(portal: Portal, user: str, secret: str) -> Caller:
    """The owner of the webhook, with the rights they have at this moment."""
    webhook = portal.access.find(user, secret)
    if not portal.staff.is_active(webhook.user_id):
        raise authorization_error()
    return Caller(webhook.user_id, portal.staff.is_admin(webhook.user_id), webhook.scopes, webhook.id)


def application_caller(portal: Portal, token: str) -> Caller:
    """The user the token was given for, within what the application may touch."""
    tokens = portal.oauth.find(token)
    if not portal.staff.is_active(tokens.user_id):
        raise authorization_error()
    return Caller(
        tokens.user_id,
        portal.staff.is_admin(tokens.user_id),
        tokens.application.scopes,
        webhook_id=0,
        application=tokens.application,
    )


def senseless_faults(portal: Portal, request: Request, asked: Asked) -> list[str]:
    """A webhook has no hour to be over, and who already uses the other name is not sent there."""
    senseless = [] if asked.token else ["expired"]
    return [*senseless, *faults.MOVES] if portal.names.is_other(host_of(request)) else senseless


def spoiled(portal: Portal, asked: Asked, fault: str) -> RestError:
    """The webhook or token of this request is good no more: what it is told now, and will be told from now on."""
    if fault == "expired":
        portal.oauth.expire(asked.token)
        return expired()
    if asked.token:
        portal.oauth.revoke(asked.token)
        return invalid_token()
    portal.access.revoke(asked.caller.webhook_id)
    return invalid_credentials()


SYSTEM_ERRORS: dict[str, Callable[[], RestError]] = {
    "503": query_limit_exceeded,
    "429": operation_time_limit,
    "500": lambda: RestError("INTERNAL_SERVER_ERROR", "Internal server error", 500),
    "unexpected": lambda: RestError("ERROR_UNEXPECTED_ANSWER", "Server returned an unexpected response", 500),
    "overload": lambda: RestError("OVERLOAD_LIMIT", "REST API is blocked due to overload", 503),
    "deleted": lambda: RestError("PORTAL_DELETED", "Portal was deleted", 500),
    # api-reference/scopes/confirmation.md; the status of a denial is known from the vendor's SDK for Python
    "confirm_waiting": lambda: RestError("METHOD_CONFIRM_WAITING", "Waiting for confirmation", 401),
    "confirm_denied": lambda: RestError("METHOD_CONFIRM_DENIED", "Method call denied", 403),
}
"""Faults that answer with an error of the portal (_includes/system-errors.md), without the call being made."""


def bad_gateway() -> Response:
    """What a proxy in front of the portal says when the portal is down."""
    return HTMLResponse("<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>", 502)


def redirect(to: str, request: Request) -> Response:
    """The same path and query under another host name. The body stays with the client: it has to send it again."""
    path = request.scope["raw_path"].decode("ascii", "replace")
    query = f"?{request.url.query}" if request.url.query else ""
    return HTMLResponse("", 302, {"Location": f"{to}{path}{query}"})


def host_of(request: Request) -> str:
    return request.headers.get("host", "").lower()


async def wait_for_client_to_leave(request: Request, seconds: float | None) -> None:
    """Until the client gives up, ``seconds`` at most."""
    try:
        async with asyncio.timeout(seconds):
            await gone(request.receive)
    except TimeoutError:
        log.debug("the client is still there after %s s, the connection is dropped", seconds)


async def gone(receive: Receive) -> None:
    """Wait until the client is not there any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
