"""A portal described as data: people, departments, smart processes, funnels, groups and items, put there in one go.

    departments: {sales: {name: Отдел продаж, head: petrov}}
    users:       {petrov: {name: Пётр, last_name: Петров, departments: [sales]}}
    smart_processes: {requests: {title: Заявки, entity_type_id: 140, isClientEnabled: true}}
    funnels:     {wholesale: {entity_type_id: 2, name: Оптовые продажи, stages: [{code: NEW, name: Новая}, ...]},
                  repairs: {entity_type_id: "@requests", default: true, name: Ремонт}}
    groups:      {team: {name: Отдел продаж, owner: petrov, members: [petrov]}}
    items:       {first: {entity_type_id: 2, by: petrov, fields: {title: ..., assignedById: "@petrov",
                          categoryId: "@wholesale", stageId: "@wholesale:NEW"}}}
    robots:      {call: {entity_type_id: 2, stage: "@wholesale:NEW", url: "https://example.org/robot"}}

Things are called by names of the writer's choice; ``@name`` in a field becomes the id, ``@funnel:CODE`` the full stage
id. ``company`` and ``administrator`` are there from the start, and may be described to be changed. A smart process has
stages and funnels unless its flags say otherwise; ``default`` describes the funnel it came with. With ``count`` an item
is made so many times. Used by the scenarios and by ``POST /_sandbox/seed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.portal.arguments import check_handler_url
from sandbox.portal.crm.funnels import Funnel
from sandbox.portal.crm.kinds import DEAL, LEAD
from sandbox.portal.crm.statuses import FAILURE, PROCESS, SUCCESS, Entry
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_flag, as_int, as_list, as_object, as_text
from sandbox.portal.php import JSON
from sandbox.portal.portal import Portal
from sandbox.portal.robots import RobotMistake

SECTIONS = ("departments", "users", "smart_processes", "funnels", "groups", "items", "robots")
ADMINISTRATOR, COMPANY = 1, 1
STAGE_COLORS = {PROCESS: "#39A8EF", SUCCESS: "#7BD500", FAILURE: "#FF5752"}


class SeedMistake(ValueError):
    """A description that cannot be followed; the text says where and why."""


def plant(portal: Portal, description: Mapping[str, JSON]) -> dict[str, dict[str, JSON]]:
    """Create what is described. Answers the ids by section and name; of an item with ``count`` a list of ids.

    Raises ``SeedMistake``; what was created before the mistake stays.
    """
    return Planting(portal).plant(description)


class Planting:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._ids: dict[str, dict[str, JSON]] = {section: {} for section in SECTIONS}
        self._stage_prefixes: dict[str, str] = {}

    def plant(self, description: Mapping[str, JSON]) -> dict[str, dict[str, JSON]]:
        unknown = sorted(set(description) - set(SECTIONS))
        if unknown:
            raise SeedMistake(f"there is no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
        described = {section: read_section(description, section) for section in SECTIONS}
        makers: list[tuple[str, Callable[[str, Mapping[str, JSON]], JSON]]] = [
            ("departments", self._department),
            ("users", self._user),
            ("smart_processes", self._smart_process),
            ("funnels", self._funnel),
            ("groups", self._group),
            ("items", self._item),
            ("robots", self._robot),
        ]
        for section, make in makers:
            for name, thing in described[section].items():
                try:
                    self._ids[section][name] = make(name, thing)
                except (RestError, RobotMistake, SeedMistake, TypeError) as mistake:
                    raise SeedMistake(f"{section}.{name}: {mistake}") from mistake
            if section == "users":
                self._appoint_heads(described["departments"])
        return self._ids

    # Makers, one a section

    def _department(self, name: str, thing: Mapping[str, JSON]) -> int:
        staff, title, sort = self._portal.staff, as_text(thing.get("name")) or name, as_int(thing.get("sort")) or 500
        if name == "company":
            return staff.update_department(COMPANY, name=title, sort=sort).id
        parent = as_text(thing.get("parent")) or "company"
        return staff.add_department(title, parent=self._id("departments", parent, COMPANY), sort=sort).id

    def _user(self, name: str, thing: Mapping[str, JSON]) -> int:
        departments = [
            self._id("departments", as_text(one) or "", COMPANY) for one in as_list(thing.get("departments"))
        ]
        texts = {key: text for key in USER_TEXTS if (text := as_text(thing.get(key))) is not None}
        if name == "administrator":
            moved = {"departments": departments} if departments else {}
            return self._portal.staff.update_user(ADMINISTRATOR, **texts, **moved).id
        from_outside = texts.get("user_type") == "extranet"
        user = self._portal.staff.add_user(
            texts.pop("name", name),
            departments=departments if departments or from_outside else [COMPANY],
            admin=as_flag(thing.get("admin")) is True,
            active=as_flag(thing.get("active")) is not False,
        )
        return self._portal.staff.update_user(user.id, **texts).id

    def _appoint_heads(self, departments: Mapping[str, Mapping[str, JSON]]) -> None:
        for name, thing in departments.items():
            head = as_text(thing.get("head"))
            if head is not None:
                department = self._id("departments", name, COMPANY)
                self._portal.staff.update_department(department, head=self._id("users", head, ADMINISTRATOR))

    def _smart_process(self, name: str, thing: Mapping[str, JSON]) -> int:
        flags = {"isStagesEnabled": True, "isCategoriesEnabled": True, "isAutomationEnabled": True, **thing}
        title, number = as_text(thing.get("title")) or name, as_int(thing.get("entity_type_id"))
        return self._portal.crm.definitions.add(title, number, flags, ADMINISTRATOR).entity_type_id

    def _funnel(self, name: str, thing: Mapping[str, JSON]) -> int:
        """A funnel with ``id: 0`` is the default one of deals; leads (type 1) have one nameless funnel."""
        crm = self._portal.crm
        kind = crm.kind(self._entity_type_id(thing))
        stages = tuple(read_stage(as_object(one) or {}) for one in as_list(thing.get("stages")))
        title, known = as_text(thing.get("name")), as_int(thing.get("id"))
        if known is None and as_flag(thing.get("default")):
            known = crm.funnels.default(kind).id
        if kind.entity_type_id == LEAD:
            self._stage_prefixes[name] = ""
            if stages:
                dictionary = crm.statuses.dictionary("STATUS")
                if dictionary is not None:
                    crm.statuses.create_dictionary(dictionary, stages)
            return 0
        funnel = crm.funnels.add(kind, title or name) if known is None else crm.funnels.require(kind, known)
        if known is not None and title:
            crm.funnels.update(kind, funnel, name=title, sort=None, is_default=None)
        self._replace_stages(kind.stage_dictionary(funnel.id), funnel, stages)
        prefix = kind.stage_prefix(funnel.id)
        self._stage_prefixes[name] = f"{prefix}:" if prefix else ""
        return funnel.id

    def _replace_stages(self, dictionary: str, funnel: Funnel, stages: tuple[Entry, ...]) -> None:
        if stages:
            self._portal.crm.statuses.drop_dictionary(dictionary)
            self._portal.crm.funnels.create_stages(self._portal.crm.kind(funnel.entity_type_id), funnel, stages)

    def _group(self, name: str, thing: Mapping[str, JSON]) -> int:
        members = [self._id("users", as_text(one) or "", ADMINISTRATOR) for one in as_list(thing.get("members"))]
        owner = self._id("users", as_text(thing.get("owner")) or "administrator", ADMINISTRATOR)
        title = as_text(thing.get("name")) or name
        description = as_text(thing.get("description")) or ""
        return self._portal.workgroups.add(title, owner=owner, members=members, description=description).id

    def _item(self, name: str, thing: Mapping[str, JSON]) -> JSON:
        schema = self._portal.crm.schema(self._entity_type_id(thing))
        by = self._id("users", as_text(thing.get("by")) or "administrator", ADMINISTRATOR)
        fields = {key: self._refer(value) for key, value in (as_object(thing.get("fields")) or {}).items()}
        count = as_int(thing.get("count"))
        add = self._portal.crm.saving.add
        if count is None:
            return add(schema, fields, by, original=True).id
        return [add(schema, fields, by, original=True).id for _ in range(count)]

    def _robot(self, name: str, thing: Mapping[str, JSON]) -> JSON:
        """An outgoing webhook on a stage. Items described beside it are there already and do not call it."""
        kind = self._portal.crm.kind(self._entity_type_id(thing))
        stage, url = as_text(self._refer(thing.get("stage"))) or "", as_text(thing.get("url")) or ""
        check_handler_url(url)
        return self._portal.robots.place(kind, stage, url).id

    # References

    def _entity_type_id(self, thing: Mapping[str, JSON]) -> int:
        return as_int(self._refer(thing.get("entity_type_id"))) or DEAL

    def _id(self, section: str, name: str, first: int) -> int:
        """``first`` is what the portal has from the start under ``company`` or ``administrator``."""
        number = self._ids[section].get(name)
        if number is None and name in ("company", "administrator"):
            return first
        if not isinstance(number, int):
            raise SeedMistake(f"nothing among {section} is called {name!r}")
        return number

    def _refer(self, value: JSON) -> JSON:
        if isinstance(value, str) and value.startswith("@"):
            return self._look_up(value[1:])
        return [self._refer(one) for one in value] if isinstance(value, list) else value

    def _look_up(self, name: str) -> JSON:
        funnel, colon, code = name.partition(":")
        if colon:
            if funnel not in self._stage_prefixes:
                raise SeedMistake(f"no funnel is called {funnel!r}")
            return self._stage_prefixes[funnel] + code
        for section in SECTIONS:
            if name in self._ids[section]:
                return self._ids[section][name]
        if name in ("company", "administrator"):
            return ADMINISTRATOR
        raise SeedMistake(f"nothing is called {name!r}")


USER_TEXTS = ("name", "last_name", "second_name", "position", "email", "gender", "time_zone", "user_type")


def read_section(description: Mapping[str, JSON], section: str) -> dict[str, Mapping[str, JSON]]:
    things = as_object(description.get(section) or {})
    if things is None:
        raise SeedMistake(f"{section} must be a map of names to what they are")
    read: dict[str, Mapping[str, JSON]] = {}
    for name, thing in things.items():
        one = as_object(thing)
        if one is None:
            raise SeedMistake(f"{section}.{name} must be a map")
        read[name] = one
    return read


def read_stage(thing: Mapping[str, JSON]) -> Entry:
    """``{code, name, semantics: P|S|F, color, system}``."""
    code, name = as_text(thing.get("code")), as_text(thing.get("name"))
    semantics = as_text(thing.get("semantics")) or PROCESS
    if not code or not name or semantics not in (PROCESS, SUCCESS, FAILURE):
        raise SeedMistake(f"a stage needs code, name and semantics P, S or F: {dict(thing)}")
    color = as_text(thing.get("color")) or STAGE_COLORS[semantics]
    return Entry(code, name, color, semantics, system=as_flag(thing.get("system")) is True)
