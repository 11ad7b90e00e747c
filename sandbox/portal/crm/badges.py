"""Badges: what a configurable activity pins to its item's card in the kanban.

Source: api-reference/crm/timeline/activities/configurable/badges/.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.portal.php import JSON

TYPES = ("success", "failure", "warning", "primary", "secondary")


@dataclass(frozen=True)
class Badge:
    """``title`` and ``value`` are texts, or texts by language."""

    code: str
    title: JSON
    value: JSON
    type: str
