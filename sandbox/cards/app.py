"""The ASGI application: which path is which page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.cards import addresses, board, card, company, feed, groups, page, tasks, widgets
from sandbox.cards.visit import COOKIE
from sandbox.portal.loose import as_int
from sandbox.portal.portal import Portal

CRM = ("/crm/type/{type:int}/", "/crm/{section:str}/")
"""Where types of objects live; both forms are tried in this order."""
TASK = "tasks/task/view/{task:int}/"


LONGEST_PATH = 1000

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(portal: Callable[[], Portal]) -> ASGIApp:
    """Pages of the portal. ``portal`` is asked for on every request, since a reset replaces it."""

    def shown(path: str, show: page.Show) -> Route:
        return Route(path, page.showing(portal, show), methods=["GET"])

    def done(path: str, actions: dict[str, page.Act]) -> Route:
        return Route(path, page.acting(portal, page.chosen(actions)), methods=["POST"])

    def both(path: str, show: page.Show, actions: dict[str, page.Act]) -> list[BaseRoute]:
        return [shown(path, show), done(path, actions)]

    user, group = "/company/personal/user/{user:int}/", "/workgroups/group/{group:int}/"
    routes: list[BaseRoute] = [
        *both("/", feed.show_feed, feed.ACTIONS),
        *both(addresses.FEED, feed.show_feed, feed.ACTIONS),
        *both(user + "blog/{post:int}/", feed.show_post, feed.ACTIONS),
        *both(addresses.NOTICES, company.show_notices, company.BELL),
        shown(addresses.COMPANY, company.show_structure),
        shown("/company/structure.php", company.show_structure),
        *both(user, company.show_person, company.ACTIONS),
        shown(user + "tasks/", tasks.show_tasks),
        *both(user + TASK, tasks.show_task, tasks.ACTIONS),
        *both(user + "tasks/task/edit/0/", tasks.show_new, tasks.CREATE),
        shown(addresses.GROUPS, groups.show_groups),
        shown(group, groups.show_group),
        *both(group + "tasks/", groups.show_tasks, groups.ACTIONS),
        *both(group + TASK, tasks.show_task, tasks.ACTIONS),
        shown("/marketplace/app/{application:int}/", widgets.show_application),
        *(
            route
            for section in CRM
            for route in (
                shown(section, board.show_section),
                *both(section + "kanban/", board.show_board, BOARD),
                *both(section + "kanban/category/{funnel:int}/", board.show_board, BOARD),
                shown(section + "list/", board.show_list),
                shown(section + "list/category/{funnel:int}/", board.show_list),
                *both(section + "details/{number:int}/", card.show_card, card.ACTIONS),
            )
        ),
        Route(addresses.PERSON, choose_person(portal), methods=["POST"]),
        Route(addresses.CHANGES, changes(portal), methods=["GET"]),
        Mount(addresses.STATIC, StaticFiles(directory=Path(__file__).with_name("static"))),
    ]
    pages = Starlette(routes=routes, exception_handlers={HTTPException: problem(portal)})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reasonable = len(scope["path"]) <= LONGEST_PATH
        await (pages if reasonable else PlainTextResponse("Too long an address.\n", 414))(scope, receive, send)

    return app


BOARD: dict[str, page.Act] = {"move": board.move_on_board}


def choose_person(portal: Callable[[], Portal]) -> Endpoint:
    """Become somebody else: a cookie, and back to where one was."""

    async def endpoint(request: Request) -> Response:
        if not page.from_here(request):
            return Response("Another site may not choose for you.\n", 403, media_type="text/plain")
        sent = await page.read_form(request)
        back = sent.text("back")
        path = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
        scripted = "application/json" in request.headers.get("accept", "")
        if not portal().staff.is_active(sent.number("user")):
            return JSONResponse({"error": "Такого сотрудника нет"}, 403) if scripted else RedirectResponse(path, 303)
        response: Response = JSONResponse({"go": path}) if scripted else RedirectResponse(path, 303)
        response.set_cookie(COOKIE, str(sent.number("user")), httponly=True, samesite="strict")
        return response

    return endpoint


def changes(portal: Callable[[], Portal]) -> Endpoint:
    """Whether anything changed after a number of the journal: what open pages ask every other second.

    A number above the last one is of a portal that has been replaced.
    """

    async def endpoint(request: Request) -> Response:
        journal = portal().journal
        after = as_int(request.query_params.get("after", "")) or 0
        changed = after > journal.last or bool(journal.read(max(after, 0), "change"))
        return JSONResponse({"last": journal.last, "changed": changed}, headers={"Cache-Control": "no-store"})

    return endpoint


def problem(portal: Callable[[], Portal]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = "Такой страницы нет" if status == 404 else str(error)
        if request.method not in ("GET", "HEAD"):
            return JSONResponse({"error": words}, status)
        if status != 404:
            return PlainTextResponse(f"{words}\n", status)
        return page.render(page.begin(portal(), request), "refusal.html", "Не получилось", status, words=words)

    return answer
