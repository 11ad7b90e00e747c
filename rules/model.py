"""The nouns of the process: what one look at the portal tells about a case.

Everything is frozen and plain. Who reads it from Bitrix24: ``app.controller.observe``. Who decides on it: the rooms
of this package. Identifiers of people, tasks and items are the portal's own integers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
        return _POSITIONS[self]

    @property
    def is_final(self) -> bool:
        return self in (Stage.SUCCESS, Stage.CANCELLED)


_POSITIONS = {stage: position for position, stage in enumerate(Stage)}

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
    RULES = "RULES"
    VERDICT = "VERDICT"
    VERDICT_REASON = "VERDICT_REASON"
    VIOLATIONS = "VIOLATIONS"
    FACTS = "FACTS"
    CORRECTION = "CORRECTION"
    CONSEQUENCES = "CONSEQUENCES"
    CAUSE = "CAUSE"
    WHYS = "WHYS"
    CAUSE_CATEGORY = "CAUSE_CATEGORY"
    NO_CAUSE = "NO_CAUSE"
    SIMILAR = "SIMILAR"
    SIMILAR_ANSWER = "SIMILAR_ANSWER"
    COMMISSION = "COMMISSION"
    COMMISSION_RULE = "COMMISSION_RULE"
    PROGRESS = "PROGRESS"
    PASS = "PASS"  # noqa: S105  a gate's pass
    OVERRIDE = "OVERRIDE"
    CANCEL_REASON = "CANCEL_REASON"
    POINTS = "POINTS"
    HOURS = "HOURS"
    GATE_NOTE = "GATE_NOTE"
    NEWS_POST = "NEWS_POST"
    NEWS_READ = "NEWS_READ"
    CRITERION = "CRITERION"
    BASELINE = "BASELINE"
    CHECK_ON = "CHECK_ON"
    REVIEWER = "REVIEWER"
    EFFECT = "EFFECT"
    EFFECT_DATA = "EFFECT_DATA"
    EFFECT_NOTE = "EFFECT_NOTE"
    RECURRED = "RECURRED"


CASE_FIELD_TITLES = {
    CaseField.RESPONSIBLE: "Чья работа разбирается",
    CaseField.INSPECTOR: "Сотрудник ОКК",
    CaseField.RULES: "Редакция свода правил",
    CaseField.VERDICT: "Вердикт",
    CaseField.VERDICT_REASON: "Обоснование вердикта",
    CaseField.VIOLATIONS: "Типы нарушений",
    CaseField.FACTS: "Факты нарушений",
    CaseField.CORRECTION: "Немедленная коррекция",
    CaseField.CONSEQUENCES: "Последствия для клиента",
    CaseField.CAUSE: "Причина",
    CaseField.WHYS: "Почему? (цепочка вопросов)",
    CaseField.CAUSE_CATEGORY: "Категория причины",
    CaseField.NO_CAUSE: "Почему причина не ищется",
    CaseField.SIMILAR: "Похожие разборы",
    CaseField.SIMILAR_ANSWER: "Возможны ли похожие случаи?",
    CaseField.COMMISSION: "Комиссия",
    CaseField.COMMISSION_RULE: "Почему такая комиссия",
    CaseField.PROGRESS: "Задачи мер",
    CaseField.PASS: "Допуск к финализации",
    CaseField.OVERRIDE: "Основание пропуска",
    CaseField.CANCEL_REASON: "Причина отмены",
    CaseField.POINTS: "Премиальные баллы",
    CaseField.HOURS: "Затраты на коррекцию, ч",
    CaseField.GATE_NOTE: "Почему возвращён",
    CaseField.NEWS_POST: "Номер новости",
    CaseField.NEWS_READ: "Новость прочитали",
    CaseField.CRITERION: "Критерий результативности",
    CaseField.BASELINE: "Доля таких нарушений до мер, %",
    CaseField.CHECK_ON: "Дата проверки результативности",
    CaseField.REVIEWER: "Проверяет результативность",
    CaseField.EFFECT: "Результативность",
    CaseField.EFFECT_DATA: "Данные проверки",
    CaseField.EFFECT_NOTE: "Вывод проверяющего",
    CaseField.RECURRED: "Повторилось",
}
"""The words of the card: labels of the fields, and what people are told to fill in."""


class MeasureField(StrEnum):
    """Fields of a measure's card."""

    KIND = "KIND"
    TARGET = "TARGET"
    DEPARTMENT = "DEPARTMENT"
    EXECUTOR = "EXECUTOR"
    EMPLOYEE = "EMPLOYEE"
    DUE = "DUE"
    PLANNED_HOURS = "PLANNED_HOURS"
    EXPECTED = "EXPECTED"
    TEMPLATE = "TEMPLATE"
    TASK = "TASK"
    DECISION = "DECISION"


MEASURE_FIELD_TITLES = {
    MeasureField.KIND: "Вид меры",
    MeasureField.TARGET: "Объект изменения",
    MeasureField.DEPARTMENT: "Подразделение",
    MeasureField.EXECUTOR: "Исполнитель",
    MeasureField.EMPLOYEE: "Кого касается (обучение)",
    MeasureField.DUE: "Срок",
    MeasureField.PLANNED_HOURS: "Плановые часы",
    MeasureField.EXPECTED: "Ожидаемый результат",
    MeasureField.TEMPLATE: "Готовая мера",
    MeasureField.TASK: "Номер задачи",
    MeasureField.DECISION: "Если задача удалена",
}


class Effect(StrEnum):
    """Did the measures work (R21)?"""

    EFFECTIVE = "effective"
    PARTLY = "partly"
    NOT_EFFECTIVE = "not_effective"
    INCONCLUSIVE = "inconclusive"


EFFECT_TITLES = {
    Effect.EFFECTIVE: "Результативно",
    Effect.PARTLY: "Частично результативно",
    Effect.NOT_EFFECTIVE: "Не результативно",
    Effect.INCONCLUSIVE: "Данных мало",
}


class LostTask(StrEnum):
    """What a person decides about a measure whose blocking task was deleted (S56)."""

    AGAIN = "again"
    NEEDLESS = "needless"


LOST_TASK_TITLES = {
    LostTask.AGAIN: "Поставить задачу снова",
    LostTask.NEEDLESS: "Работа больше не нужна",
}


@dataclass(frozen=True)
class Person:
    """An employee of the portal. Fired people stay here with ``active`` off: they still appear in old cases."""

    id: UserId
    name: str
    active: bool = True
    department_ids: tuple[int, ...] = ()
    time_zone: str | None = None
    """IANA name; without it the rulebook's."""


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
    absent: frozenset[UserId] = frozenset()
    """On leave, ill or travelling today, as their calendars say."""
    service_id: UserId | None = None
    """In whose name the service itself writes: no decision of a person is read from that name."""

    def name_of(self, user_id: UserId | None) -> str:
        person = self.people.get(user_id) if user_id is not None else None
        if person is None:
            return "не назначен" if user_id is None else f"сотрудник №{user_id}"
        return person.name

    def is_active(self, user_id: UserId | None) -> bool:
        return user_id is not None and user_id in self.people and self.people[user_id].active

    def is_here(self, user_id: UserId | None) -> bool:
        """Works here and isn't absent today: can be given something new."""
        return self.is_active(user_id) and user_id not in self.absent

    def has_left(self, user_id: UserId) -> bool:
        """Known here and fired. A stranger, e.g. somebody of an outsourced integrator, has not left."""
        return user_id in self.people and not self.people[user_id].active

    def person_named(self, name: str) -> Person | None:
        """Whoever is called so; of namesakes, who works here."""
        wanted = name.casefold().split()
        called = [person for person in self.people.values() if sorted(person.name.casefold().split()) == sorted(wanted)]
        return min(called, key=lambda person: (not person.active, person.id), default=None)

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
    """One arrival of a source item at the end of its work; moves between the stages there belong to the same closing.

    ``outcome``: ``success`` or ``fail`` for a final stage, else the title of the stage that starts the analysis (S14).
    """

    at: datetime
    outcome: str


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
    fields: Mapping[str, str | float | None] = field(default_factory=dict)
    """The item's own fields that the rulebook's conditions ask for."""


@dataclass(frozen=True)
class SourceNow:
    """The source item of a case as it is today; a case outlives an item that was merged or deleted."""

    title: str
    funnel: str | None
    responsible_id: UserId | None
    closed: bool
    moved_by: UserId | None = None
    entry_id: int | None = None
    """The row of its stage history that names its last move."""
    before: str | None = None
    """The portal's id of the stage it stood in before it was closed."""


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
    deadline: datetime | None = None
    created_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: UserId | None = None
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
    employee_id: UserId | None = None
    """Whom it is about: who is to be trained (S42)."""
    due: date | None = None
    planned_hours: float | None = None
    expected: str = ""
    template: str | None = None
    task_id: int | None = None
    """The task given out for it, written down so that a deleted task is missed."""
    decision: LostTask | None = None
    changed_by: UserId | None = None

    @property
    def content(self) -> str:
        """What a vote is given on, as text: any edit of it is another measure."""
        hours = None if self.planned_hours is None else float(self.planned_hours)
        return _joined(self.id, self.title, self.kind, self.target, self.department, self.responsible_id,
                       self.employee_id, self.due, hours, self.expected)  # fmt: skip

    @property
    def substance(self) -> str:
        """What its executor is asked to do; who, when and how long may change without making it other work."""
        return _joined(self.title, self.kind, self.target, self.department, self.employee_id, self.expected)


def _joined(*parts: object) -> str:
    return "\x1f".join("" if part is None else str(part) for part in parts)


def short_hash(text: str) -> str:
    """A name for a text that changes with it, short enough for a task's slot."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def same_text(one: str, other: str) -> bool:
    """Do these texts say the same? Spaces and line ends don't count: a portal may store them otherwise."""
    return one.split() == other.split()


def hash_of(measures: tuple[Measure, ...]) -> str:
    """Short name of a measure set; votes are bound to it, an edit changes it."""
    return short_hash("\x1e".join(measure.content for measure in sorted(measures, key=lambda m: m.id)))


Answer = str | tuple[str, ...]
"""What a person answered: a text, or the code(s) of the option(s) chosen. Numbers, dates and people come as text."""


@dataclass(frozen=True)
class PastCase:
    """Another case of the same funnel, as far as its card tells (R9, R20)."""

    id: int
    title: str
    source: SourceRef
    round: int
    responsible_id: UserId | None
    opened_at: datetime
    closed_at: datetime | None = None
    """``None`` while it is open."""
    verdict: str | None = None
    violations: tuple[str, ...] = ()
    points: float = 0.0
    effect: Effect | None = None


@dataclass(frozen=True)
class NewsReaders:
    """Who should read the news about a case, and who has confirmed it (R18)."""

    asked: frozenset[UserId] = frozenset()
    read: frozenset[UserId] = frozenset()


LATE_WRITE = timedelta(minutes=1)
"""How long after a card was moved a write that was under way may still land."""


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
    assigned_id: UserId | None = None
    """The card's own «Ответственный»: who led the case until now. ``None`` when unknown."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    rules: str = ""
    """Version of the rulebook that the case started with."""
    violations: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    correction: str = ""
    consequences: str = ""
    cause: str = ""
    whys: tuple[str, ...] = ()
    cause_category: str | None = None
    no_cause: str = ""
    """Why no cause is looked for."""
    similar: str = ""
    """The similar cases that the service found, in words."""
    similar_answer: str = ""
    """Do similar cases exist, or could they occur? The inspector's answer (R9)."""
    verdict: str | None = None
    verdict_reason: str = ""
    commission: tuple[UserId, ...] = ()
    commission_rule: str = ""
    progress: str = ""
    gate_pass: str = ""
    override: str = ""
    """Why a named person lets the case past its guards (R15)."""
    cancel_reason: str = ""
    points: float | None = None
    hours: float | None = None
    news_post_id: int | None = None
    news_read: str = ""
    criterion: str = ""
    baseline: float | None = None
    """Share, in percent, of past cases that had the same violations."""
    check_on: date | None = None
    reviewer_id: UserId | None = None
    effect: Effect | None = None
    effect_data: str = ""
    effect_note: str = ""
    recurred: str = ""
    measures: tuple[Measure, ...] = ()
    tasks: tuple[Task, ...] = ()
    told: frozenset[str] = frozenset()
    """Marks of the notes that stand in the case's timeline already."""
    open_cases_of: Mapping[UserId, int] = field(default_factory=dict)
    """How many open cases each inspector has; filled only while the case needs one."""
    source_now: SourceNow | None = None
    past: tuple[PastCase, ...] = ()
    """Other cases of this funnel; filled only when ``rules.past.wanted`` asks for them."""
    readers: NewsReaders | None = None
    """Filled only while the news waits for its readers."""

    def task(self, slot: str) -> Task | None:
        return next((task for task in self.tasks if task.slot == slot), None)

    def tasks_for(self, prefix: str) -> tuple[Task, ...]:
        """Tasks of all slots that begin with ``prefix:``."""
        return tuple(task for task in self.tasks if task.slot.startswith(prefix + ":"))

    @property
    def measures_hash(self) -> str:
        return hash_of(self.measures)

    @property
    def history_lags(self) -> bool:
        """The portal writes a card's stage history after the card, and drops it with the card."""
        return not self.entries or self.entered.stage is not self.stage

    @property
    def entered(self) -> StageEntry:
        return self.entries[-1]

    @property
    def arrived(self) -> StageEntry:
        """The move that brought the case into its present stage; trips that the gate took back aren't counted.

        A closed case that somebody cancelled without a reason is the closed case it was, not closed anew.
        """
        moves = list(self.entries)
        while len(moves) > 2 and moves[-3].stage is moves[-1].stage and gate_mark(moves[-2]) in self.told:
            del moves[-2:]
        return moves[-1]

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

    def dropped(self, task: Task) -> bool:
        """Closed by the service because the case was cancelled, not because the work was done."""
        if task.closed_at is None or task.closed_by is None or task.closed_by != self.staff.service_id:
            return False
        ends = (*(entry.at + LATE_WRITE for entry in self.entries[1:]), task.closed_at)
        return any(
            entry.stage is Stage.CANCELLED and entry.at <= task.closed_at <= end
            for entry, end in zip(self.entries, ends, strict=True)
        )

    def accepted(self, task: Task | None, stage: Stage) -> bool:
        """Is the work of ``stage`` that this task stands for done? Not if the case was put back to it afterwards."""
        if task is None or task.closed_at is None or self.dropped(task):
            return False
        return self.stage is not stage or self.reopened_at is None or task.closed_at > self.reopened_at

    @property
    def hours_spent(self) -> float:
        return sum(task.hours_spent for task in self.tasks)


def gate_mark(entry: StageEntry) -> str:
    """Mark of the note that explains why this very move was taken back: exactly one a move."""
    return f"gate-{entry.id}"
