"""A portal of one idea: every method answers with the ``id`` it was called with, and remembers that it was applied.

It understands plain calls and batches from their bytes, like the real one; what else happens on the way (limits,
crashes, lost answers) is put in as a script, one `Weather` for each request, fair when the script is over.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from enum import Enum
from typing import Any
from urllib.parse import parse_qs

import httpx

WEBHOOK = "https://example.bitrix24.ru/rest/1/s3cr3t0123456789/"
SECRET = "s3cr3t0123456789"


class Weather(Enum):
    """What befalls a request."""

    FAIR = "answered"
    NO_ROUTE = "the connection is refused"
    LIMITED = "503 QUERY_LIMIT_EXCEEDED"
    LOST_BEFORE = "the connection breaks before the portal did anything"
    LOST_AFTER = "the connection breaks when the portal has done everything"
    CRASH_HALFWAY = "500 when half of the commands were applied"
    BAD_GATEWAY = "502 with a page, everything was applied"
    PAGE = "200 with a page, nothing was applied"
    CUT = "200 with half an answer, everything was applied"


class EchoPortal(httpx.AsyncBaseTransport):
    """The ``mood`` of a command decides its own fate: ``no`` is refused, ``crash`` is applied and then fails.

    ``echo.list`` answers for many ids at once; it leaves out what it does not show, and is itself refused by mood.
    """

    def __init__(
        self,
        weather: Iterable[Weather] = (),
        *,
        slowness: Iterable[int] = (),
        unlisted: Container[int] = (),
        list_mood: str = "",
    ) -> None:
        self.weather: Iterator[Weather] = iter(weather)
        self.slowness = iter(slowness)
        self.unlisted = unlisted
        self.list_mood = list_mood
        self.requests: list[list[str]] = []
        """The methods of each request that reached the portal; a plain one has one."""
        self.batches = 0
        self.applied: Counter[int] = Counter()
        self.unclear: Counter[int] = Counter()
        """How often a command went out without a clear answer, or with one that it was applied."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        weather = next(self.weather, Weather.FAIR)
        if weather is Weather.NO_ROUTE:
            raise httpx.ConnectError("refused", request=request)
        commands = self._commands(request)
        self.requests.append([method for _, method, _ in commands])
        for _ in range(next(self.slowness, 0)):
            await asyncio.sleep(0)
        if weather is Weather.LIMITED:
            return httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"})
        for _, _, params in commands:
            if "ids" not in params:
                self.unclear[params["id"]] += 1
        return self._finish(request, weather, commands)

    def _finish(
        self, request: httpx.Request, weather: Weather, commands: list[tuple[str, str, dict[str, Any]]]
    ) -> httpx.Response:
        if weather is Weather.LOST_BEFORE:
            raise httpx.ReadTimeout("silence", request=request)
        if weather is Weather.PAGE:
            return httpx.Response(200, html="<h1>maintenance</h1>")
        if weather is Weather.CRASH_HALFWAY:
            commands = commands[: len(commands) // 2]
        parts = {key: self._run(params) for key, _, params in commands}
        if weather is Weather.LOST_AFTER:
            raise httpx.RemoteProtocolError("closed", request=request)
        if weather is Weather.BAD_GATEWAY:
            return httpx.Response(502, html="<h1>Bad Gateway</h1>")
        if weather is Weather.CRASH_HALFWAY:
            return httpx.Response(500, json={"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal"})
        answer = self._batch(parts) if request.url.path.endswith("/batch") else self._plain(next(iter(parts.values())))
        if weather is Weather.CUT:
            return httpx.Response(200, content=answer.content[: len(answer.content) // 2])
        return answer

    def _commands(self, request: httpx.Request) -> list[tuple[str, str, dict[str, Any]]]:
        body = json.loads(request.content)
        method = request.url.path.rpartition("/")[2]
        if method != "batch":
            return [("", method, body)]
        self.batches += 1
        assert len(body["cmd"]) <= 50
        return [(key, *self._command(text)) for key, text in body["cmd"].items()]

    @staticmethod
    def _command(text: str) -> tuple[str, dict[str, Any]]:
        method, _, query = text.partition("?")
        params = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
        if method == "echo.list":
            return method, {"ids": [int(value) for name, value in params.items() if name.startswith("ids[")]}
        return method, {**params, "id": int(params["id"])}

    def _run(self, params: dict[str, Any]) -> dict[str, Any]:
        if "ids" in params:
            return self._run_list(params["ids"])
        number, mood = params["id"], params.get("mood", "")
        if mood == "no":
            self.unclear[number] -= 1
            return {"error": "ACCESS_DENIED", "error_description": "Доступ запрещен<br>"}
        self.applied[number] += 1
        if mood == "crash":
            return {"error": "INTERNAL_SERVER_ERROR", "error_description": "Internal server error"}
        return {"result": {"id": number, "mood": mood}}

    def _run_list(self, ids: list[int]) -> dict[str, Any]:
        if self.list_mood:
            return {"error": self.list_mood, "error_description": ""}
        shown = [number for number in ids if number not in self.unlisted]
        self.applied.update(shown)
        return {"result": {"items": [{"id": number, "mood": ""} for number in shown]}}

    @staticmethod
    def _plain(part: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200 if "result" in part else 400, json={**part, "time": {"operating": 0.1}})

    @staticmethod
    def _batch(parts: dict[str, dict[str, Any]]) -> httpx.Response:
        """Empty sections are ``[]``, as PHP writes them."""
        results = {key: part["result"] for key, part in parts.items() if "result" in part}
        errors = {key: part for key, part in parts.items() if "result" not in part}
        sections: dict[str, Any] = {
            "result": results or [],
            "result_error": errors or [],
            "result_total": [],
            "result_next": [],
        }
        return httpx.Response(200, json={"result": {**sections, "result_time": []}, "time": {}})
