"""One look at one key: what is missing is done, once, whatever happens in between."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from app.controller.reconcile import as_json, reconcile
from app.controller.worker import LeaseLost
from app.keys import CaseKey, MeasureKey, SourceKey
from bitrix.errors import OutcomeUnknown, Refused, TryLater
from bitrix.refs import DEAL, ItemRef
from rules.decision import MoveCase
from rules.model import CaseField, Stage
from rules.rulebook import SourceCondition
from tests.app.conftest import connect
from tests.app.controller.trading_day import DEAL_42, SOURCE, TradingDay, win_deal
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
    on_the_card = portal.items[day.case][day.connection.layout.case.fields[CaseField.GATE_NOTE].name]
    assert told[0].startswith(f"{on_the_card}\nСделка №42 «Поставка»: ")


async def test_a_deal_that_was_closed_again_gets_a_second_case(day, portal):
    await day.look(SOURCE)
    day.clock.forward(days=1)
    portal.change_item(ItemRef(DEAL, 42), {"stageId": "C6:NEW"})
    portal.change_item(ItemRef(DEAL, 42), {"stageId": "C6:LOSE"})
    await day.look(SOURCE)
    assert sorted(item["xmlId"] for item in portal.items.values() if "xmlId" in item) == ["deal:42#1", "deal:42#2"]


async def test_a_change_of_the_source_is_a_change_of_its_case(day):
    """The report tells what the deal is called, and a survey may hold the deal's stage."""
    await day.look(SOURCE)
    assert (await day.look(SOURCE)).also_look_at == (day.case_key,)


async def test_what_was_read_is_not_noted_when_the_key_is_somebody_elses(day, desk):
    """Who was frozen in the middle of a look would put the row of the report back to what it read then."""
    await day.until(Stage.ANALYSIS)
    rows = []

    async def mirror(seen, connection):
        rows.append(seen)

    async def lost():
        raise LeaseLost

    watched = replace(desk, mirror=mirror)
    with pytest.raises(LeaseLost):
        await reconcile(day.case_key, day.connection.under(lost), watched)
    assert rows == []
    await reconcile(day.case_key, day.connection, watched)
    assert len(rows) == 1


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
    observed, decision, command = await desk.journal.read(str(day.case_key))
    assert (observed.kind, decision.kind, command.kind) == ("observed", "decision", "command")
    assert command.body["do"] == "CreateTask"
    assert (
        command.body["because"]
        == decision.body["because"]
        == ["опрос не завершён, ждём ответа: Сотрудник: Отдел продаж"]
    )


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
    assert [entry.kind for entry in await desk.journal.read(str(day.case_key))] == ["observed", "decision"]


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


# --- What gets no case, what is edited later -------------------------------------------------------------------------


def picky(book):
    """The same book, with wholesale deals from 100 000 on only."""
    condition = SourceCondition(field="opportunity", at_least=100_000, words="сделка дороже 100 000")
    funnels = tuple(
        funnel.model_copy(update={"only_if": (condition,)}) if funnel.code == "wholesale" else funnel
        for funnel in book.funnels
    )
    return book.model_copy(update={"funnels": funnels})


@pytest.mark.requirement("S81")
async def test_what_the_rulebook_leaves_out_is_counted_until_it_gets_a_case(day, portal, desk, clock):
    portal.items[DEAL_42]["opportunity"] = 50_000
    desk = replace(desk, book=picky(desk.book))
    small = TradingDay(portal, day.connection, desk, clock)
    for _ in range(2):
        assert (await small.look(SOURCE)).commands == ()
    (left,) = await desk.left_out.every()
    assert (left.portal, left.key, left.funnel) == ("shop", "deal:42#1", "wholesale")
    assert left.reason == "не выполнено условие: сделка дороже 100 000"

    portal.items[DEAL_42]["opportunity"] = 150_000
    await small.look(SOURCE)
    assert await desk.left_out.every() == []
    assert small.stage is Stage.SURVEY


async def test_work_that_is_not_finished_or_not_watched_is_not_counted_as_left_out(day, portal, desk):
    portal.change_item(DEAL_42, {"stageId": "C6:NEW"})
    await day.look(SOURCE)
    portal.items[DEAL_42].update(categoryId=77, stageId="C77:WON")
    await day.look(SOURCE)
    assert await desk.left_out.every() == []


@pytest.mark.requirement("R26")
async def test_an_approved_measure_that_is_edited_is_in_the_journal_and_in_the_case_once(day, portal, desk):
    await day.until(Stage.CHANGES)
    measure = next(ref for ref in portal.items if ref.entity_type_id == day.connection.layout.measure.entity_type_id)
    target = day.connection.layout.measure.fields["TARGET"].name
    portal.change_item(measure, {target: "Совсем другой регламент"}, by=31)
    await day.quiet()
    edited = [e for e in await desk.journal.read(str(day.case_key)) if e.kind == "edited_later"]
    assert len(edited) == 1
    assert "стало «Совсем другой регламент»" in edited[0].body["because"][0]
    notes = [text for text in portal.notes() if "capa24 · edited-" in text]
    assert len(notes) == 1
    told = {user for (user, tag) in portal.notifications if "|edited-" in tag}
    assert told == {20, 21}  # the head of quality and the inspector
    assert day.doubles() == []


@pytest.mark.requirement("R26")
async def test_findings_that_are_edited_in_a_closed_case_are_told_and_the_case_stays_closed(day, portal, desk):
    await day.to_the_end()
    day.card(**{CaseField.FACTS: ["Отгружено вовремя"]})
    await day.quiet()
    assert day.stage is Stage.SUCCESS
    notes = [text for text in portal.notes() if "capa24 · edited-" in text]
    assert len(notes) == 1
    assert "«Факты нарушений»: было «Отгружено не то», стало «Отгружено вовремя»" in notes[0]
    portal.writes.clear()
    await day.look()
    assert portal.writes == []
