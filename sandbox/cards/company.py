"""The people: the structure of the company, somebody's page, what the bell shows."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from sandbox.cards import page
from sandbox.cards.visit import Row, Visit
from sandbox.portal.loose import as_int, as_list
from sandbox.portal.staff import Department, User


@dataclass(frozen=True)
class Branch:
    department: Department
    head: User | None
    people: tuple[User, ...]
    """Without the head; those who left come last."""
    below: tuple[Branch, ...]


def show_structure(visit: Visit) -> Response:
    users = [user for user in map(visit.portal.staff.user, listed_users(visit)) if user]
    departments = visit.portal.staff.departments()

    def branch(department: Department) -> Branch:
        people = [user for user in users if department.id in user.departments and user.id != department.head]
        return Branch(
            department,
            visit.portal.staff.user(department.head) if department.head else None,
            tuple(sorted(people, key=lambda user: (not user.active, user.last_name.casefold(), user.id))),
            tuple(branch(one) for one in departments if one.parent == department.id),
        )

    outside = [user for user in users if not user.departments]
    return page.render(
        visit,
        "company.html",
        "Сотрудники",
        branches=[branch(one) for one in departments if one.parent is None],
        outside=outside,
        total=sum(1 for user in users if user.active),
    )


def listed_users(visit: Visit) -> list[int]:
    """Everybody the directory shows."""
    found: list[int] = []
    start: int | None = 0
    while start is not None:
        answer = visit.answer("user.get", {"SORT": "ID", "ORDER": "ASC", "START": start})
        found += [as_int(row["ID"]) or 0 for row in as_list(answer.result) if isinstance(row, dict)]
        start = answer.next
    return found


def show_person(visit: Visit) -> Response:
    user = visit.portal.staff.user(visit.number("user"))
    if user is None:
        raise page.absent("Сотрудник не найден")
    departments = visit.portal.staff.departments()
    return page.render(
        visit,
        "person.html",
        user.full_name,
        user=user,
        departments=[one for one in departments if one.id in user.departments],
        heads=[one for one in departments if one.head == user.id],
        groups=[
            group
            for number in sorted(visit.portal.workgroups.of_user(user.id))
            if (group := visit.portal.workgroups.get(number))
        ],
    )


def dismiss(visit: Visit) -> str:
    return set_active(visit, active=False)


def restore(visit: Visit) -> str:
    return set_active(visit, active=True)


def set_active(visit: Visit, *, active: bool) -> str:
    changes: Row = {"ID": visit.number("user"), "ACTIVE": "Y" if active else "N"}
    visit.call("user.update", changes)
    return visit.path


def appoint(visit: Visit) -> str:
    """Head of the department ``department``."""
    visit.call("department.update", {"ID": visit.form.number("department"), "UF_HEAD": visit.number("user")})
    return visit.path


ACTIONS: dict[str, page.Act] = {"dismiss": dismiss, "restore": restore, "appoint": appoint}


def show_notices(visit: Visit) -> Response:
    """Newest first."""
    notices = visit.rows("im.notify.get", {"LIMIT": 50}, "notifications")
    return page.render(visit, "notices.html", "Уведомления", notices=notices)


def read_notices(visit: Visit) -> str:
    visit.call("im.notify.read.all", {})
    return visit.path


BELL: dict[str, page.Act] = {"read": read_notices}
