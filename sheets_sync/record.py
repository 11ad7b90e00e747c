"""What the report is made of: a case in one round, already observed and summed up.

A title people read has a plain name (``verdict``), the rulebook's code of it ends in ``_code``. Everything after
``hours_planned`` has a default, so that a record written down by an earlier version can still be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

KEY = re.compile(r"[^\s:#]+:[^\s#]+#\d+")
"""What a key looks like:

``deal:42#1``, ``item:1090:12#2``. Cells of a key column that do not match are users' own.
"""


@dataclass(frozen=True)
class Violation:
    """One violation found in the case (S30-S32, R4-R6)."""

    title: str
    code: str = ""
    severity: str = ""
    severity_code: str = ""
    """``minor``, ``major`` or ``critical``."""
    requirement: str = ""


@dataclass(frozen=True)
class Measure:
    """One corrective measure ordered in the case (S40-S44, S65, S66). Hours are working hours of people."""

    title: str
    id: int = 0
    url: str = ""
    kind: str = ""
    kind_code: str = ""
    department: str = ""
    executor: str = ""
    employee: str = ""
    """Who is trained, where the measure is a training."""
    training: bool = False
    due: date | None = None
    done_at: datetime | None = None
    hours_planned: float = 0.0
    hours_spent: float = 0.0


@dataclass(frozen=True)
class Span:
    """A time in calendar and in working hours."""

    calendar: float = 0.0
    working: float = 0.0


@dataclass(frozen=True)
class StageTime:
    """How long the case was in a group of stages, and how many hours people put down for the work of them."""

    calendar: float = 0.0
    working: float = 0.0
    spent: float = 0.0


@dataclass(frozen=True)
class CaseRecord:
    """One case in one round. All moments are aware.

    ``key`` must be unique in the spreadsheet it goes to. Raises ValueError for a key that does not look like one, and
    for naive moments.
    """

    key: str
    portal: str
    case_id: int
    case_url: str
    source_url: str
    funnel: str
    source_title: str
    round: int
    stage: str
    verdict: str
    violations: tuple[Violation, ...]
    severity: str
    """The gravest of the violations."""
    started_at: datetime
    finalised_at: datetime | None
    measures: tuple[Measure, ...]
    responsible: str
    inspector: str
    commission: tuple[str, ...]
    points: float | None
    hours_spent: float
    hours_planned: float

    satisfaction: str = ""
    satisfaction_score: float | None = None
    """The answer as a number, where the rulebook makes a scale of it (S86)."""
    terms_kept: str = ""
    deviation: bool = False
    """Did the survey name something that the process does not foresee (S21)?"""

    funnel_code: str = ""
    stage_code: str = ""
    """``SURVEY`` ... ``SUCCESS``, ``CANCELLED``."""
    stage_since: datetime | None = None
    verdict_code: str = ""
    verdict_reason: str = ""
    severity_code: str = ""
    cause_category: str = ""

    responsible_id: int | None = None
    inspector_id: int | None = None
    commission_ids: tuple[int, ...] = ()
    department: str = ""
    """Where the responsible works."""
    department_ids: tuple[int, ...] = ()
    """All departments of the responsible and those above them: whoever heads one of these is their head (S90)."""

    age: Span = field(default_factory=Span)
    """From the start to the end, or to the last look; the five times sum to it (R24)."""
    survey_time: StageTime = field(default_factory=StageTime)
    analysis_time: StageTime = field(default_factory=StageTime)
    """Analysis and formulation (S71)."""
    approval_time: StageTime = field(default_factory=StageTime)
    """S72."""
    changes_time: StageTime = field(default_factory=StageTime)
    """Changes and finalization (S73)."""
    closed_time: StageTime = field(default_factory=StageTime)
    """Closed before it was opened again; the hours spent are those of the effectiveness check."""

    approval_rounds: int = 0
    gate_reverts: int = 0
    overrides: int = 0
    deviation_to_triage: Span | None = None
    """From the survey that names a deviation to the end of the analysis (S88)."""
    finding_to_approval: Span | None = None
    """From the end of the analysis to the approval of measures (S89)."""

    effect: str = ""
    effect_code: str = ""
    """``effective``, ``partly``, ``not_effective``, ``inconclusive``; empty before the check (R21)."""
    effect_planned_on: date | None = None
    effect_checked_at: datetime | None = None
    recurred: bool = False
    """Was the same violation found again in a later case (S2)?"""

    news_asked: int | None = None
    """How many were asked to read the news; ``None`` while nobody was (S84)."""
    news_read: int | None = None
    training_ordered: int = 0
    training_done: int = 0

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"The key of a row looks like deal:42#1, not like {self.key!r}.")
        for name in ("started_at", "finalised_at", "stage_since", "effect_checked_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} of {self.key} has no time zone; pass an aware datetime.")

    @property
    def cancelled(self) -> bool:
        return self.stage_code == "CANCELLED"

    @property
    def analysed(self) -> bool:
        """Has the analysis come to a verdict that counts (S64)?"""
        return bool(self.verdict) and not self.cancelled
