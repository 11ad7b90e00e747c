"""Google Sheets over HTTP: Sheets API v4, the bit of Drive gspread needs, a token endpoint, and the desk's own
controls.

    /v4/spreadsheets...       as https://sheets.googleapis.com
    /drive/v3/files...        as https://www.googleapis.com, with /upload/drive/v2
    /spreadsheets/d/{id}      the same in a browser, with pivot tables and charts; / lists them all
    /token                    gives out access tokens; any token, or none, opens every spreadsheet
    /_sandbox/...             reset, spreadsheets, faults, quota, clock, access, journal

Thin: decides nothing, turns requests into calls of ``methods`` and errors into Google's error bodies.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.sheets import control, drive, methods, page
from sandbox.sheets.desk import Desk
from sandbox.sheets.errors import SheetsError, forbidden, invalid, quota_exceeded
from sandbox.sheets.faults import Fault
from sandbox.sheets.schema import JsonObject

_BAD_GATEWAY = "<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title><p><b>502.</b> That's an error.</html>"
_NOT_FOUND = "<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title><p><b>404.</b> That's an error.</html>"
_INTERNAL = SheetsError(500, "INTERNAL", "Internal error encountered.")
_UNAVAILABLE = SheetsError(503, "UNAVAILABLE", "The service is currently unavailable.")
_ABORTED = SheetsError(409, "ABORTED", "The operation was aborted.")
_UNAUTHENTICATED = SheetsError(
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
)


def create_app(desk: Desk | None = None) -> Starlette:
    """An ASGI application, to be served alone or mounted below a path. ``app.state.desk`` is the state behind it."""
    desk = desk or Desk()

    async def sheets(request: Request) -> Response:
        return await _answer_sheets(desk, request)

    async def drives(request: Request) -> Response:
        return await _answer_drive(desk, request)

    async def token(_request: Request) -> Response:
        return JSONResponse({"access_token": "sandbox", "token_type": "Bearer", "expires_in": 3600})

    async def pages(request: Request) -> Response:
        return _answer_page(desk, request)

    async def listed(_request: Request) -> Response:
        return HTMLResponse(page.index(desk))

    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app = Starlette(
        routes=[
            Route("/v4/{rest:path}", sheets, methods=verbs),
            Route("/drive/v3/{rest:path}", drives, methods=verbs),
            Route("/upload/drive/v2/{rest:path}", drives, methods=verbs),
            Route("/", listed),
            Route("/spreadsheets/d/{id}", pages),
            Route("/token", token, methods=["POST"]),
            *control.routes(desk),
        ]
    )
    app.state.desk = desk
    return app


async def _answer_sheets(desk: Desk, request: Request) -> Response:
    raw_path = _raw_path(request)
    found = methods.find(request.method, raw_path)
    if found is None:
        return HTMLResponse(_NOT_FOUND, 404)
    method, path = found
    query = parse_qs(request.url.query, keep_blank_values=True)
    content = await request.body()

    def perform() -> Response:
        try:
            desk.quota.spend("Read" if method.reads else "Write", request.headers.get("authorization", ""))
            body = methods.perform(desk, method, path, query, _json(content) if method.body else None)
        except SheetsError as error:
            return _refusal(error)
        return _pretty(body)

    fault = desk.faults.take(method.name, _unescaped(content)) if desk.faults.waiting else None
    response = await _with_fault(fault, request, perform)
    entry = {"method": method.name, "verb": request.method, "path": raw_path, "status": response.status_code}
    desk.journal.append({**entry, **({"fault": fault.kind} if fault else {})})
    return response


async def _with_fault(fault: Fault | None, request: Request, perform: Callable[[], Response]) -> Response:
    match fault and fault.kind:
        case None:
            return perform()
        case "quota":
            return _refusal(quota_exceeded("Write", 60))
        case "error":
            return _refusal(_INTERNAL)
        case "unavailable":
            return _refusal(_UNAVAILABLE)
        case "unauthorized":
            return _refusal(_UNAUTHENTICATED)
        case "forbidden":
            return _refusal(forbidden())
        case "conflict":
            return _refusal(_ABORTED)
        case "refuse":
            return _refusal(invalid("Refused by a fault that waits for this call."))
        case "bad_gateway":
            return HTMLResponse(_BAD_GATEWAY, 502)
        case "drop":
            return _Cut()
        case "hang":
            return await _until_they_leave(request)
        case "delay":
            await asyncio.sleep(fault.seconds if fault else 0)
            return perform()
    done = perform()
    if done.status_code >= 400:
        return done
    match fault and fault.kind:
        case "apply_then_error":
            return _refusal(_INTERNAL)
        case "apply_then_bad_gateway":
            return HTMLResponse(_BAD_GATEWAY, 502)
        case "apply_then_hang":
            return await _until_they_leave(request)
        case _:
            return _Cut()


async def _until_they_leave(request: Request) -> Response:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response(status_code=499)


class _Cut(Response):
    """Promises a body and breaks off: the server closes the connection, the caller sees an incomplete answer."""

    def __init__(self) -> None:
        super().__init__(b"{", 200, {"content-length": "1000"}, "application/json")

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _answer_drive(desk: Desk, request: Request) -> Response:
    path = request.path_params["rest"].split("/")
    content = await request.body()
    query = request.query_params
    try:
        match request.method, path:
            case "POST", ["files"]:
                return _pretty(drive.create(desk, _json(content) or {}))
            case "GET", ["files"]:
                return _pretty(drive.listed(desk, query.get("q", "")))
            case "GET", ["files", file_id]:
                return _pretty(drive.show(desk, file_id, query.get("fields", "")))
            case "DELETE", ["files", file_id]:
                desk.remove(file_id)
                return Response(status_code=204, headers={"content-type": "text/html"})
            case "POST", ["files", file_id, "copy"]:
                return _pretty(drive.copy(desk, file_id, _json(content) or {}))
            case "GET", ["files", file_id, "export"]:
                mime_type, exported = drive.export(desk, file_id, query.get("mimeType", ""))
                return Response(exported, headers={"content-type": mime_type})
            case "PUT", ["files", file_id]:
                return _pretty(drive.import_csv(desk, file_id, content))
            case "GET", ["files", file_id, "comments"]:
                desk.open(file_id)
                return _pretty({"comments": []})
            case "GET", ["files", file_id, "permissions"]:
                return _pretty(drive.permissions(desk, file_id))
            case "POST", ["files", file_id, "permissions"]:
                return _pretty(drive.share(desk, file_id, _json(content) or {}))
            case "DELETE", ["files", file_id, "permissions", permission_id]:
                drive.unshare(desk, file_id, permission_id)
                return Response(status_code=204, headers={"content-type": "text/html"})
    except SheetsError as error:
        return _refusal(error)
    return HTMLResponse(_NOT_FOUND, 404)


def _answer_page(desk: Desk, request: Request) -> Response:
    try:
        book = desk.open(request.path_params["id"])
    except SheetsError as error:
        return HTMLResponse(_NOT_FOUND, error.code)
    version = f'"{desk.files[book.id].version}"'
    if request.headers.get("if-none-match") == version:
        return Response(status_code=304)
    sheet_id, first = request.query_params.get("gid", ""), request.query_params.get("from", "")
    shown = page.spreadsheet(
        book,
        int(sheet_id) if sheet_id.isdecimal() else None,
        first=int(first) if first.isdecimal() else 0,
        version=version,
    )
    return HTMLResponse(shown, headers={"etag": version, "cache-control": "no-cache"})


def _raw_path(request: Request) -> str:
    """The path as it was sent, below the place this application is mounted at."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    root = request.scope.get("root_path", "")
    return str(raw.decode("ascii").split("?")[0].removeprefix(root))


def _json(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None


def _unescaped(content: bytes) -> str:
    try:
        return json.dumps(json.loads(content), ensure_ascii=False)
    except ValueError:
        return content.decode("utf-8", "replace")


def _no_constant(name: str) -> None:
    raise ValueError(f"Unexpected token. {name}")


def _pretty(body: Mapping[str, Any]) -> Response:
    return Response(json.dumps(body, ensure_ascii=False, indent=2), media_type="application/json; charset=UTF-8")


def _refusal(error: SheetsError) -> Response:
    body: JsonObject = error.body()
    return Response(
        json.dumps(body, ensure_ascii=False, indent=2), error.code, media_type="application/json; charset=UTF-8"
    )
