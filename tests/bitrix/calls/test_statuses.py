"""Stages."""

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.statuses import Stage, add_status, delete_status, list_statuses, stage_entity_id, update_status
from bitrix.tidy import Untidy


@pytest.mark.parametrize(
    ("entity_type_id", "category_id", "directory"),
    [
        (1, None, "STATUS"),
        (1, 0, "STATUS"),
        (2, 0, "DEAL_STAGE"),
        (2, None, "DEAL_STAGE"),
        (2, 5, "DEAL_STAGE_5"),
        (7, None, "QUOTE_STATUS"),
        (31, 4, "SMART_INVOICE_STAGE_4"),
        (1030, 15, "DYNAMIC_1030_STAGE_15"),
    ],
)
def test_the_directory_of_a_funnels_stages(entity_type_id: int, category_id: int | None, directory: str) -> None:
    assert stage_entity_id(entity_type_id, category_id) == directory


@pytest.mark.parametrize("entity_type_id", [3, 4, 1030, 31])
def test_some_types_have_no_stages_or_need_a_funnel(entity_type_id: int) -> None:
    with pytest.raises(ValueError, match="stages"):
        stage_entity_id(entity_type_id, None)


def row(**changes: JSON) -> dict[str, JSON]:
    return {
        "ID": "1073",
        "ENTITY_ID": "DYNAMIC_1030_STAGE_15",
        "STATUS_ID": "DT1030_15:NEW",
        "NAME": "Опрос",
        "NAME_INIT": "New",
        "SORT": "10",
        "SYSTEM": "Y",
        "CATEGORY_ID": "15",
        "COLOR": "#22B9FF",
        "SEMANTICS": None,
        **changes,
    }


def test_numbers_come_as_text_and_in_process_as_null() -> None:
    call = list_statuses({"ENTITY_ID": "DYNAMIC_1030_STAGE_15"})
    assert call.params == {"filter": {"ENTITY_ID": "DYNAMIC_1030_STAGE_15"}, "order": {"SORT": "ASC"}}
    (stage,) = call.read(Answer([row()], total=1))
    assert stage == Stage(1073, "DYNAMIC_1030_STAGE_15", "DT1030_15:NEW", "Опрос", 10, True, "P", 15)


@pytest.mark.parametrize(("semantics", "read"), [(None, "P"), ("", "P"), ("P", "P"), ("S", "S"), ("F", "F")])
def test_semantics(semantics: str | None, read: str) -> None:
    (stage,) = list_statuses({}).read(Answer([row(SEMANTICS=semantics)]))
    assert stage.semantics == read


def test_unknown_semantics_are_not_guessed() -> None:
    with pytest.raises(Untidy, match="SEMANTICS"):
        list_statuses({}).read(Answer([row(SEMANTICS="X")]))


def test_writing() -> None:
    add = add_status("DYNAMIC_1030_STAGE_15", "ANALYSIS", "Анализ", 20, "#FFA900")
    assert (add.method, add.writes, add.read(Answer(1083))) == ("crm.status.add", True, 1083)
    assert add.params == {
        "fields": {
            "ENTITY_ID": "DYNAMIC_1030_STAGE_15",
            "STATUS_ID": "ANALYSIS",
            "NAME": "Анализ",
            "SORT": 20,
            "COLOR": "#FFA900",
            "SEMANTICS": "",
        }
    }
    update = update_status(1083, name="Разбор", color="#000000")
    assert (update.writes, update.params) == (True, {"id": 1083, "fields": {"NAME": "Разбор", "COLOR": "#000000"}})
    assert delete_status(1083).params == {"id": 1083}
    assert delete_status(1083, forced=True).params == {"id": 1083, "params": {"FORCED": "Y"}}
    assert delete_status(1083).writes
