"""Somebody deletes the card of a case (S81): work doesn't vanish with it, and the head of quality hears of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.controller.connection import Connection
from app.controller.observe import CaseObservation
from app.keys import CaseKey
from bitrix.errors import Refused
from rules.model import Stage
from tests.app.controller.trading_day import DEAL_42, SOURCE, TradingDay, win_deal


@pytest.fixture
def day(portal, connection, desk, clock):
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


async def deleted_in(day, portal, stage: Stage) -> CaseKey:
    await day.until(stage)
    key, ref = day.case_key, day.case
    del portal.items[ref]
    return key


@pytest.mark.requirement("S81")
async def test_a_deleted_case_is_told_its_tasks_are_put_away_and_the_work_gets_a_new_one(day, portal):
    key = await deleted_in(day, portal, Stage.ANALYSIS)
    (task,) = portal.open_tasks()
    outcome = await day.look(key)
    assert outcome.also_look_at == (SOURCE,)
    assert portal.open_tasks() == []
    (told,) = [text for (_, tag), text in portal.notifications.items() if "deleted-" in tag]
    assert f"Карточка разбора №{key.id} («Поставка») удалена" in told
    assert f"№{task['id']}" in told
    assert (await day.look(key)).commands == ()
    await day.look(SOURCE)
    assert day.case.id != key.id
    assert day.stage is Stage.SURVEY
    assert (await day.look(SOURCE)).commands == ()


async def test_a_case_that_was_deleted_between_two_tasks_is_begun_anew(day, portal):
    """Found on the sandbox: one task was done, the next not yet given, and nothing was open."""
    await day.until(Stage.ANALYSIS)
    await day.quiet()
    (task,) = portal.open_tasks()
    key, ref = day.case_key, day.case
    portal.close_task(int(task["id"]))
    del portal.items[ref]
    assert (await day.look(key)).also_look_at == (SOURCE,)
    assert (await day.look(key)).commands == ()


async def test_without_memory_an_open_task_tells_that_the_case_was_open(day, portal):
    key = await deleted_in(day, portal, Stage.ANALYSIS)
    await day.desk.witness._observations.keep(key.portal, str(key), {"unreadable": True})
    assert (await day.look(key)).also_look_at == (SOURCE,)
    assert (await day.look(key)).also_look_at == (SOURCE,), "the note tells it now"


async def test_a_card_that_is_deleted_while_it_is_read_is_waited_for(day, portal):
    """Its history goes with it: found by the simulation, which deletes between two commands of a batch (seed 2399)."""
    await day.until(Stage.ANALYSIS)
    await day.quiet()
    key, ref = day.case_key, day.case
    history = portal.history.pop(ref.entity_type_id)
    told: list[CaseObservation] = []

    async def mirror(seen: CaseObservation, connection: Connection) -> None:
        told.append(seen)

    day.desk = replace(day.desk, mirror=mirror)
    outcome = await day.look(key)
    assert told == [], "a row without a beginning"
    assert (outcome.commands, outcome.because) == ((), ("история стадий портала ещё не догнала карточку",))
    portal.history[ref.entity_type_id] = history
    del portal.items[ref]
    assert (await day.look(key)).also_look_at == (SOURCE,)


async def test_a_crash_between_note_and_tasks_loses_nothing(day, portal):
    key = await deleted_in(day, portal, Stage.ANALYSIS)
    portal.refuse(Refused("tasks.task.complete", code="ERROR_CORE", status=400))
    with pytest.raises(Refused):
        await day.look(key)
    assert (await day.look(key)).also_look_at == (SOURCE,)
    assert portal.open_tasks() == []
    assert sum("удалена" in text for text in portal.notifications.values()) == 1
    assert (await day.look(key)).also_look_at == (SOURCE,), "until the new case is there"


@pytest.mark.parametrize("end", [Stage.SUCCESS, Stage.CANCELLED])
async def test_a_case_that_was_over_is_told_and_not_begun_anew(day, portal, end):
    await day.to_the_end()
    if end is Stage.CANCELLED:
        day.card(CANCEL_REASON="Заведён по ошибке")
        day.drag(Stage.CANCELLED, by=20)
        await day.quiet()
    assert day.stage is end
    key, ref = day.case_key, day.case
    del portal.items[ref]
    outcome = await day.look(key)
    assert outcome.also_look_at == ()
    (told,) = [text for (_, tag), text in portal.notifications.items() if "deleted-" in tag]
    assert "его запись осталась в журнале" in told
    assert (await day.look(key)).commands == ()


async def test_a_card_that_only_lost_its_name_is_not_taken_for_deleted(day, portal):
    await day.until(Stage.ANALYSIS)
    key = day.case_key
    portal.items[day.case]["xmlId"] = ""
    assert (await day.look(key)).commands == ()
    assert len(portal.open_tasks()) == 1


async def test_a_case_that_was_deleted_with_its_source_asks_for_nothing(day, portal):
    key = await deleted_in(day, portal, Stage.ANALYSIS)
    del portal.items[DEAL_42]
    assert (await day.look(key)).commands == ()
