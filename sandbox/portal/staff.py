"""Section ``portal.staff``: who works here. Users, the departments they are in, and who heads whom.

How they look in an answer is in ``methods/users.py`` and ``methods/departments.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.portal.custom_fields import CustomFields
from sandbox.portal.errors import RestError
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

FIRST_ADMINISTRATOR = 1
ROOT_DEPARTMENT = 1


@dataclass
class User:
    id: int
    name: str
    last_name: str = ""
    second_name: str = ""
    email: str = ""
    position: str = ""
    departments: tuple[int, ...] = ()
    """Empty for people from outside (extranet)."""
    admin: bool = False
    active: bool = True
    """``False`` once fired."""
    gender: str = ""
    """``M``, ``F`` or nothing."""
    time_zone: str = ""
    """``Asia/Vladivostok``; empty means the portal's. Answers carry the server's offset whatever it is."""
    user_type: str = "employee"
    """``employee``, ``extranet`` or ``email``."""
    registered: datetime | None = None
    last_login: datetime | None = None
    online: bool = False
    profile: dict[str, str] = field(default_factory=dict)
    """The other documented fields, under their REST names: ``PERSONAL_CITY``, ``UF_PHONE_INNER``..."""
    custom: dict[str, JSON] = field(default_factory=dict)
    """Values of ``Staff.fields`` by name."""

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


@dataclass
class Department:
    id: int
    name: str
    parent: int | None
    """``None`` for the one at the top, of which there is exactly one."""
    head: int | None = None
    sort: int = 500


class Staff:
    """A new portal has its first administrator (user 1) and its company (department 1)."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.fields = CustomFields(portal, "USER", "UF_USR_")
        self._users: dict[int, User] = {}
        self._departments: dict[int, Department] = {}
        self._people: defaultdict[int, set[int]] = defaultdict(set)
        """Users by department."""
        self.add_department("Компания", parent=None, head=FIRST_ADMINISTRATOR)
        self.add_user("Администратор", admin=True, departments=[ROOT_DEPARTMENT], email="admin@example.org")

    # Users

    def add_user(
        self,
        name: str,
        last_name: str = "",
        *,
        departments: Iterable[int] = (),
        position: str = "",
        email: str = "",
        admin: bool = False,
        active: bool = True,
        second_name: str = "",
        gender: str = "",
        time_zone: str = "",
        user_type: str = "employee",
        profile: dict[str, str] | None = None,
    ) -> User:
        """A new user with the next id. Raises ``ERROR_CORE`` for a department that does not exist."""
        user = User(
            id=self._portal.next_id("user"),
            name=name,
            last_name=last_name,
            second_name=second_name,
            position=position,
            departments=self._known_departments(departments),
            admin=admin,
            active=active,
            gender=gender,
            time_zone=time_zone,
            user_type=user_type,
            registered=self._portal.clock.now(),
            profile=dict(profile or {}),
        )
        user.email = email or f"user{user.id}@example.org"
        self._users[user.id] = user
        for department in user.departments:
            self._people[department].add(user.id)
        self._portal.changed("user.add", id=user.id)
        return user

    def update_user(self, user_id: int, **changes: object) -> User:
        """Change fields of ``User`` by their names: ``update_user(7, active=False)`` fires, ``departments=[4]`` moves.

        Raises ``KeyError`` for an unknown user and ``TypeError`` for an unknown field.
        """
        user = self._users[user_id]
        if "departments" in changes:
            departments = changes.pop("departments")
            if not isinstance(departments, Iterable):
                raise TypeError("departments must be a list of department ids")
            self._move(user, self._known_departments(departments))
        for name, value in changes.items():
            if name not in EDITABLE:
                raise TypeError(f"a user has no editable field {name!r}; there are {', '.join(sorted(EDITABLE))}")
            setattr(user, name, value)
        self._portal.changed("user.update", id=user.id)
        return user

    def user(self, user_id: int) -> User | None:
        return self._users.get(user_id)

    def users(self) -> list[User]:
        """Everyone, the fired ones too, by id."""
        return [self._users[number] for number in sorted(self._users)]

    def is_admin(self, user_id: int) -> bool:
        """Asked on every request, for ``Caller.admin``."""
        user = self._users.get(user_id)
        return user is not None and user.admin and user.active

    def is_active(self, user_id: int) -> bool:
        """Webhooks of fired users do not work."""
        user = self._users.get(user_id)
        return user is not None and user.active

    # Departments

    def add_department(
        self, name: str, *, parent: int | None = ROOT_DEPARTMENT, head: int | None = None, sort: int = 500
    ) -> Department:
        """A new department with the next id. ``head`` may come later than the department, so it is not checked."""
        self._check_parent(parent)
        department = Department(self._portal.next_id("department"), name, parent, head, sort)
        self._departments[department.id] = department
        self._portal.changed("department.add", id=department.id)
        return department

    def update_department(
        self,
        department_id: int,
        *,
        name: str | None = None,
        parent: int | None = None,
        head: int | None = None,
        sort: int | None = None,
    ) -> Department:
        """Change what is given; ``head=0`` leaves the department without a head. Raises ``ERROR_CORE``."""
        department = self._require_department(department_id)
        if parent is not None and parent != department.parent:
            if department.parent is None or parent in self.below(department_id):
                raise RestError("ERROR_CORE", "Department cannot be moved below itself")
            self._check_parent(parent)
            department.parent = parent
        department.name = department.name if name is None else name
        department.sort = department.sort if sort is None else sort
        department.head = department.head if head is None else head or None
        self._portal.changed("department.update", id=department_id)
        return department

    def delete_department(self, department_id: int) -> None:
        """What was in it moves one level up; the one at the top stays (both unverified). Raises ``ERROR_CORE``."""
        department = self._require_department(department_id)
        parent = department.parent
        if parent is None:
            raise RestError("ERROR_CORE", "Access denied")
        for below in self._departments.values():
            if below.parent == department_id:
                below.parent = parent
        for user_id in list(self._people[department_id]):
            user = self._users[user_id]
            moved = (parent if number == department_id else number for number in user.departments)
            self._move(user, tuple(dict.fromkeys(moved)))
        del self._departments[department_id]
        self._portal.changed("department.delete", id=department_id)

    def department(self, department_id: int) -> Department | None:
        return self._departments.get(department_id)

    def departments(self) -> list[Department]:
        return [self._departments[number] for number in sorted(self._departments)]

    # Structure

    def below(self, department_id: int) -> set[int]:
        """The department itself and everything under it."""
        found = {department_id}
        waiting = [department_id]
        while waiting:
            here = waiting.pop()
            for department in self._departments.values():
                if department.parent == here and department.id not in found:
                    found.add(department.id)
                    waiting.append(department.id)
        return found

    def above(self, department_id: int) -> Iterator[Department]:
        """The department itself and those it is in, up to the top."""
        seen: set[int] = set()
        here = self._departments.get(department_id)
        while here is not None and here.id not in seen:
            yield here
            seen.add(here.id)
            here = self._departments.get(here.parent) if here.parent is not None else None

    def people_in(self, department_id: int) -> list[int]:
        """Users of the department itself, by id."""
        return sorted(self._people.get(department_id, ()))

    def people_below(self, department_id: int) -> set[int]:
        """Users of a department and of everything under it."""
        return {user_id for number in self.below(department_id) for user_id in self._people[number]}

    def subordinates(self, user_id: int) -> frozenset[int]:
        """Everyone in the departments this user heads and under them, without the user."""
        headed = [department.id for department in self._departments.values() if department.head == user_id]
        return frozenset(member for number in headed for member in self.people_below(number)) - {user_id}

    def is_head_over(self, head: int, user_id: int) -> bool:
        user = self._users.get(user_id)
        if user is None or head == user_id:
            return False
        return any(department.head == head for number in user.departments for department in self.above(number))

    # Checks

    def _require_department(self, department_id: int) -> Department:
        department = self._departments.get(department_id)
        if department is None:
            raise RestError("ERROR_CORE", "Department not found")
        return department

    def _check_parent(self, parent: int | None) -> None:
        """There is one department at the top (api-reference/departments/department-add.md)."""
        if (parent is None and self._departments) or (parent is not None and parent not in self._departments):
            raise RestError("ERROR_CORE", "В структуре компании должен быть только один раздел верхнего уровня")

    def _known_departments(self, departments: Iterable[int]) -> tuple[int, ...]:
        wanted = tuple(dict.fromkeys(departments))
        for number in wanted:
            self._require_department(number)
        return wanted

    def _move(self, user: User, departments: tuple[int, ...]) -> None:
        for number in user.departments:
            self._people[number].discard(user.id)
        user.departments = departments
        for number in departments:
            self._people[number].add(user.id)


EDITABLE = frozenset(User.__dataclass_fields__) - {"id", "departments"}
