"""``im.user.*``, ``im.department.*``, ``im.search.*``: people as the messenger shows them (api-reference/chats/)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from sandbox.portal import chat_view
from sandbox.portal.chats import Kind
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_text, is_array
from sandbox.portal.methods.dialogs import PAGES
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.rest import Answer, Caller, Params, rest_method
from sandbox.portal.staff import Department, User

STATUSES = ("online", "dnd", "away", "break")
ROWS, MOST_ROWS = 10, 50
"""``LIMIT`` of lists and searches when it is not said, and the largest."""

SHORTEST_SEARCH = 2


@rest_method("im.user.get", scope="im", docs=f"{PAGES}/users/im-user-get.md")
def get_user(portal: Portal, caller: Caller, params: Params) -> JSON:
    """The caller unless ``ID`` says otherwise."""
    fields = params.upper()
    number = as_int(fields.get("ID")) if fields.has("ID") else caller.user_id
    if number is None or number <= 0:
        raise RestError("ID_EMPTY", "User ID can't be empty")
    user = portal.staff.user(number)
    if user is None:
        raise RestError("USER_NOT_EXISTS", "User is not exists")
    return chat_view.person(portal, user)


@rest_method("im.user.list.get", scope="im", docs=f"{PAGES}/users/im-user-list-get.md")
def list_users(portal: Portal, caller: Caller, params: Params) -> JSON:
    """By id, with nothing for those there are not; ``RESULT_TYPE`` ``array`` gives a list of those there are."""
    fields = params.upper()
    if not is_array(fields.get("ID")) or not as_list(fields.get("ID")):
        raise RestError("INVALID_FORMAT", "A wrong format for the ID field is passed")
    numbers = [number for number in map(as_int, as_list(fields.get("ID"))) if number]
    users = {number: portal.staff.user(number) for number in numbers}
    if (as_text(fields.get("RESULT_TYPE")) or "").lower() == "array":
        return [chat_view.person(portal, user) for user in users.values() if user is not None]
    return {str(number): None if user is None else chat_view.person(portal, user) for number, user in users.items()}


@rest_method("im.user.status.get", scope="im", docs=f"{PAGES}/users/im-user-status-get.md")
def get_status(portal: Portal, caller: Caller, params: Params) -> JSON:
    return portal.chats.status(caller.user_id)


@rest_method("im.user.status.set", scope="im", docs=f"{PAGES}/users/im-user-status-set.md")
def set_status(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Lower case, as it is written."""
    status = as_text(params.upper().get("STATUS"))
    if status not in STATUSES:
        raise RestError("STATUS_ERROR", "Status is not available")
    portal.chats.set_status(caller.user_id, status)
    return True


@rest_method("im.user.status.idle.start", scope="im", docs=f"{PAGES}/users/im-user-status-idle-start.md")
def start_idling(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``AGO`` minutes ago; ten unless said."""
    ago = as_int(params.upper().get("AGO"))
    minutes = min(max(10 if ago is None else ago, 0), 525_600)
    portal.chats.set_idle(caller.user_id, portal.clock.now() - timedelta(minutes=minutes))
    return True


@rest_method("im.user.status.idle.end", scope="im", docs=f"{PAGES}/users/im-user-status-idle-end.md")
def stop_idling(portal: Portal, caller: Caller, params: Params) -> JSON:
    portal.chats.set_idle(caller.user_id, None)
    return True


@rest_method("im.department.get", scope="im", docs=f"{PAGES}/departments/im-department-get.md")
def get_departments(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    require_intranet(portal, caller)
    numbers = read_ids(fields)
    if not numbers:
        raise RestError("INVALID_FORMAT", "A wrong format for the ID field is passed")
    departments = (portal.staff.department(number) for number in numbers)
    with_head = bool(as_flag(fields.get("USER_DATA")))
    return [show_department(portal, department, with_head) for department in departments if department is not None]


@rest_method("im.department.employees.get", scope="im", docs=f"{PAGES}/departments/im-department-employees-get.md")
def get_employees(portal: Portal, caller: Caller, params: Params) -> JSON:
    """Those of the department itself, by its id."""
    fields = params.upper()
    require_intranet(portal, caller)
    return people_by_department(portal, fields, lambda department: portal.staff.people_in(department.id))


@rest_method("im.department.managers.get", scope="im", docs=f"{PAGES}/departments/im-department-managers-get.md")
def get_managers(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper()
    require_intranet(portal, caller)
    return people_by_department(portal, fields, lambda department: [department.head] if department.head else [])


@rest_method("im.department.colleagues.list", scope="im", docs=f"{PAGES}/departments/im-department-colleagues-list.md")
def list_colleagues(portal: Portal, caller: Caller, params: Params) -> Answer:
    """Of the caller's departments, and those the caller heads; the caller is not among them."""
    fields = params.upper()
    require_intranet(portal, caller)
    user = portal.staff.user(caller.user_id)
    departments = user.departments if user else ()
    near = {number for department in departments for number in portal.staff.people_in(department)}
    everyone = sorted((near | portal.staff.subordinates(caller.user_id)) - {caller.user_id})
    colleagues = [user for user in map(portal.staff.user, everyone) if user is not None and user.active]
    full = bool(as_flag(fields.get("USER_DATA")))
    return cut_rows(fields, [chat_view.person(portal, found) if full else found.id for found in colleagues])


@rest_method("im.search.user.list", scope="im", docs=f"{PAGES}/search/im-search-user-list.md")
def search_users(portal: Portal, caller: Caller, params: Params) -> Answer:
    """By names, positions and, unless ``BUSINESS`` says otherwise, all the same; an object by id."""
    fields = params.upper()
    words = read_phrase(fields)
    found = [
        user
        for user in portal.staff.users()
        if user.active and all(word in f"{user.full_name} {user.position}".casefold() for word in words)
    ]
    rows = cut_rows(fields, [chat_view.person(portal, user) for user in found])
    people = [row for row in rows.result if isinstance(row, dict)] if isinstance(rows.result, list) else []
    return Answer({str(row["id"]): row for row in people} or [], rows.total, rows.next)


@rest_method("im.search.chat.list", scope="im", docs=f"{PAGES}/search/im-search-chat-list.md")
def search_chats(portal: Portal, caller: Caller, params: Params) -> Answer:
    """The caller's chats by a part of the name, private conversations left out."""
    fields = params.upper()
    words = read_phrase(fields)
    chats = [
        chat
        for chat in portal.chats.of_user(caller.user_id)
        if chat.kind is not Kind.PRIVATE and all(word in chat.title.casefold() for word in words)
    ]
    return cut_rows(fields, [chat_view.chat_card(portal, chat, caller.user_id) for chat in chats])


@rest_method("im.search.department.list", scope="im", docs=f"{PAGES}/search/im-search-department-list.md")
def search_departments(portal: Portal, caller: Caller, params: Params) -> Answer:
    fields = params.upper()
    words = read_phrase(fields)
    with_head = bool(as_flag(fields.get("USER_DATA")))
    found = [found for found in portal.staff.departments() if all(word in found.name.casefold() for word in words)]
    return cut_rows(fields, [show_department(portal, department, with_head) for department in found])


def require_intranet(portal: Portal, caller: Caller) -> None:
    user = portal.staff.user(caller.user_id)
    if user is None or user.user_type != "employee":
        raise RestError("ACCESS_ERROR", "Only intranet users have access to this method", status=403)


def read_ids(fields: Params) -> list[int]:
    value = fields.get("ID")
    return [number for number in map(as_int, as_list(value)) if number] if is_array(value) else []


def people_by_department(
    portal: Portal, fields: Params, of_department: Callable[[Department], Iterable[int]]
) -> dict[str, JSON] | list[JSON]:
    numbers = read_ids(fields)
    if not numbers:
        raise RestError("ID_EMPTY", "Department ID can't be empty")
    full = bool(as_flag(fields.get("USER_DATA")))
    shown: dict[str, JSON] = {}
    for number in numbers:
        department = portal.staff.department(number)
        if department is not None:
            users = [user for user in map(portal.staff.user, of_department(department)) if user is not None]
            shown[str(number)] = [chat_view.person(portal, user) if full else user.id for user in users if user.active]
    return shown or []


def show_department(portal: Portal, department: Department, with_head: bool) -> dict[str, JSON]:
    names = [found.name for found in portal.staff.above(department.id)]
    shown: dict[str, JSON] = {
        "id": department.id,
        "name": department.name,
        "full_name": " / ".join(names),
        "manager_user_id": department.head or 0,
    }
    head: User | None = portal.staff.user(department.head or 0)
    return {**shown, "manager_user_data": chat_view.person(portal, head)} if with_head and head else shown


def read_phrase(fields: Params) -> list[str]:
    phrase = (as_text(fields.get("FIND")) or "").strip().casefold()
    if len(phrase) < SHORTEST_SEARCH:
        raise RestError("FIND_SHORT", "Too short a search phrase")
    return phrase.split()


def cut_rows(fields: Params, rows: list[JSON]) -> Answer:
    """``OFFSET`` and ``LIMIT``, where other lists have ``start``."""
    offset = max(as_int(fields.get("OFFSET")) or 0, 0)
    end = offset + min(max(as_int(fields.get("LIMIT")) or ROWS, 1), MOST_ROWS)
    return Answer(rows[offset:end], len(rows), end if end < len(rows) else None)
