"""``im.dialog.*``: a conversation as one of its members sees it (api-reference/chats/).

``DIALOG_ID``: ``chat29``, ``sg17`` (the chat of a workgroup), ``47`` (the private conversation with a user).
"""

from __future__ import annotations

from datetime import timedelta

from sandbox.portal import chat_view
from sandbox.portal.chats import Chat, Message
from sandbox.portal.clock import iso
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_object, as_text
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, rest_method

PAGES = "api-reference/chats"

MESSAGES, MOST_MESSAGES = 20, 50
"""``LIMIT`` when it is not said, and the largest."""


@rest_method("im.dialog.get", scope="im", docs=f"{PAGES}/im-dialog-get.md")
def get_dialog(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    chat = require_dialog(portal, caller, fields)
    asked = as_text(fields.get("DIALOG_ID"))
    return {**chat_view.chat_card(portal, chat, caller.user_id), "dialog_id": asked}


@rest_method("im.dialog.messages.get", scope="im", docs=f"{PAGES}/messages/im-dialog-messages-get.md")
def get_messages(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The newest ones; with ``LAST_ID`` those before it, with ``FIRST_ID`` those after it. Newest first each time."""
    fields = params.upper()
    chat = require_dialog(portal, caller, fields)
    first, last = read_place(fields, "FIRST_ID", "First"), read_place(fields, "LAST_ID", "Last")
    limit = min(max(as_int(fields.get("LIMIT")) or MESSAGES, 1), MOST_MESSAGES)
    if first is not None:
        messages = [message for message in chat.messages if message.id > first][:limit]
    else:
        messages = [message for message in chat.messages if last is None or message.id < last][-limit:]
    messages = list(reversed(messages))
    return {
        "chat_id": chat.id,
        "messages": [chat_view.said(portal, chat, message, caller.user_id) for message in messages],
        "users": authors(portal, messages),
        "files": [],
    }


@rest_method("im.dialog.messages.search", scope="im", docs=f"{PAGES}/messages/im-dialog-messages-search.md")
def search_messages(portal: Portal, caller: Caller, params: Params) -> JSON:
    """By a part of the text and by dates; newest first unless ``ORDER`` says ``{"ID": "ASC"}``. camelCase, unlike the
    others."""
    fields = params.upper()
    if not as_int(fields.get("CHAT_ID")):
        raise RestError("CHAT_ID_EMPTY", "CHAT_ID can't be empty")
    chat = portal.chats.get(as_int(fields.get("CHAT_ID")) or 0)
    if chat is None or not portal.chats.may_open(chat, caller.user_id):
        raise RestError("ACCESS_ERROR", "You do not have access to this chat")
    words = (as_text(fields.get("SEARCH_MESSAGE")) or "").casefold()
    since, until = read_moment(fields.get("DATE_FROM")), read_moment(fields.get("DATE_TO"))
    day = read_moment(fields.get("DATE"))
    if day is not None:
        since = day.replace(hour=0, minute=0, second=0)
        until = since + timedelta(days=1) - timedelta(seconds=1)
    last = as_int(fields.get("LAST_ID"))
    ascending = (as_text((as_object(fields.get("ORDER")) or {}).get("ID")) or "").upper() == "ASC"
    found = [
        message
        for message in chat.messages
        if words in message.text.casefold()
        and (since is None or message.at >= since)
        and (until is None or message.at <= until)
        and (last is None or (message.id > last if ascending else message.id < last))
    ]
    found = found if ascending else list(reversed(found))
    shown = found[: min(max(as_int(fields.get("LIMIT")) or MOST_MESSAGES, 1), MOST_MESSAGES)]
    return {
        "users": [camel_person(person) for person in authors(portal, shown)],
        "files": [],
        "additionalMessages": [],
        "copilot": None,
        "stickers": [],
        "reactions": [],
        "tariffRestrictions": {"isHistoryLimitExceeded": False},
        "usersShort": [],
        "messages": [camel_message(chat, message, caller.user_id) for message in shown],
    }


@rest_method("im.dialog.users.list", scope="im", docs=f"{PAGES}/chat-users/im-dialog-users-list.md")
def list_people(portal: Portal, caller: Caller, params: Params) -> Answer:
    fields = params.upper()
    chat = require_dialog(portal, caller, fields)
    last = as_int(fields.get("LAST_ID")) or 0
    users = [portal.staff.user(user_id) for user_id in sorted(portal.chats.members(chat)) if user_id > last]
    limit = min(max(as_int(fields.get("LIMIT")) or MOST_MESSAGES, 1), 200)
    offset = max(as_int(fields.get("OFFSET")) or 0, 0)
    rows = [chat_view.person(portal, user) for user in users if user is not None]
    after = offset + limit
    return Answer(rows[offset:after], len(rows), after if after < len(rows) else None)


@rest_method("im.dialog.read", scope="im", docs=f"{PAGES}/messages/im-dialog-read.md")
def read_dialog(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Up to ``MESSAGE_ID``, or everything. ``false`` where there is nothing to read (unverified)."""
    fields = params.upper()
    chat = require_dialog(portal, caller, fields)
    portal.chats.read(chat, caller.user_id, as_int(fields.get("MESSAGE_ID")))
    return {
        "dialogId": chat_view.dialog_id(chat, caller.user_id),
        "chatId": chat.id,
        "lastId": chat.read_up_to.get(caller.user_id, 0),
        "counter": portal.chats.unread(chat, caller.user_id),
    }


@rest_method("im.dialog.read.all", scope="im", docs=f"{PAGES}/special-operations/im-dialog-read-all.md")
def read_everything(portal: Portal, caller: Caller, params: Params) -> JSON:
    for chat in portal.chats.of_user(caller.user_id):
        portal.chats.read(chat, caller.user_id)
    return True


@rest_method("im.dialog.unread", scope="im", docs=f"{PAGES}/messages/im-dialog-unread.md")
def unread_dialog(portal: Portal, caller: Caller, params: Params) -> JSON:
    """From ``MESSAGE_ID`` on."""
    fields = params.upper()
    message_id = as_int(fields.get("MESSAGE_ID")) or 0
    if message_id <= 0:
        raise RestError("MESSAGE_ID_ERROR", "First unread message id can't be empty")
    portal.chats.unread_from(require_dialog(portal, caller, fields), caller.user_id, message_id)
    return True


@rest_method("im.dialog.writing", scope="im", docs=f"{PAGES}/messages/im-dialog-writing.md")
def writing(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Others would see "… is writing" for a while; nothing is kept."""
    if find_dialog(portal, caller, as_text(params.upper().get("DIALOG_ID")) or "") is None:
        raise dialog_id_empty()
    return True


def require_dialog(portal: Portal, caller: Caller, fields: Params) -> Chat:
    """The chat of ``DIALOG_ID``; raises 403 for one the caller is not in."""
    asked = as_text(fields.get("DIALOG_ID")) or ""
    if not is_dialog_id(asked):
        raise dialog_id_empty()
    chat = find_dialog(portal, caller, asked)
    if chat is None:
        raise RestError("ACCESS_ERROR", "You do not have access to the specified dialog", status=403)
    return chat


def is_dialog_id(asked: str) -> bool:
    number = asked.removeprefix("chat").removeprefix("sg")
    return number.isascii() and number.isdigit() and int(number[:20]) > 0


def find_dialog(portal: Portal, caller: Caller, asked: str) -> Chat | None:
    """``None`` for a chat there is not and for one that is not the caller's."""
    if not is_dialog_id(asked):
        return None
    if asked.startswith("sg"):
        group = portal.workgroups.get(int(asked[2:20]))
        chat = None if group is None else portal.chats.of_group(group)
    elif asked.startswith("chat"):
        chat = portal.chats.get(int(asked[4:24]))
    else:
        user_id = int(asked[:20])
        return portal.chats.between(caller.user_id, user_id) if portal.staff.user(user_id) else None
    return chat if chat is not None and portal.chats.may_open(chat, caller.user_id) else None


def dialog_id_empty() -> RestError:
    return RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")


def read_place(fields: Params, name: str, words: str) -> int | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    number = as_int(value)
    if number is None:
        raise RestError(f"{name}_STRING", f"{words} ID can't be string")
    return number


def authors(portal: Portal, messages: list[Message]) -> list[dict[str, JSON]]:
    """Those who said something, each once."""
    users = (portal.staff.user(user_id) for user_id in dict.fromkeys(message.author for message in messages))
    return [chat_view.person(portal, user) for user in users if user is not None]


def camel_person(person: dict[str, JSON]) -> dict[str, JSON]:
    return {camel(name): value for name, value in person.items()}


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def camel_message(chat: Chat, message: Message, user_id: int) -> dict[str, JSON]:
    unread = chat_view.is_unread(chat, message, user_id)
    return {
        "id": message.id,
        "chatId": chat.id,
        "chat_id": chat.id,
        "authorId": message.author,
        "author_id": message.author,
        "date": iso(message.at),
        "text": message.text,
        "isSystem": message.uuid is None,
        "uuid": message.uuid,
        "forward": None,
        "params": {"LIKE": list(message.likes)} if message.likes else [],
        "viewedByOthers": False,
        "block": None,
        "unread": unread,
        "viewed": not unread,
        "viewedCount": 0,
    }
