"""Between the service and what it calls: requests travel, get lost, arrive late, or come back without an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import requests
from requests.adapters import BaseAdapter

from sandbox.portal import web
from sandbox.portal.bodies import read_params
from sandbox.portal.errors import RestError
from sandbox.sheets import methods as sheets
from sandbox.sheets.desk import Desk
from sandbox.sheets.errors import SheetsError
from tests.simulation import application
from tests.simulation.weather import LONGEST_REQUEST

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from tests.simulation.process import Process
    from tests.simulation.story import Story
    from tests.simulation.weather import Weather
    from tests.simulation.world import World

ASKED_BY_SWEEPS = "server.time"
LASTING = ("item.add", "task.add", "comment.add", "blogpost.add")

Answer = tuple[int, str, bytes]
"""Status, content type, body."""


class Internet:
    """The portal and Google as they can be reached."""

    def __init__(
        self,
        world: World,
        portal: Portal,
        desk: Desk,
        weather: Weather,
        story: Story,
        changed: Callable[[str, list[dict[str, Any]]], None] = lambda process, changes: None,
    ) -> None:
        self.world = world
        self.portal = portal
        self.desk = desk
        self.weather = weather
        self.story = story
        self.under_way = 0
        """Requests that have left and did not arrive yet."""
        self.portal_is_down = False
        self.locked_out = False
        self._changed = changed
        self._sent = self._added = self._sweeps = 0
        self._meanwhile: dict[int, list[Callable[[], None]]] = {}
        self.fates: dict[int, Callable[[Process], None]] = {}
        """What befalls the sender of the request with this number."""
        self.fates_of_adding: dict[int, Callable[[Process], None]] = {}
        """And of this one of those that add something lasting; it is on its way for long."""
        self.fates_of_sweeping: dict[int, Callable[[Process], None]] = {}

    def when_sent(self, number: int, what: Callable[[], None]) -> None:
        """Let something happen soon after the request with this number has left."""
        self._meanwhile.setdefault(number, []).append(what)

    def leaves(self, process: Process, request: httpx.Request) -> bool:
        """A request of this process is on its way. True: it will be for long."""
        words = _words(request)
        adds, sweeps = any(add in words for add in LASTING), ASKED_BY_SWEEPS in words
        self.under_way += 1
        self._sent += 1
        self._added += adds
        self._sweeps += sweeps
        for what in self._meanwhile.pop(self._sent, ()):
            self.world.after(self.weather.chance.uniform(0.0, 0.5), what)
        if fate := self.fates.pop(self._sent, None):
            fate(process)
        if sweeps and (fate := self.fates_of_sweeping.pop(self._sweeps, None)):
            fate(process)
        last_words = self.fates_of_adding.pop(self._added, None) if adds else None
        if last_words is not None:
            last_words(process)
        return last_words is not None

    def ask(self, process: str, request: httpx.Request) -> Answer:
        """What the portal answers; it has then done what was asked."""
        if request.url.path.startswith("/oauth/"):
            body, status = application.answer(self.portal, read_params(request.url.query.decode(), "", b""))
            return status, "application/json", json.dumps(body).encode()
        before = self.portal.journal.last
        try:
            address = web.read_address(request.url.path)
            params = read_params(request.url.query.decode(), request.headers.get("content-type", ""), request.content)
            asked = web.let_in(self.portal, address, "", params)
            response = asked.answer(self.portal)
        except RestError as refusal:
            response = web.json_response(refusal.as_json(), refusal.status)
        if changes := self.portal.journal.read(before, "change"):
            self._changed(process, changes)
        return response.status_code, response.headers["content-type"], bytes(response.body)

    def error(self, code: str, status: int) -> Answer:
        body = {"error": code, "error_description": "weather"}
        return status, "application/json", json.dumps(body).encode()


class Wire(httpx.AsyncBaseTransport):
    """One process's way to the portal. What left can't be called back, whatever becomes of the process."""

    def __init__(self, process: Process, internet: Internet) -> None:
        self._process = process
        self._internet = internet

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._process.must_live()
        answer: asyncio.Future[Answer | Exception] = self._process.loop.create_future()
        self._send(request, answer)
        found = await answer
        if isinstance(found, Exception):
            raise found
        status, kind, body = found
        return httpx.Response(status, headers={"content-type": kind}, content=body, request=request)

    def _send(self, request: httpx.Request, answer: asyncio.Future[Answer | Exception]) -> None:
        net = self._internet
        chance = net.weather.chance
        fault = net.weather.of_request(_words(request))
        if net.portal_is_down:
            fault = chance.choice(("no_connection", "502_before", "hang_before"))
        elif net.locked_out:
            fault = "locked_out"
        if fault is not None:
            net.story.tell(self._process.name, f"~ request {fault}: {_words(request)}", f"request {fault}")
        net.story.count("request")
        out, back = chance.uniform(0.01, 0.2), chance.uniform(0.01, 0.2)
        if net.leaves(self._process, request) or fault in ("late", "cut_late"):
            out = chance.uniform(0.3, 0.98) * LONGEST_REQUEST

        def arrive() -> None:
            net.under_way -= 1
            found = self._meet(request, fault)
            if found is not None:
                net.world.after(back, lambda: tell(found))

        def tell(found: Answer | Exception) -> None:
            if not self._process.dead and not answer.done():
                answer.set_result(found)

        net.world.after(out, arrive)
        if fault == "cut_late":
            net.world.after(back, lambda: tell(httpx.ReadError("cut")))

    def _meet(self, request: httpx.Request, fault: str | None) -> Answer | Exception | None:
        """What comes back; ``None``: nothing ever does."""
        net = self._internet
        match fault:
            case "no_connection":
                return httpx.ConnectError("no route to host")
            case "cut_before":
                return httpx.ReadError("cut")
            case "hang_before":
                return None
            case "503":
                return net.error("QUERY_LIMIT_EXCEEDED", 503)
            case "429":
                return net.error("OPERATION_TIME_LIMIT", 429)
            case "overload":
                return net.error("OVERLOAD_LIMIT", 503)
            case "500_before":
                return net.error("INTERNAL_SERVER_ERROR", 500)
            case "502_before":
                return 502, "text/html", b"<html>502 Bad Gateway</html>"
            case "locked_out":
                return net.error("INVALID_CREDENTIALS", 401)
        found = net.ask(self._process.name, request)
        match fault:
            case "cut_after":
                return httpx.ReadError("cut")
            case "hang_after" | "late" | "cut_late":
                return None
            case "500_after":
                return net.error("INTERNAL_SERVER_ERROR", 500)
            case "502_after":
                return 502, "text/html", b"<html>502 Bad Gateway</html>"
        return found


def _words(request: httpx.Request) -> str:
    method = request.url.path.rstrip("/").rsplit("/", 1)[-1]
    if method != "batch":
        return method
    commands = json.loads(request.content).get("cmd", {})
    names = [str(each).partition("?")[0] for each in commands.values()]
    return f"batch of {len(names)}: {', '.join(sorted(set(names)))}"


class SheetsAdapter(BaseAdapter):
    """Google Sheets for gspread, whose calls block: they happen within one moment."""

    def __init__(self, internet: Internet) -> None:
        super().__init__()
        self._internet = internet

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        net = self._internet
        fault = net.weather.of_sheet()
        if fault is not None:
            net.story.tell("Google", f"~ {fault}", f"sheet {fault}")
        match fault:
            case "quota":
                return self._answer(request, 429, _google_error(429, "RESOURCE_EXHAUSTED"))
            case "error":
                return self._answer(request, 500, _google_error(500, "INTERNAL"))
            case "cut_before":
                raise requests.exceptions.ChunkedEncodingError("cut")
        status, body = self._perform(request)
        match fault:
            case "cut_after":
                raise requests.exceptions.ChunkedEncodingError("cut")
            case "error_after":
                return self._answer(request, 500, _google_error(500, "INTERNAL"))
            case "hang_after":
                raise requests.exceptions.ReadTimeout("no answer")
        return self._answer(request, status, body)

    def _perform(self, request: requests.PreparedRequest) -> tuple[int, Any]:
        parts = urlsplit(request.url or "")
        found = sheets.find(request.method or "", parts.path.removeprefix("/sheets"))
        if found is None:
            return 404, {}
        method, path = found
        sent = json.loads(request.body) if method.body and request.body else None
        try:
            return 200, sheets.perform(
                self._internet.desk, method, path, parse_qs(parts.query, keep_blank_values=True), sent
            )
        except SheetsError as error:
            return error.code, error.body()

    def _answer(self, request: requests.PreparedRequest, status: int, body: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = status
        response.url = request.url or ""
        response.request = request
        response.headers["content-type"] = "application/json"
        response._content = json.dumps(body).encode()
        return response

    def close(self) -> None:
        """Nothing is open."""


def _google_error(code: int, status: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "weather", "status": status}}
