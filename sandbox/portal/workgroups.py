"""Section ``portal.workgroups``: workgroups and projects, and who is in them.

How they look in an answer is in ``methods/groups.py``; the columns of a group's tasks are in ``kanban.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

OWNER, MODERATOR, MEMBER = "A", "E", "K"
"""Roles in a group (api-reference/sonet-group/members/sonet-group-user-get.md)."""


@dataclass
class Workgroup:
    id: int
    name: str
    owner: int
    created: datetime
    updated: datetime
    description: str = ""
    visible: bool = True
    opened: bool = False
    closed: bool = False
    """In the archive."""
    project: bool = False
    keywords: str = ""
    initiate_perms: str = MEMBER
    """Who invites: the role from which on it is allowed."""
    subject_id: int = 1
    scrum_master: int = 0
    project_start: datetime | None = None
    project_finish: datetime | None = None
    members: dict[int, str] = field(default_factory=dict)
    """Role by user id, the owner among them."""
    invited: set[int] = field(default_factory=set)
    """Asked to join, and have not answered."""
    applicants: set[int] = field(default_factory=set)
    """Asked to be let in, and were not answered."""


class Workgroups:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._groups: dict[int, Workgroup] = {}
        self._of_user: defaultdict[int, set[int]] = defaultdict(set)

    def add(self, name: str, *, owner: int = 1, members: Iterable[int] = (), **fields: object) -> Workgroup:
        """A new group; ``fields`` are those of ``Workgroup`` (``project=True``, ``description="..."``).

        Raises ``TypeError`` for a field that does not exist. Announces ``ONSONETGROUPADD``.
        """
        now = self._portal.clock.now()
        check_editable(fields)
        group = Workgroup(self._portal.next_id("group"), name, owner, created=now, updated=now)
        for field_name, value in fields.items():
            setattr(group, field_name, value)
        self._groups[group.id] = group
        self._set_role(group, owner, OWNER)
        for member in members:
            if member != owner:
                self._set_role(group, member, MEMBER)
        self._portal.changed("workgroup.add", id=group.id)
        self._portal.emit("ONSONETGROUPADD", {"FIELDS": {"ID": str(group.id)}})
        return group

    def update(self, group: Workgroup, **changes: object) -> bool:
        """Change fields by their names; ``owner`` changes hands. ``False`` when nothing differs: then nothing is saved
        nor announced (unverified)."""
        owner = changes.pop("owner", group.owner)
        check_editable(changes)
        different = {name: value for name, value in changes.items() if getattr(group, name) != value}
        if not different and owner == group.owner:
            return False
        for name, value in different.items():
            setattr(group, name, value)
        if isinstance(owner, int) and owner != group.owner:
            self._set_role(group, group.owner, MODERATOR)
            self._set_role(group, owner, OWNER)
            group.owner = owner
        group.updated = self._portal.clock.now()
        self._portal.changed("workgroup.update", id=group.id)
        self._portal.emit("ONSONETGROUPUPDATE", {"FIELDS": {"ID": str(group.id)}})
        return True

    def delete(self, group: Workgroup) -> None:
        """Its tasks stay, without a group (unverified)."""
        for member in list(group.members):
            self._of_user[member].discard(group.id)
        del self._groups[group.id]
        self._portal.tasks.leave_group(group.id)
        self._portal.changed("workgroup.delete", id=group.id)
        self._portal.emit("ONSONETGROUPDELETE", {"FIELDS": {"ID": str(group.id)}})

    def get(self, group_id: int) -> Workgroup | None:
        return self._groups.get(group_id)

    def all(self) -> list[Workgroup]:
        return [self._groups[number] for number in sorted(self._groups)]

    def of_user(self, user_id: int) -> frozenset[int]:
        """Ids of the groups this user is in."""
        return frozenset(self._of_user[user_id])

    def role(self, group_id: int, user_id: int) -> str | None:
        """``A``, ``E``, ``K``, or nothing for somebody from outside."""
        group = self._groups.get(group_id)
        return group.members.get(user_id) if group else None

    def can_see(self, group: Workgroup, user_id: int) -> bool:
        """A group missing from the common list is seen by its members only."""
        return group.visible or user_id in group.members

    def add_members(self, group: Workgroup, user_ids: Iterable[int]) -> list[int]:
        """Without invitation. Answers those who were not there before and can be: active users."""
        added = [
            user_id
            for user_id in dict.fromkeys(user_ids)
            if user_id not in group.members and self._portal.staff.is_active(user_id)
        ]
        for user_id in added:
            self._set_role(group, user_id, MEMBER)
        self._note_members(group, added)
        return added

    def invite(self, group: Workgroup, user_ids: Iterable[int], *, by: int) -> list[int]:
        """Answers those who were invited now: active users who neither are members nor were asked before. Whoever asked
        to be let in is a member at once."""
        asked = [
            user_id
            for user_id in dict.fromkeys(user_ids)
            if user_id not in group.members and user_id not in group.invited and self._portal.staff.is_active(user_id)
        ]
        self.add_members(group, [user_id for user_id in asked if user_id in group.applicants])
        group.invited.update(user_id for user_id in asked if user_id not in group.members)
        for user_id in asked:
            if user_id in group.invited:
                self._portal.notices.add(user_id, f"Приглашает вас в группу {group.name}", author=by, kind="USER")
        return asked

    def request(self, group: Workgroup, user_id: int) -> bool:
        """Somebody wants in. An open group lets them in at once, and so does one that has invited them. ``False`` for a
        member and for who asked before."""
        if user_id in group.members or user_id in group.applicants:
            return False
        if group.opened or user_id in group.invited:
            self.add_members(group, [user_id])
        else:
            group.applicants.add(user_id)
            self._portal.notices.add(group.owner, f"Хочет вступить в группу {group.name}", author=user_id, kind="USER")
        return True

    def set_role(self, group: Workgroup, user_ids: Iterable[int], role: str) -> list[int]:
        """Answers those whose role it is now; the owner keeps theirs, people from outside get none."""
        changed = [user_id for user_id in dict.fromkeys(user_ids) if group.members.get(user_id) not in (None, OWNER)]
        for user_id in changed:
            self._set_role(group, user_id, role)
        self._note_members(group, changed)
        return changed

    def remove_members(self, group: Workgroup, user_ids: Iterable[int]) -> list[int]:
        """Answers those who left; the owner and the scrum master cannot."""
        leaving = [
            user_id
            for user_id in dict.fromkeys(user_ids)
            if group.members.get(user_id) not in (None, OWNER) and user_id != group.scrum_master
        ]
        for user_id in leaving:
            del group.members[user_id]
            self._of_user[user_id].discard(group.id)
        self._note_members(group, leaving)
        return leaving

    def _set_role(self, group: Workgroup, user_id: int, role: str) -> None:
        group.members[user_id] = role
        group.invited.discard(user_id)
        group.applicants.discard(user_id)
        self._of_user[user_id].add(group.id)

    def _note_members(self, group: Workgroup, user_ids: list[int]) -> None:
        if user_ids:
            self._portal.changed("workgroup.members", id=group.id, users=user_ids)


EDITABLE = frozenset(Workgroup.__dataclass_fields__) - {
    "id",
    "owner",
    "created",
    "updated",
    "members",
    "invited",
    "applicants",
}


def check_editable(fields: dict[str, object]) -> None:
    unknown = sorted(fields.keys() - EDITABLE)
    if unknown:
        raise TypeError(f"a workgroup has no editable field {unknown[0]!r}; there are {', '.join(sorted(EDITABLE))}")
