"""The right of an application: its keys, and tokens that are renewed when the portal says that their hour is over.

    store = MemoryTokens(Tokens.of_auth(event.auth))
    access = await Authorization.of(Application(client_id, client_secret), store, member_id)
    async with Portal(access) as portal: ...

Tokens are renewed on ``expired_token`` and never on a timer, once for everybody who waits, and the new pair is saved
before it is used (settings/oauth/auto-renewal.md). The application's secret goes to the authorisation server only.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from bitrix.address import Entrance, hide_secrets_in_logs, moved_to
from bitrix.call import Call
from bitrix.errors import AccessLost, Gibberish, Unreachable, classify, fault_in, unreadable
from bitrix.readers import nothing
from bitrix.tokens import BadTokens, Tokens, TokenStore

VENDORS_SERVERS = ("oauth.bitrix24.tech", "oauth.bitrix.info")
"""In the Russian and in the English documentation."""
PATIENCE = 30.0
"""Seconds for the whole answer, however slowly it comes."""
WAITS_AFTER_REFUSAL = 600.0
"""Seconds in which a refused renewal is not asked for again: that gets an application blocked. What people mend (an
invoice that was paid, a block that was lifted) is found afterwards; a new installation at once."""

log = logging.getLogger(__name__)

hide_secrets_in_logs()

_ASKING: Call[None] = Call("oauth/token", read=nothing)
"""What errors of the authorisation server are told about."""


@dataclass(frozen=True)
class Application:
    """The keys of an application. ``servers`` may be told its secret; the first is asked when tokens name no other."""

    client_id: str
    client_secret: str = field(repr=False)
    servers: tuple[str, ...] = VENDORS_SERVERS


class AuthorizationServer:
    """Gives tokens. Raises `AccessLost` for what only people can mend, `TryLater` when it does not answer."""

    def __init__(self, application: Application, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._application = application
        self._transport = transport

    async def exchange(self, code: str, server: str = "") -> Tokens:
        """The first tokens, for the code a user brings back; it lives 30 seconds (settings/oauth/index.md).

        ``server`` is the ``server_domain`` that came with it, or an address.
        """
        asked = {"grant_type": "authorization_code", "code": code}
        return await self._ask(server if "://" in server else f"https://{server}/", asked)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """The next pair; the refresh token is used up by this (unverified)."""
        asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        fresh = await self._ask(tokens.server_endpoint, asked)
        if fresh.member_id != tokens.member_id:
            raise Gibberish(_ASKING.method, detail="these are tokens of another portal")
        return fresh

    async def _ask(self, server: str, asked: Mapping[str, str]) -> Tokens:
        url = self._url(server)
        host = urlsplit(url).netloc
        keys = {"client_id": self._application.client_id, "client_secret": self._application.client_secret}
        try:
            async with (
                asyncio.timeout(PATIENCE),
                httpx.AsyncClient(transport=self._transport, timeout=PATIENCE) as http,
            ):
                response = await http.get(url, params={**asked, **keys}, headers={"Accept": "application/json"})
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unreachable(_ASKING.method, detail=f"{type(error).__name__} while waiting for {host}") from None
        try:
            body: Any = response.json()
        except (ValueError, RecursionError):
            raise unreadable(_ASKING, response.status_code, f"{host} answered no JSON") from None
        fault = fault_in(body)
        if fault is not None:
            raise classify(_ASKING, response.status_code, fault.code, fault.detail)
        try:
            return Tokens.of_auth(body if isinstance(body, Mapping) else {})
        except BadTokens as error:
            raise Gibberish(_ASKING.method, status=response.status_code, detail=str(error)) from None

    def _url(self, server: str) -> str:
        """The secret goes to servers we know, whatever an event or a redirection names."""
        named = urlsplit(server)
        if named.netloc in self._application.servers and named.scheme in ("https", "http"):
            return f"{named.scheme}://{named.netloc}/oauth/token/"
        return f"https://{self._application.servers[0]}/oauth/token/"


class Authorization:
    """An application's right to call one portal (`bitrix.address.Access`). ``timer`` counts seconds, never set back."""

    def __init__(
        self,
        server: AuthorizationServer,
        store: TokenStore,
        tokens: Tokens,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._timer = timer
        self._store = store
        self._tokens = tokens
        self._unsaved: Tokens | None = None
        self._lost: AccessLost | None = None
        self._asks_again_at = 0.0
        self._renewal: asyncio.Task[None] | None = None

    @classmethod
    async def of(
        cls,
        application: Application,
        store: TokenStore,
        member_id: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> Self:
        """With the tokens that the store has of this portal. Raises `AccessLost` when it has none."""
        tokens = await store.load(member_id)
        if tokens is None:
            raise AccessLost(_ASKING.method, code="invalid_grant", detail="the application was never installed there")
        return cls(AuthorizationServer(application, transport), store, tokens)

    def __repr__(self) -> str:
        return f"{self._tokens.client_endpoint} (application, {self._tokens.member_id})"

    @property
    def host(self) -> str:
        return urlsplit(self._tokens.client_endpoint).netloc

    async def entrance(self, method: str) -> Entrance:
        if self._renewal is not None:
            await asyncio.wait([self._renewal])
        return Entrance(f"{self._tokens.client_endpoint}{method}", self._tokens.access_token)

    def hide(self, text: str) -> str:
        for secret in (self._tokens.access_token, self._tokens.refresh_token):
            text = text.replace(secret, "***")
        return text

    def move(self, location: str) -> bool:
        endpoint = urlsplit(self._tokens.client_endpoint)
        moved = moved_to(location, endpoint.scheme, endpoint.path)
        if moved is None:
            return False
        self._tokens = replace(self._tokens, client_endpoint=f"{moved[0]}://{moved[1]}{endpoint.path}")
        return True

    async def renew(self, expired: Entrance) -> bool:
        """Whoever gives up waiting leaves the renewal to the others: a pair that nobody saves would be lost."""
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(expired.token))
            self._renewal.add_done_callback(self._renewed)
        await asyncio.shield(self._renewal)
        return True

    async def close(self) -> None:
        if self._renewal is not None:
            await asyncio.wait([self._renewal])

    def _renewed(self, renewal: asyncio.Task[None]) -> None:
        self._renewal = None
        if not renewal.cancelled() and (error := renewal.exception()) is not None:
            log.warning("the tokens of %s were not renewed: %s", self._tokens.member_id, error)

    async def _renew(self, expired: str) -> None:
        if self._tokens.access_token != expired:
            return
        member_id = self._tokens.member_id
        async with self._store.renewing(member_id):
            stored = await self._store.load(member_id) or self._tokens
            if stored.access_token != expired:  # another process was quicker, or the application was installed anew
                self._tokens, self._lost = stored, None
                return
            if self._lost is not None and self._timer() < self._asks_again_at:
                raise self._lost
            try:
                fresh = self._unsaved or await self._server.refresh(stored)
            except AccessLost as lost:
                self._lost, self._asks_again_at = lost, self._timer() + WAITS_AFTER_REFUSAL
                raise
            self._lost = None
            self._unsaved = fresh
            await self._store.save(fresh)
            self._tokens, self._unsaved = fresh, None
