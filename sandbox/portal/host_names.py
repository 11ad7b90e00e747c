"""Under which names the portal answers: cloud portals can be renamed, and the old name then redirects to the new one.

On a desk there are always two names, ``127.0.0.1`` and ``localhost``; renaming moves from one to the other.
Source: settings/how-to-call-rest-api/change-domen.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class HostNames:
    """``Portal.address`` is the present name; here are the other ones. Hosts are as the header says them, with port."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._former: set[str] = set()

    @property
    def other(self) -> str:
        """The address of this portal under its other name: ``http://localhost:8080``."""
        here = urlsplit(self._portal.address)
        name = "127.0.0.1" if here.hostname == "localhost" else "localhost"
        return f"{here.scheme}://{name}" + (f":{here.port}" if here.port else "")

    def is_other(self, host: str) -> bool:
        return host == urlsplit(self.other).netloc

    def rename(self, host: str) -> None:
        """The portal has its other name from now on; requests for the old one, and for ``host``, are redirected."""
        new = self.other
        self._former |= {urlsplit(self._portal.address).netloc, host}
        self._former.discard(urlsplit(new).netloc)
        self._portal.address = new

    def is_former(self, host: str) -> bool:
        return host in self._former
