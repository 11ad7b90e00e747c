"""The stage «Изменения» and the ways past it, as the portal has them: fields, kanban, deleted and moved tasks."""

from __future__ import annotations

import pytest

from app.controller.carry_out import carry_out
from app.controller.observe import observe_case
from app.controller.reconcile import address_of
from bitrix.refs import ItemRef
from rules.decision import CreateTask
from rules.model import CaseField, MeasureField, Stage
from tests.app.controller.trading_day import TradingDay, win_deal

QUALITY_HEAD, INSPECTOR, LOGISTICS_HEAD = 20, 21, 40


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    """A case in its changes, its two tasks open."""
    win_deal(portal)
    day = TradingDay(portal, connection, desk, clock)
    await day.until(Stage.CHANGES)
    return day


def on_card(day: TradingDay, field: CaseField) -> object:
    return day.portal.items[day.case].get(day.connection.layout.case.fields[field].name)


def measures(day: TradingDay) -> list[ItemRef]:
    type_id = day.connection.layout.measure.entity_type_id
    return sorted(ref for ref in day.portal.items if ref.entity_type_id == type_id)


def on_measure(day: TradingDay, ref: ItemRef, field: MeasureField) -> object:
    return day.portal.items[ref].get(day.connection.layout.measure.fields[field].name)


def decide(day: TradingDay, ref: ItemRef, decision: str, by: int) -> None:
    field = day.connection.layout.measure.fields[MeasureField.DECISION]
    day.portal.change_item(ref, {field.name: field.options[decision]}, by=by)


def task_of(day: TradingDay, ref: ItemRef) -> int:
    return int(str(on_measure(day, ref, MeasureField.TASK)))


@pytest.mark.requirement("S50", "S52", "S53", "R14")
async def test_each_measure_knows_its_task_in_its_department_s_kanban(day, portal):
    group = day.connection.layout.groups["logistics"]
    for ref in measures(day):
        task = portal.tasks[task_of(day, ref)]
        assert (task["groupId"], task["stageId"]) == (str(group.id), str(group.first_column_id))
        assert task["responsibleId"] == str(LOGISTICS_HEAD)
        assert task["ufCrmTask"] == [day.case.binding, "D_42"]


@pytest.mark.requirement("S9", "S10")
async def test_every_task_leads_to_the_card_of_its_case(day, portal):
    """A link that works where no tab of the card is shown: in the phone."""
    url = day.connection.card_url(day.case)
    assert all(f"[URL={url}]Карточка разбора[/URL]" in task["description"] for task in portal.tasks.values())


async def test_a_task_flow_is_named_where_the_rulebook_wants_one(day, portal, connection):
    address = address_of(await observe_case(day.case.id, connection, day.desk.book), connection)
    wanted = CreateTask("measure:9:x", "Мера", "Как есть", LOGISTICS_HEAD, department="logistics", flow=15)
    await carry_out(wanted, address, connection)
    assert list(portal.tasks.values())[-1]["flowId"] == 15


@pytest.mark.parametrize(
    "change",
    [
        # to another column of the kanban
        {"stageId": "77"},
        # to another group
        {"groupId": "999", "stageId": "0"},
        # another title and term
        {"title": "Иначе", "deadline": "2027-01-15T18:00:00+03:00"},
    ],
)
@pytest.mark.requirement("S53")
async def test_a_task_that_people_moved_stays_where_they_moved_it(day, portal, change):
    portal.tasks[task_of(day, measures(day)[0])].update(change)
    before = dict(portal.tasks[task_of(day, measures(day)[0])])
    await day.quiet()
    assert portal.tasks[task_of(day, measures(day)[0])] == before
    assert len(portal.open_tasks()) == 2


async def test_the_card_shows_how_far_it_is(day, portal):
    assert str(on_card(day, CaseField.PROGRESS)).startswith("Закрыто 0 из 2; ждём: ")
    portal.close_task(task_of(day, measures(day)[0]))
    await day.quiet()
    assert str(on_card(day, CaseField.PROGRESS)).startswith("Закрыто 1 из 2; ждём: ")


@pytest.mark.parametrize("how", ["deleted", "unbound"])
@pytest.mark.requirement("S56")
async def test_a_deleted_task_blocks_until_a_named_person_decides(day, portal, how):
    first, second = measures(day)
    lost = task_of(day, first)
    if how == "deleted":
        del portal.tasks[lost]
    else:
        portal.tasks[lost]["ufCrmTask"] = ["D_42"]
    portal.close_task(task_of(day, second))
    await day.quiet()
    assert day.stage is Stage.CHANGES
    assert any(f"Задача №{lost}" in note and "удалена или отвязана" in note for note in portal.notes())
    decide(day, first, "needless", by=31)  # the seller whose work is analysed
    await day.quiet()
    assert day.stage is Stage.CHANGES
    assert not on_measure(day, first, MeasureField.DECISION)
    decide(day, first, "again", by=INSPECTOR)
    await day.quiet()
    assert task_of(day, first) != lost
    assert not on_measure(day, first, MeasureField.DECISION)
    portal.close_task(task_of(day, first))
    await day.quiet()
    assert day.stage is Stage.FINALIZATION


async def test_work_that_is_not_needed_any_more_counts_as_done(day, portal):
    for ref in measures(day):
        del portal.tasks[task_of(day, ref)]
        decide(day, ref, "needless", by=QUALITY_HEAD)
    await day.quiet()
    assert day.stage is Stage.FINALIZATION
    assert len([note for note in portal.notes() if "работа больше не нужна" in note]) == 2
    assert on_card(day, CaseField.PROGRESS) == "Закрыто 2 из 2"


@pytest.mark.requirement("R15", "S57")
async def test_a_case_is_let_past_by_somebody_who_answers_for_it(day, portal):
    day.card(OVERRIDE="Клиент ждёт")
    day.drag(Stage.FINALIZATION, by=QUALITY_HEAD)
    await day.quiet()
    assert day.stage is Stage.FINALIZATION
    assert on_card(day, CaseField.OVERRIDE) == ""
    assert str(on_card(day, CaseField.PASS)).startswith("Пропуск: Руководитель: Отдел контроля качества")
    (note,) = [note for note in portal.notes() if "под свою ответственность" in note]
    assert "Основание: Клиент ждёт\nНе завершено:\n• открыта задача" in note


async def test_the_pass_comes_with_the_move(day, portal):
    """In one request: the portal may demand it on the way into the stage."""
    for ref in measures(day):
        portal.close_task(task_of(day, ref))
    await day.quiet()
    assert day.stage is Stage.FINALIZATION
    assert str(on_card(day, CaseField.PASS)).endswith("закрыто 2 из 2")


async def test_a_cancelled_case_puts_its_tasks_away_and_takes_them_up_again(day, portal):
    tasks = [task_of(day, ref) for ref in measures(day)]
    day.drag(Stage.CANCELLED, by=QUALITY_HEAD)
    await day.quiet()
    assert day.stage is Stage.CHANGES  # no reason
    day.card(CANCEL_REASON="Сделка по ошибке")
    day.drag(Stage.CANCELLED, by=QUALITY_HEAD)
    await day.quiet()
    assert day.stage is Stage.CANCELLED
    assert portal.open_tasks() == []
    assert any("Причина: Сделка по ошибке" in note for note in portal.notes())
    day.drag(Stage.FINALIZATION, by=QUALITY_HEAD)
    await day.quiet()
    assert day.stage is Stage.CHANGES
    assert {int(task["id"]) for task in portal.open_tasks()} == set(tasks)
