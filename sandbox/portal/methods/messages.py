"""``im.message.*``: what is said (api-reference/chats/messages/)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sandbox.portal.chats import SYSTEM, Chat, Kind, Message
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_text
from sandbox.portal.methods.dialogs import PAGES, dialog_id_empty, find_dialog, is_dialog_id
from sandbox.portal.methods.notifications import check_attach
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method


@rest_method("im.message.add", scope="im", docs=f"{PAGES}/messages/im-message-add.md")
def add_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The id of the message. ``CHAT_ID`` and ``USER_ID`` are the older names of what ``DIALOG_ID`` says."""
    fields = params.upper()
    chat = addressed(portal, caller, fields)
    text = (as_text(fields.get("MESSAGE")) or "").strip()
    attach = fields.get("ATTACH")
    if not text and not attach:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    check_attach(attach)
    check_buttons(fields)
    reply = as_int(fields.get("REPLY_ID"))
    if reply:
        check_reply(portal, caller, chat, reply)
    author = SYSTEM if as_flag(fields.get("SYSTEM")) else caller.user_id
    return portal.chats.say(chat, text, author=author, attach=bool(attach)).id


@rest_method("im.message.update", scope="im", docs=f"{PAGES}/messages/im-message-update.md")
def update_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """An empty text deletes the message (as the interface does; unverified for REST)."""
    fields = params.upper()
    message = require_message(portal, fields)
    if message is None or message.author != caller.user_id:
        raise cannot_edit()
    check_attach(fields.get("ATTACH"))
    check_buttons(fields)
    if fields.has("MESSAGE"):
        text = (as_text(fields.get("MESSAGE")) or "").strip()
        if text:
            portal.chats.edit(message, text, edited=as_flag(fields.get("IS_EDITED")) is not False)
        else:
            portal.chats.delete(message)
    return True


@rest_method("im.message.delete", scope="im", docs=f"{PAGES}/messages/im-message-delete.md")
def delete_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """One's own; an administrator of the portal those of an open chat."""
    message = require_message(portal, params.upper())
    chat = None if message is None else portal.chats.get(message.chat_id)
    if message is None or chat is None:
        raise cannot_edit()
    if message.author != caller.user_id and not (caller.admin and chat.kind is Kind.OPEN):
        raise cannot_edit()
    portal.chats.delete(message)
    return True


@rest_method("im.message.like", scope="im", docs=f"{PAGES}/messages/im-message-like.md")
def like_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``ACTION``: ``plus``, ``minus``, or ``auto`` for the other of the two."""
    fields = params.upper()
    message = require_message(portal, fields)
    if message is None or not readable(portal, caller, message):
        raise message_id_error()
    liked = caller.user_id in message.likes
    wanted = {"plus": True, "minus": False}.get((as_text(fields.get("ACTION")) or "").lower(), not liked)
    if wanted is liked:
        raise RestError("WITHOUT_CHANGES", "Action completed without changes")
    if wanted:
        message.likes[caller.user_id] = None
    else:
        del message.likes[caller.user_id]
    return True


@rest_method("im.message.share", scope="im", docs=f"{PAGES}/messages/im-message-share.md")
def share_message(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``TYPE``: ``TASK`` makes a task of it, ``POST`` a post of the live feed, ``CHAT`` a chat; a calendar event
    (``CALEND``) is not built."""
    fields = params.upper()
    message = require_message(portal, fields)
    if message is None or not readable(portal, caller, message):
        raise message_id_error()
    dialog = as_text(fields.get("DIALOG_ID")) or ""
    if not is_dialog_id(dialog):
        raise dialog_id_empty()
    chat = find_dialog(portal, caller, dialog)
    if chat is None:
        raise RestError("ACCESS_ERROR", "You do not have access to the specified dialog")
    kind = (as_text(fields.get("TYPE")) or "").upper()
    if kind == "CALEND":
        raise RestError("NOT_BUILT_IN_SANDBOX", "im.message.share: TYPE CALEND needs a calendar", status=501)
    members = [member for member in portal.chats.members(chat) if member != caller.user_id]
    if kind == "TASK":
        portal.tasks.add(
            message.text[:100] or "Новая задача",
            responsible=caller.user_id,
            created_by=caller.user_id,
            description=message.text,
            auditors=tuple(members),
        )
    elif kind == "POST":
        audience = [f"U{member}" for member in members] or [f"U{caller.user_id}"]
        portal.feed.add(message.text, author=caller.user_id, audience=audience)
    elif kind == "CHAT":
        portal.chats.create("", owner=caller.user_id, members=members)
    else:
        raise RestError("PARAMS_ERROR", "Incorrect params")
    return True


@rest_method("im.message.command", scope="im", docs=f"{PAGES}/messages/im-message-command.md")
def send_command(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A portal without chat bots has nobody to command."""
    fields = params.upper()
    if require_message(portal, fields) is None:
        raise message_id_error()
    if (as_int(fields.get("BOT_ID")) or 0) <= 0:
        raise RestError("BOT_ID_ERROR", "Bot ID can't be empty")
    if not as_text(fields.get("COMMAND")):
        raise RestError("COMMAND_ERROR", "Command can't be empty")
    raise RestError("PARAMS_ERROR", "Incorrect params")


def addressed(portal: Portal, caller: Caller, fields: Params) -> Chat:
    chat_id, user_id = as_int(fields.get("CHAT_ID")), as_int(fields.get("USER_ID"))
    dialog = as_text(fields.get("DIALOG_ID")) or ""
    if not dialog and chat_id and chat_id > 0:
        dialog = f"chat{chat_id}"
    elif not dialog and user_id and user_id > 0:
        dialog = str(user_id)
    if not is_dialog_id(dialog):
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    chat = find_dialog(portal, caller, dialog)
    if chat is None and dialog.isdigit():
        raise RestError("USER_NOT_FOUND", "User not found")
    if chat is None:
        raise RestError("ACCESS_ERROR", "Action unavailable")
    return chat


def check_buttons(fields: Params) -> None:
    """Objects, or the same as JSON text."""
    for name in ("KEYBOARD", "MENU"):
        value = fields.get(name)
        if isinstance(value, str) and value not in ("", "N"):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                value = 0
        if value not in (None, "", "N") and not isinstance(value, (Mapping, list)):
            raise RestError(f"{name}_ERROR", f"Incorrect {name.lower()} params")


def check_reply(portal: Portal, caller: Caller, chat: Chat, message_id: int) -> None:
    answered = portal.chats.message(message_id)
    if answered is None or not readable(portal, caller, answered):
        raise RestError("REPLY_ACCESS_ERROR", "Action unavailable")
    if answered.chat_id != chat.id:
        raise RestError("REPLY_FROM_OTHER_CHAT_ERROR", "You can only reply to a message within the same chat")


def require_message(portal: Portal, fields: Params) -> Message | None:
    """``None`` for one there is not; raises for what is no id."""
    number = as_int(fields.get("MESSAGE_ID")) or 0
    if number <= 0:
        raise message_id_error()
    return portal.chats.message(number)


def readable(portal: Portal, caller: Caller, message: Message) -> bool:
    chat = portal.chats.get(message.chat_id)
    return chat is not None and portal.chats.may_open(chat, caller.user_id)


def message_id_error() -> RestError:
    return RestError("MESSAGE_ID_ERROR", "Message ID can't be empty")


def cannot_edit() -> RestError:
    return RestError("CANT_EDIT_MESSAGE", "Time has expired for modification or you don't have access")
