"""Definitions of smart processes: switches are written Y/N, relations and task binding "true"/"false"."""

from datetime import UTC, datetime

from bitrix.call import JSON, Answer
from bitrix.calls.types import SmartProcess, add_type, get_type, list_types, update_type

TYPE: dict[str, JSON] = {
    "id": 16,
    "title": "Анализ и коррекции",
    "code": "",
    "createdBy": 1,
    "entityTypeId": 1030,
    "customSectionId": None,
    "isCategoriesEnabled": "Y",
    "isStagesEnabled": "Y",
    "isDocumentsEnabled": "N",
    "createdTime": "2026-01-15T10:00:00+03:00",
    "relations": {
        "parent": [
            {"entityTypeId": 2, "isChildrenListEnabled": "Y", "isPredefined": "N"},
            {"entityTypeId": 1, "isChildrenListEnabled": "Y", "isPredefined": "N"},
        ],
        "child": [],
    },
    "linkedUserFields": {"CALENDAR_EVENT|UF_CRM_CAL_EVENT": "N", "TASKS_TASK|UF_CRM_TASK": "Y"},
    "customSections": [],
}


def test_a_definition_is_read_whole() -> None:
    call = get_type(1030)
    assert (call.method, call.params) == ("crm.type.getByEntityTypeId", {"entityTypeId": 1030})
    assert call.read(Answer({"type": TYPE})) == SmartProcess(
        id=16,
        entity_type_id=1030,
        title="Анализ и коррекции",
        flags={"isCategoriesEnabled": True, "isStagesEnabled": True, "isDocumentsEnabled": False},
        created_at=datetime(2026, 1, 15, 7, tzinfo=UTC),
        parent_ids=(2, 1),
        child_ids=(),
        task_binding=True,
    )


def test_a_list_knows_no_relations() -> None:
    row: dict[str, JSON] = {key: value for key, value in TYPE.items() if key not in ("relations", "linkedUserFields")}
    call = list_types({"title": "Анализ и коррекции"})
    assert call.params == {"filter": {"title": "Анализ и коррекции"}}
    page = call.read(Answer({"types": [row]}, total=1))
    assert [(found.id, found.parent_ids, found.task_binding) for found in page] == [(16, (), False)]


def test_a_new_process_is_written_in_the_portals_words() -> None:
    call = add_type(
        title="Мера", entity_type_id=1032, flags={"isStagesEnabled": True}, parents=(1030,), task_binding=True
    )
    assert (call.method, call.writes) == ("crm.type.add", True)
    assert call.params == {
        "fields": {
            "entityTypeId": 1032,
            "title": "Мера",
            "isStagesEnabled": "Y",
            "relations": {"parent": [{"entityTypeId": 1030, "isChildrenListEnabled": "true"}]},
            "linkedUserFields": {"TASKS_TASK|UF_CRM_TASK": "true"},
            # the linked field alone would be ignored
            "isUseInUserfieldEnabled": "Y",
        }
    }


def test_a_new_process_without_wishes_has_its_title_only() -> None:
    assert add_type(title="Мера").params == {"fields": {"title": "Мера"}}


def test_an_update_leaves_alone_what_is_not_given_and_empties_what_is_empty() -> None:
    assert update_type(16, title="Новое").params == {"id": 16, "fields": {"title": "Новое"}}
    assert update_type(16, parents=(2,), children=(), task_binding=False).params == {
        "id": 16,
        "fields": {
            "relations": {"parent": [{"entityTypeId": 2, "isChildrenListEnabled": "true"}], "child": []},
            "linkedUserFields": {"TASKS_TASK|UF_CRM_TASK": "false"},
        },
    }
    assert update_type(16).writes
