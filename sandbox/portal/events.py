"""Who listens to the events of a portal, and what each is told (contract 3.1-3.3, api-reference/events/index.md).

There are two kinds of listeners. A person makes an outgoing webhook in the interface: one address, chosen events, a
token of its own, and its calls bring no OAuth tokens. An application binds handlers with ``event.bind``: its calls do,
unless nobody is behind the change. Handlers without an address fill a queue (``offline_events.py``). How calls travel
is in ``event_queue.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.portal.access import SCOPES, Application
from sandbox.portal.actors import Actor
from sandbox.portal.errors import RestError
from sandbox.portal.event_catalogue import APPLICATIONS_ONLY, WITH_REFRESH_TOKEN, WITHOUT_TOKENS
from sandbox.portal.event_queue import Delivery
from sandbox.portal.oauth import ACCESS_LIFE
from sandbox.portal.offline_events import OfflineEvents
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

LANGUAGE = "ru"
SHORTEST_NOTICE = 1
"""Seconds between two ``ONOFFLINEEVENT`` unless ``minTimeout`` says otherwise (on-offline-event.md)."""


@dataclass(frozen=True)
class OutgoingWebhook:
    """One address, chosen events, a token of its own (local-integrations/local-webhooks.md)."""

    id: int
    url: str
    events: frozenset[str]
    application_token: str
    user_id: int

    def wants(self, event: str) -> bool:
        return event in self.events and event not in APPLICATIONS_ONLY


@dataclass(frozen=True)
class Handler:
    """What an application bound to an event."""

    id: int
    application: Application
    event: str
    url: str
    """Empty: offline, the event waits in a queue."""
    user_id: int = 0
    """Whose token it gets; 0 is whoever caused the event."""
    connector: str = ""
    options: Mapping[str, int] = field(default_factory=dict)

    @property
    def offline(self) -> bool:
        return not self.url


class Events:
    """The listeners of one portal."""

    def __init__(self, portal: Portal, member_id: str) -> None:
        self._portal = portal
        self._member_id = member_id
        self.offline = OfflineEvents(portal.clock, portal.chance)
        self._webhooks: list[OutgoingWebhook] = []
        self._handlers: dict[int, Handler] = {}
        self._noticed: dict[int, tuple[float, int]] = {}
        """Per handler of ``ONOFFLINEEVENT``: when it was last called, and during which request."""

    # Listeners

    def subscribe(self, url: str, events: Iterable[str], user_id: int) -> OutgoingWebhook:
        """Names are matched without regard to case and delivered in upper case."""
        webhook = OutgoingWebhook(
            id=self._portal.next_id("event_handler"),
            url=url,
            events=frozenset(event.upper() for event in events),
            application_token=secrets.token_hex(16),
            user_id=user_id,
        )
        self._webhooks.append(webhook)
        return webhook

    def bind(
        self,
        application: Application,
        event: str,
        url: str,
        *,
        user_id: int = 0,
        connector: str = "",
        options: Mapping[str, int] | None = None,
    ) -> Handler:
        """Raises ``ERROR_CORE`` when the same handler is there already."""
        found = self.handlers(application, event=event, url=url, user_id=user_id, connector=connector)
        if found:
            raise RestError("ERROR_CORE", "Unable to set event handler: Handler already binded")
        number = self._portal.next_id("event_handler")
        handler = Handler(number, application, event, url, user_id, connector, dict(options or {}))
        self._handlers[number] = handler
        return handler

    def handlers(
        self,
        application: Application,
        *,
        event: str | None = None,
        url: str | None = None,
        user_id: int | None = None,
        connector: str | None = None,
    ) -> list[Handler]:
        """Those of this application, by id; ``None`` is any."""
        return [
            handler
            for handler in self._handlers.values()
            if handler.application is application
            and event in (None, handler.event)
            and url in (None, handler.url)
            and user_id in (None, handler.user_id)
            and connector in (None, handler.connector)
        ]

    def unbind(self, handlers: Iterable[Handler]) -> int:
        """How many there were."""
        return len([self._handlers.pop(handler.id) for handler in list(handlers)])

    def forget(self, application: Application) -> None:
        """The application was deleted: its handlers and its queues with it (settings/app-uninstallation.md)."""
        self.unbind(self.handlers(application))
        self.offline.forget(application.id)

    # What happened

    def put(self, event: str, data: Mapping[str, JSON]) -> None:
        """Tell everybody who listens."""
        for webhook in self._webhooks:
            if webhook.wants(event):
                self._call_webhook(webhook, event, data)
        self._tell(self._bound(event), event, data)

    def tell(self, application: Application, event: str, data: Mapping[str, JSON]) -> None:
        """An event of this application alone, like ``ONAPPTEST``."""
        self._tell((one for one in self._bound(event) if one.application is application), event, data)

    def installed(self, application: Application) -> None:
        """``ONAPPINSTALL`` to the address given as the "initial installation path", and to handlers of the event.

        An application without an installer counts as installed at once; for one with an installer this is called
        when that says ``installFinish`` (settings/app-installation/installation-finish.md)."""
        data = {"VERSION": str(application.version), "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": LANGUAGE}
        with self._portal.acting(Actor(application.user_id)):
            if application.install_handler:
                path = Handler(0, application, "ONAPPINSTALL", application.install_handler)
                self._call_handler(path, "ONAPPINSTALL", data)
            self.tell(application, "ONAPPINSTALL", data)

    def uninstalled(self, application: Application, *, clean: bool) -> None:
        """``ONAPPUNINSTALL`` to the handlers of the event; call it while the application still has them.
        ``clean`` is what the user said about the data of the application."""
        self.tell(application, "ONAPPUNINSTALL", {"LANGUAGE_ID": LANGUAGE, "CLEAN": int(clean)})

    def _bound(self, event: str) -> list[Handler]:
        """Until its installation is finished an application hears nothing."""
        return [
            handler
            for handler in self._handlers.values()
            if handler.event == event and handler.application.installed and handler.application.paid
        ]

    def _tell(self, handlers: Iterable[Handler], event: str, data: Mapping[str, JSON]) -> None:
        filled: list[Application] = []
        for handler in handlers:
            if not handler.offline:
                self._call_handler(handler, event, data)
            elif not self._own_change(handler):
                self.offline.put(handler.application.id, handler.connector, event, data, self._portal.actor.user_id)
                filled.append(handler.application)
        for application in filled:
            self._notice_offline(application)

    def _own_change(self, handler: Handler) -> bool:
        """A change the application made itself, and said so with the ``auth_connector`` of this queue. Without one
        its own changes come back to it (offline-events.md; the vendor's module ``rest`` leaves those out too)."""
        actor = self._portal.actor
        return bool(actor.connector) and (actor.application_id, actor.connector) == (
            handler.application.id,
            handler.connector,
        )

    def _notice_offline(self, application: Application) -> None:
        """``ONOFFLINEEVENT``: not more often than every ``minTimeout`` seconds; with 0, once a request. What comes in
        between is not made up for later."""
        now, request = self._portal.clock.elapsed(), self._portal.request
        for handler in self._bound("ONOFFLINEEVENT"):
            if handler.application is not application:
                continue
            wait = handler.options.get("minTimeout", SHORTEST_NOTICE)
            last = self._noticed.get(handler.id)
            if last is not None and (now - last[0] < wait if wait > 0 else request == last[1]):
                continue
            self._noticed[handler.id] = (now, request)
            self._call_handler(handler, "ONOFFLINEEVENT", {})

    # Calls

    def _call_webhook(self, webhook: OutgoingWebhook, event: str, data: Mapping[str, JSON]) -> None:
        def auth() -> dict[str, JSON]:
            return {**self.addresses(), "application_token": webhook.application_token}

        self._send(webhook.id, webhook.url, event, data, auth)

    def _call_handler(self, handler: Handler, event: str, data: Mapping[str, JSON]) -> None:
        user_id = handler.user_id or self._portal.actor.user_id

        def auth() -> dict[str, JSON]:
            return self.application_auth(
                handler.application,
                0 if event in WITHOUT_TOKENS else user_id,
                refreshable=event in WITH_REFRESH_TOKEN,
                about_application=event not in WITHOUT_TOKENS,
            )

        self._send(handler.id, handler.url, event, data, auth)

    def _send(
        self, number: int, url: str, event: str, data: Mapping[str, JSON], auth: Callable[[], dict[str, JSON]]
    ) -> None:
        def body(ts: int) -> dict[str, JSON]:
            """``ts`` is when it was sent, not when the change was made."""
            return {"event": event, "event_handler_id": number, "data": data, "ts": ts, "auth": auth()}

        self._portal.event_queue.put(Delivery(url, event, data, body, {"subscription": number}))

    def application_auth(
        self, application: Application, user_id: int, *, refreshable: bool, about_application: bool = True
    ) -> dict[str, JSON]:
        """The ``auth`` of a call to an application; ``user_id`` 0 is nobody, and then there are no tokens.

        ``expires`` and ``user_id`` are not on the page; recorded events of real portals have them, and the vendor's
        Python SDK does not read an event without them. Scopes are separated by commas there too, though the page of
        ``ONAPPINSTALL`` says blanks."""
        tokens: dict[str, JSON] = {}
        user: dict[str, JSON] = {}
        if user_id:
            pair = self._portal.oauth.issue(application, user_id)
            tokens = {
                "access_token": pair.access_token,
                "expires": int(pair.expires),
                "expires_in": ACCESS_LIFE,
            }
            user = {"refresh_token": pair.refresh_token} if refreshable else {}
            user["user_id"] = user_id
        about: dict[str, JSON] = {"scope": scope_list(application), "status": application.status}
        return {
            **tokens,
            **(about if about_application else {}),
            **self.addresses(),
            **user,
            "application_token": application.application_token,
        }

    def addresses(self) -> dict[str, JSON]:
        """Which portal this is and where to call it; all an outgoing webhook of a robot is told."""
        address = self._portal.address
        return {
            "domain": urlsplit(address).netloc,
            "client_endpoint": f"{address}/rest/",
            "server_endpoint": f"{address}/oauth/rest/",
            "member_id": self._member_id,
        }


def scope_list(application: Application) -> str:
    return ",".join(scope for scope in SCOPES if scope in application.scopes)
