"""The structure of the company as REST 3.0 sees it (api-reference/departments/node/index.md): departments and teams are
"nodes", people in them have roles.

Departments are those of ``portal.staff``; a head there is ``MEMBER_HEAD`` here. What staff does not know is kept here:
deputies and further heads, descriptions, colours, moments, and the teams.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

DEPARTMENT, TEAM = "DEPARTMENT", "TEAM"
COMPANY = 1
"""``structureId`` of the one company there is."""

ROLES = {
    DEPARTMENT: ("MEMBER_HEAD", "MEMBER_DEPUTY_HEAD", "MEMBER_EMPLOYEE"),
    TEAM: ("MEMBER_TEAM_HEAD", "MEMBER_TEAM_DEPUTY_HEAD", "MEMBER_TEAM_EMPLOYEE"),
}
"""From the top; the last one is everybody's unless said."""

COLORS = ("blue", "green", "cyan", "orange", "purple", "pink")


@dataclass
class Node:
    """A view of a department, or a team. ``parent`` is ``None`` at the top."""

    id: int
    type: str
    name: str
    parent: int | None
    created: datetime
    updated: datetime
    description: str | None = None
    color: str | None = None
    xml_id: str | None = None
    roles: dict[int, str] = field(default_factory=dict)
    """Role by user; of a department only those above the employees, of a team all."""


class Structure:
    """Raises ``KeyError`` for a node that is not there, and what ``Staff`` raises."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._born = portal.clock.now()
        """Departments made elsewhere have no date; they are as old as the portal."""
        self._nodes: dict[int, Node] = {}
        """Teams, and what is known of departments beyond ``staff``."""

    def nodes(self, kind: str | None = None) -> list[Node]:
        """By id."""
        departments = (self._of_department(one.id) for one in self._portal.staff.departments())
        found = {node.id: node for node in departments if node is not None}
        found.update((node.id, node) for node in self._nodes.values() if node.type == TEAM)
        return [found[number] for number in sorted(found) if kind in (None, found[number].type)]

    def get(self, node_id: int) -> Node | None:
        known = self._nodes.get(node_id)
        return known if known is not None and known.type == TEAM else self._of_department(node_id)

    def children(self, node_id: int) -> list[Node]:
        return [node for node in self.nodes() if node.parent == node_id]

    def below(self, node_id: int) -> set[int]:
        """The node itself and everything under it."""
        found, waiting = {node_id}, [node_id]
        while waiting:
            lower = [node.id for node in self.children(waiting.pop()) if node.id not in found]
            found.update(lower)
            waiting.extend(lower)
        return found

    def members(self, node: Node) -> dict[int, str]:
        """Role by user, heads first."""
        roles = dict(node.roles)
        if node.type == DEPARTMENT:
            department = self._portal.staff.department(node.id)
            for user in self._portal.staff.users():
                if user.active and node.id in user.departments:
                    roles.setdefault(user.id, ROLES[DEPARTMENT][-1])
            if department is not None and department.head is not None:
                roles[department.head] = ROLES[DEPARTMENT][0]
        order = ROLES[node.type]
        alive = {user_id: role for user_id, role in roles.items() if self._portal.staff.is_active(user_id)}
        return dict(sorted(alive.items(), key=lambda one: (order.index(one[1]), one[0])))

    def of_user(self, user_id: int, kind: str) -> list[Node]:
        """Where this user is a member."""
        return [node for node in self.nodes(kind) if user_id in self.members(node)]

    def add(self, kind: str, name: str, parent: int, *, description: str | None, color: str | None) -> Node:
        now = self._portal.clock.now()
        if kind == DEPARTMENT:
            number = self._portal.staff.add_department(name, parent=parent).id
        else:
            number = self._portal.next_id("department")
            self._portal.changed("team.add", id=number)
        self._nodes[number] = Node(number, kind, name, parent, now, now, description, color)
        return self._nodes[number]

    def edit(self, node: Node, *, name: str | None, description: str | None, color: str | None) -> Node:
        """Change what is given."""
        if node.type == DEPARTMENT and name is not None:
            self._portal.staff.update_department(node.id, name=name)
        node.name = node.name if name is None else name
        node.description = node.description if description is None else description
        node.color = node.color if color is None else color
        return self._touched(node)

    def move(self, node: Node, parent: int) -> Node:
        if node.type == DEPARTMENT:
            self._portal.staff.update_department(node.id, parent=parent)
        node.parent = parent
        return self._touched(node)

    def put(self, node: Node, user_ids: Iterable[int], role: str) -> None:
        """Into the node in this role; whoever is there already changes theirs."""
        for user_id in user_ids:
            if node.type == DEPARTMENT:
                self._join(node, user_id, role)
            node.roles[user_id] = role
        self._touched(node)

    def move_members(self, node: Node, user_ids: Iterable[int], role: str) -> None:
        """Out of every other node of the same type."""
        for user_id in user_ids:
            self.put(node, [user_id], role)
            for other in self.of_user(user_id, node.type):
                if other.id != node.id:
                    self.take_out(other, user_id)

    def take_out(self, node: Node, user_id: int) -> bool:
        """``False`` when the user is not there. Nobody is left without a department: the top one takes them
        (unverified)."""
        if user_id not in self.members(node):
            return False
        node.roles.pop(user_id, None)
        if node.type == DEPARTMENT:
            self._leave(node, user_id)
        self._touched(node)
        return True

    def set_members(self, node: Node, roles: Mapping[int, str]) -> None:
        """Exactly these people."""
        for user_id in self.members(node):
            if user_id not in roles:
                self.take_out(node, user_id)
        for user_id, role in roles.items():
            self.put(node, [user_id], role)

    def _of_department(self, node_id: int) -> Node | None:
        department = self._portal.staff.department(node_id)
        if department is None:
            return None
        known = self._nodes.get(node_id)
        if known is None:
            known = Node(node_id, DEPARTMENT, department.name, department.parent, self._born, self._born)
            self._nodes[node_id] = known
        known.name, known.parent = department.name, department.parent
        return known

    def _touched(self, node: Node) -> Node:
        node.updated = self._portal.clock.now()
        return node

    def _join(self, node: Node, user_id: int, role: str) -> None:
        staff = self._portal.staff
        user, department = staff.user(user_id), staff.department(node.id)
        if user is None or department is None:
            raise KeyError(user_id)
        if node.id not in user.departments:
            staff.update_user(user_id, departments=[*user.departments, node.id])
        head = ROLES[DEPARTMENT][0]
        if role == head and department.head is None:
            staff.update_department(node.id, head=user_id)
        elif role != head and department.head == user_id:
            staff.update_department(node.id, head=0)

    def _leave(self, node: Node, user_id: int) -> None:
        staff = self._portal.staff
        user, department = staff.user(user_id), staff.department(node.id)
        if user is None or department is None:
            raise KeyError(user_id)
        if department.head == user_id:
            staff.update_department(node.id, head=0)
        rest = [number for number in user.departments if number != node.id]
        top = next(one.id for one in staff.departments() if one.parent is None)
        if node.id in user.departments:
            staff.update_user(user_id, departments=rest or [top])
