"""Which function carries out which kind of request, and the rules that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.sheets.errors import SheetsError, invalid, not_built
from sandbox.sheets.schema import SHAPES, JsonObject
from sandbox.sheets.spreadsheet import Spreadsheet

Handler = Callable[[Spreadsheet, Mapping[str, Any]], JsonObject | None]
"""Changes the spreadsheet; answers the body of its reply, or None for an empty one."""

HANDLERS: dict[str, Handler] = {}


def request(kind: str) -> Callable[[Handler], Handler]:
    if kind not in SHAPES["Request"]:
        raise ValueError(f"Google has no request {kind}")

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        return handler

    return register


def apply(book: Spreadsheet, requests: Sequence[Mapping[str, Any]]) -> tuple[Spreadsheet, list[JsonObject]]:
    """A changed copy and the replies, one a request, ``{}`` where there is nothing to say. All or nothing.

    Raises SheetsError: 400 that names the request at fault (recorded form), 501 for a kind that is not built.
    """
    if not requests:
        raise invalid("Must specify at least one request.")
    after = book.copy()
    replies: list[JsonObject] = []
    for index, one in enumerate(requests):
        kind = next(iter(one), None)
        if kind is None:
            raise invalid(f"Invalid requests[{index}]: No request set.")
        if kind not in HANDLERS:
            raise not_built(f"The request {kind}")
        try:
            reply = HANDLERS[kind](after, one[kind])
        except SheetsError as error:
            if error.code != 400 or error.details:
                raise
            raise invalid(f"Invalid requests[{index}].{kind}: {error.message}") from None
        replies.append({} if reply is None else {kind: reply})
    return after, replies
