"""On whose behalf something happens on the portal. Events say so, and offline queues leave out one's own changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """``user_id`` 0 is nobody: a robot, an agent, the control plane. Then events carry no tokens
    (api-reference/events/index.md)."""

    user_id: int = 0
    application_id: int = 0
    """The application whose token the call came with; 0 for webhooks."""
    connector: str = ""
    """``auth_connector`` of the call (api-reference/events/offline-events.md)."""


NOBODY = Actor()
