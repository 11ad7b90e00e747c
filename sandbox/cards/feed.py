"""The news feed: posts, the important ones with their button, a new post."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from sandbox.cards import addresses, page
from sandbox.cards.visit import Row, Visit, read_rows
from sandbox.cards.wording import Wording
from sandbox.portal.feed import EVERYONE, split_code
from sandbox.portal.loose import as_int, as_list, as_text
from sandbox.portal.php import JSON


@dataclass(frozen=True)
class Post:
    id: int
    author: int
    moment: JSON
    title: str
    """Empty for a post without one."""
    text: JSON
    audience: tuple[str, ...]
    important: bool
    readers: tuple[int, ...]
    """Who said they have read it; asked for important posts only."""


def show_feed(visit: Visit) -> Response:
    start = max(visit.query.number("start"), 0)
    answer = visit.answer("log.blogpost.get", {"START": start})
    posts = [post(visit, row) for row in read_rows(answer.result)]
    return page.render(
        visit, "feed.html", "Лента", posts=posts, start=start, next=answer.next, audience=audiences(visit)
    )


def show_post(visit: Visit) -> Response:
    rows = visit.rows("log.blogpost.get", {"POST_ID": visit.number("post")})
    if not rows:
        raise page.absent("Сообщение не найдено или доступ к нему запрещён")
    return page.render(visit, "feed.html", "Сообщение", posts=[post(visit, rows[0])], start=0, next=None, audience=[])


def post(visit: Visit, row: Row) -> Post:
    number = as_int(row["ID"]) or 0
    kept = visit.portal.feed.get(number)
    important = kept is not None and kept.important
    readers = as_list(visit.call("log.blogpost.getusers.important", {"POST_ID": number})) if important else []
    return Post(
        id=number,
        author=as_int(row["AUTHOR_ID"]) or 0,
        moment=row["DATE_PUBLISH"],
        title=as_text(row["TITLE"]) or "" if row["MICRO"] == "N" else "",
        text=row["DETAIL_TEXT"],
        audience=tuple(audience(visit, code) for code in kept.audience) if kept else (),
        important=important,
        readers=tuple(as_int(reader) or 0 for reader in readers),
    )


def audience(visit: Visit, code: str) -> str:
    """``DR4`` in words."""
    kind, number = split_code(code)
    if code == EVERYONE:
        return "Все сотрудники"
    if kind == "U":
        return Wording(visit.portal).name(number)
    found = visit.portal.workgroups.get(number) if kind == "SG" else visit.portal.staff.department(number)
    return found.name if found else code


def audiences(visit: Visit) -> list[tuple[str, str]]:
    """Whom one can write to: code and words."""
    portal = visit.portal
    return [
        (EVERYONE, "Все сотрудники"),
        *((f"DR{department.id}", department.name) for department in portal.staff.departments()),
        *((f"SG{group.id}", f"Группа «{group.name}»") for group in portal.workgroups.all()),
        *((f"U{user.id}", user.full_name) for user in portal.staff.users() if user.active),
    ]


def write(visit: Visit) -> str:
    told: Row = {
        "POST_TITLE": visit.form.text("title"),
        "POST_MESSAGE": visit.form.text("text"),
        "DEST": [visit.form.text("audience") or EVERYONE],
        "IMPORTANT": "Y" if visit.form.text("important") else "N",
    }
    visit.call("log.blogpost.add", told)
    return addresses.FEED


def mark_read(visit: Visit) -> str:
    """The button under an important post has no method."""
    feed = visit.portal.feed
    found = feed.get(visit.form.number("post"))
    if found is None or not feed.can_see(found, visit.person.id):
        raise page.absent("Сообщение не найдено")
    feed.mark_read(found, visit.person.id)
    return visit.path


def delete(visit: Visit) -> str:
    visit.call("log.blogpost.delete", {"POST_ID": visit.form.number("post")})
    return addresses.FEED


ACTIONS: dict[str, page.Act] = {"write": write, "read": mark_read, "delete": delete}
