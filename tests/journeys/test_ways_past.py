"""When the changes don't get done: a task is deleted, somebody answers for the rest, the case is given up."""

from __future__ import annotations

import pytest

from sandbox.demo.office import Office
from sandbox.demo.people import until
from tests.journeys.test_stages import Quiet, a_moment_later, up_to_changes, up_to_formulation

WAITING = "Задачи мер"


@pytest.mark.requirement("S56")
def test_a_deleted_blocking_task_waits_for_a_named_person(office: Office, nothing_left_to_do: Quiet) -> None:
    """The administrator tidies up; the seller may not decide, the inspector does."""
    case = up_to_changes(office, "Удалённая задача", "Нужная мера")
    (task,) = office.change_tasks(case, 1)
    measure = office.measures.items({f"parentId{office.cases.entity_type_id}": case})[0]["id"]
    until(lambda: office.measures.value(office.measures.items({"id": measure})[0], "Номер задачи"), "номер задачи")
    office.company.admin.call("tasks.task.delete", {"taskId": task["id"]})
    office.wait_for_note(case, f"Задача №{task['id']}")
    nothing_left_to_do(case)
    office.measures.fill(office.sellers[0], measure, {"Если задача удалена": "Работа больше не нужна"})
    office.wait_for_note(case, "не принято")
    assert office.stage(case) == "Изменения"
    inspector = office.company.person(int(office.value(case, "Сотрудник ОКК")))
    office.measures.fill(inspector, measure, {"Если задача удалена": "Поставить задачу снова"})
    (again,) = office.change_tasks(case, 1)
    assert again["id"] != task["id"]
    office.owner(again).complete(again)
    office.wait_for_stage(case, "Финализация")
    assert office.value(case, WAITING) == "Закрыто 1 из 1"


@pytest.mark.requirement("R15", "S57")
def test_the_head_of_quality_answers_for_a_case_that_cannot_wait(office: Office, nothing_left_to_do: Quiet) -> None:
    case = up_to_changes(office, "Пропуск", "Долгое обучение")
    (task,) = office.change_tasks(case, 1)
    head = office.company.head_of("Отдел контроля качества")
    office.cases.fill(head, case, {"Основание пропуска": "Обучение закончат до пятницы"})
    office.cases.move(head, office.item(case), "Финализация")
    note = office.wait_for_note(case, "под свою ответственность")
    assert "Обучение закончат до пятницы" in note
    assert "Долгое обучение" in note
    nothing_left_to_do(case)
    assert office.stage(case) == "Финализация"
    assert not office.is_closed(task)
    assert not office.cases.value(office.item(case), "Основание пропуска")


def test_a_case_is_given_up_with_a_reason_and_taken_up_again(office: Office, nothing_left_to_do: Quiet) -> None:
    case = up_to_formulation(office, "Отмена")
    task = office.task(case, "Сформулировать меры")
    inspector = office.owner(task)
    office.cases.move(inspector, office.item(case), "Отменён")
    assert "Причина отмены" in office.wait_for_note(case, "Разбор не отменён")
    office.wait_for_stage(case, "Формулирование мер")
    a_moment_later(office)
    office.cases.fill(inspector, case, {"Причина отмены": "Сделка заведена по ошибке"})
    office.cases.move(inspector, office.item(case), "Отменён")
    assert "Сделка заведена по ошибке" in office.wait_for_note(case, "Разбор отменён")
    assert office.is_closed(task)
    nothing_left_to_do(case)
    a_moment_later(office)
    office.cases.move(inspector, office.item(case), "Формулирование мер")
    assert office.task(case, "Сформулировать меры")["id"] == task["id"]


@pytest.mark.requirement("S81")
def test_a_deleted_card_is_no_way_out(office: Office) -> None:
    """The event of the deletion alone brings it about: tasks are put away, the deal gets a new case, somebody hears."""
    case = up_to_formulation(office, "Удалённая карточка")
    deal = office.item(case)["parentId2"]
    office.company.admin.call("crm.item.delete", {"entityTypeId": office.cases.entity_type_id, "id": case})
    again = until(
        lambda: [each for each in office.cases.items({"parentId2": deal}) if each["id"] != case], "новый разбор"
    )
    assert [office.stage(each["id"]) for each in again] == ["Опрос"]
    assert all(office.is_closed(task) for task in office.tasks(case))
    head = office.company.head_of("Отдел контроля качества")
    told = str(office.company.control_get(f"notices?user_id={head.id}"))
    assert f"Карточка разбора №{case} («Удалённая карточка») удалена" in told
