"""``im.notify.get``, ``.read``, ``.history.search``, ``.answer`` and neighbours: what a user does with their bell
(api-reference/chats/notifications/). How notices get there is in ``notifications.py``."""

from __future__ import annotations

from datetime import timedelta

from sandbox.portal import chat_view
from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_text, is_array
from sandbox.portal.moments import read_moment
from sandbox.portal.notices import SYSTEM, Notice
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method

PAGES = "api-reference/chats/notifications"

MOST_NOTICES = 50
FROM_SOMEBODY, FROM_SYSTEM = 2, 4
"""``notify_type``. 1, which asks to be confirmed, is not made through REST."""

SHORTEST_SEARCH = 3

SCHEMA: dict[str, JSON] = {
    "rest": {
        "NAME": "Приложения",
        "MODULE_ID": "rest",
        "LIST": [{"ID": "rest|rest_notify", "NAME": "Уведомления приложений"}],
    },
}
"""Kinds of notices there are here: those of applications and webhooks."""


@rest_method("im.notify.get", scope="im", docs=f"{PAGES}/im-notify-get.md")
def get_notices(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Newest first; with ``LAST_ID`` those before it."""
    fields = params.upper()
    if (fields.get("LAST_ID") is None) is not (fields.get("LAST_TYPE") is None):
        raise RestError("LAST_ID_AND_LAST_TYPE", "Parameters LAST_ID and LAST_TYPE should be used together")
    last = read_last(fields)
    notices = portal.notices.of_user(caller.user_id)
    older = [notice for notice in reversed(notices) if last is None or notice.id < last]
    shown = older[: read_limit(fields)]
    return {
        "total_count": len(notices),
        "total_unread_count": sum(not notice.read for notice in notices),
        "chat_id": portal.notices.chat_of(caller.user_id),
        "notifications": [show(portal, notice) for notice in shown],
        "users": senders(portal, shown),
    }


@rest_method("im.notify.history.search", scope="im", docs=f"{PAGES}/im-notify-history-search.md")
def search_notices(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    text = (as_text(fields.get("SEARCH_TEXT")) or "").casefold()
    types = [as_text(kind) or "" for kind in (fields.get("SEARCH_TYPE"), *as_list(fields.get("SEARCH_TYPES"))) if kind]
    authors = [as_int(author) for author in as_list(fields.get("SEARCH_AUTHORS"))]
    day = read_moment(fields.get("SEARCH_DATE"))
    since, until = read_moment(fields.get("SEARCH_DATE_FROM")), read_moment(fields.get("SEARCH_DATE_TO"))
    between = since is not None and until is not None
    if not (types or authors or day or between) and len(text) < SHORTEST_SEARCH:
        raise RestError("SEARCH_TEXT_ERROR", "SEARCH_TEXT can't be less then 3 symbols")
    if day is not None:
        since = day.replace(hour=0, minute=0, second=0)
        until = since + timedelta(days=1) - timedelta(seconds=1)
    tag = as_text(fields.get("GROUP_TAG")) or ""
    found = [
        notice
        for notice in reversed(portal.notices.of_user(caller.user_id))
        if text in notice.text.casefold()
        and (not types or any(kind in ("rest", "rest|rest_notify") for kind in types))
        and (not authors or notice.author in authors)
        and (since is None or notice.at >= since)
        and (until is None or notice.at <= until)
        and (not tag or tag in (notice.tag, notice.sub_tag))
    ]
    last = read_last(fields)
    shown = [notice for notice in found if last is None or notice.id < last][: read_limit(fields)]
    return {
        "chat_id": portal.notices.chat_of(caller.user_id),
        "total_results": len(found),
        "notifications": [show(portal, notice) for notice in shown],
        "users": senders(portal, shown),
    }


@rest_method("im.notify.read", scope="im", docs=f"{PAGES}/im-notify-read.md")
def read_notices(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``ID`` and every later one, or with ``ONLY_CURRENT`` ``Y`` that one alone. Without ``ID`` nothing changes."""
    fields = params.upper()
    first = as_int(fields.get("ID"))
    if first is not None and first >= 0:
        alone = as_flag(fields.get("ONLY_CURRENT")) is True
        read = as_flag(fields.get("ACTION")) is not False
        portal.notices.set_read(
            caller.user_id, lambda notice: notice.id == first if alone else notice.id >= first, read=read
        )
    return True


@rest_method("im.notify.read.list", scope="im", docs=f"{PAGES}/im-notify-read-list.md")
def read_listed(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    if not is_array(fields.get("IDS")):
        raise RestError("PARAMS_ERROR", "No IDS param or it is not an array")
    listed = {as_int(number) for number in as_list(fields.get("IDS"))}
    read = as_flag(fields.get("ACTION")) is not False
    portal.notices.set_read(caller.user_id, lambda notice: notice.id in listed, read=read)
    return True


@rest_method("im.notify.read.all", scope="im", docs=f"{PAGES}/im-notify-read-all.md")
def read_all(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.notices.set_read(caller.user_id, lambda notice: True, read=True)
    return {"result": True, "newCounter": 0}


@rest_method("im.notify.answer", scope="im", docs=f"{PAGES}/im-notify-answer.md")
def answer(portal: Portal, caller: Caller, params: Params) -> JSON:
    """An answer goes into the private conversation with the sender (unverified). ``false`` for a notice that cannot be
    answered: there is none, or the system sent it (unverified)."""
    fields = params.upper()
    notice_id = require_notice_id(fields)
    text = (as_text(fields.get("ANSWER_TEXT")) or "").strip()
    if not text:
        raise RestError("ANSWER_TEXT_ERROR", "ANSWER_TEXT can't be empty")
    notice = portal.notices.get(notice_id)
    if notice is None or notice.user_id != caller.user_id or notice.kind == SYSTEM:
        return False
    portal.chats.say(portal.chats.between(caller.user_id, notice.author), text, author=caller.user_id)
    return {"result_message": ["Ваш ответ успешно отправлен."]}


@rest_method("im.notify.confirm", scope="im", docs=f"{PAGES}/im-notify-confirm.md")
def confirm(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``false``: notices with buttons come from other parts of a portal, never through REST (unverified)."""
    fields = params.upper()
    require_notice_id(fields)
    if not as_text(fields.get("NOTIFY_VALUE")):
        raise RestError("NOTIFY_VALUE_ERROR", "Notification Value can't be empty")
    return False


@rest_method("im.notify.schema.get", scope="im", docs=f"{PAGES}/im-notify-schema-get.md")
def schema(portal: Portal, caller: Caller, params: Params) -> JSON:
    return SCHEMA


def require_notice_id(fields: Params) -> int:
    number = as_int(fields.get("NOTIFY_ID")) or 0
    if number <= 0:
        raise RestError("ID_ERROR", "Notification ID can't be empty")
    return number


def read_last(fields: Params) -> int | None:
    value = fields.get("LAST_ID")
    if value is None or value == "":
        return None
    number = as_int(value)
    if number is None:
        raise RestError("LAST_ID_STRING", "Last notification ID can't be string")
    return number


def read_limit(fields: Params) -> int:
    return min(max(as_int(fields.get("LIMIT")) or MOST_NOTICES, 1), MOST_NOTICES)


def senders(portal: Portal, notices: list[Notice]) -> list[JSON]:
    users = (portal.staff.user(user_id) for user_id in dict.fromkeys(notice.author for notice in notices))
    return [chat_view.person(portal, user) for user in users if user is not None]


def show(portal: Portal, notice: Notice) -> dict[str, JSON]:
    return {
        "id": notice.id,
        "chat_id": portal.notices.chat_of(notice.user_id),
        "author_id": notice.author,
        "date": iso(notice.at),
        "notify_type": FROM_SYSTEM if notice.kind == SYSTEM else FROM_SOMEBODY,
        "notify_module": "rest",
        "notify_event": "rest_notify",
        "notify_tag": tag(notice, notice.tag),
        "notify_sub_tag": tag(notice, notice.sub_tag),
        "notify_title": "",
        "setting_name": "rest|rest_notify",
        "text": notice.text,
        "notify_read": "Y" if notice.read else "N",
        "params": None,
    }


def tag(notice: Notice, name: str) -> str:
    """As the portal keeps it, together with the application."""
    return f"MP|{notice.application}|{name}" if name else ""
