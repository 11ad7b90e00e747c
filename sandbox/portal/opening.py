"""Opening the page of an application in a frame: what the portal posts to it (settings/oauth/simple-way.md,
api-reference/widgets/index.md). Part goes into the query of the address, part into the form."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from sandbox.portal.access import Application
from sandbox.portal.events import LANGUAGE, scope_list
from sandbox.portal.oauth import ACCESS_LIFE
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

MAIN_PAGE = "DEFAULT"


@dataclass(frozen=True)
class Opening:
    """A POST to be made by the browser of a user."""

    url: str
    form: Mapping[str, str]


def open_page(portal: Portal, application: Application, user_id: int) -> Opening:
    """The main page of an application. Raises ``LookupError`` for one that has no page."""
    if not application.handler:
        raise LookupError(f"{application.client_id} has no page of its own")
    return opening(portal, application, application.handler, MAIN_PAGE, None, user_id)


def open_widget(portal: Portal, widget_id: int, user_id: int, options: Mapping[str, JSON]) -> Opening:
    """A widget, in the context of the place: ``{"ID": "24"}`` for a tab of a CRM card, ``{"taskId": "5"}`` for one of
    a task. ``URI`` is added by a portal that knows from which page it was opened. Raises ``LookupError``."""
    widget = portal.placements.get(widget_id)
    if widget is None:
        raise LookupError(f"there is no widget {widget_id}")
    return opening(portal, widget.application, widget.url, widget.place, options, user_id)


def opening(
    portal: Portal, application: Application, url: str, place: str, options: Mapping[str, JSON] | None, user_id: int
) -> Opening:
    address = urlsplit(portal.address)
    query = {
        "DOMAIN": address.netloc,
        "PROTOCOL": "1" if address.scheme == "https" else "0",
        "LANG": LANGUAGE,
        "APP_SID": secrets.token_hex(16),
    }
    tokens = portal.oauth.issue(application, user_id)
    form = {
        "AUTH_ID": tokens.access_token,
        "AUTH_EXPIRES": str(ACCESS_LIFE),
        "REFRESH_ID": tokens.refresh_token,
        "SERVER_ENDPOINT": str(portal.events.addresses()["server_endpoint"]),
        "APPLICATION_TOKEN": application.application_token,
        "APPLICATION_SCOPE": scope_list(application),
        "member_id": str(portal.events.addresses()["member_id"]),
        "status": application.status,
        "PLACEMENT": place,
    }
    if options is not None:
        form["PLACEMENT_OPTIONS"] = json.dumps(options, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return Opening(with_query(url, query), form)


def with_query(url: str, query: Mapping[str, str]) -> str:
    """The address with these parameters after its own."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, urlencode(query)) if part)))
