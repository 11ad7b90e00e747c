"""Reading a long list by growing id: up to fifty pages in one request, each beginning where the one before it ends.

Nothing is counted; page k+1 filters above the last id of page k, which inside a batch is a reference to the answer of
the command before (settings/performance/huge-data.md, settings/how-to-call-rest-api/batch.md). What the portal puts in
for a reference that leads nowhere is not documented, so a page is believed only when it continues the one before it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Generic, Protocol, Self, TypeVar

from bitrix.batching import LARGEST_BATCH, MOST_COMMANDS, command_of, read
from bitrix.call import JSON, PAGE_SIZE, Answer, Call, Keyset, Page
from bitrix.errors import BitrixError, Gibberish, Unreachable
from bitrix.tidy import Untidy, as_int, as_list, as_map

Row = TypeVar("Row")
T = TypeVar("T")

LONGEST_BATCH = 10.0
"""Seconds the portal shall be busy with one batch; it gives up after 60 (limits.md)."""
TURNS_TO_LEAVE = 25
"""Of the event loop, until the next request is on its way: the portal shall work on it while rows are read here."""
USUAL_PAGE = 0.5
"""Seconds a page is taken to last when the portal does not tell."""


class Pages:
    """Which pages to ask for next, and which of the answers to believe. Sends nothing.

    The first page travels alone: most lists are no longer. How long it took tells how many fit the next request.
    """

    def __init__(self, call: Call[Any], keyset: Keyset, after: int) -> None:
        self._call: Call[Answer] = Call(call.method, call.params, read=_as_it_came, batchable=call.batchable)
        self._keyset = keyset
        self._reached = after
        self._next = 1
        self._most = _most_in_a_batch(keyset.above(call, after))
        self.finished = False

    def ask(self) -> list[Call[Answer]]:
        above: list[JSON] = [self._reached, *(self._keyset.last_of(index) for index in range(self._next - 1))]
        return [self._keyset.above(self._call, reached) for reached in above]

    def take(self, answers: Sequence[Answer | BitrixError]) -> list[Answer]:
        """The pages that surely follow. Raises `Gibberish` when not even the first one does."""
        found: list[Answer] = []
        for answer in answers:
            if isinstance(answer, BitrixError):
                break
            ids = self._ids(answer)
            if not _grows([self._reached, *ids]):
                if not found:
                    detail = f"rows above id {self._reached} do not come by growing id"
                    raise Gibberish(self._call.method, detail=detail)
                self._most = 1  # this list does not resolve references
                break
            found.append(answer)
            if len(ids) < PAGE_SIZE:
                self.finished = True
                break
            self._reached = ids[-1]
        seconds = sum(USUAL_PAGE if page.seconds is None else page.seconds for page in found)
        self._next = max(1, min(self._most, int(LONGEST_BATCH * len(found) / max(seconds, 0.001))))
        return found

    def broke(self) -> None:
        """Nothing of the last batch came back: perhaps it was too much for one request."""
        self._most = max(1, self._next // 2)

    def _ids(self, answer: Answer) -> list[int]:
        """Of the rows of a page, before anything else of them is read: the next request waits for the last one."""
        try:
            rows = answer.result
            for step in self._keyset.rows:
                rows = as_map(rows, "result").get(step)
            return [as_int(as_map(row, "row").get(self._keyset.row_id), self._keyset.row_id) for row in as_list(rows)]
        except Untidy as error:
            raise Gibberish(self._call.method, detail=str(error)) from error


class Sender(Protocol):
    async def send(self, call: Call[T]) -> T:
        """Insists while the portal surely did not answer; raises `BitrixError`."""

    async def batch_once(self, calls: Sequence[Call[T]]) -> list[T | BitrixError]:
        """One request, asked once."""


class Export(Generic[Row]):
    """The rows of a list by growing id, each once; see `bitrix.client.Portal.export`.

    While the rows of one request are used, the next request is under way, and no more. After an error the same
    iterator goes on where it stopped.
    """

    def __init__(self, sender: Sender, call: Call[Page[Row]], keyset: Keyset, after: int) -> None:
        self._sender = sender
        self._call = call
        self._id_of = keyset.id_of
        self._pages = Pages(call, keyset, after)
        self._unread: deque[Answer] = deque()
        self._rows: deque[Row] = deque()
        self._ahead: asyncio.Task[list[Answer]] | None = None
        self.reached = after
        """The id of the last row that was handed over: ``after`` of an export that goes on from there."""
        self.rows = 0
        """How many were handed over, for who waits in front of a screen."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Row:
        while not self._rows:
            if not self._unread:
                await self._advance()
            await asyncio.sleep(0)  # others go on between two pages, and so does the request that is under way
            self._rows.extend(read(self._call, self._unread[0]))
            self._unread.popleft()
        row = self._rows.popleft()
        self.reached = self._id_of(row)
        self.rows += 1
        return row

    async def aclose(self) -> None:
        """Give up the request that is under way."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.gather(self._ahead, return_exceptions=True)

    async def _advance(self) -> None:
        fetching, self._ahead = self._ahead or self._fetch_ahead(), None
        if fetching is None:
            raise StopAsyncIteration
        self._unread.extend(await fetching)
        self._ahead = self._fetch_ahead()
        for _ in range(TURNS_TO_LEAVE):
            await asyncio.sleep(0)

    def _fetch_ahead(self) -> asyncio.Task[list[Answer]] | None:
        if self._pages.finished:
            return None
        fetching = asyncio.create_task(self._fetch())
        fetching.add_done_callback(_look_at)
        return fetching

    async def _fetch(self) -> list[Answer]:
        calls = self._pages.ask()
        answers = await self._sender.batch_once(calls) if len(calls) > 1 else []
        if not answers or isinstance(answers[0], BitrixError):
            if answers and isinstance(answers[0], Unreachable):
                self._pages.broke()
            answers = [await self._sender.send(calls[0])]
        return self._pages.take(answers)


def _grows(ids: Sequence[int]) -> bool:
    return all(one < following for one, following in pairwise(ids))


def _as_it_came(answer: Answer) -> Answer:
    return answer


def _most_in_a_batch(page: Call[Any]) -> int:
    """How many pages fit one request; 1 when the text of a batch has no words for this call."""
    text = command_of(page)
    return 1 if text is None else max(1, min(MOST_COMMANDS, LARGEST_BATCH // len(text)))


def _look_at(task: asyncio.Task[Any]) -> None:
    """Who gave up reading does not ask what became of the request; asyncio shall not complain about it."""
    if not task.cancelled():
        task.exception()
