"""Hours written down for tasks."""

from datetime import UTC, datetime

from bitrix.call import Answer
from bitrix.calls.elapsed_time import Elapsed, add_elapsed, list_elapsed
from bitrix.wire import encode


def test_records_come_as_text_on_numbered_pages() -> None:
    call = list_elapsed(691, number=2)
    assert call.params == [
        691,
        {"ID": "asc"},
        {">ID": 0},
        ["*"],
        {"NAV_PARAMS": {"nPageSize": 50, "iNumPage": 2}},
    ]
    row = {
        "ID": "1",
        "TASK_ID": "691",
        "USER_ID": "5",
        "COMMENT_TEXT": "разбор",
        "SECONDS": "3600",
        "MINUTES": "60",
        "SOURCE": "2",
        "CREATED_DATE": "2026-01-15T10:33:00+02:00",
    }
    page = call.read(Answer([row], total=51))
    assert page.rows == (Elapsed(1, 691, 5, 3600, "разбор", datetime(2026, 1, 15, 8, 33, tzinfo=UTC)),)
    assert page.total == 51


def test_every_position_can_be_said_in_a_batch() -> None:
    assert encode(list_elapsed(1).params).startswith("0=1&1%5BID%5D=asc&2%5B%3EID%5D=0&3%5B0%5D=%2A&4")


def test_writing_hours_down() -> None:
    assert add_elapsed(691, 3600, "разбор").params == [691, {"SECONDS": 3600, "COMMENT_TEXT": "разбор"}]
    call = add_elapsed(691, 60, "x", user_id=5)
    assert call.params == [691, {"SECONDS": 60, "COMMENT_TEXT": "x", "USER_ID": 5}]
    assert (call.writes, call.read(Answer(5))) == (True, 5)
