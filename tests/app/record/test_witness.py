"""What people change on the portal is in the journal as they did it, whatever they change later."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.record.observation import LONGEST_TEXT, Observation, as_json, bounded, from_json, observe
from app.storage.schema import observations as table
from rules.model import CaseField, MeasureField, Stage
from tests.app.controller.trading_day import SOURCE, TradingDay, win_deal
from tests.builders import a_case, reached


@pytest.fixture
async def day(portal, connection, desk, clock) -> TradingDay:
    win_deal(portal)
    return TradingDay(portal, connection, desk, clock)


async def observed(day: TradingDay) -> list[dict]:
    """The changes of all ``observed`` entries about the case, in order."""
    entries = await day.desk.journal.read(str(day.case_key))
    return [change for entry in entries if entry.kind == "observed" for change in entry.body["changes"]]


async def since(day: TradingDay, act) -> list[str]:
    """What the next look finds changed by this."""
    await day.quiet()
    before = len(await observed(day))
    act()
    await day.look()
    return [change["text"] for change in (await observed(day))[before:]]


@pytest.mark.requirement("R3", "R26")
async def test_answers_stand_in_the_journal_with_who_and_when_whatever_the_card_says_later(day, portal):
    await day.look(SOURCE)
    await day.quiet()
    answered_at = day.clock.now.replace()
    day.work()
    await day.look()
    day.card(Q_SATISFACTION="low")
    await day.look()
    entries = [entry for entry in await day.desk.journal.read(str(day.case_key)) if entry.kind == "observed"]
    answered, later = entries[1], entries[2]
    texts = [change["text"] for change in answered.body["changes"]]
    assert "«Насколько клиент доволен, по вашему мнению?»: «Доволен»" in texts
    assert any("«Опрос по итогам работы: Поставка» завершена, Сотрудник: Отдел продаж" in text for text in texts)
    assert answered.body["card_changed_by"] == {"id": 20, "name": "Руководитель: Отдел контроля качества"}
    assert answered.at > answered_at
    assert [change["text"] for change in later.body["changes"]] == [
        "«Насколько клиент доволен, по вашему мнению?»: было «Доволен», стало «Недоволен»"
    ]


@pytest.mark.requirement("R13")
async def test_a_vote_stands_there_with_its_lines_and_its_reason(day, portal):
    await day.until(Stage.APPROVAL)
    slot, task = next((slot, task) for slot, task in day.slots().items() if slot.startswith("vote:"))

    def refuse() -> None:
        portal.checklists[task][1]["IS_COMPLETE"] = "Y"
        portal.close_task(task, result="Вторая мера не нужна")

    (told,) = await since(day, refuse)
    assert "завершена" in told
    assert "не отмечено: " in told
    assert "результат: Вторая мера не нужна" in told
    (change,) = [each for each in await observed(day) if each.get("slot") == slot]
    assert (change["by"], len(change["ticked"]), len(change["unticked"])) == (
        int(portal.tasks[task]["responsibleId"]),
        1,
        1,
    )


@pytest.mark.requirement("R26")
async def test_each_thing_people_do_is_told_in_a_sentence(day, portal):
    await day.until(Stage.CHANGES)
    task = next(task for slot, task in day.slots().items() if slot.startswith("measure:"))
    title = portal.tasks[task]["title"]

    assert await since(day, lambda: portal.tasks[task].update(responsibleId="61")) == [
        f"задача №{task} «{title}» передана: Сотрудник: Отдел ИТ"
    ]
    moved = "2026-12-24T18:00:00+03:00"
    assert await since(day, lambda: portal.tasks[task].update(deadline=moved)) == [
        f"задача №{task} «{title}»: срок 24.12.2026 18:00"
    ]
    (closed,) = await since(day, lambda: portal.close_task(task, result="готово"))
    assert closed == f"задача №{task} «{title}» завершена, Сотрудник: Отдел ИТ. результат: готово"
    assert await since(day, lambda: portal.reopen_task(task, by=40)) == [
        f"задача №{task} «{title}» возвращена в работу, Руководитель: Логистика"
    ]
    (moved_by_hand,) = await since(day, lambda: day.drag(Stage.FINALIZATION, by=30))
    assert moved_by_hand == "стадия «Финализация», Руководитель: Отдел продаж"
    assert await since(day, lambda: portal.tasks.pop(task)) == [f"удалена задача №{task} «{title}»"]


async def test_measures_that_come_and_go_are_one_sentence_each(day, portal):
    await day.until(Stage.FORMULATION)
    refs = []
    (added,) = await since(day, lambda: refs.append(day.write_measure("Сверять отгрузку")))
    assert added.startswith(f"добавлена мера №{refs[0].id} «Сверять отгрузку» (вид меры: Изменение регламента; ")
    assert "срок: 01.12.2026" in added
    fields = day.connection.layout.measure.fields
    target = {fields[MeasureField.TARGET].name: "Инструкция"}
    assert await since(day, lambda: portal.change_item(refs[0], target)) == [
        f"мера №{refs[0].id}, объект изменения: было «Регламент отгрузки», стало «Инструкция»"
    ]
    assert await since(day, lambda: portal.items.pop(refs[0])) == [f"удалена мера №{refs[0].id} «Сверять отгрузку»"]


async def test_what_the_service_did_itself_is_not_told_as_somebody_elses_doing(day):
    """Its moves, its tasks and what it wrote on the card stand in the journal as commands."""
    await day.to_the_end()
    told = await observed(day)
    moves = [change["stage"] for change in told if change["kind"] == "moved"]
    assert moves == ["SURVEY"]  # made with the case, by the look at its source
    assert not [
        change["text"] for change in told if "«Комиссия»" in change["text"] or "«Сотрудник ОКК»" in change["text"]
    ]
    closed = [change["slot"].split(":")[0] for change in told if change["kind"] == "closed"]
    assert {"survey", "analysis", "measures", "vote", "measure", "final"} <= set(closed)


async def test_nothing_is_written_while_nothing_changes(day, desk):
    await day.look(SOURCE)
    await day.quiet()
    length = len(await desk.journal.read(str(day.case_key)))
    for _ in range(3):
        await day.look()
    assert len(await desk.journal.read(str(day.case_key))) == length


async def test_a_lost_database_begins_anew_with_everything_that_stands_there(day, desk):
    await day.until(Stage.FORMULATION)
    await day.quiet()
    before = len(await observed(day))
    await desk.witness._database.write(lambda connection: connection.execute(sa.delete(table)))
    await day.look()
    texts = [change["text"] for change in (await observed(day))[before:]]
    assert "«Вердикт»: «Частично корректный»" in texts
    assert any("«Опрос по итогам работы: Поставка» завершена" in text for text in texts)
    assert (await desk.journal.verify()).broken is None


async def test_an_observation_of_another_release_is_as_good_as_lost(day, desk):
    await day.until(Stage.ANALYSIS)
    await day.quiet()
    strange = sa.update(table).values(seen={"tasks": "другое"})
    await desk.witness._database.write(lambda connection: connection.execute(strange))
    before = len(await observed(day))
    await day.look()
    assert len(await observed(day)) > before


def test_an_observation_comes_back_from_the_database_as_it_was():
    for case in (a_case(), reached(Stage.CHANGES), reached(Stage.SUCCESS)):
        seen = observe(case, Observation())
        stored = json.loads(json.dumps(as_json(seen)))
        assert from_json(stored) == seen
        assert as_json(from_json(stored)) == stored


def test_a_long_text_is_kept_short_and_a_change_at_its_end_is_noticed_all_the_same():
    one, other = "а" * 100_000, "а" * 99_999 + "б"
    assert len(bounded(one)) < LONGEST_TEXT + 100
    assert bounded(one) != bounded(other)
    seen = observe(replace(a_case(), cause=one), Observation())
    assert seen.written[CaseField.CAUSE] == bounded(one)
