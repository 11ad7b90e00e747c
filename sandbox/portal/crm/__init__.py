"""Section ``portal.crm``: types, funnels, stages, fields, items, and what is written in their timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal


class Crm:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def accepts_task_binding(self, code: str) -> bool:
        """Whether a task may be bound to this item: ``D_351``, ``L_7``, ``T406_24`` (contract 5.1)."""
        raise NotImplementedError
