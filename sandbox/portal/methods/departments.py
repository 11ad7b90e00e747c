"""``department.*``: api-reference/departments/. Conditions are parameters themselves, not a ``filter``."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_int, as_text
from sandbox.portal.portal import Portal
from sandbox.portal.rest import JSON, Answer, Caller, Params, page, rest_method
from sandbox.portal.staff import Department

TITLES = {
    "ID": "ID",
    "NAME": "Название подразделения",
    "SORT": "Порядок сортировки",
    "PARENT": "Вышестоящее подразделение",
    "UF_HEAD": "Руководитель",
}

SORT_KEYS: dict[str, Callable[[Department], int | str]] = {
    "ID": lambda department: department.id,
    "NAME": lambda department: department.name.casefold(),
    "SORT": lambda department: department.sort,
    "PARENT": lambda department: department.parent or 0,
    "UF_HEAD": lambda department: department.head or 0,
}

NUMBERS = ("ID", "SORT", "PARENT", "UF_HEAD")
"""Conditions that compare numbers; ``NAME`` must be the whole name."""


@rest_method("department.get", scope="department", docs="api-reference/departments/department-get.md")
def get_departments(portal: Portal, caller: Caller, params: Params) -> Answer:
    """``sort`` means two things: a name to sort by, and with a number in it a condition."""
    names = [as_text(value) or "" for name, value in params.raw.items() if name.upper() == "SORT"]
    sort_by = next((name.upper() for name in names if name.upper() in SORT_KEYS), "")
    numbers = [name for name in names if as_int(name) is not None]
    fields = Params({**params.upper().raw, "SORT": numbers}) if names else params.upper()
    departments = portal.staff.departments()
    for name in NUMBERS:
        if fields.values(name):
            wanted = set(fields.int_list(name))
            departments = [found for found in departments if SORT_KEYS[name](found) in wanted]
    if fields.has("NAME"):
        wanted_name = fields.text("NAME").casefold()
        departments = [found for found in departments if found.name.casefold() == wanted_name]
    if sort_by:
        departments.sort(key=SORT_KEYS[sort_by], reverse=fields.text("ORDER").upper() == "DESC")
    return page([show(department) for department in departments], fields.start("START"))


@rest_method("department.add", scope="department", docs="api-reference/departments/department-add.md")
def add_department(portal: Portal, caller: Caller, params: Params) -> JSON:
    fields = params.upper().raw
    require_admin(caller)
    name = (as_text(fields.get("NAME")) or "").strip()
    if not name:
        raise RestError("ERROR_CORE", "Не введено название раздела.<br>")
    department = portal.staff.add_department(
        name,
        parent=as_int(fields.get("PARENT")) or None,
        head=as_int(fields.get("UF_HEAD")) or None,
        sort=as_int(fields.get("SORT")) or 500,
    )
    return department.id


@rest_method("department.update", scope="department", docs="api-reference/departments/department-update.md")
def update_department(portal: Portal, caller: Caller, params: Params) -> JSON:
    """``UF_HEAD`` 0 or empty leaves the department without a head."""
    fields = params.upper().raw
    require_admin(caller)
    portal.staff.update_department(
        as_int(fields.get("ID")) or 0,
        name=as_text(fields.get("NAME")) or None,
        parent=as_int(fields.get("PARENT")),
        head=as_int(fields["UF_HEAD"]) or 0 if "UF_HEAD" in fields else None,
        sort=as_int(fields.get("SORT")),
    )
    return True


@rest_method("department.delete", scope="department", docs="api-reference/departments/department-delete.md")
def delete_department(portal: Portal, caller: Caller, params: Params) -> JSON:
    require_admin(caller)
    portal.staff.delete_department(as_int(params.upper().get("ID")) or 0)
    return True


@rest_method("department.fields", scope="department", docs="api-reference/departments/department-fields.md")
def department_fields(portal: Portal, caller: Caller, params: Params) -> JSON:
    return TITLES


def require_admin(caller: Caller) -> None:
    """Whoever may change the structure; here administrators."""
    if not caller.admin:
        raise RestError("ERROR_CORE", "Access denied")


def show(department: Department) -> dict[str, JSON]:
    """``PARENT`` and ``UF_HEAD`` are there only when there is one (the latter inferred: contract 7.2)."""
    shown: dict[str, JSON] = {"ID": str(department.id), "NAME": department.name, "SORT": department.sort}
    if department.parent is not None:
        shown["PARENT"] = str(department.parent)
    if department.head is not None:
        shown["UF_HEAD"] = str(department.head)
    return shown
