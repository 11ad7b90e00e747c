"""The portal's calls: parse, check, write down, answer. It will not call twice, so nothing else happens here."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from app.storage.inbox import Delivery, Inbox, InboxFull, NotStored
from app.web.doors import Door, Refusal, admit, admit_robot
from app.web.sorting import OwnTypes, hint_for, sort_event
from bitrix.events import BadEvent, Event

log = logging.getLogger(__name__)

FORM = "application/x-www-form-urlencoded"
MOST_HINTS = 200
"""Names of events that are remembered as explained; who invents more of them is not explained more."""


@dataclass(frozen=True)
class Reception:
    """What receiving events needs."""

    inbox: Inbox
    doors: Mapping[str, Door]
    own_types: Callable[[str], OwnTypes]
    clock: Callable[[], datetime]
    largest_event: int
    """Bytes."""
    explained: set[str] = field(default_factory=set)
    """Names of events that concern nobody and that the log has explained: once each."""


def event_routes(reception: Reception) -> APIRouter:
    """``/bitrix/events`` for webhooks and applications, ``/bitrix/robot/{portal}/{secret}`` for robots."""
    routes = APIRouter()

    @routes.post("/bitrix/events", status_code=204)
    async def receive(request: Request) -> Response:
        evidence, event = await _read(request, reception.largest_event)
        await _write_down(event, evidence, admit(event, reception.doors), reception)
        return Response(status_code=204)

    @routes.post("/bitrix/robot/{portal}/{secret}", status_code=204)
    async def receive_robot(portal: str, secret: str, request: Request) -> Response:
        door = admit_robot(portal, secret, reception.doors)
        evidence, event = await _read(request, reception.largest_event)
        await _write_down(event, evidence, door, reception)
        return Response(status_code=204)

    return routes


async def refuse(_: Request, refusal: Exception) -> JSONResponse:
    """Handler of every Refusal: says what is wrong and what to do."""
    if not isinstance(refusal, Refusal):
        raise refusal
    log.warning("event refused: %s (%s)", refusal.code, refusal.sentence)
    return JSONResponse({"error": refusal.code, "message": refusal.sentence}, refusal.status)


async def _read(request: Request, limit: int) -> tuple[bytes, Event]:
    """Raises Refusal. What is kept as evidence is the form without ``auth``: its tokens are nobody's business."""
    content_type = request.headers.get("content-type", FORM)
    if content_type.partition(";")[0].strip().lower() != FORM or "content-encoding" in request.headers:
        raise Refusal(415, "not_a_form", f"Событие Битрикс24 — это форма: Content-Type {FORM}, без сжатия")
    try:
        event = Event.parse(await _body(request, limit), content_type)
    except BadEvent as error:
        raise Refusal(
            400,
            "bad_event",
            f"Это не событие Битрикс24: {error}. Проверьте, что сюда ведёт исходящий вебхук портала или его робот",
        ) from None
    return json.dumps(event.raw, ensure_ascii=False).encode("utf-8", "backslashreplace"), event


async def _body(request: Request, limit: int) -> bytes:
    too_large = Refusal(413, "too_large", f"Событие больше {limit} байт; предел задаёт CAPA24_LARGEST_EVENT")
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise too_large
    except ClientDisconnect:
        raise Refusal(400, "cut_off", "Событие пришло не целиком") from None
    return bytes(body)


async def _write_down(event: Event, evidence: bytes, door: Door, reception: Reception) -> None:
    concerned = sort_event(event, door.portal, reception.own_types(door.portal))
    if not concerned.concerns_us:
        _explain_once(event, door, reception.explained)
    delivery = Delivery(
        portal=door.portal,
        name=event.name,
        body=evidence,
        received_at=reception.clock(),
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
