"""Pages of applications inside the portal's own: a tab of a card, the page of an application.

The browser of the person posts to the application what a portal posts (``sandbox.portal.opening``), into a frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from sandbox.cards import page
from sandbox.cards.addresses import Link
from sandbox.cards.visit import Visit
from sandbox.portal.crm.kinds import Kind
from sandbox.portal.opening import Opening, open_page, open_widget
from sandbox.portal.php import JSON

TASK_TAB = "TASK_VIEW_TAB"
ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]+")


@dataclass(frozen=True)
class Frame:
    title: str
    url: str
    form: Mapping[str, str]
    origin: str
    """What the page may show in a frame and post to; nothing else."""


def card_tab(kind: Kind) -> str:
    return f"CRM_{kind.symbol}_DETAIL_TAB"


def tabs(visit: Visit, place: str) -> list[tuple[int, Link]]:
    """Widgets this person sees at this place, by their ids."""
    found = (one for one in visit.portal.placements.at(place) if is_open_to(visit, one.application.users))
    return [(one.id, Link(one.text("TITLE") or one.application.title, f"?widget={one.id}")) for one in found]


def is_open_to(visit: Visit, users: frozenset[int] | None) -> bool:
    return users is None or visit.person.id in users or visit.person.admin


def opened(visit: Visit, place: str, options: Mapping[str, JSON]) -> Frame | None:
    """The widget the address asks for (``?widget=5``), when it stands at this place."""
    wanted = visit.query.number("widget")
    title = next((link.title for number, link in tabs(visit, place) if number == wanted), None)
    if title is None:
        return None
    return frame(title, open_widget(visit.portal, wanted, visit.person.id, options))


def frame(title: str, opening: Opening) -> Frame:
    """Raises ``NOT_FOUND`` for an application at a strange address."""
    parts = urlsplit(opening.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not ORIGIN.fullmatch(origin):
        raise page.absent(f"Приложение живёт по адресу, который нельзя открыть: {opening.url}")
    return Frame(title, opening.url, opening.form, origin)


def show_application(visit: Visit) -> Response:
    application = visit.portal.access.application(visit.number("application"))
    if application is None or not application.handler or not is_open_to(visit, application.users):
        raise page.absent("Такого приложения нет")
    shown = frame(application.title, open_page(visit.portal, application, visit.person.id))
    return page.render(visit, "application.html", application.title, frame=shown)
