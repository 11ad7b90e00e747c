"""Who may call: inbound webhooks with a secret in the address, and applications, whose tokens are in ``oauth.py``.

A person creates them in the interface of a real portal; here ``POST /_sandbox/inbound`` and ``.../applications`` do.
Source: local-integrations/local-webhooks.md, settings/app-installation/local-apps, api-reference/scopes/permissions.md.
"""

from __future__ import annotations

import hmac
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.portal.errors import RestError

SCOPES = (
    "crm", "task", "user", "user_brief", "user_basic", "user.userfield", "department", "humanresources",
    "humanresources.hcmlink", "sonet_group", "sonet", "socialnetwork", "log", "im", "im.import", "imbot", "imconnector",
    "imopenlines", "placement", "bizproc", "rpa", "userfieldconfig", "userconsent", "disk", "timeman", "calendar",
    "calendarmobile", "booking", "lists", "iblock", "entity", "telephony", "call", "contact_center", "messageservice",
    "mailservice", "mail", "catalog", "catalogmobile", "sale", "cashbox", "salescenter", "delivery", "pay_system",
    "documentgenerator", "crm.documentgenerator", "landing", "landing_cloud", "biconnector", "sign.b2e", "vote",
    "rating", "smile", "forum", "faceid", "intranet", "main", "rest", "pull", "pull_channel", "mobile",
    "notifications", "appform", "configuration.import", "baas", "ai_admin", "tasks", "tasks_extended", "tasksmobile",
)  # fmt: skip
"""Permissions that can be ticked for a webhook; the method ``scope`` with ``full`` answers this list. Those of
api-reference/scopes/permissions.md, and those b24pysdk finds on a real portal (its integration tests of ``scope``)."""

LETTERS_AND_DIGITS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class InboundWebhook:
    id: int
    user_id: int
    secret: str
    scopes: frozenset[str]


@dataclass(eq=False)
class Application:
    """A local application of the portal (settings/app-installation/local-apps)."""

    id: int
    client_id: str
    client_secret: str
    application_token: str
    """Shared secret of this application and this portal, for the handlers of its events."""
    title: str
    scopes: frozenset[str]
    handler: str = ""
    """Address of the application; a user who authorised it returns here (``redirect_uri``)."""
    install_handler: str = ""
    """The "initial installation path": gets ``ONAPPINSTALL``, or opens the installer."""
    user_id: int = 1
    """Who installed it."""
    status: str = "L"
    """``L`` local, ``F`` free, ``S`` subscription, as in ``app.info``."""
    installed: bool = True
    """Until an installer says ``installFinish``, no events are delivered (installation-finish.md)."""
    paid: bool = True
    """``False``: its trial or subscription ended, tokens are refused with ``PAYMENT_REQUIRED``."""
    version: int = 1
    users: frozenset[int] | None = field(default=None)
    """Whom the administrator opened it to; ``None`` is everybody. Others get ``user_access_error``."""


class Access:
    """The inbound webhooks and the applications of one portal."""

    def __init__(self) -> None:
        self._webhooks: dict[int, InboundWebhook] = {}
        self._applications: dict[int, Application] = {}
        self._webhooks_made = 0
        self._applications_made = 0

    def create(self, user_id: int, scopes: Iterable[str] | None = None, *, secret: str | None = None) -> InboundWebhook:
        """A new webhook of this user, with every scope unless some are named."""
        self._webhooks_made += 1
        webhook = InboundWebhook(
            id=self._webhooks_made,
            user_id=user_id,
            secret=secret or secrets.token_hex(8),
            scopes=frozenset(SCOPES if scopes is None else scopes),
        )
        self._webhooks[webhook.id] = webhook
        return webhook

    def find(self, user_id: str, secret: str) -> InboundWebhook:
        """The webhook of this address; raises 401 ``INVALID_CREDENTIALS``."""
        for webhook in self._webhooks.values():
            if str(webhook.user_id) == user_id and hmac.compare_digest(webhook.secret.encode(), secret.encode()):
                return webhook
        raise invalid_credentials()

    def revoke(self, webhook_id: int) -> None:
        """The webhook was deleted, or its secret regenerated."""
        self._webhooks.pop(webhook_id, None)

    def install(
        self,
        title: str,
        scopes: Iterable[str] | None = None,
        *,
        handler: str = "",
        install_handler: str = "",
        user_id: int = 1,
        users: Iterable[int] | None = None,
    ) -> Application:
        """Add a local application, installed at once, with every scope unless some are named. It has new keys every
        time: a deleted and re-added application is another one (settings/app-uninstallation.md)."""
        self._applications_made += 1
        application = Application(
            id=self._applications_made,
            client_id=f"local.{secrets.token_hex(7)}.{secrets.randbelow(10**8):08}",
            client_secret="".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(50)),
            application_token=secrets.token_hex(16),
            title=title,
            scopes=frozenset(SCOPES if scopes is None else scopes),
            handler=handler,
            install_handler=install_handler,
            user_id=user_id,
            users=None if users is None else frozenset(users),
        )
        self._applications[application.id] = application
        return application

    def uninstall(self, application_id: int) -> Application:
        """Forget the application; its tokens die with it. Raises ``KeyError``."""
        return self._applications.pop(application_id)

    @property
    def applications(self) -> list[Application]:
        return list(self._applications.values())

    def application(self, application_id: int) -> Application | None:
        return self._applications.get(application_id)

    def client(self, client_id: str) -> Application | None:
        """The application with this ``client_id``."""
        return next((one for one in self._applications.values() if one.client_id == client_id), None)


def no_auth() -> RestError:
    """No credentials at all."""
    return RestError("NO_AUTH_FOUND", "Wrong authorization data", status=401)


def invalid_credentials() -> RestError:
    """A webhook that does not exist. The list of system errors calls it ``NO_AUTH_FOUND``; this is what the vendor's
    SDK for Python meets on a real portal (b24pysdk, tests/integration/errors) and what im-recent-list.md shows."""
    return RestError("INVALID_CREDENTIALS", "Invalid request credentials", status=401)


def authorization_error() -> RestError:
    """The webhook or token of somebody who was fired (b24pysdk, ``BitrixAPIAuthorizationError``)."""
    return RestError("authorization_error", "Unable to authorize user", status=401)
