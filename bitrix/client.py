"""The client: what a program says to a portal, and what it hears.

    async with Portal("https://example.bitrix24.ru/rest/1/secret/") as portal:
        deal = await portal.send(get_item(ItemRef(DEAL, 42)))

Calls sent in the same moment travel together: a portal counts requests, and a batch of fifty commands is one. When the
portal's bucket has room a lone call leaves at once; when it has none, the wait is the time in which a batch fills.
Who sends does not notice: everybody gets their own answer or their own error (`bitrix.errors`).

Secrets are kept out of errors and `repr`; importing this module also hides them in what httpx and httpcore log.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Literal, Self, TypeAlias, TypeVar

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from bitrix.address import Access, WebhookAddress
from bitrix.batching import outcomes, pack, pack_together, read
from bitrix.call import PAGE_SIZE, Answer, Call, Keyset, Page
from bitrix.dispatch import Dispatcher
from bitrix.errors import BitrixError, Gibberish, MethodPaused, TryLater
from bitrix.exchange import Exchange
from bitrix.export import Export
from bitrix.lanes import LaneName
from bitrix.pacing import OPERATING_LIMIT, Bucket, Methods, OwnPace, Pace
from bitrix.tidy import as_int_or_none

T = TypeVar("T")
Row = TypeVar("Row")

Clock: TypeAlias = Callable[[], float]
"""Unix seconds."""
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

LONGEST_PAUSE = 30.0
"""Seconds; a method paused for longer is told to the caller instead of waited for. In the background nobody waits."""
LONGEST_PAUSE_IN_BACKGROUND = 900.0
MOST_WAITING = 1_000
"""Calls of one lane under way or waiting for their turn; who comes then waits at the door, first come first served."""

_BACK_OFF = wait_random_exponential(multiplier=0.5, max=30)


def steady_clock() -> Clock:
    """Unix seconds as of now, which go on whatever somebody sets the machine's clock to: a clock that was put back by a
    day would else let a request wait for a day."""
    began = time.time() - time.monotonic()
    return lambda: began + time.monotonic()


class Lane:
    """A way to the portal that takes turns with the other ways; see `Portal.lane`."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        name: LaneName,
        attempts: int,
        clock: Clock,
        sleep: Sleep,
        patience: float = LONGEST_PAUSE,
    ) -> None:
        self._dispatcher = dispatcher
        self._patience = patience
        self._name = name
        self._attempts = attempts
        self._clock = clock
        self._sleep = sleep
        self._door = asyncio.Semaphore(MOST_WAITING)

    async def send(self, call: Call[T]) -> T:
        """The tidied answer. Raises `BitrixError`.

        The call is tried again, after growing pauses, while the portal surely did not apply it.
        """
        return read(call, await self._insistently(self._ask, call))

    async def batch(self, calls: Sequence[Call[T]]) -> list[T | BitrixError]:
        """One request for all of them, in this order: each may refer to those before it (`bitrix.call.result_of`).

        Each gives its answer or its error; an error of one stops no other, and nothing is rolled back. Raises
        `ValueError` for more than 50 calls, and for a call that cannot stand in a batch (see `bitrix.wire.encode`).
        """
        try:
            return await self._insistently(self._ask_together, calls)
        except _NothingApplied as nothing:
            return list(nothing.errors)

    async def batch_once(self, calls: Sequence[Call[T]]) -> list[T | BitrixError]:
        """The same, asked a single time: for who knows something better than to repeat a batch that failed."""
        try:
            return await self._ask_together(calls)
        except _NothingApplied as nothing:
            return list(nothing.errors)

    async def every(self, call: Call[Page[Row]], *, by: Literal["id", "offset"] = "offset") -> AsyncIterator[Row]:
        """All rows of a list, page after page.

        ``by="offset"`` goes through the pages as the portal counts them; rows that come or go meanwhile shift them.
        ``by="id"`` is an `export` that nobody resumes; the order of the call is replaced.
        """
        if by == "id":
            async with aclosing(self.export(call)) as rows:
                async for row in rows:
                    yield row
            return
        async for page in self._pages_by_offset(call):
            for row in page:
                yield row

    def export(self, call: Call[Page[Row]], *, after: int = 0) -> Export[Row]:
        """All rows with a greater id than ``after``, by growing id and without counting: the way to read a long list.

        Each row that is there all the time comes exactly once. Some thousand rows are held at most, however slowly
        they are used; `Export.reached` is where another export goes on. Raises `ValueError` when the list cannot be
        read by id.
        """
        keyset = _keyset_of(call)
        return Export(self, call, keyset, max(after, _lowest(call, keyset)))

    async def pick(self, call: Call[Page[Row]], ids: Iterable[int]) -> dict[int, Row]:
        """The rows of a list that have these ids, by id; those that are not there are missing. Fifty to a call, and
        fifty calls to a request. Raises `BitrixError`, and `ValueError` when the list cannot be read by id."""
        keyset = _keyset_of(call)
        wanted = sorted(set(ids))
        calls = [keyset.among(call, wanted[first : first + PAGE_SIZE]) for first in range(0, len(wanted), PAGE_SIZE)]
        pages = await asyncio.gather(*(self.send(one) for one in calls), return_exceptions=True)
        for page in pages:
            if isinstance(page, BaseException):
                raise page
        return {keyset.id_of(row): row for page in pages if isinstance(page, Page) for row in page}

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

    async def _insistently(self, ask: Callable[[Any], Awaitable[T]], what: Any) -> T:
        """The one place where anything is tried again. `TryLater` means surely not applied, for writes too."""
        try:
            return await ask(what)
        except TryLater as error:
            met = [error]

        async def ask_again() -> T:
            if met:  # the attempt that was made, counted among the others
                raise met.pop()
            return await ask(what)

        retrying = AsyncRetrying(
            retry=retry_if_exception(self._worth_repeating),
            wait=self._pause,
            stop=stop_after_attempt(self._attempts),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(ask_again)

    def _worth_repeating(self, error: BaseException) -> bool:
        if self._dispatcher.closed or not isinstance(error, TryLater):
            return False
        paused = _paused(error)
        return paused is None or self._seconds_until(paused.resumes_at) <= self._patience

    def _pause(self, state: RetryCallState) -> float:
        """Seconds until another try."""
        error = state.outcome.exception() if state.outcome is not None else None
        paused = _paused(error)
        return _BACK_OFF(state) if paused is None else self._seconds_until(paused.resumes_at)

    def _seconds_until(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, moment.timestamp() - self._clock())

    async def _ask(self, call: Call[Any]) -> Answer:
        async with self._door:
            self._let_out([call])
            outcome = await self._dispatcher.deliver(self._name, pack(call))
        if callable(outcome):
            raise self._noted(outcome(call))
        return outcome

    async def _ask_together(self, calls: Sequence[Call[T]]) -> list[T | BitrixError]:
        parcel = pack_together(calls)
        if not calls:
            return []
        async with self._door:
            try:
                self._let_out(calls)
            except MethodPaused as pause:
                raise _NothingApplied([pause.about(call.method) for call in calls]) from None
            outcome = await self._dispatcher.deliver(self._name, parcel)
        if callable(outcome):
            errors = [self._noted(outcome(call)) for call in calls]
            if all(isinstance(error, TryLater) for error in errors):
                raise _NothingApplied(errors)
            return list(errors)
        return [
            self._noted(own(call)) if callable(own) else _read_or_error(call, own)
            for call, own in zip(calls, outcomes(calls, outcome), strict=True)
        ]

    def _let_out(self, calls: Sequence[Call[Any]]) -> None:
        """Raises `RuntimeError` when the client is closed, `MethodPaused` when a method rests for too long."""
        if self._dispatcher.closed:
            raise RuntimeError("this client is closed")
        for call in calls:
            resumes_at = self._dispatcher.resumes_at(call, background=self._name.background)
            if resumes_at - self._clock() > self._patience:
                detail = "the portal lets this method rest, and so do we"
                raise MethodPaused(call.method, detail=detail, resumes_at=datetime.fromtimestamp(resumes_at, UTC))

    def _noted(self, error: BitrixError) -> BitrixError:
        if isinstance(error, MethodPaused):
            error.resumes_at = self._dispatcher.refused(error.method)
        return error


class Portal(Lane):
    """One portal; and the lane of who does not ask for one of their own.

    ``access`` is the address of an inbound webhook (local-integrations/local-webhooks.md) or an `Access`, which an
    application has (`bitrix.oauth`). ``capacity`` and ``drain_per_second`` are those of the portal's plan (limits.md);
    whoever else asks the same portal from this machine fills the same bucket, which is what a shared ``pace`` is for.
    ``operating_limit`` are the seconds a method may be busy in ten minutes. ``timeout`` bounds a whole request, in
    seconds; the portal gives up after 60. ``attempts`` bounds how often a call is tried while it surely was not
    applied. ``clock`` gives unix seconds and is never set back. An ``http`` client that is handed in isn't closed here.
    """

    def __init__(
        self,
        access: str | Access,
        *,
        http: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        pace: Pace | None = None,
        capacity: float = 50,
        drain_per_second: float = 2.0,
        operating_limit: float = OPERATING_LIMIT,
        timeout: float = 60.0,
        attempts: int = 5,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
        user_agent: str = "bitrix-client",
    ) -> None:
        self._access = WebhookAddress(access) if isinstance(access, str) else access
        clock = clock or steady_clock()
        exchange = Exchange(self._access, http=http, transport=transport, timeout=timeout, user_agent=user_agent)
        pace = pace or OwnPace(Bucket(capacity, drain_per_second, at=clock()), clock)
        dispatcher = Dispatcher(exchange, pace, Methods(operating_limit), clock, sleep)
        super().__init__(dispatcher, LaneName(""), attempts, clock, sleep)

    def __repr__(self) -> str:
        return f"Portal({self._access})"

    @property
    def host(self) -> str:
        """Where the portal is now; it may move while we talk to it."""
        return self._access.host

    def lane(self, name: str) -> Lane:
        """The same portal for one caller among several: lanes take turns, so nobody with many calls delays others."""
        return Lane(self._dispatcher, LaneName(name), self._attempts, self._clock, self._sleep)

    def background(self, name: str = "", *, patience: float = LONGEST_PAUSE_IN_BACKGROUND) -> Lane:
        """The same portal for work that nobody waits for: it lets the lanes of the foreground go first, leaves them
        some of each method's time, and waits so many seconds for a paused method instead of giving up."""
        lane = LaneName(name, background=True)
        return Lane(self._dispatcher, lane, self._attempts, self._clock, self._sleep, patience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End what is under way. Calls that still wait never left; of those that left the outcome is unknown."""
        await self._dispatcher.close()


def _paused(error: BaseException | None) -> MethodPaused | None:
    """The pause behind a refusal, of a call or of a whole batch."""
    why = error.errors[0] if isinstance(error, _NothingApplied) else error
    return why if isinstance(why, MethodPaused) else None


class _NothingApplied(TryLater):
    """A whole batch that was not applied, with what that means for each of its calls."""

    def __init__(self, errors: Sequence[BitrixError]) -> None:
        super().__init__("batch", detail=str(errors[0]))
        self.errors = errors


def _keyset_of(call: Call[Any]) -> Keyset:
    if call.keyset is None:
        raise ValueError(f"{call.method} cannot be read by id")
    return call.keyset


def _lowest(call: Call[Any], keyset: Keyset) -> int:
    """The id the call itself wants to begin after."""
    where = call.params.get(keyset.filter) if isinstance(call.params, Mapping) else None
    return as_int_or_none(where.get(f">{keyset.field}")) or 0 if isinstance(where, Mapping) else 0


def _read_or_error(call: Call[T], answer: Answer) -> T | BitrixError:
    try:
        return read(call, answer)
    except Gibberish as error:
        return error
