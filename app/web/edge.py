"""Around everything that answers: headers that every answer has, and who was refused too often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.strangers import Strangers

OVER_LIMIT = "capa24.over_limit"
"""In the scope of a request: its address was refused too often; see `app.web.events.explain`."""

REFUSED = (400, 403, 413, 415, 429)
"""Every one of them costs a line in the log."""

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
"""What an answer has that doesn't say otherwise. Pages have a policy of their own."""
HEADERS_OVER_HTTPS = (*HEADERS, (b"strict-transport-security", b"max-age=31536000"))

Header = tuple[bytes, bytes]


class Edge:
    """Wraps the whole application, so that the answers of its failures pass here too."""

    def __init__(self, app: ASGIApp, strangers: Strangers) -> None:
        self._app = app
        self._strangers = strangers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope["client"] else ""
        if self._strangers.is_over_limit(address):
            scope[OVER_LIMIT] = True
        wanted = HEADERS_OVER_HTTPS if scope["scheme"] == "https" else HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] in REFUSED:
                    self._strangers.refused(address)
                message = {**message, "headers": _completed(message["headers"], wanted)}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _completed(given: Iterable[Header], wanted: Sequence[Header]) -> Sequence[Header]:
    if not given:  # as most answers are: an event was acknowledged
        return wanted
    names = {name.lower() for name, _ in given}
    return [*given, *(each for each in wanted if each[0] not in names)]
