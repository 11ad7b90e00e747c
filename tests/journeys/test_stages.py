"""Every row of the stage table (design section 4) and the gate, played by people over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from sandbox.demo.office import (
    CONTENT,
    DEAL,
    DEVIATIONS,
    FIRST_REPLY,
    LEAD,
    LEAD_QUALITY,
    REACTION,
    RETAIL,
    SATISFACTION,
    STEPS,
    TERMS,
    TERMS_WHY,
    WHOLESALE,
    Office,
)
from sandbox.demo.people import until
from tests.journeys.conftest import Desk

CLEAN = {"Вердикт": "Абсолютно корректный"}
FAULTY = {
    "Вердикт": "Частично корректный",
    "Типы нарушений": ["Нарушены сроки стадии", "Ошибка в документах"],
    "Факты нарушений": ["Девять дней вместо трёх", "Старая цена в спецификации"],
    "Немедленная коррекция": "Спецификация переписана",
    "Последствия для клиента": "Ждал неделю",
    "Причина": "У стадии «КП» нет срока",
    "Возможны ли похожие случаи?": "В каждой оптовой сделке",
}
Quiet = Callable[[int], None]


def a_case(office: Office, title: str, funnel: str = WHOLESALE) -> int:
    return office.case_of(DEAL, office.won_deal(office.sellers[0], funnel, title))


def a_moment_later(office: Office) -> None:
    """The portal counts whole seconds; a person never acts twice within one."""
    office.company.control("clock", {"advance": 2})


def up_to_formulation(office: Office, title: str) -> int:
    case = a_case(office, title)
    office.answer_survey(case, CONTENT)
    office.analyse(case, FAULTY)
    office.wait_for_stage(case, "Формулирование мер")
    return case


def formulate(office: Office, case: int, *titles: str) -> None:
    task = office.task(case, "Сформулировать меры")
    inspector = office.owner(task)
    for title in titles:
        office.add_measure(inspector, case, title, "Изменение регламента", "Регламент продаж", "Отдел продаж")
    a_moment_later(office)
    inspector.complete(task)
    office.wait_for_stage(case, "Согласование")


def up_to_changes(office: Office, title: str, *measures: str) -> int:
    case = up_to_formulation(office, title)
    formulate(office, case, *measures)
    for vote in office.wait_for_tasks(case, "Согласовать меры", len(office.value(case, "Комиссия"))):
        office.vote(vote)
    office.wait_for_stage(case, "Изменения")
    return case


@pytest.mark.requirement("S1", "S14", "S15", "S16", "S17", "S18", "S37", "S62")
def test_clean_work_is_answered_analysed_rewarded_and_closed(office: Office, nothing_left_to_do: Quiet) -> None:
    """S14-S18, S24-S29, S37, S62."""
    case = a_case(office, "Кофемашина", RETAIL)
    survey = office.task(case, "Опрос")
    assert office.owner(survey) == office.sellers[0]
    assert office.cases.binding(case) in survey["ufCrmTask"]
    office.answer_survey(case, CONTENT)
    office.analyse(case, CLEAN)
    office.wait_for_stage(case, "Закрыт успешно")
    assert office.value(case, "Премиальные баллы") == 10
    nothing_left_to_do(case)


@pytest.mark.requirement("S11", "S17")
def test_a_survey_closed_without_an_answer_comes_back_and_says_which(office: Office, nothing_left_to_do: Quiet) -> None:
    """S11: what is required depends on what was answered."""
    case = a_case(office, "Чай")
    survey = office.task(case, "Опрос")
    office.answer_survey(case, {SATISFACTION: "Доволен", TERMS: "Нет", DEVIATIONS: ["Не было"]})
    assert "Опрос" in office.wait_for_note(case, TERMS_WHY)
    until(lambda: not office.is_closed(survey) or None, "опрос вернётся в работу")
    assert office.stage(case) == "Опрос"
    nothing_left_to_do(case)
    office.answer_survey(case, {TERMS_WHY: "Ждали юристов"})
    office.wait_for_stage(case, "Анализ")


def test_an_analysis_without_verdict_or_facts_comes_back(office: Office, nothing_left_to_do: Quiet) -> None:
    """S30, S31, S36."""
    case = a_case(office, "Сахар")
    office.answer_survey(case, CONTENT)
    task = office.task(case, "Анализ")
    office.owner(task).complete(task)
    assert "вердикт" in office.wait_for_note(case, "Не хватает")
    until(lambda: not office.is_closed(task) or None, "анализ вернётся в работу")
    nothing_left_to_do(case)
    a_moment_later(office)
    office.analyse(case, {**FAULTY, "Факты нарушений": ["Только один факт"]})
    assert "«Ошибка в документах: …»" in office.wait_for_note(case, "нет факта нарушения")
    assert office.stage(case) == "Анализ"


def test_the_commission_follows_from_the_violations_and_the_structure(office: Office) -> None:
    """S32, S33, S45: deadlines call sales and logistics, documents sales and legal."""
    case = up_to_formulation(office, "Комиссия")
    heads = {office.company.head_of(name).id for name in ("Отдел продаж", "Логистика", "Юридический отдел")}
    assert set(office.value(case, "Комиссия")) == heads


def test_measures_that_lack_something_are_named_back(office: Office, nothing_left_to_do: Quiet) -> None:
    """S35, R11."""
    case = up_to_formulation(office, "Неполная мера")
    task = office.task(case, "Сформулировать меры")
    inspector = office.owner(task)
    office.measures.add(inspector, "Мера без срока", (office.cases, case), {"Вид меры": "Изменение регламента"})
    inspector.complete(task)
    note = office.wait_for_note(case, "Мера без срока")
    assert "«Срок»" in note
    assert "«Подразделение»" in note
    until(lambda: not office.is_closed(task) or None, "задача вернётся в работу")
    nothing_left_to_do(case)


def test_a_refused_measure_goes_back_with_the_reason_and_an_edit_asks_everybody_anew(
    office: Office, nothing_left_to_do: Quiet
) -> None:
    """S47: rejection returns the set; votes are bound to what was voted on."""
    case = up_to_formulation(office, "Отказ")
    formulate(office, case, "Хорошая мера", "Спорная мера")
    size = len(office.value(case, "Комиссия"))
    votes = office.wait_for_tasks(case, "Согласовать меры", size)
    office.vote(votes[0], leave_out="Спорная мера")
    asked = office.wait_for_note(case, "причина не указана")
    assert "Напишите в результате задачи" in asked
    until(lambda: not office.is_closed(votes[0]) or None, "голос вернётся за причиной")
    a_moment_later(office)
    office.vote(votes[0], leave_out="Спорная мера", reason="Это не лечит причину")
    returned = office.wait_for_note(case, "Комплекс мер возвращён на доработку")
    assert "Спорная мера" in returned
    assert "Это не лечит причину" in returned
    office.wait_for_stage(case, "Формулирование мер")
    nothing_left_to_do(case)

    refused = next(m for m in office.measures.items({f"parentId{office.cases.entity_type_id}": case})
                   if m["title"] == "Спорная мера")  # fmt: skip
    task = office.task(case, "Сформулировать меры")
    inspector = office.owner(task)
    office.measures.fill(inspector, refused["id"], {"Ожидаемый результат": "Исправленная формулировка"})
    a_moment_later(office)
    inspector.complete(task)
    office.wait_for_stage(case, "Согласование")
    old = {vote["id"] for vote in votes}
    fresh = office.wait_for_tasks(case, "Согласовать меры", size, only=lambda vote: vote["id"] not in old)
    for vote in fresh:
        office.vote(vote)
    office.wait_for_stage(case, "Изменения")
    minutes = office.wait_for_note(case, "комплекс мер утверждён")
    assert "Исправленная формулировка" in minutes


def test_a_vote_closed_by_an_administrator_approves_nothing(office: Office, nothing_left_to_do: Quiet) -> None:
    """S47: the note names who closed it, and the member is asked again."""
    case = up_to_formulation(office, "Чужие руки")
    formulate(office, case, "Мера")
    vote = office.wait_for_tasks(case, "Согласовать меры")[0]
    until(lambda: office.company.admin.tick(vote) or None, "меры в чек-листе")
    office.company.admin.complete(vote)
    office.wait_for_note(case, "Голос не учтён")
    until(lambda: not office.is_closed(vote) or None, "голос вернётся участнику")
    assert office.stage(case) == "Согласование"
    nothing_left_to_do(case)


def test_every_measure_blocks_as_a_task_in_its_departments_kanban(office: Office, nothing_left_to_do: Quiet) -> None:
    """S50-S56."""
    case = up_to_changes(office, "Задачи", "Первая мера", "Вторая мера")
    tasks = office.change_tasks(case, 2)
    assert {task["title"] for task in tasks} == {"Первая мера", "Вторая мера"}
    columns = office.company.admin.call("task.stages.get", {"entityId": int(tasks[0]["groupId"])})
    titles = [column["TITLE"] for column in sorted(columns.values(), key=lambda column: int(column["SORT"]))]
    assert titles == ["Ожидает планирования", "В работе на тесте", "Тестирование", "Публикация", "Приёмка"]
    nothing_left_to_do(case)


def test_a_case_dragged_to_finalization_is_sent_back_once_with_the_reason(
    office: Office, nothing_left_to_do: Quiet
) -> None:
    """S57: the gate, layer 3; the one who moved the card is notified."""
    case = up_to_changes(office, "Гейт", "Долгая мера")
    head = office.company.head_of("Отдел продаж")
    for times in (1, 2):
        office.cases.move(head, office.wait_for_stage(case, "Изменения"), "Финализация")
        until(lambda: _gate_notes(office, case) == times or None, "гейт вернёт карточку")  # noqa: B023 - waits here
        office.wait_for_stage(case, "Изменения")
    notes = [note for note in office.notes(case) if "возвращён на стадию" in note]
    assert all("Долгая мера" in note for note in notes)
    told = office.company.control_get(f"notices?user_id={head.id}")
    assert any("Долгая мера" in str(notice) for notice in told)
    nothing_left_to_do(case)
    assert _gate_notes(office, case) == 2


def _gate_notes(office: Office, case: int) -> int:
    return sum("возвращён на стадию" in note for note in office.notes(case))


def test_a_person_who_puts_the_case_back_is_obeyed(office: Office, nothing_left_to_do: Quiet) -> None:
    """Design section 4: the task of that stage is renewed; the case stays until it is done again."""
    case = up_to_formulation(office, "Возврат человеком")
    head = office.company.head_of("Отдел контроля качества")
    office.cases.move(head, office.item(case), "Анализ")
    office.task(case, "Анализ")
    assert office.stage(case) == "Анализ"
    nothing_left_to_do(case)


@pytest.mark.requirement("S58", "S59", "S60", "S61", "S62", "S77")
def test_finalization_goes_step_by_step_and_ends_with_the_news(office: Office, nothing_left_to_do: Quiet) -> None:
    """S58-S62, S77."""
    case = up_to_changes(office, "Финал", "Единственная мера")
    [task] = office.change_tasks(case, 1)
    executor = office.owner(task)
    executor.log_hours(task, 2.5, "сделано")
    executor.complete(task)
    documents = office.task(case, "Опубликовать изменения в документации")
    assert not [t for t in office.tasks(case) if t["title"].startswith("Опубликовать изменения в Битрикс24")]
    office.owner(documents).complete(documents)
    assert "версию до и после" in office.wait_for_note(case, "Не хватает")
    until(lambda: not office.is_closed(documents) or None, "задача без результата вернётся в работу")
    a_moment_later(office)
    for title, result in STEPS.items():
        office.finish_step(case, title, result)
    office.confirm_news(case, "Теперь у стадии «КП» есть срок: три дня. Единственная мера выполнена.")
    office.wait_for_stage(case, "Закрыт успешно")
    post = office.company.admin.call("log.blogpost.get", {"POST_ID": int(office.value(case, "Номер новости"))})
    assert "Единственная мера выполнена" in str(post)
    assert office.value(case, "Новость прочитали").startswith("0 из ")
    assert office.value(case, "Затраты на коррекцию, ч") == 2.5
    nothing_left_to_do(case)


@pytest.mark.requirement("R20", "R21", "R27")
def test_measures_that_did_not_work_open_the_case_again(office: Office, nothing_left_to_do: Quiet) -> None:
    """R20, R21, R27: a person brings the check forward on the card; the reviewer answers there."""
    case = up_to_changes(office, "Проверка", "Слабая мера")
    [task] = office.change_tasks(case, 1)
    office.owner(task).complete(task)
    for title, result in STEPS.items():
        office.finish_step(case, title, result)
    office.confirm_news(case)
    office.wait_for_stage(case, "Закрыт успешно")
    office.wait_for_note(case, "Разбор закрыт")
    assert not [t for t in office.tasks(case) if t["title"].startswith("Проверить результативность")]
    head = office.company.head_of("Отдел контроля качества")
    yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011 - a person's calendar
    office.cases.fill(head, case, {"Дата проверки результативности": yesterday.isoformat()})
    check = office.task(case, "Проверить результативность")
    reviewer = office.owner(check)
    assert reviewer.id == int(office.value(case, "Проверяет результативность"))
    assert reviewer.id != int(office.value(case, "Сотрудник ОКК"))
    assert "По числам: данных мало" in office.value(case, "Данные проверки")
    reviewer.complete(check)
    assert "Результативность" in office.wait_for_note(case, "Не хватает")
    until(lambda: not office.is_closed(check) or None, "проверка без ответа вернётся в работу")
    a_moment_later(office)
    answer = {"Результативность": "Не результативно", "Вывод проверяющего": "Сроки нарушают по-прежнему"}
    office.cases.fill(reviewer, case, answer)
    reviewer.complete(check)
    office.wait_for_stage(case, "Формулирование мер")
    assert "Сроки нарушают по-прежнему" in office.wait_for_note(case, "Разбор открыт заново")
    office.task(case, "Сформулировать меры")
    nothing_left_to_do(case)


@pytest.mark.requirement("S23", "S26")
def test_a_service_request_of_the_companys_own_smart_process_is_asked_its_own_questions(office: Office) -> None:
    engineer, requests, number = office.complete_request("Кофемашина протекает")
    case = office.case_of(requests.entity_type_id, number)
    survey = office.task(case, "Опрос")
    assert office.owner(survey) == engineer
    asked = office.company.admin.call("tasks.task.get", {"taskId": survey["id"], "select": ["ID", "DESCRIPTION"]})
    assert REACTION in asked["task"]["description"]


@pytest.mark.requirement("S23", "S26")
def test_a_lead_has_its_own_questions_and_protocol(office: Office, nothing_left_to_do: Quiet) -> None:
    """S23, S26."""
    case = office.case_of(LEAD, office.junk_lead(office.sellers[1], "Заявка"))
    office.answer_survey(case, {LEAD_QUALITY: "Нет", FIRST_REPLY: 5, DEVIATIONS: ["Не было"]})
    task = office.task(case, "Анализ")
    inspector = office.owner(task)
    until(
        lambda: "Прослушать первый звонок" in str(inspector.call("task.checklistitem.getlist", [task["id"]])) or None,
        "протокол этой воронки",
    )
    office.analyse(case, CLEAN)
    office.wait_for_stage(case, "Закрыт успешно")
    nothing_left_to_do(case)


def test_a_source_closed_again_gets_a_second_round_and_no_duplicate(desk: Desk) -> None:
    """R27: reopened and closed again is another lesson."""
    office = desk.office
    seller = office.sellers[0]
    deal = office.won_deal(seller, RETAIL, "Дважды закрытая")
    first = office.case_of(DEAL, deal)
    seller.call("crm.item.update", {"entityTypeId": DEAL, "id": deal, "fields": {"stageId": "NEW"}})
    office.win(seller, deal, RETAIL)
    cases = until(lambda: (len(found := office.cases.items({"parentId2": deal})) == 2 and found) or None, "второй круг")
    assert {case["xmlId"] for case in cases} == {f"deal:{deal}#1", f"deal:{deal}#2"}
    assert first in {case["id"] for case in cases}
