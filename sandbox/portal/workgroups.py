"""Section ``portal.workgroups``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class Workgroups:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
