"""The control plane, ``/_sandbox/``: what a test or a demonstration may do to a portal that its users may not.

No part of a real portal. JSON in, JSON out; mistakes are answered 400 with a sentence.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from sandbox import scenarios
from sandbox.portal.clock import iso
from sandbox.portal.faults import FaultMistake
from sandbox.portal.journal import KINDS
from sandbox.portal.loose import as_flag, as_int, as_list, as_number, as_object, as_text
from sandbox.portal.php import JSON
from sandbox.portal.seed import SeedMistake, plant

if TYPE_CHECKING:
    from sandbox.server import Host

Sent: TypeAlias = Mapping[str, JSON]
SETTLE_TIMEOUT = 30.0


class ControlMistake(ValueError):
    """What was asked cannot be done; the text says why."""


def create_router(host: Host) -> Router:
    """Routes relative to ``/_sandbox``."""
    control = Control(host)
    actions: list[tuple[str, str, Callable[[Request], Awaitable[JSON]]]] = [
        ("POST", "reset", control.reset),
        ("POST", "seed", control.seed),
        ("GET", "clock", control.read_clock),
        ("POST", "clock", control.set_clock),
        ("POST", "inbound", control.inbound),
        ("POST", "outbound", control.outbound),
        ("GET", "faults", control.read_faults),
        ("POST", "faults", control.add_faults),
        ("DELETE", "faults", control.delete_faults),
        ("GET", "limits", control.read_limits),
        ("POST", "limits", control.set_limits),
        ("GET", "journal", control.journal),
        ("GET", "notices", control.notices),
        ("POST", "settle", control.settle),
    ]

    async def listing(_: Request) -> JSON:
        """What there is."""
        return {f"{verb} {name}": (action.__doc__ or "").strip() for verb, name, action in actions}

    routes = [Route(f"/{name}", endpoint(action), methods=[verb]) for verb, name, action in actions]
    return Router([Route("/", endpoint(listing), methods=["GET"]), *routes])


def endpoint(action: Callable[[Request], Awaitable[JSON]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await action(request))
        except NotSettled as mistake:
            return JSONResponse({"error": str(mistake)}, 504)
        except (ControlMistake, FaultMistake, SeedMistake, scenarios.UnknownScenario) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return answer


class NotSettled(Exception):
    """Events are still on their way after all this time."""


class Control:
    """One method an action; its docstring is what ``GET /_sandbox/`` shows."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def reset(self, request: Request) -> JSON:
        """{"scenario"?: name} - everything anew: portal, spreadsheets, clock. Answers the addresses, which stay."""
        scenario = as_text((await read_object(request)).get("scenario")) or "empty"
        await self._host.reset(scenario)
        return {**self._host.addresses, "scenario": scenario}

    async def seed(self, request: Request) -> JSON:
        """{departments, users, funnels, groups, items} by names of your choice - answers the ids by name."""
        return plant(self._host.portal, await read_object(request))

    async def read_clock(self, request: Request) -> JSON:
        """The portal's time and its mode: real, frozen or shifted."""
        clock = self._host.portal.clock
        return {"now": iso(clock.now()), "mode": clock.mode}

    async def set_clock(self, request: Request) -> JSON:
        """{"now": moment} freezes, {"advance": seconds} jumps ahead, {"real": true} lets it run."""
        sent = await read_object(request)
        clock = self._host.portal.clock
        if as_flag(sent.get("real")):
            clock.real()
        elif "now" in sent:
            clock.freeze(read_moment(sent["now"]))
        elif "advance" in sent:
            seconds = as_number(sent["advance"])
            if seconds is None or seconds < 0:
                raise ControlMistake('"advance" must be a number of seconds that is not negative')
            self._host.advance(seconds)
        else:
            raise ControlMistake('send {"now": moment}, {"advance": seconds} or {"real": true}')
        self._host.portal.events.wake()
        return await self.read_clock(request)

    async def inbound(self, request: Request) -> JSON:
        """{"user_id", "scopes"?: [...]} - a new inbound webhook of this user; answers {"webhook": address}."""
        sent = await read_object(request)
        user_id = as_int(sent.get("user_id"))
        if user_id is None or not self._host.portal.staff.is_active(user_id):
            raise ControlMistake(f"there is no active user {sent.get('user_id')!r}")
        scopes = [text for text in map(as_text, as_list(sent["scopes"])) if text] if "scopes" in sent else None
        webhook = self._host.portal.access.create(user_id, scopes)
        return {"webhook": self._host.webhook_address(webhook)}

    async def outbound(self, request: Request) -> JSON:
        """{"url", "events": [...], "user_id"?} - a new outgoing webhook; answers {"id", "application_token"}."""
        sent = await read_object(request)
        url = as_text(sent.get("url")) or ""
        events = [text for text in map(as_text, as_list(sent.get("events"))) if text]
        if not url.startswith(("http://", "https://")) or not events:
            raise ControlMistake('send {"url": "http://...", "events": ["ONCRMDEALUPDATE", ...]}')
        subscription = self._host.portal.events.subscribe(url, events, as_int(sent.get("user_id")) or 1)
        return {"id": subscription.id, "application_token": subscription.application_token}

    async def notices(self, request: Request) -> JSON:
        """?user_id=N - the notifications this user sees."""
        user_id = as_int(request.query_params.get("user_id"))
        if user_id is None:
            raise ControlMistake("say whose notifications: ?user_id=5")
        return self._host.portal.notices.of(user_id)

    async def read_faults(self, request: Request) -> JSON:
        """The rules that can still happen."""
        return [rule.as_json() for rule in self._host.portal.faults.rules]

    async def add_faults(self, request: Request) -> JSON:
        """[{"on": "event"|"rest", "event"|"method", "do", "entity_id"?, "seconds"?, "times"?, "probability"?}, ...]"""
        sent = await read_json(request)
        rules = [as_object(rule) for rule in ([sent] if isinstance(sent, Mapping) else as_list(sent))]
        if not rules or None in rules:
            raise ControlMistake("send a list of rules, each a map")
        self._host.portal.faults.add(rule for rule in rules if rule is not None)
        return await self.read_faults(request)

    async def delete_faults(self, request: Request) -> JSON:
        """Everything works again."""
        self._host.portal.faults.clear()
        return []

    async def read_limits(self, request: Request) -> JSON:
        """The plan of limits, and what methods cost on top of their real time."""
        limits = self._host.portal.limits
        return {"plan": limits.plan, "costs": limits.costs}

    async def set_limits(self, request: Request) -> JSON:
        """{"plan"?: "off"|"cloud"|"enterprise", "costs"?: {method: seconds}} - meters start anew."""
        sent, limits = await read_object(request), self._host.portal.limits
        costs = {name.lower(): as_number(seconds) for name, seconds in (as_object(sent.get("costs")) or {}).items()}
        if None in costs.values():
            raise ControlMistake('"costs" must be a map of methods to seconds')
        try:
            limits.choose(as_text(sent.get("plan")) or limits.plan)
        except ValueError as mistake:
            raise ControlMistake(str(mistake)) from mistake
        limits.costs = {name: seconds for name, seconds in costs.items() if seconds is not None}
        return await self.read_limits(request)

    async def journal(self, request: Request) -> JSON:
        """?after=N&kind=request|event|change - numbered records, oldest first."""
        after, kind = as_int(request.query_params.get("after", "0")), request.query_params.get("kind")
        if after is None or (kind is not None and kind not in KINDS):
            raise ControlMistake(f'"after" must be a number, "kind" one of {", ".join(KINDS)}')
        journal = self._host.portal.journal
        return {"records": journal.read(after, kind), "last": journal.last}

    async def settle(self, request: Request) -> JSON:
        """{"timeout"?: seconds} - answers when no event waits and no delivery is under way; "held" tells how many
        a fault keeps back for later."""
        timeout = as_number((await read_object(request)).get("timeout", SETTLE_TIMEOUT)) or SETTLE_TIMEOUT
        try:
            await asyncio.wait_for(self._host.portal.events.settle(), timeout)
        except TimeoutError:
            raise NotSettled(f"events are still on their way after {timeout:g} seconds") from None
        return {"settled": True, "held": self._host.portal.events.held}


async def read_json(request: Request) -> JSON:
    body = await request.body()
    if not body.strip():
        return {}
    try:
        sent: JSON = json.loads(body)
    except ValueError as mistake:
        raise ControlMistake(f"the body is not JSON: {mistake}") from mistake
    return sent


async def read_object(request: Request) -> Sent:
    sent = await read_json(request)
    if not isinstance(sent, Mapping):
        raise ControlMistake("send a JSON object")
    return sent


def read_moment(value: JSON) -> datetime:
    try:
        return datetime.fromisoformat(as_text(value) or "")
    except ValueError:
        raise ControlMistake(f'"now" must be a moment like 2026-01-15T10:20:30+03:00, not {value!r}') from None
