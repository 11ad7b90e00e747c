"""``log.blogpost.*``: api-reference/log/. Flat upper-case parameters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from sandbox.portal.blog_post_fields import POST_FIELDS
from sandbox.portal.clock import iso
from sandbox.portal.drive import USER, Right
from sandbox.portal.errors import RestError
from sandbox.portal.feed import EVERYONE, Post
from sandbox.portal.loose import as_flag, as_int, as_list, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, PAGE, Answer, Caller, Params, page, rest_method
from sandbox.portal.staff import User

MOST_READERS = 500
MOST_ROWS = 200


@rest_method("log.blogpost.add", scope="log", docs="api-reference/log/log-blogpost-add.md")
def add_post(portal: Portal, caller: Caller, params: Params) -> JSON:
    """For everyone unless ``DEST`` says otherwise; an administrator may write as somebody else (``USER_ID``)."""
    fields = params.upper().raw
    text = (as_text(fields.get("POST_MESSAGE")) or "").strip()
    if not text:
        raise RestError("SONET_CONTROLLER_LIVEFEED_BLOGPOST_ADD_ERROR", "Blog post hasn't been added")
    audience = read_audience(portal, fields)
    if audience is not None and not audience:
        raise RestError("SONET_CONTROLLER_LIVEFEED_BLOGPOST_ADD_ERROR", "No destination specified")
    author = acting_user(portal, caller, fields)
    post = portal.feed.add(
        text,
        author=author,
        title=(as_text(fields.get("POST_TITLE")) or "").strip(),
        audience=audience or (EVERYONE,),
        important=bool(as_flag(fields.get("IMPORTANT"))),
        important_until=read_moment(fields.get("IMPORTANT_DATE_END")),
        tags=read_tags(fields.get("TAGS")),
        files=read_files(portal, author, fields),
    )
    return post.id


@rest_method("log.blogpost.update", scope="log", docs="api-reference/log/log-blogpost-update.md")
def update_post(portal: Portal, caller: Caller, params: Params) -> JSON:
    """With a new text alone the title is lost, as the page says."""
    fields = params.upper().raw
    post = portal.feed.get(as_int(fields.get("POST_ID")) or 0)
    if (as_int(fields.get("POST_ID")) or 0) <= 0:
        raise update_error("Wrong post ID")
    if post is None:
        raise update_error("No post found")
    if post.author != caller.user_id and not caller.admin:
        raise update_error("No write perms")
    changes: dict[str, object] = {}
    if not fields.get("POST_TITLE") and not fields.get("POST_MESSAGE"):
        raise RestError("EMPTY_TITLE", "Не указан заголовок сообщения")
    changes["title"] = (as_text(fields.get("POST_TITLE")) or "").strip()
    if fields.get("POST_MESSAGE"):
        changes["text"] = (as_text(fields["POST_MESSAGE"]) or "").strip()
    audience = read_audience(portal, fields)
    if audience:
        changes["audience"] = audience
    if "IMPORTANT" in fields:
        changes["important"] = bool(as_flag(fields["IMPORTANT"]))
    if "IMPORTANT_DATE_END" in fields:
        changes["important_until"] = read_moment(fields["IMPORTANT_DATE_END"])
    portal.feed.update(post, **changes)
    return post.id


@rest_method("log.blogpost.delete", scope="log", docs="api-reference/log/log-blogpost-delete.md")
def delete_post(portal: Portal, caller: Caller, params: Params) -> JSON:
    post = portal.feed.get(as_int(params.upper().get("POST_ID")) or 0)
    if post is None:
        raise RestError("100", "Wrong post ID")
    if post.author != caller.user_id and not caller.admin:
        raise RestError("403", "У вас нет прав на удаление этого сообщения")
    portal.feed.delete(post)
    return True


@rest_method("log.blogpost.get", scope="log", docs="api-reference/log/log-blogpost-get.md")
def get_posts(portal: Portal, caller: Caller, params: Params) -> Answer:
    """What the caller may see, newest first; with ``FIRST_ID`` or ``LAST_ID`` a page by cursor of ``LIMIT`` rows."""
    fields = params.upper()
    posts = [post for post in portal.feed.all() if portal.feed.can_see(post, caller.user_id)]
    rights = {as_text(code) for code in fields.values("LOG_RIGHTS")}
    if fields.has("POST_ID"):
        posts = [post for post in posts if post.id == as_int(fields.get("POST_ID"))]
    elif rights:
        posts = [post for post in posts if rights & set(post.audience)]
    since, until = read_moment(fields.get("LOG_DATE_FROM")), read_moment(fields.get("LOG_DATE_TO"))
    posts = [post for post in posts if within(post.published, since, until)]
    posts.sort(key=lambda post: post.id, reverse=True)
    first, last = as_int(fields.get("FIRST_ID")), as_int(fields.get("LAST_ID"))
    if first is None and last is None:
        return page([show(post, len(portal.feed.comments(post.id))) for post in posts], fields.start("START"))
    wanted = as_int(fields.get("LIMIT")) or 0
    limit = min(wanted, MOST_ROWS) if wanted > 0 else PAGE
    if first is not None:
        found = [post for post in reversed(posts) if post.id > first]
    else:
        found = [post for post in posts if post.id < (last or 0)]
    return Answer([show(post, len(portal.feed.comments(post.id))) for post in found[:limit]])


@rest_method(
    "log.blogpost.getusers.important", scope="log", docs="api-reference/log/log-blogpost-getusers-important.md"
)
def important_readers(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Nobody, for a post the caller may not see."""
    post_id = as_int(params.upper().get("POST_ID")) or 0
    post = portal.feed.get(post_id)
    if post_id <= 0:
        raise RestError("", "Wrong post ID")
    if post is None or not portal.feed.can_see(post, caller.user_id):
        return []
    return [str(user_id) for user_id in post.readers][:MOST_READERS]


@rest_method("log.blogpost.share", scope="log", docs="api-reference/log/log-blogpost-share.md")
def share_post(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    post_id = as_int(fields.get("POST_ID")) or 0
    post = portal.feed.get(post_id)
    if post_id <= 0 or post is None:
        raise RestError("", "Wrong post ID")
    if not fields.get("DEST"):
        raise RestError("", "Wrong destinations")
    user_id = acting_user(portal, caller, fields)
    if not portal.feed.can_see(post, user_id) and not caller.admin:
        raise RestError("", "No read perms")
    codes = [as_text(code) or "" for code in as_list(fields.get("DEST"))]
    if not all(portal.feed.knows(code) for code in codes):
        raise RestError("", "Нет доступа к одному или нескольким адресатам сообщения")
    portal.feed.share(post, codes)
    return True


def update_error(words: str) -> RestError:
    return RestError("SONET_CONTROLLER_LIVEFEED_BLOGPOST_UPDATE_ERROR", words)


def acting_user(portal: Portal, caller: Caller, fields: Mapping[str, JSON]) -> int:
    user: User | None = portal.staff.user(as_int(fields.get("USER_ID")) or 0) if caller.admin else None
    return user.id if user else caller.user_id


def read_audience(portal: Portal, fields: Mapping[str, JSON]) -> tuple[str, ...] | None:
    """Codes that exist; ``None`` when nothing was said. ``SPERM`` is the older name."""
    sent = fields.get("DEST", fields.get("SPERM"))
    if sent is None:
        return None
    codes = dict.fromkeys(as_text(code) or "" for code in as_list(sent))
    return tuple(code for code in codes if portal.feed.knows(code))


def read_tags(value: JSON) -> tuple[str, ...]:
    return tuple(word.strip() for word in (as_text(value) or "").split(",") if word.strip())


def read_files(portal: Portal, user_id: int, fields: Mapping[str, JSON]) -> tuple[int, ...]:
    """Files of the drive by their numbers (``n505``), those that are not there left out, and uploaded ones."""
    codes = (as_text(code) or "" for code in as_list(fields.get("UF_BLOG_POST_FILE")))
    numbers = [int(code[1:]) for code in codes if code[:1] == "n" and code[1:].isdigit()]
    files = [file for file in map(portal.drive.get, numbers) if file is not None and file.is_file]
    known = [file.id for file in files if portal.drive.may(user_id, file, Right.READ)]
    return (*known, *upload(portal, user_id, fields))


def upload(portal: Portal, user_id: int, fields: Mapping[str, JSON]) -> list[int]:
    """``FILES [[name, base64]]`` onto the drive of the author: ids of the files. What is no base64 is passed over."""
    user = portal.staff.user(user_id)
    storage = portal.drive.storage_of(USER, str(user_id), user.full_name if user else "")
    folder = portal.drive.get(storage.root)
    made: list[int] = []
    for pair in as_list(fields.get("FILES")):
        parts = [as_text(part) or "" for part in as_list(pair)]
        if folder is None or len(parts) != 2 or not all(parts):
            continue
        try:
            content = base64.b64decode(parts[1], validate=True)
        except (binascii.Error, ValueError):
            continue
        made.append(portal.drive.add_file(folder, parts[0], content, by=user_id, unique=True).id)
    return made


def within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or moment >= since) and (until is None or moment <= until)


def show(post: Post, comments: int) -> dict[str, JSON]:
    """A post without a title is a "micro" one, and shows the beginning of its text instead."""
    values: dict[str, JSON] = {
        "UF_BLOG_POST_DOC": False,
        "UF_BLOG_POST_FILE": list(post.files) or False,
        "UF_BLOG_POST_IMPRTNT": "1" if post.important else None,
        "UF_IMPRTANT_DATE_END": iso(post.important_until) if post.important_until else "",
    }
    return {
        "ID": str(post.id),
        "BLOG_ID": str(post.author),
        "PUBLISH_STATUS": "P",
        "TITLE": post.title or post.text[:100],
        "AUTHOR_ID": str(post.author),
        "ENABLE_COMMENTS": "Y",
        "NUM_COMMENTS": str(comments),
        "CODE": None,
        "MICRO": "N" if post.title else "Y",
        "DETAIL_TEXT": post.text,
        "DATE_PUBLISH": iso(post.published),
        "CATEGORY_ID": ",".join(str(number) for number, _ in enumerate(post.tags, start=1)),
        "HAS_SOCNET_ALL": "Y" if EVERYONE in post.audience else "N",
        "HAS_TAGS": "Y" if post.tags else "N",
        "HAS_IMAGES": "N",
        "HAS_PROPS": "Y",
        "HAS_COMMENT_IMAGES": None,
        **{name: described.describe(post.id, values.get(name)) for name, described in POST_FIELDS.items()},
        "FILES": list(post.files),
    }
