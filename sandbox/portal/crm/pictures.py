"""Icons and logos of timeline records. Source: api-reference/crm/timeline/logmessage/icons/ and logo/.

The pages name no more than a few codes of those a portal comes with; these are the ones their samples use.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from sandbox.portal.errors import RestError

SYSTEM_ICONS = ("call", "call-completed", "call-incoming", "arrow-down", "info", "notification", "mail", "document")
SYSTEM_LOGOS = ("call", "call-incoming", "arrow-down", "notification", "document", "mail", "calendar")


@dataclass(frozen=True)
class Picture:
    code: str
    system: bool
    uri: str = ""
    """Where its file is; empty for those a portal comes with."""


class Pictures:
    """One collection: the icons, or the logos. ``name`` is what refusals call one of them."""

    def __init__(self, name: str, system: tuple[str, ...]) -> None:
        self.name = name
        self._pictures = {code: Picture(code, system=True) for code in system}

    def all(self) -> list[Picture]:
        return list(self._pictures.values())

    def require(self, code: str) -> Picture:
        """Raises ``NOT_FOUND``."""
        known = self._pictures.get(code)
        if known is None:
            raise RestError("NOT_FOUND", f"{self.name} not found for code `{code}`")
        return known

    def add(self, code: str, content: str) -> Picture:
        """``content`` is base64. Raises ``INVALID_ARG_VALUE``. What happens to a code that is taken is not documented:
        here the picture is replaced (unverified)."""
        try:
            decoded = base64.b64decode(content, validate=True)
        except binascii.Error:
            decoded = b""
        if not decoded:
            raise RestError("INVALID_ARG_VALUE", "Неверно указан параметр fileContent")
        picture = Picture(code, system=False, uri=f"/upload/crm/{hashlib.sha256(decoded).hexdigest()[:32]}")
        self._pictures[code] = picture
        return picture

    def delete(self, code: str) -> None:
        """Raises ``NOT_FOUND``, and ``ACCESS_DENIED`` for those a portal comes with (unverified)."""
        if self.require(code).system:
            raise RestError("ACCESS_DENIED", "Доступ запрещен")
        del self._pictures[code]
