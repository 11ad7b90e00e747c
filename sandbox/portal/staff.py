"""Section ``portal.staff``: users and departments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class Staff:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def is_admin(self, user_id: int) -> bool:
        """Asked on every request, for ``Caller.admin``."""
        return user_id == 1

    def is_active(self, user_id: int) -> bool:
        """Webhooks of fired users do not work."""
        return user_id == 1
