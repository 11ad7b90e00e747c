"""``im.chat.*``: chats and who is in them (api-reference/chats/)."""

from __future__ import annotations

from sandbox.portal.chat_view import COLORS
from sandbox.portal.chats import Chat, Kind
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_text
from sandbox.portal.methods.dialogs import PAGES, dialog_id_empty, find_dialog
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller, Params, rest_method


@rest_method("im.chat.add", scope="im", docs=f"{PAGES}/im-chat-add.md")
def add_chat(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Without a ``TITLE`` the chat is called after its members, or by its number (template of the page)."""
    fields = params.upper()
    users = [number for number in map(as_int, fields.values("USERS")) if number and number != caller.user_id]
    chat = portal.chats.create(
        (as_text(fields.get("TITLE")) or "").strip() or title_of(portal, users),
        owner=caller.user_id,
        members=users,
        kind=Kind.OPEN if (as_text(fields.get("TYPE")) or "").upper() == "OPEN" else Kind.CHAT,
        description=as_text(fields.get("DESCRIPTION")) or "",
        color=known_color(fields) or "",
        entity_type=as_text(fields.get("ENTITY_TYPE")) or "",
        entity_id=as_text(fields.get("ENTITY_ID")) or "",
    )
    message = (as_text(fields.get("MESSAGE")) or "").strip()
    if message:
        portal.chats.say(chat, message, author=caller.user_id)
    return chat.id


@rest_method("im.chat.get", scope="im", docs=f"{PAGES}/im-chat-get.md")
def get_chat(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``null`` where there is no such chat (unverified)."""
    fields = params.upper()
    entity_type, entity_id = as_text(fields.get("ENTITY_TYPE")) or "", as_text(fields.get("ENTITY_ID")) or ""
    if not entity_type or not entity_id:
        return None
    chat = portal.chats.by_entity(entity_type, entity_id)
    return None if chat is None else {"ID": chat.id}


@rest_method("im.chat.leave", scope="im", docs=f"{PAGES}/chat-users/im-chat-leave.md")
def leave_chat(portal: Portal, caller: Caller, params: Params) -> JSON:
    chat = require_chat(portal, caller, params.upper())
    if not is_free(chat):
        raise RestError("ACCESS_ERROR", "It is forbidden to delete users of this chat")
    if not portal.chats.leave(chat, caller.user_id, by=caller.user_id):
        raise RestError("ACCESS_DENIED_KICK", "Access denied to kick user from chat")
    return True


@rest_method("im.chat.mute", scope="im", docs=f"{PAGES}/special-operations/im-chat-mute.md")
def mute_chat(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``MUTE`` ``N`` unmutes."""
    fields = params.upper()
    dialog = as_text(fields.get("DIALOG_ID")) or ""
    if dialog and not dialog.startswith(("chat", "sg")):
        raise dialog_id_empty()
    chat = find_dialog(portal, caller, dialog or f"chat{as_int(fields.get('CHAT_ID')) or 0}")
    if chat is None and not dialog and not as_int(fields.get("CHAT_ID")):
        raise chat_id_empty()
    if chat is None:
        raise RestError("ACCESS_ERROR", "This chat cannot be muted", status=403)
    change = chat.muted.discard if as_flag(fields.get("MUTE")) is False else chat.muted.add
    change(caller.user_id)
    return True


@rest_method("im.chat.setOwner", scope="im", docs=f"{PAGES}/chat-update/im-chat-set-owner.md")
def set_owner(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    chat = require_chat(portal, caller, fields)
    user_id = as_int(fields.get("USER_ID")) or 0
    if user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if chat.owner != caller.user_id or user_id not in portal.chats.members(chat):
        raise RestError("WRONG_REQUEST", "Change owner can only owner and user must be member in chat")
    portal.chats.hand_over(chat, user_id)
    return True


@rest_method("im.chat.updateTitle", scope="im", docs=f"{PAGES}/chat-update/im-chat-update-title.md")
def update_title(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    chat = require_chat(portal, caller, fields)
    title = (as_text(fields.get("TITLE")) or "").strip()
    if not title:
        raise RestError("TITLE_EMPTY", "Title can't be empty")
    if not is_free(chat):
        raise RestError("ACCESS_ERROR", "This chat cannot be renamed")
    chat.title = title
    return True


@rest_method("im.chat.updateColor", scope="im", docs=f"{PAGES}/chat-update/im-chat-update-color.md")
def update_color(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    chat = require_chat(portal, caller, fields)
    color = known_color(fields)
    if color is None:
        raise RestError("WRONG_COLOR", "This color currently unavailable")
    if color == chat.color:
        raise RestError("WRONG_REQUEST", "This color currently set or chat isn't exists")
    chat.color = color
    return True


@rest_method("im.chat.updateAvatar", scope="im", docs=f"{PAGES}/chat-update/im-chat-update-avatar.md")
def update_avatar(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A picture as base64; anything that does not begin like a PNG, a JPEG or a GIF is none."""
    fields = params.upper()
    chat = require_chat(portal, caller, fields)
    if not is_free(chat):
        raise RestError("ACCESS_ERROR", "The avatar of this chat cannot be changed")
    picture = as_text(fields.get("AVATAR")) or ""
    if not picture.startswith(("iVBORw0KGgo", "/9j/", "R0lGOD")):
        raise RestError("AVATAR_ERROR", "Avatar incorrect type")
    chat.avatar = f"/upload/im/avatars/{chat.id}.png"
    return True


@rest_method("im.chat.user.add", scope="im", docs=f"{PAGES}/chat-users/im-chat-user-add.md")
def add_people(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``true`` also when everybody was in it already."""
    fields = params.upper()
    chat = require_chat(portal, caller, fields)
    if not is_free(chat):
        raise RestError("ACCESS_ERROR", "It is forbidden to add users to this chat")
    users = [number for number in map(as_int, as_list(fields.get("USERS"))) if number]
    portal.chats.join(chat, users, by=caller.user_id)
    return True


@rest_method("im.chat.user.delete", scope="im", docs=f"{PAGES}/chat-users/im-chat-user-delete.md")
def remove_person(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Managers may; and everyone themselves (unverified)."""
    fields = params.upper()
    chat = require_chat(portal, caller, fields)
    user_id = as_int(fields.get("USER_ID")) or 0
    if user_id <= 0:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not is_free(chat):
        raise RestError("ACCESS_ERROR", "It is forbidden to delete users of this chat")
    if caller.user_id not in chat.managers and caller.user_id != user_id:
        raise RestError("ACCESS_DENIED_KICK", "Недостаточно прав на исключение участников из чата")
    if not portal.chats.leave(chat, user_id, by=caller.user_id):
        raise RestError("USER_NOT_FOUND", "Указанный пользователь не состоит в чате")
    return True


@rest_method("im.chat.user.list", scope="im", docs=f"{PAGES}/chat-users/im-chat-user-list.md")
def list_people(portal: Portal, caller: Caller, params: Params) -> JSON:
    return list(portal.chats.members(require_chat(portal, caller, params.upper())))


def require_chat(portal: Portal, caller: Caller, fields: Params) -> Chat:
    """Of ``CHAT_ID``, or of ``DIALOG_ID`` where that is taken too. Private conversations are none."""
    dialog = as_text(fields.get("DIALOG_ID")) or ""
    number = as_int(fields.get("CHAT_ID")) or 0
    if not number and not dialog:
        raise chat_id_empty()
    if not number and not dialog.startswith(("chat", "sg")):
        raise dialog_id_empty()
    chat = find_dialog(portal, caller, f"chat{number}" if number else dialog)
    if chat is None or chat.kind is Kind.PRIVATE:
        raise RestError("ACCESS_ERROR", "Action unavailable")
    return chat


def is_free(chat: Chat) -> bool:
    """Not the chat of a task or a workgroup, whose people and name are theirs."""
    return chat.kind is not Kind.TASK and not chat.of_group


def known_color(fields: Params) -> str | None:
    name = (as_text(fields.get("COLOR")) or "").upper()
    return name if name in COLORS else None


def title_of(portal: Portal, users: list[int]) -> str:
    people = (portal.staff.user(user_id) for user_id in users)
    names = ", ".join(user.full_name for user in people if user is not None)
    return f"Чат с {names}" if names else ""


def chat_id_empty() -> RestError:
    return RestError("CHAT_ID_EMPTY", "Chat ID can't be empty")
