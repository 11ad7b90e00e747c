"""The nouns of the process: what one look at the portal tells about a case.

Everything is frozen and plain. Who reads it from Bitrix24: ``app.controller.observe``. Who decides on it: the rooms
of this package. Identifiers of people, tasks and items are the portal's own integers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

UserId = int


class Stage(StrEnum):
    """The stages of «Анализ и коррекции» in the order in which a case passes them (design section 4)."""

    SURVEY = "SURVEY"
    ANALYSIS = "ANALYSIS"
    FORMULATION = "FORMULATION"
    APPROVAL = "APPROVAL"
    CHANGES = "CHANGES"
    FINALIZATION = "FINALIZATION"
    SUCCESS = "SUCCESS"
    CANCELLED = "CANCELLED"

    @property
    def position(self) -> int:
        return list(Stage).index(self)

    @property
    def is_final(self) -> bool:
        return self in (Stage.SUCCESS, Stage.CANCELLED)


STAGE_TITLES = {
    Stage.SURVEY: "Опрос",
    Stage.ANALYSIS: "Анализ",
    Stage.FORMULATION: "Формулирование мер",
    Stage.APPROVAL: "Согласование",
    Stage.CHANGES: "Изменения",
    Stage.FINALIZATION: "Финализация",
    Stage.SUCCESS: "Закрыт успешно",
    Stage.CANCELLED: "Отменён",
}


class CaseField(StrEnum):
    """Fields of the case card that the service itself writes or reads, besides the survey's questions."""

    RESPONSIBLE = "RESPONSIBLE"
    INSPECTOR = "INSPECTOR"
    VERDICT = "VERDICT"
    VIOLATIONS = "VIOLATIONS"
    FACTS = "FACTS"
    CORRECTION = "CORRECTION"
    CAUSE = "CAUSE"
    COMMISSION = "COMMISSION"
    POINTS = "POINTS"
    HOURS = "HOURS"
    GATE_NOTE = "GATE_NOTE"
    NEWS_POST = "NEWS_POST"


@dataclass(frozen=True)
class Person:
    """An employee of the portal. Fired people stay here with ``active`` off: they still appear in old cases."""

    id: UserId
    name: str
    active: bool = True
    department_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Department:
    """A node of the company structure; the root has no parent."""

    id: int
    name: str
    parent_id: int | None = None
    head_id: UserId | None = None


@dataclass(frozen=True)
class Staff:
    """Who works here and who heads whom, as the portal says today."""

    people: Mapping[UserId, Person] = field(default_factory=dict)
    departments: Mapping[int, Department] = field(default_factory=dict)

    def name_of(self, user_id: UserId | None) -> str:
        person = self.people.get(user_id) if user_id is not None else None
        if person is None:
            return "не назначен" if user_id is None else f"сотрудник №{user_id}"
        return person.name

    def is_active(self, user_id: UserId | None) -> bool:
        return user_id is not None and user_id in self.people and self.people[user_id].active

    def has_left(self, user_id: UserId) -> bool:
        """Known here and fired. A stranger, e.g. somebody of an outsourced integrator, has not left."""
        return user_id in self.people and not self.people[user_id].active

    def department_named(self, name: str) -> Department | None:
        return next((d for d in self.departments.values() if d.name.casefold() == name.casefold()), None)

    def chain_of(self, department: Department) -> Iterator[Department]:
        """The department, then its parents up to the root; a loop in the structure ends the walk."""
        seen: set[int] = set()
        node: Department | None = department
        while node is not None and node.id not in seen:
            seen.add(node.id)
            yield node
            node = self.departments.get(node.parent_id) if node.parent_id is not None else None

    def head_of(self, name: str, *, never: frozenset[UserId] = frozenset()) -> UserId | None:
        """The working head of a department, or of the nearest department above that has one (S45).

        ``never`` are people who may not stand in this place, e.g. the one whose work is analysed.
        """
        department = self.department_named(name)
        return self.head_above(department, never=never) if department is not None else None

    def head_above(self, department: Department, *, never: frozenset[UserId] = frozenset()) -> UserId | None:
        """The same for a department at hand: several may bear one name."""
        for node in self.chain_of(department):
            if node.head_id is not None and node.head_id not in never and self.is_active(node.head_id):
                return node.head_id
        return None

    def members_of(self, name: str) -> tuple[UserId, ...]:
        """Working members of a department itself, without its sub-departments; its head included."""
        department = self.department_named(name)
        if department is None:
            return ()
        inside = {p.id for p in self.people.values() if p.active and department.id in p.department_ids}
        if self.is_active(department.head_id) and department.head_id is not None:
            inside.add(department.head_id)
        return tuple(sorted(inside))


@dataclass(frozen=True)
class SourceRef:
    """The deal, lead or smart-process item a case is about."""

    entity_type_id: int
    id: int

    @property
    def kind(self) -> str:
        return {1: "lead", 2: "deal"}.get(self.entity_type_id, f"item{self.entity_type_id}")

    def round_key(self, round_: int) -> str:
        """``deal:42#1``: the name under which a case exists at most once on the portal (its ``xmlId``)."""
        return f"{self.kind}:{self.id}#{round_}"


@dataclass(frozen=True)
class Closing:
    """One entry of a source item into a final stage; moves between final stages belong to the same closing."""

    at: datetime
    success: bool


@dataclass(frozen=True)
class Source:
    """A piece of work and how often it was finished."""

    ref: SourceRef
    title: str
    funnel: str | None
    """Code of the rulebook's funnel the item stands in now; ``None`` when the rulebook doesn't know it."""
    responsible_id: UserId | None
    closed: bool
    closings: tuple[Closing, ...] = ()
    rounds_with_case: frozenset[int] = frozenset()


@dataclass(frozen=True)
class StageEntry:
    """One entry into a stage; ``id`` is the row of the portal's stage history, so it names this very move."""

    id: int
    stage: Stage
    at: datetime


@dataclass(frozen=True)
class Tick:
    """One line of a task's checklist."""

    title: str
    done: bool = False


@dataclass(frozen=True)
class Task:
    """A task of the case. ``slot`` says what it is for and is the same however often it would be created."""

    id: int
    slot: str
    title: str
    responsible_id: UserId
    closed_at: datetime | None = None
    checklist: tuple[Tick, ...] = ()
    result: str = ""
    hours_spent: float = 0.0
    hours_planned: float = 0.0

    @property
    def closed(self) -> bool:
        return self.closed_at is not None

    @property
    def unticked(self) -> tuple[str, ...]:
        return tuple(tick.title for tick in self.checklist if not tick.done)


@dataclass(frozen=True)
class Measure:
    """One corrective measure: a child item of the case."""

    id: int
    title: str
    kind: str | None = None
    target: str = ""
    department: str | None = None
    responsible_id: UserId | None = None
    due: date | None = None
    planned_hours: float | None = None
    expected: str = ""

    @property
    def content(self) -> str:
        """What a vote is given on, as text: any edit of it is another measure."""
        hours = None if self.planned_hours is None else float(self.planned_hours)
        return _joined(self.id, self.title, self.kind, self.target, self.department, self.responsible_id, self.due,
                       hours, self.expected)  # fmt: skip

    @property
    def substance(self) -> str:
        """What its executor is asked to do; who, when and how long may change without making it other work."""
        return _joined(self.title, self.kind, self.target, self.department, self.expected)


def _joined(*parts: object) -> str:
    return "\x1f".join("" if part is None else str(part) for part in parts)


def short_hash(text: str) -> str:
    """A name for a text that changes with it, short enough for a task's slot."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def hash_of(measures: tuple[Measure, ...]) -> str:
    """Short name of a measure set; votes are bound to it, an edit changes it."""
    return short_hash("\x1e".join(measure.content for measure in sorted(measures, key=lambda m: m.id)))


Answer = str | tuple[str, ...]
"""What a person answered: a text, or the code(s) of the option(s) chosen. Numbers, dates and people come as text."""


@dataclass(frozen=True)
class Case:
    """Everything the rules may know about one case."""

    id: int
    title: str
    funnel: str
    source: SourceRef
    source_title: str
    round: int
    stage: Stage
    entries: tuple[StageEntry, ...]
    staff: Staff
    moved_by: UserId | None = None
    responsible_id: UserId | None = None
    inspector_id: UserId | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    violations: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    correction: str = ""
    cause: str = ""
    verdict: str | None = None
    commission: tuple[UserId, ...] = ()
    points: float | None = None
    hours: float | None = None
    news_post_id: int | None = None
    measures: tuple[Measure, ...] = ()
    tasks: tuple[Task, ...] = ()
    told: frozenset[str] = frozenset()
    """Marks of the notes that stand in the case's timeline already."""
    open_cases_of: Mapping[UserId, int] = field(default_factory=dict)
    """How many open cases each inspector has; filled only while the case needs one."""

    def task(self, slot: str) -> Task | None:
        return next((task for task in self.tasks if task.slot == slot), None)

    def tasks_for(self, prefix: str) -> tuple[Task, ...]:
        """Tasks of all slots that begin with ``prefix:``."""
        return tuple(task for task in self.tasks if task.slot.startswith(prefix + ":"))

    @property
    def measures_hash(self) -> str:
        return hash_of(self.measures)

    @property
    def entered(self) -> StageEntry:
        return self.entries[-1]

    @property
    def came_from(self) -> StageEntry | None:
        return self.entries[-2] if len(self.entries) > 1 else None

    @property
    def reopened_at(self) -> datetime | None:
        """When a person (or a commission's return) put the case back into its present stage, else ``None``.

        The gate's own way back does not count: there the work was never finished.
        """
        before = self.came_from
        if before is None or before.stage.position <= self.stage.position or gate_mark(before) in self.told:
            return None
        return self.entered.at

    def accepted(self, task: Task | None, stage: Stage) -> bool:
        """Is the work of ``stage`` that this task stands for done? Not if the case was put back to it afterwards."""
        if task is None or task.closed_at is None:
            return False
        return self.stage is not stage or self.reopened_at is None or task.closed_at > self.reopened_at

    @property
    def hours_spent(self) -> float:
        return sum(task.hours_spent for task in self.tasks)


def gate_mark(entry: StageEntry) -> str:
    """Mark of the note that explains why this very move was taken back: exactly one a move."""
    return f"gate-{entry.id}"
