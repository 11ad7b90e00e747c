"""The portal's calls: parse, check, write down, answer. It will not call twice, so nothing else happens here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from app.storage.inbox import Delivery, Inbox, InboxFull, NotStored
from app.web.doors import Door, Doors, Refusal, admit, admit_robot
from app.web.edge import OVER_LIMIT
from app.web.sorting import OwnTypes, hint_for, sort_event
from bitrix.events import BadEvent, Event

log = logging.getLogger(__name__)

EVENTS = "/bitrix/events"
FORM = b"application/x-www-form-urlencoded"
MOST_HINTS = 200
"""Names of events that are remembered as explained; who invents more of them is not explained more."""


@dataclass(frozen=True)
class Reception:
    """What receiving events needs."""

    inbox: Inbox
    doors: Doors
    own_types: Callable[[str], OwnTypes]
    timestamp: Callable[[], float]
    """Seconds since 1970."""
    largest_event: int
    """Bytes."""
    explained: set[str] = field(default_factory=set)
    """Names of events that concern nobody and that the log has explained: once each."""


class Intake:
    """``POST /bitrix/events``, for webhooks and applications, answered before the framework sees it: finding its way to
    a handler costs FastAPI more than all that is done here. The other pages are the framework's."""

    def __init__(self, pages: FastAPI, reception: Reception) -> None:
        self.pages = pages
        self._reception = reception

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != EVENTS or scope["method"] != "POST":
            await self.pages(scope, receive, send)
            return
        try:
            event = await _read(scope, receive, self._reception.largest_event)
            await _write_down(event, admit(event, self._reception.doors), self._reception)
        except Refusal as refusal:
            await explain(refusal, scope)(scope, receive, send)
        else:
            await send(_ACKNOWLEDGED)
            await send(_NOTHING_MORE)


_ACKNOWLEDGED: Message = {"type": "http.response.start", "status": 204, "headers": []}
_NOTHING_MORE: Message = {"type": "http.response.body", "body": b""}


def event_routes(reception: Reception) -> APIRouter:
    """``/bitrix/robot/{portal}/{secret}`` for robots."""
    routes = APIRouter()

    @routes.post("/bitrix/robot/{portal}/{secret}", status_code=204)
    async def receive_robot(portal: str, secret: str, request: Request) -> Response:
        door = admit_robot(portal, secret, reception.doors)
        event = await _read(request.scope, request.receive, reception.largest_event)
        await _write_down(event, door, reception)
        return Response(status_code=204)

    return routes


async def refuse(request: Request, refusal: Exception) -> JSONResponse:
    """Handler of every Refusal."""
    if not isinstance(refusal, Refusal):
        raise refusal
    return explain(refusal, request.scope)


def explain(refusal: Refusal, scope: Scope) -> JSONResponse:
    """Says what is wrong and what to do; to a stranger who was told often enough, only to stop."""
    if refusal.status < 500 and OVER_LIMIT in scope:
        stop = "С этого адреса слишком много отказов: исправьте токен или адрес обработчика"
        return JSONResponse({"error": "too_many_refusals", "message": stop}, 429, {"Retry-After": "60"})
    log.warning("event refused: %s (%s)", refusal.code, refusal.sentence)
    return JSONResponse({"error": refusal.code, "message": refusal.sentence}, refusal.status)


async def _read(scope: Scope, receive: Receive, limit: int) -> Event:
    """Raises Refusal."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    content_type = headers.get(b"content-type", FORM)
    if not _is_a_form(content_type) or b"content-encoding" in headers:
        raise Refusal(415, "not_a_form", f"Событие Битрикс24 — это форма: Content-Type {FORM.decode()}, без сжатия")
    try:
        return Event.parse(
            await _body(headers.get(b"content-length", b""), receive, limit), content_type.decode("latin-1")
        )
    except BadEvent as error:
        raise Refusal(
            400,
            "bad_event",
            f"Это не событие Битрикс24: {error}. Проверьте, что сюда ведёт исходящий вебхук портала или его робот",
        ) from None


@lru_cache(maxsize=64)
def _is_a_form(content_type: bytes) -> bool:
    return content_type.partition(b";")[0].strip().lower() == FORM


async def _body(announced: bytes, receive: Receive, limit: int) -> bytes:
    too_large = (413, "too_large", f"Событие больше {limit} байт; предел задаёт CAPA24_LARGEST_EVENT")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise Refusal(*too_large)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "cut_off", "Событие пришло не целиком")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise Refusal(*too_large)
    return body


async def _write_down(event: Event, door: Door, reception: Reception) -> None:
    """What is kept as evidence is the form without ``auth``: its tokens are nobody's business."""
    concerned = sort_event(event, door.portal, reception.own_types(door.portal))
    if not concerned.concerns_us:
        _explain_once(event, door, reception.explained)
    delivery = Delivery(
        portal=door.portal,
        name=event.name,
        told=event.raw,
        received_at=reception.timestamp(),
        keys=concerned.keys,
        task_id=concerned.task_id,
    )
    try:
        await reception.inbox.accept(delivery)
    except InboxFull:
        raise Refusal(
            503,
            "busy",
            "Событий больше, чем успевает записать диск (CAPA24_MOST_WAITING_EVENTS); это событие найдёт обход",
        ) from None
    except NotStored:
        raise Refusal(
            503, "not_stored", "Событие не удалось записать, причина в журнале сервиса; его найдёт обход"
        ) from None


def _explain_once(event: Event, door: Door, explained: set[str]) -> None:
    if event.name not in explained and len(explained) < MOST_HINTS:
        explained.add(event.name)
        log.info("event %s of portal %s concerns nobody: %s", event.name, door.portal, hint_for(event))
