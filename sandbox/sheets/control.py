"""What tests and demonstrations do to the desk from outside: everything below ``/_sandbox/``.

POST   reset                                     everything is forgotten
POST   spreadsheets {title, spreadsheetId?, locale?}   a new spreadsheet, shared with the caller
POST   access {spreadsheetId, open}              whether the caller may open it
POST   faults {kind, on?, when_body_has?, seconds?, skip?, times?, every?, from?, until?, probability?, seed?}
                                                 trouble for coming calls, one or a list; GET lists, DELETE forgets
POST   quota {read?, write?, project_read?, project_write?}
                                                 calls a minute, of one user or of all; null is no limit
POST   clock {advance}                           seconds
POST   protect {spreadsheetId, range}            a range somebody else protected, in A1 notation
GET    journal                                   the calls so far; DELETE forgets
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.sheets.desk import Desk
from sandbox.sheets.errors import SheetsError, invalid
from sandbox.sheets.faults import KINDS, Fault
from sandbox.sheets.ranges import Area
from sandbox.sheets.schema import JsonObject

Action = Callable[[Desk, Any], object]


def routes(desk: Desk) -> list[Route]:
    actions: dict[tuple[str, str], Action] = {
        ("POST", "reset"): _reset,
        ("POST", "spreadsheets"): _spreadsheets,
        ("POST", "access"): _access,
        ("GET", "faults"): _faults,
        ("POST", "faults"): _add_faults,
        ("DELETE", "faults"): lambda desk, _: desk.faults.waiting.clear(),
        ("POST", "quota"): _quota,
        ("POST", "clock"): _clock,
        ("POST", "protect"): _protect,
        ("GET", "journal"): lambda desk, _: {"calls": desk.journal},
        ("DELETE", "journal"): lambda desk, _: desk.journal.clear(),
    }
    return [Route(f"/_sandbox/{name}", _endpoint(desk, act), methods=[verb]) for (verb, name), act in actions.items()]


def _endpoint(desk: Desk, act: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            wanted = await request.json() if await request.body() else {}
            return JSONResponse(act(desk, wanted) or {})
        except SheetsError as error:
            return JSONResponse(error.body(), error.code)
        except ValueError as error:
            return JSONResponse(invalid(f"Not JSON: {error}").body(), 400)

    return endpoint


def _reset(desk: Desk, _: JsonObject) -> None:
    desk.reset()


def _spreadsheets(desk: Desk, wanted: JsonObject) -> JsonObject:
    title, locale = wanted.get("title", "Untitled spreadsheet"), wanted.get("locale", "ru_RU")
    book = desk.create_with_sheet(title, spreadsheet_id=wanted.get("spreadsheetId"), locale=locale)
    return {"spreadsheetId": book.id}


def _access(desk: Desk, wanted: JsonObject) -> None:
    if wanted["open"]:
        desk.closed.discard(wanted["spreadsheetId"])
    else:
        desk.closed.add(wanted["spreadsheetId"])


def _faults(desk: Desk, _: JsonObject) -> JsonObject:
    return {"faults": [fault.as_json() for fault in desk.faults.waiting], "kinds": dict(KINDS)}


def _add_faults(desk: Desk, wanted: JsonObject | list[JsonObject]) -> None:
    """All of them or, with a mistake in one, none."""
    for fault in [Fault.of(one) for one in (wanted if isinstance(wanted, list) else [wanted])]:
        desk.faults.add(fault)


def _quota(desk: Desk, wanted: JsonObject) -> None:
    desk.quota.limits = {"Read": wanted.get("read"), "Write": wanted.get("write")}
    desk.quota.project_limits = {"Read": wanted.get("project_read"), "Write": wanted.get("project_write")}


def _clock(desk: Desk, wanted: JsonObject) -> None:
    desk.clock_offset += float(wanted["advance"])


def _protect(desk: Desk, wanted: JsonObject) -> None:
    after = desk.open(wanted["spreadsheetId"]).copy()
    area = after.area(wanted["range"])
    after.sheet(area.sheet_id).listed("protectedRanges").append(
        {
            "protectedRangeId": after.new_id(set()),
            "range": Area.as_grid_range(area),
            "requestingUserCanEdit": False,
            "editors": {"users": ["owner@example.com"]},
        }
    )
    desk.keep(after)
