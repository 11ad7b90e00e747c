"""When items entered their stages."""

from datetime import UTC, datetime

import pytest

from bitrix.call import JSON, Answer
from bitrix.calls.stage_history import Entry, StageEntry, list_stage_history
from bitrix.tidy import Untidy

AS_DOCUMENTED: dict[str, JSON] = {
    "ID": 35,
    "TYPE_ID": 3,
    "OWNER_ID": 24,
    "CREATED_TIME": "2026-01-15T12:00:00+03:00",
    "CATEGORY_ID": 15,
    "STAGE_SEMANTIC_ID": "S",
    "STAGE_ID": "DT1030_15:SUCCESS",
}
# real portals answer with text
AS_RECORDED: dict[str, JSON] = {key: str(value) for key, value in AS_DOCUMENTED.items()}
OF_A_LEAD: dict[str, JSON] = {
    **{key: value for key, value in AS_DOCUMENTED.items() if not key.startswith(("STAGE", "CATEGORY"))},
    "STATUS_ID": "CONVERTED",
    "STATUS_SEMANTIC_ID": "S",
}


@pytest.mark.parametrize(
    ("row", "category_id", "stage_id"),
    [
        (AS_DOCUMENTED, 15, "DT1030_15:SUCCESS"),
        (AS_RECORDED, 15, "DT1030_15:SUCCESS"),
        (OF_A_LEAD, None, "CONVERTED"),
        ({**AS_DOCUMENTED, "CATEGORY_ID": "0", "STAGE_ID": "WON"}, 0, "WON"),
    ],
)
def test_an_entry_in_every_spelling(row: dict[str, JSON], category_id: int | None, stage_id: str) -> None:
    page = list_stage_history(1030, where={"OWNER_ID": 24}).read(Answer({"items": [row]}, total=1))
    assert page.rows == (
        StageEntry(35, Entry.FINISHED, 24, datetime(2026, 1, 15, 9, tzinfo=UTC), category_id, stage_id, "S"),
    )


def test_the_oldest_come_first_unless_asked_otherwise() -> None:
    assert list_stage_history(2, where={">ID": 100}, start=50).params == {
        "entityTypeId": 2,
        "order": {"ID": "ASC"},
        "filter": {">ID": 100},
        "start": 50,
    }
    assert list_stage_history(2, where={}, order={"ID": "DESC"}).params == {"entityTypeId": 2, "order": {"ID": "DESC"}}


def test_an_entry_without_a_moment_is_none() -> None:
    with pytest.raises(Untidy, match="CREATED_TIME"):
        list_stage_history(2, where={}).read(Answer({"items": [{**AS_DOCUMENTED, "CREATED_TIME": ""}]}))
