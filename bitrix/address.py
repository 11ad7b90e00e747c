"""Where the methods of a portal are, by which right we call them, and how secrets stay out of sight. Pure.

There are two rights: an application (`bitrix.oauth`), and an inbound webhook, whose secret stands in the path of every
request: ``https://example.bitrix24.ru/rest/1/secret/crm.item.get``. Source: local-integrations/local-webhooks.md.
"""

import logging
import re
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

_PATH = re.compile(r"/rest/(?P<user>[0-9]+)/(?P<secret>[^/]+)/?")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:.]+\](:[0-9]{1,5})?")
_SECRET = re.compile(
    r"(/rest/(?:api/)?[0-9]+/|\b(?:auth|access_token|refresh_token|client_secret|code)=)[^/&\s'\"]+", re.ASCII
)


@dataclass(frozen=True)
class Entrance:
    """Where one request goes."""

    url: str = field(repr=False)
    token: str = field(default="", repr=False)
    """Of an application; it is sent beside the parameters. Empty for a webhook."""


class Access(Protocol):
    """The right to call a portal."""

    @property
    def host(self) -> str: ...

    async def entrance(self, method: str) -> Entrance:
        """Waits while the right is being renewed."""

    async def renew(self, expired: Entrance) -> bool:
        """The portal says that the hour of this token is over. False: nothing can be renewed.

        Raises `bitrix.errors.BitrixError` when it was refused or could not be asked for.
        """

    def hide(self, text: str) -> str:
        """The text without secrets."""

    def move(self, location: str) -> bool:
        """Follow a redirection to the same portal on another host; False when it leads elsewhere."""

    async def close(self) -> None:
        """Finish what was begun."""


class WebhookAddress:
    """Raises `ValueError` when the text is no address of an inbound webhook; the message does not repeat it."""

    def __init__(self, webhook: str) -> None:
        parts = urlsplit(webhook.strip())
        match = _PATH.fullmatch(parts.path)
        if match is None or parts.scheme not in ("https", "http") or not _HOST.fullmatch(parts.netloc):
            raise ValueError("the address of a webhook looks like https://example.bitrix24.ru/rest/1/secret/")
        self._scheme = parts.scheme
        self.host = parts.netloc
        self._user = match["user"]
        self._secret = match["secret"]

    def __repr__(self) -> str:
        return f"{self._scheme}://{self.host}/rest/{self._user}/***/"

    @property
    def _path(self) -> str:
        return f"/rest/{self._user}/{self._secret}/"

    async def entrance(self, method: str) -> Entrance:
        return Entrance(f"{self._scheme}://{self.host}{self._path}{method}")

    async def renew(self, expired: Entrance) -> bool:
        """A webhook has no hour; what it answers instead is told as it is."""
        return False

    async def close(self) -> None: ...

    def hide(self, text: str) -> str:
        """The text without the secret."""
        return text.replace(self._secret, "***")

    def move(self, location: str) -> bool:
        """Follow a redirection to the same webhook on another host; False when it leads elsewhere, or out of TLS.

        Source: settings/how-to-call-rest-api/change-domen.md.
        """
        moved = moved_to(location, self._scheme, self._path)
        if moved is None:
            return False
        self._scheme, self.host = moved
        return True


def moved_to(location: str, scheme: str, path: str) -> tuple[str, str] | None:
    """Scheme and host of a redirection to the same place elsewhere; None when it leads to another, or out of TLS."""
    try:
        target = urlsplit(location)
    except ValueError:
        return None
    if target.scheme not in ("https", scheme) or not _HOST.fullmatch(target.netloc):
        return None
    return (target.scheme, target.netloc) if target.path.startswith(path) else None


class HideSecrets(logging.Filter):
    """Hides secrets of webhooks and applications in whatever a logger writes."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/rest/" in message or "=" in message:
            record.msg, record.args = _SECRET.sub(r"\1***", message), ()
        return True


_HIDING = HideSecrets()


def hide_secrets_in_logs() -> None:
    """httpx writes whole addresses into its log, httpcore the headers of redirections."""
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
        logging.getLogger(name).addFilter(_HIDING)
