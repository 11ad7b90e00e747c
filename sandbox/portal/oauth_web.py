"""``/oauth/``: where users let applications in, and where applications get their tokens.

    {portal}/oauth/authorize/   the page of the portal; without a login form, see ``authorize``
    {portal}/oauth/token/       the authorisation server, of the vendor in reality
    {portal}/oauth/rest/        ``server_endpoint``: ``app.info`` of the authorisation server, for whom a token is

Requests to the vendor's own names of that server (``oauth.bitrix24.tech``), led here by a proxy or a hosts file, are
answered too. Source: settings/oauth/*.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.portal.access import no_auth
from sandbox.portal.bodies import read_body, read_params
from sandbox.portal.clock import SERVER_ZONE
from sandbox.portal.dispatch import Stopwatch
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int
from sandbox.portal.oauth import ACCESS_LIFE, Tokens
from sandbox.portal.params import Params
from sandbox.portal.php import JSON
from sandbox.portal.portal import MEMBER_ID, Portal
from sandbox.portal.rendering import json_response

ADMINISTRATOR = 1
TOKEN = re.compile(r"[0-9a-f]{70}")
VENDOR_HOSTS = ("oauth.bitrix24.tech", "oauth.bitrix.info")
"""The authorisation server in the Russian and in the English documentation."""


class OAuthEntrance:
    """The ASGI application under ``/oauth``, and of everything on the names of the vendor's server."""

    def __init__(self, portal: Callable[[], Portal]) -> None:
        self._portal = portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await answer(self._portal(), request)
        except RestError as refusal:
            response = json_response(told(refusal), refusal.status)
        await response(scope, receive, send)


def concerns_authorisation(host: str, path: str) -> bool:
    """Whether a request is for this entrance. ``host`` is the header of that name."""
    return host.partition(":")[0].lower() in VENDOR_HOSTS or [step for step in path.split("/") if step][:1] == ["oauth"]


def told(refusal: RestError) -> Mapping[str, JSON]:
    """Some errors of this server are a bare code (b24pysdk, errors/oauth.py)."""
    body = refusal.as_json()
    return body if refusal.description else {"error": body["error"]}


async def answer(portal: Portal, request: Request) -> Response:
    steps = [step for step in request.url.path.split("/") if step]
    place = "/".join(steps[1:] if steps[:1] == ["oauth"] else steps).removesuffix(".json").lower()
    body = await read_body(request)
    params = read_params(request.url.query, request.headers.get("content-type", ""), body)
    if place == "authorize":
        return authorize(portal, params)
    if place == "token":
        return json_response(token_answer(portal, grant(portal, params)), 200)
    if place == "rest/app.info":
        return json_response(app_info(portal, params), 200)
    raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", status=404)


def authorize(portal: Portal, params: Params) -> Response:
    """Send the user back to the application with a code.

    Who the user is, a real portal asks in a login form; here ``user_id`` says it, or it is the administrator. What
    fails is shown to the user, the application is not told (settings/oauth/index.md).
    """
    application = portal.access.client(params.text("client_id"))
    user_id = as_int(params.get("user_id")) or ADMINISTRATOR
    if application is None or not application.installed:
        return shown("Приложение не найдено", "В этом Битрикс24 нет установленного приложения с таким client_id.")
    if not portal.staff.is_active(user_id):
        return shown("Вход не выполнен", f"В этом Битрикс24 нет работающего сотрудника {user_id}.")
    if application.users is not None and user_id not in application.users:
        return shown("Доступ запрещен", "Администратор не открыл вам это приложение.")
    code = portal.oauth.authorize(application, user_id).value
    if not application.handler:
        return shown(application.title, f"Код авторизации: {code}", status=200)
    server = urlsplit(portal.address).netloc
    back = {
        "code": code,
        "state": params.text("state"),
        "domain": server,
        "member_id": MEMBER_ID,
        "scope": ",".join(sorted(application.scopes)),
        "server_domain": server,
    }
    joint = "&" if urlsplit(application.handler).query else "?"
    return RedirectResponse(f"{application.handler}{joint}{urlencode(back)}", 302)


def shown(title: str, words: str, status: int = 400) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="ru"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1><p>{escape(words)}</p></html>",
        status,
    )


def grant(portal: Portal, params: Params) -> Tokens:
    """The tokens asked for; raises the errors of settings/oauth/error-codes.md."""
    grants = {
        "authorization_code": ("code", portal.oauth.exchange),
        "refresh_token": ("refresh_token", portal.oauth.refresh),
    }
    kind = params.text("grant_type")
    if kind not in grants:
        raise RestError("invalid_request", "Invalid grant_type parameter or parameter missing")
    name, give = grants[kind]
    for needed in ("client_id", "client_secret", name):
        if not params.text(needed):
            raise RestError("invalid_request", f'No "{needed}" parameter found')
    application = portal.oauth.client(params.text("client_id"), params.text("client_secret"))
    asked = {scope for scope in params.text("scope").split(",") if scope}
    if not asked <= application.scopes:
        raise RestError("invalid_scope", "Given scope exceeds permissions associated with given grant", status=403)
    return give(application, params.text(name))


def token_answer(portal: Portal, tokens: Tokens) -> Mapping[str, JSON]:
    """``domain`` is the authorisation server, not the portal. Order and members as a real server answers a refresh
    (bitrix-tools/b24-rest-docs issue 285); it says ``expires`` and ``user_id`` for a code too (yarbshk/pybitrix24
    issue 17), which the documented example leaves out."""
    return {
        "access_token": tokens.access_token,
        "expires": int(tokens.expires),
        "expires_in": ACCESS_LIFE,
        "scope": ",".join(sorted(tokens.application.scopes)),
        "domain": urlsplit(portal.address).netloc,
        "server_endpoint": f"{portal.address}/oauth/rest/",
        "status": tokens.application.status,
        "client_endpoint": f"{portal.address}/rest/",
        "member_id": MEMBER_ID,
        "user_id": tokens.user_id,
        "refresh_token": tokens.refresh_token,
    }


def whose(portal: Portal, access_token: str) -> Tokens:
    """What looks like a token and is none has another error here than on a portal (b24pysdk, errors/oauth.py)."""
    try:
        return portal.oauth.find(access_token)
    except RestError as refusal:
        if refusal.code != "invalid_token":
            raise
        raise (RestError("invalid_client", "") if TOKEN.fullmatch(access_token) else no_auth()) from refusal


def app_info(portal: Portal, params: Params) -> Mapping[str, JSON]:
    """What the authorisation server knows about a token; an application trusts it more than a portal
    (settings/oauth/simple-way.md). The members are those the vendor's SDK for Python reads (``B24AppInfoResult``).

    ``install.domain`` has no port, like the portals of the vendor: that SDK compares it with a bare host name.
    """
    stopwatch = Stopwatch(portal)
    tokens = whose(portal, params.text("auth"))
    application, scope = tokens.application, ",".join(sorted(tokens.application.scopes))
    result: Mapping[str, JSON] = {
        "client_id": application.client_id,
        "scope": scope,
        "expires": datetime.fromtimestamp(int(tokens.expires), SERVER_ZONE).isoformat(),
        "install": {
            "installed": application.installed,
            "version": str(application.version),
            "status": application.status,
            "scope": scope,
            "domain": urlsplit(portal.address).hostname,
            "uri": portal.address,
            "client_endpoint": f"{portal.address}/rest/",
            "member_id": MEMBER_ID,
            "member_type": "bitrix24",
        },
        "user_id": tokens.user_id,
    }
    return {
        "result": result,
        "time": stopwatch.time_block(stopwatch.seconds(), "app.info", f"application {application.id}"),
    }
