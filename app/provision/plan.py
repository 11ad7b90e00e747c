"""The difference between blueprint and standing, as steps in the order in which they can be taken. Pure.

A step names things as people do (funnel «Розница», stage ANALYSIS); their ids are looked up when it is taken, since
many exist only then. An empty plan means that the portal is ready.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.provision.blueprint import Blueprint, WantedField, WantedGroup, WantedStage, WantedType
from app.provision.standing import Standing, StandingType


@dataclass(frozen=True)
class CreateType:
    wanted: WantedType

    def __str__(self) -> str:
        return f"создать смарт-процесс «{self.wanted.title}»"


@dataclass(frozen=True)
class UpdateType:
    wanted: WantedType

    def __str__(self) -> str:
        return f"настроить смарт-процесс «{self.wanted.title}»: связи, стадии, привязка задач"


@dataclass(frozen=True)
class RenameFunnel:
    """The funnel that came with the type gets the name of the first one wanted."""

    role: str
    old: str
    name: str

    def __str__(self) -> str:
        return f"назвать воронку «{self.old}»: «{self.name}»"


@dataclass(frozen=True)
class CreateFunnel:
    role: str
    name: str
    sort: int

    def __str__(self) -> str:
        return f"создать воронку «{self.name}»"


@dataclass(frozen=True)
class AddStage:
    role: str
    funnel: str
    wanted: WantedStage

    def __str__(self) -> str:
        return f"воронка «{self.funnel}»: добавить стадию «{self.wanted.title}»"


@dataclass(frozen=True)
class UpdateStage:
    role: str
    funnel: str
    wanted: WantedStage

    def __str__(self) -> str:
        return f"воронка «{self.funnel}»: назвать стадию {self.wanted.code} «{self.wanted.title}»"


@dataclass(frozen=True)
class DeleteStage:
    """A stage that a new funnel brings along; once the funnel has our stages, what stands in it is the customer's."""

    role: str
    funnel: str
    code: str

    def __str__(self) -> str:
        return f"воронка «{self.funnel}»: убрать лишнюю стадию {self.code}"


@dataclass(frozen=True)
class AddField:
    role: str
    title: str
    wanted: WantedField
    sort: int

    def __str__(self) -> str:
        return f"«{self.title}»: добавить поле «{self.wanted.label}»"


@dataclass(frozen=True)
class AddOptions:
    role: str
    title: str
    wanted: WantedField
    codes: tuple[str, ...]

    def __str__(self) -> str:
        return f"«{self.title}»: дополнить список «{self.wanted.label}»: {', '.join(self.codes)}"


@dataclass(frozen=True)
class CreateGroup:
    wanted: WantedGroup

    def __str__(self) -> str:
        return f"создать группу «{self.wanted.name}»"


@dataclass(frozen=True)
class ArrangeKanban:
    wanted: WantedGroup

    def __str__(self) -> str:
        return f"группа «{self.wanted.name}»: канбан {' → '.join(self.wanted.kanban)}"


@dataclass(frozen=True)
class AddMembers:
    wanted: WantedGroup
    user_ids: tuple[int, ...]

    def __str__(self) -> str:
        return f"группа «{self.wanted.name}»: добавить участников: {len(self.user_ids)}"


Step = (
    CreateType
    | UpdateType
    | RenameFunnel
    | CreateFunnel
    | AddStage
    | UpdateStage
    | DeleteStage
    | AddField
    | AddOptions
    | CreateGroup
    | ArrangeKanban
    | AddMembers
)

WAVES: Mapping[type[Step], int] = {
    CreateType: 0,
    CreateGroup: 0,
    UpdateType: 1,
    RenameFunnel: 1,
    CreateFunnel: 2,
    AddStage: 5,
    UpdateStage: 3,
    DeleteStage: 4,
    AddField: 3,
    AddOptions: 3,
    ArrangeKanban: 1,
    AddMembers: 1,
}
"""What can be done together; a later wave needs ids that an earlier one makes."""

BROUGHT_ALONG = {"PREPARATION", "CLIENT"}
"""Stages of a new funnel that the process doesn't use (contract 5.3)."""


class NotOnPortal(Exception):
    """The rulebook names something of the customer's own that the portal doesn't have."""


def plan(blueprint: Blueprint, standing: Standing) -> tuple[Step, ...]:
    """Steps from standing to blueprint, in waves. Raises NotOnPortal for what only the customer can create."""
    _check_customers_own(blueprint, standing)
    steps = (
        *(step for wanted in blueprint.types for step in _type_steps(wanted, standing)),
        *(step for wanted in blueprint.groups for step in _group_steps(wanted, standing)),
    )
    return tuple(sorted(steps, key=lambda step: WAVES[type(step)]))


def first_wave(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if WAVES[type(step)] == WAVES[type(steps[0])])


def _check_customers_own(blueprint: Blueprint, standing: Standing) -> None:
    problems = list(standing.source_problems) + [
        f"отдела «{name}» нет в структуре компании"
        for name in blueprint.departments
        if standing.staff.department_named(name) is None
    ]
    if problems:
        raise NotOnPortal("; ".join(problems) + ". Исправьте название в своде правил или создайте на портале.")


def _type_steps(wanted: WantedType, standing: Standing) -> Iterator[Step]:
    found = standing.types.get(wanted.role)
    if found is None:
        yield CreateType(wanted)
    elif not _type_fits(wanted, found, standing):
        yield UpdateType(wanted)
    yield from _funnel_steps(wanted, found)
    yield from _field_steps(wanted, found)


def _type_fits(wanted: WantedType, found: StandingType, standing: Standing) -> bool:
    parents = {parent if isinstance(parent, int) else standing.entity_type_of(parent) for parent in wanted.parents}
    return (
        parents <= set(found.process.parent_ids)
        and found.process.task_binding
        and all(found.process.flags.get(name) == value for name, value in wanted.flags.items())
    )


def _funnel_steps(wanted: WantedType, found: StandingType | None) -> Iterator[Step]:
    standing = dict(found.funnels) if found is not None else {}
    default = next((each for each in standing.values() if each.is_default), None)
    free_default = default is not None and default.name not in wanted.funnels
    for index, name in enumerate(wanted.funnels):
        if name not in standing:
            if free_default and default is not None:
                yield RenameFunnel(wanted.role, default.name, name)
                free_default = False
            else:
                yield CreateFunnel(wanted.role, name, sort=100 * (index + 1))
        yield from _stage_steps(wanted, name, found)


def _stage_steps(wanted: WantedType, funnel: str, found: StandingType | None) -> Iterator[Step]:
    """A new funnel's own stages get our names before the others are added; later a customer may rename any of them."""
    stages = found.stages.get(funnel, {}) if found is not None else {}
    is_new = any(stage.code not in stages for stage in wanted.stages)
    for stage in wanted.stages:
        present = stages.get(stage.code)
        if present is None:
            yield AddStage(wanted.role, funnel, stage)
        elif is_new and present.name != stage.title:
            yield UpdateStage(wanted.role, funnel, stage)
    for code in sorted(BROUGHT_ALONG & stages.keys()) if is_new else ():
        yield DeleteStage(wanted.role, funnel, code)


def _field_steps(wanted: WantedType, found: StandingType | None) -> Iterator[Step]:
    fields = found.fields if found is not None else {}
    for index, each in enumerate(wanted.fields):
        present = fields.get(each.code)
        if present is None:
            yield AddField(wanted.role, wanted.title, each, sort=100 + 10 * index)
            continue
        known = {value.xml_id for value in present.enum}
        lacking = tuple(code for code, _ in each.options if code not in known)
        if lacking:
            yield AddOptions(wanted.role, wanted.title, each, lacking)


def _group_steps(wanted: WantedGroup, standing: Standing) -> Iterator[Step]:
    found = standing.groups.get(wanted.department)
    if found is None:
        yield CreateGroup(wanted)
    if found is None or not set(wanted.kanban) <= {column.title for column in found.columns}:
        yield ArrangeKanban(wanted)
    belong = set(standing.staff.members_of(wanted.of_department))
    lacking = tuple(sorted(belong - found.member_ids if found is not None else belong))
    if lacking:
        yield AddMembers(wanted, lacking)
