"""What the rulebook wants on the portal, before anybody looked at the portal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeVar

from bitrix.refs import DEAL, LEAD
from rules.model import (
    CASE_FIELD_TITLES,
    EFFECT_TITLES,
    LOST_TASK_TITLES,
    MEASURE_FIELD_TITLES,
    STAGE_TITLES,
    CaseField,
    MeasureField,
    Stage,
)
from rules.rulebook import OUTCOMES, Funnel, Question, Rulebook

Choice = TypeVar("Choice", bound=StrEnum)

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
    """A smart process; ``parents`` are entity type ids, the role of another wanted type, or the code of a source."""

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
class WantedSource:
    """A funnel whose items are analysed; it must exist already, as the customer's own."""

    code: str
    title: str
    kind: Literal["deal", "lead", "smart_process"]
    process: str | None = None
    funnel: str | None = None
    stages: tuple[str, ...] = ()
    """Titles of the stages that start an analysis before the last one (S14)."""

    @property
    def parent(self) -> int | str:
        """An entity type id, or the funnel code by which a smart process is found on the portal."""
        return {"deal": DEAL, "lead": LEAD}.get(self.kind, self.code)


@dataclass(frozen=True)
class Blueprint:
    types: tuple[WantedType, ...]
    groups: tuple[WantedGroup, ...]
    sources: tuple[WantedSource, ...] = field(default=())
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
    sources = tuple(_source(funnel) for funnel in book.funnels)
    case = WantedType(
        role=CASE,
        title=book.names.case,
        parents=tuple(dict.fromkeys(source.parent for source in sources)),
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
        sources=sources,
    )


def _source(funnel: Funnel) -> WantedSource:
    watched = funnel.source
    named = tuple(stage for stage in funnel.final_stages if stage not in OUTCOMES)
    return WantedSource(funnel.code, funnel.title, watched.type, watched.process, watched.funnel, named)


def _departments(book: Rulebook) -> tuple[str, ...]:
    """The quality department, those whose heads have a role, those that carry measures out or read the news."""
    roles = (role.head_of for role in book.roles.values() if role.head_of is not None)
    executing = (each.department for each in book.departments.values())
    readers = (name for funnel in book.funnels for name in funnel.news_for)
    return tuple(dict.fromkeys((book.quality.department, *roles, *executing, *readers)))


def _case_fields(book: Rulebook) -> tuple[WantedField, ...]:
    verdicts = tuple((code, verdict.title) for code, verdict in book.verdicts.items())
    violations = tuple((code, violation.title) for code, violation in book.violations.items())
    causes = tuple((code, cause.title) for code, cause in book.causes.items())
    return (
        _card_field(CaseField.RESPONSIBLE, "employee"),
        _card_field(CaseField.INSPECTOR, "employee"),
        _card_field(CaseField.RULES, "string"),
        _card_field(CaseField.VERDICT, "enumeration", options=verdicts),
        _card_field(CaseField.VERDICT_REASON, "string"),
        _card_field(CaseField.VIOLATIONS, "enumeration", multiple=True, options=violations),
        _card_field(CaseField.FACTS, "string", multiple=True),
        _card_field(CaseField.CORRECTION, "string"),
        _card_field(CaseField.CONSEQUENCES, "string"),
        _card_field(CaseField.CAUSE, "string"),
        _card_field(CaseField.WHYS, "string", multiple=True),
        *_list_field(CaseField.CAUSE_CATEGORY, CASE_FIELD_TITLES[CaseField.CAUSE_CATEGORY], causes),
        _card_field(CaseField.NO_CAUSE, "string"),
        _card_field(CaseField.SIMILAR, "string"),
        _card_field(CaseField.SIMILAR_ANSWER, "string"),
        _card_field(CaseField.COMMISSION, "employee", multiple=True),
        _card_field(CaseField.COMMISSION_RULE, "string"),
        _card_field(CaseField.PROGRESS, "string"),
        _card_field(CaseField.PASS, "string"),
        _card_field(CaseField.OVERRIDE, "string"),
        _card_field(CaseField.CANCEL_REASON, "string"),
        _card_field(CaseField.POINTS, "double"),
        _card_field(CaseField.HOURS, "double"),
        _card_field(CaseField.GATE_NOTE, "string"),
        _card_field(CaseField.NEWS_POST, "integer"),
        _card_field(CaseField.NEWS_READ, "string"),
        _card_field(CaseField.CRITERION, "string"),
        _card_field(CaseField.BASELINE, "double"),
        _card_field(CaseField.CHECK_ON, "date"),
        _card_field(CaseField.REVIEWER, "employee"),
        _card_field(CaseField.EFFECT, "enumeration", options=_titles(EFFECT_TITLES)),
        _card_field(CaseField.EFFECT_DATA, "string"),
        _card_field(CaseField.EFFECT_NOTE, "string"),
        _card_field(CaseField.RECURRED, "string"),
    )


def _card_field(
    code: CaseField, user_type: str, *, multiple: bool = False, options: tuple[tuple[str, str], ...] = ()
) -> WantedField:
    return WantedField(code, user_type, CASE_FIELD_TITLES[code], multiple, options)


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
    templates = tuple((code, each.title) for code, each in book.measure_templates.items())
    return (
        *_list_field(MeasureField.TEMPLATE, MEASURE_FIELD_TITLES[MeasureField.TEMPLATE], templates),
        _measure_field(MeasureField.KIND, "enumeration", kinds),
        _measure_field(MeasureField.TARGET, "string"),
        _measure_field(MeasureField.DEPARTMENT, "enumeration", departments),
        _measure_field(MeasureField.EXECUTOR, "employee"),
        _measure_field(MeasureField.EMPLOYEE, "employee"),
        _measure_field(MeasureField.DUE, "date"),
        _measure_field(MeasureField.PLANNED_HOURS, "double"),
        _measure_field(MeasureField.EXPECTED, "string"),
        _measure_field(MeasureField.TASK, "integer"),
        _measure_field(MeasureField.DECISION, "enumeration", _titles(LOST_TASK_TITLES)),
    )


def _measure_field(code: MeasureField, user_type: str, options: tuple[tuple[str, str], ...] = ()) -> WantedField:
    return WantedField(code, user_type, MEASURE_FIELD_TITLES[code], options=options)


def _list_field(code: str, label: str, options: tuple[tuple[str, str], ...]) -> tuple[WantedField, ...]:
    """A list that the rulebook may leave empty is no field at all."""
    return (WantedField(code, "enumeration", label, options=options),) if options else ()


def _titles(titles: Mapping[Choice, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(code), title) for code, title in titles.items())
