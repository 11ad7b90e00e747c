"""People, chats and messages as ``im.*`` shows them: numbers are numbers, moments have the server's offset
(api-reference/chats/im-dialog-get.md, messages/im-dialog-messages-get.md, users/im-user-get.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.portal.chats import SYSTEM, Chat, Kind, Message
from sandbox.portal.clock import iso
from sandbox.portal.php import JSON
from sandbox.portal.staff import User

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

COLORS = {
    "RED": "#df532d", "GREEN": "#64a513", "MINT": "#4ba984", "LIGHT_BLUE": "#4ba5c3", "DARK_BLUE": "#3e99ce",
    "PURPLE": "#8474c8", "AQUA": "#1eb4aa", "PINK": "#f76187", "LIME": "#58cc47", "BROWN": "#ab7761",
    "AZURE": "#29619b", "KHAKI": "#728f7a", "SAND": "#ba9c7b", "MARENGO": "#556574", "GRAY": "#909090",
    "GRAPHITE": "#5e5f5e",
}  # fmt: skip
"""Names a chat can be given (api-reference/chats/im-chat-add.md); the shades of those that no sample shows are
unverified."""

ENTITY_TYPES = {"TASKS_TASK": "tasksTask", "SONET_GROUP": "sonetGroup", "CRM": "crm"}
"""``type`` of a chat by the type of its external code."""


def color_of(number: int, name: str = "") -> str:
    return COLORS.get(name.upper()) or list(COLORS.values())[number % len(COLORS)]


def phones(user: User) -> JSON:
    numbers = {
        "work_phone": user.profile.get("WORK_PHONE"),
        "personal_mobile": user.profile.get("PERSONAL_MOBILE"),
        "inner_phone": user.profile.get("UF_PHONE_INNER"),
    }
    return {name: number for name, number in numbers.items() if number} or False


def person(portal: Portal, user: User) -> dict[str, JSON]:
    seen = user.last_login or portal.clock.now()
    avatar = user.profile.get("PERSONAL_PHOTO", "")
    return {
        "id": user.id,
        "active": user.active,
        "name": user.full_name,
        "first_name": user.name,
        "last_name": user.last_name,
        "work_position": user.position,
        "color": color_of(user.id),
        "avatar": avatar,
        "avatar_hr": avatar,
        "gender": user.gender or "M",
        "birthday": user.profile.get("PERSONAL_BIRTHDAY", ""),
        "extranet": user.user_type == "extranet",
        "network": False,
        "bot": False,
        "connector": False,
        "external_auth_id": "default",
        "status": portal.chats.status(user.id),
        "idle": iso(idle) if (idle := portal.chats.idle_since(user.id)) else False,
        "last_activity_date": iso(seen),
        "mobile_last_date": False,
        "desktop_last_date": False,
        "absent": False,
        "departments": list(user.departments),
        "phones": phones(user),
        "bot_data": None,
        "type": "extranet" if user.user_type == "extranet" else "user",
        "website": user.profile.get("PERSONAL_WWW", ""),
        "email": user.email,
    }


def title_for(portal: Portal, chat: Chat, user_id: int) -> str:
    """A private conversation is called after the other one."""
    if chat.kind is not Kind.PRIVATE:
        return chat.title
    other = portal.staff.user(other_in(chat, user_id))
    return other.full_name if other else ""


def other_in(chat: Chat, user_id: int) -> int:
    return next((member for member in chat.own_members if member != user_id), user_id)


def dialog_id(chat: Chat, user_id: int) -> str:
    """How this user names the chat: ``chat29``, or the id of the other one."""
    return str(other_in(chat, user_id)) if chat.kind is Kind.PRIVATE else f"chat{chat.id}"


def chat_type(chat: Chat) -> str:
    if chat.kind is Kind.PRIVATE:
        return "private"
    return ENTITY_TYPES.get(chat.entity_type) or ("open" if chat.kind is Kind.OPEN else "chat")


def role(portal: Portal, chat: Chat, user_id: int) -> str:
    if user_id == chat.owner:
        return "owner"
    if user_id in chat.managers:
        return "manager"
    return "member" if user_id in portal.chats.members(chat) else "guest"


def entity_link(chat: Chat) -> JSON:
    """Where the thing the chat is about is shown."""
    kind, _, number = chat.entity_id.rpartition("|")
    links = {
        "TASKS_TASK": ("TASKS", f"/company/personal/user/{chat.owner}/tasks/task/view/{chat.entity_id}/"),
        "SONET_GROUP": ("SONET_GROUP", f"/workgroups/group/{chat.entity_id}/"),
        "CRM": (kind, f"/crm/{kind.lower()}/details/{number}/"),
    }
    shown, url = links.get(chat.entity_type, (chat.entity_type, ""))
    return {"type": shown, "url": url, "id": chat.entity_id}


def restrictions(chat: Chat) -> dict[str, JSON]:
    """What of the chat may be done to it by hand; its owner is its task or group, where it has one."""
    free = chat.kind in (Kind.CHAT, Kind.OPEN) and not chat.of_group
    return {
        "avatar": free,
        "rename": free,
        "extend": free,
        "call": True,
        "mute": True,
        "leave": free,
        "leave_owner": free,
        "send": True,
        "user_list": True,
    }


def chat_card(portal: Portal, chat: Chat, user_id: int) -> dict[str, JSON]:
    """``im.dialog.get`` without the id it was asked by."""
    members = portal.chats.members(chat)
    last = chat.last.id if chat.last else 0
    read = chat.read_up_to.get(user_id, 0)
    unread = [message.id for message in chat.messages if message.id > read and message.author not in (SYSTEM, user_id)]
    return {
        "id": chat.id,
        "parent_chat_id": 0,
        "parent_message_id": 0,
        "name": title_for(portal, chat, user_id),
        "description": chat.description,
        "owner": chat.owner,
        "extranet": any(is_extranet(portal, member) for member in members),
        "avatar": chat.avatar,
        "color": color_of(chat.id, chat.color),
        "type": chat_type(chat),
        "counter": len(unread),
        "user_counter": len(members),
        "message_count": len(chat.messages),
        "unread_id": unread[0] if unread else 0,
        "restrictions": {**restrictions(chat), "path": "", "path_title": ""},
        "last_message_id": last,
        "last_id": read,
        "marked_id": 0,
        "disk_folder_id": 0,
        "entity_type": chat.entity_type,
        "entity_id": chat.entity_id,
        "entity_data_1": "",
        "entity_data_2": "",
        "entity_data_3": "",
        "mute_list": mute_list(chat),
        "date_create": iso(chat.created),
        "message_type": chat.kind.value,
        "public": "",
        "role": role(portal, chat, user_id),
        "entity_link": entity_link(chat),
        "text_field_enabled": True,
        "background_id": None,
        "permissions": {
            "manage_users_add": "member",
            "manage_users_delete": "manager",
            "manage_ui": "member",
            "manage_settings": "owner",
            "manage_messages": "member",
            "can_post": "member",
        },
        "is_new": False,
        "readed_list": [read_mark(portal, chat, member) for member in members if member != user_id],
        "manager_list": sorted(chat.managers or {chat.owner}),
        "last_message_views": {"message_id": last, "first_viewers": [], "count_of_viewers": 0},
    }


def read_mark(portal: Portal, chat: Chat, user_id: int) -> dict[str, JSON]:
    user = portal.staff.user(user_id)
    return {
        "user_id": user_id,
        "user_name": user.full_name if user else "",
        "message_id": chat.read_up_to.get(user_id, 0),
        "date": None,
    }


def mute_list(chat: Chat) -> JSON:
    return {str(user_id): True for user_id in sorted(chat.muted)} or []


def is_extranet(portal: Portal, user_id: int) -> bool:
    user = portal.staff.user(user_id)
    return user is not None and user.user_type == "extranet"


def said(portal: Portal, chat: Chat, message: Message, user_id: int) -> dict[str, JSON]:
    """A row of ``im.dialog.messages.get``."""
    about: dict[str, JSON] = {}
    if message.likes:
        about["LIKE"] = list(message.likes)
    if message.code:
        about.update({"CODE": [message.code], "NOTIFY": "N"})
    if message.edited:
        about["IS_EDITED"] = "Y"
    return {
        "id": message.id,
        "chat_id": chat.id,
        "author_id": message.author,
        "date": iso(message.at),
        "text": message.text,
        "unread": is_unread(chat, message, user_id),
        "uuid": message.uuid,
        "replaces": [],
        "params": about or [],
        "disappearing_date": None,
    }


def is_unread(chat: Chat, message: Message, user_id: int) -> bool:
    return message.author not in (SYSTEM, user_id) and message.id > chat.read_up_to.get(user_id, 0)


def recent_row(portal: Portal, chat: Chat, user_id: int) -> dict[str, JSON]:
    """A row of ``im.recent.list``."""
    last = chat.last
    private = chat.kind is Kind.PRIVATE
    other = portal.staff.user(other_in(chat, user_id)) if private else None
    shown: dict[str, JSON] = {
        "id": other_in(chat, user_id) if private else f"chat{chat.id}",
        "chat_id": chat.id,
        "type": "user" if private else "chat",
        "avatar": {"url": chat.avatar, "color": color_of(other.id if other else chat.id, chat.color)},
        "title": title_for(portal, chat, user_id),
        "message": {
            "id": last.id if last else 0,
            "text": last.text if last else "",
            "file": False,
            "author_id": last.author if last else 0,
            "attach": last.attach if last else False,
            "sticker": None,
            "date": iso(last.at if last else chat.created),
            "status": "received",
            "uuid": last.uuid if last else None,
        },
        "counter": portal.chats.unread(chat, user_id),
        "last_id": chat.read_up_to.get(user_id, 0),
        "pinned": chat.id in portal.chats.pinned(user_id),
        "unread": chat.id in portal.chats.marked_unread(user_id),
        "has_reminder": False,
        "date_update": iso(last.at if last else chat.created),
        "date_last_activity": iso(last.at if last else chat.created),
    }
    if other is not None:
        shown["user"] = person(portal, other)
        shown["chat"] = {"text_field_enabled": True, "background_id": None, "mute_list": []}
    else:
        shown["chat"] = recent_chat(portal, chat, user_id)
    return {**shown, "options": []}


def recent_chat(portal: Portal, chat: Chat, user_id: int) -> dict[str, JSON]:
    """A chat inside of a row: fewer members than in its card, and the role in upper case, as in the samples."""
    card = chat_card(portal, chat, user_id)
    names = (
        "id", "parent_chat_id", "parent_message_id", "name", "owner", "extranet", "avatar", "color", "type",
        "entity_type", "entity_id", "entity_data_1", "entity_data_2", "entity_data_3", "mute_list", "manager_list",
        "date_create", "message_type", "user_counter", "text_field_enabled", "background_id", "entity_link",
        "permissions", "public",
    )  # fmt: skip
    return {
        **{name: card[name] for name in names},
        "contains_collaber": False,
        "restrictions": restrictions(chat),
        "role": role(portal, chat, user_id).upper(),
    }
