"""The control plane, ``/_sandbox/``: what a test or a demonstration may do to a portal that its users may not.

No part of a real portal. JSON in, JSON out; mistakes are answered 400 with a sentence.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from sandbox import scenarios
from sandbox.portal.access import Application
from sandbox.portal.arguments import check_handler_url
from sandbox.portal.clock import SERVER_ZONE, USUAL_OFFSET, iso
from sandbox.portal.crm.requirements import Requirement
from sandbox.portal.crm.rights import RightsMistake, read_roles
from sandbox.portal.errors import RestError
from sandbox.portal.faults import FaultMistake
from sandbox.portal.journal import KINDS
from sandbox.portal.loose import as_flag, as_int, as_list, as_number, as_object, as_text
from sandbox.portal.moments import read_moment as read_portal_moment
from sandbox.portal.oauth_web import ADMINISTRATOR, token_answer
from sandbox.portal.opening import open_page, open_widget
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.robots import RobotMistake
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
        ("GET", "applications", control.read_applications),
        ("POST", "applications", control.install_application),
        ("POST", "applications/{id:int}", control.change_application),
        ("DELETE", "applications/{id:int}", control.uninstall_application),
        ("GET", "faults", control.read_faults),
        ("POST", "faults", control.add_faults),
        ("DELETE", "faults", control.delete_faults),
        ("GET", "limits", control.read_limits),
        ("POST", "limits", control.set_limits),
        ("GET", "rights", control.read_rights),
        ("POST", "rights", control.set_rights),
        ("DELETE", "rights", control.lift_rights),
        ("GET", "stage_required", control.read_stage_required),
        ("POST", "stage_required", control.add_stage_required),
        ("DELETE", "stage_required", control.clear_stage_required),
        ("GET", "robots", control.read_robots),
        ("POST", "robots", control.add_robot),
        ("POST", "open", control.open_page),
        ("GET", "features", control.read_features),
        ("POST", "features", control.set_features),
        ("POST", "task_comments", control.set_task_comments),
        ("POST", "calendar", control.add_calendar_event),
        ("DELETE", "calendar", control.clear_calendar),
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
        if from_a_foreign_page(request):
            return JSONResponse({"error": "a page of another site may not press these buttons"}, 403)
        try:
            return JSONResponse(await action(request))
        except NotSettled as mistake:
            return JSONResponse({"error": str(mistake)}, 504)
        except (ControlMistake, FaultMistake, SeedMistake, RightsMistake, scenarios.UnknownScenario) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return answer


def from_a_foreign_page(request: Request) -> bool:
    """Any page open in the same browser could send a form here; programs send neither of these headers."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return True
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


class NotSettled(Exception):
    """Events are still on their way after all this time."""


class Control:
    """One method an action; its docstring is what ``GET /_sandbox/`` shows."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def reset(self, request: Request) -> JSON:
        """{"scenario"?: name, "offset"?: "+05:00"} - everything anew: portal, spreadsheets, clock, the time zone of the
        server (+03:00 unless it is sent). Answers the addresses, which stay."""
        sent = await read_object(request)
        scenario, before = as_text(sent.get("scenario")) or "empty", SERVER_ZONE.offset
        SERVER_ZONE.choose(read_offset(sent["offset"]) if "offset" in sent else USUAL_OFFSET)
        try:
            await self._host.reset(scenario)
        except scenarios.UnknownScenario:
            SERVER_ZONE.choose(before)
            raise
        return {**self._host.addresses, "scenario": scenario}

    async def seed(self, request: Request) -> JSON:
        """{departments, users, funnels, groups, items, robots} by names of your choice - answers the ids by name."""
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
        self._host.portal.event_queue.wake()
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

    async def read_applications(self, request: Request) -> JSON:
        """The local applications, without their secrets."""
        return [shown(application) for application in self._host.portal.access.applications]

    async def install_application(self, request: Request) -> JSON:
        """{"title"?, "scopes"?: [...], "handler"?: url, "install"?: url, "user_id"?, "users"?: [...], "installed"?} - a
        new local application: its keys and a pair of tokens of the user who installs it. ``users`` are those it is
        opened to. With "installed": false its installer still has to finish, until then it hears no events."""
        sent, portal = await read_object(request), self._host.portal
        user_id = as_int(sent.get("user_id", ADMINISTRATOR))
        if user_id is None or not portal.staff.is_active(user_id):
            raise ControlMistake(f"there is no active user {sent.get('user_id')!r}")
        application = portal.access.install(
            as_text(sent.get("title")) or "Приложение",
            [text for text in map(as_text, as_list(sent["scopes"])) if text] if "scopes" in sent else None,
            handler=read_url(sent, "handler"),
            install_handler=read_url(sent, "install"),
            user_id=user_id,
            users=read_users(sent),
        )
        application.installed = as_flag(sent.get("installed")) is not False
        if application.installed:
            portal.applications.finish_installation(application)
        tokens = token_answer(portal, portal.oauth.issue(application, user_id))
        keys = {"client_secret": application.client_secret, "application_token": application.application_token}
        return {**shown(application), **keys, **tokens}

    async def change_application(self, request: Request) -> JSON:
        """{"installed"?: true, "paid"?: bool, "users"?: [...]|null} - the installer is done; the subscription ends or
        goes on; whom the administrator opens it to."""
        sent, application = await read_object(request), self._application(request)
        if as_flag(sent.get("installed")) and not application.installed:
            self._host.portal.applications.finish_installation(application)
        if "paid" in sent:
            application.paid = as_flag(sent["paid"]) is not False
        if "users" in sent:
            users = read_users(sent)
            application.users = None if users is None else frozenset(users)
        return shown(application)

    async def uninstall_application(self, request: Request) -> JSON:
        """?clean=0|1 - gone with its tokens, handlers, widgets and options. ONAPPUNINSTALL says CLEAN."""
        application, clean = self._application(request), as_flag(request.query_params.get("clean", "1")) is not False
        self._host.portal.applications.uninstall(application, clean=clean)
        return shown(application)

    def _application(self, request: Request) -> Application:
        application = self._host.portal.access.application(request.path_params["id"])
        if application is None:
            raise ControlMistake(f"there is no application {request.path_params['id']}")
        return application

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
        """[{"on": "event"|"rest", "event"|"method", "do", "entity_id"?, "seconds"?, "times"?, "after"?, "every"?,
        "from"?, "until"?, "probability"?, "seed"?}, ...] - "do" says what goes wrong, the others when: which of the
        matching calls, in which seconds of the portal, with what luck. A mistake in a rule is answered with what
        there is to choose from."""
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

    async def read_rights(self, request: Request) -> JSON:
        """The roles of the CRM; none when everybody may everything."""
        return [
            {
                "name": role.name,
                "users": sorted(role.users),
                "departments": sorted(role.departments),
                "everyone": role.everyone,
                "rights": [
                    {
                        "entity_type_id": grant.entity_type_id,
                        "category_id": grant.category_id,
                        **grant.scopes,
                        "stages": dict(grant.stages),
                    }
                    for grant in role.grants
                ],
            }
            for role in self._host.portal.crm.rights.roles
        ]

    async def set_rights(self, request: Request) -> JSON:
        """[{"name"?, "users"?: [...], "departments"?: [...], "everyone"?, "rights": [{"entity_type_id"?,
        "category_id"?, "read"|"add"|"update"|"delete"|"import": "all"|"department"|"own"|"none",
        "stages"?: {stage: ...}}]}, ...]"""
        self._host.portal.crm.rights.assign(read_roles(await read_json(request)))
        return await self.read_rights(request)

    async def lift_rights(self, request: Request) -> JSON:
        """Everybody may everything in the CRM again."""
        self._host.portal.crm.rights.lift()
        return []

    async def read_stage_required(self, request: Request) -> JSON:
        """The fields that must be filled on some stage."""
        return [
            {
                "entity_type_id": wanted.entity_type_id,
                "field": wanted.field,
                "stage_id": wanted.stage_id,
                "onward": wanted.onward,
            }
            for wanted in self._host.portal.crm.requirements
        ]

    async def add_stage_required(self, request: Request) -> JSON:
        """{"entity_type_id", "field", "stage_id", "onward"?: true} - required on this stage and those behind it."""
        sent, crm = await read_object(request), self._host.portal.crm
        number, stage_id = as_int(sent.get("entity_type_id")), as_text(sent.get("stage_id")) or ""
        if number is None or not crm.exists(number):
            raise ControlMistake(f"there is no CRM type {sent.get('entity_type_id')!r}")
        name = as_text(sent.get("field")) or ""
        field = crm.schema(number).find(name, original=True) or crm.schema(number).find(name, original=False)
        if field is None:
            raise ControlMistake(f"items of type {number} have no field {name!r}")
        dictionary = next(
            (one for one in crm.statuses.dictionaries_of(number) if crm.statuses.find(one, stage_id)), None
        )
        if dictionary is None:
            raise ControlMistake(f"no funnel of type {number} has a stage {stage_id!r}")
        onward = as_flag(sent.get("onward")) is not False
        crm.requirements.add(Requirement(number, dictionary, stage_id, field.name, onward))
        return await self.read_stage_required(request)

    async def clear_stage_required(self, request: Request) -> JSON:
        """No stage requires anything."""
        self._host.portal.crm.requirements.clear()
        return []

    async def read_robots(self, request: Request) -> JSON:
        """The robots on stages."""
        return [robot.as_json() for robot in self._host.portal.robots.placed]

    async def add_robot(self, request: Request) -> JSON:
        """{"entityTypeId", "stageId", "url"} - an outgoing webhook on this stage; or, instead of "url", {"application":
        client_id, "code", "properties"?} - a robot this application registered. Answers the robot."""
        sent, portal = await read_object(request), self._host.portal
        try:
            kind = portal.crm.kind(as_int(sent.get("entityTypeId")) or 0)
            stage = as_text(sent.get("stageId")) or ""
            if "url" in sent:
                check_handler_url(url := as_text(sent["url"]) or "")
                return portal.robots.place(kind, stage, url).as_json()
            application = require_application(portal, sent.get("application"))
            step = portal.robots.step(application, as_text(sent.get("code")) or "", is_robot=True)
            filled = as_object(sent.get("properties")) or {}
            return portal.robots.place(kind, stage, step.handler, step, filled).as_json()
        except (RestError, RobotMistake) as mistake:
            raise ControlMistake(str(mistake)) from mistake

    async def open_page(self, request: Request) -> JSON:
        """{"user_id", "widget": id, "options"?: {...}} or {"user_id", "application": client_id} - what the browser of
        this user posts to the page of a widget or of the application: {"url", "form"}."""
        sent, portal = await read_object(request), self._host.portal
        user_id = as_int(sent.get("user_id"))
        if user_id is None or not portal.staff.is_active(user_id):
            raise ControlMistake(f"there is no active user {sent.get('user_id')!r}")
        try:
            if "widget" in sent:
                context = as_object(sent.get("options")) or {}
                opening = open_widget(portal, as_int(sent["widget"]) or 0, user_id, context)
            else:
                opening = open_page(portal, require_application(portal, sent.get("application")), user_id)
        except LookupError as mistake:
            raise ControlMistake(str(mistake)) from mistake
        return {"url": opening.url, "form": opening.form}

    async def read_features(self, request: Request) -> JSON:
        """What the plan of the portal includes, as feature.get tells it."""
        return self._host.portal.features.as_json()

    async def set_features(self, request: Request) -> JSON:
        """{"rest_offline_extended"?: bool, "rest_auth_connector"?: bool} - switches features of the plan."""
        for code, value in (await read_object(request)).items():
            try:
                self._host.portal.features.switch(code, as_flag(value) is True)
            except ValueError as mistake:
                raise ControlMistake(str(mistake)) from mistake
        return await self.read_features(request)

    async def set_task_comments(self, request: Request) -> JSON:
        """{"in_forum": true} - tasks keep comments in a forum, as before tasks 25.700.0; false in their chat."""
        comments = self._host.portal.tasks.comments
        comments.in_forum = bool(as_flag((await read_object(request)).get("in_forum")))
        return {"in_forum": comments.in_forum}

    async def add_calendar_event(self, request: Request) -> JSON:
        """{"user_id", "from": moment, "to": moment, "name"?, "accessibility"?: "absent"|"busy"|"quest"|"free",
        "whole_days"?} - an event in this person's calendar, leave unless said otherwise; answers {"id"}."""
        sent, portal = await read_object(request), self._host.portal
        user_id = as_int(sent.get("user_id"))
        if user_id is None or portal.staff.user(user_id) is None:
            raise ControlMistake(f"there is no user {sent.get('user_id')!r}")
        begins, ends = read_portal_moment(sent.get("from")), read_portal_moment(sent.get("to"))
        if begins is None or ends is None:
            raise ControlMistake('"from" and "to" must be moments like 2026-01-15T10:20:30+03:00')
        try:
            event = portal.calendars.add(
                user_id,
                begins,
                ends,
                name=as_text(sent.get("name")) or "Отпуск",
                accessibility=as_text(sent.get("accessibility")) or "absent",
                whole_days=as_flag(sent.get("whole_days")) is True,
            )
        except ValueError as mistake:
            raise ControlMistake(str(mistake)) from mistake
        return {"id": event.id}

    async def clear_calendar(self, request: Request) -> JSON:
        """?user_id=N - nothing stands in this person's calendar any more."""
        user_id = as_int(request.query_params.get("user_id"))
        if user_id is None:
            raise ControlMistake("say whose calendar: ?user_id=5")
        self._host.portal.calendars.remove(user_id)
        return []

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
            async with asyncio.timeout(timeout):
                await self._host.portal.event_queue.settle()
        except TimeoutError:
            raise NotSettled(f"events are still on their way after {timeout:g} seconds") from None
        return {"settled": True, "held": self._host.portal.event_queue.held}


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


def shown(application: Application) -> dict[str, JSON]:
    return {
        "id": application.id,
        "client_id": application.client_id,
        "title": application.title,
        "scopes": sorted(application.scopes),
        "installed": application.installed,
        "paid": application.paid,
        "users": None if application.users is None else sorted(application.users),
    }


def read_url(sent: Sent, name: str) -> str:
    url = as_text(sent.get(name)) or ""
    if url and not url.startswith(("http://", "https://")):
        raise ControlMistake(f'"{name}" must be an address like https://example.com/app, not {sent.get(name)!r}')
    return url


def read_users(sent: Sent) -> list[int] | None:
    """``None`` for everybody."""
    if sent.get("users") is None:
        return None
    users = [as_int(one) for one in as_list(sent["users"])]
    if None in users:
        raise ControlMistake(f'"users" must be a list of ids, not {sent["users"]!r}')
    return [user for user in users if user is not None]


def require_application(portal: Portal, client_id: JSON) -> Application:
    application = portal.access.client(as_text(client_id) or "")
    if application is None:
        raise ControlMistake(f"there is no application {client_id!r}: send its client_id")
    return application


def read_offset(value: JSON) -> timedelta:
    try:
        offset = datetime.fromisoformat(f"2026-01-01T00:00:00{as_text(value)}").utcoffset()
    except ValueError:
        offset = None
    if offset is None:
        raise ControlMistake(f'"offset" must be one like +05:00, not {value!r}')
    return offset


def read_moment(value: JSON) -> datetime:
    try:
        return datetime.fromisoformat(as_text(value) or "")
    except ValueError:
        raise ControlMistake(f'"now" must be a moment like 2026-01-15T10:20:30+03:00, not {value!r}') from None
