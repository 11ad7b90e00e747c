"""``humanresources.node.*`` and ``humanresources.employee.*``: the structure of the company
(api-reference/departments/).

Looking is for employees; changing is for administrators, as if nobody had been given the rights of the structure beyond
that (unverified: a portal has roles for it).
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Caller
from sandbox.portal.rest3.company_entities import EMPLOYEE, NODE, PLAIN
from sandbox.portal.rest3.entities import Viewer
from sandbox.portal.rest3.ordering import read_page
from sandbox.portal.rest3.query import Query
from sandbox.portal.rest3.refusals import access_denied, invalid_request, not_found
from sandbox.portal.rest3.registry import (
    ARRAY,
    ID,
    INTEGER,
    PAGINATION,
    STRING,
    Parameter,
    item_of,
    items_of,
    rest3_method,
    select_of,
)
from sandbox.portal.rest3.selection import project, read_select
from sandbox.portal.rest3.structure import COLORS, DEPARTMENT, ROLES, TEAM, Node
from sandbox.portal.staff import User

SCOPE = "humanresources"
NODES = "api-reference/departments/node/humanresources-node"
MEMBERS = "api-reference/departments/node-member/humanresources-node-member"
EMPLOYEES = "api-reference/departments/employee/humanresources-employee"
PAGE = 200

TYPE = Parameter("type", STRING, required=True)
NODE_ID = Parameter("nodeId", INTEGER, required=True)
USER_IDS = Parameter("userIds", ARRAY, required=True)
ROLE = Parameter("role", STRING)


# Looking at nodes


@rest3_method(
    "humanresources.node.list",
    scope=SCOPE,
    docs=f"{NODES}-list.md",
    takes=(TYPE, select_of(NODE), PAGINATION),
    answers=items_of(NODE),
    entities=(NODE,),
)
def list_nodes(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_employee(portal, caller)
    kind = require_type(query)
    page = read_page(query.get("pagination"), PAGE)
    return rows(portal, caller, query, list(page.of(portal.rest3.structure.nodes(kind))))


@rest3_method(
    "humanresources.node.get",
    scope=SCOPE,
    docs=f"{NODES}-get.md",
    takes=(ID, select_of(NODE)),
    answers=item_of(NODE),
    entities=(NODE,),
)
def get_node(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_employee(portal, caller)
    number = query.require_int("id")
    selection = read_select(NODE, query.get("select"))
    return {"item": project(NODE, selection, Viewer(portal, caller.user_id), require_node(portal, number))}


@rest3_method(
    "humanresources.node.children",
    scope=SCOPE,
    docs=f"{NODES}-children.md",
    takes=(ID, select_of(NODE)),
    answers=items_of(NODE),
    entities=(NODE,),
)
def list_children(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Departments and teams directly below."""
    require_employee(portal, caller)
    node = permitted_node(portal, query.require_int("id"))
    return rows(portal, caller, query, portal.rest3.structure.children(node.id))


@rest3_method(
    "humanresources.node.search",
    scope=SCOPE,
    docs=f"{NODES}-search.md",
    takes=(TYPE, Parameter("name", STRING, required=True), Parameter("parentId", INTEGER), PAGINATION),
    answers=items_of(NODE),
    entities=(NODE,),
)
def search_nodes(portal: Portal, caller: Caller, query: Query) -> JSON:
    """By a part of the name; below a node when one is given."""
    require_employee(portal, caller)
    kind, words, parent = require_type(query), query.require_text("name").casefold(), query.optional_int("parentId")
    page = read_page(query.get("pagination"), PAGE)
    below = None if parent is None else portal.rest3.structure.below(parent) - {parent}
    found = [
        node
        for node in portal.rest3.structure.nodes(kind)
        if words in node.name.casefold() and (below is None or node.id in below)
    ]
    return rows(portal, caller, query, list(page.of(found)))


@rest3_method("humanresources.node.count", scope=SCOPE, docs=f"{NODES}-count.md")
def count_nodes(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_employee(portal, caller)
    structure = portal.rest3.structure
    return {"departments": len(structure.nodes(DEPARTMENT)), "teams": len(structure.nodes(TEAM))}


# Changing nodes


@rest3_method(
    "humanresources.node.add",
    scope=SCOPE,
    docs=f"{NODES}-add.md",
    writes=True,
    takes=(TYPE, Parameter("name", STRING, required=True), Parameter("parentId", INTEGER, required=True)),
    entities=(NODE,),
)
def add_node(portal: Portal, caller: Caller, query: Query) -> JSON:
    """With people in their roles. Chats, channels, collabs and ``settings`` are taken and come to nothing here."""
    kind, name, parent = require_type(query), require_name(query), query.require_int("parentId")
    description, color = query.optional_text("description"), read_color(query)
    roles = read_roles(portal, query, kind) if query.has("userIds") else {}
    moving = query.flag("moveUsersToNode")
    require_administrator(portal, caller)
    if (kind, permitted_node(portal, parent).type) == (DEPARTMENT, TEAM):
        raise access_denied()
    structure = portal.rest3.structure
    node = structure.add(kind, name, parent, description=description, color=color)
    for user_id, role in roles.items():
        if moving and kind == DEPARTMENT:
            structure.move_members(node, [user_id], role)
        else:
            structure.put(node, [user_id], role)
    return shown(portal, caller, node, [*PLAIN, "members"])


@rest3_method(
    "humanresources.node.edit", scope=SCOPE, docs=f"{NODES}-edit.md", writes=True, takes=(ID,), entities=(NODE,)
)
def edit_node(portal: Portal, caller: Caller, query: Query) -> JSON:
    number = query.require_int("id")
    if not any(query.has(name) for name in ("name", "description", "colorName")):
        words = "At least one of the following fields must be provided: name, description, colorName."
        raise invalid_request(("name", words))
    name = require_name(query) if query.has("name") else None
    description, color = query.optional_text("description"), read_color(query)
    require_administrator(portal, caller)
    node = permitted_node(portal, number)
    return shown(portal, caller, portal.rest3.structure.edit(node, name=name, description=description, color=color))


@rest3_method(
    "humanresources.node.move",
    scope=SCOPE,
    docs=f"{NODES}-move.md",
    writes=True,
    takes=(ID, Parameter("parentId", INTEGER, required=True)),
    entities=(NODE,),
)
def move_node(portal: Portal, caller: Caller, query: Query) -> JSON:
    number, parent = query.require_int("id"), query.require_int("parentId")
    require_administrator(portal, caller)
    structure = portal.rest3.structure
    node, above = permitted_node(portal, number), permitted_node(portal, parent)
    if node.parent is None or above.id in structure.below(node.id) or (node.type, above.type) == (DEPARTMENT, TEAM):
        # what a portal says to an impossible move is unverified
        raise invalid_request(("parentId", "Невозможно переместить элемент структуры в указанный отдел"))
    return shown(portal, caller, structure.move(node, parent))


# Members


@rest3_method(
    "humanresources.node.member.add",
    scope=SCOPE,
    docs=f"{MEMBERS}-add.md",
    writes=True,
    takes=(NODE_ID, USER_IDS, ROLE),
)
def add_members(portal: Portal, caller: Caller, query: Query) -> JSON:
    number, people = require_node_id(query), require_people(portal, query)
    if not query.has("role"):
        raise invalid_request(("role", 'Parameter "role" is required.'))
    require_administrator(portal, caller)
    node = require_node(portal, number)
    portal.rest3.structure.put(node, people, require_role(query, node))
    return {"success": True}


@rest3_method(
    "humanresources.node.member.move",
    scope=SCOPE,
    docs=f"{MEMBERS}-move.md",
    writes=True,
    takes=(NODE_ID, USER_IDS, ROLE),
)
def move_members(portal: Portal, caller: Caller, query: Query) -> JSON:
    number, people = require_node_id(query), require_people(portal, query)
    require_administrator(portal, caller)
    node = require_node(portal, number)
    role = require_role(query, node) if query.has("role") else ROLES[node.type][-1]
    portal.rest3.structure.move_members(node, people, role)
    return {"success": True}


@rest3_method(
    "humanresources.node.member.set",
    scope=SCOPE,
    docs=f"{MEMBERS}-set.md",
    writes=True,
    takes=(NODE_ID, Parameter("userIds", {"type": "object"}, required=True)),
)
def set_members(portal: Portal, caller: Caller, query: Query) -> JSON:
    number = require_node_id(query)
    if not isinstance(query.get("userIds"), Mapping) or not query.get("userIds"):
        raise invalid_request(("userIds", 'Parameter "userIds" is required and must be a non-empty array.'))
    require_administrator(portal, caller)
    node = require_node(portal, number)
    portal.rest3.structure.set_members(node, read_roles(portal, query, node.type))
    return {"success": True}


@rest3_method(
    "humanresources.node.member.remove",
    scope=SCOPE,
    docs=f"{MEMBERS}-remove.md",
    writes=True,
    takes=(NODE_ID, USER_IDS),
)
def remove_members(portal: Portal, caller: Caller, query: Query) -> JSON:
    """Says of each who left and who was not there."""
    number = require_node_id(query)
    people = read_ids(query.get("userIds"))
    require_administrator(portal, caller)
    node = require_node(portal, number)
    removed: list[JSON] = []
    failed: list[JSON] = []
    for user_id in people:
        if portal.rest3.structure.take_out(node, user_id):
            removed.append(user_id)
        else:
            failed.append({"userId": user_id, "reason": "Not found in this node"})
    return {"removed": removed, "failed": failed}


# Employees


@rest3_method(
    "humanresources.employee.search",
    scope=SCOPE,
    docs=f"{EMPLOYEES}-search.md",
    takes=(Parameter("name", STRING, required=True), Parameter("nodeId", INTEGER), select_of(EMPLOYEE)),
    answers=items_of(EMPLOYEE),
    entities=(EMPLOYEE,),
)
def search_employees(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_employee(portal, caller)
    if not query.has("name"):
        raise invalid_request(("name", 'Parameter "name" is required.'))
    words, number = query.require_text("name").casefold(), query.optional_int("nodeId")
    selection = read_select(EMPLOYEE, query.get("select"))
    within = None if number is None else portal.rest3.structure.members(require_node(portal, number))
    viewer = Viewer(portal, caller.user_id)
    return {
        "items": [
            project(EMPLOYEE, selection, viewer, user)
            for user in employees(portal)
            if words in user.full_name.casefold() and (within is None or user.id in within)
        ]
    }


@rest3_method("humanresources.employee.count", scope=SCOPE, docs=f"{EMPLOYEES}-count.md")
def count_employees(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_employee(portal, caller)
    return {"total": len(employees(portal))}


@rest3_method("humanresources.employee.subordinates", scope=SCOPE, docs=f"{EMPLOYEES}-subordinates.md", takes=(ID,))
def count_subordinates(portal: Portal, caller: Caller, query: Query) -> JSON:
    """By the departments this user heads, alone or as a deputy; people below those are counted too (unverified)."""
    require_employee(portal, caller)
    user_id = query.require_int("id")
    if user_id <= 0:
        raise invalid_request(("id", 'Parameter "id" is required and must be a positive integer.'))
    structure = portal.rest3.structure
    leading = [(node, structure.members(node)[user_id]) for node in structure.of_user(user_id, DEPARTMENT)]
    return {
        "userId": user_id,
        "departments": [
            {
                "nodeId": node.id,
                "name": node.name,
                "role": role.removeprefix("MEMBER_"),
                "subordinatesCount": len(portal.staff.people_below(node.id) - {user_id}),
            }
            for node, role in leading
            if role != ROLES[DEPARTMENT][-1]
        ],
    }


@rest3_method("humanresources.employee.multidepartment", scope=SCOPE, docs=f"{EMPLOYEES}-multidepartment.md")
def list_multidepartment(portal: Portal, caller: Caller, query: Query) -> JSON:
    require_employee(portal, caller)
    viewer = Viewer(portal, caller.user_id)
    selection = read_select(EMPLOYEE, ["userId", "name", "workPosition", "departments"])
    shown_people = (project(EMPLOYEE, selection, viewer, user) for user in employees(portal))
    found = [one for one in shown_people if len(departments_of(one)) > 1]
    return {"employees": found, "total": len(found)}


def departments_of(employee: Mapping[str, JSON]) -> list[JSON]:
    departments = employee["departments"]
    return list(departments) if isinstance(departments, list) else []


def employees(portal: Portal) -> list[User]:
    """Active people of the company, each once."""
    return [user for user in portal.staff.users() if user.active and is_employee(user)]


def is_employee(user: User) -> bool:
    return user.user_type == "employee" and bool(user.departments)


# Checks


def require_employee(portal: Portal, caller: Caller) -> None:
    """Somebody with a place in the structure."""
    user = portal.staff.user(caller.user_id)
    if user is None or not (is_employee(user) or portal.rest3.structure.of_user(user.id, DEPARTMENT)):
        raise access_denied()


def require_administrator(portal: Portal, caller: Caller) -> None:
    if not caller.admin:
        raise access_denied()


def require_type(query: Query) -> str:
    kind = query.require_text("type")
    if kind not in ROLES:
        raise invalid_request(("type", "Передано недопустимое значение типа элемента структуры"))
    return kind


def require_name(query: Query) -> str:
    """Nothing but blanks is no name (unverified)."""
    name = query.require_text("name").strip()
    if not name:
        raise invalid_request(("name", "Обязательное поле `name` не указано"))
    return name


def read_color(query: Query) -> str | None:
    color = query.optional_text("colorName")
    if color is not None and color not in COLORS:
        raise invalid_request(("colorName", "Передано недопустимое значение цвета"))
    return color


def require_node(portal: Portal, number: int) -> Node:
    node = portal.rest3.structure.get(number)
    if node is None:
        raise not_found(number)
    return node


def permitted_node(portal: Portal, number: int) -> Node:
    """Where the page of the method knows no "not found", there is nothing one may do with a node that is not there."""
    node = portal.rest3.structure.get(number)
    if node is None:
        raise access_denied()
    return node


def require_node_id(query: Query) -> int:
    if not query.has("nodeId"):
        raise invalid_request(("nodeId", 'Parameter "nodeId" is required.'))
    return query.require_int("nodeId")


def read_ids(said: JSON) -> list[int]:
    if isinstance(said, list) and said and all(isinstance(one, int) and not isinstance(one, bool) for one in said):
        return [one for one in dict.fromkeys(said) if isinstance(one, int)]
    raise invalid_request(("userIds", 'Parameter "userIds" is required and must be a non-empty array.'))


def require_people(portal: Portal, query: Query) -> list[int]:
    """Users that exist; what a portal says to others is unverified."""
    people = read_ids(query.get("userIds"))
    check_people(portal, people)
    return people


def check_people(portal: Portal, people: list[int]) -> None:
    strangers = [user_id for user_id in people if not portal.staff.is_active(user_id)]
    if strangers:
        raise invalid_request(("userIds", f"Users not found: {', '.join(map(str, strangers))}."))


def require_role(query: Query, node: Node) -> str:
    role = query.require_text("role")
    if role not in ROLES[node.type]:
        raise invalid_request(("role", f"Invalid role {role}. Allowed: {', '.join(ROLES[node.type])}."))
    return role


def read_roles(portal: Portal, query: Query, kind: str) -> dict[int, str]:
    """Role by user. Raises what ``humanresources.node.member.set`` says to roles of another type."""
    said = query.get("userIds")
    lists = said if isinstance(said, Mapping) else {}
    wrong = [role for role in lists if role not in ROLES[kind]]
    if wrong:
        raise invalid_request(("userIds", f"Invalid roles: {', '.join(wrong)}. Allowed: {', '.join(ROLES[kind])}."))
    roles: dict[int, str] = {}
    for role in reversed(ROLES[kind]):
        if lists.get(role):
            people = read_ids(lists[role])
            check_people(portal, people)
            roles.update(dict.fromkeys(people, role))
    return roles


def rows(portal: Portal, caller: Caller, query: Query, nodes: list[Node]) -> JSON:
    selection = read_select(NODE, query.get("select"))
    return {"items": [project(NODE, selection, Viewer(portal, caller.user_id), node) for node in nodes]}


def shown(portal: Portal, caller: Caller, node: Node, names: list[str] | None = None) -> JSON:
    return project(NODE, read_select(NODE, names), Viewer(portal, caller.user_id), node)
