"""Widgets: places of the interface where applications show their pages (api-reference/widgets/).

The codes are those of api-reference/widgets/placements.md; which types of CRM objects have which is on the page of each
place. What a portal sends to the page of a widget is in ``opening.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.portal.access import Application
from sandbox.portal.errors import RestError
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

EVERYBODY = "LEAD DEAL CONTACT COMPANY QUOTE SMART_INVOICE"
CRM_PLACES: tuple[tuple[str, str, bool], ...] = (
    ("LIST_TOOLBAR", f"{EVERYBODY} ORDER", True),
    ("LIST_MENU", f"{EVERYBODY} ACTIVITY", True),
    ("DETAIL_TAB", f"{EVERYBODY} ORDER", True),
    ("DETAIL_TOOLBAR", EVERYBODY, True),
    ("DETAIL_ACTIVITY", f"{EVERYBODY} ORDER", True),
    ("ACTIVITY_TIMELINE_MENU", "LEAD DEAL QUOTE SMART_INVOICE", True),
    ("DOCUMENTGENERATOR_BUTTON", EVERYBODY, True),
    ("ROBOT_DESIGNER_TOOLBAR", "LEAD DEAL SMART_INVOICE", True),
)
"""Place, types of objects that have it, and whether smart processes do."""

PLACES: dict[str, tuple[str, ...]] = {
    "": ("LEFT_MENU", "REST_APP_URI", "PAGE_BACKGROUND_WORKER", "BI_ANALYTICS_MENU"),
    "crm": (
        *(f"CRM_{symbol}_{place}" for place, symbols, _ in CRM_PLACES for symbol in symbols.split()),
        "CRM_ANALYTICS_MENU",
        "CRM_ANALYTICS_TOOLBAR",
        "CRM_BANK_DETAIL_AUTOCOMPLETE",
        "CRM_DETAIL_SEARCH",
        "CRM_FUNNELS_TOOLBAR",
        "CRM_REQUISITE_AUTOCOMPLETE",
    ),
    "task": (
        "TASK_VIEW_TAB",
        "TASK_VIEW_SIDEBAR",
        "TASK_VIEW_TOP_PANEL",
        "TASK_LIST_CONTEXT_MENU",
        "TASK_USER_LIST_TOOLBAR",
        "TASK_GROUP_LIST_TOOLBAR",
        "TASK_ROBOT_DESIGNER_TOOLBAR",
    ),
    "sonet_group": ("SONET_GROUP_DETAIL_TAB", "SONET_GROUP_TOOLBAR", "SONET_GROUP_ROBOT_DESIGNER_TOOLBAR"),
    "placement": (
        "IM_CONTEXT_MENU",
        "IM_NAVIGATION",
        "IM_SIDEBAR",
        "IM_SMILES_SELECTOR",
        "IM_TEXTAREA",
        "IMMOBILE_CONTEXT_MENU",
    ),
    "calendar": ("CALENDAR_GRIDVIEW",),
    "telephony": ("CALL_CARD", "TELEPHONY_ANALYTICS_MENU"),
    "contact_center": ("CONTACT_CENTER",),
    "user": ("USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR"),
}
"""By the scope one needs to bind them; those of the messenger want ``placement`` alone."""

ONE_HANDLER = frozenset({"REST_APP_URI", "PAGE_BACKGROUND_WORKER"})
PER_USER = frozenset({"PAGE_BACKGROUND_WORKER"})


@dataclass(frozen=True)
class Widget:
    """What an application bound to a place."""

    id: int
    application: Application
    place: str
    url: str
    user_id: int = 0
    options: Mapping[str, JSON] = field(default_factory=dict)
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By language: ``TITLE``, ``DESCRIPTION``, ``GROUP_NAME``."""

    def text(self, name: str) -> str:
        """In Russian, or in the first language there is."""
        chosen = self.titles.get("ru") or next(iter(self.titles.values()), {})
        return chosen.get(name, "")


class Placements:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._widgets: dict[int, Widget] = {}

    def known(self, scopes: Iterable[str]) -> list[str]:
        """Codes of these scopes, and those of the smart processes there are now."""
        wanted = set(scopes)
        codes = [code for scope, places in PLACES.items() if scope in wanted for code in places]
        if "crm" in wanted:
            smart = [kind.symbol for kind in self._portal.crm.kinds() if kind.smart]
            codes += [f"CRM_{symbol}_{place}" for place, _, dynamic in CRM_PLACES if dynamic for symbol in smart]
        return codes

    def bind(
        self,
        application: Application,
        place: str,
        url: str,
        *,
        user_id: int,
        options: Mapping[str, JSON],
        titles: Mapping[str, Mapping[str, str]],
    ) -> Widget:
        """Raises ``ERROR_PLACEMENT_MAX_COUNT``, ``ERROR_PLACEMENT_USER_MODE``, ``ERROR_CORE`` for a handler that is
        there already."""
        if user_id and place not in PER_USER:
            raise RestError("ERROR_PLACEMENT_USER_MODE", "User mode is not available.")
        bound = self.of(application, place=place)
        rivals = [one for one in bound if place not in PER_USER or one.user_id in (0, user_id)]
        if place in ONE_HANDLER and rivals:
            raise RestError("ERROR_PLACEMENT_MAX_COUNT", "Placement max count: 1")
        if any(one.url == url for one in bound):
            raise RestError("ERROR_CORE", "Unable to set placement handler: Handler already binded")
        number = self._portal.next_id("placement")
        widget = Widget(number, application, place, url, user_id, dict(options), dict(titles))
        self._widgets[number] = widget
        return widget

    def of(self, application: Application, *, place: str | None = None) -> list[Widget]:
        return [
            widget
            for widget in self._widgets.values()
            if widget.application is application and place in (None, widget.place)
        ]

    def at(self, place: str) -> list[Widget]:
        """Whose widgets a user sees there: of applications whose installation is finished."""
        return [one for one in self._widgets.values() if one.place == place and one.application.installed]

    def get(self, number: int) -> Widget | None:
        return self._widgets.get(number)

    def remove(self, widgets: Iterable[Widget]) -> int:
        """How many there were."""
        return len([self._widgets.pop(widget.id) for widget in list(widgets)])

    def forget(self, application: Application) -> None:
        self.remove(self.of(application))
