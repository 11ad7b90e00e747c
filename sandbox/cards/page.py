"""Templates into answers: what surrounds every page, and how a page or an action says no."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.cards import addresses, wording
from sandbox.cards.visit import COOKIE, LARGEST_FORM, Form, Visit, recognise
from sandbox.cards.wording import Wording
from sandbox.portal.actors import Actor
from sandbox.portal.crm.kinds import Kind
from sandbox.portal.errors import RestError
from sandbox.portal.portal import Portal
from sandbox.portal.staff import ROOT_DEPARTMENT

log = logging.getLogger("sandbox")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Colours of stages stand in ``style`` attributes, hence ``unsafe-inline`` for styles."""

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(addresses=addresses, count=wording.count)

Show = Callable[[Visit], Response]
Act = Callable[[Visit], str]
"""Does something and answers the address to go on to."""


@dataclass(frozen=True)
class MenuEntry:
    title: str
    href: str
    icon: str
    section: str
    """Pages under this path belong to the entry."""


def render(visit: Visit, template: str, title: str, status: int = 200, **context: object) -> HTMLResponse:
    """``template`` fills the middle of the page; it gets ``say``, ``visit`` and the ``context``."""
    portal = visit.portal
    people = [user for user in portal.staff.users() if user.active]
    company = portal.staff.department(ROOT_DEPARTMENT)
    body = TEMPLATES.get_template(template).render(
        context,
        visit=visit,
        say=Wording(portal),
        title=title,
        company=company.name if company else "Портал",
        people=sorted(people, key=lambda user: (user.last_name or user.name).casefold()),
        menu=menu(visit),
        unread=sum(1 for notice in portal.notices.of(visit.person.id) if not notice["read"]),
        version=portal.journal.last,
    )
    return HTMLResponse(body, status, headers(getattr(context.get("frame"), "origin", "")))


def headers(framed: str) -> dict[str, str]:
    """``framed`` is where the application lives that this page shows in a frame."""
    frames = f"form-action 'self' {framed}; frame-src {framed}" if framed else "form-action 'self'"
    return {
        "Content-Security-Policy": f"{POLICY}; {frames}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def menu(visit: Visit) -> list[MenuEntry]:
    """Sections of the portal; types of CRM objects as they are configured now."""
    crm = visit.portal.crm
    kinds = sorted(crm.kinds(), key=lambda kind: MENU_ORDER.get(kind.entity_type_id, len(MENU_ORDER)))
    tasks = addresses.tasks(visit.person.id)
    return [
        MenuEntry("Лента", addresses.FEED, "feed", addresses.FEED),
        MenuEntry("Мои задачи", tasks, "task", tasks),
        MenuEntry("Группы", addresses.GROUPS, "group", addresses.GROUPS),
        MenuEntry("Сотрудники", addresses.COMPANY, "people", addresses.COMPANY),
        *(
            MenuEntry(KIND_TITLES.get(kind.entity_type_id, kind.title), path, icon_of(kind), path)
            for kind in kinds
            if kind.smart or kind.entity_type_id in MENU_ORDER or len(crm.items(kind.entity_type_id))
            for path in [addresses.section(kind)]
        ),
        *(
            MenuEntry(one.title, path, "application", path)
            for one in visit.portal.access.applications
            if one.handler and one.installed
            for path in [addresses.application(one.id)]
        ),
    ]


def icon_of(kind: Kind) -> str:
    return "process" if kind.smart else KIND_ICONS.get(kind.entity_type_id, "crm")


MENU_ORDER = {2: 0, 1: 1, 3: 2, 4: 3}
KIND_ICONS = {1: "lead", 3: "person", 4: "firm"}
KIND_TITLES = {1: "Лиды", 2: "Сделки", 3: "Контакты", 4: "Компании", 7: "Предложения", 31: "Счета"}


def showing(portal: Callable[[], Portal], show: Show) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for GET."""

    async def endpoint(request: Request) -> Response:
        visit = begin(portal(), request)
        try:
            with visit.portal.acting(Actor(visit.person.id)):
                return show(visit)
        except RestError as refused:
            return refusal_page(visit, refused)

    return endpoint


def acting(portal: Callable[[], Portal], act: Act) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for POST. The page's script wants JSON, ``{"go": path}`` or ``{"error": words}``; a browser without
    scripts is sent on, or shown the refusal."""

    async def endpoint(request: Request) -> Response:
        if not from_here(request):
            return Response("Another site may not press the buttons of this portal.\n", 403, media_type="text/plain")
        sent = await read_form(request)
        scripted = "application/json" in request.headers.get("accept", "")
        visit = begin(portal(), request, sent)
        try:
            check_identity(visit)
            with visit.portal.acting(Actor(visit.person.id)):
                path = act(visit)
        except RestError as refused:
            if scripted:
                return JSONResponse({"error": wording.refusal(refused)}, status_of(refused))
            return refusal_page(visit, refused)
        return JSONResponse({"go": path}) if scripted else RedirectResponse(path, 303)

    return endpoint


def begin(portal: Portal, request: Request, form: Form | None = None) -> Visit:
    return Visit(request, portal, recognise(portal, request), read_pairs(request.url.query), form or Form())


def check_identity(visit: Visit) -> None:
    """Nobody acts as somebody else by accident: the one who was chosen may have been dismissed meanwhile, or the portal
    is a new one."""
    chosen = visit.request.cookies.get(COOKIE)
    if chosen is not None and chosen != str(visit.person.id):
        raise RestError("ACCESS_DENIED", "Выбранный сотрудник здесь больше не работает: выберите, кто вы")


def from_here(request: Request) -> bool:
    """Whether this portal's own page sent it. A browser always says where a POST comes from; what says nothing is not
    one."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return site is not None


async def read_form(request: Request) -> Form:
    """Raises 413 for a form that is too big."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, f"the form is larger than {LARGEST_FORM} bytes")
    return read_pairs(body.decode("utf-8", "replace"))


def read_pairs(text: str) -> Form:
    """Raises 400 for too many."""
    try:
        return Form.read(text)
    except ValueError as mistake:
        raise HTTPException(400, str(mistake)) from mistake


def refusal_page(visit: Visit, refused: RestError) -> Response:
    return render(visit, "refusal.html", "Не получилось", status_of(refused), words=wording.refusal(refused))


def status_of(refused: RestError) -> int:
    """The portal's 400 says nothing about a page: it is not there, or not for this person."""
    if "NOT_FOUND" in str(refused.code):
        return 404
    return 403 if refused.status == 400 else refused.status


def chosen(actions: dict[str, Act]) -> Act:
    """One of several actions of a page, by the button that was pressed (``do``)."""

    def act(visit: Visit) -> str:
        action = actions.get(visit.form.text("do"))
        if action is None:
            raise RestError("WRONG_ACTION", "Такого действия на этой странице нет")
        return action(visit)

    return act


def absent(what: str) -> RestError:
    return RestError("NOT_FOUND", what)
