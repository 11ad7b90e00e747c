"""Posts of the live feed, «Лента новостей» (``log.blogpost.*``, scope ``log``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bitrix.call import JSON, Answer, Call, Page, given
from bitrix.readers import Row, new_id, page
from bitrix.tidy import as_datetime, as_id, as_ids, as_int, as_text


@dataclass(frozen=True)
class Post:
    id: int
    title: str
    text: str
    author_id: int | None
    published_at: datetime | None


def add_post(title: str, text: str, to: Sequence[str] = ("UA",), important: bool = False) -> Call[int]:
    """The id of the post. ``to`` names who sees it: ``UA`` everybody, ``SG77`` a group, ``U5`` a person,
    ``DR4`` a department. An important post asks to be marked as read, see `readers_of_important`.

    A post has no external id: keep this one. Source: api-reference/log/log-blogpost-add.md.
    """
    params: dict[str, JSON] = {
        "POST_TITLE": title,
        "POST_MESSAGE": text,
        "DEST": list(to),
        "IMPORTANT": "Y" if important else "N",
    }
    return Call("log.blogpost.add", params, read=new_id, writes=True)


def list_posts(
    *,
    post_id: int | None = None,
    to: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    start: int | None = None,
) -> Call[Page[Post]]:
    """Posts the caller may see, 50 a page. ``post_id`` alone, or ``to`` (as in `add_post`): the portal ignores ``to``
    when both are given. There is no filter by title or text, and the order is not documented.

    Source: api-reference/log/log-blogpost-get.md.
    """
    return Call(
        "log.blogpost.get",
        given(
            POST_ID=post_id,
            LOG_RIGHTS=list(to),
            LOG_DATE_FROM=_moment(since),
            LOG_DATE_TO=_moment(until),
            start=start,
        ),
        read=page(_read),
    )


def readers_of_important(post_id: int) -> Call[tuple[int, ...]]:
    """Who marked an important post as read, at most 500 people.

    Source: api-reference/log/log-blogpost-getusers-important.md.
    """
    return Call("log.blogpost.getusers.important", {"POST_ID": post_id}, read=_read_ids)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")


def _read(row: Row) -> Post:
    return Post(
        id=as_int(row.get("ID"), "ID"),
        title=as_text(row.get("TITLE"), "TITLE"),
        text=as_text(row.get("DETAIL_TEXT"), "DETAIL_TEXT"),
        author_id=as_id(row.get("AUTHOR_ID"), "AUTHOR_ID"),
        published_at=as_datetime(row.get("DATE_PUBLISH"), "DATE_PUBLISH"),
    )


def _read_ids(answer: Answer) -> tuple[int, ...]:
    return as_ids(answer.result, "result")
