"""Each command: what it leaves on the portal, and that doing it after another look leaves no more."""

from __future__ import annotations

from datetime import date

import pytest

from app.controller.carry_out import CaseAddress, carry_out, create_case
from app.controller.fields import Card
from app.controller.observe import observe_case
from app.controller.reconcile import address_of
from app.controller.slots import signature_of
from bitrix.calls.items import get_item
from bitrix.errors import OutcomeUnknown, Refused
from bitrix.refs import DEAL, ItemRef
from rules.decision import (
    AddChecklistItems,
    CompleteTask,
    CreateCase,
    CreateTask,
    MoveCase,
    PostNews,
    ReassignTask,
    RenewTask,
    Tell,
    UpdateCase,
    UpdateMeasure,
)
from rules.model import CaseField, MeasureField, SourceRef, Stage
from tests.app.conftest import MONDAY
from tests.app.controller.trading_day import SELLER, win_deal

CREATE = CreateCase(SourceRef(DEAL, 42), 1, "wholesale", "Сделка №42", SELLER)
TASK = CreateTask(
    slot="measure:5:abc",
    title="Сверять отгрузку",
    description="Как есть",
    responsible_id=SELLER,
    deadline=MONDAY,
    checklist=("раз", "два"),
    accomplices=(40,),
    auditors=(20,),
    department="logistics",
    planned_hours=1.5,
)


@pytest.fixture
async def address(portal, connection, book) -> CaseAddress:
    win_deal(portal)
    item = await create_case(CREATE, connection)
    seen = await observe_case(item.ref.id, connection, book)
    portal.calls.clear()
    portal.writes.clear()
    return address_of(seen, connection)


async def seen_case(address, connection, book):
    return (await observe_case(address.ref.id, connection, book)).case


async def test_a_case_names_its_source_and_round_and_stands_in_its_funnel(address, portal, connection):
    item = portal.items[address.ref]
    assert item["xmlId"] == "deal:42#1"
    assert item["parentId2"] == 42
    assert item["assignedById"] == SELLER
    assert item["stageId"] == f"DT{address.ref.entity_type_id}_{item['categoryId']}:NEW"
    card = Card(await connection.portal.send(get_item(address.ref)), connection.layout.case)
    assert card.person(CaseField.RESPONSIBLE) == SELLER


@pytest.mark.requirement("S9", "S52", "S53")
async def test_a_task_hangs_on_case_and_source_and_stands_in_the_departments_kanban(address, portal, connection):
    await carry_out(TASK, address, connection)
    (task,) = portal.tasks.values()
    group = connection.layout.groups["logistics"]
    assert task["ufCrmTask"] == [address.ref.binding, "D_42"]
    assert task["xmlId"] == f"capa24:{address.ref.id}:measure:5:abc"
    assert (task["groupId"], task["stageId"]) == (str(group.id), str(group.first_column_id))
    assert (task["timeEstimate"], task["deadline"]) == ("5400", MONDAY.isoformat())
    assert (task["accomplices"], task["auditors"]) == ([40], [20])


async def test_who_gets_a_task_gets_into_the_group_once(address, portal, connection):
    group = connection.layout.groups["logistics"].id
    await carry_out(TASK, address, connection)
    await carry_out(TASK, address, connection)
    assert portal.members[group].count(SELLER) == 1


async def test_a_checklist_has_one_header_and_its_lines_in_order(address, portal, connection):
    await carry_out(TASK, address, connection)
    (task_id,) = portal.tasks
    await carry_out(AddChecklistItems(task_id, ("три",)), address, connection)
    header, *lines = portal.checklists[task_id]
    assert [line["TITLE"] for line in lines] == ["раз", "два", "три"]
    assert {line["PARENT_ID"] for line in lines} == {header["ID"]}


async def test_a_task_goes_to_somebody_else_is_closed_and_opened_again(address, portal, connection):
    await carry_out(TASK, address, connection)
    (task_id,) = portal.tasks
    for _ in range(2):
        await carry_out(ReassignTask(task_id, 40), address, connection)
        assert portal.tasks[task_id]["responsibleId"] == "40"
    for _ in range(2):
        await carry_out(CompleteTask(task_id), address, connection)
        assert portal.tasks[task_id]["status"] == "5"
    for _ in range(2):
        await carry_out(RenewTask(task_id), address, connection)
        assert portal.tasks[task_id]["status"] == "2"


async def test_stage_and_funnel_travel_together_with_the_fields(address, portal, connection, book):
    moved = MoveCase(Stage.ANALYSIS, {CaseField.GATE_NOTE: "потому что"})
    for _ in range(2):
        await carry_out(moved, address, connection)
    item = portal.items[address.ref]
    assert item["categoryId"] == address.category_id
    case = await seen_case(address, connection, book)
    assert case.stage is Stage.ANALYSIS
    assert [entry.stage for entry in case.entries] == [Stage.SURVEY, Stage.ANALYSIS]


async def test_fields_of_the_card_are_what_is_read_back(address, connection, book, portal):
    changes = {
        CaseField.COMMISSION: (20, 30),
        CaseField.VERDICT: "partly_correct",
        CaseField.VIOLATIONS: ("terms", "shipment"),
        CaseField.FACTS: ("поздно", "не то"),
        CaseField.POINTS: 7.5,
        CaseField.INSPECTOR: 21,
    }
    await carry_out(UpdateCase(changes, assigned_to=21), address, connection)
    case = await seen_case(address, connection, book)
    assert (case.commission, case.verdict, case.violations) == ((20, 30), "partly_correct", ("terms", "shipment"))
    assert (case.facts, case.points, case.inspector_id) == (("поздно", "не то"), 7.5, 21)
    assert portal.items[address.ref]["assignedById"] == 21


async def test_a_measure_gets_fields_and_a_title_and_keeps_its_title_without_one(address, portal, connection, book):
    ref = ItemRef(connection.layout.measure.entity_type_id, portal.new_id())
    portal.put_item(
        ref, {"title": f"Мера коррекции #{ref.id}", f"parentId{address.ref.entity_type_id}": address.ref.id}
    )
    changes = {
        MeasureField.KIND: "regulation",
        MeasureField.DEPARTMENT: "sales",
        MeasureField.DUE: date(2026, 12, 7),
        MeasureField.PLANNED_HOURS: 4.0,
        MeasureField.EXPECTED: "Норматив однозначен",
    }
    await carry_out(UpdateMeasure(ref.id, changes, title="Уточнить норматив"), address, connection)
    await carry_out(UpdateMeasure(ref.id, {MeasureField.TARGET: "Регламент"}), address, connection)
    (measure,) = (await seen_case(address, connection, book)).measures
    assert (measure.title, measure.kind, measure.department) == ("Уточнить норматив", "regulation", "sales")
    assert (measure.due, measure.planned_hours) == (date(2026, 12, 7), 4.0)
    assert (measure.expected, measure.target) == ("Норматив однозначен", "Регламент")


async def test_people_are_notified_and_then_the_note_is_left(address, portal, connection, book):
    await carry_out(Tell("gate-17", "Так нельзя", (20, 30)), address, connection)
    assert portal.writes == ["im.notify.system.add", "im.notify.system.add", "crm.timeline.comment.add"]
    assert (await seen_case(address, connection, book)).told == {"gate-17"}


async def test_a_notification_names_its_case_and_leads_to_its_card(address, portal, connection):
    """Whoever reads it on a phone has other cases too."""
    await carry_out(Tell("gate-17", "Так нельзя", (20,)), address, connection)
    (message,) = portal.notifications.values()
    said, about = message.split("\n")
    assert said == "Так нельзя"
    assert about == f"{address.title}: [URL={connection.card_url(address.ref)}]открыть карточку[/URL]"


async def test_a_notification_sent_again_after_a_crash_replaces_itself(address, portal, connection, book):
    told = Tell("gate-17", "Так нельзя", (20, 30))
    portal.refuse(Refused("crm.timeline.comment.add", code="ERROR_CORE", status=400))
    with pytest.raises(Refused):
        await carry_out(told, address, connection)
    assert (await seen_case(address, connection, book)).told == frozenset()
    await carry_out(told, address, connection)
    assert len(portal.notifications) == 2
    assert len(portal.comments) == 1


async def test_notifications_of_other_portals_cases_and_people_are_not_replaced(address, portal, connection):
    await carry_out(Tell("gate-17", "Так нельзя", (20,)), address, connection)
    ((_, tag),) = portal.notifications
    assert {"shop", str(address.ref.id), "gate-17", "20"} <= set(tag.split("|"))


async def test_news_goes_to_the_departments_and_its_number_into_the_card(address, portal, connection, book):
    news = PostNews("Разбор №1", "Изменения", "Теперь так", ("Отдел продаж", "Логистика", "Отдел, которого нет"))
    await carry_out(news, address, connection)
    (post,) = portal.posts
    assert (post["DEST"], signature_of(post["DETAIL_TEXT"])) == (["DR3", "DR4"], "Разбор №1")
    assert (await seen_case(address, connection, book)).news_post_id == int(post["ID"])


@pytest.mark.parametrize("lost", ["log.blogpost.add", "crm.item.update"])
async def test_news_is_posted_once_whichever_answer_was_lost(address, portal, connection, book, lost):
    """An observation doesn't see posts: the command looks for its own before it posts."""
    news = PostNews("Разбор №1", "Изменения", "Теперь так")
    portal.lose_answer(lost)
    with pytest.raises(OutcomeUnknown):
        await carry_out(news, address, connection)
    await carry_out(news, address, connection)
    (post,) = portal.posts
    assert post["DEST"] == ["UA"]
    assert (await seen_case(address, connection, book)).news_post_id == int(post["ID"])


async def test_news_is_found_behind_any_number_of_newer_posts(address, portal, connection):
    """The portal pages and promises no order; what was published before is found all the same."""
    news = PostNews("Разбор №1", "Изменения", "Теперь так")
    await carry_out(news, address, connection)
    for number in range(120):
        await carry_out(PostNews(f"Разбор №9{number}", "Другое", "Другое"), address, connection)
    await carry_out(news, address, connection)
    assert sum(signature_of(post["DETAIL_TEXT"]) == "Разбор №1" for post in portal.posts) == 1


async def test_news_of_another_case_is_not_taken_for_ours(address, portal, connection):
    await carry_out(PostNews("Разбор №1", "Изменения", "Теперь так"), address, connection)
    await carry_out(PostNews("Разбор №11", "Изменения", "Теперь так"), address, connection)
    assert len(portal.posts) == 2


async def test_a_case_is_not_created_from_inside_a_case(address, connection):
    with pytest.raises(TypeError, match="create_case"):
        await carry_out(CREATE, address, connection)


async def test_a_task_for_a_lead_hangs_on_the_lead():
    address = CaseAddress(ItemRef(1030, 24), 15, SourceRef(1, 7), "Лид №7 «Заявка»")
    assert address.bindings == ["T406_24", "L_7"]
