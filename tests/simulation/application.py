"""The service as an application of the portal: tokens that live an hour, and where all processes keep them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from bitrix.oauth import Application as Keys
from bitrix.oauth import Authorization, AuthorizationServer
from bitrix.tokens import Tokens
from sandbox.portal.access import Application
from sandbox.portal.errors import RestError
from sandbox.portal.oauth_web import grant, token_answer, told
from sandbox.portal.params import Params
from sandbox.portal.portal import Portal

if TYPE_CHECKING:
    from tests.simulation.process import Process

WAIT = 0.3
"""Seconds until a process asks again whether another one has renewed the tokens."""


class Installation:
    """One application of this portal, and the newest of its tokens, on a disk that outlives processes."""

    def __init__(self, portal: Portal, user: int) -> None:
        self._portal = portal
        self._user = user
        self._application: Application = portal.access.install("capa24", user_id=user)
        self._renewed_by: Process | None = None
        self.kept = self._fresh()

    def _fresh(self) -> Tokens:
        tokens = self._portal.oauth.issue(self._application, self._user)
        return Tokens.of_auth(token_answer(self._portal, tokens))

    def install_anew(self) -> None:
        """What an administrator has to do when a pair was lost: asked for, and never saved."""
        self.kept = self._fresh()

    def expire(self) -> None:
        """The hour of the access token is over."""
        self._portal.oauth.expire(self.kept.access_token)

    @property
    def is_lost(self) -> bool:
        """Nobody has a token any more that the portal would renew."""
        return not self._portal.oauth.renews(self.kept.refresh_token)

    def access_of(self, process: Process) -> Authorization:
        keys = Keys(
            self._application.client_id, self._application.client_secret, (self._portal.address.split("//")[1],)
        )
        server = AuthorizationServer(keys, transport=process.wire)
        return Authorization(server, Store(self, process), self.kept, self._portal.clock.timestamp)


class Store:
    """Where one process keeps tokens (`bitrix.tokens.TokenStore`)."""

    def __init__(self, installation: Installation, process: Process) -> None:
        self._of = installation
        self._process = process

    async def load(self, member_id: str) -> Tokens | None:
        return self._of.kept

    async def save(self, tokens: Tokens) -> None:
        self._process.must_live()
        self._of.kept = tokens

    def renewing(self, member_id: str) -> AbstractAsyncContextManager[None]:
        return self._alone()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One process at a time; who died over it holds nobody up, as a lock of a database doesn't."""
        while self._somebody_else_does():
            await asyncio.sleep(WAIT)
        self._of._renewed_by = self._process
        try:
            yield
        finally:
            if self._of._renewed_by is self._process:
                self._of._renewed_by = None

    def _somebody_else_does(self) -> bool:
        holder = self._of._renewed_by
        return holder is not None and holder is not self._process and not holder.dead


def answer(portal: Portal, params: Params) -> tuple[Any, int]:
    """What the authorisation server says, and the status."""
    try:
        return token_answer(portal, grant(portal, params)), 200
    except RestError as refusal:
        return told(refusal), refusal.status
