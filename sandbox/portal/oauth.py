"""OAuth 2.0 of the portal: codes, access tokens, refresh tokens, and what the authorisation server refuses.

A real portal leaves this to a server of the vendor (``oauth.bitrix24.tech``); the sandbox is both. Time is its own,
so that a test can let tokens expire. HTTP is in ``oauth_web.py``.
Source: settings/oauth/index.md, auto-renewal.md, error-codes.md. Those pages give no statuses; they are those of the
integration tests of b24pysdk, which the vendor runs against real portals. What remains open is marked unverified.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.portal.access import Application, no_auth
from sandbox.portal.errors import RestError

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

CODE_LIFE = 30
ACCESS_LIFE = 3600
REFRESH_LIFE = 180 * 24 * 3600
"""Seconds."""


@dataclass(frozen=True)
class Code:
    """What a user brings back from the portal, to be exchanged for tokens once."""

    value: str
    application: Application
    user_id: int
    expires: float


@dataclass
class Tokens:
    """A pair of tokens: this application on behalf of this user. Times are unix seconds of the portal."""

    access_token: str
    refresh_token: str
    application: Application
    user_id: int
    expires: float
    refresh_expires: float


class OAuth:
    """The authorisations of one portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._codes: dict[str, Code] = {}
        self._by_access: dict[str, Tokens] = {}
        self._by_refresh: dict[str, Tokens] = {}

    # For the portal

    def authorize(self, application: Application, user_id: int) -> Code:
        """The user let the application in."""
        code = Code(secrets.token_hex(35), application, user_id, self._now() + CODE_LIFE)
        self._codes[code.value] = code
        return code

    def issue(self, application: Application, user_id: int) -> Tokens:
        """A new pair, as an installation, a placement or an event brings it."""
        now = self._now()
        tokens = Tokens(
            access_token=secrets.token_hex(35),
            refresh_token=secrets.token_hex(35),
            application=application,
            user_id=user_id,
            expires=now + ACCESS_LIFE,
            refresh_expires=now + REFRESH_LIFE,
        )
        self._by_access[tokens.access_token] = tokens
        self._by_refresh[tokens.refresh_token] = tokens
        return tokens

    def find(self, access_token: str) -> Tokens:
        """Whose token this is. Raises 401 ``NO_AUTH_FOUND``, ``invalid_token``, ``APPLICATION_NOT_FOUND``,
        ``expired_token``, ``PAYMENT_REQUIRED`` and 403 ``user_access_error``."""
        if not access_token:
            raise no_auth()
        tokens = self._by_access.get(access_token)
        if tokens is None:
            raise invalid_token()
        if not self._exists(tokens.application):
            raise RestError("APPLICATION_NOT_FOUND", "Application not found", status=401)
        if self._now() >= tokens.expires:
            raise expired()
        self._check(tokens.application, tokens.user_id)
        return tokens

    def expire(self, access_token: str) -> None:
        """The hour of this token is over; it can still be refreshed."""
        tokens = self._by_access.get(access_token)
        if tokens is not None:
            tokens.expires = self._now()

    def renews(self, refresh_token: str) -> bool:
        """Whether this token would bring a new pair."""
        tokens = self._by_refresh.get(refresh_token)
        return tokens is not None and self._now() < tokens.refresh_expires

    def revoke(self, access_token: str) -> None:
        """Neither this token nor its refresh token is known any more."""
        tokens = self._by_access.pop(access_token, None)
        if tokens is not None:
            self._by_refresh.pop(tokens.refresh_token, None)

    # For the authorisation server

    def client(self, client_id: str, client_secret: str) -> Application:
        """Who asks for tokens; raises ``wrong_client`` with status 200 and ``invalid_client``."""
        application = self._portal.access.client(client_id)
        if application is None:
            raise wrong_client()
        if not hmac.compare_digest(application.client_secret.encode(), client_secret.encode()):
            raise RestError("invalid_client", "", status=400)
        if not application.installed:
            raise RestError("NOT_INSTALLED", "Application not installed", status=401)
        return application

    def exchange(self, application: Application, value: str) -> Tokens:
        """Tokens for a code. A code works once, for ``CODE_LIFE`` seconds."""
        code = self._codes.get(value)
        if code is None:
            raise invalid_grant()
        self._belongs(code.application, application)
        del self._codes[value]
        if self._now() >= code.expires:
            raise invalid_grant()
        self._check(application, code.user_id)
        return self.issue(application, code.user_id)

    def refresh(self, application: Application, refresh_token: str) -> Tokens:
        """The next pair. The refresh token is used up by this; the old access token lives its hour to the end.
        Both are unverified: the documentation only says to store the new pair instead of the old one."""
        if not self.renews(refresh_token):
            raise invalid_grant()
        tokens = self._by_refresh[refresh_token]
        self._belongs(tokens.application, application)
        self._check(application, tokens.user_id)
        del self._by_refresh[refresh_token]
        return self.issue(application, tokens.user_id)

    def _belongs(self, owner: Application, application: Application) -> None:
        """Somebody else's code or token is none (unverified)."""
        if owner is not application:
            raise invalid_grant()

    def _check(self, application: Application, user_id: int) -> None:
        """The portal pays for the application, and the administrator opened it to this user."""
        if not application.paid:
            raise RestError("PAYMENT_REQUIRED", "Payment required", status=401)
        if application.users is not None and user_id not in application.users:
            raise RestError("user_access_error", "The user does not have access to the application", status=403)

    def _exists(self, application: Application) -> bool:
        return self._portal.access.application(application.id) is application

    def _now(self) -> float:
        return self._portal.clock.timestamp()


def expired() -> RestError:
    return RestError("expired_token", "The access token provided has expired", status=401)


def invalid_token() -> RestError:
    return RestError("invalid_token", "Unable to get application by token", status=401)


def invalid_grant() -> RestError:
    return RestError("invalid_grant", "", status=400)


def wrong_client() -> RestError:
    """An application that does not exist, or not any more."""
    return RestError("wrong_client", "", status=200)
