"""``placement.*``: where applications show their pages. ``api-reference/widgets/``."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.arguments import access_denied, check_handler_url, empty_argument, require_argument, wrong_argument
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_object, as_text
from sandbox.portal.methods.events import application_of
from sandbox.portal.placements import PLACES, Widget
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method

DOCS = "api-reference/widgets/"
TEXTS = ("TITLE", "DESCRIPTION", "GROUP_NAME")
MAIN_LANGUAGE = "ru"


@rest_method("placement.list", scope="placement", docs=DOCS + "placement-list.md", app_only=True)
def list_(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Codes of one ``SCOPE`` (empty: the base one), of all with ``FULL``, or those this application may bind."""
    sent = params.upper()
    if sent.get("SCOPE") is not None:
        return list(portal.placements.known([sent.text("SCOPE")]))
    if sent.flag("FULL"):
        return list(portal.placements.known(PLACES))
    return list(available(portal, caller))


@rest_method("placement.bind", scope="placement", docs=DOCS + "placement-bind.md", app_only=True)
def bind(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Texts come plain or, in ``LANG_ALL``, by language. Of ``OPTIONS`` a place keeps those it knows; here it keeps
    all (unverified which each knows), except for places of CRM, tasks and groups, which document none."""
    require_admin(caller)
    application, sent = application_of(caller), params.upper()
    place = place_of(sent)
    if place == "DEFAULT":
        raise wrong_argument("Wrong value", "PLACEMENT")
    url = require_argument(sent, "HANDLER")
    check_handler_url(url)
    if place not in available(portal, caller):
        raise RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found")
    options = sent.optional_object("OPTIONS")
    if place == "PAGE_BACKGROUND_WORKER" and not as_text(options.get("errorHandlerUrl")):
        # The only refusal of this method that really comes with status 200 (placement-bind.md).
        raise RestError("EMPTY_ERROR_HANDLER_URL", "Option errorHandlerUrl is empty", status=200)
    titles = titles_of(sent) or {MAIN_LANGUAGE: {"TITLE": application.title, "DESCRIPTION": "", "GROUP_NAME": ""}}
    user_id = max(sent.optional_int("USER_ID", 0), 0)
    kept = options if keeps_options(place) else {}
    portal.placements.bind(application, place, url, user_id=user_id, options=kept, titles=titles)
    portal.changed("placement.bind", application=application.id, placement=place, by=caller.user_id)
    return True


@rest_method("placement.unbind", scope="placement", docs=DOCS + "placement-unbind.md", app_only=True)
def unbind(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``count`` grows by one for each widget found, and again for each removed: documented so."""
    require_admin(caller)
    application, sent = application_of(caller), params.upper()
    place, url = place_of(sent), sent.text("HANDLER")
    user_id = sent.optional_int("USER_ID") if sent.has("USER_ID") else None
    found = [
        widget
        for widget in portal.placements.of(application, place=place)
        if (not url or widget.url == url) and user_id in (None, widget.user_id)
    ]
    removed = portal.placements.remove(found)
    portal.changed("placement.unbind", application=application.id, placement=place, count=removed, by=caller.user_id)
    return {"count": len(found) + removed}


@rest_method("placement.get", scope="placement", docs=DOCS + "placement-get.md", app_only=True)
def get(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_admin(caller)
    return [show_widget(widget) for widget in portal.placements.of(application_of(caller))]


def require_admin(caller: Caller) -> None:
    if not caller.admin:
        raise access_denied()


def place_of(sent: Params) -> str:
    value = sent.get("PLACEMENT")
    if value is None or value == "":
        raise empty_argument("PLACEMENT")
    if not isinstance(value, str):
        raise wrong_argument("The value of an argument 'PLACEMENT' must be of type string", "PLACEMENT")
    return value.upper()


def available(portal: Portal, caller: Caller) -> list[str]:
    return portal.placements.known(["", *application_of(caller).scopes])


def keeps_options(place: str) -> bool:
    """Messenger, background worker and the button above the timeline (placement-bind.md)."""
    return place.startswith("IM") or place == "PAGE_BACKGROUND_WORKER" or place.endswith("_DETAIL_ACTIVITY")


def titles_of(sent: Params) -> dict[str, Mapping[str, str]]:
    by_language = as_object(sent.get("LANG_ALL"))
    if by_language:
        return {language: texts_in(as_object(texts) or {}) for language, texts in by_language.items()}
    texts = texts_in(sent.raw)
    return {MAIN_LANGUAGE: texts} if any(texts.values()) else {}


def texts_in(values: Mapping[str, JSON]) -> dict[str, str]:
    return {name: (as_text(values.get(name)) or "").strip() for name in TEXTS}


def show_widget(widget: Widget) -> dict[str, JSON]:
    return {
        "placement": widget.place,
        "userId": widget.user_id,
        "handler": widget.url,
        "options": widget.options or [],
        "title": widget.text("TITLE"),
        "description": widget.text("DESCRIPTION"),
        "langAll": {language: dict(texts) for language, texts in widget.titles.items()},
    }
