"""Where the methods of a webhook are, and how its secret stays out of sight. Pure.

The secret stands in the path of every request: ``https://example.bitrix24.ru/rest/1/secret/crm.item.get``.
Source: local-integrations/local-webhooks.md.
"""

import logging
import re
from urllib.parse import urlsplit

_PATH = re.compile(r"/rest/(?P<user>[0-9]+)/(?P<secret>[^/]+)/?")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:.]+\](:[0-9]{1,5})?")
_SECRET = re.compile(r"(/rest/(?:api/)?[0-9]+/)[^/\s'\"]+")


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

    def of(self, method: str) -> str:
        """The whole address, secret included."""
        return f"{self._scheme}://{self.host}{self._path}{method}"

    def hide(self, text: str) -> str:
        """The text without the secret."""
        return text.replace(self._secret, "***")

    def move(self, location: str) -> bool:
        """Follow a redirection to the same webhook on another host; False when it leads elsewhere, or out of TLS.

        Source: settings/how-to-call-rest-api/change-domen.md.
        """
        try:
            target = urlsplit(location)
        except ValueError:
            return False
        safe = target.scheme in ("https", self._scheme) and _HOST.fullmatch(target.netloc)
        if not safe or not target.path.startswith(self._path):
            return False
        self._scheme, self.host = target.scheme, target.netloc
        return True


class HideSecrets(logging.Filter):
    """Hides webhook secrets in whatever a logger writes."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/rest/" in message:
            record.msg, record.args = _SECRET.sub(r"\1***", message), ()
        return True
