"""What the rulebook wants on the portal, before anybody looked at the portal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bitrix.refs import DEAL, LEAD
from rules.model import STAGE_TITLES, CaseField, Stage
from rules.rulebook import Question, Rulebook

CASE = "case"
MEASURE = "measure"


@dataclass(frozen=True)
class WantedField:
    """A user field; ``options`` are (code, text) of an enumeration, the code being its ``xmlId``."""

    code: str
    user_type: str
    label: str
    multiple: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class WantedStage:
    """``code`` is the part of the stage id behind the colon."""

    code: str
    title: str
    sort: int
    color: str
    semantics: Literal["S", "F", ""] = ""


@dataclass(frozen=True)
class WantedType:
    """A smart process; ``parents`` are entity type ids or the role of another wanted type."""

    role: str
    title: str
    parents: tuple[int | str, ...]
    stages_enabled: bool
    fields: tuple[WantedField, ...]
    funnels: tuple[str, ...] = ()
    stages: tuple[WantedStage, ...] = ()

    @property
    def flags(self) -> Mapping[str, bool]:
        return {
            "isStagesEnabled": self.stages_enabled,
            "isCategoriesEnabled": bool(self.funnels),
            "isAutomationEnabled": self.stages_enabled,
            "isObserversEnabled": True,
            "isUseInUserfieldEnabled": True,
            "isSetOpenPermissions": True,
        }


@dataclass(frozen=True)
class WantedGroup:
    """A department's work group with its kanban (S52-S54)."""

    department: str
    name: str
    of_department: str
    kanban: tuple[str, ...]


@dataclass(frozen=True)
class Blueprint:
    types: tuple[WantedType, ...]
    groups: tuple[WantedGroup, ...]
    deal_funnels: tuple[str, ...] = field(default=())
    """Deal funnels that must exist already: the customer's own, never created by the service."""
    departments: tuple[str, ...] = field(default=())
    """Departments that must exist already: every one the rulebook names."""


STAGE_CODES: Mapping[Stage, str] = {
    Stage.SURVEY: "NEW",  # a new funnel brings NEW, SUCCESS and FAIL along; they can't be deleted
    Stage.ANALYSIS: "ANALYSIS",
    Stage.FORMULATION: "FORMULATION",
    Stage.APPROVAL: "APPROVAL",
    Stage.CHANGES: "CHANGES",
    Stage.FINALIZATION: "FINALIZATION",
    Stage.SUCCESS: "SUCCESS",
    Stage.CANCELLED: "FAIL",
}

_COLORS = {
    Stage.SURVEY: "#39A8EF",
    Stage.ANALYSIS: "#2FC6F6",
    Stage.FORMULATION: "#55D0E0",
    Stage.APPROVAL: "#FFA900",
    Stage.CHANGES: "#FF5752",
    Stage.FINALIZATION: "#BB7AE0",
    Stage.SUCCESS: "#7BD500",
    Stage.CANCELLED: "#A0A7B1",
}

# Between NEW (10) and SUCCESS (40) of a new funnel, so that the order "in process < success < fail" holds at each step.
_SORTS = {stage: 10 + 2 * stage.position for stage in Stage if not stage.is_final} | {
    Stage.SUCCESS: 40,
    Stage.CANCELLED: 50,
}

_SEMANTICS: Mapping[Stage, Literal["S", "F"]] = {Stage.SUCCESS: "S", Stage.CANCELLED: "F"}

_USER_TYPES = {
    "choice": "enumeration",
    "several": "enumeration",
    "yes_no": "enumeration",  # a Bitrix24 boolean can't say "not answered"
    "number": "double",
    "date": "date",
    "text": "string",
    "user": "employee",
}


def question_field(code: str) -> str:
    return f"Q_{code.upper()}"


def blueprint_of(book: Rulebook) -> Blueprint:
    """Both smart processes with funnels, stages and fields; the departments' groups (design section 4)."""
    source_types = tuple(dict.fromkeys({"deal": DEAL, "lead": LEAD}[funnel.source.type] for funnel in book.funnels))
    case = WantedType(
        role=CASE,
        title=book.names.case,
        parents=source_types,
        stages_enabled=True,
        fields=(*_case_fields(book), *(_question(code, question) for code, question in book.questions.items())),
        funnels=tuple(funnel.title for funnel in book.funnels),
        stages=tuple(
            WantedStage(
                STAGE_CODES[stage],
                STAGE_TITLES[stage],
                _SORTS[stage],
                _COLORS[stage],
                _SEMANTICS.get(stage, ""),
            )
            for stage in Stage
        ),
    )
    measure = WantedType(
        role=MEASURE,
        title=book.names.measure,
        parents=(CASE,),
        stages_enabled=False,
        fields=_measure_fields(book),
    )
    return Blueprint(
        types=(case, measure),
        groups=tuple(
            WantedGroup(code, each.group, each.department, book.kanban) for code, each in book.departments.items()
        ),
        departments=_departments(book),
        deal_funnels=tuple(f.source.funnel for f in book.funnels if f.source.type == "deal" and f.source.funnel),
    )


def _departments(book: Rulebook) -> tuple[str, ...]:
    """The quality department, those whose heads have a role, those that carry measures out or read the news."""
    roles = (role.head_of for role in book.roles.values())
    executing = (each.department for each in book.departments.values())
    readers = (name for funnel in book.funnels for name in funnel.news_for)
    return tuple(dict.fromkeys((book.quality.department, *roles, *executing, *readers)))


def _case_fields(book: Rulebook) -> tuple[WantedField, ...]:
    verdicts = tuple((code, verdict.title) for code, verdict in book.verdicts.items())
    violations = tuple((code, violation.title) for code, violation in book.violations.items())
    return (
        WantedField(CaseField.RESPONSIBLE, "employee", "Чья работа разбирается"),
        WantedField(CaseField.INSPECTOR, "employee", "Сотрудник ОКК"),
        WantedField(CaseField.VERDICT, "enumeration", "Вердикт", options=verdicts),
        WantedField(CaseField.VIOLATIONS, "enumeration", "Типы нарушений", multiple=True, options=violations),
        WantedField(CaseField.FACTS, "string", "Факты нарушений", multiple=True),
        WantedField(CaseField.CORRECTION, "string", "Немедленная коррекция"),
        WantedField(CaseField.CAUSE, "string", "Причина"),
        WantedField(CaseField.COMMISSION, "employee", "Комиссия", multiple=True),
        WantedField(CaseField.POINTS, "double", "Премиальные баллы"),
        WantedField(CaseField.HOURS, "double", "Затраты на коррекцию, ч"),
        WantedField(CaseField.GATE_NOTE, "string", "Почему возвращён"),
        WantedField(CaseField.NEWS_POST, "integer", "Номер новости"),
    )


def _question(code: str, question: Question) -> WantedField:
    return WantedField(
        question_field(code),
        _USER_TYPES[question.type],
        question.text,
        multiple=question.type == "several",
        options=tuple((option.code, option.text) for option in question.choices),
    )


def _measure_fields(book: Rulebook) -> tuple[WantedField, ...]:
    kinds = tuple((code, kind.title) for code, kind in book.measure_kinds.items())
    departments = tuple((code, each.title) for code, each in book.departments.items())
    return (
        WantedField("KIND", "enumeration", "Вид меры", options=kinds),
        WantedField("TARGET", "string", "Объект изменения"),
        WantedField("DEPARTMENT", "enumeration", "Подразделение", options=departments),
        WantedField("EXECUTOR", "employee", "Исполнитель"),
        WantedField("DUE", "date", "Срок"),
        WantedField("PLANNED_HOURS", "double", "Плановые часы"),
        WantedField("EXPECTED", "string", "Ожидаемый результат"),
    )
