"""The portal's ids under the rulebook's names: what observe and carry_out need to speak to this portal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.provision.blueprint import CASE, MEASURE, STAGE_CODES, Blueprint
from app.provision.plan import AddMembers, ArrangeKanban, Step, plan
from app.provision.standing import Standing, StandingType
from rules.model import Stage
from rules.rulebook import Funnel, Rulebook


class NotProvisioned(Exception):
    """The portal lacks what the rulebook needs."""


@dataclass(frozen=True)
class FieldLayout:
    """A user field's full name, and for enumerations the ids behind the rulebook's codes."""

    name: str
    options: Mapping[str, int]

    def code_of(self, option_id: int) -> str | None:
        return next((code for code, each in self.options.items() if each == option_id), None)


@dataclass(frozen=True)
class TypeLayout:
    entity_type_id: int
    created_at: datetime
    fields: Mapping[str, FieldLayout]


@dataclass(frozen=True)
class GroupLayout:
    id: int
    first_column_id: int


@dataclass(frozen=True)
class Layout:
    case: TypeLayout
    measure: TypeLayout
    funnels: Mapping[str, int]
    """Rulebook's funnel code to the case's category id."""
    sources: Mapping[tuple[int, int | None], str]
    """(entity type id, category id or None) of a source to the funnel code."""
    triggers: Mapping[str, Mapping[str, str]]
    """Funnel code to the source's stages that start an analysis: id to title."""
    groups: Mapping[str, GroupLayout]

    def source_funnel(self, entity_type_id: int, category_id: int | None) -> str | None:
        """The rulebook's funnel that an item of this type and category belongs to."""
        named = self.sources.get((entity_type_id, category_id))
        return named or self.sources.get((entity_type_id, None))

    def stage_id(self, funnel: str, stage: Stage) -> str:
        """``DT1030_15:ANALYSIS``"""
        return f"DT{self.case.entity_type_id}_{self.funnels[funnel]}:{STAGE_CODES[stage]}"

    def final_stage_ids(self) -> list[str]:
        """The stages in which a case is closed, of all its funnels."""
        return [self.stage_id(code, stage) for code in self.funnels for stage in Stage if stage.is_final]

    def success_stage_ids(self) -> list[str]:
        """«Закрыт успешно» of all its funnels."""
        return [self.stage_id(code, Stage.SUCCESS) for code in self.funnels]

    def stage_of(self, stage_id: str | None) -> Stage | None:
        """The stage behind a portal's stage id; ``None`` for a stage somebody added by hand."""
        code = (stage_id or "").rpartition(":")[2]
        return next((stage for stage, each in STAGE_CODES.items() if each == code), None)

    def funnel_of(self, category_id: int | None) -> str | None:
        return next((code for code, each in self.funnels.items() if each == category_id), None)


def layout_of(book: Rulebook, blueprint: Blueprint, standing: Standing, retired: Iterable[Funnel] = ()) -> Layout:
    """Raises NotProvisioned, naming what is missing.

    ``retired``: funnels that have left the rulebook, whose cases may still be open in the smart process.
    """
    missing = [step for step in plan(blueprint, standing) if not _can_wait(step, standing)]
    if missing:
        listed = "; ".join(str(step) for step in missing[:5]) + ("; …" if len(missing) > 5 else "")
        raise NotProvisioned(f"портал не подготовлен, нужно: {listed}. Выполните: capa24 provision")
    case = standing.types[CASE]
    return Layout(
        case=_type(case),
        measure=_type(standing.types[MEASURE]),
        funnels={
            **{funnel.code: case.funnels[funnel.title].id for funnel in book.funnels},
            **{funnel.code: case.funnels[funnel.title].id for funnel in retired if funnel.title in case.funnels},
        },
        sources={(each.entity_type_id, each.category_id): code for code, each in standing.sources.items()},
        triggers={code: each.triggers for code, each in standing.sources.items()},
        groups={code: _group(standing, code) for code in book.departments},
    )


def _can_wait(step: Step, standing: Standing) -> bool:
    """What people change every day must not keep the service from starting: somebody joins a department or becomes its
    head, a column of its kanban gets another name. Executors are let into a group when they get a task."""
    match step:
        case AddMembers():
            return True
        case ArrangeKanban(wanted):
            found = standing.groups.get(wanted.department)
            return found is not None and bool(found.columns)
        case _:
            return False


def _type(found: StandingType) -> TypeLayout:
    if found.process.created_at is None:
        raise NotProvisioned(f"портал не говорит, когда создан смарт-процесс «{found.process.title}»")
    return TypeLayout(
        entity_type_id=found.process.entity_type_id,
        created_at=found.process.created_at,
        fields={
            code: FieldLayout(field.name, {value.xml_id: value.id for value in field.enum})
            for code, field in found.fields.items()
        },
    )


def _group(standing: Standing, code: str) -> GroupLayout:
    found = standing.groups[code]
    first = min(found.columns, key=lambda column: column.sort)
    return GroupLayout(found.group.id, first.id)
