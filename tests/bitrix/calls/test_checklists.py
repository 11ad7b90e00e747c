"""Checklists: methods that count positions, headers that cannot be ticked."""

from datetime import UTC, datetime

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.checklists import (
    ChecklistItem,
    add_checklist_item,
    complete_checklist_item,
    list_checklist,
    renew_checklist_item,
)

HEADER: dict[str, JSON] = {
    "ID": "431",
    "TASK_ID": "8017",
    "PARENT_ID": 0,
    "TITLE": "Согласование",
    "SORT_INDEX": "0",
    "IS_COMPLETE": "N",
    "TOGGLED_BY": None,
    "TOGGLED_DATE": "",
    "MEMBERS": [],
    "ATTACHMENTS": [],
}
TICKED: dict[str, JSON] = {
    **HEADER,
    "ID": "477",
    "PARENT_ID": "431",
    "TITLE": "Мера 1",
    "SORT_INDEX": "1",
    "IS_COMPLETE": "Y",
    "TOGGLED_BY": "503",
    "TOGGLED_DATE": "2026-01-15T15:02:30+03:00",
    "ATTACHMENTS": {"1113": {"ATTACHMENT_ID": 1113}},
}


def test_headers_have_no_parent_and_rows_come_in_their_order() -> None:
    call = list_checklist(8017)
    assert (call.method, call.params) == ("task.checklistitem.getlist", [8017])
    header, row = call.read(Answer([TICKED, HEADER]))
    assert header == ChecklistItem(431, 8017, None, "Согласование", False, 0, None, None)
    assert row == ChecklistItem(477, 8017, 431, "Мера 1", True, 1, 503, datetime(2026, 1, 15, 12, 2, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("parent_id", "fields"),
    [
        (None, {"TITLE": "t", "IS_COMPLETE": "N"}),
        # 0 begins a new checklist
        (0, {"TITLE": "t", "IS_COMPLETE": "N", "PARENT_ID": 0}),
        (431, {"TITLE": "t", "IS_COMPLETE": "N", "PARENT_ID": 431}),
    ],
)
def test_a_new_row_goes_where_its_parent_says(parent_id: int | None, fields: dict[str, JSON]) -> None:
    call = add_checklist_item(8017, "t", parent_id)
    assert (call.method, call.params, call.writes) == ("task.checklistitem.add", [8017, fields], True)
    assert call.read(Answer(475)) == 475


def test_ticking() -> None:
    for call, method in (
        (complete_checklist_item(8017, 477), "task.checklistitem.complete"),
        (renew_checklist_item(8017, 477), "task.checklistitem.renew"),
    ):
        assert (call.method, call.params, call.writes) == (method, [8017, 477], True)
        assert call.read(Answer(True)) is True
        assert call.read(Answer(False)) is False
    assert add_checklist_item(1, "t", done=True).params == [1, {"TITLE": "t", "IS_COMPLETE": "Y"}]
