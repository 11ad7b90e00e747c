"""One request to the portal and what its answer amounts to. Nothing is tried again here, and nobody waits."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bitrix.address import Access, Entrance, hide_secrets_in_logs
from bitrix.batching import Failure, Outcome, answer_of
from bitrix.call import JSON, Call
from bitrix.errors import (
    BitrixError,
    Fault,
    Throttled,
    TokenExpired,
    TooLate,
    Unreachable,
    classify,
    fault_in,
    is_known,
    reaction,
    unanswered,
    unreadable,
)

LONGEST_CONNECT = 10.0
MOST_MOVES = 3

log = logging.getLogger(__name__)

hide_secrets_in_logs()

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True)
class Reply:
    """What came back, and what it tells about limits and access."""

    outcome: Outcome
    time: JSON = None
    overflowed: bool = False
    """The portal's bucket is full."""
    expired: Entrance | None = None
    """The token that was used has had its hour."""


def _stayed(call: Call[Any]) -> BitrixError:
    """Of the calls of one request some were too late: none left, and the others may come again."""
    if call.leaves_by is None:
        return Unreachable(call.method, detail="it travelled with a call that was too late")
    return TooLate(call.method, detail="it waited for too long")


class Exchange:
    """``timeout`` bounds a whole request, in seconds. An ``http`` client that is handed in is not closed here."""

    def __init__(
        self,
        access: Access,
        *,
        http: httpx.AsyncClient | None,
        transport: httpx.AsyncBaseTransport | None,
        timeout: float,
        user_agent: str,
    ) -> None:
        self.access = access
        self._own_http = http is None
        self._http = http or httpx.AsyncClient(transport=transport)
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        self._timeout = timeout

    async def close(self) -> None:
        await self.access.close()
        if self._own_http:
            await self._http.aclose()

    async def ask(self, method: str, params: JSON, in_time: Callable[[], bool]) -> Reply:
        """Raises nothing that a network can cause. ``in_time`` is asked last, right before the request leaves."""
        entrance = await self.access.entrance(method)
        host = self.access.host
        if not in_time():
            return Reply(_stayed)
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._post(method, params, entrance)
        except _NEVER_SENT as error:
            detail = f"no connection to {host}: {type(error).__name__}"
            return Reply(lambda call: Unreachable(call.method, detail=detail))
        except (httpx.HTTPError, TimeoutError) as error:
            detail = f"{type(error).__name__} while waiting for {host}"
            return Reply(lambda call: unanswered(call, detail))
        return self._understand(response, entrance)

    async def _post(self, method: str, params: JSON, entrance: Entrance) -> httpx.Response:
        """A renamed portal answers at its old host with a redirection; the POST goes to the new one, as a POST.

        Source: settings/how-to-call-rest-api/change-domen.md.
        """
        response = await self._post_once(params, entrance)
        for _ in range(MOST_MOVES):
            if not response.has_redirect_location or not self.access.move(response.headers["location"]):
                break
            log.info("the portal moved to %s", self.access.host)
            response = await self._post_once(params, await self.access.entrance(method))
        return response

    async def _post_once(self, params: JSON, entrance: Entrance) -> httpx.Response:
        url, body = entrance.url, params
        if entrance.token and isinstance(params, Mapping):
            body = {**params, "auth": entrance.token}
        elif entrance.token:  # a list of positions has no names
            url = f"{url}?auth={entrance.token}"
        return await self._http.post(
            url,
            json=body,
            headers=self._headers,
            follow_redirects=False,
            timeout=httpx.Timeout(self._timeout, connect=min(LONGEST_CONNECT, self._timeout)),
        )

    def _understand(self, response: httpx.Response, entrance: Entrance) -> Reply:
        status = response.status_code
        try:
            body: JSON = response.json()
        except (ValueError, RecursionError):
            kind = response.headers.get("content-type", "something without a type").partition(";")[0][:60]
            return Reply(_unreadable(status, f"{self.access.host} answered {kind} instead of JSON"))
        fault = fault_in(body)
        if fault is not None:
            return _refusal(status, Fault(fault.code, self.access.hide(fault.detail)), entrance)
        if status >= 300 or not isinstance(body, Mapping) or "result" not in body:
            return Reply(_unreadable(status, f"{self.access.host} answered JSON with neither result nor error"))
        time = body.get("time")
        return Reply(answer_of(body["result"], body.get("total"), body.get("next"), time), time)


def _refusal(status: int, fault: Fault, entrance: Entrance) -> Reply:
    kind = reaction(status, fault.code)
    if not is_known(fault.code):
        log.warning("unknown error code %s (HTTP %s) is taken for %s", fault.code[:100], status, kind.__name__)
    return Reply(
        lambda call: classify(call, status, fault.code, fault.detail),
        overflowed=kind is Throttled,
        expired=entrance if kind is TokenExpired else None,
    )


def _unreadable(status: int, detail: str) -> Failure:
    return lambda call: unreadable(call, status, detail)
