"""A portal of one list: ``crm.item.list`` over rows that come and go, in plain requests and in batches with references.

What it puts in for a reference that leads nowhere is chosen, since the documentation does not say it.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any
from urllib.parse import parse_qs

import httpx

from bitrix.call import PAGE_SIZE

LONGEST_REQUEST = 60.0
_REFERENCE = re.compile(r"\$result\[(?P<key>\w+)\]\[items\]\[(?P<row>\d+)\]\[id\]")


class Unresolved(Enum):
    """What becomes of a condition that refers to nothing."""

    NO_CONDITION = "the condition is left out: the list begins anew"
    NO_ROWS = "nothing is greater than nothing"
    REFUSED = "the command fails"


class ListPortal(httpx.AsyncBaseTransport):
    """``seconds`` is how long a page takes by the rows before it; a request that takes a minute breaks.

    ``fates`` befall pages in the order in which they are asked for: an error code, or None.
    """

    def __init__(
        self,
        ids: Iterable[int],
        *,
        unresolved: Unresolved = Unresolved.NO_CONDITION,
        seconds: Callable[[int], float] = lambda above: 0.1,
        fates: Iterable[str | None] = (),
        meanwhile: Callable[["ListPortal"], None] = lambda portal: None,
    ) -> None:
        self.ids = set(ids)
        self.unresolved = unresolved
        self.seconds = seconds
        self.fates: Iterator[str | None] = iter(fates)
        self.meanwhile = meanwhile
        self.requests: list[int] = []
        """How many pages each request asked for."""
        self.broken = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if not request.url.path.endswith("/batch"):
            self.requests.append(1)
            told = self._page(body["filter"][">id"], {})
            return httpx.Response(400 if "error" in told else 200, json=told)
        self.requests.append(len(body["cmd"]))
        told = {}
        for key, text in body["cmd"].items():
            query = parse_qs(text.partition("?")[2])
            assert query["start"] == ["-1"]
            assert query["order[id]"] == ["ASC"]
            told[key] = self._page(query["filter[>id]"][0], told)
        if sum(page.get("time", {}).get("duration", 0) for page in told.values()) > LONGEST_REQUEST:
            self.broken += 1
            raise httpx.ReadTimeout("the portal gave up", request=request)
        sections = {
            "result": {key: page["result"] for key, page in told.items() if "result" in page} or [],
            "result_error": {key: page for key, page in told.items() if "error" in page} or [],
            "result_time": {key: page["time"] for key, page in told.items() if "time" in page} or [],
        }
        return httpx.Response(200, json={"result": sections, "time": {}})

    def _page(self, above: Any, before: dict[str, Any]) -> dict[str, Any]:
        self.meanwhile(self)
        fate = next(self.fates, None)
        if fate is not None:
            return {"error": fate, "error_description": ""}
        reached = self._resolve(str(above), before)
        if isinstance(reached, Unresolved):
            match reached:
                case Unresolved.REFUSED:
                    return {"error": "INVALID_ARG_VALUE", "error_description": ""}
                case Unresolved.NO_ROWS:
                    return self._told([], 0)
                case Unresolved.NO_CONDITION:
                    reached = 0
        return self._told([number for number in sorted(self.ids) if number > reached][:PAGE_SIZE], reached)

    def _resolve(self, above: str, before: dict[str, Any]) -> int | Unresolved:
        reference = _REFERENCE.fullmatch(above)
        if reference is None:
            return int(above)
        rows = before[reference["key"]].get("result", {}).get("items", [])
        row = int(reference["row"])
        return int(rows[row]["id"]) if row < len(rows) else self.unresolved

    def _told(self, ids: list[int], reached: int) -> dict[str, Any]:
        return {
            "result": {"items": [{"id": number} for number in ids]},
            "total": 0,
            "time": {"duration": self.seconds(reached), "operating": 1.0},
        }
