"""Who may do what with a task, and when.

Read: an administrator everything, a head the tasks of their people, others what they take part in or what is in their
groups (api-reference/tasks/tasks-task-get.md). Which status allows which action is read off the samples of
api-reference/tasks/status/ and neighbours; the exact roles of group members and of people above are unverified.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from sandbox.portal.workgroups import MODERATOR, OWNER

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal
    from sandbox.portal.tasks import Task


class Role(Enum):
    ADMIN = auto()
    CREATOR = auto()
    RESPONSIBLE = auto()
    ACCOMPLICE = auto()
    AUDITOR = auto()
    HEAD = auto()
    """Of somebody in the task."""
    GROUP_MODERATOR = auto()
    """The owner too."""
    GROUP_MEMBER = auto()


READERS = frozenset(Role)
EDITORS = frozenset({Role.ADMIN, Role.CREATOR, Role.HEAD, Role.GROUP_MODERATOR})
DOERS = EDITORS | {Role.RESPONSIBLE, Role.ACCOMPLICE}
ACCEPTORS = frozenset({Role.ADMIN, Role.CREATOR})
NOBODY: frozenset[Role] = frozenset()

PENDING, IN_PROGRESS, AWAITING_CONTROL, COMPLETED, DEFERRED = 2, 3, 4, 5, 6

Roles = frozenset[Role]
Rule = Callable[["Task", Roles, bool], bool]
"""Task, roles of the user, whether it is among the user's favourites."""


def whenever(who: Roles) -> Rule:
    return lambda task, roles, favorite: bool(roles & who)


def in_status(who: Roles, *statuses: int) -> Rule:
    return lambda task, roles, favorite: bool(roles & who) and task.status in statuses


def may_change_deadline(task: Task, roles: Roles, favorite: bool) -> bool:
    return bool(roles & EDITORS) or (task.allow_change_deadline and bool(roles & DOERS))


def may_add_favorite(task: Task, roles: Roles, favorite: bool) -> bool:
    return bool(roles) and not favorite


def may_delete_favorite(task: Task, roles: Roles, favorite: bool) -> bool:
    return bool(roles) and favorite


def may_toggle_timer(task: Task, roles: Roles, favorite: bool) -> bool:
    return task.allow_time_tracking and bool(roles & DOERS) and task.status in {PENDING, IN_PROGRESS, DEFERRED}


RULES: dict[str, Rule] = {
    "ACCEPT": whenever(NOBODY),
    "DECLINE": whenever(NOBODY),
    "COMPLETE": in_status(DOERS, PENDING, IN_PROGRESS, DEFERRED),
    "APPROVE": in_status(ACCEPTORS, AWAITING_CONTROL),
    "DISAPPROVE": in_status(ACCEPTORS, AWAITING_CONTROL),
    "START": in_status(DOERS, PENDING),
    "PAUSE": in_status(DOERS, IN_PROGRESS),
    "DELEGATE": in_status(EDITORS | {Role.RESPONSIBLE}, PENDING, IN_PROGRESS, DEFERRED),
    "REMOVE": whenever(EDITORS),
    "EDIT": whenever(EDITORS),
    "DEFER": in_status(DOERS, PENDING),
    "RENEW": in_status(DOERS, COMPLETED, DEFERRED),
    "CREATE": whenever(READERS),
    "CHANGE_DEADLINE": may_change_deadline,
    "CHECKLIST_ADD_ITEMS": whenever(DOERS),
    "ADD_FAVORITE": may_add_favorite,
    "DELETE_FAVORITE": may_delete_favorite,
    "RATE": whenever(EDITORS),
    "TAKE": whenever(NOBODY),
    "EDIT.ORIGINATOR": whenever(NOBODY),
    "CHECKLIST.REORDER": whenever(DOERS),
    "ELAPSEDTIME.ADD": whenever(DOERS),
    "DAYPLAN.TIMER.TOGGLE": may_toggle_timer,
    "EDIT.PLAN": may_change_deadline,
    "CHECKLIST.ADD": whenever(DOERS),
    "FAVORITE.ADD": may_add_favorite,
    "FAVORITE.DELETE": may_delete_favorite,
}
"""Actions in the order and under the names of ``tasks.task.getaccess``."""


class TaskRights:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def roles(self, task: Task, user_id: int) -> Roles:
        """Empty for somebody who may not even read the task, and for users that do not exist."""
        staff = self._portal.staff
        if staff.user(user_id) is None:
            return frozenset()
        group_role = self._portal.workgroups.role(task.group, user_id) if task.group else None
        held = {
            Role.ADMIN: staff.is_admin(user_id),
            Role.CREATOR: user_id == task.created_by,
            Role.RESPONSIBLE: user_id == task.responsible,
            Role.ACCOMPLICE: user_id in task.accomplices,
            Role.AUDITOR: user_id in task.auditors,
            Role.HEAD: any(staff.is_head_over(user_id, member) for member in task.members),
            Role.GROUP_MODERATOR: group_role in {OWNER, MODERATOR},
            Role.GROUP_MEMBER: group_role is not None,
        }
        return frozenset(role for role, holds in held.items() if holds)

    def may_read(self, task: Task, user_id: int) -> bool:
        return bool(self.roles(task, user_id))

    def readable(self, user_id: int) -> set[int] | None:
        """Ids of all tasks this user may read; ``None`` means every task there is."""
        if self._portal.staff.is_admin(user_id):
            return None
        indexes = self._portal.tasks.indexes
        found: set[int] = set(indexes.by_member.at(user_id))
        for subordinate in self._portal.staff.subordinates(user_id):
            found |= indexes.by_member.at(subordinate)
        for group_id in self._portal.workgroups.of_user(user_id):
            found |= indexes.by_group.at(group_id)
        return found

    def may(self, action: str, task: Task, user_id: int) -> bool:
        """``action`` is one of ``RULES``."""
        favorite = task.id in self._portal.tasks.favorites(user_id)
        return RULES[action](task, self.roles(task, user_id), favorite)

    def accepts(self, task: Task, user_id: int) -> bool:
        """Whether it is this user who accepts the work, now or at another time."""
        return bool(self.roles(task, user_id) & ACCEPTORS)

    def actions(self, task: Task, user_id: int) -> dict[str, bool]:
        """Every action and whether it is allowed."""
        roles = self.roles(task, user_id)
        favorite = task.id in self._portal.tasks.favorites(user_id)
        return {action: rule(task, roles, favorite) for action, rule in RULES.items()}
