"""What the plan of the portal includes, as ``feature.get`` tells it; a test may take it away."""

from __future__ import annotations

from sandbox.portal.errors import RestError

OFFLINE_EXTENDED = "rest_offline_extended"
AUTH_CONNECTOR = "rest_auth_connector"
KNOWN = (OFFLINE_EXTENDED, AUTH_CONNECTOR)


class Features:
    """Everything is there at first, as on the highest plan."""

    def __init__(self) -> None:
        self._missing: set[str] = set()

    def switch(self, code: str, on: bool) -> None:
        """Raises ``ValueError`` for a feature nobody knows."""
        if code not in KNOWN:
            raise ValueError(f"there is no feature {code!r}; there are {', '.join(KNOWN)}")
        if on:
            self._missing.discard(code)
        else:
            self._missing.add(code)

    def has(self, code: str) -> bool:
        return code in KNOWN and code not in self._missing

    def require(self, code: str, called: str) -> None:
        """Raises 403 ``WRONG_LICENSE``; ``called`` is how the refusal names the feature
        (api-reference/events/event-offline-get.md)."""
        if not self.has(code):
            words = f"This feature is not enabled for the current license: {called}"
            raise RestError("WRONG_LICENSE", words, status=403)

    def as_json(self) -> dict[str, bool]:
        return {code: self.has(code) for code in KNOWN}
