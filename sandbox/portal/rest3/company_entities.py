"""Departments, teams, their members and employees, declared for REST 3.0 (api-reference/departments/)."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.portal.php import JSON
from sandbox.portal.rest3.entities import INT, LIST, TEXT, Entity, Field, Viewer, shown
from sandbox.portal.rest3.selection import project, read_select
from sandbox.portal.rest3.structure import COMPANY, DEPARTMENT, TEAM, Node
from sandbox.portal.staff import User


@dataclass(frozen=True)
class Member:
    """A user in a node."""

    user: User
    role: str


def profile(user: User) -> str:
    return f"/company/personal/user/{user.id}/"


def avatar(user: User) -> str | None:
    return user.profile.get("PERSONAL_PHOTO") or None


MEMBER: Entity[Member] = Entity(
    "NodeMemberDto",
    "humanresources",
    (
        Field("userId", INT, lambda _, one: one.user.id),
        Field("name", TEXT, lambda _, one: one.user.full_name),
        Field("workPosition", TEXT, lambda _, one: one.user.position),
        Field("role", TEXT, lambda _, one: one.role),
        Field("avatar", TEXT, lambda _, one: avatar(one.user)),
        Field("url", TEXT, lambda _, one: profile(one.user)),
    ),
)


def members(viewer: Viewer, node: Node) -> list[JSON]:
    everything = read_select(MEMBER, None)
    found = viewer.portal.rest3.structure.members(node).items()
    people = ((viewer.portal.staff.user(user_id), role) for user_id, role in found)
    return [project(MEMBER, everything, viewer, Member(user, role)) for user, role in people if user is not None]


PLAIN = (
    "id", "name", "type", "structureId", "parentId", "description", "accessCode", "userCount", "colorName", "xmlId",
    "createdAt", "updatedAt",
)  # fmt: skip

NODE: Entity[Node] = Entity(
    "NodeDto",
    "humanresources",
    (
        Field("id", INT, lambda _, node: node.id, filterable=True, sortable=True),
        Field("name", TEXT, lambda _, node: node.name, sortable=True),
        Field("type", TEXT, lambda _, node: node.type, filterable=True),
        Field("structureId", INT, lambda _, node: COMPANY, filterable=True),
        Field("parentId", INT, lambda _, node: node.parent, filterable=True),
        Field("description", TEXT, lambda _, node: node.description),
        Field("accessCode", TEXT, lambda _, node: f"DR{node.id}" if node.type == DEPARTMENT else f"SNTR{node.id}"),
        Field("userCount", INT, lambda viewer, node: len(viewer.portal.rest3.structure.members(node))),
        Field("colorName", TEXT, lambda _, node: node.color),
        Field("xmlId", TEXT, lambda _, node: node.xml_id),
        Field("createdAt", TEXT, lambda _, node: shown(node.created), sortable=True),
        Field("updatedAt", TEXT, lambda _, node: shown(node.updated)),
        Field("members", LIST, members),
    ),
    PLAIN,
)
"""The access code of a team is unverified. ``members`` come when selected, and with a new node."""


def nodes_of(viewer: Viewer, user: User, kind: str) -> list[JSON]:
    return [{"id": node.id, "name": node.name} for node in viewer.portal.rest3.structure.of_user(user.id, kind)]


EMPLOYEE: Entity[User] = Entity(
    "EmployeeDto",
    "humanresources",
    (
        Field("userId", INT, lambda _, one: one.id),
        Field("name", TEXT, lambda _, one: one.full_name),
        Field("workPosition", TEXT, lambda _, one: one.position),
        Field("avatar", TEXT, lambda _, one: avatar(one)),
        Field("url", TEXT, lambda _, one: profile(one)),
        Field("departments", LIST, lambda viewer, one: nodes_of(viewer, one, DEPARTMENT)),
        Field("teams", LIST, lambda viewer, one: nodes_of(viewer, one, TEAM)),
    ),
)
