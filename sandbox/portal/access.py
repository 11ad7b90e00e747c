"""Inbound webhooks: the secret in the address, whose rights a call has, and what it may touch.

A person creates them in the interface of a real portal; here ``POST /_sandbox/inbound`` does.
Source: local-integrations/local-webhooks.md, api-reference/scopes/permissions.md.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.portal.errors import RestError

SCOPES = (
    "crm", "task", "tasks", "user", "user_brief", "user_basic", "user.userfield", "department", "humanresources",
    "sonet_group", "sonet", "socialnetwork", "log", "im", "imbot", "placement", "bizproc", "userfieldconfig", "disk",
    "timeman", "mobile", "calendar", "lists", "entity", "telephony", "catalog", "sale", "pull", "mailservice",
    "documentgenerator", "landing", "rating", "contact_center", "messageservice", "delivery", "pay_system",
    "userconsent", "salescenter", "faceid", "iblock", "intranet", "crm.documentgenerator", "biconnector", "booking",
)  # fmt: skip
"""Permissions that can be ticked for a webhook; the method ``scope`` with ``full`` answers this list."""


@dataclass(frozen=True)
class InboundWebhook:
    id: int
    user_id: int
    secret: str
    scopes: frozenset[str]


class Access:
    """The inbound webhooks of one portal."""

    def __init__(self) -> None:
        self._webhooks: list[InboundWebhook] = []

    def create(self, user_id: int, scopes: Iterable[str] | None = None, *, secret: str | None = None) -> InboundWebhook:
        """A new webhook of this user, with every scope unless some are named."""
        webhook = InboundWebhook(
            id=len(self._webhooks) + 1,
            user_id=user_id,
            secret=secret or secrets.token_hex(8),
            scopes=frozenset(SCOPES if scopes is None else scopes),
        )
        self._webhooks.append(webhook)
        return webhook

    def find(self, user_id: str, secret: str) -> InboundWebhook:
        """The webhook of this address; raises 401 ``NO_AUTH_FOUND``."""
        for webhook in self._webhooks:
            if str(webhook.user_id) == user_id and hmac.compare_digest(webhook.secret.encode(), secret.encode()):
                return webhook
        raise no_auth()


def no_auth() -> RestError:
    return RestError("NO_AUTH_FOUND", "Wrong authorization data", status=401)
