"""What a look sees: facts of the portal as the rules know them, and nothing that isn't the service's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.controller.observe import observe_case, observe_source
from app.controller.round_key import parse_round_key
from app.controller.slots import note_text
from bitrix.errors import Refused
from bitrix.refs import DEAL, LEAD, ItemRef
from rules.model import SourceRef, Stage, Tick
from tests.app.conftest import MONDAY, connect
from tests.app.controller.trading_day import DEAL_42, SELLER, SOURCE, TradingDay, win_deal

DEAL_REF = SourceRef(DEAL, 42)


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


async def seen(day: TradingDay):
    return (await observe_case(day.case.id, day.connection, day.desk.book)).case


# --- source ----------------------------------------------------------------------------------------------------------


async def test_a_won_deal(day, connection, book):
    source = await observe_source(DEAL_REF, connection, book)
    assert (source.title, source.funnel, source.responsible_id) == ("Поставка", "wholesale", SELLER)
    assert source.closed
    assert [(each.at, each.outcome) for each in source.closings] == [(MONDAY, "success")]
    assert source.rounds_with_case == frozenset()


@pytest.mark.parametrize(
    ("stages", "closings"),
    [
        (["C6:EXECUTING"], []),
        (["C6:WON"], [True]),
        # won first, then corrected to lost without being worked on again: one closing, as it ended
        (["C6:WON", "C6:LOSE"], [False]),
        (["C6:WON", "C6:EXECUTING", "C6:LOSE"], [True, False]),
        (["C6:LOSE", "C6:NEW", "C6:EXECUTING", "C6:WON", "C6:LOSE"], [False, False]),
    ],
)
async def test_closings_are_counted_not_moves(portal, connection, clock, stages, closings, book):
    portal.put_item(DEAL_42, {"title": "Поставка", "categoryId": 6, "stageId": "C6:NEW"})
    for stage in stages:
        clock.forward(minutes=5)
        portal.change_item(DEAL_42, {"stageId": stage})
    source = await observe_source(DEAL_REF, connection, book)
    assert [closing.outcome == "success" for closing in source.closings] == closings


async def test_a_lead_has_no_funnel_and_is_known_by_its_type(portal, connection, book):
    portal.put_item(ItemRef(LEAD, 7), {"title": "Обращение", "assignedById": SELLER, "stageId": "NEW"})
    portal.change_item(ItemRef(LEAD, 7), {"stageId": "JUNK"})
    source = await observe_source(SourceRef(LEAD, 7), connection, book)
    assert source.funnel == "leads"
    assert [closing.outcome for closing in source.closings] == ["fail"]


async def test_a_deal_of_a_funnel_nobody_watches(portal, connection, book):
    portal.put_item(DEAL_42, {"title": "Поставка", "categoryId": 0, "stageId": "WON"})
    assert (await observe_source(DEAL_REF, connection, book)).funnel is None


async def test_rounds_are_this_deals_own(day, portal, connection, book):
    await day.look(SOURCE)
    case = portal.items[day.case]
    entity_type_id = day.case.entity_type_id
    for stage in ("C6:EXECUTING", "C6:WON", "C6:EXECUTING", "C6:WON"):
        portal.change_item(DEAL_42, {"stageId": stage})
    for number, xml_id in enumerate(["deal:42#3", "deal:421#2", "lead:42#2", "deal:42#", "deal:42#x", None]):
        portal.put_item(ItemRef(entity_type_id, 900 + number), {**case, "id": 900 + number, "xmlId": xml_id})
    assert (await observe_source(DEAL_REF, connection, book)).rounds_with_case == {1, 3}


async def test_a_deleted_deal(connection, book):
    assert await observe_source(SourceRef(DEAL, 999), connection, book) is None


async def test_a_refusal_is_not_taken_for_a_deleted_deal(day, portal, connection, book):
    portal.refuse(Refused("crm.item.get", code="ACCESS_DENIED", status=400))
    with pytest.raises(Refused):
        await observe_source(DEAL_REF, connection, book)


@pytest.mark.parametrize(
    ("xml_id", "meant"),
    [
        ("deal:42#1", (SourceRef(DEAL, 42), 1)),
        ("lead:7#12", (SourceRef(LEAD, 7), 12)),
        ("item1090:5#1", (SourceRef(1090, 5), 1)),
        *[(each, None) for each in (None, "", "deal:42", "deal:#1", "quote:4#1", "deal:x#1", "deal:4#-1", "item:5#1")],
        ("deal:²#1", None),
    ],
)
def test_round_keys(xml_id, meant):
    assert parse_round_key(xml_id) == meant
    if meant is not None:
        assert meant[0].round_key(meant[1]) == xml_id


# --- case ------------------------------------------------------------------------------------------------------------


async def test_a_case_in_full(day):
    await day.until(Stage.CHANGES)
    case = await seen(day)
    assert (case.source, case.round, case.funnel, case.source_title) == (DEAL_REF, 1, "wholesale", "Поставка")
    assert [entry.stage for entry in case.entries] == list(Stage)[:5]
    assert case.answers == {"satisfaction": "high", "terms_kept": "yes", "deviations": ("none",)}
    assert (case.verdict, case.violations, case.facts) == ("partly_correct", ("shipment",), ("Отгружено не то",))
    assert (case.correction, case.consequences) == ("Отгружено заново", "Клиент ждал два дня")
    assert (case.cause, case.similar_answer) == ("Сверки со спецификацией нет", "Возможны в любой отгрузке")
    assert case.commission[:2] == (30, 40)
    assert case.commission_rule.startswith("№30 Руководитель: Отдел продаж — ")
    measure = case.measures[0]
    assert (measure.kind, measure.department, measure.planned_hours) == ("regulation", "logistics", 2.0)
    assert measure.due == date(2026, 12, 1)
    assert len(case.tasks_for("vote")) == len(case.commission)
    assert all(tick.done for task in case.tasks_for("vote") for tick in task.checklist)


async def test_only_a_completed_task_is_closed(day, portal):
    await day.look(SOURCE)
    await day.look()
    task_id = day.slots()["survey"]
    for status, closed in (("2", False), ("3", False), ("4", False), ("6", False), ("5", True)):
        portal.tasks[task_id].update(status=status, closedDate=MONDAY.isoformat())
        assert (await seen(day)).task("survey").closed is closed, f"status {status}"


async def test_a_finished_task_brings_its_result_and_hours(day, portal):
    await day.look(SOURCE)
    await day.look()
    task_id = day.slots()["survey"]
    portal.tasks[task_id].update(timeSpentInLogs="5400", timeEstimate="3600")
    portal.close_task(task_id, result="вышло дольше")
    task = (await seen(day)).task("survey")
    assert (task.result, task.hours_spent, task.hours_planned) == ("вышло дольше", 1.5, 1.0)


async def test_the_header_of_a_checklist_is_no_line_of_it(day, portal):
    await day.until(Stage.ANALYSIS)
    task = (await seen(day)).task("analysis")
    assert task.checklist == tuple(Tick(step) for step in day.desk.book.funnel("wholesale").protocol)


async def test_tasks_of_people_and_of_other_cases_are_not_the_services(day, portal):
    await day.look(SOURCE)
    await day.look()
    before = (await seen(day)).tasks
    own = next(iter(portal.tasks.values()))
    for number, xml_id in enumerate(["", "capa24:999:survey", "чужая"], start=800):
        portal.tasks[number] = {**own, "id": str(number), "xmlId": xml_id}
    assert (await seen(day)).tasks == before


async def test_marks_are_read_from_all_pages_of_the_timeline(day, portal):
    await day.look(SOURCE)
    fields = {"ENTITY_ID": day.case.id, "ENTITY_TYPE": day.case.timeline_type}
    portal._crm_timeline_comment_add({"fields": {**fields, "COMMENT": note_text("давно", "gate-1")}})
    for _ in range(120):
        portal._crm_timeline_comment_add({"fields": {**fields, "COMMENT": "разговоры"}})
    assert (await seen(day)).told == {"gate-1"}


async def test_a_case_whose_source_was_deleted_goes_on_under_its_own_title(day, portal):
    await day.look(SOURCE)
    del portal.items[DEAL_42]
    assert (await seen(day)).source_title == "Сделка №42 «Поставка»"


async def test_a_stage_added_by_hand_hides_the_case_and_its_entries_are_skipped(day, portal):
    await day.look(SOURCE)
    funnel = portal.items[day.case]["categoryId"]
    back = portal.items[day.case]["stageId"]
    portal.change_item(day.case, {"stageId": f"DT{day.case.entity_type_id}_{funnel}:OURS"})
    assert await observe_case(day.case.id, day.connection, day.desk.book) is None
    portal.change_item(day.case, {"stageId": back})
    assert [entry.stage for entry in (await seen(day)).entries] == [Stage.SURVEY, Stage.SURVEY]


async def test_open_cases_are_counted_only_while_an_inspector_is_needed(day, portal, connection):
    await day.look(SOURCE)
    layout = connection.layout
    inspector = layout.case.fields["INSPECTOR"].name
    for number, stage in enumerate([Stage.ANALYSIS, Stage.CHANGES, Stage.SUCCESS], start=600):
        fields = {"categoryId": layout.funnels["retail"], "stageId": layout.stage_id("retail", stage), inspector: 21}
        portal.put_item(ItemRef(layout.case.entity_type_id, number), {"title": "другой", **fields})
    assert (await seen(day)).open_cases_of == {}
    day.drag(Stage.ANALYSIS, by=20)
    assert (await seen(day)).open_cases_of == {21: 2}


async def test_open_cases_are_counted_when_an_inspector_left_in_a_later_stage(day, portal, book):
    """Whoever takes the case over is the least busy one, not the first by number."""
    await day.until(Stage.CHANGES)
    assert (await seen(day)).open_cases_of == {}
    inspector = (await seen(day)).inspector_id
    next(user for user in portal.users if user["ID"] == str(inspector))["ACTIVE"] = False
    later = await observe_case(day.case.id, await connect(portal, book), book)
    assert later is not None
    assert later.case.open_cases_of == {inspector: 1}


async def test_looking_writes_nothing(day, portal):
    await day.until(Stage.CHANGES)
    portal.writes.clear()
    await seen(day)
    await observe_source(DEAL_REF, day.connection, day.desk.book)
    assert portal.writes == []


async def test_moves_are_in_the_order_in_which_they_happened(day, portal, clock):
    """Ids of history rows are not documented to grow with time."""
    await day.look(SOURCE)
    clock.forward(hours=1)
    day.drag(Stage.ANALYSIS, by=20)
    rows = portal.history[day.case.entity_type_id]
    rows[0]["ID"], rows[1]["ID"] = rows[1]["ID"], rows[0]["ID"]
    case = await seen(day)
    assert [entry.stage for entry in case.entries] == [Stage.SURVEY, Stage.ANALYSIS]
    assert case.entries[1].at - case.entries[0].at >= timedelta(hours=1)
