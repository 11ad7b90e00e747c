"""Everything the service asks of a portal, from an empty one to a closed case, is what the documentation describes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.provision.build import build
from bitrix.call import Call
from rules.model import Stage
from tests.app.controller.trading_day import SELLER, TradingDay, win_deal
from tests.documented_calls import mistakes


class Watching:
    """Keeps every call that differs from the ones before."""

    def __init__(self) -> None:
        self.calls: dict[str, Call[Any]] = {}

    def __call__(self, call: Call[Any]) -> None:
        self.calls.setdefault(f"{call.method} {json.dumps(call.params, ensure_ascii=False, default=str)}", call)

    def mistakes(self) -> list[str]:
        return sorted({mistake for call in self.calls.values() for mistake in mistakes(call)})

    def methods(self) -> set[str]:
        return {call.method for call in self.calls.values()}


@pytest.fixture
def watching() -> Watching:
    return Watching()


async def test_provisioning_asks_as_documented(bare_portal, blueprint, watching):
    bare_portal.before_call = watching
    await build(bare_portal, blueprint, say=lambda step: None)
    assert watching.methods() >= {"crm.type.add", "crm.category.add", "crm.status.add", "userfieldconfig.add"}
    assert watching.mistakes() == []


async def test_a_case_is_led_as_documented(portal, connection, desk, clock, watching):
    portal.before_call = watching
    win_deal(portal)
    await TradingDay(portal, connection, desk, clock).to_the_end()
    assert watching.methods() >= {"crm.item.add", "tasks.task.add", "task.checklistitem.add", "log.blogpost.add"}
    assert watching.mistakes() == []


async def test_a_case_dragged_ahead_is_brought_back_as_documented(portal, connection, desk, clock, watching):
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    await day.until(Stage.CHANGES)
    portal.before_call = watching
    day.drag(Stage.FINALIZATION, by=SELLER)
    await day.quiet()
    assert watching.methods() >= {"crm.item.update", "im.notify.system.add", "crm.timeline.comment.add"}
    assert watching.mistakes() == []
