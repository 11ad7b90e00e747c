"""The portal's calls: parse, check, write down, answer. It will not call twice, so nothing else happens here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.storage.inbox import Delivery, Inbox, InboxFull
from app.web.doors import Door, Refusal, admit, admit_robot
from app.web.sorting import OwnTypes, sort_event
from bitrix.events import BadEvent, Event

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reception:
    """What receiving events needs."""

    inbox: Inbox
    doors: Mapping[str, Door]
    own_types: Callable[[str], OwnTypes]
    clock: Callable[[], datetime]
    largest_event: int


def event_routes(reception: Reception) -> APIRouter:
    """``/bitrix/events`` for webhooks and applications, ``/bitrix/robot/{portal}/{secret}`` for robots."""
    routes = APIRouter()

    @routes.post("/bitrix/events", status_code=204)
    async def receive(request: Request) -> Response:
        body, event = await _read(request, reception.largest_event)
        await _write_down(event, body, admit(event, reception.doors), reception)
        return Response(status_code=204)

    @routes.post("/bitrix/robot/{portal}/{secret}", status_code=204)
    async def receive_robot(portal: str, secret: str, request: Request) -> Response:
        door = admit_robot(portal, secret, reception.doors)
        body, event = await _read(request, reception.largest_event)
        await _write_down(event, body, door, reception)
        return Response(status_code=204)

    return routes


async def refuse(_: Request, refusal: Exception) -> JSONResponse:
    """Handler of every Refusal: says what is wrong and what to do."""
    if not isinstance(refusal, Refusal):
        raise refusal
    log.warning("event refused: %s", refusal.code)
    return JSONResponse({"error": refusal.code, "message": refusal.sentence}, refusal.status)


async def _read(request: Request, limit: int) -> tuple[bytes, Event]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refusal(413, "too_large", f"Событие больше {limit} байт (CAPA24_LARGEST_EVENT)")
    try:
        return bytes(body), Event.parse(bytes(body), request.headers.get("content-type"))
    except BadEvent as error:
        raise Refusal(400, "bad_event", f"Это не событие Битрикс24: {error}") from None


async def _write_down(event: Event, body: bytes, door: Door, reception: Reception) -> None:
    concerned = sort_event(event, door.portal, reception.own_types(door.portal))
    delivery = Delivery(
        portal=door.portal,
        name=event.name,
        body=body,
        received_at=reception.clock(),
        keys=concerned.keys,
        task_id=concerned.task_id,
    )
    try:
        await reception.inbox.accept(delivery)
    except InboxFull:
        raise Refusal(503, "busy", "Событий больше, чем успевает записать диск; это событие найдёт обход") from None
