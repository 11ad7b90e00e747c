"""The way of a call to the portal and of its answer back. The only module that touches httpx and tenacity.

Calls that are made in the same moment travel together: a portal counts requests, and a batch of fifty commands is one
(limits.md). Who sends doesn't notice: every caller gets its own answer or its own error.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from bitrix.call import JSON, UNCOUNTED, Answer, Call, Page, command_key
from bitrix.errors import (
    BitrixError,
    Gibberish,
    MethodPaused,
    Throttled,
    TryLater,
    Unreachable,
    classify,
    fault_in,
    unanswered,
)
from bitrix.pacing import LeakyBucket
from bitrix.wire import command

T = TypeVar("T")
Row = TypeVar("Row")

MOST_COMMANDS = 50
LARGEST_BATCH = 500_000
"""Characters of all commands of one batch; the limit of the portal is not documented."""

PAGE = 50
USER_AGENT = "capa24 (+https://github.com/capa24/capa24)"


class _HideSecrets(logging.Filter):
    """httpx writes whole addresses into its log; those of a webhook hold the secret."""

    _SECRET = re.compile(r"(/rest/(?:api/)?\d+/)[^/\s'\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/rest/" in message:
            record.msg, record.args = self._SECRET.sub(r"\1***", message), ()
        return True


for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2"):
    logging.getLogger(_name).addFilter(_HideSecrets())


@dataclass
class _Passenger:
    """A call on its way, and the promise its caller waits for."""

    call: Call[Any]
    answer: asyncio.Future[Any]


class Portal:
    """One portal, spoken to through an inbound webhook ``https://example.bitrix24.ru/rest/1/secret/``.

    Use it as an async context manager. All methods raise `BitrixError`.
    """

    def __init__(
        self,
        webhook: str,
        *,
        http: httpx.AsyncClient | None = None,
        capacity: int = 50,
        drain_per_second: float = 2.0,
        timeout: float = 60.0,
        attempts: int = 5,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._base = webhook.rstrip("/")
        self._own_http = http is None
        self._http = http or httpx.AsyncClient(timeout=timeout, headers={"User-Agent": USER_AGENT})
        self._bucket = LeakyBucket(capacity, drain_per_second, counted_at=clock())
        self._attempts = attempts
        self._clock = clock
        self._sleep = sleep
        self._waiting: list[_Passenger] = []
        self._dispatching: asyncio.Task[None] | None = None
        self._travelling: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"Portal({urlsplit(self._base).netloc})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends what is under way; callers that still wait are cancelled."""
        tasks = [*self._travelling, *([self._dispatching] if self._dispatching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for passenger in self._waiting:
            passenger.answer.cancel()
        self._waiting.clear()
        if self._own_http:
            await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """The answer to a call, tidied. Tried again while the portal surely did not apply it."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((Throttled, Unreachable)),
            stop=stop_after_attempt(self._attempts),
            wait=wait_random_exponential(multiplier=0.5, max=30),
            sleep=self._sleep,
            reraise=True,
        )
        answer: T = await retrying(self._board, call)
        return answer

    async def batch(self, calls: Sequence[Call[Any]]) -> list[Any]:
        """One request for all these calls, whose parameters may refer to earlier ones (`bitrix.call.result_of`).

        Gives for each call its answer or its BitrixError, in order.
        """
        if len(calls) > MOST_COMMANDS:
            raise ValueError(f"a batch takes at most {MOST_COMMANDS} calls, not {len(calls)}")
        loop = asyncio.get_running_loop()
        passengers = [_Passenger(call, loop.create_future()) for call in calls]
        await self._let_one_pass()
        await self._travel_together(passengers)
        return [passenger.answer.exception() or passenger.answer.result() for passenger in passengers]

    async def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = "offset") -> AsyncIterator[Row]:
        """All rows of a list, page by page. ``by="id"``: by growing id without counting, for lists that allow it."""
        if by == "id" and call.keyset is not None:
            async for row in self._by_id(call):
                yield row
            return
        page = await self.send(call)
        while True:
            for row in page.rows:
                yield row
            if page.next is None:
                return
            page = await self.send(call.with_params({"start": page.next}))

    async def _by_id(self, call: Call[Page[Row]]) -> AsyncIterator[Row]:
        keyset, params = call.keyset, call.params
        if keyset is None or not isinstance(params, Mapping):
            raise TypeError(f"{call.method} can't be read by growing id")
        given = params.get(keyset.filter)
        where = dict(given) if isinstance(given, Mapping) else {}
        while True:
            changes: dict[str, JSON] = {**keyset.order, keyset.filter: where, "start": UNCOUNTED}
            page = await self.send(call.with_params(changes))
            for row in page.rows:
                yield row
            if len(page.rows) < PAGE:
                return
            where = {**where, f">{keyset.field}": keyset.id_of(page.rows[-1])}

    async def _board(self, call: Call[T]) -> T:
        passenger = _Passenger(call, asyncio.get_running_loop().create_future())
        self._waiting.append(passenger)
        if self._dispatching is None:
            self._dispatching = asyncio.create_task(self._dispatch())
        answer: T = await passenger.answer
        return answer

    async def _dispatch(self) -> None:
        """Sends off who waits. The wait for the bucket is the window in which a batch fills."""
        try:
            while self._waiting:
                await self._let_one_pass()
                group = self._next_group()
                if group:
                    journey = self._travel_alone(group[0]) if len(group) == 1 else self._travel_together(group)
                    task = asyncio.create_task(journey)
                    self._travelling.add(task)
                    task.add_done_callback(self._travelling.discard)
        finally:
            self._dispatching = None

    async def _let_one_pass(self) -> None:
        while (wait := self._bucket.wait(self._clock())) > 0:
            await self._sleep(wait)
        self._bucket.add(self._clock())

    def _next_group(self) -> list[_Passenger]:
        """The calls of the next request, in the order in which they came."""
        self._waiting = [each for each in self._waiting if not each.answer.done()]
        if not self._waiting:
            return []
        if not self._waiting[0].call.batchable:
            return [self._waiting.pop(0)]
        group: list[_Passenger] = []
        size = 0
        for each in self._waiting:
            size += len(command(each.call.method, each.call.params))
            if len(group) == MOST_COMMANDS or (group and size > LARGEST_BATCH) or not each.call.batchable:
                break
            group.append(each)
        self._waiting = self._waiting[len(group) :]
        return group

    async def _travel_alone(self, passenger: _Passenger) -> None:
        call = passenger.call
        try:
            status, body = await self._post(call, call.params)
            _arrive(passenger, self._answer(call, status, body))
        except BitrixError as error:
            _fail(passenger, error)
        except asyncio.CancelledError:
            passenger.answer.cancel()
            raise

    async def _travel_together(self, passengers: list[_Passenger]) -> None:
        """One batch for all (settings/how-to-call-rest-api/batch.md); if it fails as a whole, each fails its own way."""
        commands: dict[str, JSON] = {
            command_key(index): command(each.call.method, each.call.params) for index, each in enumerate(passengers)
        }
        whole: Call[Any] = Call(
            "batch",
            {"halt": 0, "cmd": commands},
            read=lambda answer: answer.result,
            writes=any(each.call.writes for each in passengers),
        )
        try:
            status, body = await self._post(whole, whole.params)
            envelope = self._answer(whole, status, body)
            if not isinstance(envelope, Mapping):
                raise unanswered(whole, "the batch came back without its parts", status=status)
        except BitrixError as error:
            for each in passengers:
                _fail(each, _own_share(error, each.call))
            return
        except asyncio.CancelledError:
            for each in passengers:
                each.answer.cancel()
            raise
        for index, each in enumerate(passengers):
            try:
                _arrive(each, self._part(each.call, command_key(index), envelope))
            except BitrixError as error:
                _fail(each, error)

    def _part(self, call: Call[Any], key: str, envelope: Mapping[str, JSON]) -> Any:
        """The answer to one command of a batch."""
        fault = fault_in(_section(envelope, "result_error").get(key))
        if fault is not None:
            raise classify(call, 200, fault.code, fault.detail)
        results = _section(envelope, "result")
        if key not in results:
            raise unanswered(call, "the batch came back without an answer to this command")
        total, following = (_section(envelope, name).get(key) for name in ("result_total", "result_next"))
        return _read(call, Answer(results[key], _whole(total), _whole(following)))

    def _answer(self, call: Call[Any], status: int, body: JSON) -> Any:
        fault = fault_in(body)
        if fault is not None:
            error = classify(call, status, fault.code, fault.detail, resumes_at=_resumes_at(body))
            if isinstance(error, Throttled):
                self._bucket.overflowed(self._clock())
            raise error
        if status >= 400 or not isinstance(body, Mapping) or "result" not in body:
            raise unanswered(call, f"no result in the answer (HTTP {status})", status=status)
        return _read(call, Answer(body["result"], _whole(body.get("total")), _whole(body.get("next"))))

    async def _post(self, call: Call[Any], params: Mapping[str, JSON] | Sequence[JSON]) -> tuple[int, JSON]:
        """Status and decoded body. A portal that moved (302) is asked again at its new host, still by POST."""
        content = params if isinstance(params, Mapping) else list(params)
        url = f"{self._base}/{call.method}"
        try:
            response = await self._http.post(url, json=content, follow_redirects=False)
            if response.is_redirect and response.headers.get("location"):
                self._move_to(response.headers["location"])
                response = await self._http.post(f"{self._base}/{call.method}", json=content, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(call.method, detail=f"no connection to {self._host}: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise unanswered(call, f"{type(error).__name__} while waiting for {self._host}") from None
        try:
            return response.status_code, json.loads(response.content)
        except (ValueError, RecursionError):
            raise unanswered(call, f"not JSON (HTTP {response.status_code})", status=response.status_code) from None

    @property
    def _host(self) -> str:
        return urlsplit(self._base).netloc

    def _move_to(self, location: str) -> None:
        """A renamed portal: same path, new host (settings/how-to-call-rest-api/change-domen.md)."""
        target, base = urlsplit(location), urlsplit(self._base)
        if target.netloc and target.scheme in ("https", base.scheme):
            self._base = urlunsplit(base._replace(scheme=target.scheme, netloc=target.netloc))


def _arrive(passenger: _Passenger, answer: Any) -> None:
    if not passenger.answer.done():
        passenger.answer.set_result(answer)


def _fail(passenger: _Passenger, error: BitrixError) -> None:
    if not passenger.answer.done():
        passenger.answer.set_exception(error)


def _own_share(error: BitrixError, call: Call[Any]) -> BitrixError:
    """What the failure of a whole batch means for one of its calls."""
    if isinstance(error, MethodPaused):
        return MethodPaused(
            call.method, code=error.code, status=error.status, detail=error.detail, resumes_at=error.resumes_at
        )
    if isinstance(error, TryLater) and type(error) is not TryLater and not call.writes:
        return type(error)(call.method, code=error.code, status=error.status, detail=error.detail)
    if isinstance(error, Throttled) or (isinstance(error, Unreachable) and error.status is None):
        return type(error)(call.method, code=error.code, status=error.status, detail=error.detail)
    if error.code:
        return classify(call, error.status or 0, error.code, error.detail)
    return unanswered(call, error.detail, status=error.status)


def _read(call: Call[T], answer: Answer) -> T:
    try:
        return call.read(answer)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Gibberish(call.method, detail=f"{type(error).__name__}: {error}") from error


def _section(envelope: Mapping[str, JSON], name: str) -> Mapping[str, JSON]:
    """A part of a batch's answer; PHP writes an empty one as ``[]``."""
    part = envelope.get(name)
    return part if isinstance(part, Mapping) else {}


def _whole(value: JSON) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).lstrip("-").isdigit() else None


def _resumes_at(body: JSON) -> datetime | None:
    """When a paused method is expected back (limits.md, ``operating_reset_at``)."""
    spent = body.get("time") if isinstance(body, Mapping) else None
    at = spent.get("operating_reset_at") if isinstance(spent, Mapping) else None
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None
