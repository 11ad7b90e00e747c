"""Comments in the timeline."""

from datetime import UTC, datetime

from bitrix.call import Answer
from bitrix.calls.timeline import Comment, add_comment, list_comments
from bitrix.refs import ItemRef


def test_comments_of_an_item_newest_first() -> None:
    call = list_comments(ItemRef(1030, 24), start=50)
    assert call.params == {
        "filter": {"ENTITY_ID": 24, "ENTITY_TYPE": "dynamic_1030"},
        "select": ["ID", "COMMENT", "AUTHOR_ID", "CREATED"],
        "order": {"ID": "DESC"},
        "start": 50,
    }
    row = {"ID": "999", "COMMENT": "Возвращено", "AUTHOR_ID": "1", "CREATED": "2026-01-15T12:00:00+03:00"}
    page = call.read(Answer([row], total=1))
    assert page.rows == (Comment(999, "Возвращено", 1, datetime(2026, 1, 15, 9, tzinfo=UTC)),)


def test_a_comment_is_written_under_the_lower_cased_type() -> None:
    call = add_comment(ItemRef(2, 42), "Готово")
    assert (call.method, call.writes, call.read(Answer(999))) == ("crm.timeline.comment.add", True, 999)
    assert call.params == {"fields": {"ENTITY_ID": 42, "ENTITY_TYPE": "deal", "COMMENT": "Готово"}}
