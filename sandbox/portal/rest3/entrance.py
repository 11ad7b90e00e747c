"""HTTP in front of REST 3.0: ``/rest/api/{user}/{secret}/{method}`` for webhooks, ``/rest/api/{method}`` with a token.

The way in, limits and faults are those of the older version (``web.py``); here is what differs. Bodies are JSON and
nothing else, the query string carries no parameters, and a header may ask for an earlier answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sandbox.portal import php
from sandbox.portal.access import no_auth
from sandbox.portal.bodies import decode_body, finite, nothing
from sandbox.portal.loose import as_text
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rendering import json_response
from sandbox.portal.rest import Caller
from sandbox.portal.rest3 import batch
from sandbox.portal.rest3.answers import Name, name_of
from sandbox.portal.rest3.calls import Done, call, note
from sandbox.portal.rest3.refusals import Refusal, invalid_json, only_post
from sandbox.portal.rest3.registry import METHODS
from sandbox.portal.web import Address, Asked, RestEntrance, application_caller, webhook_caller

DEEPEST = 128
"""Levels of a body. PHP refuses more than 512; nothing that means something comes near either."""


@dataclass(frozen=True)
class Request3:
    """A request of REST 3.0 that was let in. What it carries is read when it is answered."""

    caller: Caller
    token: str
    """Access token of an application; empty for a webhook."""
    address: Address
    http_method: str
    content_type: str
    body: bytes
    idempotency_key: str | None

    @property
    def methods(self) -> list[str]:
        """The method of the address, and those a batch carries."""
        if self.address.method.lower() != batch.NAME:
            return [self.address.method]
        return [self.address.method, *batch.command_names(decode_body(self.content_type, self.body))]

    def answer(self, portal: Portal) -> Response:
        try:
            said = self._said()
            if self.address.method.lower() == batch.NAME:
                reply = batch.run(portal, self.caller, said)
                return json_response(reply.envelope(), reply.status)
            # A list where a map belongs is a map with the keys 0..n-1, none of which is a parameter.
            return self._answered(portal, said if isinstance(said, Mapping) else {})
        except Refusal as refusal:
            note(portal, self.caller, self.address.method, {}, refusal)
            return json_response(refusal.as_json(), refusal.status)

    def _said(self) -> Mapping[str, JSON] | Sequence[JSON]:
        said = read_json(self.content_type, self.body)
        if said and self.http_method != "POST":
            raise only_post()
        if isinstance(said, Mapping) and self.token:
            return {name: value for name, value in said.items() if name != "auth"}
        return said

    def _answered(self, portal: Portal, said: Mapping[str, JSON]) -> Response:
        """A key counts only for a method that writes."""
        method = METHODS.get(self.address.method.lower())
        if self.idempotency_key is None or method is None or not method.writes:
            reply = call(portal, self.caller, self.address.method, said)
            return json_response(reply.envelope(), reply.status)
        return self._repeatable(portal, said, name_of(self.caller, method.name, self.idempotency_key))

    def _repeatable(self, portal: Portal, said: Mapping[str, JSON], name: Name) -> Response:
        kept = portal.rest3.answers.find(name, said)
        if kept is not None:
            note(portal, self.caller, self.address.method, said, Done(None), replayed=True)
            response = json_response(kept, 200)
            response.headers["Idempotent-Replayed"] = "true"
        else:
            reply = call(portal, self.caller, self.address.method, said)
            body = reply.envelope()
            if isinstance(reply.outcome, Done):
                portal.rest3.answers.keep(name, said, body)
            response = json_response(body, reply.status)
        response.headers["Idempotency-Key"] = name.key
        return response


class Rest3Entrance(RestEntrance):
    """The ASGI application under ``/rest/api``."""

    def _address(self, request: Request) -> Address:
        return read_address(request.url.path)

    def _let_in(self, portal: Portal, request: Request, address: Address, body: bytes) -> Asked:
        token = "" if address.user else token_of(request, body)
        if address.user:
            caller = webhook_caller(portal, address.user, address.secret)
        else:
            caller = application_caller(portal, token)
        headers = request.headers
        portal.rest3.event_log.authorized(
            caller,
            address=request.client.host if request.client else "",
            user_agent=headers.get("user-agent", ""),
        )
        key = headers.get("idempotency-key")
        return Request3(caller, token, address, request.method, headers.get("content-type", ""), body, key)


def read_address(path: str) -> Address:
    """Tolerates doubled slashes and one at the end. Raises 401 for an address that names no method."""
    steps = [step for step in path.split("/") if step]
    steps = steps[steps.index("rest") + 2 :]
    if len(steps) == 1:
        return Address("", "", steps[0])
    if len(steps) == 3:
        user, secret, method = steps
        return Address(user, secret, method)
    raise no_auth()


def token_of(request: Request, body: bytes) -> str:
    """From the body, where the page puts it; a portal takes it from a header and from the query string too, which is
    how a batch of an application can be sent at all (b24jssdk #455)."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer
    sent = decode_body(request.headers.get("content-type", ""), body)
    inside = as_text(sent.get("auth")) if isinstance(sent, Mapping) else None
    return inside or as_text(php.decode_query(request.url.query).get("auth")) or ""


def read_json(content_type: str, body: bytes) -> Mapping[str, JSON] | Sequence[JSON]:
    """No body is no parameters. Raises ``INVALIDJSONEXCEPTION`` for a form and for anything that is no JSON."""
    if not body.strip():
        return {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind and kind not in {"application/json", "text/json"}:
        raise invalid_json()
    try:
        said = json.loads(body.decode("utf-8"), parse_float=finite, parse_constant=nothing)
    except (ValueError, RecursionError):
        raise invalid_json() from None
    if not isinstance(said, (dict, list)) or is_deeper(said, DEEPEST):
        raise invalid_json()
    return said


def is_deeper(said: JSON, levels: int) -> bool:
    here: list[JSON] = [said]
    for _ in range(levels):
        here = [
            inner
            for outer in here
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not here:
            return False
    return True
