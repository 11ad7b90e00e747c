"""The live feed."""

from datetime import UTC, datetime

from bitrix.call import JSON, Answer
from bitrix.calls.feed import Post, add_post, list_posts, readers_of_important


def test_a_post_to_departments() -> None:
    call = add_post("Новый регламент", "С 1 ноября", to=("DR4", "U5"), important=True)
    assert (call.method, call.writes, call.read(Answer(217))) == ("log.blogpost.add", True, 217)
    assert call.params == {
        "POST_TITLE": "Новый регламент",
        "POST_MESSAGE": "С 1 ноября",
        "DEST": ["DR4", "U5"],
        "IMPORTANT": "Y",
    }


def test_posts() -> None:
    call = list_posts(to=("UA",), since=datetime(2026, 1, 1, tzinfo=UTC), start=50)
    assert call.params == {"LOG_RIGHTS": ["UA"], "LOG_DATE_FROM": "2026-01-01T00:00:00+00:00", "start": 50}
    assert list_posts().params == {}
    assert list_posts(post_id=217).params == {"POST_ID": 217}
    row: dict[str, JSON] = {
        "ID": "217",
        "TITLE": "Новый регламент",
        "AUTHOR_ID": "1269",
        "DETAIL_TEXT": "С 1 ноября",
        "DATE_PUBLISH": "2026-01-17T15:29:15+03:00",
        "UF_BLOG_POST_DOC": {"VALUE": False},
        "FILES": [],
    }
    assert call.read(Answer([row], total=1)).rows == (
        Post(217, "Новый регламент", "С 1 ноября", 1269, datetime(2026, 1, 17, 12, 29, 15, tzinfo=UTC)),
    )


def test_who_read_it() -> None:
    call = readers_of_important(217)
    assert call.params == {"POST_ID": 217}
    assert call.read(Answer(["1269", "1271"])) == (1269, 1271)
