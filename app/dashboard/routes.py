"""HTTP of the dashboard: who comes in, what they ask, which page answers. No numbers are made here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from app.dashboard import listing, page
from app.dashboard.answers import Reader, answer, choices_of, wanted
from app.dashboard.passes import Bearer, PassRefused, read, sign
from app.dashboard.question import Question, question_of
from app.dashboard.scope import scope_of
from app.dashboard.sections import CASES, SCREEN
from app.storage.case_facts import CaseFacts
from app.storage.journal import Journal
from app.storage.left_out import LeftOutWork
from bitrix.errors import BitrixError
from rules.model import Staff
from rules.rulebook import Rulebook

log = logging.getLogger(__name__)

COOKIE = "capa24_dashboard"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""The page shows personal data: nothing of it is kept by a proxy, nothing from elsewhere runs in it."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


class NotConnected(Exception):
    """The portal can't be asked who works there."""


@dataclass(frozen=True)
class Dashboard:
    """What the pages are made from. Without a ``secret`` there is no dashboard, only a page that says so."""

    facts: CaseFacts
    left_out: LeftOutWork
    journal: Journal
    book: Rulebook
    secret: str | None
    staff: Callable[[str], Awaitable[Staff]]
    """The company of a portal as it is now. Raises NotConnected or BitrixError."""
    companies: Mapping[str, str]
    """The address of each portal, to be shown."""
    clock: Callable[[], datetime]
    over_https: bool = False

    def now(self) -> datetime:
        """In the rulebook's time zone."""
        return self.clock().astimezone(ZoneInfo(self.book.calendar.time_zone))


class _Refused(Exception):
    """Nobody who may read this; ``answer`` tells them what to do."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


def dashboard_routes(dashboard: Dashboard) -> APIRouter:
    """``/dashboard`` and what belongs to it."""
    routes = APIRouter()

    @routes.get(SCREEN)
    async def screen(request: Request) -> Response:
        try:
            reader = await _reader(request, dashboard)
        except _Refused as refused:
            return refused.answer
        answers = await answer(
            _question(request, dashboard),
            reader,
            dashboard.book,
            dashboard.facts,
            dashboard.left_out,
            dashboard.journal,
        )
        return _html(page.screen(answers, dashboard.companies[reader.portal], dashboard.now()))

    @routes.get(CASES)
    async def cases(request: Request) -> Response:
        try:
            reader = await _reader(request, dashboard)
        except _Refused as refused:
            return refused.answer
        question, number = _question(request, dashboard), _page_number(request)
        total = await dashboard.facts.count(wanted(question, reader))
        return _html(
            page.listing(
                await listing.page_of(number, question, reader, dashboard.book, dashboard.facts),
                number,
                total,
                question,
                reader,
                await choices_of(dashboard.facts, reader, dashboard.book),
                dashboard.book,
                dashboard.companies[reader.portal],
                dashboard.now(),
            )
        )

    @routes.get(page.CSV)
    async def as_csv(request: Request) -> Response:
        try:
            reader = await _reader(request, dashboard)
        except _Refused as refused:
            return refused.answer
        rows = listing.as_csv(_question(request, dashboard), reader, dashboard.book, dashboard.facts)
        named = {"Content-Disposition": f'attachment; filename="capa24-{dashboard.now():%Y-%m-%d}.csv"'}
        return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers={**HEADERS, **named})

    @routes.get(SCREEN + "/enter/{link}")
    async def enter(link: str) -> Response:
        """The link becomes a cookie, and the address is clean again."""
        if dashboard.secret is None:
            return _switched_off()
        try:
            bearer = read(link, "link", dashboard.secret, dashboard.clock())
        except PassRefused:
            return _link_needed(403)
        answer = RedirectResponse(SCREEN, 303, headers=dict(HEADERS))
        answer.set_cookie(
            COOKIE,
            sign(bearer, "session", dashboard.secret),
            max_age=int((bearer.until - dashboard.clock()).total_seconds()),
            path=SCREEN,
            secure=dashboard.over_https,
            httponly=True,
            samesite="lax",
        )
        return answer

    @routes.post(SCREEN + "/leave")
    async def leave() -> Response:
        answer = _html(page.message("Вы вышли", "Чтобы вернуться, откройте панель по ссылке из Битрикс24."))
        answer.delete_cookie(COOKIE, path=SCREEN)
        return answer

    @routes.get(page.STATIC + "/{version}/{name}")
    async def asset(version: str, name: str, request: Request) -> Response:
        found = page.ASSETS.get(name)
        if found is None or found.version != version:
            return Response(status_code=404, headers=dict(HEADERS))
        if "gzip" in request.headers.get("accept-encoding", ""):
            zipped = {**FOR_EVER, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return Response(found.zipped, media_type=found.media_type, headers=zipped)
        return Response(found.content, media_type=found.media_type, headers={**FOR_EVER, "Vary": "Accept-Encoding"})

    return routes


async def _reader(request: Request, dashboard: Dashboard) -> Reader:
    """Who asks, and what they may see as of now. Raises _Refused; strangers and the fired are told the same."""
    if dashboard.secret is None:
        raise _Refused(_switched_off())
    try:
        bearer = read(request.cookies.get(COOKIE, ""), "session", dashboard.secret, dashboard.clock())
    except PassRefused:
        raise _Refused(_link_needed(401)) from None
    if bearer.portal not in dashboard.companies:
        raise _Refused(_link_needed(401))
    staff = await _staff(bearer, dashboard)
    scope = scope_of(bearer.person, staff, dashboard.book.quality.department)
    if scope is None:
        raise _Refused(_link_needed(401))
    return Reader(bearer.portal, bearer.person, scope, staff)


async def _staff(bearer: Bearer, dashboard: Dashboard) -> Staff:
    try:
        return await dashboard.staff(bearer.portal)
    except (NotConnected, BitrixError) as error:
        log.warning("dashboard of portal %s: %s", bearer.portal, error)
        answer = _html(
            page.message(
                "Портал сейчас не отвечает",
                "Панель спрашивает у Битрикс24, кто чей руководитель, и без ответа ничего не показывает.",
                "Обновите страницу через минуту.",
            ),
            503,
        )
        answer.headers["Retry-After"] = "60"
        raise _Refused(answer) from None


def _question(request: Request, dashboard: Dashboard) -> Question:
    return question_of(request.query_params, dashboard.now().date())


def _page_number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers=dict(HEADERS))


def _link_needed(status: int) -> Response:
    return _html(
        page.message(
            "Откройте панель по своей ссылке",
            "Ссылка приходит уведомлением в Битрикс24. У этой срок истёк, или она скопирована не целиком.",
            "Новую выдаст тот, кто обслуживает сервис: capa24 dashboard ИМЯ.",
        ),
        status,
    )


def _switched_off() -> Response:
    return _html(
        page.message(
            "Панель выключена",
            "Чтобы включить её, задайте в настройках сервиса CAPA24_SECRET — длинную случайную строку "
            "(например, openssl rand -hex 32) — и перезапустите сервис.",
        ),
        503,
    )
