"""The way of a call to the portal and of its answer back. The only module that touches httpx and tenacity.

    async with Portal("https://example.bitrix24.ru/rest/1/secret/") as portal:
        deal = await portal.send(get_item(ItemRef(DEAL, 42)))

Calls sent in the same moment travel together: a portal counts requests, and a batch of fifty commands is one. When the
portal's bucket has room a lone call leaves at once; when it has none, the wait is the time in which a batch fills.
Who sends does not notice: everybody gets their own answer or their own error (`bitrix.errors`).

The secret of the webhook stands in the address of every request. It is kept out of errors and `repr`; importing this
module also hides it in what httpx and httpcore log.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal, Self, TypeVar

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from bitrix.address import HideSecrets, WebhookAddress
from bitrix.batching import (
    MOST_COMMANDS,
    Failure,
    Outcome,
    Parcel,
    Queue,
    answer_of,
    batch_of,
    outcomes,
    pack,
    times_of,
)
from bitrix.call import JSON, UNCOUNTED, Answer, Call, Keyset, Page
from bitrix.errors import (
    BitrixError,
    Fault,
    Gibberish,
    MethodPaused,
    Throttled,
    TryLater,
    Unreachable,
    classify,
    fault_in,
    is_known,
    reaction,
    unanswered,
    unreadable,
)
from bitrix.pacing import Bucket, OwnPace, Pace, Parking
from bitrix.wire import command

T = TypeVar("T")
Row = TypeVar("Row")

PAGE_SIZE = 50
IN_FLIGHT = 16
"""Requests that may wait for their answers at once; calls beyond them gather in batches."""
LONGEST_CONNECT = 10.0
LONGEST_PAUSE = 30.0
"""Seconds; a method paused for longer is told to the caller instead of waited for."""
MOST_MOVES = 3

log = logging.getLogger(__name__)

# httpx writes whole addresses into its log, httpcore the headers of redirections.
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(HideSecrets())

_BACK_OFF = wait_random_exponential(multiplier=0.5, max=30)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_UNREADABLE_ROW = (ValueError, LookupError, TypeError, AttributeError)


class Portal:
    """One portal, spoken to through an inbound webhook (local-integrations/local-webhooks.md).

    ``capacity`` and ``drain_per_second`` are those of the portal's plan (limits.md); whoever else asks the same portal
    from this machine fills the same bucket, which is what a shared ``pace`` is for. ``timeout`` bounds a whole request,
    in seconds; the portal gives up after 60. ``attempts`` bounds how often a call is tried while it surely was not
    applied. ``clock`` gives unix seconds. An ``http`` client that is handed in is not closed here.
    """

    def __init__(
        self,
        webhook: str,
        *,
        http: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        pace: Pace | None = None,
        capacity: float = 50,
        drain_per_second: float = 2.0,
        timeout: float = 60.0,
        attempts: int = 5,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        user_agent: str = "bitrix-client",
    ) -> None:
        self._address = WebhookAddress(webhook)
        self._own_http = http is None
        self._http = http or httpx.AsyncClient(transport=transport)
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        self._pace = pace or OwnPace(Bucket(capacity, drain_per_second, at=clock()), clock)
        self._timeout = timeout
        self._attempts = attempts
        self._clock = clock
        self._sleep = sleep
        self._parking = Parking()
        self._queue = Queue()
        self._lanes = asyncio.Semaphore(IN_FLIGHT)
        self._dispatching: asyncio.Task[None] | None = None
        self._travelling: set[asyncio.Task[None]] = set()
        self._closed = False

    def __repr__(self) -> str:
        return f"Portal({self._address})"

    @property
    def host(self) -> str:
        """Where the portal is now; it may move while we talk to it."""
        return self._address.host

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End what is under way. Calls that still wait never left; of those that left the outcome is unknown."""
        self._closed = True
        tasks = [*self._travelling, *([self._dispatching] if self._dispatching else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tell_who_waits()  # a dispatcher cancelled before its first step told nobody
        if self._own_http:
            await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """The tidied answer. Raises `BitrixError`.

        The call is tried again, after growing pauses, while the portal surely did not apply it.
        """
        answer = await self._insistently(self._ask, call)
        return _read(call, answer)

    async def batch(self, calls: Sequence[Call[T]]) -> list[T | BitrixError]:
        """One request for all of them, in this order: each may refer to those before it (`bitrix.call.result_of`).

        Each gives its answer or its error; an error of one stops no other, and nothing is rolled back. Raises
        `ValueError` for more than 50 calls, and for a call that cannot stand in a batch (see `bitrix.wire.encode`).
        """
        if not calls:
            return []
        commands = [_command_in_batch(call) for call in calls]
        if len(commands) > MOST_COMMANDS:
            raise ValueError(f"a batch holds {MOST_COMMANDS} calls, not {len(commands)}; `send` splits by itself")
        try:
            together = await self._insistently(self._ask_together, calls, commands)
        except _NothingApplied as nothing:
            return list(nothing.errors)
        return [
            self._noted(outcome(call)) if callable(outcome) else _read_or_error(call, outcome)
            for call, outcome in zip(calls, together, strict=True)
        ]

    async def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = "offset") -> AsyncIterator[Row]:
        """All rows of a list, page after page.

        ``by="offset"`` goes through the pages as the portal counts them; rows that come or go meanwhile shift them.
        ``by="id"`` goes by growing id without counting, much faster for long lists, and can be resumed by a filter
        ``>id``; the order of the call is replaced. Raises `ValueError` when the list cannot be read that way.
        """
        if by == "offset":
            pages = self._pages_by_offset(call)
        elif call.keyset is not None:
            pages = self._pages_by_id(call, call.keyset)
        else:
            raise ValueError(f"{call.method} cannot be read by growing id")
        async for page in pages:
            for row in page:
                yield row

    async def _pages_by_offset(self, call: Call[Page[Row]]) -> AsyncIterator[Page[Row]]:
        start = next((name for name in call.params if str(name).lower() == "start"), "start")
        reached = 0
        page = await self.send(call)
        yield page
        while page.next is not None:
            if page.next <= reached:
                raise Gibberish(call.method, detail=f"page after page, next={page.next} does not grow")
            reached = page.next
            page = await self.send(call.with_params({str(start): reached}))
            yield page

    async def _pages_by_id(self, call: Call[Page[Row]], keyset: Keyset) -> AsyncIterator[Page[Row]]:
        """Source: settings/performance/huge-data.md. A page that is not full is the last."""
        where = call.params.get(keyset.filter) if isinstance(call.params, Mapping) else None
        conditions: Mapping[str, JSON] = where if isinstance(where, Mapping) else {}
        above = f">{keyset.field}"
        reached: JSON = conditions.get(above, 0)
        while True:
            changes: dict[str, JSON] = {keyset.filter: {**conditions, above: reached}, "start": UNCOUNTED}
            page = await self.send(call.with_params({**keyset.order, **changes}))
            yield page
            if len(page) < PAGE_SIZE:
                return
            last = max(keyset.id_of(row) for row in page)
            if isinstance(reached, int) and last <= reached:
                raise Gibberish(call.method, detail=f"page after page, the ids do not grow beyond {reached}")
            reached = last

    async def _insistently(self, ask: Callable[..., Awaitable[T]], *args: Any) -> T:
        """The one place where anything is tried again."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(self._worth_repeating),
            wait=self._pause,
            stop=stop_after_attempt(self._attempts),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(ask, *args)

    def _worth_repeating(self, error: BaseException) -> bool:
        """`TryLater` means surely not applied, for writes too."""
        if isinstance(error, MethodPaused):
            return not self._closed and self._seconds_until(error.resumes_at) <= LONGEST_PAUSE
        return not self._closed and isinstance(error, TryLater)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, MethodPaused):
            return self._seconds_until(error.resumes_at)
        return _BACK_OFF(state)

    def _seconds_until(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, moment.timestamp() - self._clock())

    async def _ask(self, call: Call[Any]) -> Answer:
        resumes_at = self._parking.resumes_at(call.method, self._clock())
        if resumes_at is not None:
            raise MethodPaused(call.method, detail="an earlier answer paused this method", resumes_at=resumes_at)
        outcome = await self._deliver(pack(call))
        if callable(outcome):
            raise self._noted(outcome(call))
        return outcome

    async def _ask_together(self, calls: Sequence[Call[Any]], commands: Sequence[str]) -> list[Outcome]:
        whole: Call[Any] = Call("batch", batch_of(commands), read=lambda answer: answer)
        outcome = await self._deliver(pack(whole, alone=True))
        if not callable(outcome):
            self._note_times(calls, outcome)
            return outcomes(calls, outcome)
        errors = [outcome(call) for call in calls]
        if all(isinstance(error, TryLater) for error in errors):
            raise _NothingApplied(errors)
        return [outcome] * len(calls)

    async def _deliver(self, parcel: Parcel) -> Outcome:
        if self._closed:
            raise RuntimeError(f"{self!r} is closed")
        self._queue.append(parcel)
        if self._dispatching is None:
            self._dispatching = asyncio.create_task(self._dispatch())
            self._dispatching.add_done_callback(_report_bug)
        return await parcel.promise

    async def _dispatch(self) -> None:
        """Send off who waits, until nobody does. Begins a tick after the first call, so its neighbours come along."""
        try:
            while self._queue:
                await self._lanes.acquire()
                load: list[Parcel] = []
                try:
                    await self._wait_for_room()
                    load = self._queue.take_load()
                finally:
                    if not load:
                        self._lanes.release()
                if load:
                    journey = asyncio.create_task(self._carry(load))
                    self._travelling.add(journey)
                    journey.add_done_callback(partial(self._arrived, load))
                else:
                    await self._pace.answered()
        finally:
            self._dispatching = None
            self._tell_who_waits()

    def _tell_who_waits(self) -> None:
        """Nobody will come for the queue any more; nothing to do when all of it left."""
        for parcel in self._queue.take_all():
            parcel.settle(lambda call: Unreachable(call.method, detail="the client stopped; the call never left"))

    async def _wait_for_room(self) -> None:
        seconds = await self._pace.reserve()
        if seconds > 0:
            await self._sleep(seconds)

    def _arrived(self, load: list[Parcel], journey: asyncio.Task[None]) -> None:
        """Whatever happened on the way, every sender hears of it."""
        self._travelling.discard(journey)
        self._lanes.release()
        for parcel in load:
            parcel.settle(lambda call: unanswered(call, "the client stopped while the call was under way"))
        _report_bug(journey)

    async def _carry(self, load: list[Parcel]) -> None:
        """One request for the load."""
        calls = [parcel.call for parcel in load]
        if len(load) == 1:
            load[0].settle(await self._exchange(load[0].call.method, load[0].params, calls))
            return
        whole = await self._exchange("batch", batch_of([parcel.command or "" for parcel in load]), calls)
        if callable(whole):
            for parcel in load:
                parcel.settle(whole)
            return
        self._note_times(calls, whole)
        for parcel, outcome in zip(load, outcomes(calls, whole), strict=True):
            parcel.settle(outcome)

    async def _exchange(self, method: str, params: JSON, calls: Sequence[Call[Any]]) -> Outcome:
        """One request and what came back. Raises nothing that a network can cause."""
        try:
            try:
                async with asyncio.timeout(self._timeout):
                    response = await self._post(method, params)
            finally:
                await self._pace.answered()
        except _NEVER_SENT as error:
            detail = f"no connection to {self.host}: {type(error).__name__}"
            return lambda call: Unreachable(call.method, detail=detail)
        except (httpx.HTTPError, TimeoutError) as error:
            detail = f"{type(error).__name__} while waiting for {self.host}"
            return lambda call: unanswered(call, detail)
        return await self._understand(response, calls)

    async def _post(self, method: str, params: JSON) -> httpx.Response:
        """A renamed portal answers at its old host with a redirection; the POST goes to the new one, as a POST.

        Source: settings/how-to-call-rest-api/change-domen.md.
        """
        response = await self._post_once(method, params)
        for _ in range(MOST_MOVES):
            if not response.has_redirect_location or not self._address.move(response.headers["location"]):
                break
            log.info("the portal moved to %s", self.host)
            response = await self._post_once(method, params)
        return response

    async def _post_once(self, method: str, params: JSON) -> httpx.Response:
        return await self._http.post(
            self._address.of(method),
            json=params,
            headers=self._headers,
            follow_redirects=False,
            timeout=httpx.Timeout(self._timeout, connect=min(LONGEST_CONNECT, self._timeout)),
        )

    async def _understand(self, response: httpx.Response, calls: Sequence[Call[Any]]) -> Outcome:
        """What an answer amounts to; what it tells about limits is written down."""
        status = response.status_code
        try:
            body: JSON = response.json()
        except (ValueError, RecursionError):
            kind = response.headers.get("content-type", "something without a type").partition(";")[0][:60]
            return _unreadable(status, f"{self.host} answered {kind} instead of JSON")
        fault = fault_in(body)
        if fault is not None:
            return await self._fault(status, Fault(fault.code, self._address.hide(fault.detail)))
        if status >= 300 or not isinstance(body, Mapping) or "result" not in body:
            return _unreadable(status, f"{self.host} answered JSON with neither result nor error")
        if len(calls) == 1:
            self._note_time(calls[0].method, body.get("time"))
        return answer_of(body["result"], body.get("total"), body.get("next"))

    async def _fault(self, status: int, fault: Fault) -> Failure:
        kind = reaction(status, fault.code)
        if kind is Throttled:
            await self._pace.overflowed()
        if not is_known(fault.code):
            log.warning("unknown error code %s (HTTP %s) is taken for %s", fault.code[:100], status, kind.__name__)
        return lambda call: classify(call, status, fault.code, fault.detail)

    def _noted(self, error: BitrixError) -> BitrixError:
        if isinstance(error, MethodPaused):
            now = self._clock()
            self._parking = self._parking.park(error.method, now)
            error.resumes_at = self._parking.resumes_at(error.method, now)
        return error

    def _note_times(self, calls: Sequence[Call[Any]], batch: Answer) -> None:
        for call, spent in zip(calls, times_of(calls, batch), strict=True):
            self._note_time(call.method, spent)

    def _note_time(self, method: str, spent: JSON) -> None:
        reset_at = spent.get("operating_reset_at") if isinstance(spent, Mapping) else None
        if isinstance(reset_at, int | float):
            self._parking = self._parking.told(method, float(reset_at))


class _NothingApplied(TryLater):
    """A whole batch that was not applied, with what that means for each of its calls."""

    def __init__(self, errors: Sequence[BitrixError]) -> None:
        super().__init__("batch", detail=str(errors[0]))
        self.errors = errors


def _unreadable(status: int, detail: str) -> Failure:
    return lambda call: unreadable(call, status, detail)


def _command_in_batch(call: Call[Any]) -> str:
    if not call.batchable:
        raise ValueError(f"{call.method} is not allowed in a batch")
    return command(call.method, call.params)


def _read(call: Call[T], answer: Answer) -> T:
    try:
        return call.read(answer)
    except _UNREADABLE_ROW as error:
        raise Gibberish(call.method, detail=f"{type(error).__name__}: {error}") from error


def _read_or_error(call: Call[T], answer: Answer) -> T | BitrixError:
    try:
        return _read(call, answer)
    except Gibberish as error:
        return error


def _report_bug(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("the client failed: %s", type(error).__name__, exc_info=error)
