"""Section ``portal.chats``: conversations of the messenger: private ones, chats, chats of workgroups and of tasks.

How they look is in ``chat_view.py``, requests are in ``methods/chats.py``, ``methods/messages.py`` and neighbours.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import HistoryRecord, Task
    from sandbox.portal.workgroups import Workgroup

SYSTEM = 0
"""The author of what nobody said."""


class Kind(Enum):
    """``message_type`` of the answers (api-reference/chats/im-dialog-get.md, im-recent-list.md)."""

    PRIVATE = "P"
    CHAT = "C"
    OPEN = "O"
    TASK = "X"


@dataclass(slots=True)
class Message:
    id: int
    chat_id: int
    author: int
    text: str
    at: datetime
    uuid: str | None = None
    """``None`` for those of the system."""
    code: str = ""
    """What happened, for those of the system: ``CHAT_JOIN``, ``CHAT_LEAVE``."""
    attach: bool = False
    edited: bool = False
    likes: dict[int, None] = field(default_factory=dict)


@dataclass
class Chat:
    id: int
    kind: Kind
    title: str
    owner: int
    created: datetime
    description: str = ""
    color: str = ""
    """A name of ``chat_view.COLORS``; empty for the one its id gives."""
    avatar: str = ""
    entity_type: str = ""
    """With ``entity_id`` the external code: ``CRM`` and ``DEAL|1663``, ``TASKS_TASK`` and ``5``."""
    entity_id: str = ""
    of_group: int = 0
    """The workgroup whose members are those of the chat."""
    own_members: dict[int, None] = field(default_factory=dict)
    """Empty for chats whose members are those of a task or a group: ``Chats.members`` answers for all."""
    managers: set[int] = field(default_factory=set)
    muted: set[int] = field(default_factory=set)
    read_up_to: dict[int, int] = field(default_factory=dict)
    """Id of the last message each user has read."""
    messages: list[Message] = field(default_factory=list)
    """Oldest first."""

    @property
    def last(self) -> Message | None:
        return self.messages[-1] if self.messages else None


class Chats:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._chats: dict[int, Chat] = {}
        self._private: dict[frozenset[int], Chat] = {}
        self._of_task: dict[int, Chat] = {}
        self._of_group: dict[int, Chat] = {}
        self._messages: dict[int, Message] = {}
        self._pinned: dict[int, set[int]] = {}
        self._hidden: dict[int, set[int]] = {}
        self._marked_unread: dict[int, set[int]] = {}
        self._sought: dict[int, dict[str, None]] = {}
        self._statuses: dict[int, str] = {}
        self._idle: dict[int, datetime] = {}

    # Which chat

    def create(
        self,
        title: str,
        *,
        owner: int,
        members: Iterable[int] = (),
        kind: Kind = Kind.CHAT,
        description: str = "",
        color: str = "",
        avatar: str = "",
        entity_type: str = "",
        entity_id: str = "",
    ) -> Chat:
        """A chat of its owner and those invited, which it says itself."""
        chat = self._open(Chat(
            id=self._portal.next_id("chat"),
            kind=kind,
            title=title or "Новый чат",
            owner=owner,
            created=self._portal.clock.now(),
            description=description,
            color=color,
            avatar=avatar,
            entity_type=entity_type,
            entity_id=entity_id,
            own_members={owner: None},
            managers={owner},
        ))  # fmt: skip
        self.join(chat, members, by=owner)
        return chat

    def get(self, chat_id: int) -> Chat | None:
        """Chats of tasks too, which are opened when somebody first looks at them."""
        known = self._chats.get(chat_id)
        if known is not None:
            return known
        task = self._portal.tasks.with_chat(chat_id)
        return None if task is None else self.of_task(task)

    def by_entity(self, entity_type: str, entity_id: str) -> Chat | None:
        found = [c for c in self._chats.values() if (c.entity_type, c.entity_id) == (entity_type, entity_id)]
        return found[-1] if found else None

    def between(self, one: int, other: int) -> Chat:
        """The private conversation of two people; of one with themselves it is their notes."""
        pair = frozenset((one, other))
        if pair not in self._private:
            chat = Chat(self._portal.next_id("chat"), Kind.PRIVATE, "", one, self._portal.clock.now())
            chat.own_members = dict.fromkeys(pair)
            self._private[pair] = self._open(chat)
        return self._private[pair]

    def of_task(self, task: Task) -> Chat:
        """Its members are those of the task; what happened to the task so far has been written into it."""
        if task.id not in self._of_task:
            chat = Chat(task.chat, Kind.TASK, task.title, task.created_by, task.created)
            chat.entity_type, chat.entity_id = "TASKS_TASK", str(task.id)
            self._of_task[task.id] = self._open(chat)
            for record in self._portal.tasks.history(task.id):
                self._tell(chat, record)
        return self._of_task[task.id]

    def of_group(self, group: Workgroup) -> Chat:
        if group.id not in self._of_group:
            title = f'Проект: "{group.name}"' if group.project else f'Группа: "{group.name}"'
            chat = Chat(self._portal.next_id("chat"), Kind.CHAT, title, group.owner, group.created)
            chat.entity_type, chat.entity_id, chat.of_group = "SONET_GROUP", str(group.id), group.id
            self._of_group[group.id] = self._open(chat)
        return self._of_group[group.id]

    def of_user(self, user_id: int) -> list[Chat]:
        """Where this user is a member, the most recent message first. Chats of tasks and groups are among them once
        somebody has opened them."""
        chats = [chat for chat in self._chats.values() if user_id in self.members(chat)]
        return sorted(chats, key=lambda chat: chat.last.id if chat.last else 0, reverse=True)

    def forget_task(self, task_id: int) -> None:
        chat = self._of_task.pop(task_id, None)
        if chat is not None:
            del self._chats[chat.id]
            for message in chat.messages:
                del self._messages[message.id]

    # Who is in it

    def members(self, chat: Chat) -> tuple[int, ...]:
        if chat.kind is Kind.TASK:
            task = self._portal.tasks.get(int(chat.entity_id))
            return tuple(sorted(task.members)) if task else ()
        if chat.of_group:
            group = self._portal.workgroups.get(chat.of_group)
            return tuple(group.members) if group else ()
        return tuple(chat.own_members)

    def may_open(self, chat: Chat, user_id: int) -> bool:
        """Members; an open chat is everybody's who works here, a task's chat is for whoever may read the task."""
        if user_id in self.members(chat):
            return True
        if chat.kind is Kind.TASK:
            task = self._portal.tasks.get(int(chat.entity_id))
            return task is not None and self._portal.tasks.rights.may_read(task, user_id)
        return chat.kind is Kind.OPEN and self._portal.staff.is_active(user_id)

    def join(self, chat: Chat, user_ids: Iterable[int], *, by: int) -> list[int]:
        """Active users who were not in it. The chat says who invited whom."""
        joined = [
            user_id
            for user_id in dict.fromkeys(user_ids)
            if user_id not in chat.own_members and self._portal.staff.is_active(user_id)
        ]
        chat.own_members.update(dict.fromkeys(joined))
        if joined:
            names = ", ".join(self._mention(user_id) for user_id in joined)
            self.say(chat, f"{self._mention(by)} пригласил в чат {names}", author=SYSTEM, code="CHAT_JOIN")
        return joined

    def leave(self, chat: Chat, user_id: int, *, by: int) -> bool:
        """``False`` for somebody who is not in it. When the owner leaves, the chat goes to who has been in it longest
        (unverified)."""
        if user_id not in chat.own_members:
            return False
        del chat.own_members[user_id]
        chat.managers.discard(user_id)
        text = f"{self._mention(user_id)} покинул чат"
        if by != user_id:
            text = f"{self._mention(by)} исключил {self._mention(user_id)}"
        self.say(chat, text, author=SYSTEM, code="CHAT_LEAVE")
        if chat.owner == user_id and chat.own_members:
            self.hand_over(chat, next(iter(chat.own_members)))
        return True

    def hand_over(self, chat: Chat, user_id: int) -> None:
        chat.owner = user_id
        chat.managers.add(user_id)

    # What is said

    def say(
        self,
        chat: Chat,
        text: str,
        *,
        author: int,
        at: datetime | None = None,
        code: str = "",
        attach: bool = False,
    ) -> Message:
        """Whoever speaks has read everything before."""
        number = self._portal.next_id("chat_message")
        said_by_system = author == SYSTEM
        message = Message(
            id=number,
            chat_id=chat.id,
            author=author,
            text=text,
            at=at or self._portal.clock.now(),
            uuid=None if said_by_system else str(uuid.UUID(int=self._portal.chance.getrandbits(128), version=4)),
            code=code,
            attach=attach,
        )
        chat.messages.append(message)
        self._messages[number] = message
        if not said_by_system:
            chat.read_up_to[author] = number
            for hidden in self._hidden.values():
                hidden.discard(chat.id)
        self._portal.changed("chat.message", id=number, chat=chat.id, by=author)
        return message

    def message(self, message_id: int) -> Message | None:
        return self._messages.get(message_id)

    def edit(self, message: Message, text: str, *, edited: bool = True) -> None:
        message.text = text
        message.edited = edited
        self._portal.changed("chat.message.update", id=message.id)

    def delete(self, message: Message) -> None:
        """Gone altogether, as a message nobody has read yet goes (unverified for those that were read)."""
        del self._messages[message.id]
        self._chats[message.chat_id].messages.remove(message)
        self._portal.changed("chat.message.delete", id=message.id)

    def task_changed(self, record: HistoryRecord) -> None:
        """Called with every line of a task's history; a chat nobody has opened yet will be told when it is."""
        chat = self._of_task.get(record.task_id)
        if chat is not None:
            self._tell(chat, record)

    # What each has read

    def unread(self, chat: Chat, user_id: int) -> int:
        """Messages of others, those of the system left out."""
        read = chat.read_up_to.get(user_id, 0)
        return sum(m.id > read and m.author not in (SYSTEM, user_id) for m in chat.messages)

    def read(self, chat: Chat, user_id: int, up_to: int | None = None) -> None:
        """Up to and with this message, or everything."""
        last = chat.last.id if chat.last else 0
        self._marked_unread.get(user_id, set()).discard(chat.id)
        chat.read_up_to[user_id] = max(chat.read_up_to.get(user_id, 0), min(last if up_to is None else up_to, last))

    def unread_from(self, chat: Chat, user_id: int, message_id: int) -> None:
        chat.read_up_to[user_id] = message_id - 1

    def pinned(self, user_id: int) -> set[int]:
        return self._pinned.setdefault(user_id, set())

    def hidden(self, user_id: int) -> set[int]:
        return self._hidden.setdefault(user_id, set())

    def marked_unread(self, user_id: int) -> set[int]:
        return self._marked_unread.setdefault(user_id, set())

    def sought(self, user_id: int) -> dict[str, None]:
        """Dialog ids in this user's history of search."""
        return self._sought.setdefault(user_id, {})

    # How people are

    def status(self, user_id: int) -> str:
        """``online``, ``dnd``, ``away`` or ``break``, as the user has chosen."""
        return self._statuses.get(user_id, "online")

    def set_status(self, user_id: int, status: str) -> None:
        self._statuses[user_id] = status

    def idle_since(self, user_id: int) -> datetime | None:
        return self._idle.get(user_id)

    def set_idle(self, user_id: int, since: datetime | None) -> None:
        """``None`` for somebody who is back."""
        if since is None:
            self._idle.pop(user_id, None)
        else:
            self._idle[user_id] = since

    # Inside

    def _open(self, chat: Chat) -> Chat:
        self._chats[chat.id] = chat
        self._portal.changed("chat.add", id=chat.id)
        return chat

    def _mention(self, user_id: int) -> str:
        user = self._portal.staff.user(user_id)
        return f"[USER={user_id} REPLACE]{user.full_name if user else ''}[/USER]"

    def _tell(self, chat: Chat, record: HistoryRecord) -> None:
        words = (TOLD.get(record.field, {}).get(record.after or "") or TOLD.get(record.field, {}).get("*")) or ""
        if words:
            user = self._portal.staff.user(record.user_id)
            text = f"{user.full_name if user else ''} {words}".strip()
            self.say(chat, text, author=SYSTEM, at=record.at)


TOLD: dict[str, dict[str, str]] = {
    "NEW": {"*": "создал задачу"},
    "STATUS": {
        "2": "вернул задачу в работу",
        "3": "начал выполнение задачи",
        "4": "отправил задачу на проверку",
        "5": "завершил задачу",
        "6": "отложил задачу",
    },
    "DEADLINE": {"*": "изменил крайний срок"},
    "RESPONSIBLE_ID": {"*": "изменил исполнителя"},
}
"""What the chat of a task says by the field of the history and its new value (``*`` any). The first line is that of a
sample (im-recent-get.md), the words of the others are unverified."""
