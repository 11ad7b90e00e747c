"""``im.recent.*``, ``im.counters.get``, ``im.search.last.*``, ``im.revision.get``: the list on the left of the
messenger (api-reference/chats/)."""

from __future__ import annotations

from sandbox.portal import chat_view
from sandbox.portal.chats import Chat, Kind
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_text
from sandbox.portal.methods.dialogs import PAGES, dialog_id_empty, find_dialog
from sandbox.portal.moments import read_moment
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, rest_method

REVISION: dict[str, JSON] = {"rest": 32, "web": 130, "mobile": 22, "desktop": 6, "im_revision_mobile": 22}
"""Of the sample (im-revision-get.md)."""

ROWS, MOST_ROWS = 50, 200


@rest_method("im.recent.list", scope="im", docs=f"{PAGES}/im-recent-list.md")
def list_recent(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``total`` says that nobody counted, as in the sample."""
    fields = params.upper()
    chats = recent(portal, caller, fields)
    before = read_moment(fields.get("LAST_MESSAGE_DATE"))
    if before is not None:
        chats = [chat for chat in chats if chat.last is not None and chat.last.at < before]
    if as_flag(fields.get("UNREAD_ONLY")):
        chats = [chat for chat in chats if portal.chats.unread(chat, caller.user_id)]
    offset = max(as_int(fields.get("OFFSET")) or 0, 0)
    limit = min(max(as_int(fields.get("LIMIT")) or ROWS, 1), MOST_ROWS)
    shown = chats[offset : offset + limit]
    more = offset + limit < len(chats)
    listed: dict[str, JSON] = {
        "items": [chat_view.recent_row(portal, chat, caller.user_id) for chat in shown],
        "hasMorePages": more,
        "hasMore": more,
        "copilot": None,
        "messagesAutoDeleteConfigs": [],
    }
    return Answer(listed, total=-1)


@rest_method("im.recent.get", scope="im", docs=f"{PAGES}/im-recent-get.md")
def get_recent(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The same rows in one bare list."""
    fields = params.upper()
    since = read_moment(fields.get("LAST_UPDATE")) or read_moment(fields.get("LAST_SYNC_DATE"))
    chats = recent(portal, caller, fields)
    if since is not None:
        chats = [chat for chat in chats if chat.last is not None and chat.last.at >= since]
    return [{**chat_view.recent_row(portal, chat, caller.user_id), **speaker(chat)} for chat in chats[:MOST_ROWS]]


@rest_method("im.recent.pin", scope="im", docs=f"{PAGES}/special-operations/im-recent-pin.md")
def pin(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``PIN`` ``N`` unpins."""
    fields = params.upper()
    chat = known_dialog(portal, caller, fields, RestError("ACCESS_ERROR", "You don’t have permission to pin this chat"))
    pinned = portal.chats.pinned(caller.user_id)
    change = pinned.discard if as_flag(fields.get("PIN")) is False else pinned.add
    change(chat.id)
    return True


@rest_method("im.recent.hide", scope="im", docs=f"{PAGES}/special-operations/im-recent-hide.md")
def hide(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Until somebody says something in it."""
    chat = known_dialog(portal, caller, params.upper(), dialog_id_empty())
    portal.chats.hidden(caller.user_id).add(chat.id)
    return True


@rest_method("im.recent.unread", scope="im", docs=f"{PAGES}/special-operations/im-recent-unread.md")
def mark_unread(portal: Portal, caller: Caller, params: Params) -> JSON:
    """A mark on the whole chat, whatever has been read in it. ``ACTION`` ``N`` takes it off."""
    fields = params.upper()
    chat = known_dialog(portal, caller, fields, dialog_id_empty())
    marked = portal.chats.marked_unread(caller.user_id)
    change = marked.discard if as_flag(fields.get("ACTION")) is False else marked.add
    change(chat.id)
    return True


@rest_method("im.counters.get", scope="im", docs=f"{PAGES}/im-counters-get.md")
def counters(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Maps are empty lists when nothing is unread, as everywhere in PHP."""
    chats = portal.chats.of_user(caller.user_id)
    unread = {chat.id: portal.chats.unread(chat, caller.user_id) for chat in chats}
    private = {chat.id: chat for chat in chats if chat.kind is Kind.PRIVATE}
    loud = {
        str(chat.id): unread[chat.id]
        for chat in chats
        if chat.id not in private and caller.user_id not in chat.muted and unread[chat.id]
    }
    muted = {str(chat.id): unread[chat.id] for chat in chats if caller.user_id in chat.muted and unread[chat.id]}
    dialogs = {
        str(chat_view.other_in(chat, caller.user_id)): unread[number]
        for number, chat in private.items()
        if unread[number]
    }
    marked = portal.chats.marked_unread(caller.user_id)
    notices = sum(not notice.read for notice in portal.notices.of_user(caller.user_id))
    in_chats, in_dialogs = sum(loud.values()), sum(dialogs.values())
    return {
        "TYPE": {
            "ALL": notices + in_chats + in_dialogs,
            "NOTIFY": notices,
            "CHAT": in_chats,
            "LINES": 0,
            "DIALOG": in_dialogs,
            "MESSENGER": in_chats + in_dialogs,
        },
        "CHAT": dict(loud) or [],
        "CHAT_MUTED": dict(muted) or [],
        "CHAT_UNREAD": sorted(marked - private.keys()),
        "LINES": [],
        "DIALOG": dict(dialogs) or [],
        "DIALOG_UNREAD": [
            chat_view.other_in(private[number], caller.user_id) for number in sorted(marked & private.keys())
        ],
    }


@rest_method("im.search.last.add", scope="im", docs=f"{PAGES}/search/im-search-last-add.md")
def remember_search(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Newest first."""
    chat = known_dialog(portal, caller, params.upper(), dialog_id_empty())
    sought = portal.chats.sought(caller.user_id)
    name = chat_view.dialog_id(chat, caller.user_id)
    sought.pop(name, None)
    sought[name] = None
    return True


@rest_method("im.search.last.delete", scope="im", docs=f"{PAGES}/search/im-search-last-delete.md")
def forget_search(portal: Portal, caller: Caller, params: Params) -> JSON:
    chat = known_dialog(portal, caller, params.upper(), dialog_id_empty())
    portal.chats.sought(caller.user_id).pop(chat_view.dialog_id(chat, caller.user_id), None)
    return True


@rest_method("im.search.last.get", scope="im", docs=f"{PAGES}/search/im-search-last-get.md")
def last_searches(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    rows: list[JSON] = []
    for name in reversed(portal.chats.sought(caller.user_id)):
        chat = find_dialog(portal, caller, name)
        if chat is None or skipped(chat, fields):
            continue
        row = chat_view.recent_row(portal, chat, caller.user_id)
        inside = "user" if chat.kind is Kind.PRIVATE else "chat"
        rows.append({key: row[key] for key in ("id", "type", "avatar", "title", inside)})
    return rows


@rest_method("im.revision.get", scope="im", docs=f"{PAGES}/im-revision-get.md")
def revision(portal: Portal, caller: Caller, params: Params) -> JSON:
    return REVISION


def speaker(chat: Chat) -> dict[str, JSON]:
    """Rows of chats say who spoke last, 0 for the system (whether people come with more than an id is unverified)."""
    return {} if chat.kind is Kind.PRIVATE else {"user": {"id": chat.last.author if chat.last else 0}}


def recent(portal: Portal, caller: Caller, fields: Params) -> list[Chat]:
    """Where something has been said, without the hidden ones; the pinned first."""
    hidden, pinned = portal.chats.hidden(caller.user_id), portal.chats.pinned(caller.user_id)
    chats = [
        chat
        for chat in portal.chats.of_user(caller.user_id)
        if chat.last is not None and chat.id not in hidden and not skipped(chat, fields)
    ]
    return sorted(chats, key=lambda chat: chat.id not in pinned)


def skipped(chat: Chat, fields: Params) -> bool:
    return bool(as_flag(fields.get("SKIP_DIALOG" if chat.kind is Kind.PRIVATE else "SKIP_CHAT")))


def known_dialog(portal: Portal, caller: Caller, fields: Params, otherwise: RestError) -> Chat:
    """The chat of ``DIALOG_ID``; ``otherwise`` for one that is not the caller's."""
    chat = find_dialog(portal, caller, as_text(fields.get("DIALOG_ID")) or "")
    if chat is None:
        raise otherwise if as_text(fields.get("DIALOG_ID")) else dialog_id_empty()
    return chat
