"""Columns of a kanban."""

from bitrix.call import JSON, Answer
from bitrix.calls.kanban import (
    KanbanStage,
    add_kanban_stage,
    delete_kanban_stage,
    list_kanban,
    move_task,
    update_kanban_stage,
)


def test_columns_come_as_a_map_and_leave_in_their_order() -> None:
    stage: dict[str, JSON] = {
        "TITLE": "Новые",
        "COLOR": "00C4FB",
        "SYSTEM_TYPE": "NEW",
        "ENTITY_ID": "77",
        "ENTITY_TYPE": "G",
    }
    answer: dict[str, JSON] = {
        "6": {**stage, "ID": "6", "TITLE": "Приёмка", "SORT": "200", "SYSTEM_TYPE": None},
        "5": {**stage, "ID": "5", "SORT": "100"},
    }
    call = list_kanban(77)
    assert (call.method, call.params) == ("task.stages.get", {"entityId": 77})
    assert call.read(Answer(answer)) == (
        KanbanStage(5, "Новые", 100, "00C4FB", "NEW", 77),
        KanbanStage(6, "Приёмка", 200, "00C4FB", None, 77),
    )
    assert call.read(Answer([])) == ()


def test_writing_columns() -> None:
    add = add_kanban_stage(77, "Тестирование", "#FFAB00", 5)
    assert (add.method, add.writes, add.read(Answer(9))) == ("task.stages.add", True, 9)
    assert add.params == {"fields": {"TITLE": "Тестирование", "ENTITY_ID": 77, "AFTER_ID": 5, "COLOR": "FFAB00"}}
    assert add_kanban_stage(77, "x").params == {"fields": {"TITLE": "x", "ENTITY_ID": 77, "AFTER_ID": 0}}
    update = update_kanban_stage(9, title="Публикация", after_id=5)
    assert (update.writes, update.params) == (True, {"id": 9, "fields": {"TITLE": "Публикация", "AFTER_ID": 5}})
    delete = delete_kanban_stage(9)
    assert (delete.writes, delete.params) == (True, {"id": 9})
    move = move_task(8017, 9)
    assert (move.method, move.writes, move.params) == ("task.stages.movetask", True, {"id": 8017, "stageId": 9})


def test_an_administrator_may_skip_the_rights_of_the_group() -> None:
    assert list_kanban(77, as_admin=True).params == {"entityId": 77, "isAdmin": True}
    assert delete_kanban_stage(9, as_admin=True).params == {"id": 9, "isAdmin": True}
