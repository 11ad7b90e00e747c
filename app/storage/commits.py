"""Writes that wait for the same thread share a commit: what a commit costs is the disk, and that only once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")

Work = Callable[[sa.Connection], Any]

MOST_TOGETHER = 200
"""Longer than those take nobody who wants to read waits."""


class SharedCommits:
    """``executor`` has one thread, in which ``begin`` begins each transaction.

    To each write it is as if it had a transaction of its own: it sees what those before it did, is durable when its
    future is done, and leaves nothing behind when it raises; then the others are done again, each alone. Only where the
    server was lost on the way nobody knows: all are told, none is done again.
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[sa.Connection]], executor: Executor) -> None:
        self._begin = begin
        self._executor = executor
        self._waiting: deque[tuple[Work, Future[Any]]] = deque()

    def submit(self, work: Callable[[sa.Connection], T]) -> Future[T]:
        done: Future[T] = Future()
        self._waiting.append((work, done))
        self._executor.submit(self._commit_who_waits)
        return done

    def _commit_who_waits(self) -> None:
        taken = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
        wanted = [(work, done) for work, done in taken if done.set_running_or_notify_cancel()]
        if not wanted:
            return
        try:
            results = self._commit([work for work, _ in wanted])
        except Exception as error:  # noqa: BLE001 - the caller gets it from the future
            if len(wanted) == 1 or _may_be_done(error):
                for _, done in wanted:
                    done.set_exception(error)
                return
            for work, done in wanted:
                self._commit_alone(work, done)
        else:
            for (_, done), result in zip(wanted, results, strict=True):
                done.set_result(result)

    def _commit_alone(self, work: Work, done: Future[Any]) -> None:
        try:
            (result,) = self._commit([work])
        except Exception as error:  # noqa: BLE001 - the caller gets it from the future
            done.set_exception(error)
        else:
            done.set_result(result)

    def _commit(self, works: Sequence[Work]) -> list[Any]:
        with self._begin() as connection:
            return [work(connection) for work in works]


def _may_be_done(error: Exception) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated


class KeptConnection:
    """A connection that stays: to take it from the pool each time costs more than a small transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            yield self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
