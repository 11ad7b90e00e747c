"""Who may do what in the CRM.

The documentation of REST names the refusals (crm-item-get.md and its neighbours) and leaves the roles to the interface
of the portal; here ``POST /_sandbox/rights`` describes them. As long as nobody has, everybody may everything. With
roles, a person has the widest of what their roles grant, and nothing without a role; administrators may everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.portal.crm.kinds import Kind
from sandbox.portal.crm.values import Stored
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.php import JSON

if TYPE_CHECKING:
    from sandbox.portal.portal import Portal

NONE, OWN, DEPARTMENT, ALL = "none", "own", "department", "all"
WIDTH = {NONE: 0, OWN: 1, DEPARTMENT: 2, ALL: 3}
"""Own are the items a person is responsible for; the department's are those of its members, one's own among them."""

READ, ADD, UPDATE, DELETE, IMPORT = "read", "add", "update", "delete", "import"
ACTIONS = (READ, ADD, UPDATE, DELETE, IMPORT)


class RightsMistake(ValueError):
    """A description of roles that cannot be followed; the text says where and why."""


@dataclass(frozen=True)
class Grant:
    """What a role gives for some type of objects and funnel, or for all of them (``None``)."""

    entity_type_id: int | None
    category_id: int | None
    scopes: Mapping[str, str]
    stages: Mapping[str, str] = field(default_factory=dict)
    """Who may move an item to this stage; of a stage that is not named whoever may change the item."""

    def concerns(self, kind: Kind, funnel_id: int) -> bool:
        return self.entity_type_id in (None, kind.entity_type_id) and self.category_id in (None, funnel_id)


@dataclass(frozen=True)
class Role:
    name: str
    users: frozenset[int]
    departments: frozenset[int]
    everyone: bool
    grants: tuple[Grant, ...]


class Rights:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._roles: tuple[Role, ...] | None = None

    def assign(self, roles: Iterable[Role]) -> None:
        self._roles = tuple(roles)

    def lift(self) -> None:
        """Everybody may everything again."""
        self._roles = None

    @property
    def roles(self) -> tuple[Role, ...]:
        return self._roles or ()

    # Questions

    def require_insider(self, user_id: int) -> None:
        """Raises 403 ``allowed_only_intranet_user`` for people from outside the company."""
        user = self._portal.staff.user(user_id)
        if user is not None and user.user_type != "employee":
            raise RestError("allowed_only_intranet_user", "Действие разрешено только интранет-пользователям", 403)

    def may(self, user_id: int, action: str, kind: Kind, values: Mapping[str, Stored]) -> bool:
        """``values`` are those of the item."""
        return self._reaches(self._scope(user_id, action, kind, funnel_of(values)), user_id, values)

    def may_somewhere(self, user_id: int, action: str, kind: Kind, funnel_id: int) -> bool:
        """Whether there can be any item the action is allowed for."""
        return self._scope(user_id, action, kind, funnel_id) != NONE

    def require(self, user_id: int, action: str, kind: Kind, values: Mapping[str, Stored]) -> None:
        """Raises ``ACCESS_DENIED`` in the words of the page."""
        if not self.may(user_id, action, kind, values):
            words = "У Вас нет прав на просмотр этого элемента" if action == READ else "Доступ запрещен"
            raise RestError("ACCESS_DENIED", words)

    def require_stage(self, user_id: int, kind: Kind, values: Mapping[str, Stored], stage_id: str) -> None:
        """Moving an item, with the values it will have, to a stage. The page prints a dash for the code
        (crm-item-update.md)."""
        if self.limited(user_id):
            funnel_id = funnel_of(values)
            scopes = [
                grant.stages.get(stage_id, grant.scopes.get(UPDATE, NONE))
                for grant in self._grants(user_id)
                if grant.concerns(kind, funnel_id)
            ]
            if not self._reaches(widest(scopes), user_id, values):
                raise RestError("", "Недостаточно прав на смену стадии")

    def visible(self, user_id: int, kind: Kind, funnels: Iterable[int]) -> dict[str, JSON]:
        """The filter, in the words of ``crm.item.list``, that leaves what a person may read; empty for everything."""
        if not self.limited(user_id):
            return {}
        scopes = {funnel: self._scope(user_id, READ, kind, funnel) for funnel in funnels}
        if set(scopes.values()) == {ALL}:
            return {}
        branches: dict[str, JSON] = {"logic": "OR", "0": {"@id": []}}
        for place, (funnel, scope) in enumerate(scopes.items(), start=1):
            branch: dict[str, JSON] = {"categoryId": funnel} if kind.has_funnels else {}
            if scope != ALL:
                branch["@assignedById"] = sorted(self._within(scope, user_id))
            branches[str(place)] = branch
        return {"0": branches}

    def limited(self, user_id: int) -> bool:
        """Whether there is anything this person may not do. Nobody (0) is the portal itself."""
        return self._roles is not None and user_id != 0 and not self._portal.staff.is_admin(user_id)

    # Answers

    def _scope(self, user_id: int, action: str, kind: Kind, funnel_id: int) -> str:
        if not self.limited(user_id):
            return ALL
        grants = (grant for grant in self._grants(user_id) if grant.concerns(kind, funnel_id))
        return widest(grant.scopes.get(action, NONE) for grant in grants)

    def _grants(self, user_id: int) -> list[Grant]:
        user = self._portal.staff.user(user_id)
        departments = set(user.departments) if user else set()
        return [
            grant
            for role in self.roles
            if role.everyone or user_id in role.users or departments & role.departments
            for grant in role.grants
        ]

    def _reaches(self, scope: str, user_id: int, values: Mapping[str, Stored]) -> bool:
        return scope == ALL or values.get("assignedById") in self._within(scope, user_id)

    def _within(self, scope: str, user_id: int) -> set[int]:
        """Whose items a scope covers."""
        if scope == NONE:
            return set()
        user = self._portal.staff.user(user_id)
        if scope == OWN or user is None:
            return {user_id}
        mine = set(user.departments)
        return {user_id, *(other.id for other in self._portal.staff.users() if mine & set(other.departments))}


def widest(scopes: Iterable[str]) -> str:
    return max(scopes, key=lambda scope: WIDTH[scope], default=NONE)


def funnel_of(values: Mapping[str, Stored]) -> int:
    funnel = values.get("categoryId")
    return funnel if isinstance(funnel, int) else 0


def read_roles(sent: JSON) -> list[Role]:
    """``[{name, users, departments, everyone, rights: [{entity_type_id, category_id, read, add, update, delete, import,
    stages: {stage: scope}}]}]``; a scope is ``all``, ``department``, ``own`` or ``none``."""
    return [read_role(as_object(one), place) for place, one in enumerate(as_list(sent))]


def read_role(sent: Mapping[str, JSON] | None, place: int) -> Role:
    if sent is None:
        raise RightsMistake(f"role {place} must be a map")
    name = as_text(sent.get("name")) or f"role {place}"
    unknown = sorted(set(sent) - {"name", "users", "departments", "everyone", "rights"})
    if unknown:
        raise RightsMistake(f"{name}: a role has no {unknown[0]!r}")
    return Role(
        name,
        frozenset(number for number in map(as_int, as_list(sent.get("users"))) if number is not None),
        frozenset(number for number in map(as_int, as_list(sent.get("departments"))) if number is not None),
        as_flag(sent.get("everyone")) is True,
        tuple(read_grant(as_object(one), name) for one in as_list(sent.get("rights"))),
    )


def read_grant(sent: Mapping[str, JSON] | None, role: str) -> Grant:
    if sent is None:
        raise RightsMistake(f"{role}: each of its rights must be a map")
    unknown = sorted(set(sent) - {"entity_type_id", "category_id", "stages", *ACTIONS})
    if unknown:
        raise RightsMistake(f"{role}: rights know no {unknown[0]!r}, only {', '.join(ACTIONS)}")
    stages = as_object(sent.get("stages") or {}) or {}
    return Grant(
        as_int(sent.get("entity_type_id")),
        as_int(sent.get("category_id")),
        {action: read_scope(sent[action], role) for action in ACTIONS if action in sent},
        {stage: read_scope(scope, role) for stage, scope in stages.items()},
    )


def read_scope(sent: JSON, role: str) -> str:
    scope = as_text(sent) or ""
    if scope not in WIDTH:
        raise RightsMistake(f"{role}: {sent!r} is no scope, there are {', '.join(WIDTH)}")
    return scope
