"""The tokens of an application on one portal: where they come from, and where they are kept. No network here.

A portal is known by its ``member_id``, which outlives every change of its address. An access token lives an hour; the
refresh token that renews it 180 days, and each renewal brings the next. Source: settings/oauth/*.md.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, Self
from urllib.parse import urlsplit


class BadTokens(ValueError):
    """What came holds no tokens; the message repeats no secret."""


@dataclass(frozen=True)
class Tokens:
    """An application on behalf of one user of one portal."""

    member_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    client_endpoint: str
    """Where the methods of the portal are: ``https://example.bitrix24.ru/rest/``."""
    server_endpoint: str = ""
    """Of the authorisation server: ``https://oauth.bitrix24.tech/rest/``."""
    scopes: frozenset[str] = frozenset()
    user_id: int | None = None

    def __post_init__(self) -> None:
        endpoint = urlsplit(self.client_endpoint)
        if endpoint.scheme not in ("https", "http") or not endpoint.netloc or not endpoint.path.endswith("/rest/"):
            raise BadTokens("client_endpoint looks like https://example.bitrix24.ru/rest/")

    @classmethod
    def of_auth(cls, auth: Mapping[str, object]) -> Self:
        """From an answer of the authorisation server, or from ``auth`` of an event that carries tokens
        (settings/oauth/auto-renewal.md, _includes/auth-params-in-events.md). Raises `BadTokens`."""
        user_id = str(auth.get("user_id") or "")
        return cls(
            member_id=_word(auth, "member_id"),
            access_token=_word(auth, "access_token"),
            refresh_token=_word(auth, "refresh_token"),
            client_endpoint=_word(auth, "client_endpoint"),
            server_endpoint=str(auth.get("server_endpoint") or ""),
            scopes=_scopes(auth.get("scope")),
            user_id=int(user_id) if user_id.isdecimal() else None,
        )

    @classmethod
    def of_page(cls, query: Mapping[str, object], form: Mapping[str, object]) -> Self:
        """From what the portal posts when somebody opens a page of the application, the installer's included
        (settings/oauth/simple-way.md). Raises `BadTokens`."""
        scheme = "http" if query.get("PROTOCOL") == "0" else "https"
        return cls(
            member_id=_word(form, "member_id"),
            access_token=_word(form, "AUTH_ID"),
            refresh_token=_word(form, "REFRESH_ID"),
            client_endpoint=f"{scheme}://{_word(query, 'DOMAIN')}/rest/",
            server_endpoint=str(form.get("SERVER_ENDPOINT") or ""),
            scopes=_scopes(form.get("APPLICATION_SCOPE")),
        )


class TokenStore(Protocol):
    """Keeps the newest tokens of each portal. Methods raise `bitrix.errors.TryLater` when it cannot be reached."""

    async def load(self, member_id: str) -> Tokens | None: ...

    async def save(self, tokens: Tokens) -> None:
        """Instead of those the portal had before. When this returns they survive a crash."""

    def renewing(self, member_id: str) -> AbstractAsyncContextManager[None]:
        """Held while the tokens of this portal are renewed, by one process at a time: a refresh token works once."""


class MemoryTokens:
    """A store that forgets everything at the end: for tests, and for a script that was given tokens."""

    def __init__(self, *tokens: Tokens) -> None:
        self._tokens = {one.member_id: one for one in tokens}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def load(self, member_id: str) -> Tokens | None:
        return self._tokens.get(member_id)

    async def save(self, tokens: Tokens) -> None:
        self._tokens[tokens.member_id] = tokens

    def renewing(self, member_id: str) -> AbstractAsyncContextManager[None]:
        return self._locks[member_id]


def _word(source: Mapping[str, object], name: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not value:
        raise BadTokens(f"{name} is missing")
    return value


def _scopes(value: object) -> frozenset[str]:
    return frozenset(str(value or "").replace(",", " ").split())
