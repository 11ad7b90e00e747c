"""How long a caller may take to say what it wants, and how much of it may be headers.

uvicorn waits for ever for the rest of a request, and a thousand callers who say nothing would keep everybody else out.
One timer a connection looks now and then whether a request is still incomplete; nothing is done for each request but
noting when it began.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEADERS = 32 * 1024
"""Bytes of the request line and the headers together."""
END_OF_HEADERS = b"\r\n\r\n"


def patient_for(seconds: float) -> type[asyncio.Protocol]:
    """The protocol for ``uvicorn.Config(http=...)``."""
    return type("Patient", (PatientProtocol,), {"patience": seconds})


class PatientProtocol(HttpToolsProtocol):
    patience = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._waits_since: float | None = self.loop.time()
        """Since when an incomplete request, or the first one, is waited for."""
        self._head: int | None = 0
        """Bytes of headers so far; ``None`` when they are complete."""
        self._tail = b""
        self._timer = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head is not None and self._is_too_long(data):
            self._end(b"431 Request Header Fields Too Large")
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._waits_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head, self._tail = None, b""
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._waits_since, self._head = None, 0
        super().on_message_complete()

    def _is_too_long(self, data: bytes) -> bool:
        """The end of the headers may be spread over two pieces."""
        assert self._head is not None  # noqa: S101  the caller asked
        seen = self._tail + data
        end = seen.find(END_OF_HEADERS)
        length = self._head - len(self._tail) + (len(seen) if end < 0 else end)
        self._head += len(data)
        self._tail = seen[-(len(END_OF_HEADERS) - 1) :]
        return length > MOST_HEADERS

    def _look(self) -> None:
        waited = 0.0 if self._waits_since is None else self.loop.time() - self._waits_since
        if waited >= self.patience:
            self._end(b"408 Request Timeout")
        else:
            self._timer = self.loop.call_later(self.patience - waited, self._look)

    def _end(self, status: bytes) -> None:
        """Say why, unless an answer is under way, and hang up."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
