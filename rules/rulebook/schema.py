"""The shapes of a rulebook: funnels, questions, protocols, violations, roles, measures, terms.

What a customer changes lives in YAML of this shape. How it is read and what its mistakes are called: ``loading``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
WorkingDays = Annotated[int, Field(ge=1, le=250)]
Hours = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


def _yes_no(value: object) -> object:
    """YAML reads ``yes`` as true, people write «да»; both mean the option code."""
    words = {True: "yes", False: "no", "да": "yes", "нет": "no"}
    if isinstance(value, list):
        return tuple(_yes_no(each) for each in value)
    return words.get(value, value) if isinstance(value, (bool, str)) else value


def _as_tuple(value: object) -> object:
    value = _yes_no(value)
    return value if isinstance(value, tuple) else (value,)


Condition = Mapping[Code, Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]]
"""Question code to the answers that make it true; several questions must all hold."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# --- Survey ----------------------------------------------------------------------------------------------------------


class Option(_Entry):
    code: Code
    text: Text
    score: float | None = Field(None, allow_inf_nan=False)
    """What the answer is worth on a scale, so that answers can be averaged (S86)."""


YES_NO = (Option(code="yes", text="Да"), Option(code="no", text="Нет"))


class Question(_Entry):
    """A question of the survey; one user field of the case card (S17-S22)."""

    text: Text
    type: Literal["choice", "several", "yes_no", "number", "date", "text", "user"]
    options: tuple[Option, ...] = ()

    @property
    def choices(self) -> tuple[Option, ...]:
        return YES_NO if self.type == "yes_no" else self.options


class AskedQuestion(_Entry):
    """A question as one funnel asks it, with its dependencies (S11)."""

    question: Code
    required: bool = True
    visible_when: Condition = Field(default_factory=dict)
    required_when: Condition = Field(default_factory=dict)


# --- Source funnels --------------------------------------------------------------------------------------------------


class SourceFunnel(_Entry):
    """Which items are watched (S13, S23)."""

    type: Literal["deal", "lead", "smart_process"]
    process: Text | None = None
    """Title of the smart process as Bitrix24 shows it."""
    funnel: Text | None = None
    """Name of the funnel as Bitrix24 shows it; leads have none, a smart process may have one only."""


class SourceCondition(_Entry):
    """What an item must be like to be analysed: a field of its card, under the name ``crm.item.fields`` gives it."""

    field: Text
    at_least: float | None = Field(None, allow_inf_nan=False)
    at_most: float | None = Field(None, allow_inf_nan=False)
    one_of: tuple[str, ...] = ()
    """Without bounds and values, the field only has to be filled."""
    words: Text
    """The condition for people: «сделка дороже 100 000»."""


OUTCOMES = ("success", "fail")
"""Words of ``final_stages`` that mean any stage with this semantics; every other word is a stage's title."""


class Funnel(_Entry):
    """One source process: who is asked what, and how it is analysed (S26)."""

    code: Code
    title: Text
    source: SourceFunnel
    final_stages: tuple[Text, ...] = Field(OUTCOMES, min_length=1)
    """``success``, ``fail``, or the title of a stage of the source funnel, which may stand before the last (S14)."""
    active_from: date | None = None
    """Work finished earlier is not analysed; by default, what was finished before the smart process existed."""
    only_if: tuple[SourceCondition, ...] = ()
    every_nth: int = Field(1, ge=1, le=1000)
    """Analyse each n-th item only. What is left out is counted, never silent (S81)."""
    survey_before_closing: bool = False
    """The item can't go beyond the stage that started the survey before the survey is answered."""
    survey: tuple[AskedQuestion, ...]
    protocol: tuple[Text, ...] = Field(min_length=1)
    news_for: tuple[Text, ...] = ()


# --- People ----------------------------------------------------------------------------------------------------------


class Role(_Entry):
    """A place in the company; who fills it is looked up when it is needed (S12, S45). Either of a head, or of one."""

    title: Text
    head_of: Text | None = None
    """Department whose head it is."""
    person: Text | None = None
    """Name, as the portal shows it, of somebody who heads nothing: a lawyer, a permanent reviewer, an integrator."""
    substitutes: tuple[Code, ...] = ()
    """Roles that stand in, in this order, when whoever fills it is absent."""


class QualityDepartment(_Entry):
    department: Text
    commission_always: tuple[Code, ...] = ()
    commission_smallest: int = Field(1, ge=1, le=30)
    """A smaller commission is filled up: with the head of quality, then with heads above."""
    commission_largest: int = Field(9, ge=1, le=30)
    chair: Code | None = None
    """Role of the chair; without it, the first member."""


class Approval(_Entry):
    """When the commission's votes are enough (S47)."""

    quorum: Literal["everyone", "majority", "one_per_department"] = "everyone"
    critical_needs: Code | None = None
    """A critical violation isn't decided without this role's yes."""
    reason_required: bool = True
    """A refusal without a reason in the task's result goes back to who refused."""


# --- Analysis --------------------------------------------------------------------------------------------------------


Severity = Literal["minor", "major", "critical"]


class ViolationType(_Entry):
    title: Text
    severity: Severity
    requirement: str = ""
    """What it violates: the document and clause (R5)."""
    roles: tuple[Code, ...] = Field(min_length=1)


class CauseCategory(_Entry):
    title: Text


class Verdict(_Entry):
    """An outcome of the analysis (S36-S39)."""

    title: Text
    measures: Literal["none", "required"]
    facts: Literal["required", "optional"] = "optional"
    cause: Literal["required", "optional"] = "optional"
    """A cause, or the reason why none is looked for (R8), and whether similar cases are possible (R9)."""
    reason: Literal["required", "optional"] = "optional"
    """Why measures are needed, in the inspector's words (R10)."""
    points: float = Field(0, ge=0, le=1_000_000, allow_inf_nan=False)


# --- Measures --------------------------------------------------------------------------------------------------------


class MeasureKind(_Entry):
    title: Text
    employee: bool = False
    """Such a measure names the employee it is about: who is trained (S42, S43)."""


class MeasureTemplate(_Entry):
    """A measure that fits often: choosing it in a measure's card fills what is empty there."""

    title: Text
    kind: Code
    target: Text
    department: Code
    planned_hours: Hours
    days: WorkingDays
    expected: Text
    violations: tuple[Code, ...] = ()
    """Violation types it is offered for; none means any."""


class ExecutingDepartment(_Entry):
    """Who carries measures out: a department of the company, its work group and kanban (S51, S52)."""

    title: Text
    department: Text
    group: Text
    integrator: Text | None = None
    """Name of an outsourced integrator who does the work; the department then looks after it (S51)."""
    flow: int | None = Field(None, ge=1)
    """Id of a task flow of this group that hands the tasks out instead of the head."""


# --- Terms -----------------------------------------------------------------------------------------------------------


class Terms(_Entry):
    """Working days people have for their assignments."""

    survey: WorkingDays = 2
    analysis: WorkingDays = 3
    measures: WorkingDays = 3
    vote: WorkingDays = 2
    change: WorkingDays = 10
    finalization: WorkingDays = 2
    effectiveness: WorkingDays = 5


class Escalation(_Entry):
    """Who is told what about an assignment's term: its owner before and at it, the owner's head after it."""

    remind_hours_before: int = Field(4, ge=0, le=200)
    """Working hours before the deadline; 0 means no reminder."""
    head_after_days: WorkingDays = 1
    survey_closes_after_days: int = Field(3, ge=0, le=250)
    """Working days after its deadline at which a silent survey is closed as «нет ответа»; 0 means never."""
    substitute_votes_after_days: int = Field(2, ge=0, le=250)
    """Working days after its deadline at which a substitute votes for a silent member; 0 means never."""


class WorkCalendar(_Entry):
    """When people work."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "RU"
    """Its public holidays are days off."""
    time_zone: Text = "Europe/Moscow"
    """For people whose card has no time zone of its own."""
    begins: int = Field(9, ge=0, le=22)
    ends: int = Field(18, ge=1, le=23)
    days_off: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    """Saturdays and holidays on which this company works all the same."""


class Gate(_Entry):
    """How often a dragged case is put back at once before somebody is asked, and who may go past it."""

    reverts_in_a_row: int = Field(5, ge=1, le=100)
    pause_minutes: int = Field(60, ge=1, le=10_080)
    override: tuple[Code, ...] = ()
    """Roles whose reason on the card lets a case past its guards (R15)."""


# --- Finalization and after ------------------------------------------------------------------------------------------


class FinalizationStep(_Entry):
    code: Code
    title: Text
    description: str = ""
    result: Literal["required", "optional"] = "optional"
    """Required: the task counts as done when its result says something (R16, R17)."""


NEWS_WORDS = ("funnel", "title", "measures")
"""What news may mention in braces."""


class News(_Entry):
    title: Text
    text: Text
    confirm: bool = False
    """The inspector sees the draft in a task and confirms it before it is published."""
    important: bool = False
    """An important message asks its readers to confirm that they have read it (S84)."""
    remind_readers_after_days: int = Field(0, ge=0, le=250)
    """Working days after which those who haven't read it are reminded; 0 means never."""


class Finalization(_Entry):
    """What is done in order before a case is closed (S58-S62)."""

    steps: tuple[FinalizationStep, ...] = Field(min_length=1)
    news: News


class Cancellation(_Entry):
    """What becomes of a case that is given up."""

    measure_tasks: Literal["close", "keep"] = "close"


class Effectiveness(_Entry):
    """Whether the measures worked (R20, R21)."""

    after_days: int = Field(60, ge=1, le=730)
    """Calendar days from closing to the check."""
    window_days: int = Field(90, ge=1, le=730)
    """The past that the baseline is computed from."""
    least_cases: int = Field(5, ge=1, le=1000)
    """Fewer cases, before or after, prove nothing: the result is «данных мало»."""
    share_at_most: float = Field(0.5, ge=0, le=1)
    """The measures worked when the share of cases with the same violations fell to this part of the baseline."""
    criterion: Text = "Доля разборов с теми же нарушениями снизилась вдвое"
    reviewer: Code | None = None
    """Role of the reviewer; without it, a member of the quality department who didn't lead the case."""
    when_partly: Literal["stay_closed", "reopen"] = "stay_closed"
    """What becomes of a case whose measures worked in part: people decide, or it is reopened at once."""


class Points(_Entry):
    """Bonus points (S37, S76)."""

    period: Literal["month", "quarter", "year"] = "month"
    taken_back: bool = True
    """A later round that isn't clean takes back what an earlier round of the same item granted."""


class Retention(_Entry):
    """How long a record is kept and who may see the personal data in it (R28)."""

    years: int = Field(5, ge=1, le=100)
    readers: tuple[Code, ...] = ()


class SmartProcessNames(_Entry):
    case: Text = "Анализ и коррекции"
    measure: Text = "Мера коррекции"


class Rulebook(_Entry):
    """The customer's configuration of the whole process."""

    version: Text
    names: SmartProcessNames = SmartProcessNames()
    quality: QualityDepartment
    questions: Mapping[Code, Question]
    funnels: tuple[Funnel, ...] = Field(min_length=1)
    roles: Mapping[Code, Role]
    violations: Mapping[Code, ViolationType] = Field(min_length=1)
    causes: Mapping[Code, CauseCategory] = Field(default_factory=dict)
    verdicts: Mapping[Code, Verdict]
    measure_kinds: Mapping[Code, MeasureKind] = Field(min_length=1)
    measure_templates: Mapping[Code, MeasureTemplate] = Field(default_factory=dict)
    departments: Mapping[Code, ExecutingDepartment] = Field(min_length=1)
    kanban: tuple[Text, ...] = Field(min_length=1)
    approval: Approval = Approval()
    terms: Terms = Terms()
    escalation: Escalation = Escalation()
    calendar: WorkCalendar = WorkCalendar()
    gate: Gate = Gate()
    finalization: Finalization
    cancellation: Cancellation = Cancellation()
    effectiveness: Effectiveness = Effectiveness()
    points: Points = Points()
    retention: Retention = Retention()

    def funnel(self, code: str) -> Funnel:
        """Raises KeyError for a funnel this rulebook doesn't have."""
        found = self.find_funnel(code)
        if found is None:
            raise KeyError(code)
        return found

    def find_funnel(self, code: str | None) -> Funnel | None:
        return next((funnel for funnel in self.funnels if funnel.code == code), None)
