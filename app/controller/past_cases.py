"""The other cases of a funnel, read now and then: looks at many cases of one funnel share one reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from app.controller.fields import Card
from app.controller.round_key import parse_round_key
from app.provision.layout import Layout
from bitrix.call import JSON
from bitrix.calls.items import Item, list_items
from bitrix.client import Portal
from rules.model import CaseField, Effect, PastCase, Stage

FIELDS = (CaseField.RESPONSIBLE, CaseField.VERDICT, CaseField.VIOLATIONS, CaseField.POINTS, CaseField.EFFECT)

UNDECIDED = (Stage.SURVEY, Stage.ANALYSIS, Stage.CANCELLED)
"""What stands on the card of such a case is nobody's last word."""


class CaseArchive:
    """Cases by funnel, at most ``fresh_for`` old and not older than ``reach``."""

    def __init__(
        self, portal: Portal, layout: Layout, clock: Callable[[], datetime], fresh_for: timedelta, reach: timedelta
    ) -> None:
        self._portal = portal
        self._layout = layout
        self._clock = clock
        self.fresh_for = fresh_for
        self._reach = reach
        self._known: dict[str, tuple[datetime, Sequence[PastCase]]] = {}
        self._reading = asyncio.Lock()

    async def of_funnel(self, funnel: str) -> Sequence[PastCase]:
        """Open and closed, by growing id."""
        async with self._reading:
            now = self._clock()
            known = self._known.get(funnel)
            if known is None or now - known[0] >= self.fresh_for:
                known = self._known[funnel] = (now, await self._read(funnel, now))
            return known[1]

    def forget(self, funnel: str) -> None:
        """Read it anew next time: a case of it says something new that others have to see at once."""
        self._known.pop(funnel, None)

    async def _read(self, funnel: str, now: datetime) -> Sequence[PastCase]:
        layout = self._layout.case
        where: dict[str, JSON] = {
            "categoryId": self._layout.funnels[funnel],
            ">=createdTime": (now - self._reach).isoformat(),
        }
        names = [layout.fields[code].name for code in FIELDS]
        select = ("id", "title", "xmlId", "stageId", "createdTime", "movedTime", *names)
        items = self._portal.every(list_items(layout.entity_type_id, where=where, select=select), by="id")
        return [past async for item in items if (past := self._past_case(item)) is not None]

    def _past_case(self, item: Item) -> PastCase | None:
        """``None`` for an item that isn't the service's."""
        parsed = parse_round_key(item.xml_id)
        if parsed is None or item.created_at is None:
            return None
        card = Card(item, self._layout.case)
        effect = card.choice(CaseField.EFFECT)
        stage = self._layout.stage_of(item.stage_id)
        return PastCase(
            id=item.ref.id,
            title=item.title,
            source=parsed[0],
            round=parsed[1],
            responsible_id=card.person(CaseField.RESPONSIBLE),
            opened_at=item.created_at,
            closed_at=item.moved_at if stage is Stage.SUCCESS else None,
            verdict=card.choice(CaseField.VERDICT) if stage not in UNDECIDED else None,
            violations=card.choices(CaseField.VIOLATIONS),
            points=card.number(CaseField.POINTS) or 0.0,
            effect=Effect(effect) if effect in set(Effect) else None,
        )
