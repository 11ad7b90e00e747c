"""One look at one key: what is missing is done, once, whatever happens in between."""

from __future__ import annotations

from copy import deepcopy

import pytest

from app.controller.reconcile import as_json, reconcile
from app.keys import CaseKey, MeasureKey, SourceKey
from bitrix.errors import OutcomeUnknown, Refused, TryLater
from bitrix.refs import DEAL, ItemRef
from rules.decision import MoveCase
from rules.model import CaseField, Stage
from tests.app.conftest import connect
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal
from tests.app.fake_portal import FakePortal, PowerCut


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


async def test_a_won_deal_becomes_a_case_in_the_first_stage_of_its_funnel(day, portal):
    outcome = await day.look(SOURCE)
    case = portal.items[day.case]
    assert outcome.also_look_at == (day.case_key,)
    assert (case["xmlId"], case["parentId2"], day.stage) == ("deal:42#1", 42, Stage.SURVEY)


async def test_the_whole_route(day, portal):
    await day.to_the_end()
    assert day.stage is Stage.SUCCESS
    assert day.doubles() == []
    assert len(portal.posts) == 1
    assert portal.posts[0]["DEST"] == ["DR3", "DR4"]
    assert portal.open_tasks() == []


async def test_absolutely_correct_work_is_closed_at_once_with_points(day, portal):
    day.verdict = "correct"
    await day.to_the_end()
    assert day.stage is Stage.SUCCESS
    assert portal.items[day.case][day.connection.layout.case.fields[CaseField.POINTS].name] == 10
    assert portal.posts == []


async def test_the_law_of_the_house_a_second_look_writes_nothing(day, portal):
    """After every quiet point of the whole route."""
    await day.look(SOURCE)
    points = 0
    while True:
        await day.quiet()
        portal.writes.clear()
        for key in (SOURCE, day.case_key):
            assert (await day.look(key)).commands == ()
        assert portal.writes == []
        points += 1
        if not day.work():
            break
    assert points > 6


async def test_a_look_that_wrote_is_followed_by_another(day, desk, clock):
    await day.look(SOURCE)
    outcome = await day.look()
    assert outcome.commands
    assert outcome.look_again_at == clock() + desk.settle


async def test_a_crash_before_any_write_leaves_nothing_twice(portal, book, desk, clock, connection):
    """Power is cut before every single write of the route, then the looks go on."""
    win_deal(portal)
    before, start = deepcopy(portal), clock.now
    whole = TradingDay(portal, connection, desk, clock)
    portal.writes.clear()
    await whole.to_the_end()
    total, end = len(portal.writes), whole.end()
    assert total > 30

    for write in range(total):
        clock.now = start
        again = copy_of(before, clock)
        day = TradingDay(again, await connect(again, book), desk, clock)
        again.cut_power_at(write)
        with pytest.raises(PowerCut):
            await day.to_the_end()
        again.restore_power()
        await day.to_the_end()
        assert day.doubles() == [], f"cut before write {write}: {portal.writes[write]}"
        assert day.end() == end, f"cut before write {write}: {portal.writes[write]}"


@pytest.mark.parametrize(
    "method",
    [
        "crm.item.add",
        "tasks.task.add",
        "task.checklistitem.add",
        "crm.item.update",
        "crm.timeline.comment.add",
        "im.notify.system.add",
        "log.blogpost.add",
    ],
)
async def test_a_write_of_unknown_outcome_is_observed_not_repeated(day, portal, method):
    """It was applied and the answer lost; the look ends there, the next one sees what became of it."""
    portal.lose_answer(method, times=3)
    lost = 0
    while lost < 4:
        try:
            await day.to_the_end()
            break
        except OutcomeUnknown:
            lost += 1
    assert 1 <= lost <= 3
    assert day.stage is Stage.SUCCESS
    assert day.doubles() == []
    assert len(portal.posts) == 1


async def test_the_write_after_a_lost_answer_is_not_sent(day, portal):
    """What the lost write did is unknown, so nothing that builds on it is done before the next look."""
    await day.look(SOURCE)
    portal.writes.clear()
    portal.lose_answer("tasks.task.add")
    with pytest.raises(OutcomeUnknown):
        await day.look()
    assert portal.writes == ["tasks.task.add"]


async def test_a_refused_command_keeps_the_rest_for_the_next_look(day, portal):
    await day.until(Stage.CHANGES)
    day.drag(Stage.FINALIZATION, by=20)
    portal.refuse(TryLater("crm.timeline.comment.add"))
    with pytest.raises(TryLater):
        await day.look()
    assert day.stage is Stage.FINALIZATION
    await day.quiet()
    assert day.stage is Stage.CHANGES
    assert day.doubles() == []


async def test_the_gate_takes_a_move_back_with_the_reason_and_tells_the_mover(day, portal):
    await day.until(Stage.CHANGES)
    day.drag(Stage.FINALIZATION, by=20)
    await day.quiet()
    assert day.stage is Stage.CHANGES
    told = [text for (user, tag), text in portal.notifications.items() if user == 20 and "gate-" in tag]
    assert len(told) == 1
    assert "открыта задача" in told[0]
    assert portal.items[day.case][day.connection.layout.case.fields[CaseField.GATE_NOTE].name] == told[0]


async def test_a_deal_that_was_closed_again_gets_a_second_case(day, portal):
    await day.look(SOURCE)
    day.clock.forward(days=1)
    portal.change_item(ItemRef(DEAL, 42), {"stageId": "C6:NEW"})
    portal.change_item(ItemRef(DEAL, 42), {"stageId": "C6:LOSE"})
    await day.look(SOURCE)
    assert sorted(item["xmlId"] for item in portal.items.values() if "xmlId" in item) == ["deal:42#1", "deal:42#2"]


async def test_a_deleted_source_or_case_is_no_error(day, portal, connection, desk):
    assert (await reconcile(SourceKey("shop", DEAL, 999), connection, desk)).because == ("элемент удалён",)
    assert (await reconcile(CaseKey("shop", 999), connection, desk)).commands == ()
    assert portal.writes == []


async def test_an_item_somebody_made_by_hand_in_our_process_is_left_alone(day, portal, connection, desk):
    layout = connection.layout
    ref = ItemRef(layout.case.entity_type_id, 700)
    stage = layout.stage_id("retail", Stage.SURVEY)
    portal.put_item(ref, {"title": "сам", "categoryId": layout.funnels["retail"], "stageId": stage})
    assert (await reconcile(CaseKey("shop", 700), connection, desk)).commands == ()
    assert portal.writes == []


async def test_a_measure_points_to_its_case(day, connection, desk):
    await day.look(SOURCE)
    measure = day.write_measure("мера")
    outcome = await reconcile(MeasureKey("shop", measure.id), connection, desk)
    assert outcome.also_look_at == (day.case_key,)
    assert (await reconcile(MeasureKey("shop", 999), connection, desk)).also_look_at == ()


@pytest.mark.parametrize("role", ["case", "measure"])
async def test_a_key_sorted_before_the_layout_was_known_is_sorted_again(day, portal, connection, desk, role):
    entity_type_id = getattr(connection.layout, role).entity_type_id
    (found,) = (await reconcile(SourceKey("shop", entity_type_id, 5), connection, desk)).also_look_at
    assert found == {"case": CaseKey, "measure": MeasureKey}[role]("shop", 5)
    assert portal.calls == []


async def test_tasks_and_measures_are_remembered_with_their_case(day, desk):
    await day.until(Stage.CHANGES)
    await day.look()
    for task_id in day.portal.tasks:
        assert await desk.known.case_of("shop", "task", task_id) == day.case.id


async def test_the_journal_tells_why_before_it_tells_what(day, desk):
    await day.look(SOURCE)
    await day.look()
    kinds = [(entry.kind, entry.body.get("do")) for entry in await desk.journal.read(str(day.case_key))]
    assert kinds == [("decision", None), ("command", "CreateTask")]


async def test_waiting_is_written_down_once(day, desk):
    await day.look(SOURCE)
    await day.quiet()
    length = len(await desk.journal.read(str(day.case_key)))
    for _ in range(3):
        await day.look()
    assert len(await desk.journal.read(str(day.case_key))) == length


async def test_an_error_in_the_middle_leaves_the_decision_in_the_journal(day, desk, portal):
    await day.look(SOURCE)
    portal.refuse(Refused("tasks.task.add", code="ERROR_CORE", status=400))
    with pytest.raises(Refused):
        await day.look()
    assert [entry.kind for entry in await desk.journal.read(str(day.case_key))] == ["decision"]


async def test_one_look_at_a_case_takes_two_rounds_of_reads(day, portal):
    """Calls that wait at the same moment travel together, so their number is bounded by the tasks of the case."""
    await day.until(Stage.CHANGES)
    portal.calls.clear()
    await day.look()
    tasks = len(portal.tasks)
    assert len(portal.calls) <= 6 + 2 * tasks


def test_a_command_is_written_down_as_plain_data():
    assert as_json(MoveCase(Stage.CHANGES, {CaseField.COMMISSION: (5, 7)})) == {
        "do": "MoveCase",
        "to": "CHANGES",
        "changes": {"COMMISSION": [5, 7]},
    }


def copy_of(portal: FakePortal, clock: object) -> FakePortal:
    """The same portal at the same moment, living on by this clock."""
    again = deepcopy(portal)
    again.clock = clock  # type: ignore[assignment]
    return again
