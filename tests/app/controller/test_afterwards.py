"""What a closed case still does on the portal: readers of its news, the check of its measures, a repetition."""

from __future__ import annotations

import pytest

from app.keys import CaseKey
from bitrix.errors import Refused
from bitrix.refs import ItemRef
from rules.model import CaseField, Stage
from tests.app.controller.trading_day import DEAL_42, SELLER, SOURCE, WON, TradingDay, win_deal

SALES_HEAD, LOGISTICS_WORKER = 30, 41


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


class SecondRound(TradingDay):
    """The same deal, closed again."""

    @property
    def case(self) -> ItemRef:
        (found,) = (ref for ref, item in self.portal.items.items() if item.get("xmlId") == "deal:42#2")
        return found


def written(day: TradingDay, field: CaseField) -> object:
    return day.portal.items[day.case].get(day.connection.layout.case.fields[field].name)


async def test_the_message_is_important_and_its_readers_are_counted(day, portal, clock):
    """S61, S84."""
    await day.to_the_end()
    (post,) = portal.posts
    assert post["IMPORTANT"] == "Y"
    assert written(day, CaseField.NEWS_READ) == "0 из 4 (0 %)"
    portal.readers[int(post["ID"])] = [SELLER, LOGISTICS_WORKER, 20]
    clock.forward(days=1)
    await day.quiet()
    assert written(day, CaseField.NEWS_READ) == "2 из 4 (50 %)"


async def test_those_who_have_not_read_are_notified_once(day, portal, clock):
    await day.to_the_end()
    portal.readers[int(portal.posts[0]["ID"])] = [SELLER]
    for _ in range(20):
        clock.forward(days=1)
        await day.quiet()
    told = {user for user, tag in portal.notifications if "|unread-" in tag}
    assert told == {SALES_HEAD, 40, LOGISTICS_WORKER}
    assert sum("Прочитайте новость" in note for note in portal.notes()) == 1
    assert sum("Новость прочитали: 1 из 4 (25 %)." in note for note in portal.notes()) == 1
    portal.calls.clear()
    await day.look()
    assert "log.blogpost.getusers.important" not in portal.calls


async def test_a_post_that_was_deleted_stops_nobody(day, portal, clock):
    await day.to_the_end()
    clock.forward(days=1)
    portal.refuse(Refused("log.blogpost.getusers.important", code="", status=400))
    outcome = await day.look()
    assert outcome.look_again_at is not None


@pytest.mark.requirement("R21")
async def test_on_its_day_the_check_is_given_to_somebody_independent(day, portal, clock):
    await day.to_the_end()
    clock.forward(days=61)
    await day.quiet()
    (task,) = portal.open_tasks()
    assert task["title"] == "Проверить результативность мер: Поставка"
    assert int(task["responsibleId"]) == written(day, CaseField.REVIEWER)
    assert "данных мало" in str(written(day, CaseField.EFFECT_DATA))
    day.card(EFFECT="effective", EFFECT_NOTE="Отгрузки без ошибок")
    portal.close_task(int(task["id"]))
    await day.quiet()
    assert day.stage is Stage.SUCCESS
    assert portal.open_tasks() == []


@pytest.mark.requirement("R21", "R27")
async def test_measures_that_did_not_work_reopen_the_case(day, portal, clock):
    await day.to_the_end()
    clock.forward(days=61)
    await day.quiet()
    (task,) = portal.open_tasks()
    day.card(EFFECT="not_effective", EFFECT_NOTE="Опять отгрузили не то")
    portal.close_task(int(task["id"]))
    await day.quiet()
    assert day.stage is Stage.FORMULATION
    assert not written(day, CaseField.NEWS_POST)
    assert not written(day, CaseField.EFFECT)
    for _ in range(20):
        await day.quiet()
        if day.stage is Stage.SUCCESS:
            break
        day.work()
    assert day.stage is Stage.SUCCESS
    assert len(portal.posts) == 2
    assert day.doubles() == []


@pytest.mark.requirement("S2", "R27")
async def test_a_violation_that_comes_back_marks_the_case_whose_measures_it_defied(
    day, portal, connection, desk, clock
):
    await day.to_the_end()
    clock.forward(days=2)
    portal.change_item(DEAL_42, {"stageId": "C6:NEW"}, by=SELLER)
    portal.change_item(DEAL_42, {"stageId": WON}, by=SELLER)
    again = SecondRound(portal, connection, desk, clock)
    await again.look(SOURCE)
    named = {}
    for _ in range(20):
        named |= {key: outcome.others_see_it_in for outcome in await again.quiet() for key in outcome.also_look_at}
        if again.stage is Stage.FORMULATION:
            break
        again.work()
    assert named[CaseKey("shop", day.case.id)] == connection.archive.fresh_for
    await day.quiet()
    assert f"Повторилось: разбор №{again.case.id} (" in str(written(day, CaseField.RECURRED))
    assert sum(f"Повторилось: разбор №{again.case.id}" in note for note in portal.notes()) == 1
