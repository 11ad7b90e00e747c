"""Section ``portal.notices``: what the bell of each user shows. Requests are in ``methods/notifications.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.portal.clock import iso
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

PERSONAL, SYSTEM = "USER", "SYSTEM"


@dataclass(frozen=True, slots=True)
class Notice:
    id: int
    user_id: int
    """Whose bell."""
    author: int
    """0 for the system."""
    kind: str
    """``PERSONAL`` or ``SYSTEM``."""
    text: str
    at: datetime
    application: str = ""
    """Tags are compared within one application only."""
    tag: str = ""
    sub_tag: str = ""
    read: bool = False

    def as_json(self) -> dict[str, JSON]:
        """For the control plane; no method of the portal answers like this."""
        return {
            "id": self.id,
            "user_id": self.user_id,
            "author_id": self.author,
            "type": self.kind,
            "text": self.text,
            "at": iso(self.at),
            "tag": self.tag,
            "sub_tag": self.sub_tag,
            "read": self.read,
        }


class Notices:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._notices: dict[int, Notice] = {}
        self._chats: dict[int, int] = {}

    def add(
        self,
        user_id: int,
        text: str,
        *,
        author: int = 0,
        kind: str = SYSTEM,
        application: str = "",
        tag: str = "",
        sub_tag: str = "",
    ) -> Notice:
        """A tag is unique within the application: "other notifications will be deleted". The page does not say
        "of the same user", so those of others go too (api-reference/chats/notifications/im-notify.md; unverified)."""
        if tag:
            self.delete_tagged(application, tag=tag)
        number = self._portal.next_id("notice")
        now = self._portal.clock.now()
        notice = Notice(number, user_id, author, kind, text, now, application, tag, sub_tag)
        self._notices[number] = notice
        self._portal.changed("notice.add", id=number, user=user_id, by=author)
        return notice

    def delete(self, notice_id: int) -> bool:
        """``False`` when there is no such notice."""
        return self._notices.pop(notice_id, None) is not None

    def delete_tagged(self, application: str, *, tag: str = "", sub_tag: str = "") -> bool:
        """Everything of this application under the tag, or else under the sub-tag; ``False`` when there was nothing."""
        found = [
            notice.id
            for notice in self._notices.values()
            if notice.application == application
            and (notice.tag == tag if tag else bool(sub_tag) and notice.sub_tag == sub_tag)
        ]
        for number in found:
            del self._notices[number]
        return bool(found)

    def set_read(self, user_id: int, which: Callable[[Notice], bool], *, read: bool) -> None:
        """Of this user's notices those that fit."""
        for notice in self.of_user(user_id):
            if notice.read is not read and which(notice):
                self._notices[notice.id] = replace(notice, read=read)
                self._portal.changed("notice.read" if read else "notice.unread", id=notice.id, by=user_id)

    def of_user(self, user_id: int) -> list[Notice]:
        """What this user sees, oldest first."""
        return [notice for notice in self._notices.values() if notice.user_id == user_id]

    def chat_of(self, user_id: int) -> int:
        """Notices are kept in a chat of their own: its id."""
        if user_id not in self._chats:
            self._chats[user_id] = self._portal.next_id("chat")
        return self._chats[user_id]

    def get(self, notice_id: int) -> Notice | None:
        return self._notices.get(notice_id)

    def of(self, user_id: int) -> list[dict[str, JSON]]:
        """The same for the control plane."""
        return [notice.as_json() for notice in self.of_user(user_id)]
