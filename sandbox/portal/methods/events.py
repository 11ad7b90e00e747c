"""``event.bind`` and its neighbours, for applications. ``api-reference/events/``.

Parameters are matched without regard to case, and so are names of events.
"""

from __future__ import annotations

from sandbox.portal.access import Application
from sandbox.portal.application_only import application_required
from sandbox.portal.arguments import access_denied, check_handler_url, require_argument, wrong_argument
from sandbox.portal.errors import RestError
from sandbox.portal.event_catalogue import BASE, EVENTS, ONLINE_ONLY, known_events
from sandbox.portal.events import LANGUAGE
from sandbox.portal.features import AUTH_CONNECTOR
from sandbox.portal.loose import as_int
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Caller, Params, rest_method

DOCS = "api-reference/events/"
ONLINE, OFFLINE = "online", "offline"


@rest_method("event.bind", docs=DOCS + "event-bind.md", app_only=True)
def bind(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A user who is no administrator binds for themselves only, and nothing offline."""
    application, sent = application_of(caller), params.upper()
    event, offline = require_argument(sent, "EVENT").upper(), is_offline(sent)
    user_id = sent.optional_int("AUTH_TYPE", 0)
    if user_id and not caller.admin and user_id != caller.user_id:
        raise access_denied("Event binding with AUTH_TYPE requires administrator access rights")
    connector = connector_of(portal, sent)
    if offline and not caller.admin:
        raise access_denied("Offline events binding requires administrator access rights")
    url = "" if offline else require_argument(sent, "HANDLER")
    if not offline:
        check_handler_url(url)
    if event not in available(portal, application):
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    if offline and event in ONLINE_ONLY:
        raise RestError("ERROR_ARGUMENT", "Offline event cannot be registered for this event.")
    owner = 0 if offline else user_id if caller.admin else caller.user_id
    portal.events.bind(application, event, url, user_id=owner, connector=connector, options=options_of(event, sent))
    portal.changed("event.bind", application=application.id, event=event, by=caller.user_id)
    return True


@rest_method("event.unbind", docs=DOCS + "event-unbind.md", app_only=True)
def unbind(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Without ``auth_type`` an administrator removes the handlers of everybody, another user their own. Such a user
    may say nothing but their own id, and that as a number, not as text."""
    application, sent = application_of(caller), params.upper()
    event, offline = require_argument(sent, "EVENT").upper(), is_offline(sent)
    connector = connector_of(portal, sent)
    if offline:
        if not caller.admin:
            raise access_denied("Offline events unbinding requires administrator access rights")
        found = portal.events.handlers(application, event=event, url="", connector=connector)
    else:
        url = require_argument(sent, "HANDLER")
        owner = as_int(sent.get("AUTH_TYPE")) or 0 if sent.get("AUTH_TYPE") is not None else None
        if not caller.admin and sent.get("AUTH_TYPE") not in (None, caller.user_id):
            raise access_denied("Event unbinding with AUTH_TYPE requires administrator access rights")
        owner = owner if caller.admin else caller.user_id
        found = portal.events.handlers(application, event=event, url=url, user_id=owner)
    count = portal.events.unbind(found)
    portal.changed("event.unbind", application=application.id, event=event, count=count, by=caller.user_id)
    return {"count": count}


@rest_method("event.get", docs=DOCS + "event-get.md", app_only=True)
def get(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Offline handlers show their connector instead of an address, as the vendor's module ``rest`` does."""
    return [
        {"event": handler.event, "connector_id": handler.connector, "offline": 1}
        if handler.offline
        else {"event": handler.event, "handler": handler.url, "auth_type": str(handler.user_id), "offline": 0}
        for handler in portal.events.handlers(application_of(caller))
        if caller.admin or handler.user_id == caller.user_id
    ]


@rest_method("events", docs=DOCS + "events.md", app_only=True)
def events(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Those of one ``SCOPE`` (empty: the base one), of all with ``FULL``, or what this application may bind."""
    sent = params.upper()
    if sent.get("SCOPE") is not None:
        return list(known_events([sent.text("SCOPE")], smart_processes(portal)))
    if sent.flag("FULL"):
        return list(known_events(EVENTS, smart_processes(portal)))
    return list(available(portal, application_of(caller)))


@rest_method("event.test", docs=DOCS + "test-handler.md", app_only=True)
def test(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Whatever is sent comes back in ``data[QUERY]`` of ``ONAPPTEST``."""
    portal.events.tell(application_of(caller), "ONAPPTEST", {"QUERY": params.raw, "LANGUAGE_ID": LANGUAGE})
    return 1


def application_of(caller: Caller) -> Application:
    if caller.application is None:
        raise application_required()
    return caller.application


def available(portal: Portal, application: Application) -> list[str]:
    return known_events([BASE, *application.scopes], smart_processes(portal))


def smart_processes(portal: Portal) -> list[int]:
    return [kind.entity_type_id for kind in portal.crm.kinds() if kind.smart]


def is_offline(sent: Params) -> bool:
    kind = sent.text("EVENT_TYPE").lower() or ONLINE
    if kind not in (ONLINE, OFFLINE):
        raise wrong_argument(f"Value must be one of {{{ONLINE}|{OFFLINE}}}", "EVENT_TYPE")
    return kind == OFFLINE


def connector_of(portal: Portal, sent: Params) -> str:
    """``auth_connector``; raises 403 ``WRONG_LICENSE`` on a plan without it."""
    connector = sent.text("AUTH_CONNECTOR")
    if connector:
        portal.features.require(AUTH_CONNECTOR, "auth_connector")
    return connector


def options_of(event: str, sent: Params) -> dict[str, int]:
    """Only ``ONOFFLINEEVENT`` has any; what an event does not know is left out."""
    wait = as_int(sent.optional_object("OPTIONS").get("minTimeout")) if event == "ONOFFLINEEVENT" else None
    return {} if wait is None else {"minTimeout": wait}
